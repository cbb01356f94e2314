"""The confirmation of a sale: made by the closing itself, with the buyer's name, for everybody
(RULE-H2)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from app.models.bidding import Buyer, Outcome
from app.models.cases import AssetRecord, CaseRecord
from app.models.courts import CourtRecord
from app.models.document_rows import NewDocument, add_documents
from app.models.document_texts import sale_text, title_of
from app.models.many_rows import is_any_of
from app.models.money import Settlement
from app.models.qualification import NamedBuyer
from app.models.sales import LotRecord, SaleRecord


def add_confirmations(session: Session, sales: Sequence[SaleRecord]) -> None:
    """Write the confirmations of sold lots; the caller commits them together with the outcomes."""
    ids = [sale.id for sale in sales]
    if not ids:
        return
    named = _named(session, ids)
    add_documents(
        session,
        [
            _confirmation(about, named[about.SaleRecord.id])
            for about in _everything_about(session, ids)
        ],
    )


def _everything_about(session: Session, sale_ids: Sequence[int]) -> Sequence[Row[Any]]:
    """One question for all that the confirmations say."""
    return session.execute(
        select(
            SaleRecord,
            Settlement,
            Outcome,
            Buyer,
            LotRecord.case_id,
            AssetRecord,
            CaseRecord,
            CourtRecord,
        )
        .select_from(SaleRecord)
        .join(Settlement, Settlement.sale_id == SaleRecord.id)
        .join(Outcome, Outcome.sale_id == SaleRecord.id)
        .join(Buyer, Buyer.sale_id == SaleRecord.id)
        .join(LotRecord, LotRecord.id == SaleRecord.lot_id)
        .join(AssetRecord, AssetRecord.id == LotRecord.asset_id)
        .join(CaseRecord, CaseRecord.id == LotRecord.case_id)
        .join(CourtRecord, CourtRecord.id == SaleRecord.court_id)
        .where(is_any_of(SaleRecord.id, sale_ids))
        .order_by(SaleRecord.id)
    ).all()


def _named(session: Session, sale_ids: Sequence[int]) -> dict[int, list[NamedBuyer]]:
    named: dict[int, list[NamedBuyer]] = {sale_id: [] for sale_id in sale_ids}
    for each in session.scalars(
        select(NamedBuyer)
        .where(is_any_of(NamedBuyer.sale_id, sale_ids), NamedBuyer.part == "buyer")
        .order_by(NamedBuyer.sale_id, NamedBuyer.position)
    ):
        named[each.sale_id].append(each)
    return named


def _confirmation(about: Row[Any], buyers: list[NamedBuyer]) -> NewDocument:
    sale, settlement, outcome = about.SaleRecord, about.Settlement, about.Outcome
    content = sale_text(
        "confirmation",
        sale,
        court=about.CourtRecord,
        case=about.CaseRecord,
        asset=about.AssetRecord,
        buyer=about.Buyer,
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
        case_id=about.case_id,
        sale_id=sale.id,
        kind="confirmation",
        subject=f"sale:{sale.public_id}",
        audience="public",
        title=title_of("confirmation", about.AssetRecord.title),
        content=content,
        at=outcome.at,
    )
