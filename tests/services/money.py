"""What a test of money does all the time: ask for an offer, pay it, let the worker work, look."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from flask import Flask

from app import worker
from app.db import Tenant, act_for
from app.extensions import db
from app.gateways.payments.webhooks import WebhookEvent
from app.services import checkouts
from app.services.card_offers import CardOffer, Offered
from app.services.deposits import open_card_deposit
from app.services.webhooks import keep_hint
from tests.outside.world import PAYS
from tests.outside.world import World as Outside
from tests.world import NOON, World

OFFERED = Offered(
    title="Deposit for a home",
    success_url="http://127.0.0.1:8000/paid",
    cancel_url="http://127.0.0.1:8000/not-paid",
    locale="zh",
)
BEFORE_THE_END = NOON.replace(hour=1, minute=58)


@dataclass
class Money:
    closer: Flask
    web: Flask
    outside: Outside
    provider: checkouts.Provider
    world: World

    def a_sale(self, **terms: Any) -> int:
        """A sale two minutes before its end; the court's clock stands still."""
        self.court = self.world.court(rehearsal_at=BEFORE_THE_END)
        return self.world.sale(self.court, **terms)

    def a_bidder(self, sale: int, code: str = "B001", deposit: int = 7_000_000) -> int:
        """Registered, not paid."""
        registration = self.world.bidder(sale, code, deposit=None, admitted=False)
        self.sql("UPDATE registrations SET deposit_due = %s WHERE id = %s", deposit, registration)
        return registration

    @contextmanager
    def as_bidder(self, *registrations: int) -> Any:
        with self.web.app_context():
            act_for(Tenant(registration_ids=registrations))
            yield
            db.session.remove()

    @contextmanager
    def as_court(self, court: int) -> Any:
        with self.web.app_context():
            act_for(Tenant(court_id=court))
            yield
            db.session.remove()

    def offer(self, registration: int, **more: Any) -> CardOffer:
        """The provider's page for a deposit, opened by the worker."""
        with self.as_bidder(registration):
            asked = open_card_deposit(registration, OFFERED, patience_seconds=0, **more)
        assert isinstance(asked, CardOffer), asked
        self.work()
        with self.as_bidder(registration):
            opened = open_card_deposit(registration, OFFERED, patience_seconds=0, **more)
        assert isinstance(opened, CardOffer)
        return opened

    def pay(self, registration: int, card: str = PAYS) -> CardOffer:
        offer = self.offer(registration)
        self.outside.pay(offer.url, card)
        return offer

    def poll(self) -> None:
        """The worker asks about every open offer, webhooks or not."""
        self.sql("UPDATE card_payments SET polled_at = NULL WHERE state = 'open'")
        checkouts.poll_open_offers(self.provider)

    def hint(self, event: dict[str, Any]) -> None:
        thing = event["data"]["object"]
        kind = thing["object"]
        intent = thing["id"] if kind == "payment_intent" else thing.get("payment_intent")
        keep_hint(
            WebhookEvent(
                id=event["id"],
                kind=event["type"],
                object_kind=kind,
                object_id=thing["id"],
                payment_id=intent,
                checkout_id=thing["id"] if kind == "checkout.session" else None,
                created_at=NOON,
            )
        )

    def work(self) -> None:
        """Let the worker's lanes run until nothing is due."""
        busy = True
        while busy:
            busy = worker.serve_incoming(self.provider)
            busy |= worker.serve_refunds(self.provider)
            busy |= worker.sweep(self.closer)
            db.session.remove()

    def due_again(self) -> None:
        """As if time had passed: what was put off comes up now."""
        self.sql("UPDATE outbox SET next_try_at = clock_timestamp() WHERE state = 'due'")

    def sql(self, statement: str, *values: Any) -> None:
        with self.world.engine.begin() as connection:
            connection.exec_driver_sql(statement, values)

    def one(self, statement: str, *values: Any) -> Any:
        ((found,),) = self.world.rows(statement, *values)
        return found

    def balances(self) -> dict[str, int]:
        """What stands on each kind of account, all courts together; what is nought is left out."""
        rows = self.world.rows(
            "SELECT kind, sum(balance) FROM ledger_accounts GROUP BY kind HAVING sum(balance) <> 0"
        )
        return {kind: int(total) for kind, total in rows}

    def deposit(self, registration: int) -> Any:
        ((state, channel),) = self.world.rows(
            "SELECT state, channel FROM deposits WHERE registration_id = %s", registration
        )
        return state, channel

    def is_admitted(self, registration: int) -> bool:
        return bool(
            self.world.rows("SELECT FROM admissions WHERE registration_id = %s", registration)
        )

    def events(self) -> list[dict[str, Any]]:
        store = self.outside.server.account.store
        return [json.loads(json.dumps(event)) for event in store.all_of("event")]


def dies_after(step: Callable[..., Any]) -> Callable[..., Any]:
    """A step that is done, and after which the process is gone."""

    def done_and_gone(*arguments: Any, **named: Any) -> Any:
        step(*arguments, **named)
        raise Died

    return done_and_gone


class Died(BaseException):
    """Not an Exception: nothing may catch it and go on."""
