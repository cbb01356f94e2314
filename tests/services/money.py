"""What a test of money does all the time: ask for an offer, pay it, let the worker work, look."""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import Flask
from sqlalchemy import event

from app import worker
from app.announcing import announcer
from app.db import Tenant, act_for, engine_for
from app.extensions import db
from app.gateways.payments.webhooks import WebhookEvent
from app.gateways.seal import Opener
from app.models.journal import Entry, enter_arrivals
from app.services import checkouts
from app.services.bidding import sweeps
from app.services.card_offers import CardOffer, Offered
from app.services.deposits import open_card_deposit
from app.services.refund_desk import RefundDesk
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
            # Whoever looks at their own registration is somebody; here nobody we know.
            act_for(Tenant(person_id=-1, registration_ids=registrations))
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

    def a_buyer(self, price: int = 70_000_000, code: str = "B001", **terms: Any) -> tuple[int, int]:
        """A sale that is over, and the bidder who won it with a deposit paid by card."""
        sale = self.a_sale(**terms)
        bidder = self.a_bidder(sale, code)
        self.pay(bidder)
        self.poll()
        self.work()
        self.bid(sale, bidder, price)
        self.close(sale)
        self.work()
        return sale, bidder

    def bid(self, sale: int, registration: int, amount: int) -> None:
        with self.world.session() as session:
            entry = Entry(sale, "bid", uuid.uuid4(), registration_id=registration, amount=amount)
            enter_arrivals(session, [entry])
            session.commit()

    def appoint(self, role: str, court: int | None = None) -> int:
        """A person with a role in the court."""
        person = self.world.person(f"{role} {self.world._made}")
        first, second = self.world.person("President"), self.world.person("Vice president")
        self.sql(
            "INSERT INTO court_memberships (court_id, person_id, role, granted_by, approved_by)"
            " VALUES (%s, %s, %s, %s, %s)",
            *(court or self.court, person, role, first, second),
        )
        return person

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
            # A look through everything of ours takes as long as ten promises.
            while worker.serve_incoming(self.provider) | serve_refunds(self.provider, at_once=4):
                db.session.remove()
            busy = worker.sweep(self.closer)
            db.session.remove()

    def close(self, sale: int, at: datetime = NOON + timedelta(minutes=6)) -> None:
        """Let the sale's end come, its extension included, and the scheduler write it down."""
        self.world.hold_clock(self.court, at)
        opener = Opener(self.closer.config["ENVELOPE_PRIVATE_KEY"])
        with self.closer.app_context():
            sweeps.close_due(engine_for("closer"), announcer(self.closer).tell, opener.open)

    def due_again(self) -> None:
        """As if time had passed: what was put off comes up now."""
        self.sql("UPDATE outbox SET next_try_at = clock_timestamp() WHERE state = 'due'")

    def sql(self, statement: str, *values: Any) -> None:
        with self.world.engine.begin() as connection:
            connection.exec_driver_sql(statement, values)

    def look_away(self, statement: str) -> None:
        """Change what triggers would refuse: only the superuser of a test may."""
        with self.world.engine.begin() as connection:
            connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
            connection.exec_driver_sql(statement)

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

    def pay_by_intent(self, **asked: Any) -> None:
        """Somebody with the account's key pays outside every offer of ours; hints follow."""
        sent = {**asked, "confirm": "true", "payment_method": "pm_card_visa"}
        sent["return_url"] = "http://127.0.0.1:8000/"
        answer = self.outside.api("POST", "/v1/payment_intents", sent)
        assert answer.status_code == 200, answer.text
        for told in self.events():
            self.hint(told)

    def events(self) -> list[dict[str, Any]]:
        store = self.outside.server.account.store
        return [json.loads(json.dumps(event)) for event in store.all_of("event")]


def serve_refunds(provider: checkouts.Provider, at_once: int = 1) -> bool:
    """What the worker's lane does in one look, and what it does when it is asked to end."""
    with RefundDesk(lambda: provider, at_once) as desk:
        return desk.serve()


class Died(BaseException):
    """The process is gone. Not an Exception: nothing may catch it and go on."""


class Mortal:
    """Counts every writing, commit and call of a process, and ends it at the chosen one.

    Swept from the first point to the last, it leaves no place where dying was not tried
    (FAULT-F30).
    """

    def __init__(self, engine: Any, dies_at: int) -> None:
        self._engine = engine
        self._dies_at = dies_at
        self.points = 0
        # A batch asks in several threads.
        self._guard = threading.Lock()

    def __enter__(self) -> Mortal:
        event.listen(self._engine, "before_cursor_execute", self._pass_statement)
        event.listen(self._engine, "commit", self._pass_point)
        return self

    def __exit__(self, *raised: Any) -> None:
        event.remove(self._engine, "before_cursor_execute", self._pass_statement)
        event.remove(self._engine, "commit", self._pass_point)

    def around(self, provider: checkouts.Provider) -> checkouts.Provider:
        """The same provider, with a place to die before and after each call."""
        return checkouts.Provider(_Fragile(provider.payments, self._pass_point), provider.live)

    def _pass_statement(self, _connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        # Dying before reading is dying after the last writing.
        if not statement.lstrip().startswith("SELECT"):
            self._pass_point()

    def _pass_point(self, *_: Any) -> None:
        with self._guard:
            self.points += 1
            dies = self.points == self._dies_at
        if dies:
            raise Died


class _Fragile:
    def __init__(self, payments: Any, pass_point: Callable[[], None]) -> None:
        self._payments = payments
        self._pass_point = pass_point

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._payments, name)

        def called(*arguments: Any, **named: Any) -> Any:
            self._pass_point()
            answer = call(*arguments, **named)
            self._pass_point()
            return answer

        return called


def swept(money: Money, act: Callable[[checkouts.Provider], object]) -> Iterator[int]:
    """Play `act` again and again, dying one point later each time; the last time it lives.

    The caller arranges before each turn and looks after it; yields the point of death, 0 for none.
    """
    point = 1
    while True:
        with money.closer.app_context():
            with Mortal(db.engine, point) as mortal:
                try:
                    act(mortal.around(money.provider))
                    died = False
                except Died:
                    died = True
            db.session.remove()
        money.due_again()
        money.work()
        yield point if died else 0
        if not died:
            return
        point += 1
