"""The bounds a form shows are those the check holds to; a deadline can say how it was counted."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auction_engine.rulepacks import RULE_PACKS
from auction_engine.sale import limits
from auction_engine.sale.deadlines import WorkingDays, court_deadline, deadline
from auction_engine.sale.kinds import PropertyKind, Round
from auction_engine.sale.publication import Draft, PreviousRound, violations

RULES = RULE_PACKS["cn-2016-18"]
AT_NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
DAY = timedelta(days=1)

amounts = st.integers(1, 10**13)
kinds = st.sampled_from(PropertyKind)


def _draft(**changed: Any) -> Draft:
    return replace(
        Draft(
            property_kind=PropertyKind.REAL_PROPERTY,
            round=Round.FIRST,
            reference_price=100,
            reference_price_valid_until=date(2999, 1, 1),
            starting_price=100,
            deposit=10,
            increment=1,
            announced_at=AT_NOON,
            opens_at=AT_NOON + 90 * DAY,
            closes_at=AT_NOON + 91 * DAY,
            previous=None,
            parties_notified_at=(),
            parties_waived=True,
            shareholders_notified_at=(),
            panel_decided=frozenset(),
            publication_items=frozenset(),
            warnings=frozenset(),
        ),
        **changed,
    )


def _broken(draft: Draft) -> set[str]:
    return {each.rule for each in violations(draft, RULES, strict_days=False)}


@given(reference=amounts)
def test_the_least_first_price_is_allowed_and_one_less_is_not(reference: int) -> None:
    least = limits.least_starting_price(
        RULES, Round.FIRST, reference_price=reference, previous_price=0
    )

    assert "C2" not in _broken(_draft(reference_price=reference, starting_price=least))
    if least > 1:
        assert "C2" in _broken(_draft(reference_price=reference, starting_price=least - 1))


@given(previous=amounts)
def test_the_least_second_price_is_allowed_and_one_less_is_not(previous: int) -> None:
    before = PreviousRound(previous, AT_NOON, same_platform=True)
    least = limits.least_starting_price(
        RULES, Round.SECOND, reference_price=0, previous_price=previous
    )

    second = _draft(round=Round.SECOND, previous=before, starting_price=least)
    assert "K3" not in _broken(second)
    if least > 1:
        assert "K3" in _broken(replace(second, starting_price=least - 1))


@given(price=st.integers(100, 10**13))
def test_the_bounds_of_the_deposit_are_those_of_the_check(price: int) -> None:
    least, most = limits.deposit_bounds(RULES, price)

    for deposit, is_allowed in ((least, True), (most, True), (least - 1, False), (most + 1, False)):
        broken = _broken(_draft(starting_price=price, deposit=deposit))
        assert ("C7" not in broken) is is_allowed


@given(kind=kinds, sale_round=st.sampled_from([Round.FIRST, Round.SECOND]))
def test_the_first_opening_day_is_allowed_and_the_day_before_is_not(
    kind: PropertyKind, sale_round: Round
) -> None:
    ahead = limits.announcement_days(RULES, sale_round, kind)
    first = limits.first_opening_day(AT_NOON.date(), ahead, strict=False)
    before = PreviousRound(100, AT_NOON, same_platform=True) if sale_round is Round.SECOND else None

    def broken(opens_on: date) -> set[str]:
        opens_at = datetime(opens_on.year, opens_on.month, opens_on.day, 4, 0, tzinfo=UTC)
        return _broken(
            _draft(
                property_kind=kind,
                round=sale_round,
                previous=before,
                opens_at=opens_at,
                closes_at=opens_at + DAY,
            )
        )

    assert "D1" not in broken(first)
    assert "D1" in broken(first - DAY)
    assert limits.last_announcement_day(first, ahead, strict=False) == AT_NOON.date()


@pytest.mark.parametrize(
    ("price", "guide"),
    [(10_000_000, 200_000), (10_000_001, 100_000), (100_000_000, 1_000_000), (200_000_000, 10**6)],
)
def test_the_guided_increment_falls_with_the_price(price: int, guide: int) -> None:
    assert limits.guided_increment(price) == guide


def test_a_period_does_not_count_its_first_day() -> None:
    found = court_deadline("I2", date(2026, 6, 1), WorkingDays())

    assert (found.days, found.ends_on, found.due_on) == (10, date(2026, 6, 11), date(2026, 6, 11))
    assert not found.is_rolled


def test_a_period_that_ends_on_a_weekend_ends_on_monday() -> None:
    found = court_deadline("I2", date(2026, 6, 3), WorkingDays())

    assert (found.ends_on, found.due_on) == (date(2026, 6, 13), date(2026, 6, 15))
    assert found.is_rolled


def test_holidays_are_passed_over_and_a_worked_saturday_is_not() -> None:
    national_days = frozenset(date(2026, 10, day) for day in range(1, 8))
    worked = frozenset({date(2026, 10, 10)})
    calendar = WorkingDays(off=national_days, worked=worked)

    rolled = deadline("I4", date(2026, 9, 16), 15, calendar)
    saturday = deadline("I4", date(2026, 9, 25), 15, calendar)

    assert rolled.due_on == date(2026, 10, 8)
    assert saturday.due_on == date(2026, 10, 10)


@given(began=st.dates(date(2020, 1, 1), date(2030, 1, 1)), days=st.integers(1, 60))
def test_a_deadline_falls_on_a_working_day_and_never_before_the_count(
    began: date, days: int
) -> None:
    calendar = WorkingDays()

    found = deadline("I2", began, days, calendar)

    assert calendar.is_worked(found.due_on)
    assert found.ends_on == began + timedelta(days=days)
    assert timedelta(0) <= found.due_on - found.ends_on <= timedelta(days=2)
