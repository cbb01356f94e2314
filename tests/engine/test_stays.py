"""Stays, resumptions, withdrawals and admissions: RULE-L and RULE-E4."""

from datetime import timedelta

import pytest

from auction_engine.sale.bidding import RefusalReason, decide_bid
from auction_engine.sale.closing import Status, outcome, status
from auction_engine.sale.events import Admit, Authority, Resume, Suspend, Withdraw
from auction_engine.sale.kinds import Round
from auction_engine.sale.state import Sale
from auction_engine.sale.stays import OutOfPlace, admit, resume, suspend, withdraw
from tests.engine.documents import (
    ANNA,
    BORIS,
    CLOSES,
    HOUR,
    MINUTE,
    OPENS,
    SECOND,
    START,
    STEP,
    TICK,
    a_sale,
    led_by,
)


def court_stay(at):
    return Suspend(at, Authority.COURT, "objection 12")


def outage(at, since):
    return Suspend(at, Authority.PLATFORM, "outage", since)


def end_of(sale):
    return Withdraw(sale, Authority.COURT, "settled")


def test_the_time_left_comes_back_after_a_stay():
    """RULE-L5"""
    sale = suspend(a_sale(), court_stay(OPENS + 2 * HOUR))

    sale = resume(sale, Resume(OPENS + 26 * HOUR))

    assert sale.closes_at == OPENS + 48 * HOUR


@pytest.mark.parametrize(
    ("left", "given_back"),
    [
        (TICK, 5 * MINUTE),
        (5 * MINUTE, 5 * MINUTE),
        (5 * MINUTE + TICK, 5 * MINUTE + TICK),
    ],
)
def test_at_least_five_minutes_come_back(left, given_back):
    """RULE-L5"""
    sale = suspend(a_sale(), court_stay(CLOSES - left))

    sale = resume(sale, Resume(CLOSES + HOUR))

    assert sale.closes_at == CLOSES + HOUR + given_back


def test_a_stay_before_the_opening_takes_no_time_away():
    sale = suspend(a_sale(), court_stay(OPENS - 10 * HOUR))

    early = resume(sale, Resume(OPENS - HOUR))
    late = resume(sale, Resume(OPENS + HOUR))

    assert early.closes_at == CLOSES
    assert late.closes_at == CLOSES + HOUR


def test_a_stayed_sale_does_not_end_however_late_it_is():
    sale = suspend(led_by(a_sale(), ANNA, START, OPENS), court_stay(CLOSES - SECOND))

    assert status(sale, CLOSES + 1000 * HOUR) is Status.SUSPENDED
    assert outcome(sale, CLOSES + 1000 * HOUR) is None
    late = decide_bid(sale, BORIS, START + STEP, CLOSES + 1000 * HOUR)
    assert late.reason is RefusalReason.SUSPENDED


def test_an_outage_across_the_end_sells_nothing():
    """RULE-L2"""
    sale = led_by(a_sale(), ANNA, START, OPENS + HOUR)

    stayed = suspend(sale, outage(CLOSES + HOUR, since=CLOSES - MINUTE))

    assert isinstance(stayed, Sale)
    assert status(stayed, CLOSES + HOUR) is Status.SUSPENDED
    assert resume(stayed, Resume(CLOSES + 2 * HOUR)).closes_at == CLOSES + 2 * HOUR + 5 * MINUTE


def test_the_stay_counts_from_the_beginning_of_the_outage():
    stayed = suspend(a_sale(), outage(OPENS + 3 * HOUR, since=OPENS + 2 * HOUR))

    assert resume(stayed, Resume(OPENS + 3 * HOUR)).closes_at == CLOSES + HOUR


@pytest.mark.parametrize(
    ("since", "field"),
    [
        (CLOSES, "type"),
        (CLOSES + SECOND, "type"),
        (CLOSES - TICK, None),
        (OPENS + HOUR, None),
        (OPENS + HOUR - TICK, "since"),
        (CLOSES + 2 * HOUR, "since"),
    ],
)
def test_an_outage_reaches_back_to_the_last_accepted_bid_and_must_begin_before_the_end(
    since, field
):
    sale = led_by(a_sale(), ANNA, START, OPENS + HOUR)

    stayed = suspend(sale, outage(CLOSES + HOUR, since))

    assert (stayed.field if isinstance(stayed, OutOfPlace) else None) == field


def test_an_outage_does_not_reach_back_behind_a_resumption():
    sale = suspend(a_sale(), court_stay(OPENS + HOUR))
    sale = resume(sale, Resume(OPENS + 3 * HOUR))

    before = suspend(sale, outage(OPENS + 4 * HOUR, since=OPENS + 3 * HOUR - TICK))
    just = suspend(sale, outage(OPENS + 4 * HOUR, since=OPENS + 3 * HOUR))

    assert before == OutOfPlace("since", "before the last accepted bid or resumption")
    assert isinstance(just, Sale)


def test_only_a_platform_reaches_back():
    """RULE-L2"""
    event = Suspend(OPENS + HOUR, Authority.COURT, "objection", since=OPENS)

    assert suspend(a_sale(), event).field == "since"


@pytest.mark.parametrize(
    ("given", "fits"),
    [
        (OPENS + 26 * HOUR + 5 * MINUTE - TICK, False),
        (OPENS + 26 * HOUR + 5 * MINUTE, True),
        (OPENS + 100 * HOUR, True),
    ],
)
def test_the_court_may_set_an_end_at_resumption_of_at_least_five_minutes(given, fits):
    """RULE-L5"""
    stayed = suspend(a_sale(), court_stay(OPENS + 20 * HOUR))

    resumed = resume(stayed, Resume(OPENS + 26 * HOUR, closes_at=given))

    assert (resumed.closes_at == given) if fits else (resumed.field == "closes_at")


def test_an_end_set_before_the_opening_is_measured_from_the_opening():
    stayed = suspend(a_sale(), court_stay(OPENS - 2 * HOUR))

    too_early = resume(stayed, Resume(OPENS - HOUR, closes_at=OPENS + 5 * MINUTE - TICK))
    just = resume(stayed, Resume(OPENS - HOUR, closes_at=OPENS + 5 * MINUTE))

    assert too_early.field == "closes_at"
    assert just.closes_at == OPENS + 5 * MINUTE


def test_a_sell_off_gets_back_its_60_days_before_the_first_bid_and_its_day_after_it():
    sale = a_sale(round=Round.SELL_OFF, closes_at=OPENS + timedelta(days=60))
    stayed = suspend(sale, court_stay(OPENS + timedelta(days=10)))
    running = led_by(sale, ANNA, START, OPENS + timedelta(days=10))
    stayed_running = suspend(running, court_stay(OPENS + timedelta(days=10, hours=4)))

    before = resume(stayed, Resume(OPENS + timedelta(days=12)))
    after = resume(stayed_running, Resume(OPENS + timedelta(days=12)))

    assert before.closes_at == OPENS + timedelta(days=62)
    assert after.closes_at == OPENS + timedelta(days=12, hours=20)


def _states():
    stayed = suspend(a_sale(), court_stay(OPENS + HOUR))
    return {
        "running": a_sale(),
        "stayed": stayed,
        "withdrawn": withdraw(a_sale(), end_of(OPENS + HOUR)),
        "withdrawn while stayed": withdraw(stayed, end_of(OPENS + HOUR)),
    }


@pytest.mark.parametrize(
    ("state", "at", "fitting"),
    [
        ("running", OPENS - HOUR, {"suspend", "withdraw", "admit"}),
        ("running", OPENS + 2 * HOUR, {"suspend", "withdraw", "admit"}),
        ("running", CLOSES - TICK, {"suspend", "withdraw", "admit"}),
        ("running", CLOSES, set()),
        ("stayed", OPENS + 2 * HOUR, {"resume", "withdraw", "admit"}),
        ("stayed", CLOSES + HOUR, {"resume", "withdraw", "admit"}),
        ("withdrawn", OPENS + 2 * HOUR, set()),
        ("withdrawn while stayed", CLOSES + HOUR, set()),
    ],
)
def test_an_act_of_the_court_must_fit_the_state_at_its_moment(state, at, fitting):
    """RULE-L1, L6, E4"""
    sale = _states()[state]

    tried = {
        "suspend": suspend(sale, court_stay(at)),
        "resume": resume(sale, Resume(at)),
        "withdraw": withdraw(sale, end_of(at)),
        "admit": admit(sale, Admit(at, "B07"), None),
    }

    assert {name for name, after in tried.items() if isinstance(after, Sale)} == fitting
    assert all(a.field == "type" for a in tried.values() if isinstance(a, OutOfPlace))


def test_the_platform_cannot_withdraw_a_sale():
    """RULE-L2"""
    event = Withdraw(OPENS, Authority.PLATFORM, "outage")

    assert withdraw(a_sale(), event).field == "by"


def test_a_code_is_admitted_once():
    assert admit(a_sale(), Admit(OPENS, "B01"), ANNA).field == "bidder"


def test_leader_and_price_stay_through_a_withdrawal_and_nobody_wins():
    """RULE-L6"""
    sale = withdraw(led_by(a_sale(), ANNA, START, OPENS), end_of(OPENS + HOUR))

    over = outcome(sale)

    assert over.at == OPENS + HOUR
    assert over.standing.status is Status.WITHDRAWN
    assert (over.standing.leader, over.standing.price) == ("B01", START)
    assert over.standing.winner is None


@pytest.mark.parametrize(
    ("as_of", "expected"),
    [
        (OPENS - TICK, Status.NOT_OPEN),
        (OPENS, Status.OPEN),
        (CLOSES - TICK, Status.OPEN),
        (CLOSES, Status.SOLD),
        (None, Status.SOLD),
    ],
)
def test_a_sale_is_over_at_its_end(as_of, expected):
    assert status(led_by(a_sale(), ANNA, START, OPENS), as_of) is expected
