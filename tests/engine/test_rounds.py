"""Which round may follow which end, and within which days (RULE-J4, J6, K2, K4, K6, K7, K13)."""

from datetime import date, timedelta
from itertools import pairwise, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auction_engine.rulepacks import sale_pack
from auction_engine.sale.deadlines import WorkingDays
from auction_engine.sale.kinds import PropertyKind, Round
from auction_engine.sale.rounds import (
    FOLLOWING,
    Before,
    Bound,
    End,
    Following,
    Held,
    NotFollowing,
    Reason,
    day_bounds,
    departures,
    follow,
    following,
    in_kind_answer_by,
    is_too_late,
    last_opening,
)

RULES = sale_pack("cn-2016-18").staged
FAILED_ON = date(2026, 5, 26)
NO_HOLIDAYS = WorkingDays()

rounds = st.sampled_from(Round)
histories = st.lists(
    st.builds(Held, rounds, st.none() | st.sampled_from(End), st.none() | st.sampled_from(Reason)),
    max_size=8,
)


@pytest.mark.parametrize(
    ("before", "after"), [(Round.FIRST, Round.SECOND), (Round.SECOND, Round.SELL_OFF)]
)
def test_a_failed_round_is_followed_by_the_next_without_a_reason(
    before: Round, after: Round
) -> None:
    """RULE-K2, RULE-K4."""
    (found,) = following(before, End.FAILED)

    assert (found.round, found.needs_reason) == (after, False)


def test_there_is_no_third_auction() -> None:
    """RULE-K4: after the second failure nothing but the sell-off."""
    for wanted, reason in product((Round.FIRST, Round.SECOND), Reason):
        answer = follow(Round.SECOND, End.FAILED, wanted, reason)

        assert answer is NotFollowing.NOT_IN_THE_TABLE


@pytest.mark.parametrize("end", [End.DEFAULTED, End.NOT_APPROVED, End.TAKER_DEFAULTED])
@pytest.mark.parametrize("sale_round", Round)
def test_whoever_did_not_pay_is_barred_from_the_same_round_held_again(
    sale_round: Round, end: End
) -> None:
    """RULE-J4, J6, K11, K16, I8."""
    answer = follow(sale_round, end, sale_round)

    assert isinstance(answer, Following)
    assert answer.bars


def test_a_withdrawn_round_is_issued_again_only_with_a_reason() -> None:
    """RULE-L6."""
    bare = follow(Round.FIRST, End.WITHDRAWN, Round.FIRST)
    reasoned = follow(Round.FIRST, End.WITHDRAWN, Round.FIRST, Reason.FLAWED_PUBLICATION)

    assert bare is NotFollowing.NO_REASON
    assert isinstance(reasoned, Following)


def test_after_a_failed_sell_off_the_first_round_needs_a_reason_of_its_own() -> None:
    """RULE-K13."""
    flawed = follow(Round.SELL_OFF, End.FAILED, Round.FIRST, Reason.FLAWED_PUBLICATION)

    assert follow(Round.SELL_OFF, End.FAILED, Round.FIRST) is NotFollowing.NO_REASON
    assert flawed is NotFollowing.OTHER_REASON
    assert isinstance(follow(Round.SELL_OFF, End.FAILED, Round.FIRST, Reason.NEW_PRICE), Following)


@given(histories)
def test_no_sequence_outside_the_table_passes(history: list[Held]) -> None:
    bad = {place for place, _why in departures(history)}

    for place in range(1, len(history)):
        before, after = history[place - 1], history[place]
        in_table = before.end is not None and any(
            each.round is after.round and (not each.reasons or after.reason in each.reasons)
            for each in FOLLOWING.get((before.round, before.end), ())
        )
        assert (place not in bad) == in_table


@given(histories)
def test_a_lawful_history_reaches_the_sell_off_only_through_a_failed_second_round(
    history: list[Held],
) -> None:
    if departures(history):
        return

    for before, after in pairwise(history):
        if after.round is Round.SELL_OFF and before.round is not Round.SELL_OFF:
            assert (before.round, before.end) == (Round.SECOND, End.FAILED)


# --- days ---------------------------------------------------------------------------------------


def _bounds(before: Round, kind: PropertyKind, announced_on: date, **more: object) -> dict:
    (found,) = following(before, End.FAILED)
    counted = Before(FAILED_ON, more.get("valid_until"), more.get("calendar", NO_HOLIDAYS))  # type: ignore[arg-type]
    bounds = day_bounds(RULES, found, kind, announced_on=announced_on, before=counted)
    return {bound.what: bound for bound in bounds}


@pytest.mark.parametrize(
    ("kind", "announced_until"),
    [
        (PropertyKind.REAL_PROPERTY, FAILED_ON + timedelta(days=15)),
        (PropertyKind.OTHER_RIGHT, FAILED_ON + timedelta(days=15)),
        (PropertyKind.MOVABLE, FAILED_ON + timedelta(days=23)),
    ],
)
def test_a_second_auction_opens_within_thirty_days_and_is_announced_before(
    kind: PropertyKind, announced_until: date
) -> None:
    """RULE-K2: real property must be announced within 15 days of the failure."""
    bounds = _bounds(Round.FIRST, kind, FAILED_ON)

    assert bounds[Bound.OPENS_UNTIL].on == FAILED_ON + timedelta(days=30)
    assert bounds[Bound.ANNOUNCED_UNTIL].on == announced_until


def test_announced_a_day_too_late_a_second_auction_has_no_day_left() -> None:
    (found,) = following(Round.FIRST, End.FAILED)

    def late(announced_on: date) -> bool:
        before = Before(FAILED_ON, None, NO_HOLIDAYS)
        kind = PropertyKind.REAL_PROPERTY
        return is_too_late(day_bounds(RULES, found, kind, announced_on=announced_on, before=before))

    assert not late(FAILED_ON + timedelta(days=15))
    assert late(FAILED_ON + timedelta(days=16))


def test_the_sell_off_is_announced_within_fifteen_days_and_on_a_working_day() -> None:
    """RULE-K6, K7, Q4: 26 May and 15 days is 10 June, a Wednesday; then on holidays."""
    holidays = WorkingDays(off=frozenset({date(2026, 6, 10)}))

    plain = _bounds(Round.SECOND, PropertyKind.MOVABLE, FAILED_ON)
    rolled = _bounds(Round.SECOND, PropertyKind.MOVABLE, FAILED_ON, calendar=holidays)

    assert plain[Bound.ANNOUNCED_UNTIL].on == date(2026, 6, 10)
    assert rolled[Bound.ANNOUNCED_UNTIL].on == date(2026, 6, 11)
    assert plain[Bound.OPENS_FROM].on == FAILED_ON + timedelta(days=7)
    assert Bound.OPENS_UNTIL not in plain


def test_for_ten_days_a_creditor_may_ask_for_another_platform() -> None:
    """RULE-K12."""
    bounds = _bounds(Round.SECOND, PropertyKind.MOVABLE, FAILED_ON)

    assert bounds[Bound.PLATFORM_ASKED_UNTIL].on == date(2026, 6, 5)


def test_a_price_about_to_expire_bounds_the_opening_first() -> None:
    """RULE-B11."""
    (found,) = following(Round.FIRST, End.FAILED)
    before = Before(FAILED_ON, date(2025, 12, 10), NO_HOLIDAYS)

    last = last_opening(
        day_bounds(RULES, found, PropertyKind.MOVABLE, announced_on=FAILED_ON, before=before)
    )

    assert last is not None
    assert (last.rule, last.on) == ("B11", date(2026, 6, 10))


def test_creditors_have_ten_days_to_answer() -> None:
    """RULE-K6: 26 May and 10 days is 5 June, a Friday; from the 27th it is the Monday after."""
    assert in_kind_answer_by(RULES, FAILED_ON, NO_HOLIDAYS).due_on == date(2026, 6, 5)
    assert in_kind_answer_by(RULES, FAILED_ON + timedelta(days=1), NO_HOLIDAYS).due_on == date(
        2026, 6, 8
    )
