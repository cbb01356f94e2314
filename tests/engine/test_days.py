"""Days and hours that the procedure counts to, and the reckoning they carry (RULE-Q1 to Q4)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auction_engine.rulepacks import RULE_PACKS
from auction_engine.sale import draft_days, limits
from auction_engine.sale.deadlines import (
    COURT_PERIODS,
    Direction,
    Reading,
    WorkingDays,
    clock_period,
    court_deadline,
    deadline,
    first_day_after,
    last_day_before,
    last_day_of_months,
    last_day_within,
)
from auction_engine.sale.kinds import PropertyKind, Round
from auction_engine.sale.publication import violations
from tests.services.test_limits_and_deadlines import _draft

PACK = RULE_PACKS["cn-2016-18"]
CN = PACK.staged
MARCH_1 = date(2026, 3, 1)
SHANGHAI = ZoneInfo("Asia/Shanghai")
DAY = timedelta(days=1)

days_of_the_calendar = st.dates(date(2020, 1, 1), date(2035, 12, 31))
spans = st.integers(0, 90)
calendars = st.builds(
    WorkingDays,
    off=st.frozensets(days_of_the_calendar, max_size=40),
    worked=st.frozensets(days_of_the_calendar, max_size=20),
)
kinds = st.sampled_from(list(PropertyKind))
rounds = st.sampled_from(list(Round))


# --- forwards, for the court --------------------------------------------------------------------

QINGMING_2026 = WorkingDays(off=frozenset({date(2026, 4, 4), date(2026, 4, 5), date(2026, 4, 6)}))


@pytest.mark.parametrize(
    ("event", "last_day"),
    [
        (date(2026, 3, 2), date(2026, 3, 17)),
        (date(2026, 3, 20), date(2026, 4, 7)),
        (date(2026, 4, 8), date(2026, 4, 23)),
    ],
)
def test_fifteen_days_end_as_in_the_worked_calendar(event: date, last_day: date) -> None:
    """RULE-Q1, RULE-Q4, DIST-E9"""
    assert deadline("E9", event, 15, QINGMING_2026).due_on == last_day


def test_a_rolled_period_names_every_day_it_passed_over() -> None:
    """RULE-Q4: 20 March and 15 days is the first of three days of Qingming."""
    found = deadline("E9", date(2026, 3, 20), 15, QINGMING_2026)

    assert (found.ends_on, found.due_on) == (date(2026, 4, 4), date(2026, 4, 7))
    assert found.passed_over == (date(2026, 4, 4), date(2026, 4, 5), date(2026, 4, 6))
    assert found.rolls
    assert found.is_rolled


def test_a_worked_saturday_ends_a_period() -> None:
    """RULE-Q1: what the court works on in exchange is a working day."""
    worked = WorkingDays(worked=frozenset({date(2026, 6, 13)}))

    assert deadline("I2", date(2026, 6, 3), 10, WorkingDays()).due_on == date(2026, 6, 15)
    assert deadline("I2", date(2026, 6, 3), 10, worked).due_on == date(2026, 6, 13)


@given(calendar=calendars, began=days_of_the_calendar, rule=st.sampled_from(sorted(COURT_PERIODS)))
def test_a_court_period_ends_on_the_first_working_day_of_the_count_or_after(
    calendar: WorkingDays, began: date, rule: str
) -> None:
    """RULE-Q4"""
    found = court_deadline(rule, began, calendar)

    assert found.ends_on - began == timedelta(days=COURT_PERIODS[rule])
    assert calendar.is_worked(found.due_on)
    passed = tuple(
        found.ends_on + timedelta(days=place)
        for place in range((found.due_on - found.ends_on).days)
    )
    assert found.passed_over == passed
    assert not any(calendar.is_worked(day) for day in passed)


# --- backwards, before an opening ---------------------------------------------------------------


def test_announced_on_the_first_of_march_a_home_opens_on_the_31st_or_strictly_a_day_later() -> None:
    """RULE-Q2, in both readings."""
    kind = PropertyKind.REAL_PROPERTY

    def first(*, strict: bool) -> date:
        return draft_days.opens_from(CN, Round.FIRST, kind, MARCH_1, strict=strict).on

    assert first(strict=False) == date(2026, 3, 31)
    assert first(strict=True) == date(2026, 4, 1)


@given(day=days_of_the_calendar, days=spans, strict=st.booleans())
def test_the_last_day_before_and_the_first_day_after_are_each_other_s_ends(
    day: date, days: int, strict: bool
) -> None:
    """RULE-Q2: the strict reading is one day more, in both directions."""
    last = last_day_before("D1", day, days, strict=strict)
    first = first_day_after("D1", last.on, days, strict=strict)

    assert first.on == day
    assert (day - last.on).days == days + strict
    assert last.reading is first.reading is Reading.of(strict=strict)


@given(day=days_of_the_calendar, days=spans, strict=st.booleans())
def test_holidays_shorten_no_period_before_something(day: date, days: int, strict: bool) -> None:
    """RULE-Q3: there is no calendar to ask, nothing rolls and nothing is passed over."""
    found = last_day_before("D1", day, days, strict=strict)

    assert found.direction is Direction.BACKWARDS
    assert found.counted_from == day
    assert not found.rolls
    assert not found.is_rolled
    assert found.passed_over == ()


def test_each_bound_names_its_rule_and_where_it_is_counted_from() -> None:
    """RULE-D1, D6, D8, B11, K2"""
    opens_on, told_on = date(2026, 12, 20), date(2026, 11, 1)

    found = [
        draft_days.announced_by(CN, Round.FIRST, PropertyKind.MOVABLE, opens_on, strict=False),
        draft_days.parties_told_by(CN, told_on, strict=False),
        draft_days.shareholders_told_by(CN, opens_on, strict=True),
        draft_days.opens_within_validity(CN, date(2026, 8, 31)),
        draft_days.second_round_opens_by(CN, told_on),
    ]

    assert [(each.rule, each.counted_from, each.days, each.months, each.on) for each in found] == [
        ("D1", opens_on, 15, 0, date(2026, 12, 5)),
        ("D6", told_on, 3, 0, date(2026, 10, 29)),
        ("D8", opens_on, 20, 0, date(2026, 11, 29)),
        ("B11", date(2026, 8, 31), 0, 6, date(2027, 2, 28)),
        ("K2", told_on, 30, 0, date(2026, 12, 1)),
    ]


@pytest.mark.parametrize(
    ("told_on", "rule", "opens_on"),
    [
        (date(2026, 3, 11), "D1", date(2026, 3, 31)),
        (date(2026, 3, 12), "D8", date(2026, 4, 1)),
    ],
)
def test_shares_open_after_the_later_of_announcement_and_shareholders_notice(
    told_on: date, rule: str, opens_on: date
) -> None:
    """RULE-D8"""
    found = draft_days.shares_open_from(
        CN, PropertyKind.OTHER_RIGHT, MARCH_1, told_on, strict=False
    )

    assert (found.rule, found.on) == (rule, opens_on)


@given(opens=days_of_the_calendar, kind=kinds, sale_round=rounds, strict=st.booleans())
def test_a_bound_that_explains_itself_is_the_one_that_the_check_holds_to(
    opens: date, kind: PropertyKind, sale_round: Round, strict: bool
) -> None:
    """RULE-D1, RULE-K7: announced on the last day is in time, a day later is not."""
    at = datetime(opens.year, opens.month, opens.day, 4, tzinfo=UTC)
    bound = draft_days.announced_by(CN, sale_round, kind, opens, strict=strict)
    ahead = limits.announcement_days(PACK, sale_round, kind)

    def broken(announced_on: date) -> set[str]:
        announced_at = datetime(
            announced_on.year, announced_on.month, announced_on.day, 4, tzinfo=UTC
        )
        length = CN.sell_off_period if sale_round is Round.SELL_OFF else DAY
        draft = _draft(
            property_kind=kind,
            round=sale_round,
            announced_at=announced_at,
            opens_at=at,
            closes_at=at + length,
        )
        return {each.rule for each in violations(draft, PACK, strict_days=strict)}

    assert bound.on == limits.last_announcement_day(opens, ahead, strict=strict)
    assert bound.rule not in broken(bound.on)
    assert bound.rule in broken(bound.on + DAY)


# --- within so many days, months ----------------------------------------------------------------


@given(day=days_of_the_calendar, days=spans)
def test_a_period_that_needs_no_working_court_ends_where_the_count_ends(
    day: date, days: int
) -> None:
    found = last_day_within("K2", day, days)

    assert found.on == day + timedelta(days=days)
    assert not found.rolls
    assert found.reading is None


@given(day=days_of_the_calendar, months=st.integers(0, 36))
def test_months_end_on_the_same_day_or_the_last_of_a_shorter_month(day: date, months: int) -> None:
    """RULE-B11"""
    found = last_day_of_months("B11", day, months)

    passed = (found.on.year - day.year) * 12 + found.on.month - day.month
    assert passed == months
    assert found.on.day == day.day or (found.on + DAY).month != found.on.month


# --- hours --------------------------------------------------------------------------------------


def test_24_hours_after_the_end_run_on_the_clock() -> None:
    """RULE-H3, RULE-H4, RULE-Q1: through the night, the weekend and a holiday."""
    end = datetime(2026, 10, 2, 10, 0, tzinfo=SHANGHAI)

    period = clock_period("H3", end, timedelta(hours=24))

    assert period.ends_at == datetime(2026, 10, 3, 10, 0, tzinfo=SHANGHAI)
    assert not period.is_over(period.ends_at)
    assert period.is_over(period.ends_at + timedelta(seconds=1))


def test_24_hours_are_24_hours_where_clocks_are_put_forward_in_between() -> None:
    """RULE-Q1: the hour of the wall is another one, the length is the same."""
    madrid = ZoneInfo("Europe/Madrid")
    begins = datetime(2026, 3, 28, 12, 0, tzinfo=madrid)

    period = clock_period("G2", begins, timedelta(hours=24))

    assert period.ends_at.hour == 13
    assert period.ends_at.astimezone(UTC) - begins.astimezone(UTC) == timedelta(hours=24)


@given(
    minutes=st.integers(0, 15 * 365 * 24 * 60),
    zone=st.sampled_from(["Asia/Shanghai", "Europe/Madrid", "America/New_York"]),
)
def test_the_least_end_of_bidding_is_the_one_that_the_check_holds_to(
    minutes: int, zone: str
) -> None:
    """RULE-G2, RULE-K7"""
    began = datetime(2020, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    opens_at = began.astimezone(ZoneInfo(zone))

    least = draft_days.bidding_ends_from(CN, opens_at)
    sell_off = draft_days.sell_off_ends_at(CN, opens_at)

    assert least.ends_at.astimezone(UTC) - opens_at.astimezone(UTC) == timedelta(hours=24)
    assert sell_off.ends_at.astimezone(UTC) - opens_at.astimezone(UTC) == timedelta(days=60)
