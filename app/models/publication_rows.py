"""What publication brings into being: the sale's public face, its state, and its first line."""

from __future__ import annotations

import json

from sqlalchemy.orm import Session

from app.models.bidding import SaleStateRecord, TranscriptLine
from app.models.cases import AssetRecord
from app.models.sale_rows import to_terms
from app.models.sales import LotRecord, PublicLot, SaleRecord
from auction_engine.evidence.transcript import opening_line
from auction_engine.invariants import ensure
from auction_engine.rulepacks.pack import LowerBids, Mechanic


def add_public_sale(session: Session, sale: SaleRecord) -> None:
    """Show a sale that was just published, and begin its evidence.

    Line 0 of the transcript holds the frozen terms and names no bidder.
    """
    ensure(sale.announcement is not None, "a published sale is announced")
    assert sale.announcement is not None and sale.announcement_hash is not None
    assert sale.published_at is not None
    lot = session.get_one(LotRecord, sale.lot_id)
    asset = session.get_one(AssetRecord, lot.asset_id)
    terms = to_terms(sale)
    course, first = terms.rules.course, opening_line(terms)
    session.add(
        TranscriptLine(sale_id=sale.id, n=0, prev="0" * 64, hash=first.hash, line=first.text)
    )
    session.add(
        SaleStateRecord(
            sale_id=sale.id,
            court_id=sale.court_id,
            status="announced",
            is_sealed=course.mechanic is Mechanic.SEALED,
            bids_rise=course.mechanic is Mechanic.OPEN and course.lower_bids is LowerBids.REFUSED,
            opens_at=sale.opens_at,
            closes_at=sale.closes_at,
            n=0,
            head=first.hash,
        )
    )
    session.add(
        PublicLot(
            sale_id=sale.id,
            public_id=sale.public_id,
            lot_public_id=lot.public_id,
            court_id=sale.court_id,
            phase="announced",
            round=sale.round,
            number=sale.number,
            property_kind=sale.property_kind,
            category=asset.category,
            title=asset.title,
            title_zh=asset.title_zh,
            region=asset.region,
            picture=asset.picture,
            currency=sale.currency,
            reference_price=sale.reference_price,
            starting_price=sale.starting_price,
            opens_at=sale.opens_at,
            closes_at=sale.closes_at,
            published_at=sale.published_at,
            announcement=json.loads(sale.announcement),
            announcement_hash=sale.announcement_hash,
        )
    )
