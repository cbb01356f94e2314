"""Who asks the court for leave to bid for somebody else."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models.people import Person
from app.models.sales import ProxyRequest, SaleRecord


def proxy_requests(session: Session, sale: SaleRecord) -> list[tuple[ProxyRequest, str]]:
    """The requests in this sale, with the name that the court must know (RULE-E8)."""
    rows = session.execute(
        select(ProxyRequest, Person.name)
        .join(Person, Person.id == ProxyRequest.person_id)
        .where(ProxyRequest.sale_id == sale.id)
        .order_by(ProxyRequest.id)
    )
    return [(asked, name) for asked, name in rows]
