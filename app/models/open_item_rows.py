"""Open items in rows: raised once while they stand, closed by what ends them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from app.models.columns import new_public_id
from app.models.courts import CourtMembership
from app.models.outbox_rows import record_act
from app.models.reconciliation import OpenItem

# The kind of proposal by which two persons close an item.
CLOSING = "item.close"

# Somebody has explained a difference within so many days.
EXPLAIN_WITHIN = timedelta(days=3)


class ItemKind(StrEnum):
    """What is the matter, in the words of whoever looks after it."""

    PAYMENT_NOT_HERE = "payment_not_here"
    PAYMENT_NOT_THERE = "payment_not_there"
    PAYMENT_DIFFERS = "payment_differs"
    REFUND_NOT_HERE = "refund_not_here"
    REFUND_NOT_THERE = "refund_not_there"
    REFUND_DIFFERS = "refund_differs"
    DISPUTE_NOT_HERE = "dispute_not_here"
    PAYOUT_OVERDUE = "payout_overdue"
    PAYOUT_FAILED = "payout_failed"
    PROVIDER_BALANCE = "provider_balance"
    BANK_BALANCE = "bank_balance"
    BANK_BOOKS = "bank_books"
    BANK_DEBIT = "bank_debit"
    # Somebody has to act; no comparison finds these equal.
    DISPUTE_OPEN = "dispute_open"
    DISPUTE_LOST = "dispute_lost"
    REFUND_LATE = "refund_late"


def raise_item(
    session: Session,
    kind: ItemKind,
    subject: str,
    *,
    court_id: int | None,
    at: datetime,
    ours: int | None = None,
    theirs: int | None = None,
    currency: str | None = None,
    due_at: datetime | None = None,
) -> bool:
    """Open an item unless it stands open already; then it only learns the newest figures."""
    added = session.execute(
        upsert(OpenItem)
        .values(
            public_id=new_public_id(),
            court_id=court_id,
            kind=kind.value,
            subject=subject[:120],
            ours=ours,
            theirs=theirs,
            currency=currency,
            owner_id=somebody_in_finance(session, court_id),
            since=at,
            due_at=due_at or at + EXPLAIN_WITHIN,
            state="open",
        )
        .on_conflict_do_nothing(
            index_elements=["kind", "subject"], index_where=text("state = 'open'")
        )
        .returning(OpenItem.public_id)
    ).scalar_one_or_none()
    if added is not None:
        record_act(
            session,
            actor="worker",
            action="item.opened",
            subject=f"item:{added}",
            court_id=court_id,
            kind=kind.value,
        )
        return True
    standing = _open(session, kind, subject[:120])
    if standing is not None:
        standing.ours, standing.theirs = ours, theirs
    return False


def close_item(session: Session, kind: ItemKind, subject: str, *, at: datetime, how: str) -> None:
    """What the item waited for has happened."""
    item = _open(session, kind, subject[:120])
    if item is not None:
        _close(session, item, at, how)


def close_all_but(
    session: Session,
    kind: ItemKind,
    standing: Collection[str],
    *,
    court_id: int | None,
    at: datetime,
) -> int:
    """Close what a comparison did not find again: the two sides are equal there now."""
    found = session.scalars(
        select(OpenItem)
        .where(
            OpenItem.kind == kind.value,
            OpenItem.state == "open",
            OpenItem.court_id.is_not_distinct_from(court_id),
        )
        .with_for_update()
    ).all()
    equal = [item for item in found if item.subject not in standing]
    for item in equal:
        _close(session, item, at, "equal")
    return len(equal)


def somebody_in_finance(session: Session, court_id: int | None) -> int | None:
    """Nobody in particular where the court has appointed nobody: then it is the whole desk's."""
    if court_id is None:
        return None
    return session.scalars(
        select(CourtMembership.person_id)
        .where(
            CourtMembership.court_id == court_id,
            CourtMembership.role == "finance",
            CourtMembership.ended_at.is_(None),
        )
        .order_by(CourtMembership.id)
        .limit(1)
    ).one_or_none()


def _open(session: Session, kind: ItemKind, subject: str) -> OpenItem | None:
    return session.scalars(
        select(OpenItem).filter_by(kind=kind.value, subject=subject, state="open").with_for_update()
    ).one_or_none()


def _close(session: Session, item: OpenItem, at: datetime, how: str) -> None:
    item.state, item.closed_how, item.closed_at = "closed", how, at
    record_act(
        session,
        actor="worker",
        action="item.closed",
        subject=f"item:{item.public_id}",
        court_id=item.court_id,
        how=how,
    )
    session.flush()
