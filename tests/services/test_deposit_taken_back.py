"""A deposit charged back during a sale: no further bid without money (RULE-E3, FAULT-F31).

What was bid before stands, the transcript says nothing else than before, and whoever pays again
bids on.
"""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from app.services import settlement as settlements
from app.services.bidding.place import Accepted, DepositGone, Offer, place_bid
from app.services.card_offers import CardOffer
from app.services.deposits import DepositRefusal, choose_bank_deposit, open_card_deposit
from app.services.settlement import SettlementRefusal
from tests.desks import a_desk
from tests.services.money import OFFERED, Money
from tests.services.statements import Credit, take_in
from tests.services.test_disputes import FEES, _close, _dispute
from tests.world import NOON

PRICE, STEP, DEPOSIT = 70_000_000, 500_000, 7_000_000
DAY = timedelta(days=1)


def test_no_further_bid_is_entered_once_the_deposit_is_taken_back(money: Money) -> None:
    sale, bidder = _leading(money)
    before = _transcript(money)
    _dispute(money)

    answer = _place(money, sale, bidder, PRICE + STEP)

    assert answer == DepositGone()
    assert money.one("SELECT count(*) FROM arrivals WHERE kind = 'bid'") == 1
    assert money.one("SELECT count(*) FROM undecided") == 0
    assert _transcript(money) == before
    assert money.is_admitted(bidder)


def test_a_bid_that_was_entered_before_stands_and_is_answered_again(money: Money) -> None:
    """INV-A13"""
    sale, bidder = _held(money)
    offer = Offer(sale, bidder, PRICE, None, uuid.uuid4())
    with a_desk(money.closer.config["DATABASE_URLS"]) as desk:
        first = place_bid(desk, offer)
        _dispute(money)
        again = place_bid(desk, offer)

    assert isinstance(first, Accepted)
    assert again == first
    assert money.one("SELECT leader_code FROM sale_states") == "B001"


def test_others_bid_on_meanwhile(money: Money) -> None:
    sale, _bidder = _leading(money)
    other = money.world.bidder(sale, "B002")
    _dispute(money)

    assert isinstance(_place(money, sale, other, PRICE + STEP), Accepted)


def test_the_bidder_is_told_how_to_mend_it_and_the_court_without_a_name(money: Money) -> None:
    """RULE-E13"""
    _sale, bidder = _leading(money)
    judge = money.appoint("judge")

    _dispute(money)

    told = money.world.rows(
        "SELECT kind, registration_id, person_id, params FROM messages"
        " WHERE kind IN ('deposit_taken_back', 'deposit_gone') ORDER BY kind DESC"
    )
    assert [row[:3] for row in told] == [
        ("deposit_taken_back", bidder, None),
        ("deposit_gone", None, judge),
    ]
    assert told[0][3]["can_cure"] is True
    assert set(told[1][3]) == {"sale", "amount", "currency", "leads"}
    assert told[1][3]["leads"] is True


def test_whoever_pays_again_bids_on(money: Money) -> None:
    sale, bidder = _leading(money)
    dispute = _dispute(money)

    _pay_again(money, bidder)

    assert money.balances() == _held_money(DEPOSIT)
    assert isinstance(_place(money, sale, bidder, PRICE + STEP), Accepted)
    _close(money, dispute, "lost")
    assert money.balances() == _held_money(DEPOSIT)
    assert money.one("SELECT consequence FROM disputes") == "paid_again"
    assert isinstance(_place(money, sale, bidder, PRICE + 2 * STEP), Accepted)


def test_what_comes_back_after_it_was_paid_again_goes_back_to_its_card(money: Money) -> None:
    _sale, bidder = _leading(money)
    dispute = _dispute(money)
    _pay_again(money, bidder)

    _close(money, dispute, "won")
    money.work()

    assert money.balances() == _held_money(DEPOSIT)
    (refund,) = money.outside.server.account.store.all_of("refund")
    first = money.one("SELECT min(id) FROM card_payments")
    assert refund["payment_intent"] == money.one(
        "SELECT intent_id FROM card_payments WHERE id = %s", first
    )
    assert money.deposit(bidder) == ("held", "card")


def test_the_new_payment_is_the_deposit_that_goes_back_to_a_loser(money: Money) -> None:
    sale, bidder = _leading(money)
    _dispute(money)
    _pay_again(money, bidder)
    other = money.world.bidder(sale, "B002", deposit=None)
    assert isinstance(_place(money, sale, other, PRICE + STEP), Accepted)

    money.close(sale)
    money.work()

    assert money.deposit(bidder)[0] == "released"
    (refund,) = money.outside.server.account.store.all_of("refund")
    assert refund["payment_intent"] == money.one(
        "SELECT intent_id FROM card_payments WHERE counted"
    )


@pytest.mark.parametrize("role", ["web", "drain", "closer"])
def test_no_role_bars_a_bidder_whose_deposit_nobody_took_back(money: Money, role: str) -> None:
    """RULE-A8"""
    _sale, bidder = _leading(money)

    with (
        psycopg.connect(money.closer.config["DATABASE_URLS"][role]) as connection,
        pytest.raises(psycopg.DatabaseError, match=r"nobody took|permission denied"),
    ):
        connection.execute(
            "SELECT set_config('luochui.registrations', %s, true)", ["{" + str(bidder) + "}"]
        )
        connection.execute("UPDATE deposits SET taken_back_at = clock_timestamp()")


def test_a_won_dispute_lets_the_bidder_bid_on(money: Money) -> None:
    sale, bidder = _leading(money)

    _close(money, _dispute(money), "won")

    assert isinstance(_place(money, sale, bidder, PRICE + STEP), Accepted)
    assert money.one("SELECT count(*) FROM messages WHERE kind = 'deposit_back'") == 1


def test_a_deposit_that_is_there_is_not_paid_twice(money: Money) -> None:
    _sale, bidder = _held(money)

    with money.as_bidder(bidder):
        answer = open_card_deposit(bidder, OFFERED, patience_seconds=0)

    assert answer is DepositRefusal.PAID_ALREADY


def test_it_is_paid_again_by_card_and_not_by_transfer(money: Money) -> None:
    _sale, bidder = _leading(money)
    _dispute(money)

    with money.as_bidder(bidder):
        answer = choose_bank_deposit(bidder)

    assert answer is DepositRefusal.ONLY_BY_CARD


@pytest.mark.parametrize("outcome", ["lost", "won"])
def test_a_buyer_whose_deposit_is_gone_owes_the_whole_price(money: Money, outcome: str) -> None:
    """RULE-H4, J1: what is not there counts for nothing. If it comes back, it goes back."""
    sale, _bidder = _leading(money)
    dispute = _dispute(money)
    money.close(sale)
    assert money.world.rows("SELECT deposit_applied, paid FROM settlements") == [(0, 0)]

    take_in(money, Credit("700000.00", money.one("SELECT reference FROM settlements")))
    money.work()
    _close(money, dispute, outcome)
    money.due_again()
    money.work()

    assert money.one("SELECT state FROM settlements") == "paid"
    assert money.balances() == {
        "bank": PRICE,
        "price_held": -PRICE,
        "provider_clearing": -1_500,
        "provider_fees": 1_500,
    }
    assert money.one("SELECT count(*) FROM open_items WHERE state = 'open'") == 0


def test_a_deposit_taken_back_after_the_close_counts_no_more_until_it_is_won(money: Money) -> None:
    sale, _bidder = _leading(money)
    money.close(sale)
    assert money.one("SELECT deposit_applied FROM settlements") == DEPOSIT

    dispute = _dispute(money)
    gone = money.one("SELECT deposit_applied FROM settlements")
    _close(money, dispute, "won")

    assert gone == 0
    assert money.one("SELECT deposit_applied FROM settlements") == DEPOSIT
    assert (
        money.one("SELECT params->>'can_cure' FROM messages WHERE kind = 'deposit_taken_back'")
        == "false"
    )


def test_the_leader_whose_deposit_is_gone_and_who_does_not_pay_defaults_as_any_other(
    money: Money,
) -> None:
    """RULE-J1: the decision is the court's, and the money that is gone is handed on to nobody."""
    sale, bidder = _leading(money)
    _close(money, _dispute(money), "lost")
    money.close(sale)
    money.world.hold_clock(money.court, money.one("SELECT due_at FROM settlements") + DAY)
    judge = money.appoint("judge")

    with money.as_court(money.court):
        settlements.decide_default(sale, by=judge, reference="Exec. 12-3")
    money.work()

    assert money.deposit(bidder)[0] == "forfeited"
    assert money.balances()["disputed"] == DEPOSIT
    with money.as_court(money.court):
        assert settlements.use_forfeiture(sale, costs=0, by=judge) is SettlementRefusal.TAKEN_BACK


def _held(money: Money) -> tuple[int, int]:
    money.outside.control("PUT", "/fees", **FEES)
    sale = money.a_sale()
    bidder = money.a_bidder(sale)
    money.pay(bidder)
    money.poll()
    money.work()
    assert money.is_admitted(bidder)
    return sale, bidder


def _leading(money: Money) -> tuple[int, int]:
    sale, bidder = _held(money)
    money.bid(sale, bidder, PRICE)
    money.work()
    money.world.hold_clock(money.court, NOON - timedelta(minutes=1))
    return sale, bidder


def _place(money: Money, sale: int, bidder: int, amount: int) -> Any:
    with a_desk(money.closer.config["DATABASE_URLS"]) as desk:
        return place_bid(desk, Offer(sale, bidder, amount, None, uuid.uuid4()))


def _pay_again(money: Money, bidder: int) -> None:
    with money.as_bidder(bidder):
        asked = open_card_deposit(bidder, OFFERED, patience_seconds=0)
    assert isinstance(asked, CardOffer), asked
    money.work()
    with money.as_bidder(bidder):
        opened = open_card_deposit(bidder, OFFERED, patience_seconds=0)
    assert isinstance(opened, CardOffer)
    money.outside.pay(opened.url)
    money.poll()
    money.work()


def _held_money(deposit: int) -> dict[str, int]:
    return {
        "provider_clearing": deposit - 1_500,
        "provider_fees": 1_500,
        "deposits_held": -deposit,
    }


def _transcript(money: Money) -> list[Any]:
    return money.world.rows("SELECT n, line FROM transcript_lines ORDER BY n")
