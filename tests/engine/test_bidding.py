"""Deciding bids: RULE-F, RULE-G and RULE-K10, each boundary to the microsecond."""

from datetime import timedelta

import pytest

from auction_engine.invariants import BrokenInvariant
from auction_engine.sale.bidders import Bidder
from auction_engine.sale.bidding import (
    BidAccepted,
    BidRefused,
    RefusalReason,
    after_bid,
    decide_bid,
    minimum_bid,
)
from auction_engine.sale.closing import Status, outcome, status
from auction_engine.sale.events import Authority, Suspend, Withdraw
from auction_engine.sale.kinds import Round
from auction_engine.sale.stays import suspend, withdraw
from tests.engine.documents import (
    ANNA,
    BORIS,
    CLOSES,
    HOUR,
    MINUTE,
    OPENS,
    OWNER,
    SECOND,
    START,
    STEP,
    TENANT,
    TICK,
    a_sale,
    led_by,
)

EXCLUDED = Bidder("X9", excluded="defaulted_before")


@pytest.mark.parametrize(
    ("before_the_end", "moved_by", "extends"),
    [
        (5 * MINUTE + SECOND, timedelta(), False),
        (5 * MINUTE + TICK, timedelta(), False),
        (5 * MINUTE, timedelta(), False),
        (5 * MINUTE - TICK, TICK, True),
        (2 * MINUTE + 30 * SECOND, 2 * MINUTE + 30 * SECOND, True),
        (SECOND, 4 * MINUTE + 59 * SECOND, True),
        (TICK, 5 * MINUTE - TICK, True),
    ],
)
def test_a_bid_in_the_last_five_minutes_moves_the_end(before_the_end, moved_by, extends):
    """RULE-G5"""
    decision = decide_bid(a_sale(), ANNA, START, CLOSES - before_the_end)

    assert isinstance(decision, BidAccepted)
    assert decision.closes_at == CLOSES + moved_by
    assert after_bid(a_sale(), decision).extensions == extends


def test_the_end_moves_again_and_again_from_the_bid_and_not_from_the_old_end():
    """RULE-G5"""
    sale = led_by(a_sale(), ANNA, START, CLOSES - SECOND)

    sale = led_by(sale, BORIS, START + STEP, CLOSES + 4 * MINUTE)

    assert sale.closes_at == CLOSES + 9 * MINUTE
    assert sale.extensions == 2


@pytest.mark.parametrize(
    ("at", "reason"),
    [
        (OPENS - TICK, RefusalReason.NOT_OPEN_YET),
        (OPENS, None),
        (CLOSES - TICK, None),
        (CLOSES, RefusalReason.CLOSED),
        (CLOSES + TICK, RefusalReason.CLOSED),
    ],
)
def test_time_is_half_open(at, reason):
    """RULE-G6"""
    decision = decide_bid(a_sale(), ANNA, START, at)

    assert getattr(decision, "reason", None) == reason


def test_a_refused_bid_never_extends_and_never_leads():
    """RULE-G8"""
    sale = led_by(a_sale(), ANNA, START, CLOSES - HOUR)

    decision = decide_bid(sale, BORIS, START + 1, CLOSES - SECOND)

    assert after_bid(sale, decision).closes_at == CLOSES
    assert after_bid(sale, decision).leader == ANNA
    assert after_bid(sale, decision).refused == 1


def test_the_priority_script_of_section_f():
    """RULE-F2, F3, F4, F5, F6"""
    sale = a_sale()
    at = OPENS + HOUR

    def offer(bidder, amount):
        nonlocal sale, at
        at += SECOND
        decision = decide_bid(sale, bidder, amount, at)
        sale = after_bid(sale, decision)
        return decision

    assert isinstance(offer(BORIS, START), BidAccepted)
    assert isinstance(offer(TENANT, START), BidAccepted)
    assert isinstance(offer(OWNER, START), BidAccepted)
    assert offer(TENANT, START).reason is RefusalReason.EQUAL_NEEDS_BETTER_PRIORITY
    assert offer(BORIS, START).reason is RefusalReason.EQUAL_NEEDS_BETTER_PRIORITY
    assert isinstance(offer(BORIS, START + STEP), BidAccepted)
    assert isinstance(offer(OWNER, START + STEP), BidAccepted)
    over = outcome(sale, CLOSES)
    assert over.standing.winner == "P1"
    assert over.standing.price == START + STEP


def test_equal_ranks_do_not_displace_each_other():
    """RULE-F4, F8"""
    sale = led_by(a_sale(), TENANT, START, OPENS)

    decision = decide_bid(sale, Bidder("P3", priority_rank=2), START, OPENS + SECOND)

    assert decision.reason is RefusalReason.EQUAL_NEEDS_BETTER_PRIORITY


def test_a_priority_purchaser_who_matches_in_the_last_minutes_extends():
    """RULE-F6"""
    sale = led_by(a_sale(), ANNA, START, OPENS)

    decision = decide_bid(sale, OWNER, START, CLOSES - MINUTE)

    assert decision.closes_at == CLOSES + 4 * MINUTE


def test_the_leader_may_raise_the_own_bid_but_not_repeat_it():
    sale = led_by(a_sale(), ANNA, START, OPENS)

    repeated = decide_bid(sale, ANNA, START, OPENS + SECOND)
    raised = decide_bid(sale, ANNA, START + STEP, OPENS + SECOND)

    assert repeated.reason is RefusalReason.EQUAL_NEEDS_BETTER_PRIORITY
    assert isinstance(raised, BidAccepted)


def _stayed():
    sale = led_by(a_sale(), ANNA, START, OPENS)
    return suspend(sale, Suspend(OPENS + HOUR, Authority.COURT, "objection"))


def _withdrawn():
    return withdraw(_stayed(), Withdraw(OPENS + 2 * HOUR, Authority.COURT, "paid"))


# Each row also breaks every later rule of the list, so it proves the order of the checks.
@pytest.mark.parametrize(
    ("sale", "bidder", "amount", "at", "reason"),
    [
        (a_sale(), None, 0, OPENS - SECOND, "not_open_yet"),
        (led_by(a_sale(), ANNA, START, OPENS), None, 0, CLOSES, "closed"),
        (_withdrawn(), None, 0, CLOSES + HOUR, "withdrawn"),
        (_stayed(), None, 0, CLOSES + HOUR, "suspended"),
        (led_by(a_sale(), ANNA, START, OPENS), None, 0, OPENS + HOUR, "not_admitted"),
        (led_by(a_sale(), ANNA, START, OPENS), EXCLUDED, 0, OPENS + HOUR, "excluded"),
        (led_by(a_sale(), ANNA, START, OPENS), BORIS, 0, OPENS + HOUR, "below_starting_price"),
        (
            led_by(a_sale(), ANNA, START, OPENS),
            BORIS,
            START,
            OPENS + HOUR,
            "equal_needs_better_priority",
        ),
        (led_by(a_sale(), ANNA, START, OPENS), BORIS, START + 1, OPENS + HOUR, "below_minimum"),
        (
            led_by(a_sale(), ANNA, START, OPENS),
            BORIS,
            START + STEP + 1,
            OPENS + HOUR,
            "not_a_multiple",
        ),
    ],
)
def test_the_reasons_are_checked_in_their_published_order(sale, bidder, amount, at, reason):
    decision = decide_bid(sale, bidder, amount, at)

    assert decision.reason == reason


def test_the_list_of_reasons_is_in_the_order_in_which_they_are_checked():
    contract = (
        "not_open_yet, closed, withdrawn, suspended, not_admitted, excluded, below_starting_price, "
        "equal_needs_better_priority, below_minimum, not_a_multiple"
    )

    assert ", ".join(RefusalReason) == contract


@pytest.mark.parametrize(
    ("bidder", "amount", "minimum"),
    [
        (BORIS, START - 1, START + STEP),
        (OWNER, START - 1, START),
        (BORIS, START + 1, START + STEP),
        (OWNER, START + 1, START),
        (BORIS, START + STEP + 1, START + STEP),
        (OWNER, START + STEP + 1, START),
        (BORIS, START, None),
    ],
)
def test_the_minimum_is_told_where_a_higher_amount_would_help(bidder, amount, minimum):
    sale = led_by(a_sale(), ANNA, START, OPENS)

    decision = decide_bid(sale, bidder, amount, OPENS + SECOND)

    assert isinstance(decision, BidRefused)
    assert decision.minimum == minimum


def test_without_a_leader_the_minimum_is_the_starting_price():
    """RULE-G1"""
    assert minimum_bid(a_sale(), BORIS) == START
    assert decide_bid(a_sale(), BORIS, START - 1, OPENS).minimum == START
    assert decide_bid(a_sale(), BORIS, START + 1, OPENS).minimum == START


def test_without_multiples_only_every_amount_above_the_minimum_is_good():
    sale = led_by(a_sale(multiples_only=False), ANNA, START + 7, OPENS)

    assert isinstance(decide_bid(sale, BORIS, START + STEP + 8, OPENS), BidAccepted)
    assert decide_bid(sale, BORIS, START + STEP + 6, OPENS).reason is RefusalReason.BELOW_MINIMUM


def test_the_first_bid_starts_the_day_of_a_sell_off_however_far_the_60_days_reach():
    """RULE-K10"""
    sale = a_sale(round=Round.SELL_OFF, closes_at=OPENS + timedelta(days=60))

    sale = led_by(sale, ANNA, START, OPENS + timedelta(days=3))

    assert sale.closes_at == OPENS + timedelta(days=4)
    assert sale.extensions == 0


def test_the_first_bid_of_a_sell_off_in_the_last_minutes_is_no_extension_either():
    ends = OPENS + timedelta(days=60)
    sale = a_sale(round=Round.SELL_OFF, closes_at=ends)

    sale = led_by(sale, ANNA, START, ends - TICK)

    assert sale.closes_at == ends - TICK + 24 * HOUR
    assert sale.extensions == 0


def test_later_bids_of_a_sell_off_extend_as_everywhere():
    """RULE-K10"""
    sale = a_sale(round=Round.SELL_OFF, closes_at=OPENS + timedelta(days=60))
    sale = led_by(sale, ANNA, START, OPENS)

    sale = led_by(sale, BORIS, START + STEP, OPENS + 24 * HOUR - MINUTE)

    assert sale.closes_at == OPENS + 24 * HOUR + 4 * MINUTE
    assert sale.extensions == 1


def test_a_sell_off_without_a_bid_ends_with_its_60_days_unsold():
    """RULE-K7"""
    ends = OPENS + timedelta(days=60)
    sale = a_sale(round=Round.SELL_OFF, closes_at=ends)

    assert status(sale, ends - TICK) is Status.OPEN
    assert status(sale, ends) is Status.UNSOLD


def test_an_arrival_is_decided_no_earlier_than_what_was_decided_before():
    sale = led_by(a_sale(), ANNA, START, OPENS + HOUR)

    assert sale.moment_for(OPENS) == OPENS + HOUR
    assert sale.moment_for(OPENS + 2 * HOUR) == OPENS + 2 * HOUR
    with pytest.raises(BrokenInvariant):
        decide_bid(sale, BORIS, START + STEP, OPENS)


def test_a_decision_belongs_to_the_sale_it_was_made_on():
    sale = a_sale()
    decision = decide_bid(sale, ANNA, START, OPENS)
    after = after_bid(sale, decision)

    with pytest.raises(BrokenInvariant):
        after_bid(after, decision)
