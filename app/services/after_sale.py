"""After the hammer: the ruling, its service, handover, registration; or the buyer's default.

Title passes when the ruling is served on the buyer, not before (RULE-I3). Each document is drafted,
signed by a judge and served; none of its letters changes on the way.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db import transaction
from app.gateways.clock import legal_now
from app.models.bidding import Buyer, Outcome
from app.models.cases import AssetRecord
from app.models.coverage_rows import promise_to_stop_others
from app.models.dispute_rows import hole_in_proceeds
from app.models.document_rows import add_document, current_document, lock_document
from app.models.document_texts import document_text, title_of
from app.models.draft_rows import case_of, record_about
from app.models.money import Settlement
from app.models.outbox_rows import publish_notice, tell
from app.models.qualification_rows import lacks_check
from app.models.records import DocumentRecord
from app.models.round_rows import lacks_approval, taking_of_document
from app.models.rounds import Taking
from app.models.sales import LotRecord, SaleRecord
from app.models.settlement_rows import kept_deposit
from app.models.stop_rows import Standstill, standstill
from app.models.taking_rows import owed_by_taker

# Who may read a document once it is served; until then it is the court's own.
AUDIENCE_WHEN_SERVED = {
    "ruling": "buyer",
    "handover": "buyer",
    "registration_request": "court",
    "default_decision": "parties",
    "in_kind_ruling": "parties",
    "return_decision": "public",
    "without_auction_decision": "parties",
}


class AfterRefusal(StrEnum):
    NOT_SOLD = "not_sold"
    NOT_PAID = "not_paid"
    NOT_QUALIFIED = "not_qualified"
    NOT_APPROVED = "not_approved"
    RULED_ALREADY = "ruled_already"
    SIGNED_ALREADY = "signed_already"
    NOT_SIGNED = "not_signed"
    SERVED_ALREADY = "served_already"
    NOT_SERVED = "not_served"
    OLD_VERSION = "old_version"
    DELIVERED_ALREADY = "delivered_already"
    IN_THE_FUTURE = "in_the_future"
    TOO_EARLY = "too_early"
    TAKEN_BACK = "taken_back"
    FURTHER_SUM_OWED = "further_sum_owed"
    BANKRUPTCY = Standstill.BANKRUPTCY
    THIRD_PARTY = Standstill.THIRD_PARTY


@dataclass(frozen=True, slots=True)
class _Sold:
    """A sold lot, its settlement locked."""

    sale: SaleRecord
    outcome: Outcome
    buyer: Buyer
    settlement: Settlement
    now: datetime

    @property
    def balance(self) -> int:
        settlement = self.settlement
        return settlement.price - settlement.deposit_applied - settlement.paid


def draft_ruling(sale: SaleRecord, *, by: int) -> DocumentRecord | AfterRefusal:
    """Draft the ruling once the price is paid; a new draft is the next version (RULE-I2)."""
    with transaction() as session:
        sold = _sold(session, sale)
        if sold is None:
            return AfterRefusal.NOT_SOLD
        if sold.settlement.state != "paid":
            ruled = sold.settlement.state in ("ruled", "delivered")
            return AfterRefusal.RULED_ALREADY if ruled else AfterRefusal.NOT_PAID
        if lacks_check(session, sale.id):
            return AfterRefusal.NOT_QUALIFIED
        if lacks_approval(session, sale.id):
            return AfterRefusal.NOT_APPROVED
        return _write(session, sold, "ruling", by)


def sign(document: DocumentRecord, *, by: int) -> DocumentRecord | AfterRefusal:
    """A judge signs the newest version; with the ruling signed the sale is ruled on."""
    with transaction() as session:
        locked = lock_document(session, document.id)
        if locked.signed_at is not None:
            return AfterRefusal.SIGNED_ALREADY
        newest = current_document(session, locked.court_id, locked.kind, locked.subject)
        if newest is None or newest.id != locked.id:
            return AfterRefusal.OLD_VERSION
        now = legal_now(session, locked.court_id)
        if locked.kind == "ruling":
            settlement = _lock_settlement(session, locked.sale_id)
            if settlement is None or settlement.state != "paid":
                return AfterRefusal.NOT_PAID
            # From the registration to the ruling without a gap, or there is none (RULE-E11).
            if lacks_check(session, settlement.sale_id):
                return AfterRefusal.NOT_QUALIFIED
            # Shares that need an approval pass only with it (RULE-I8).
            if lacks_approval(session, settlement.sale_id):
                return AfterRefusal.NOT_APPROVED
            # Title would pass with its service: not while something forbids it (RULE-L9, M2).
            held = standstill(session, session.get_one(SaleRecord, settlement.sale_id), now)
            if held is not None:
                return AfterRefusal(held)
            # Nor for a price that the card holder's bank has taken back (RULE-I2, FAULT-F31).
            if hole_in_proceeds(session, settlement.sale_id) is not None:
                return AfterRefusal.TAKEN_BACK
            settlement.state, settlement.ruled_at = "ruled", now
        taking = taking_of_document(session, locked)
        if taking is not None:
            if taking.state != "paid":
                return AfterRefusal.NOT_PAID
            kept = _reason_to_keep_title(session, taking, now)
            if kept is not None:
                return kept
            taking.state = "ruled"
        locked.signed_by, locked.signed_at = by, now
        _record_document(session, locked, "document.signed", by)
    return locked


def serve(
    document: DocumentRecord, *, served_at: datetime | None, by: int
) -> DocumentRecord | AfterRefusal:
    """Record that a signed document was served; the buyer has title from that moment (RULE-I3).

    `served_at` is the moment on the proof of service; without one it is now, by the platform.
    """
    with transaction() as session:
        locked = lock_document(session, document.id)
        now = legal_now(session, locked.court_id)
        at = served_at or now
        refusal = _reason_not_to_serve(locked, at, now)
        if refusal is not None:
            return refusal
        taking = taking_of_document(session, locked)
        if taking is not None:
            kept = _reason_to_keep_title(session, taking, now)
            if kept is not None:
                return kept
        locked.served_at = at
        locked.audience = AUDIENCE_WHEN_SERVED.get(locked.kind, locked.audience)
        if locked.kind == "ruling":
            _pass_title(session, locked, at)
        if taking is not None:
            # Title passes to whoever took the property in kind, too, with service (CI 491).
            taking.state, taking.served_at = "served", at
            _tell_title_passed(session, locked, at)
            promise_to_stop_others(session, taking)
        _record_document(session, locked, "document.served", by)
    return locked


def record_handover(
    sale: SaleRecord, *, delivered_at: datetime, note: str, by: int
) -> DocumentRecord | AfterRefusal:
    """The property is with the buyer (RULE-I4): a record of it, and the end of the settlement."""
    with transaction() as session:
        sold = _sold(session, sale)
        if sold is None:
            return AfterRefusal.NOT_SOLD
        refusal = _reason_not_to_hand_over(sold, delivered_at)
        if refusal is not None:
            return refusal
        sold.settlement.state = "delivered"
        sold.settlement.delivered_at = delivered_at
        document = _write(
            session,
            sold,
            "handover",
            by,
            served_at=sold.settlement.ruling_served_at,
            delivered_at=delivered_at,
            note=note.strip(),
        )
        document.audience = AUDIENCE_WHEN_SERVED["handover"]
        _tell_buyer(session, sold, "property_handed_over", {"at": delivered_at.isoformat()})
    return document


def request_registration(
    sale: SaleRecord, *, registry: str, by: int
) -> DocumentRecord | AfterRefusal:
    """Ask the registry to enter the buyer; the ruling must have been served."""
    with transaction() as session:
        sold = _sold(session, sale)
        if sold is None:
            return AfterRefusal.NOT_SOLD
        if sold.settlement.ruling_served_at is None:
            return AfterRefusal.NOT_SERVED
        return _write(
            session,
            sold,
            "registration_request",
            by,
            served_at=sold.settlement.ruling_served_at,
            registry=registry.strip(),
        )


def write_default_decision(
    sale: SaleRecord, *, reason: str, by: int
) -> DocumentRecord | AfterRefusal:
    """The document of a default that `services.settlement` has decided, signed by who decided."""
    with transaction() as session:
        sold = _sold(session, sale)
        if sold is None or sold.settlement.state != "defaulted":
            return AfterRefusal.NOT_SOLD
        subject = f"sale:{sold.sale.public_id}"
        written = current_document(session, sale.court_id, "default_decision", subject)
        if written is not None:
            return written
        kept = kept_deposit(sold.sale, sold.settlement.deposit_applied)
        document = _write(
            session,
            sold,
            "default_decision",
            by,
            reason=reason.strip(),
            kept=kept,
            rest=sold.settlement.deposit_applied - kept,
        )
        document.signed_by, document.signed_at = by, sold.now
        _record_document(session, document, "document.signed", by)
    return document


def _reason_not_to_serve(
    document: DocumentRecord, at: datetime, now: datetime
) -> AfterRefusal | None:
    if document.signed_at is None:
        return AfterRefusal.NOT_SIGNED
    if document.served_at is not None:
        return AfterRefusal.SERVED_ALREADY
    if at > now:
        return AfterRefusal.IN_THE_FUTURE
    if at < document.signed_at:
        return AfterRefusal.TOO_EARLY
    return None


def _reason_to_keep_title(session: Session, taking: Taking, now: datetime) -> AfterRefusal | None:
    """Why a property taken in kind may not become its taker's now (RULE-L9, M2, K5).

    It is asked at service, too: a plan may have been drafted, or a third party have objected,
    since the judge signed.
    """
    held = standstill(session, session.get_one(SaleRecord, taking.sale_id), now)
    if held is not None:
        return AfterRefusal(held)
    return AfterRefusal.FURTHER_SUM_OWED if owed_by_taker(session, taking) else None


def _reason_not_to_hand_over(sold: _Sold, at: datetime) -> AfterRefusal | None:
    served_at = sold.settlement.ruling_served_at
    if sold.settlement.state == "delivered":
        return AfterRefusal.DELIVERED_ALREADY
    if served_at is None:
        return AfterRefusal.NOT_SERVED
    if at > sold.now:
        return AfterRefusal.IN_THE_FUTURE
    if at < served_at:
        return AfterRefusal.TOO_EARLY
    return None


def _pass_title(session: Session, document: DocumentRecord, at: datetime) -> None:
    settlement = _lock_settlement(session, document.sale_id)
    assert settlement is not None
    settlement.ruling_served_at = at
    sale = session.get_one(SaleRecord, settlement.sale_id)
    tell(
        session,
        kind="ruling_served",
        key=f"ruling-served:{settlement.public_id}",
        at=at,
        params={"sale": sale.public_id, "document": document.public_id, "sha256": document.sha256},
        registration_id=settlement.registration_id,
        court_id=settlement.court_id,
        sale_id=settlement.sale_id,
    )
    _tell_title_passed(session, document, at)


def _tell_title_passed(session: Session, document: DocumentRecord, at: datetime) -> None:
    sale = session.get_one(SaleRecord, document.sale_id)
    publish_notice(
        session,
        court_id=sale.court_id,
        sale_id=sale.id,
        kind="title_passed",
        at=at,
        params={"sale": sale.public_id},
    )


def _sold(session: Session, sale: SaleRecord) -> _Sold | None:
    settlement = _lock_settlement(session, sale.id)
    if settlement is None:
        return None
    return _Sold(
        sale=session.get_one(SaleRecord, sale.id),
        outcome=session.get_one(Outcome, sale.id),
        buyer=session.get_one(Buyer, sale.id),
        settlement=settlement,
        now=legal_now(session, settlement.court_id),
    )


def _lock_settlement(session: Session, sale_id: int | None) -> Settlement | None:
    return session.scalars(
        select(Settlement)
        .where(Settlement.sale_id == sale_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()


def _write(session: Session, sold: _Sold, kind: str, by: int, **facts: Any) -> DocumentRecord:
    sale, settlement = sold.sale, sold.settlement
    asset = session.get_one(AssetRecord, session.get_one(LotRecord, sale.lot_id).asset_id)
    content = document_text(
        session,
        kind,
        sale,
        buyer=sold.buyer,
        price=settlement.price,
        paid_at=settlement.paid_at,
        ended_at=sold.outcome.at,
        deposit_applied=settlement.deposit_applied,
        balance=sold.balance,
        due_at=settlement.due_at,
        **facts,
    )
    document = add_document(
        session,
        court_id=sale.court_id,
        case_id=case_of(session, sale).id,
        sale_id=sale.id,
        kind=kind,
        subject=f"sale:{sale.public_id}",
        audience="court",
        title=title_of(kind, asset.title),
        content=content,
        at=sold.now,
        made_by=by,
    )
    _record_document(session, document, "document.drafted", by)
    return document


def _tell_buyer(session: Session, sold: _Sold, kind: str, params: dict[str, Any]) -> None:
    tell(
        session,
        kind=kind,
        key=f"{kind}:{sold.settlement.public_id}",
        at=sold.now,
        params={"sale": sold.sale.public_id} | params,
        registration_id=sold.settlement.registration_id,
        court_id=sold.sale.court_id,
        sale_id=sold.sale.id,
    )


def _record_document(session: Session, document: DocumentRecord, action: str, by: int) -> None:
    sale = session.get_one(SaleRecord, document.sale_id)
    record_about(
        session,
        sale,
        action,
        by,
        document=document.public_id,
        kind=document.kind,
        version=document.version,
        sha256=document.sha256,
    )
