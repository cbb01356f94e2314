"""States that few sales ever come to, built as a court's people would: for `test_rare_pages.py`."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import create_engine

from app.db import Tenant, act_for, engine_options
from app.extensions import db
from app.gateways.seal import Opener
from app.models.journal import Entry, enter_arrivals
from app.models.sales import SaleRecord
from app.services import in_kind
from app.services.approvals import WhyNotApproved, end_without_approval
from app.services.bidding import sweeps
from app.services.bidding.drain import drain
from tests.court_world import DAY, Bench, a_bench
from tests.round_world import Failed, a_failed_round
from tests.world import NOON, World

HOUR = timedelta(hours=1)
START = 70_000_000


@dataclass
class Taken:
    """A round in which nobody bid, and three creditors who are asked whether they take it."""

    failed: Failed

    @classmethod
    def asked(cls, world: World, bench: Bench) -> Taken:
        failed = a_failed_round(world, bench)
        failed.creditor("Anna", 180_000_000, claim_class="secured", rank=1)
        failed.creditor("Boris", 100_000_000)
        failed.creditor("Chloe", 60_000_000)
        taken = cls(failed)
        taken._done(in_kind.ask_creditors(failed.sale, by=failed.bench.clerk))
        return taken

    @property
    def inquiry(self) -> Any:
        self._as_the_court()
        return db.session.query(in_kind.InKindInquiry).one()

    @property
    def taking(self) -> Any:
        self._as_the_court()
        return db.session.query(in_kind.Taking).one()

    @property
    def sale(self) -> str:
        self._as_the_court()
        return str(self.failed.sale.public_id)

    @property
    def court_page(self) -> str:
        return f"/court/{self.failed.bench.court}/in-kind/{self.inquiry.public_id}"

    @property
    def page(self) -> str:
        return f"/claims/in-kind/{self.inquiry.public_id}"

    def answer(self, name: str, *, wants: bool) -> None:
        inquiry = self.inquiry.id
        claim, person = self.failed.claim(name), self.failed.persons[name]
        act_for(Tenant(person_id=person))
        self._done(in_kind.answer(inquiry, claim, wants=wants, by=person))

    def draw(self) -> None:
        self.failed.hold(NOON + 11 * DAY)
        self._as_the_court()
        self._done(in_kind.draw(self.inquiry, by=self.failed.bench.clerk))

    def take(self) -> None:
        """Whoever is the first in the order."""
        self._as_the_court()
        first, judge = self.inquiry.places[0]["claim"], self.failed.bench.judges[0]
        taking = in_kind.record_taking(self.inquiry, first, fit_to_own=True, pay_days=15, by=judge)
        self._done(taking)

    def default(self) -> None:
        self.failed.hold(NOON + 40 * DAY)
        self._as_the_court()
        key, judge = self.failed.world.settings["BLIND_INDEX_KEY"], self.failed.bench.judges[0]
        self._done(in_kind.decide_taker_default(self.taking, reference="12-3", key=key, by=judge))

    def _as_the_court(self) -> None:
        self.failed.bench.acting_as(self.failed.bench.clerk)

    def _done(self, answer: object) -> None:
        assert not isinstance(answer, in_kind.InKindRefusal), answer
        db.session.remove()
        self._as_the_court()


@dataclass
class Bought:
    """A home that somebody buys, with a deposit by card, in a court whose clock stands still."""

    world: World
    bench: Bench
    sale_id: int
    buyer: int
    registration: int

    @classmethod
    def leading(cls, world: World, *, at: datetime = NOON - HOUR, **sale: Any) -> Bought:
        bench = a_bench(world, rehearsal_at=at)
        sale_id = world.sale(bench.court_id, starting_price=START, **sale)
        buyer = world.person("Wang Li", phone="1", id_number="1", address="1")
        registration = world.bidder(sale_id, "WIN7", person_id=buyer)
        world.bidder(sale_id, "LOS3")
        with world.session() as session:
            bid = Entry(sale_id, "bid", uuid.uuid4(), registration_id=registration, amount=START)
            enter_arrivals(session, [bid])
            session.commit()
            drain(session, sale_id)
            session.commit()
        return cls(world, bench, sale_id, buyer, registration)

    @property
    def sale(self) -> str:
        [(found,)] = self.world.rows("SELECT public_id FROM sales WHERE id = %s", self.sale_id)
        return str(found)

    @property
    def court_page(self) -> str:
        return f"/court/{self.bench.court}/sales/{self.sale}"

    def close(self, urls: dict[str, str]) -> None:
        """The end has come: the scheduler writes it down."""
        self.world.hold_clock(self.bench.court_id, NOON)
        engine = create_engine(urls["closer"], **engine_options("closer"))
        opener = Opener(self.world.settings["ENVELOPE_PRIVATE_KEY"])
        sweeps.close_due(engine, lambda _message: None, opener.open)
        engine.dispose()
        db.session.remove()

    def change(self, *statements: str) -> None:
        """What only the outside or long time would bring about."""
        with self.world.engine.begin() as connection:
            connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
            for statement in statements:
                connection.exec_driver_sql(statement)

    def take_deposit_back(self) -> None:
        self.change(
            f"UPDATE deposits SET taken_back_at = '{NOON - HOUR / 2}'"
            f" WHERE registration_id = {self.registration}"
        )

    def needs_an_approval(self) -> None:
        self.change(
            "INSERT INTO equity_terms (sale_id, court_id, currency, subscribed, paid_in, approvals)"
            f" VALUES ({self.sale_id}, {self.bench.court_id}, 'CNY', 1, 1, 'The regulator')"
        )

    def refuse_the_approval(self) -> None:
        judge = self.bench.acting_as(self.bench.judges[0])
        sale = db.session.get_one(SaleRecord, self.sale_id)
        note = "Banking regulator, No. 12 of 3 June 2026"
        act = end_without_approval(sale, WhyNotApproved.REFUSED, note=note, by=judge)
        assert not hasattr(act, "value"), act
        db.session.remove()
