"""Forged and confused webhooks: fourteen cases, and not a row is different after (FAULT-F28).

Ten are refused at the door. Four are rightly signed and name what is not ours, not as asked or not
in this mode: they are kept as hints, the provider is asked, and no money moves.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import stripe

from tests.services.money import Money

SECRET = "whsec_for_the_tests"
HERE = "/hooks/stripe"
# What tells of money, of rights to bid, and of what was done about them.
MONEY_TABLES = (
    "ledger_entries", "ledger_postings", "ledger_accounts", "deposits", "card_payments", "refunds",
    "settlements", "suspense_items", "disputes", "provider_payouts", "open_items", "admissions",
    "arrivals",
)  # fmt: skip
ALL_TABLES = (*MONEY_TABLES, "provider_events", "outbox", "audit", "messages")

Body = dict[str, Any]
Sent = tuple[bytes, str | None]


def _written(event: Body) -> bytes:
    return json.dumps(event, indent=2).encode()


def _signed(body: bytes, *, secret: str = SECRET, age: float = 0) -> str:
    at = datetime.now(UTC) - timedelta(seconds=age)
    return stripe.WebhookSignature.generate_signature_header(
        body.decode(), secret, int(at.timestamp())
    )


def _as(change: Callable[[Body], Any]) -> Callable[[Body], Sent]:
    def make(event: Body) -> Sent:
        change(event)
        body = _written(event)
        return body, _signed(body)

    return make


def _of(event: Body, **changed: Any) -> None:
    event["data"]["object"].update(changed)


# 400 at the door: nothing at all is written.
REFUSED: dict[str, Callable[[Body], Sent]] = {
    "no signature": lambda e: (_written(e), None),
    "an empty signature": lambda e: (_written(e), ""),
    "another secret": lambda e: (_written(e), _signed(_written(e), secret="whsec_of_another")),
    "signed too long ago": lambda e: (_written(e), _signed(_written(e), age=301)),
    "signed in the future": lambda e: (_written(e), _signed(_written(e), age=-120)),
    "a byte changed": lambda e: (_written(e).replace(b"7000000", b"7000001"), _signed(_written(e))),
    "written again": lambda e: (json.dumps(e).encode(), _signed(_written(e))),
    "another account": _as(lambda e: e.update(account="acct_of_somebody_else")),
    "a live event in test": _as(lambda e: e.update(livemode=True)),
    "no event at all": _as(lambda e: e.pop("data")),
}
# 200, for the signature is right: kept as a hint, and the provider's own word is what counts.
LOOKED_INTO: dict[str, Callable[[Body], Sent]] = {
    "an unknown object": _as(lambda e: _of(e, id="pi_of_nobody", object="payment_intent")),
    "another amount": _as(lambda e: _of(e, amount=1, amount_received=1)),
    "another currency": _as(lambda e: _of(e, currency="eur")),
    "a state it is not in": _as(lambda e: e.update(type="charge.refunded")),
}


@pytest.mark.parametrize(
    ("make", "status"),
    [
        *((make, 400) for make in REFUSED.values()),
        *((make, 200) for make in LOOKED_INTO.values()),
    ],
    ids=[*REFUSED, *LOOKED_INTO],
)
def test_a_forged_or_confused_hint_moves_nothing(
    money: Money, make: Callable[[Body], Sent], status: int
) -> None:
    """SEC-T16: a deposit is paid and held; whatever is claimed of it, it stays as it is."""
    event = _of_a_paid_deposit(money)
    tables = ALL_TABLES if status == 400 else MONEY_TABLES
    before = _picture(money, tables)
    body, signature = make(event)
    headers = {} if signature is None else {"Stripe-Signature": signature}

    answer = money.web.test_client().post(HERE, data=body, headers=headers)
    money.work()

    assert answer.status_code == status
    assert _picture(money, tables) == before


def test_there_are_fourteen_cases() -> None:
    assert len(REFUSED) + len(LOOKED_INTO) == 14


def test_the_same_hint_unchanged_is_taken(money: Money) -> None:
    """So that the fourteen are refused for what is wrong with them, and for nothing else."""
    event = _of_a_paid_deposit(money)
    body = _written(event)

    answer = money.web.test_client().post(
        HERE, data=body, headers={"Stripe-Signature": _signed(body)}
    )

    assert (answer.status_code, answer.json) == (200, {"kept": "new"})


def _of_a_paid_deposit(money: Money) -> Body:
    bidder = money.a_bidder(money.a_sale())
    money.pay(bidder)
    money.poll()
    money.work()
    assert money.deposit(bidder) == ("held", "card")
    (event,) = [e for e in money.events() if e["type"] == "payment_intent.succeeded"]
    return event


def _picture(money: Money, tables: tuple[str, ...]) -> dict[str, list[Any]]:
    """Every row of every table, but for when a payment was last asked about."""
    return {
        table: money.world.rows(
            f"SELECT (to_jsonb(t) - 'polled_at')::text FROM {table} t ORDER BY 1"
        )
        for table in tables
    }
