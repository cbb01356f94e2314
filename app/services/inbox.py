"""One's own inbox: legal notices that were read are marked so, once."""

from __future__ import annotations

from sqlalchemy import func, or_, update

from app.db import acting_for, transaction
from app.models.records import Message


def mark_read() -> None:
    """Note that the tenant has read what stands in their inbox now. Service does not depend on
    it: a notice counts from when it was left there."""
    mine = acting_for()
    with transaction() as session:
        session.execute(
            update(Message)
            .where(
                Message.read_at.is_(None),
                or_(
                    Message.person_id == mine.person_id,
                    Message.registration_id.in_(mine.registration_ids),
                ),
            )
            .values(read_at=func.clock_timestamp())
        )
