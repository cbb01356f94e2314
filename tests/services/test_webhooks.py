"""Hints from the provider: in any order, any number of times, or never, one ledger (FAULT-F27)."""

from __future__ import annotations

import random
import threading
from typing import Any

import pytest

from app.db import transaction
from app.extensions import db
from app.models.deposit_rows import lock_deposit, owe_deposit_back
from app.services.checkouts import Provider, Taken, take_payment
from tests.outside.world import DECLINES, REFUND_WAITS
from tests.services.money import Money
from tests.world import NOON

SEEDS = range(8)


def test_a_hint_admits_whoever_paid(money: Money) -> None:
    bidder = money.a_bidder(money.a_sale())
    money.pay(bidder)

    for event in money.events():
        money.hint(event)
    money.work()

    assert money.deposit(bidder) == ("held", "card")
    assert money.is_admitted(bidder)


def test_a_hint_is_kept_once_for_its_id(money: Money) -> None:
    money.pay(money.a_bidder(money.a_sale()))
    event = money.events()[0]

    for _ in range(3):
        money.hint(event)

    assert money.one("SELECT count(*) FROM provider_events") == 1
    assert money.one("SELECT count(*) FROM outbox WHERE kind = 'provider_event'") == 1


def test_a_hint_that_overtakes_our_own_note_of_the_offer_is_understood(money: Money) -> None:
    bidder = money.a_bidder(money.a_sale())
    money.pay(bidder)
    money.look_away("UPDATE card_payments SET state = 'opening', checkout_id = NULL, url = NULL")

    for event in money.events():
        if event["type"] == "payment_intent.succeeded":
            money.hint(event)
    money.work()

    assert money.deposit(bidder) == ("held", "card")


@pytest.mark.parametrize("seed", SEEDS)
def test_payment_hints_in_any_order_end_in_one_ledger(money: Money, seed: int) -> None:
    """A declined card, a paid one, a dispute opened and won; then the worker's own poll."""
    chance = random.Random(seed)
    bidder = money.a_bidder(money.a_sale())
    offer = money.pay(bidder, DECLINES)
    money.outside.pay(offer.url)
    intent = money.outside.server.account.store.all_of("payment_intent")[0]["id"]
    dispute = money.outside.control("POST", "/disputes", payment_intent=intent)
    money.outside.control("POST", f"/disputes/{dispute['id']}/close", outcome="won")
    kinds = {event["type"] for event in money.events()}
    assert {"payment_intent.payment_failed", "charge.dispute.closed"} < kinds

    _play(money, chance, money.events())
    money.poll()
    money.work()

    assert _picture(money, bidder) == {
        "deposit": "held",
        "payment": "succeeded",
        "refund": None,
        "balances": {"provider_clearing": 7_000_000, "deposits_held": -7_000_000},
        "entries": 1,
        "admitted": 1,
    }


@pytest.mark.parametrize("seed", SEEDS)
def test_refund_hints_in_any_order_end_in_one_ledger(money: Money, seed: int) -> None:
    """A refund that was pending, and that the card's bank sent back in the end."""
    chance = random.Random(100 + seed)
    bidder = money.a_bidder(money.a_sale())
    money.pay(bidder, REFUND_WAITS)
    money.poll()
    money.work()
    _owe(money, bidder)
    money.work()
    (refund,) = money.outside.server.account.store.all_of("refund")
    money.outside.control("POST", f"/refunds/{refund['id']}/fail")
    kinds = {event["type"] for event in money.events()}
    assert {"refund.created", "refund.updated", "refund.failed", "charge.refunded"} < kinds

    _play(money, chance, money.events())
    money.due_again()
    money.work()

    assert _picture(money, bidder) == {
        "deposit": "releasing",
        "payment": "succeeded",
        "refund": "failed",
        "balances": {"provider_clearing": 7_000_000, "suspense": -7_000_000},
        "entries": 3,
        "admitted": 1,
    }


def test_a_hint_at_something_the_provider_does_not_know_changes_nothing(money: Money) -> None:
    bidder = money.a_bidder(money.a_sale())
    money.pay(bidder)
    event = money.events()[0]
    event["data"]["object"] = {"object": "payment_intent", "id": "pi_of_somebody_else"}
    event["type"] = "payment_intent.succeeded"

    money.hint(event)
    money.work()

    assert money.balances() == {}
    assert money.deposit(bidder)[0] == "awaiting"
    ((state, answer),) = money.world.rows(
        "SELECT state, last_answer FROM outbox WHERE kind = 'provider_event'"
    )
    assert state == "parked"
    assert "pi_of_somebody_else" in answer
    assert money.one("SELECT count(*) FROM audit WHERE action = 'webhook.unexplained'") == 1


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"amount": 6_999_999}, "too_little"),
        ({"amount": 7_000_001}, "too_much"),
        ({"currency": "eur"}, "other_currency"),
        ({"metadata[deposit]": "another"}, "not_asked_for"),
    ],
)
def test_money_that_is_not_as_asked_waits_for_a_person(
    money: Money, changed: dict[str, Any], reason: str
) -> None:
    bidder = money.a_bidder(money.a_sale())
    offer = money.offer(bidder)
    asked = {
        "amount": 7_000_000,
        "currency": "cny",
        "metadata[payment]": offer.payment,
        "metadata[deposit]": money.one("SELECT public_id FROM deposits"),
        **changed,
    }

    money.pay_by_intent(**asked)
    money.work()

    assert money.deposit(bidder)[0] == "awaiting"
    assert not money.is_admitted(bidder)
    ((found, amount, state),) = money.world.rows("SELECT reason, amount, state FROM suspense_items")
    assert (found, amount, state) == (reason, asked["amount"], "open")
    assert money.balances() == {
        "provider_clearing": asked["amount"],
        "suspense": -asked["amount"],
    }


def test_a_payment_nobody_asked_for_is_in_suspense_though_it_names_a_deposit(
    money: Money,
) -> None:
    bidder = money.a_bidder(money.a_sale())
    money.offer(bidder)
    deposit = money.one("SELECT public_id FROM deposits")

    money.pay_by_intent(amount=7_000_000, currency="cny", **{"metadata[deposit]": deposit})
    money.work()

    assert money.deposit(bidder)[0] == "awaiting"
    assert money.one("SELECT reason FROM suspense_items") == "not_asked_for"


def test_a_payment_that_names_nothing_of_ours_is_an_operators_alarm(money: Money) -> None:
    money.a_bidder(money.a_sale())

    money.pay_by_intent(amount=7_000_000, currency="cny")
    money.work()

    assert money.balances() == {}
    assert (
        money.one("SELECT count(*) FROM outbox WHERE state = 'parked' AND kind = 'provider_event'")
        >= 1
    )


def test_a_test_payment_is_worth_nothing_where_real_money_moves(money: Money) -> None:
    bidder = money.a_bidder(money.a_sale())
    money.pay(bidder)
    (intent,) = money.outside.server.account.store.all_of("payment_intent")
    real = Provider(money.provider.payments, live=True)

    taken = take_payment(real, real.payments.fetch_payment(intent["id"]))

    assert taken is Taken.OTHER_MODE
    assert money.deposit(bidder)[0] == "awaiting"
    assert money.balances() == {}


def test_a_dispute_is_told_to_the_courts_finance_once(money: Money) -> None:
    bidder = money.a_bidder(money.a_sale())
    finance = money.appoint("finance")
    money.pay(bidder)
    money.poll()
    money.work()
    intent = money.one("SELECT intent_id FROM card_payments")
    money.outside.control("POST", "/disputes", payment_intent=intent)

    for event in money.events():
        money.hint(event)
    money.work()

    assert money.one("SELECT disputed_at IS NOT NULL FROM card_payments")
    assert money.world.rows("SELECT person_id FROM messages WHERE kind = 'payment_disputed'") == [
        (finance,)
    ]


def test_while_the_provider_is_down_hints_wait(money: Money) -> None:
    bidder = money.a_bidder(money.a_sale())
    money.pay(bidder)
    for event in money.events():
        money.hint(event)
    money.outside.control(
        "POST", "/faults", next=[{"kind": "status", "status": 503, "times": 50, "match": ""}]
    )

    money.work()
    assert money.deposit(bidder)[0] == "awaiting"
    money.outside.control("DELETE", "/faults")
    money.due_again()
    money.work()

    assert money.deposit(bidder) == ("held", "card")


def _play(money: Money, chance: random.Random, events: list[dict[str, Any]]) -> None:
    """Each event never, once, twice or three times, in any order, worked on in between or not."""
    hints = [event for event in events for _ in range(chance.randint(0, 3))]
    chance.shuffle(hints)
    for event in hints:
        money.hint(event)
        if chance.random() < 0.5:
            money.work()
    money.work()


def _picture(money: Money, bidder: int) -> dict[str, Any]:
    refunds = money.world.rows("SELECT state FROM refunds")
    return {
        "deposit": money.deposit(bidder)[0],
        "payment": money.one("SELECT state FROM card_payments"),
        "refund": refunds[0][0] if refunds else None,
        "balances": money.balances(),
        "entries": money.one("SELECT count(*) FROM ledger_entries"),
        "admitted": money.one("SELECT count(*) FROM admissions"),
    }


def _owe(money: Money, bidder: int) -> None:
    with money.closer.app_context(), transaction() as session:
        deposit_id = money.one("SELECT id FROM deposits WHERE registration_id = %s", bidder)
        owe_deposit_back(
            session, lock_deposit(session, deposit_id), at=NOON, reason="outbid_at_close"
        )


def test_many_who_learn_of_a_payment_at_once_book_it_once(money: Money) -> None:
    bidder = money.a_bidder(money.a_sale())
    money.pay(bidder)
    (intent,) = money.outside.server.account.store.all_of("payment_intent")
    seen = money.provider.payments.fetch_payment(intent["id"])
    ready = threading.Barrier(4)

    def learn() -> None:
        with money.closer.app_context():
            ready.wait()
            take_payment(money.provider, seen)
            db.session.remove()

    threads = [threading.Thread(target=learn) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert money.deposit(bidder) == ("held", "card")
    assert money.one("SELECT count(*) FROM ledger_entries") == 1
    assert money.one("SELECT count(*) FROM arrivals WHERE kind = 'admit'") == 1
