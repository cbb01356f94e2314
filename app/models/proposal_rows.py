"""Acts that need two persons: proposed by one, decided by another who saw exactly the same."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from app.models.columns import new_public_id
from app.models.courts import Proposal

# The kind of proposal by which two persons undo an entry of the books.
REVERSAL = "ledger.reverse"


def written_payload(payload: dict[str, Any]) -> tuple[str, str]:
    """What is proposed, in the one way it is written, and its SHA-256."""
    written = json.dumps(payload, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return written, hashlib.sha256(written.encode()).hexdigest()


def add_proposal(
    session: Session,
    *,
    kind: str,
    subject: str,
    payload: dict[str, Any],
    proposed_by: int,
    court_id: int | None,
    reason: str = "",
) -> str | None:
    """Put an act before a second person; None where the same waits for one already."""
    written, digest = written_payload(payload)
    public_id = new_public_id()
    added = session.execute(
        upsert(Proposal)
        .values(
            public_id=public_id,
            court_id=court_id,
            kind=kind,
            subject=subject,
            payload=written,
            payload_hash=digest,
            reason=reason,
            proposed_by=proposed_by,
        )
        .on_conflict_do_nothing(
            index_elements=["kind", "subject"], index_where=text("approved IS NULL")
        )
        .returning(Proposal.id)
    )
    return public_id if added.scalar_one_or_none() is not None else None


def lock_proposal(
    session: Session, public_id: str, kinds: frozenset[str], court_id: int | None
) -> Proposal | None:
    """The proposal, locked; None where this court has none of that name and kind."""
    return session.scalars(
        select(Proposal)
        .where(
            Proposal.public_id == public_id,
            Proposal.kind.in_(kinds),
            Proposal.court_id.is_not_distinct_from(court_id),
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()


def mark_decided(
    session: Session, proposal: Proposal, *, by: int, approved: bool, reason: str
) -> None:
    proposal.decided_by, proposal.approved = by, approved
    proposal.decided_at = session.scalars(select(func.clock_timestamp())).one()
    proposal.decision_reason = reason or None
    session.flush()


def payload_of(proposal: Proposal) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(proposal.payload)
    return content
