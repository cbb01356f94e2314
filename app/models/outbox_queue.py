"""Taking promises out of the outbox: one worker at a time, again after a failure, never lost.

A promise is claimed by one short statement that moves its next try into the future. Whoever
claimed it then calls the outside without a lock or a transaction; if that process dies, the
promise comes up again. Tries are spaced by real time, their order is that of legal deadlines.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

# Longer than the longest call with all its own retries.
LEASE = timedelta(seconds=180)
LONGEST_PAUSE_SECONDS = 300

_CLAIM = """
    UPDATE outbox SET tries = tries + 1, next_try_at = clock_timestamp() + :lease
    WHERE id = (
      SELECT id FROM outbox
      WHERE state = 'due' AND kind {which} AND next_try_at <= clock_timestamp()
      ORDER BY deadline_at NULLS FIRST, id LIMIT 1 FOR UPDATE SKIP LOCKED
    ) RETURNING id, public_id, kind, key, payload, court_id, tries"""
# Of one kind the most urgent is the first in an index, however many thousand are due.
_CLAIM_ONE_KIND = text(_CLAIM.format(which="= :kind"))
_CLAIM_ANY = text(_CLAIM.format(which="= ANY (:kinds)"))


@dataclass(frozen=True, slots=True)
class Claim:
    """A promise that this process alone works on, until its lease is over."""

    id: int
    public_id: str
    kind: str
    key: str
    payload: dict[str, Any]
    court_id: int | None
    tries: int


def claim_due(session: Session, kinds: Sequence[str]) -> Claim | None:
    """The most urgent promise of these kinds that is due now, or None. The caller commits."""
    if len(kinds) == 1:
        found = session.execute(_CLAIM_ONE_KIND, {"kind": kinds[0], "lease": LEASE})
    else:
        found = session.execute(_CLAIM_ANY, {"kinds": list(kinds), "lease": LEASE})
    row = found.one_or_none()
    return Claim(*row) if row is not None else None


def finish(session: Session, claim_id: int, answer: str) -> None:
    """Kept: with the effect in one transaction, so that neither is there without the other."""
    session.execute(
        text(
            "UPDATE outbox SET state = 'done', done_at = clock_timestamp(), last_answer = :answer"
            " WHERE id = :id AND state <> 'done'"
        ),
        {"id": claim_id, "answer": answer[:500]},
    )


def postpone(session: Session, claim_id: int, answer: str, seconds: float) -> None:
    """Try again later; what was answered stays to be read (operator's queue)."""
    session.execute(
        text(
            "UPDATE outbox SET next_try_at = clock_timestamp() + :pause, last_answer = :answer"
            " WHERE id = :id AND state = 'due'"
        ),
        {"id": claim_id, "answer": answer[:500], "pause": timedelta(seconds=seconds)},
    )


def park(session: Session, claim_id: int, answer: str) -> None:
    """Trying again cannot help: a person has to look."""
    session.execute(
        text(
            "UPDATE outbox SET state = 'parked', last_answer = :answer"
            " WHERE id = :id AND state = 'due'"
        ),
        {"id": claim_id, "answer": answer[:500]},
    )


def pause_after(tries: int) -> float:
    """2, 4, 8 … seconds, never more than five minutes."""
    return float(min(2 ** min(tries, 10), LONGEST_PAUSE_SECONDS))
