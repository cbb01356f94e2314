"""Nine events of one payment in any order, each never or up to five times: one ledger (FAULT-F27).

A hint moves nothing by itself: it says what to ask the provider about. So what can differ is which
questions are asked, in which order and how often, and those orders are few enough to play them all
(`make faults`; here a few by a seed). The nine kinds themselves are shuffled beside them. At the
end the worker reads the provider's books as it does every minute: they supply what never came.
"""

from __future__ import annotations

import itertools
import os
import random
from collections.abc import Sequence
from typing import Any

import pytest

from app.db import transaction
from app.models.deposit_rows import lock_deposit, owe_deposit_back
from app.services.provider_books import read_provider_books
from tests.outside.world import DECLINES, REFUND_WAITS
from tests.services.money import Money
from tests.world import NOON

NINE = (
    "payment_intent.created",
    "payment_intent.processing",
    "payment_intent.succeeded",
    "payment_intent.payment_failed",
    "payment_intent.canceled",
    "charge.refunded",
    "refund.failed",
    "charge.dispute.created",
    "charge.dispute.closed",
)
# What hints lead the worker to ask about, one event for each.
ASKED = (
    "payment_intent.succeeded",
    "payment_intent.canceled",
    "refund.failed",
    "charge.dispute.closed",
)
DEPOSIT = 7_000_000
# `make faults` plays all orders; `make test` a taste.
IS_WHOLE = os.environ.get("FAULTS") == "all"
SEED = int(os.environ.get("SEED", "27"))
# Seconds. Played whole on two cores, each half of the orders took 77 to 178, of the shuffles 32.
ORDERS_WITHIN, SHUFFLES_WITHIN = (900, 240) if IS_WHOLE else (120, 120)
# One payment's traces in the books when all is over: whatever way they were learnt.
LEFT = {
    "lost": {"provider_clearing": 0, "suspense": 0, "disputed": 0},
    "won": {"provider_clearing": DEPOSIT, "suspense": -DEPOSIT, "disputed": 0},
}


@pytest.mark.timeout(ORDERS_WITHIN)
@pytest.mark.parametrize("outcome", ["won", "lost"])
def test_every_order_of_what_can_be_asked_ends_in_one_ledger(money: Money, outcome: str) -> None:
    """Every selection of the questions, in every order; those left out are never told."""
    sale = money.a_sale()
    orders = [order for many in range(5) for order in itertools.permutations(ASKED, many)]
    if not IS_WHOLE:
        # The shortest and the longest always; of the rest a few, by the seed.
        orders = [orders[0], orders[-1], *random.Random(SEED).sample(orders, 5)]
    for number, order in enumerate(orders, start=1):
        bidder, events = _lived_through(money, sale, f"B{number:03d}", outcome)

        _tell(money, [events[kind] for kind in order])

        _is_as_always(money, bidder, outcome, number, order)


@pytest.mark.timeout(SHUFFLES_WITHIN)
@pytest.mark.parametrize("outcome", ["won", "lost"])
def test_the_nine_events_shuffled_and_repeated_end_in_one_ledger(
    money: Money, outcome: str
) -> None:
    chance = random.Random(SEED)
    sale = money.a_sale()
    for number in range(1, 31 if IS_WHOLE else 4):
        bidder, events = _lived_through(money, sale, f"B{number:03d}", outcome)
        assert set(events) == set(NINE)
        told = [kind for kind in NINE for _ in range(chance.choice((0, 1, 1, 2, 3, 4, 5)))]
        chance.shuffle(told)

        _tell(money, [events[kind] for kind in told], chance)

        _is_as_always(money, bidder, outcome, number, told)


def _lived_through(
    money: Money, sale: int, code: str, outcome: str
) -> tuple[int, dict[str, dict[str, Any]]]:
    """All of it happened at the provider, and none of it was told: only what we asked is known.

    Declined, then paid by something slow; owed back, the refund sent and failed; disputed and
    decided. Beside it an offer of the same payer that was cancelled.
    """
    before = {event["id"] for event in money.events()}
    bidder = money.a_bidder(sale, code)
    offer = money.pay(bidder, DECLINES)
    money.outside.control("PUT", "/settlement", mode="later")
    money.outside.pay(offer.url, REFUND_WAITS)
    money.outside.control("PUT", "/settlement", mode="at_once")
    intent = _newest(money, before, "payment_intent.processing")
    money.outside.control("POST", f"/payments/{intent}/settle", outcome="succeeded")
    money.poll()
    with money.closer.app_context(), transaction() as session:
        deposit = money.one("SELECT id FROM deposits WHERE registration_id = %s", bidder)
        owe_deposit_back(session, lock_deposit(session, deposit), at=NOON, reason="outbid_at_close")
    money.work()
    refund = _newest(money, before, "refund.created")
    money.outside.control("POST", f"/refunds/{refund}/fail")
    dispute = money.outside.control("POST", "/disputes", payment_intent=intent)
    money.outside.control("POST", f"/disputes/{dispute['id']}/close", outcome=outcome)
    other = money.outside.api("POST", "/v1/payment_intents", {"amount": DEPOSIT, "currency": "cny"})
    money.outside.api("POST", f"/v1/payment_intents/{other.json()['id']}/cancel")
    new = [event for event in money.events() if event["id"] not in before]
    return bidder, {event["type"]: event for event in new if event["type"] in NINE}


def _newest(money: Money, before: set[str], kind: str) -> str:
    (event,) = (e for e in money.events() if e["type"] == kind and e["id"] not in before)
    return str(event["data"]["object"]["id"])


def _tell(
    money: Money, events: Sequence[dict[str, Any]], chance: random.Random | None = None
) -> None:
    for event in events:
        money.hint(event)
        if chance is None or chance.random() < 0.3:
            money.work()
    money.work()
    with money.closer.app_context():
        read_provider_books(money.provider)
    money.due_again()
    money.work()


def _is_as_always(
    money: Money, bidder: int, outcome: str, number: int, order: Sequence[str]
) -> None:
    expected = {kind: each * number for kind, each in LEFT[outcome].items() if each}
    assert money.balances() == expected, order
    state = money.one("SELECT state FROM deposits WHERE registration_id = %s", bidder)
    assert state == ("released" if outcome == "lost" else "releasing"), order
    assert money.one("SELECT count(*) FROM disputes WHERE state = %s", outcome) == number, order
    assert money.one("SELECT count(*) FROM arrivals WHERE kind = 'admit'") == number
