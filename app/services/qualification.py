"""What a sale asks of its bidders, and the court's look at the buyer (RULE-D9, E7, E11, E12)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert as upsert

from app.db import transaction
from app.gateways.clock import legal_now
from app.models.bidding import Buyer
from app.models.draft_rows import (
    DraftHeld,
    lock_sale_record,
    reason_not_to_change,
    record_about,
)
from app.models.money import Settlement
from app.models.qualification import EquityTerms, QualificationCheck, QualificationRecord
from app.models.qualification_rows import qualifications_of
from app.models.sales import SaleRecord
from app.models.settlement_rows import lock_settlement
from auction_engine.sale.qualification import Asks


class CheckRefusal(StrEnum):
    NOT_SOLD = "not_sold"
    NOTHING_ASKED = "nothing_asked"
    RULED_ALREADY = "ruled_already"


@dataclass(frozen=True, slots=True)
class Equity:
    """What an announcement of shares states; amounts in minor units of the sale's currency."""

    subscribed: int
    paid_in: int
    contribution_due_on: date | None
    approvals: str


def ask(
    sale: SaleRecord, kind: Asks, *, asks: str, consequence: str, by: int
) -> QualificationRecord | DraftHeld:
    """Put a qualification into the draft; it becomes part of the announcement (RULE-D9)."""
    with transaction() as session:
        locked = lock_sale_record(session, sale.id)
        refusal = reason_not_to_change(session, locked)
        if refusal is not None:
            return refusal
        record = QualificationRecord(
            court_id=locked.court_id,
            sale_id=locked.id,
            kind=kind.value,
            asks=asks,
            consequence=consequence,
            added_by=by,
        )
        session.add(record)
        record_about(session, locked, "qualification.asked", by, qualification=kind.value)
    return record


def ask_no_more(
    sale: SaleRecord, qualification: QualificationRecord, *, by: int
) -> DraftHeld | None:
    """Take a qualification out of the draft."""
    with transaction() as session:
        locked = lock_sale_record(session, sale.id)
        refusal = reason_not_to_change(session, locked)
        if refusal is not None:
            return refusal
        session.execute(
            delete(QualificationRecord).where(QualificationRecord.id == qualification.id)
        )
        record_about(session, locked, "qualification.dropped", by, qualification=qualification.kind)
    return None


def state_equity(sale: SaleRecord, equity: Equity, *, by: int) -> DraftHeld | None:
    """State the capital of shares, what is paid in, its term, and approvals (RULE-D9)."""
    with transaction() as session:
        locked = lock_sale_record(session, sale.id)
        refusal = reason_not_to_change(session, locked)
        if refusal is not None:
            return refusal
        stated = {
            "court_id": locked.court_id,
            "currency": locked.currency,
            "subscribed": equity.subscribed,
            "paid_in": equity.paid_in,
            "contribution_due_on": equity.contribution_due_on,
            "approvals": equity.approvals,
        }
        session.execute(
            upsert(EquityTerms)
            .values(sale_id=locked.id, **stated)
            .on_conflict_do_update(index_elements=["sale_id"], set_=stated)
        )
        record_about(session, locked, "equity.stated", by)
    return None


def record_check(
    sale: SaleRecord, *, met: bool, reason: str, by: int
) -> QualificationCheck | CheckRefusal:
    """Write down whether the buyer has what was asked: without it there is no ruling (RULE-E11).

    The court looks from the registration to the ruling, so a later look may say otherwise; the
    newest counts.
    """
    with transaction() as session:
        settlement = session.scalars(
            select(Settlement).where(Settlement.sale_id == sale.id)
        ).one_or_none()
        if settlement is None or session.get(Buyer, sale.id) is None:
            return CheckRefusal.NOT_SOLD
        if not qualifications_of(session, sale.id):
            return CheckRefusal.NOTHING_ASKED
        if lock_settlement(session, settlement.id).state in ("ruled", "delivered"):
            return CheckRefusal.RULED_ALREADY
        check = QualificationCheck(
            court_id=sale.court_id,
            sale_id=sale.id,
            outcome="met" if met else "not_met",
            reason=reason,
            checked_by=by,
            checked_at=legal_now(session, sale.court_id),
        )
        session.add(check)
        record_about(session, sale, "qualification.checked", by, outcome=check.outcome)
    return check
