"""The confirmation of a sale: made by the closing itself, with the buyer's name, for everybody
(RULE-H2)."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models.bidding import Buyer, Outcome
from app.models.cases import AssetRecord
from app.models.document_rows import add_document
from app.models.document_texts import document_text, title_of
from app.models.money import Settlement
from app.models.qualification_rows import named_buyers
from app.models.records import DocumentRecord
from app.models.sales import LotRecord, SaleRecord


def add_confirmation(session: Session, sale: SaleRecord) -> DocumentRecord:
    """Write the confirmation of a sold lot; the caller commits it together with the outcome."""
    outcome = session.get_one(Outcome, sale.id)
    buyer = session.get_one(Buyer, sale.id)
    settlement = session.scalars(select(Settlement).where(Settlement.sale_id == sale.id)).one()
    lot = session.get_one(LotRecord, sale.lot_id)
    asset = session.get_one(AssetRecord, lot.asset_id)
    content = document_text(
        session,
        "confirmation",
        sale,
        buyer=buyer,
        buyers=[each for each in named_buyers(session, sale.id) if each.part == "buyer"],
        code=outcome.winner_code,
        price=settlement.price,
        deposit_applied=settlement.deposit_applied,
        balance=settlement.price - settlement.deposit_applied,
        due_at=settlement.due_at,
        ended_at=outcome.at,
        head=outcome.head,
    )
    return add_document(
        session,
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
