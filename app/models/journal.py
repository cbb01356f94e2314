"""The journal: what enters a sale, stamped by the database's clock before anything is decided."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, select, text
from sqlalchemy.orm import Session

from app.models.bidding import Arrival, Decision, Undecided

# How much one commit decides: large enough to carry a flood, small enough to answer it in time.
BATCH = 500


@dataclass(frozen=True, slots=True)
class Entry:
    """Something on its way into a sale's journal. `typed` is kept where there is no amount."""

    sale_id: int
    kind: str
    key: uuid.UUID
    registration_id: int | None = None
    amount: int | None = None
    typed: str | None = None
    details: dict[str, object] | None = None


@dataclass(frozen=True, slots=True)
class Entered:
    """The arrival under an entry's key. Not `is_same`: the key belongs to something else."""

    arrival_id: int
    arrived_at: datetime
    is_new: bool
    is_same: bool


def enter_arrivals(connection: Connection | Session, entries: Sequence[Entry]) -> list[Entered]:
    """Journal `entries` in order, in one statement; from its commit on they exist (RULE-G3)."""
    rows = connection.execute(
        text("SELECT * FROM enter_arrivals(CAST(:entries AS jsonb))"),
        {"entries": json.dumps([_as_json(entry) for entry in entries])},
    ).all()
    return [
        Entered(row.arrival_id, row.stamped_at, is_new=row.is_new, is_same=row.is_same)
        for row in rows
    ]


def find_undecided(session: Session, sale_id: int) -> list[Arrival]:
    """The next arrivals to decide, in the order of their arrival."""
    return list(
        session.scalars(
            select(Arrival)
            .join(Undecided, Undecided.arrival_id == Arrival.id)
            .where(Undecided.sale_id == sale_id)
            .order_by(Arrival.arrived_at, Arrival.id)
            .limit(BATCH)
        )
    )


def forget_undecided(session: Session, arrivals: Sequence[Arrival]) -> None:
    ids = [arrival.id for arrival in arrivals]
    session.execute(delete(Undecided).where(Undecided.arrival_id.in_(ids)))


def find_decisions(session: Session, arrival_ids: Sequence[int]) -> dict[int, Decision]:
    found = session.scalars(select(Decision).where(Decision.arrival_id.in_(arrival_ids)))
    return {decision.arrival_id: decision for decision in found}


def _as_json(entry: Entry) -> dict[str, object]:
    return {
        "sale": entry.sale_id,
        "kind": entry.kind,
        "registration": entry.registration_id,
        "amount": entry.amount,
        "typed": entry.typed,
        "details": entry.details,
        "key": str(entry.key),
    }
