"""The operator's two levers on a promise: try it again now, or lay it aside; each with a reason.

What is promised, to whom and how much, nobody can change here.
"""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import func, select

from app.db import transaction
from app.models.outbox_rows import record_act
from app.models.records import OutboxItem


class QueueRefusal(StrEnum):
    NO_SUCH_PROMISE = "no_such_promise"
    KEPT_ALREADY = "kept_already"


def try_again(public_id: str, *, reason: str, by: int) -> OutboxItem | QueueRefusal:
    """Let a promise come up at once, parked or put off."""
    return _move(public_id, "due", "promise.tried_again", reason, by)


def lay_aside(public_id: str, *, reason: str, by: int) -> OutboxItem | QueueRefusal:
    """Keep a promise from being tried until somebody lets it go on."""
    return _move(public_id, "parked", "promise.parked", reason, by)


def _move(
    public_id: str, state: str, action: str, reason: str, by: int
) -> OutboxItem | QueueRefusal:
    with transaction() as session:
        item = session.scalars(
            select(OutboxItem).filter_by(public_id=public_id).with_for_update()
        ).one_or_none()
        if item is None:
            return QueueRefusal.NO_SUCH_PROMISE
        if item.state == "done":
            return QueueRefusal.KEPT_ALREADY
        item.state = state
        item.next_try_at = session.scalars(select(func.clock_timestamp())).one()
        record_act(
            session,
            actor="operator",
            action=action,
            subject=f"outbox:{item.public_id}",
            court_id=item.court_id,
            person_id=by,
            kind=item.kind,
            reason=reason,
        )
    return item
