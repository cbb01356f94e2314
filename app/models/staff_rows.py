"""Row operations on who works for a court, in which role."""

from __future__ import annotations

import hashlib

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from app.models.courts import CourtMembership, CourtRecord, StaffInvitation


def lock_court(session: Session, court_id: int) -> CourtRecord:
    """Whoever changes a court's people waits here, so that counting presidents is safe."""
    return session.get_one(CourtRecord, court_id, with_for_update=True, populate_existing=True)


def roles_of(session: Session, court_id: int, person_id: int) -> list[CourtMembership]:
    """What this person does in this court now."""
    return list(
        session.scalars(
            select(CourtMembership)
            .where(
                CourtMembership.court_id == court_id,
                CourtMembership.person_id == person_id,
                CourtMembership.ended_at.is_(None),
            )
            .order_by(CourtMembership.id)
        )
    )


def count_presidents(session: Session, court_id: int, *, without: int | None = None) -> int:
    wanted = [
        CourtMembership.court_id == court_id,
        CourtMembership.role == "president",
        CourtMembership.ended_at.is_(None),
    ]
    if without is not None:
        wanted.append(CourtMembership.person_id != without)
    return session.scalars(select(func.count()).select_from(CourtMembership).where(*wanted)).one()


def find_court_of_invitation(session: Session, token_hash: bytes) -> int | None:
    """Asked of the database by a function that answers with this one number (migration 0006):
    whoever holds the link belongs to no court yet."""
    court_id: int | None = session.execute(
        text("SELECT court_of_invitation(:token)"), {"token": token_hash}
    ).scalar_one()
    return court_id


def lock_invitation(session: Session, token_hash: bytes) -> StaffInvitation | None:
    return session.scalars(
        select(StaffInvitation)
        .where(StaffInvitation.token_hash == token_hash)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()


def hash_of_token(token: str) -> bytes:
    """What is kept of an invitation's link."""
    return hashlib.sha256(token.encode()).digest()
