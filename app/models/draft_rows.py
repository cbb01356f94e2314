"""Drafts of sales: locked while they change, one at a time for a lot."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.models.cases import CaseRecord
from app.models.outbox_rows import record_act
from app.models.pending_rows import pending_publication
from app.models.round_rows import possible_rounds
from app.models.sales import LotRecord, SaleRecord
from auction_engine.sale.kinds import Round

CURRENT = ("draft", "published")


class DraftHeld(StrEnum):
    """Why a draft cannot be changed now."""

    NOT_A_DRAFT = "not_a_draft"
    AWAITING_DECISION = "awaiting_decision"


def lock_sale_record(session: Session, sale_id: int) -> SaleRecord:
    return session.scalars(
        select(SaleRecord)
        .where(SaleRecord.id == sale_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def lock_lot(session: Session, lot_id: int) -> LotRecord:
    """Whoever adds a round to a lot holds its row, so that there is never a second one."""
    return session.scalars(select(LotRecord).where(LotRecord.id == lot_id).with_for_update()).one()


def last_sale_of(session: Session, lot_id: int) -> SaleRecord | None:
    return session.scalars(
        select(SaleRecord)
        .where(SaleRecord.lot_id == lot_id)
        .order_by(SaleRecord.number.desc())
        .limit(1)
    ).one_or_none()


def next_number(session: Session, lot_id: int) -> int:
    highest = session.scalars(
        select(func.max(SaleRecord.number)).where(SaleRecord.lot_id == lot_id)
    ).one()
    return (highest or 0) + 1


def round_after(session: Session, sale: SaleRecord) -> Round | None:
    """The round that follows `sale` by itself, or None where none does (RULE-K2, K4, J6).

    What failed is tried again in the next round; what was bought by somebody who did not pay, in
    the same one. What needs a reason on the record is in `round_rows` alone.
    """
    found = possible_rounds(session, sale)
    return found[0].round if found and not found[0].needs_reason else None


def reason_not_to_change(session: Session, sale: SaleRecord) -> DraftHeld | None:
    """A published sale is frozen, and so is a draft while its publication is being decided."""
    if sale.state != "draft":
        return DraftHeld.NOT_A_DRAFT
    if pending_publication(session, sale) is not None:
        return DraftHeld.AWAITING_DECISION
    return None


def record_about(
    session: Session, sale: SaleRecord, action: str, by: int | None, **details: Any
) -> None:
    """Write down what the court did about a sale, so that the case's log finds it."""
    record_act(
        session,
        actor="court",
        action=action,
        subject=f"sale:{sale.public_id}",
        court_id=sale.court_id,
        person_id=by,
        case=case_of(session, sale).public_id,
        **details,
    )


def case_of(session: Session, sale: SaleRecord) -> CaseRecord:
    lot = session.get_one(LotRecord, sale.lot_id)
    return session.get_one(CaseRecord, lot.case_id)
