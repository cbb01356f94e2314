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

# Longer than the longest call with its own retry (gateways/payments): what a dead worker had in its
# hands is taken up by another within half a minute. Asked twice, the provider knows the key.
LEASE = timedelta(seconds=30)
# A mail server knows no key, so nobody else tries while a slow one may still be taking the letter.
LEASE_OF_A_LETTER = timedelta(seconds=180)
LONGEST_PAUSE_SECONDS = 300

_CLAIM = """
    WITH urgent AS MATERIALIZED (
      SELECT id FROM outbox
      WHERE state = 'due' AND kind {which} AND next_try_at <= clock_timestamp()
      ORDER BY deadline_at NULLS FIRST, id LIMIT :many FOR UPDATE SKIP LOCKED
    ), claimed AS (
      UPDATE outbox o SET tries = o.tries + 1, next_try_at = clock_timestamp() + :lease
      FROM urgent WHERE o.id = urgent.id
      RETURNING o.id, o.public_id, o.kind, o.key, o.payload, o.court_id, o.tries, o.deadline_at
    )
    SELECT id, public_id, kind, key, payload, court_id, tries FROM claimed
    ORDER BY deadline_at NULLS FIRST, id"""
# Of one kind the most urgent is the first in an index, however many thousand are due.
_CLAIM_ONE_KIND = text(_CLAIM.format(which="= :kind"))
_CLAIM_ANY = text(_CLAIM.format(which="= ANY (:kinds)"))

_REPORT = text("""
    UPDATE outbox o SET state = said.state, last_answer = said.answer,
      done_at = CASE WHEN said.state = 'done' THEN clock_timestamp() ELSE o.done_at END,
      next_try_at = coalesce(
        clock_timestamp() + make_interval(secs => said.pause), o.next_try_at)
    FROM unnest(
      CAST(:ids AS bigint[]), CAST(:states AS text[]), CAST(:answers AS text[]),
      CAST(:pauses AS double precision[])
    ) AS said (id, state, answer, pause)
    WHERE o.id = said.id AND (o.state = 'due' OR (o.state = 'parked' AND said.state = 'done'))""")


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


@dataclass(frozen=True, slots=True)
class Report:
    """What became of a promise that was claimed: it is `done`, `due` again, or `parked`."""

    claim_id: int
    state: str
    answer: str
    pause_seconds: float | None = None


def kept(claim_id: int, answer: str) -> Report:
    """Kept: with the effect in one transaction, so that neither is there without the other."""
    return Report(claim_id, "done", answer)


def again(claim_id: int, answer: str, seconds: float) -> Report:
    """Try again later; what was answered stays to be read (operator's queue)."""
    return Report(claim_id, "due", answer, seconds)


def hopeless(claim_id: int, answer: str) -> Report:
    """Trying again cannot help: a person has to look."""
    return Report(claim_id, "parked", answer)


def claim_due(session: Session, kinds: Sequence[str]) -> Claim | None:
    """The most urgent promise of these kinds that is due now, or None. The caller commits."""
    return next(iter(claim_some(session, kinds, 1)), None)


def claim_some(session: Session, kinds: Sequence[str], many: int) -> list[Claim]:
    """At most so many promises that are due now, the most urgent first. The caller commits."""
    lease = LEASE_OF_A_LETTER if "letter" in kinds else LEASE
    if len(kinds) == 1:
        found = session.execute(_CLAIM_ONE_KIND, {"kind": kinds[0], "lease": lease, "many": many})
    else:
        found = session.execute(_CLAIM_ANY, {"kinds": list(kinds), "lease": lease, "many": many})
    return [Claim(*row) for row in found]


def report(session: Session, reports: Sequence[Report]) -> None:
    """Write down what became of promises, in one statement. What is done stays done, and what a
    person parked meanwhile is not tried again because of an old answer."""
    if not reports:
        return
    session.execute(
        _REPORT,
        {
            "ids": [one.claim_id for one in reports],
            "states": [one.state for one in reports],
            "answers": [one.answer[:500] for one in reports],
            "pauses": [one.pause_seconds for one in reports],
        },
    )


def finish(session: Session, claim_id: int, answer: str) -> None:
    report(session, [kept(claim_id, answer)])


def postpone(session: Session, claim_id: int, answer: str, seconds: float) -> None:
    report(session, [again(claim_id, answer, seconds)])


def park(session: Session, claim_id: int, answer: str) -> None:
    report(session, [hopeless(claim_id, answer)])


def pause_after(tries: int) -> float:
    """2, 4, 8 … seconds, never more than five minutes."""
    return float(min(2 ** min(tries, 10), LONGEST_PAUSE_SECONDS))
