"""Stopping and undoing a sale: duties, periods, grounds, and who goes first."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auction_engine.sale import objections, revocation, stopping
from auction_engine.sale.coverage import Debts, Place, Running, goes_first, is_covered, stop_of
from auction_engine.sale.deadlines import WorkingDays
from auction_engine.sale.objections import Kind, Standing, State, forbids_disposal
from auction_engine.sale.stopping import Duty, Payment, duty_to_stop

NOON = datetime(2026, 5, 26, 2, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
TUESDAY = date(2026, 5, 26)
money = st.integers(0, 10**12)


@pytest.mark.parametrize(
    ("paid", "asked", "duty"),
    [
        (date(2026, 5, 25), date(2026, 5, 25), Duty.MUST),
        (date(2026, 5, 26), date(2026, 5, 25), Duty.MAY),
        (date(2026, 5, 25), date(2026, 5, 26), Duty.MAY),
    ],
)
def test_money_and_request_before_the_auction_day_leave_no_choice(
    paid: date, asked: date, duty: Duty
) -> None:
    """RULE-L7: AP 19."""
    assert duty_to_stop(paid, asked, TUESDAY) is duty


@given(amount=money, before=money, debts=money, costs=money)
def test_a_payment_is_full_to_the_last_fen_and_no_later(
    amount: int, before: int, debts: int, costs: int
) -> None:
    """RULE-L7."""
    payment = Payment(amount=amount, covered_before=before, debts=debts, costs=costs)

    assert payment.is_full == (amount + before >= debts + costs)
    assert payment.missing == max(0, debts + costs - amount - before)


@given(admitted=st.integers(1, 10**12), costs=money, prices=st.lists(money))
def test_lots_are_enough_when_they_pay_debts_and_costs(
    admitted: int, costs: int, prices: list[int]
) -> None:
    """RULE-C10."""
    assert is_covered(Debts(admitted, costs), prices) == (sum(prices) >= admitted + costs)


def test_where_nothing_is_admitted_nothing_is_enough() -> None:
    assert not is_covered(Debts(0, 0), [10**9])


moments = st.integers(-600, 600).map(lambda seconds: NOON + timedelta(seconds=seconds))


@given(ends=st.lists(moments, min_size=2, max_size=6), now=moments)
def test_of_lots_that_are_over_exactly_one_goes_first(ends: list[datetime], now: datetime) -> None:
    """RULE-C10: whoever asks, in whatever order, nobody waits for ever and nobody overtakes."""
    places = [Place(end, number) for number, end in enumerate(ends)]
    over = [place for place in places if place.ends_at <= now]

    first = [
        place
        for place in over
        if goes_first(place, [Running(o, False, None) for o in places if o != place], now)
    ]

    assert first == ([min(over)] if over else [])


@given(
    left=st.integers(-3600, 3600),
    sold_before=st.integers(0, 3600),
    committed_before=st.none() | st.integers(300, 90_000),
)
def test_a_stop_finds_the_lot_still_running(
    left: int, sold_before: int, committed_before: int | None
) -> None:
    """A stay that counts from the end or from before the last bid would be out of place."""
    ends_at, now = NOON + timedelta(seconds=left), NOON
    committed = ends_at - timedelta(seconds=committed_before) if committed_before else None
    sold_at = now - timedelta(seconds=sold_before)
    running = Running(Place(ends_at, 1), False, committed)

    stop = stop_of(running, sold_at, now)

    if stop.stayed_since is None:
        assert ends_at - now > MINUTE
    else:
        assert stop.stayed_since < ends_at and stop.stayed_since <= now
        assert committed is None or committed > now or stop.stayed_since >= committed


def test_every_ground_of_withdrawal_has_its_article() -> None:
    """RULE-L6."""
    assert set(stopping.ARTICLES) == set(stopping.Ground)


def test_the_days_of_an_objection_roll_to_a_working_day() -> None:
    """RULE-M1, RULE-M2: 15 days from Friday 22 May end on Saturday 6 June, so on Monday 8."""
    calendar = WorkingDays()

    ruling = objections.ruling_deadline(Kind.CONDUCT, date(2026, 5, 22), calendar)
    review = objections.review_deadline(Kind.CONDUCT, date(2026, 5, 22), calendar)
    suit = objections.review_deadline(Kind.THIRD_PARTY, date(2026, 5, 22), calendar)

    assert (ruling.ends_on, ruling.due_on) == (date(2026, 6, 6), date(2026, 6, 8))
    assert (review.days, review.due_on) == (10, date(2026, 6, 1))
    assert (suit.days, suit.rule) == (15, "M2")


def test_the_days_without_disposal_neither_roll_nor_shrink() -> None:
    assert objections.protected_until(date(2026, 5, 22)) == date(2026, 6, 6)


@pytest.mark.parametrize("state", State)
def test_an_objection_to_conduct_forbids_no_disposal_in_any_state(state: State) -> None:
    """RULE-L8: there the court may, and needs not."""
    assert not forbids_disposal(Standing(Kind.CONDUCT, state, True, None), TUESDAY)


@pytest.mark.parametrize(
    ("state", "dismissed", "forbids"),
    [
        (State.RECEIVED, False, True),
        (State.WITHDRAWN, False, False),
        (State.UPHELD, False, True),
        (State.DISMISSED, True, True),
        (State.IN_REVIEW, True, True),
        (State.CONFIRMED, True, False),
        (State.OVERTURNED, True, True),
        (State.CONFIRMED, False, True),
        (State.OVERTURNED, False, False),
    ],
)
def test_a_third_partys_objection_keeps_the_property(
    state: State, dismissed: bool, forbids: bool
) -> None:
    """RULE-M2, on the day on which a dismissal was served."""
    standing = Standing(Kind.THIRD_PARTY, state, dismissed, TUESDAY)

    assert forbids_disposal(standing, TUESDAY) == forbids


@pytest.mark.parametrize(
    ("kind", "ended", "handed_over", "party", "late"),
    [
        (Kind.CONDUCT, False, True, False, False),
        (Kind.CONDUCT, True, False, False, True),
        (Kind.THIRD_PARTY, False, False, False, False),
        (Kind.THIRD_PARTY, False, True, False, True),
        (Kind.THIRD_PARTY, False, True, True, False),
        (Kind.THIRD_PARTY, True, False, True, True),
    ],
)
def test_until_when_one_may_object(
    kind: Kind, ended: bool, handed_over: bool, party: bool, late: bool
) -> None:
    """RULE-M1, RULE-M2: OR 6."""
    found = objections.comes_too_late(
        kind, case_ended=ended, handed_over=handed_over, bought_by_party=party
    )

    assert found == late


def test_every_ground_of_revocation_has_its_proofs() -> None:
    """RULE-M3, RULE-M4, RULE-M6."""
    assert set(revocation.PROOFS) == set(revocation.RULES) == set(revocation.Ground)
    assert {revocation.Proof.JOURNAL, revocation.Proof.OUTAGES} <= revocation.PROOFS[
        revocation.Ground.SYSTEM_FAILURE
    ]
    used = frozenset().union(*revocation.PROOFS.values())
    assert used == frozenset(revocation.Proof)
