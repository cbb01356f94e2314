"""The confirmation of a sale: made by the closing itself, with the buyer's name, for everybody
(RULE-H2)."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models.bidding import Buyer, Outcome
from app.models.cases import AssetRecord, CaseRecord
from app.models.courts import CourtRecord
from app.models.document_rows import NewDocument, add_documents
from app.models.document_texts import document_text, title_of
from app.models.many_rows import is_any_of
from app.models.money import Settlement
from app.models.qualification import NamedBuyer
from app.models.sales import LotRecord, SaleRecord


def add_confirmations(session: Session, sales: Sequence[SaleRecord]) -> None:
    """Write the confirmations of sold lots; the caller commits them together with the outcomes."""
    ids = [sale.id for sale in sales]
    if not ids:
        return
    kept = _everything_about(session, ids)
    named = _named(session, ids)
    settled = {
        each.sale_id: each
        for each in session.scalars(select(Settlement).where(is_any_of(Settlement.sale_id, ids)))
    }
    add_documents(
        session, [_confirmation(session, sale, settled[sale.id], named[sale.id]) for sale in sales]
    )
    del kept


def _everything_about(session: Session, sale_ids: Sequence[int]) -> list[object]:
    """One question for all rows that are looked up by key below; kept, or they are forgotten."""
    about = (
        select(Outcome, Buyer, LotRecord, AssetRecord, CaseRecord, CourtRecord)
        .select_from(SaleRecord)
        .join(Outcome, Outcome.sale_id == SaleRecord.id)
        .join(Buyer, Buyer.sale_id == SaleRecord.id)
        .join(LotRecord, LotRecord.id == SaleRecord.lot_id)
        .join(AssetRecord, AssetRecord.id == LotRecord.asset_id)
        .join(CaseRecord, CaseRecord.id == LotRecord.case_id)
        .join(CourtRecord, CourtRecord.id == SaleRecord.court_id)
        .where(is_any_of(SaleRecord.id, sale_ids))
    )
    return [tuple(row) for row in session.execute(about)]


def _named(session: Session, sale_ids: Sequence[int]) -> dict[int, list[NamedBuyer]]:
    named: dict[int, list[NamedBuyer]] = {sale_id: [] for sale_id in sale_ids}
    for each in session.scalars(
        select(NamedBuyer)
        .where(is_any_of(NamedBuyer.sale_id, sale_ids), NamedBuyer.part == "buyer")
        .order_by(NamedBuyer.sale_id, NamedBuyer.position)
    ):
        named[each.sale_id].append(each)
    return named


def _confirmation(
    session: Session, sale: SaleRecord, settlement: Settlement, buyers: list[NamedBuyer]
) -> NewDocument:
    outcome = session.get_one(Outcome, sale.id)
    lot = session.get_one(LotRecord, sale.lot_id)
    asset = session.get_one(AssetRecord, lot.asset_id)
    content = document_text(
        session,
        "confirmation",
        sale,
        parties={},
        buyer=session.get_one(Buyer, sale.id),
        buyers=buyers,
        code=outcome.winner_code,
        price=settlement.price,
        deposit_applied=settlement.deposit_applied,
        balance=settlement.price - settlement.deposit_applied,
        due_at=settlement.due_at,
        ended_at=outcome.at,
        head=outcome.head,
    )
    return NewDocument(
        court_id=sale.court_id,
        case_id=lot.case_id,
        sale_id=sale.id,
        kind="confirmation",
        subject=f"sale:{sale.public_id}",
        audience="public",
        title=title_of("confirmation", asset.title),
        content=content,
        at=outcome.at,
    )
