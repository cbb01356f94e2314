"""Requests to undo a sale, as the court and those who ask see them."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models.objections import Revocation
from app.models.sales import PublicLot


def requests_of_court(session: Session, court_id: int) -> list[tuple[Revocation, PublicLot]]:
    """Those to be decided first."""
    rows = session.execute(
        select(Revocation, PublicLot)
        .join(PublicLot, PublicLot.sale_id == Revocation.sale_id)
        .where(Revocation.court_id == court_id)
        .order_by(Revocation.state != "requested", Revocation.id.desc())
        .limit(500)
    )
    return [(request, lot) for request, lot in rows]


def my_requests(session: Session) -> list[tuple[Revocation, PublicLot]]:
    """The requests of whoever reads (row-level security)."""
    rows = session.execute(
        select(Revocation, PublicLot)
        .join(PublicLot, PublicLot.sale_id == Revocation.sale_id)
        .order_by(Revocation.id.desc())
    )
    return [(request, lot) for request, lot in rows]
