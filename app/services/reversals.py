"""Errors in the books are corrected by an entry that undoes the wrong one (INV-M3).

Nothing in the books is changed or deleted. One person proposes and says why, another one who saw
the same entry decides. Only the books change: what the platform did because of the entry stays.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from psycopg.errors import CheckViolation
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.db import transaction
from app.gateways.clock import legal_now
from app.models.courts import Proposal
from app.models.ledger import LedgerAccount, LedgerEntry, LedgerPosting
from app.models.ledger_rows import Account, NewEntry, Posting, post_entries
from app.models.outbox_rows import record_act
from app.models.proposal_rows import (
    REVERSAL,
    add_proposal,
    lock_proposal,
    mark_decided,
    payload_of,
)

_LONGEST_MEMO = 200


class ReversalRefusal(StrEnum):
    """Why an entry cannot be undone so."""

    NO_SUCH_ENTRY = "no_such_entry"
    REVERSED_ALREADY = "reversed_already"
    PROPOSED_ALREADY = "reversal_proposed_already"
    NO_SUCH_PROPOSAL = "no_such_reversal"
    SAME_PERSON = "reversal_by_same_person"
    CHANGED_MEANWHILE = "reversal_changed_meanwhile"
    WOULD_BE_SHORT = "would_be_short"


def propose_reversal(court_id: int, key: str, *, reason: str, by: int) -> str | ReversalRefusal:
    """Propose to undo the entry under `key`; the proposal's public id."""
    with transaction() as session:
        entry = _find(session, court_id, key)
        if entry is None:
            return ReversalRefusal.NO_SUCH_ENTRY
        if _is_reversed(session, entry):
            return ReversalRefusal.REVERSED_ALREADY
        proposal = add_proposal(
            session,
            kind=REVERSAL,
            subject=f"entry:{entry.id}",
            payload=_as_shown(session, entry),
            proposed_by=by,
            court_id=court_id,
            reason=reason,
        )
        if proposal is None:
            return ReversalRefusal.PROPOSED_ALREADY
        _note(session, entry, "ledger.reversal_proposed", by)
    return proposal


def decide_reversal(
    court_id: int, proposal: str, *, payload_hash: str, approved: bool, by: int
) -> str | ReversalRefusal:
    """A second person's word; with their consent the entry is undone. The entry's key."""
    try:
        with transaction() as session:
            found = lock_proposal(session, proposal, frozenset({REVERSAL}), court_id)
            refusal = _why_not(found, payload_hash, by)
            if refusal is not None or found is None:
                return refusal or ReversalRefusal.NO_SUCH_PROPOSAL
            key = str(payload_of(found)["key"])
            entry = _find(session, court_id, key)
            if entry is None:
                return ReversalRefusal.NO_SUCH_ENTRY
            if approved and not reverse_entry(session, entry, reason=found.reason):
                return ReversalRefusal.REVERSED_ALREADY
            mark_decided(session, found, by=by, approved=approved, reason="")
            word = "approved" if approved else "refused"
            _note(session, entry, f"ledger.reversal_{word}", by)
        return key
    except IntegrityError as refused:
        # What was booked since has used the money: nobody's account is taken below nought (INV-M2).
        if isinstance(refused.orig, CheckViolation):
            return ReversalRefusal.WOULD_BE_SHORT
        raise


def reverse_entry(session: Session, entry: LedgerEntry, *, reason: str) -> bool:
    """Book the opposite of `entry`, once; False where that was done before."""
    if _is_reversed(session, entry):
        return False
    postings = _postings(session, entry)
    opposite = NewEntry(
        key=f"reversal:{entry.id}",
        memo=f"undoes {entry.key}: {reason}"[:_LONGEST_MEMO],
        currency=postings[0][0].currency,
        at=legal_now(session, entry.court_id),
        postings=[
            Posting(Account(account.kind, account.subject), -amount) for account, amount in postings
        ],
        reverses_id=entry.id,
    )
    return bool(post_entries(session, entry.court_id, [opposite]))


def _why_not(found: Proposal | None, payload_hash: str, by: int) -> ReversalRefusal | None:
    if found is None or found.approved is not None:
        return ReversalRefusal.NO_SUCH_PROPOSAL
    if found.proposed_by == by:
        return ReversalRefusal.SAME_PERSON
    if found.payload_hash != payload_hash:
        return ReversalRefusal.CHANGED_MEANWHILE
    return None


def _find(session: Session, court_id: int, key: str) -> LedgerEntry | None:
    return session.scalars(
        select(LedgerEntry).where(LedgerEntry.court_id == court_id, LedgerEntry.key == key)
    ).one_or_none()


def _is_reversed(session: Session, entry: LedgerEntry) -> bool:
    later = select(LedgerEntry.id).where(LedgerEntry.reverses_id == entry.id)
    return session.scalars(later).one_or_none() is not None


def _postings(session: Session, entry: LedgerEntry) -> list[tuple[LedgerAccount, int]]:
    rows = session.execute(
        select(LedgerAccount, LedgerPosting.amount)
        .join(LedgerPosting, LedgerPosting.account_id == LedgerAccount.id)
        .where(LedgerPosting.entry_id == entry.id)
        .order_by(LedgerPosting.id)
    )
    return [(account, amount) for account, amount in rows]


def _as_shown(session: Session, entry: LedgerEntry) -> dict[str, Any]:
    return {
        "key": entry.key,
        "memo": entry.memo,
        "postings": [
            {
                "kind": account.kind,
                "subject": account.subject,
                "currency": account.currency,
                "amount": amount,
            }
            for account, amount in _postings(session, entry)
        ],
    }


def _note(session: Session, entry: LedgerEntry, action: str, by: int) -> None:
    record_act(
        session,
        actor="court",
        action=action,
        subject=f"entry:{entry.id}",
        court_id=entry.court_id,
        person_id=by,
        key=entry.key,
    )
