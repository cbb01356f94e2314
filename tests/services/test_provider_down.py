"""The provider is down for twenty hours while 3,000 deposits are to go back (FAULT-F32, RULE-H3).

`make faults` (FAULTS=all) plays it in full; `make test` with 300. The time is the court's own and
held still.
"""

from __future__ import annotations

import os
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.db import transaction
from app.extensions import db
from app.models.deposit_rows import PROVIDER, deposit_account, lock_deposit, owe_deposit_back
from app.models.ledger_rows import post_entry, transfer
from app.models.money import Deposit
from app.queries.reconciliation import refunds_near_deadline
from app.services.reconciliation import list_late_refunds
from deploy.local.outside.stripe import intents
from tests.services.money import Money, serve_refunds
from tests.world import NOON

IS_WHOLE = os.environ.get("FAULTS") == "all"
MANY = 3_000 if IS_WHOLE else 300

pytestmark = pytest.mark.timeout(1800 if IS_WHOLE else 240)
DOWN = [{"kind": "status", "status": 503, "times": 100_000, "match": ""}]


def test_all_refunds_wait_twenty_hours_and_none_is_late(money: Money) -> None:
    _owed(money, MANY)
    money.outside.control("POST", "/faults", next=DOWN)

    for hour in range(0, 20, 5):
        _at(money, hour)
        _try(money, 3)
    assert _states(money) == {"due": MANY}
    assert _near(money) == 0
    _at(money, 20.1)
    assert _near(money) == MANY
    money.outside.control("DELETE", "/faults")
    money.due_again()
    money.work()

    assert _states(money) == {"done": MANY}
    assert money.one("SELECT count(*) FROM refunds WHERE done_at > due_at") == 0
    assert money.one("SELECT count(*) FROM open_items") == 0
    assert len(money.outside.server.account.store.all_of("refund")) == MANY
    assert money.balances() == {}


def test_what_waits_is_tried_less_and_less_often_and_the_most_urgent_first(money: Money) -> None:
    _owed(money, 3)
    money.outside.control("POST", "/faults", next=DOWN)

    for _turn in range(2):
        money.due_again()
        _try(money, 3)
    money.sql("UPDATE outbox SET next_try_at = clock_timestamp() WHERE kind = 'refund'")
    money.outside.control("DELETE", "/faults")
    order = []
    while serve_refunds(money.provider):
        order = money.world.rows(
            "SELECT r.deposit_id FROM refunds r WHERE r.state = 'done' ORDER BY r.deposit_id"
        )
        db.session.remove()
        if len(order) == 1:
            first = order[0][0]

    assert len(order) == 3
    due_first = money.one("SELECT deposit_id FROM refunds ORDER BY due_at LIMIT 1")
    assert first == due_first
    assert money.one("SELECT min(tries) FROM outbox WHERE kind = 'refund'") == 3


def test_what_is_late_all_the_same_is_a_listed_breach_with_its_reason(money: Money) -> None:
    _owed(money, 3)
    money.outside.control("POST", "/faults", next=DOWN)
    _try(money, 3)
    _at(money, 24.2)

    with money.closer.app_context():
        list_late_refunds()
    listed = money.world.rows(
        "SELECT i.kind, i.state, o.last_answer FROM open_items i"
        " JOIN refunds r ON i.subject = 'refund:' || r.public_id"
        " JOIN outbox o ON o.key = 'refund:' || r.subject"
    )

    assert len(listed) == 3
    assert {row[:2] for row in listed} == {("refund_late", "open")}
    assert all(row[2] for row in listed), "the provider's answer is the reason"
    money.outside.control("DELETE", "/faults")
    money.due_again()
    money.work()
    with money.closer.app_context():
        assert list_late_refunds() == 0
    # The breach stays on record: it is closed, not gone.
    assert money.world.rows("SELECT DISTINCT state, closed_how FROM open_items") == [
        ("closed", "equal")
    ]


def _owed(money: Money, many: int) -> None:
    """So many losers who paid by card; their deadlines are a second apart, the last one first."""
    sale = money.a_sale()
    account = money.outside.server.account
    for number in range(many):
        bidder = money.a_bidder(sale, f"B{number:04d}")
        with account.store.transaction():
            intent = intents.create(
                account,
                {
                    "amount": 7_000_000,
                    "currency": "cny",
                    "confirm": True,
                    "payment_method": "pm_card_visa",
                    "return_url": "http://127.0.0.1:8000/",
                },
            )
        _paid(money, bidder, intent["id"])
    with money.closer.app_context(), transaction() as session:
        rows = money.world.rows("SELECT id FROM deposits ORDER BY id")
        for place, (deposit_id,) in enumerate(rows):
            owe_deposit_back(
                session,
                lock_deposit(session, deposit_id),
                at=NOON - timedelta(seconds=place),
                reason="outbid_at_close",
            )


def _paid(money: Money, bidder: int, intent: Any) -> None:
    money.sql(
        "WITH held AS (INSERT INTO deposits (public_id, court_id, sale_id, registration_id, amount,"
        " currency, channel, reference, state, held_at) SELECT 'd' || id, court_id, sale_id, id,"
        " 7000000, 'CNY', 'card', 'LC' || lpad(id::text, 14, '0'), 'held', now()"
        " FROM registrations WHERE id = %s RETURNING *)"
        " INSERT INTO card_payments (public_id, court_id, registration_id, purpose, deposit_id,"
        " amount, currency, key, intent_id, state, refunded, counted) SELECT 'p' || id, court_id,"
        " registration_id, 'deposit', id, amount, currency, 'checkout-' || id, %s, 'succeeded', 0,"
        " true FROM held",
        bidder,
        intent,
    )
    with money.closer.app_context(), transaction() as session:
        deposit = session.scalars(select(Deposit).filter_by(registration_id=bidder)).one()
        post_entry(
            session,
            court_id=deposit.court_id,
            key=f"deposit-held:{deposit.public_id}",
            memo="a test",
            currency="CNY",
            at=NOON,
            postings=transfer(PROVIDER, deposit_account(deposit), deposit.amount),
        )


def _at(money: Money, hours: float) -> None:
    money.world.hold_clock(money.court, NOON + timedelta(hours=hours))
    money.due_again()


def _try(money: Money, times: int) -> None:
    for _ in range(times):
        assert serve_refunds(money.provider)
        db.session.remove()


def _near(money: Money) -> int:
    with money.closer.app_context(), transaction() as session:
        return sum(court.refunds for court in refunds_near_deadline(session))


def _states(money: Money) -> dict[str, int]:
    rows = money.world.rows("SELECT state, count(*) FROM refunds GROUP BY state")
    return dict(rows)
