"""What holds in every sale and for every number: one property or more for each family of rules.

The histories are those of `tests/engine/histories.py`; `tests/reference` holds the same ones
against a second telling in SQL.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from functools import partial
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auction_engine.money.forfeit import forfeit
from auction_engine.rulepacks import RULE_PACKS
from auction_engine.sale import limits
from auction_engine.sale.bidders import Bidder
from auction_engine.sale.bidding import BidAccepted, BidRefused, RefusalReason, minimum_bid
from auction_engine.sale.closing import Status, standing, status
from auction_engine.sale.course import Step, take
from auction_engine.sale.deadlines import WorkingDays, court_deadline
from auction_engine.sale.events import Admit, Authority, Bid, Resume, Suspend, Withdraw
from auction_engine.sale.kinds import PropertyKind, Round
from auction_engine.sale.panel import PanelDecision, panel_decision
from auction_engine.sale.state import Sale, opening_sale
from tests.engine.documents import MINUTE, TICK
from tests.engine.histories import History, played, random_history

CN = RULE_PACKS["cn-2016-18"]
HISTORIES = 400
MONEY = st.integers(1, 10**14)
DAYS = st.dates(date(2000, 1, 1), date(2100, 1, 1))


def histories(name: str) -> Iterator[History]:
    """The same histories each time, others for each property."""
    random = Random(name)
    return (random_history(random) for _ in range(HISTORIES))


def turns(history: History) -> Iterator[tuple[Sale, Step]]:
    """Each event that fitted, with the sale before it."""
    before = opening_sale(history.terms)
    for step in played(history).steps:
        if step is not None:
            yield before, step
            before = step.sale


def accepted_bids(history: History) -> list[tuple[Sale, BidAccepted]]:
    return [(b, s.decision) for b, s in turns(history) if isinstance(s.decision, BidAccepted)]


def place_by_f5(decision: BidAccepted) -> tuple[int, int, int]:
    rank = decision.bidder.priority_rank
    return -decision.amount, 10**9 if rank is None else rank, decision.seq


def test_the_leader_is_first_by_amount_rank_and_arrival_among_all_accepted_bids() -> None:
    """RULE-F5, RULE-F4, RULE-F6"""
    for history in histories("order"):
        decisions = [decision for _, decision in accepted_bids(history)]
        first = min(decisions, key=place_by_f5, default=None)

        sale = played(history).course.sale

        assert sale.leader == (None if first is None else first.bidder)
        assert sale.price == (None if first is None else first.amount)


def test_every_accepted_bid_is_a_step_up_or_matches_from_a_strictly_better_rank() -> None:
    """RULE-G1, RULE-F3, RULE-F7, RULE-F8, RULE-C8"""
    for history in histories("steps"):
        for before, decision in accepted_bids(history):
            assert decision.amount >= history.terms.starting_price
            if before.leader is None or before.price is None:
                continue
            step = decision.amount - before.price
            assert step >= history.terms.increment or (
                step == 0 and decision.bidder.outranks(before.leader)
            )
            if history.terms.multiples_only:
                assert step % history.terms.increment == 0


def test_the_minimum_is_accepted_and_one_less_is_not() -> None:
    """RULE-G1, RULE-C8: what a bidder is told to offer is enough, and the least that is."""
    for history in histories("minimum"):
        sale, bidder = played(history).course.sale, Bidder("P0", priority_rank=1)
        at = max(sale.last_at or history.terms.opens_at, history.terms.opens_at)
        if sale.is_suspended or sale.is_withdrawn or sale.has_ended_at(at):
            continue
        least = minimum_bid(sale, bidder)

        enough = take(sale, Bid(at, "P0", least), bidder)
        too_little = take(sale, Bid(at, "P0", least - 1), bidder)

        assert isinstance(enough.decision, BidAccepted)
        assert isinstance(too_little.decision, BidRefused)


def test_a_bid_moves_the_end_to_five_minutes_after_itself_or_not_at_all() -> None:
    """RULE-G5, RULE-G4; the first bid of a sell-off starts its day: RULE-K10"""
    for history in histories("end"):
        for before, decision in accepted_bids(history):
            if history.terms.round is Round.SELL_OFF and before.leader is None:
                assert decision.closes_at == decision.at + timedelta(hours=24)
                assert not decision.extended
                continue
            late = decision.at + 5 * MINUTE > before.closes_at
            assert decision.extended == late
            assert decision.closes_at == (decision.at + 5 * MINUTE if late else before.closes_at)


def test_only_bids_at_or_after_the_end_are_late_and_all_of_them() -> None:
    """RULE-G6"""
    for history in histories("half-open"):
        for before, step in turns(history):
            if isinstance(step.event, Bid) and not before.is_suspended and not before.is_withdrawn:
                late = getattr(step.decision, "reason", None) is RefusalReason.CLOSED
                assert late == (step.event.at >= max(before.closes_at, before.terms.opens_at))


def test_a_sale_is_the_same_without_the_bids_that_were_refused() -> None:
    """RULE-G8, and none of the accepted ones is ever taken back: RULE-G7"""
    for history in histories("refused"):
        whole = played(history)
        stood = [
            step.event
            for step in whole.steps
            if step is not None and not isinstance(step.decision, BidRefused)
        ]

        without = played(replace(history, events=tuple(stood))).course.sale

        same = replace(whole.course.sale, refused=0, last_at=without.last_at)
        assert without == same
        assert without.accepted == len(accepted_bids(history))


def test_a_sale_is_decided_event_by_event_as_it_was_seen_at_each() -> None:
    """RULE-G3: what arrives later changes nothing of what was decided."""
    for history in histories("prefix"):
        whole = played(history).steps
        half = len(history.events) // 2

        first = played(replace(history, events=history.events[:half])).steps

        assert whole[:half] == first


def test_whoever_was_not_admitted_or_is_excluded_never_leads() -> None:
    """RULE-E3, RULE-E4, RULE-E9: admitted at any moment before the end, never after it."""
    for history in histories("admission"):
        known = {bidder.code for bidder in history.bidders}
        for before, step in turns(history):
            if isinstance(step.decision, BidAccepted):
                assert step.event.code in known
                assert step.decision.bidder.excluded is None
            if isinstance(step.event, Admit):
                assert before.is_suspended or step.event.at < before.closes_at
                known.add(step.event.code)


def test_a_sale_with_a_valid_bid_is_sold_at_its_end_and_any_other_has_failed() -> None:
    """RULE-H1, RULE-K1, RULE-E2: one bid is enough."""
    for history in histories("close"):
        sale = played(history).course.sale
        if sale.is_withdrawn or sale.is_suspended:
            continue

        over = standing(sale, max(sale.closes_at, history.terms.opens_at))
        before = standing(sale, sale.closes_at - TICK)

        assert over.status is (Status.SOLD if sale.accepted else Status.UNSOLD)
        assert over.winner == over.leader
        assert before.winner is None


def test_a_stay_keeps_leader_price_and_time_left() -> None:
    """RULE-L5, RULE-L1, RULE-L2"""
    for history in histories("stays"):
        for before, step in turns(history):
            match step.event:
                case Suspend():
                    assert step.sale.is_suspended
                    since = step.event.since or step.event.at
                    assert since < before.closes_at
                case Resume() as resumption:
                    runs_from = max(resumption.at, before.terms.opens_at)
                    left = before.closes_at - max(before.stayed_from, before.terms.opens_at)
                    given_back = max(left, 5 * MINUTE)
                    assert step.sale.closes_at == (resumption.closes_at or runs_from + given_back)
                    assert step.sale.closes_at - runs_from >= 5 * MINUTE
                case _:
                    continue
            kept = ("leader", "price", "accepted", "extensions")
            assert [getattr(step.sale, name) for name in kept] == [
                getattr(before, name) for name in kept
            ]


def test_the_platform_postpones_and_never_ends_a_sale() -> None:
    """RULE-L2, RULE-L6: only the court takes a sale back, and then nobody wins."""
    for history in histories("withdrawal"):
        for _, step in turns(history):
            if isinstance(step.event, Withdraw):
                assert step.event.by is Authority.COURT
        sale = played(history).course.sale
        if sale.is_withdrawn:
            assert standing(sale, history.looked_at).winner is None
            assert status(sale, history.looked_at) is Status.WITHDRAWN


def _floor(share: Fraction, amount: int) -> int:
    """The least whole amount that is not below the share."""
    return -(-(share * amount).numerator // (share * amount).denominator)


@given(reference=MONEY, previous=MONEY)
def test_price_floors_are_the_least_whole_amounts_that_are_not_below_the_share(
    reference: int, previous: int
) -> None:
    """RULE-C2, RULE-K3, RULE-K8 and RULE-C4: the 70 percent bind the first round alone."""
    least = partial(
        limits.least_starting_price, CN, reference_price=reference, previous_price=previous
    )

    assert least(Round.FIRST) == _floor(Fraction(70, 100), reference)
    assert least(Round.SECOND) == _floor(Fraction(80, 100), previous)
    assert least(Round.SELL_OFF) == previous


@given(price=MONEY)
def test_the_deposit_lies_between_a_twentieth_and_a_fifth(price: int) -> None:
    """RULE-C7"""
    least, most = limits.deposit_bounds(CN, price)

    assert Fraction(least, price) >= Fraction(5, 100) > Fraction(least - 1, price)
    assert Fraction(most, price) <= Fraction(20, 100) < Fraction(most + 1, price)


@given(opens=DAYS, kind=st.sampled_from(list(PropertyKind)), strict=st.booleans())
def test_days_before_are_days_between_and_strictly_one_more(
    opens: date, kind: PropertyKind, strict: bool
) -> None:
    """RULE-Q2, RULE-D1, RULE-K2, RULE-K7; no holiday shortens them: RULE-Q3"""
    expected = {
        Round.FIRST: 15 if kind is PropertyKind.MOVABLE else 30,
        Round.SECOND: 7 if kind is PropertyKind.MOVABLE else 15,
        Round.SELL_OFF: 7 if kind is PropertyKind.MOVABLE else 15,
    }
    for sale_round, days in expected.items():
        ahead = limits.announcement_days(CN, sale_round, kind)
        last = limits.last_announcement_day(opens, ahead, strict=strict)

        assert (opens - last).days == days + strict
        assert limits.first_opening_day(last, ahead, strict=strict) == opens


@given(announced=DAYS, strict=st.booleans())
def test_parties_are_told_three_full_days_ahead_at_least(announced: date, strict: bool) -> None:
    """RULE-D6"""
    last = limits.last_party_notice_day(CN, announced, strict=strict)

    assert (announced - last).days == 3 + strict


@given(valid_until=DAYS, failed=DAYS)
def test_a_price_serves_for_six_months_after_its_validity_and_a_failure_for_thirty_days(
    valid_until: date, failed: date
) -> None:
    """RULE-B11, RULE-K2: the earlier of the two ends it."""
    first = limits.last_opening_day(CN, Round.FIRST, valid_until=valid_until, failed_on=None)
    second = limits.last_opening_day(CN, Round.SECOND, valid_until=valid_until, failed_on=failed)

    months = (first.year - valid_until.year) * 12 + first.month - valid_until.month
    assert months == 6
    assert first.day == valid_until.day or (first + timedelta(days=1)).day == 1
    assert second == min(first, failed + timedelta(days=30))


@given(votes=st.lists(st.booleans(), max_size=5))
def test_a_panel_decides_once_it_is_whole_and_in_any_order(votes: list[bool]) -> None:
    """RULE-A10"""
    decision = panel_decision(votes)

    assert decision is panel_decision(sorted(votes))
    assert (decision is PanelDecision.PENDING) == (len(votes) < 3)
    if len(votes) >= 3:
        assert (decision is PanelDecision.IN_FAVOUR) == (votes.count(True) > votes.count(False))


@given(
    begun=DAYS,
    off=st.sets(st.integers(0, 60), max_size=30),
    worked=st.sets(st.integers(0, 60), max_size=10),
    rule=st.sampled_from(["I2", "I4", "L4"]),
)
def test_a_court_period_ends_on_the_first_working_day_that_is_not_before_its_last_day(
    begun: date, off: set[int], worked: set[int], rule: str
) -> None:
    """RULE-Q1, RULE-Q4, RULE-I2, RULE-I4, RULE-L4"""
    days = {"I2": 10, "I4": 15, "L4": 5}[rule]
    calendar = WorkingDays(
        off=frozenset(begun + timedelta(days=n) for n in off),
        worked=frozenset(begun + timedelta(days=n) for n in worked),
    )

    due = court_deadline(rule, begun, calendar)

    assert due.ends_on == begun + timedelta(days=days)
    assert calendar.is_worked(due.due_on)
    between = (due.due_on - due.ends_on).days
    assert not any(calendar.is_worked(due.ends_on + timedelta(days=n)) for n in range(between))


@given(
    deposit=st.integers(0, 10**12),
    costs=st.integers(0, 10**12),
    original=MONEY,
    resale=st.integers(0, 10**14),
)
def test_a_lost_deposit_is_used_up_in_order_and_never_comes_back(
    deposit: int, costs: int, original: int, resale: int
) -> None:
    """RULE-J1, RULE-J2, RULE-J3; what is lacking is recorded: RULE-J5"""
    used = forfeit(deposit=deposit, costs=costs, original_price=original, resale_price=resale)

    assert used.to_costs + used.to_price_gap + used.to_debts == deposit
    assert used.to_price_gap == 0 or used.to_costs == costs
    assert used.to_debts == 0 or used.to_price_gap == used.price_gap
    assert used.price_gap == max(0, original - resale)
    assert used.shortfall == max(0, costs + used.price_gap - deposit)


@pytest.mark.parametrize("seconds", [24 * 3600, 24 * 3600 - 1])
def test_bidding_lasts_a_day_to_the_second(seconds: int) -> None:
    """RULE-G2"""
    opens_at = datetime(2026, 5, 25, 2, tzinfo=UTC)

    long_enough = opens_at + timedelta(seconds=seconds) >= limits.least_close(
        CN, Round.FIRST, opens_at
    )

    assert long_enough == (seconds == 24 * 3600)
