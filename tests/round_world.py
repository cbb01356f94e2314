"""A round that failed, with creditors in its case: what tests of what follows begin with."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import psycopg

from app.extensions import db
from app.models.bidding import Outcome
from app.models.cases import ClaimRecord, Party
from app.models.columns import new_public_id
from app.models.sales import SaleRecord
from tests.court_world import Bench
from tests.world import NOON, World


@dataclass
class Failed:
    """A failed round. `claims` are by the name of their creditor."""

    world: World
    bench: Bench
    sale_id: int
    persons: dict[str, int] = field(default_factory=dict)
    claims: dict[str, str] = field(default_factory=dict)

    @property
    def sale(self) -> SaleRecord:
        db.session.expire_all()
        return db.session.get_one(SaleRecord, self.sale_id)

    @property
    def case_id(self) -> int:
        ((found,),) = self.world.rows(
            "SELECT l.case_id FROM sales s JOIN lots l ON l.id = s.lot_id WHERE s.id = %s",
            self.sale_id,
        )
        return int(found)

    def creditor(self, name: str, amount: int = 100_000_000, **claim: Any) -> str:
        """A creditor with an account and an admitted claim; the claim's public id."""
        person = self.world.person(name=name, id_number=f"id {name}")
        with self.world.session() as session:
            party = Party(
                public_id=new_public_id(),
                court_id=self.bench.court_id,
                case_id=self.case_id,
                role="creditor",
                name=name,
                person_id=person,
            )
            session.add(party)
            session.flush()
            row = ClaimRecord(
                public_id=new_public_id(),
                court_id=self.bench.court_id,
                case_id=self.case_id,
                party_id=party.id,
                claim_class=claim.pop("claim_class", "ordinary"),
                amount=amount,
                currency="CNY",
                ground="judgment",
                filed_on=date(2026, 1, 5),
                state="admitted",
                admitted_amount=amount,
                **claim,
            )
            session.add(row)
            session.commit()
            self.persons[name], self.claims[name] = person, row.public_id
        return self.claims[name]

    def claim(self, name: str) -> ClaimRecord:
        return db.session.query(ClaimRecord).filter_by(public_id=self.claims[name]).one()

    def hold(self, at: datetime) -> None:
        self.world.hold_clock(self.bench.court_id, at)
        db.session.expire_all()


def a_failed_round(world: World, bench: Bench, round: str = "second", **sale: Any) -> Failed:
    """A round that ended at NOON without a bid."""
    sale_id = world.sale(bench.court_id, round=round, **sale)
    ended(world, sale_id, "unsold")
    return Failed(world, bench, sale_id)


def ended(world: World, sale_id: int, status: str, at: datetime = NOON) -> None:
    """The outcome as the closing process writes it."""
    with world.session() as session:
        record = session.get_one(SaleRecord, sale_id)
        session.add(
            Outcome(
                sale_id=sale_id,
                court_id=record.court_id,
                status=status,
                at=at,
                extensions=0,
                accepted=0,
                refused=0,
                n=1,
                head="0" * 64,
            )
        )
        record.state = "withdrawn" if status == "withdrawn" else "ended"
        session.commit()
    with psycopg.connect(world.url, autocommit=True) as connection:
        connection.execute(
            "UPDATE sale_states SET status = %s WHERE sale_id = %s", [status, sale_id]
        )
        connection.execute(
            "UPDATE public_lots SET phase = %s WHERE sale_id = %s", [status, sale_id]
        )
    db.session.expire_all()
