"""What bears on the sales of a case: which of them run, and what keeps the property where it is."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from app.models.bidding import SaleStateRecord
from app.models.cases import CaseRecord
from app.models.courts import CourtRecord
from app.models.many_rows import is_any_of
from app.models.money import Settlement
from app.models.objections import Objection
from app.models.plans import Payout, Plan
from app.models.records import AuditRecord, DocumentRecord
from app.models.sales import LotRecord, SaleRecord
from app.models.stopping import Bankruptcy
from auction_engine.sale.objections import Kind, Standing, State, forbids_disposal

RUNNING = ("announced", "open", "suspended")


class Standstill(StrEnum):
    """Why nothing may be done with a property now; each is a rule in words for the page."""

    BANKRUPTCY = "bankruptcy_stays_the_case"
    THIRD_PARTY = "third_party_objects"


def running_sales(session: Session, case_id: int) -> list[tuple[SaleRecord, SaleStateRecord]]:
    """The published sales of a case that are not over, in the order of their publication."""
    rows = session.execute(
        select(SaleRecord, SaleStateRecord)
        .join(SaleStateRecord, SaleStateRecord.sale_id == SaleRecord.id)
        .join(LotRecord, LotRecord.id == SaleRecord.lot_id)
        .where(LotRecord.case_id == case_id, SaleStateRecord.status.in_(RUNNING))
        .order_by(SaleRecord.id)
        .execution_options(populate_existing=True)
    )
    return [(sale, state) for sale, state in rows]


def standstill(session: Session, sale: SaleRecord, now: datetime) -> Standstill | None:
    """What keeps the property of a sale where it is at `now` (RULE-L9, RULE-M2, RULE-L8)."""
    lot = session.get_one(LotRecord, sale.lot_id)
    if standing_bankruptcy(session, lot.case_id) is not None:
        return Standstill.BANKRUPTCY
    zone = ZoneInfo(session.get_one(CourtRecord, sale.court_id).timezone)
    today = now.astimezone(zone).date()
    objections = session.scalars(
        select(Objection)
        .join(SaleRecord, SaleRecord.id == Objection.sale_id)
        # It is about the thing, and so about every round in which the thing is sold.
        .where(
            SaleRecord.lot_id == sale.lot_id,
            Objection.kind == Kind.THIRD_PARTY,
            # What nobody at the court has seen yet stays nothing: anybody could write it.
            Objection.state != State.FILED,
        )
    )
    for objection in objections:
        if forbids_disposal(standing_of(session, objection, zone), today):
            return Standstill.THIRD_PARTY
    return None


def standing_bankruptcy(session: Session, case_id: int) -> Bankruptcy | None:
    """The bankruptcy under which this case stands still or has ended."""
    return session.scalars(
        select(Bankruptcy).where(Bankruptcy.case_id == case_id, Bankruptcy.state != "lifted")
    ).one_or_none()


def payout_is_held() -> ColumnElement[bool]:
    """Whether a payout that is due stays with us: its sale was revoked after the plan was final
    (RULE-M3), a bankruptcy stands on its case (RULE-L9), or part of the price was taken back by a
    card holder's bank meanwhile (FAULT-F31)."""
    of_revoked = (
        select(Plan.id)
        .join(Settlement, Settlement.sale_id == Plan.sale_id)
        .where(Settlement.state.in_(("revoked", "not_approved")))
    )
    of_bankrupt = (
        select(Plan.id)
        .join(Bankruptcy, Bankruptcy.case_id == Plan.case_id)
        .where(Bankruptcy.state != "lifted")
    )
    of_less = select(Plan.id).where(
        Plan.state == "final",
        select(1).select_from(func.disputes_behind_sale(Plan.sale_id)).correlate(Plan).exists(),
    )
    return (
        Payout.plan_id.in_(of_revoked)
        | Payout.plan_id.in_(of_bankrupt)
        | Payout.plan_id.in_(of_less)
    )


def standing_of(session: Session, objection: Objection, zone: ZoneInfo) -> Standing:
    """An objection as the engine reads it; service is what the document's proof says."""
    ruling = (
        session.get_one(DocumentRecord, objection.document_id) if objection.document_id else None
    )
    served_at = ruling.served_at if ruling is not None else None
    return Standing(
        kind=Kind(objection.kind),
        state=State(objection.state),
        dismissed=objection.decision == State.DISMISSED,
        served_on=served_at.astimezone(zone).date() if served_at is not None else None,
    )


def lock_case(session: Session, case_id: int) -> CaseRecord:
    """Hold a case: whoever does decides what becomes of its lots together (RULE-C10).

    Adding to the case goes on meanwhile; only another holder waits.
    """
    return session.scalars(
        select(CaseRecord)
        .where(CaseRecord.id == case_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).one()


def lock_cases(session: Session, case_ids: Sequence[int]) -> None:
    """`lock_case` of several, in one order for everybody."""
    session.execute(
        select(CaseRecord.id)
        .where(is_any_of(CaseRecord.id, case_ids))
        .order_by(CaseRecord.id)
        .with_for_update(key_share=True)
    ).all()


def is_recorded(session: Session, sale: SaleRecord, key: uuid.UUID) -> bool:
    """The same key again is the same act (a form sent twice)."""
    found = session.scalars(
        select(AuditRecord.id).where(
            AuditRecord.subject == f"sale:{sale.public_id}",
            AuditRecord.details["key"].astext == str(key),
        )
    )
    return found.first() is not None
