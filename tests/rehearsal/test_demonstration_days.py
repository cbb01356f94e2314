"""The things and the days of the demonstration, held against the engine's own check."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.rehearsal.demonstration import catalogue
from app.rehearsal.demonstration.catalogue import CATALOGUE, Listed
from app.rehearsal.demonstration.chamber import OPEN_FOR, parts_of, this_minute
from app.rehearsal.demonstration.past import bid_moments
from app.rehearsal.demonstration.stories import STORIES, Fate, Past
from app.rehearsal.demonstration.timetable import (
    BIDDING,
    RoundDays,
    first_round,
    morning,
    second_round,
    today_of,
    valid_until,
)
from app.web.court.words import CATEGORIES
from auction_engine.rulepacks.cn_2016_18 import CN_2016_18 as RULES
from auction_engine.sale.kinds import PropertyKind, Round
from auction_engine.sale.publication import Draft, PreviousRound, violations

DRAWINGS = Path(__file__).parents[2] / "static/img/lots"
# Just before midnight at the court, noon, and just after midnight.
MOMENTS = (
    datetime(2026, 11, 21, 15, 59, 30, tzinfo=UTC),
    datetime(2026, 11, 21, 4, 0, tzinfo=UTC),
    datetime(2027, 2, 28, 16, 0, 1, tzinfo=UTC),
)
LARGEST_CARD_AMOUNT = 999_999
PAST = [past for story in STORIES for past in story.lots]


def a_draft(listed: Listed, days: RoundDays, previous: PreviousRound | None = None) -> Draft:
    return Draft(
        property_kind=listed.kind,
        round=Round.SECOND if previous else Round.FIRST,
        reference_price=listed.reference,
        reference_price_valid_until=valid_until(days.opens_at),
        starting_price=listed.starting,
        deposit=listed.deposit,
        increment=listed.increment,
        announced_at=days.published_at,
        opens_at=days.opens_at,
        closes_at=days.closes_at,
        previous=previous,
        parties_notified_at=(days.told_at,),
        parties_waived=False,
        shareholders_notified_at=(),
        panel_decided=RULES.staged.panel_items[Round.SECOND],
        publication_items=RULES.staged.publication_items,
        warnings=RULES.staged.warnings,
    )


@pytest.mark.parametrize("name", CATALOGUE)
@pytest.mark.parametrize("now", MOMENTS)
def test_every_thing_may_be_published_as_it_is_listed(name: str, now: datetime) -> None:
    listed = CATALOGUE[name]
    opens_at = morning(today_of(now), -3)

    days = first_round(listed.kind, opens_at, opens_at + BIDDING)

    assert violations(a_draft(listed, days), RULES, strict_days=True) == ()


@pytest.mark.parametrize("name", CATALOGUE)
def test_every_thing_is_described_in_both_languages_and_can_be_paid_for_by_card(name: str) -> None:
    listed = CATALOGUE[name]
    thing = listed.thing

    assert thing.category in CATEGORIES
    assert (DRAWINGS / f"{thing.picture}.svg").is_file()
    assert any("一" <= sign <= "鿿" for sign in thing.title_zh)
    for text in (thing.region, *thing.facts.values()):
        assert any("一" <= sign <= "鿿" for sign in text), text
        assert any("a" <= sign.lower() <= "z" for sign in text), text
    assert listed.deposit <= LARGEST_CARD_AMOUNT


def test_the_demonstration_shows_all_kinds_of_things_in_every_phase() -> None:
    shown = {part.thing for number in (1, 2, 3) for part in parts_of(number)}
    shown |= {past.thing for past in PAST}

    assert shown == set(CATALOGUE)
    assert {past.fate for past in PAST} == set(Fate)
    assert {CATALOGUE[name].thing.category for name in shown} >= {
        *("apartment", "home", "car", "shares", "machinery", "land_use_right", "jewellery"),
    }


@pytest.mark.parametrize("number", range(1, 8))
@pytest.mark.parametrize("now", MOMENTS)
def test_all_lots_of_a_chamber_may_be_announced_on_one_day(number: int, now: datetime) -> None:
    for part in parts_of(number):
        days = first_round(PropertyKind.REAL_PROPERTY, now - OPEN_FOR, now + part.ends_in)
        found = violations(a_draft(CATALOGUE[part.thing], days), RULES, strict_days=True)

        assert found == ()


def test_a_chamber_shows_no_thing_twice() -> None:
    for number in range(1, 13):
        things = [part.thing for part in parts_of(number)]

        assert len(set(things)) == len(things)


@pytest.mark.parametrize("past", [past for past in PAST if past.fate is Fate.FAILED])
@pytest.mark.parametrize("now", MOMENTS)
def test_the_second_auction_is_announced_by_now_and_opens_in_time(
    past: Past, now: datetime
) -> None:
    listed = CATALOGUE[past.thing]
    failed_at = morning(today_of(now), past.opens) + BIDDING

    days = second_round(listed.kind, failed_at)

    assert failed_at < days.told_at < days.published_at < now < days.opens_at
    before = PreviousRound(listed.starting, failed_at, same_platform=True)
    assert violations(a_draft(listed, days, before), RULES, strict_days=True) == ()


@pytest.mark.parametrize("past", PAST, ids=lambda past: past.thing)
@pytest.mark.parametrize("now", MOMENTS)
def test_what_is_told_as_past_is_past(past: Past, now: datetime) -> None:
    opens_at = morning(today_of(now), past.opens)
    days = first_round(CATALOGUE[past.thing].kind, opens_at, opens_at + BIDDING)

    assert days.published_at < now
    match past.fate:
        case Fate.ANNOUNCED:
            assert now < opens_at
        case Fate.SUSPENDED:
            assert opens_at + timedelta(hours=3) < now
        case Fate.SETTLED:
            # The plan is final twenty days after it is served, and paid the next day.
            assert days.closes_at + timedelta(days=27) < now
        case _:
            assert days.closes_at + timedelta(minutes=5) < now


@pytest.mark.parametrize("bids", range(4, 12))
def test_bids_of_the_past_follow_each_other_and_only_the_last_moves_the_end(bids: int) -> None:
    opens_at = morning(today_of(MOMENTS[0]), -5)

    moments = bid_moments(opens_at, opens_at + BIDDING, bids)

    assert len(moments) == bids
    assert moments == sorted(set(moments))
    assert opens_at < moments[0]
    extension = RULES.course.extension
    assert extension is not None
    window = opens_at + BIDDING - extension.window
    assert [at for at in moments if at >= window] == moments[-1:]


def test_bidding_ends_at_a_whole_minute() -> None:
    minute = this_minute()

    assert (minute.second, minute.microsecond) == (0, 0)
    assert timedelta(0) <= minute - datetime.now(UTC) + timedelta(seconds=1) < timedelta(minutes=1)


def test_every_part_of_a_chamber_has_something_to_show() -> None:
    rows = (catalogue.LONG, catalogue.SHORT, catalogue.SOON, catalogue.LAST_MINUTES)

    for row in (*rows, catalogue.STAYED):
        assert row
        assert set(row) <= set(CATALOGUE)
