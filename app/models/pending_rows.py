"""The proposal to publish a sale, while it waits for its second person."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models.courts import Proposal
from app.models.sales import SaleRecord

PUBLISH = "publish"


def publication_subject(sale: SaleRecord) -> str:
    return f"sale:{sale.public_id}"


def pending_publication(session: Session, sale: SaleRecord) -> Proposal | None:
    """The proposal to publish this sale, while nobody has decided on it.

    As long as it waits the draft is held still: what is approved is what was proposed (INV-A14).
    """
    return session.scalars(
        select(Proposal).where(
            Proposal.kind == PUBLISH,
            Proposal.subject == publication_subject(sale),
            Proposal.approved.is_(None),
        )
    ).one_or_none()
