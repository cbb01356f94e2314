"""What a collegial panel votes on, and its votes (RULE-A10)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models.sales import PanelVote, PriorityClaim, SaleRecord
from auction_engine.evidence.canonical import digest


def panel_terms(session: Session, sale: SaleRecord) -> dict[str, Any]:
    """The five items as they stand. Whatever changes here voids every vote cast before."""
    return {
        "sale": sale.public_id,
        "currency": sale.currency,
        "starting_price": sale.starting_price,
        "price_cut": price_cut(session, sale),
        "increment": sale.increment,
        "multiples_only": sale.multiples_only,
        "deposit": sale.deposit,
        "priority": [
            {"claim": claim.public_id, "rank": claim.rank, "nature": claim.nature}
            for claim in confirmed_priority(session, sale.id)
        ],
    }


def price_cut(session: Session, sale: SaleRecord) -> int | None:
    """By how much the price fell since the round that failed; None in a first round."""
    if sale.round != "second" or sale.previous_sale_id is None:
        return None
    previous = session.get_one(SaleRecord, sale.previous_sale_id)
    return previous.starting_price - sale.starting_price


def terms_hash(session: Session, sale: SaleRecord) -> str:
    return digest(panel_terms(session, sale))


def votes_on(session: Session, sale_id: int, terms: str) -> list[PanelVote]:
    """The votes cast on exactly these terms, in their order."""
    return list(
        session.scalars(
            select(PanelVote)
            .where(PanelVote.sale_id == sale_id, PanelVote.terms_hash == terms)
            .order_by(PanelVote.id)
        )
    )


def confirmed_priority(session: Session, sale_id: int) -> list[PriorityClaim]:
    return list(
        session.scalars(
            select(PriorityClaim)
            .where(PriorityClaim.sale_id == sale_id, PriorityClaim.state == "confirmed")
            .order_by(PriorityClaim.rank, PriorityClaim.public_id)
        )
    )
