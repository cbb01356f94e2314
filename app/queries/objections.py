"""Objections as pages show them: with every period in them, and why it ends when it ends."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models.calendar_rows import calendar_of
from app.models.courts import CourtRecord
from app.models.objections import Objection
from app.models.records import DocumentRecord
from app.models.sales import PublicLot, SaleRecord
from auction_engine.sale import objections as rules
from auction_engine.sale.deadlines import Deadline
from auction_engine.sale.objections import Kind, State

_UNDECIDED = (State.FILED, State.RECEIVED)


@dataclass(frozen=True, slots=True)
class ObjectionFile:
    """`rule_by` is there once it is taken in, `review_by` once its ruling is served."""

    objection: Objection
    lot: PublicLot
    ruling: DocumentRecord | None
    rule_by: Deadline | None
    review_by: Deadline | None
    protected_until: date | None

    @property
    def served_at(self) -> datetime | None:
        return self.ruling.served_at if self.ruling is not None else None

    @property
    def must_be_stayed(self) -> bool:
        return rules.duty_to_stay(Kind(self.objection.kind)) == "must"


def objection_file(session: Session, objection: Objection) -> ObjectionFile:
    court = session.get_one(CourtRecord, objection.court_id)
    zone = ZoneInfo(court.timezone)
    calendar = calendar_of(session, court.id)
    kind = Kind(objection.kind)
    ruling = session.get(DocumentRecord, objection.document_id) if objection.document_id else None
    served_at = ruling.served_at if ruling is not None else None
    served_on = served_at.astimezone(zone).date() if served_at else None
    is_kept = kind is Kind.THIRD_PARTY and objection.decision == State.DISMISSED
    return ObjectionFile(
        objection=objection,
        lot=session.get_one(PublicLot, objection.sale_id),
        ruling=ruling,
        rule_by=rules.ruling_deadline(kind, objection.received_at.astimezone(zone).date(), calendar)
        if objection.received_at
        else None,
        review_by=rules.review_deadline(kind, served_on, calendar) if served_on else None,
        protected_until=rules.protected_until(served_on) if served_on and is_kept else None,
    )


def objections_of_court(session: Session, court_id: int) -> list[ObjectionFile]:
    """Those to be decided first, in the order of their filing; then the decided, newest first."""
    found = session.scalars(
        select(Objection)
        .where(Objection.court_id == court_id)
        .order_by(Objection.id.desc())
        .limit(500)
    ).all()
    open_ones = sorted((o for o in found if o.state in _UNDECIDED), key=lambda o: o.filed_at)
    rest = [o for o in found if o.state not in _UNDECIDED]
    return [objection_file(session, each) for each in (*open_ones, *rest)]


def objections_of_sale(session: Session, sale: SaleRecord) -> list[Objection]:
    return list(
        session.scalars(
            select(Objection).where(Objection.sale_id == sale.id).order_by(Objection.id.desc())
        )
    )


def my_objections(session: Session) -> list[tuple[Objection, PublicLot]]:
    """The objections of whoever reads (row-level security)."""
    rows = session.execute(
        select(Objection, PublicLot)
        .join(PublicLot, PublicLot.sale_id == Objection.sale_id)
        .order_by(Objection.id.desc())
    )
    return [(objection, lot) for objection, lot in rows]
