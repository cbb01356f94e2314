"""How watched sales stand by the database, whatever was announced and whatever was lost."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import case, select

from app.db import engine_for
from app.models.bidding import SaleStateRecord
from app.models.sales import PublicLot
from app.queries.live_sale import snapshot


def is_public(public_id: str) -> bool:
    with engine_for("public").connect() as connection:
        found = connection.execute(
            select(PublicLot.sale_id).where(PublicLot.public_id == public_id)
        )
        return found.first() is not None


def beats_of(public_ids: Collection[str]) -> list[dict[str, Any]]:
    """The heartbeat of each of these sales; of a sealed one, not how many bids it has."""
    if not public_ids:
        return []
    with engine_for("public").connect() as connection:
        rows = connection.execute(
            select(
                PublicLot.public_id,
                case((SaleStateRecord.is_sealed, 0), else_=SaleStateRecord.accepted).label("seq"),
                SaleStateRecord.status,
                SaleStateRecord.closes_at,
            )
            .join(SaleStateRecord, SaleStateRecord.sale_id == PublicLot.sale_id)
            .where(PublicLot.public_id.in_(public_ids))
        ).all()
    return [
        {
            "sale": row.public_id,
            "seq": row.seq,
            "status": row.status,
            "closes_at": row.closes_at.isoformat(),
        }
        for row in rows
    ]


def what_was_missed(public_id: str, after: int) -> dict[str, Any] | None:
    """The message that makes up for all that were lost behind `after`."""
    with engine_for("public").connect() as connection:
        return snapshot(connection, public_id, after)
