"""Builders of rows for tests below the services: a test names only what it is about."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.orm import Session

from app.gateways.seal import Locker, Sealer, blind_index
from app.models.bidding import Registration
from app.models.cases import AssetRecord, CaseRecord
from app.models.courts import CourtRecord, LegalTimeSegment
from app.models.journal import Entry, enter_arrivals
from app.models.money import Deposit
from app.models.people import Participation, Person, PersonEnvelope
from app.models.publication_rows import add_public_sale
from app.models.references import new_reference
from app.models.sales import LotRecord, SaleRecord
from auction_engine.rulepacks import sale_pack

NOON = datetime(2026, 5, 26, 2, 0, tzinfo=UTC)


@dataclass
class World:
    """Writes as the superuser of the test cluster: no policy is in the way of a builder."""

    url: str
    settings: dict[str, Any]
    kept: Engine | None = None  # one that outlives this world; without it, it has its own
    _made: int = field(default=0)

    def __post_init__(self) -> None:
        self.engine = self.kept or lasting_engine(self.url)

    def close(self) -> None:
        self.engine.dispose()

    def session(self) -> Session:
        return Session(self.engine, expire_on_commit=False)

    def court(
        self, *, rehearsal_at: datetime | None = NOON, rate: float = 0, **columns: Any
    ) -> int:
        """A court; a rehearsal court whose clock stands still at `rehearsal_at` unless None."""
        self._made += 1
        with self.session() as session:
            court = CourtRecord(
                name_en=f"Court {self._made}",
                name_zh=f"第{self._made}法院",
                region="Rehearsal",
                contact="desk@court.example",
                account_name="Court",
                account_number=f"6222{self._made:012d}",
                account_bank="Bank of Rehearsal",
                is_rehearsal=rehearsal_at is not None,
                **columns,
            )
            session.add(court)
            session.commit()
            if rehearsal_at is not None:
                session.add(LegalTimeSegment(court_id=court.id, legal_from=rehearsal_at, rate=rate))
                session.commit()
            return court.id

    def hold_clock(self, court_id: int, at: datetime, rate: float = 0) -> None:
        with self.session() as session:
            session.add(LegalTimeSegment(court_id=court_id, legal_from=at, rate=rate))
            session.commit()

    def person(self, name: str = "Wang Li", **columns: Any) -> int:
        self._made += 1
        with self.session() as session:
            person = Person(
                email=columns.pop("email", f"person{self._made}@example.org"),
                name=name,
                fs_uniquifier=uuid.uuid4().hex,
                active=True,
                confirmed_at=NOON,
                **columns,
            )
            session.add(person)
            session.commit()
            return person.id

    def sale(
        self,
        court_id: int,
        *,
        opens_at: datetime = NOON - timedelta(hours=24),
        closes_at: datetime = NOON,
        starting_price: int = 70_000_000,
        increment: int = 500_000,
        deposit: int = 7_000_000,
        round: str = "first",
        **columns: Any,
    ) -> int:
        """A published sale of a home."""
        self._made += 1
        rules = columns.setdefault("rules", "cn-2016-18")
        with self.session() as session:
            case = CaseRecord(
                court_id=court_id,
                number=f"(2026) Reh. Exec. {self._made}",
                instrument="Civil judgment",
                debtor_kind="natural_person",
                opened_on=date(2026, 1, 5),
            )
            session.add(case)
            session.flush()
            asset = AssetRecord(
                court_id=court_id,
                case_id=case.id,
                property_kind="real_property",
                category="home",
                title="Home in Harbour Street",
                title_zh="港湾街住宅",
                region="Shenzhen",
            )
            session.add(asset)
            session.flush()
            lot = LotRecord(court_id=court_id, case_id=case.id, asset_id=asset.id)
            session.add(lot)
            session.flush()
            sale = SaleRecord(
                court_id=court_id,
                lot_id=columns.pop("lot_id", lot.id),
                property_kind="real_property",
                round=round,
                currency="CNY",
                starting_price=starting_price,
                increment=increment,
                deposit=deposit,
                opens_at=opens_at,
                closes_at=closes_at,
                state="published",
                announcement=json.dumps(
                    {
                        "title": "Home in Harbour Street",
                        "rules": rules,
                        "bidding": {"mechanic": sale_pack(rules).course.mechanic.value},
                    }
                ),
                announcement_hash="0" * 64,
                published_at=opens_at - timedelta(days=31),
                **columns,
            )
            session.add(sale)
            session.flush()
            add_public_sale(session, sale)
            session.commit()
            return sale.id

    def bidder(
        self,
        sale_id: int,
        code: str,
        *,
        rank: int | None = None,
        deposit: int | None = 7_000_000,
        admitted: bool = True,
        excluded: str | None = None,
        person_id: int | None = None,
    ) -> int:
        """A registration; its deposit held and its admission journalled, unless told otherwise."""
        if person_id is None:
            person_id = self.person(name=f"Bidder {code}")
        key = self.settings["BLIND_INDEX_KEY"]
        sealer = Sealer(self.settings["ENVELOPE_PUBLIC_KEY"])
        with self.session() as session:
            sale = session.get_one(SaleRecord, sale_id)
            registration = Registration(
                court_id=sale.court_id,
                sale_id=sale_id,
                code=code,
                blind_index=blind_index(key, "sale", sale_id, person_id),
                priority_rank=rank,
                excluded=excluded,
                deposit_due=deposit or 0,
                currency="CNY",
                terms_hash="0" * 64,
                terms_accepted_at=sale.opens_at,
            )
            session.add(registration)
            session.flush()
            session.add(
                Participation(
                    person_index=blind_index(key, "person", person_id),
                    sealed_registration=Locker(key, "participation").lock(registration.id),
                )
            )
            session.add(
                PersonEnvelope(
                    registration_id=registration.id,
                    sealed=sealer.seal({"person_id": person_id, "name": f"Bidder {code}"}),
                )
            )
            if deposit is not None:
                held = Deposit(
                    court_id=sale.court_id,
                    sale_id=sale_id,
                    registration_id=registration.id,
                    amount=deposit,
                    currency="CNY",
                    channel="card",
                    reference=new_reference(),
                    state="held",
                    held_at=sale.opens_at,
                )
                session.add(held)
                session.flush()
                self._hold(session, held)
            if admitted:
                enter_arrivals(
                    session,
                    [Entry(sale_id, "admit", uuid.uuid4(), registration_id=registration.id)],
                )
            session.commit()
            return registration.id

    def _hold(self, session: Session, deposit: Deposit) -> None:
        from app.models.ledger_rows import Account, post_entry, transfer

        post_entry(
            session,
            court_id=deposit.court_id,
            key=f"deposit-held:{deposit.public_id}",
            memo="deposit held",
            currency=deposit.currency,
            at=NOON,
            postings=transfer(
                Account("provider_clearing"),
                Account("deposits_held", deposit.public_id),
                deposit.amount,
            ),
        )

    def rows(self, sql: str, *values: Any) -> list[Any]:
        with self.engine.connect() as connection:
            driver: Any = connection.connection.driver_connection
            found: list[Any] = driver.execute(sql, values).fetchall()
            driver.commit()
            return found


def lasting_engine(url: str) -> Engine:
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://", 1))
    event.listen(engine, "checkout", _begin_afresh)
    return engine


def _begin_afresh(connection: Any, _record: Any, _proxy: Any) -> None:
    """A test that looked away from a trigger did so for itself alone; a server that an experiment
    has killed is asked for another connection."""
    try:
        connection.autocommit = True
        connection.execute("RESET ALL")
        connection.autocommit = False
    except psycopg.OperationalError as lost:
        raise DisconnectionError from lost
