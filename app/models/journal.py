"""The journal: what enters a sale, stamped by the database's clock before anything is decided."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select, text
from sqlalchemy.orm import Session

from app.models.bidding import Admission, Arrival, Decision, Registration, Undecided

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
    """The arrival under an entry's key. Not `is_same`: the key belongs to something else.

    `is_barred`: nothing was entered, because the money behind the bidder's deposit was taken back.
    """

    arrival_id: int
    arrived_at: datetime
    is_new: bool
    is_same: bool
    is_barred: bool = False


def enter_arrivals(connection: Connection | Session, entries: Sequence[Entry]) -> list[Entered]:
    """Journal `entries` in order, in one statement; from its commit on they exist (RULE-G3)."""
    rows = connection.execute(
        text("SELECT * FROM enter_arrivals(CAST(:entries AS jsonb))"),
        {"entries": json.dumps([_as_json(entry) for entry in entries])},
    ).all()
    return [
        Entered(
            row.arrival_id,
            row.stamped_at,
            is_new=row.is_new,
            is_same=row.is_same,
            is_barred=row.arrival_id is None,
        )
        for row in rows
    ]


# An arrival without a decision, with the bidder whom it names as the rows stand now.
Waiting = Row[Any]

_NEXT = (
    select(
        Arrival.id,
        Arrival.sale_id,
        Arrival.kind,
        Arrival.registration_id,
        Arrival.amount,
        Arrival.details,
        Arrival.arrived_at,
        Registration.code,
        Registration.priority_rank,
        Registration.excluded,
        Admission.registration_id.is_not(None).label("is_admitted"),
        Admission.named_n,
    )
    .join(Undecided, Undecided.arrival_id == Arrival.id)
    .outerjoin(Registration, Registration.id == Arrival.registration_id)
    .outerjoin(Admission, Admission.registration_id == Registration.id)
    .order_by(Arrival.arrived_at, Arrival.id)
    .limit(BATCH)
)


def find_undecided(session: Session, sale_id: int, last: int) -> Sequence[Waiting]:
    """The next arrivals to decide, none behind `last`, in the order of their arrival."""
    return session.execute(
        _NEXT.where(Undecided.sale_id == sale_id, Undecided.arrival_id <= last)
    ).all()


@dataclass(frozen=True, slots=True)
class Decided:
    """The one answer to an arrival, as whoever sent it waits for it (INV-A2)."""

    arrival_id: int
    at: datetime
    accepted: bool
    reason: str | None
    minimum: int | None
    seq: int | None
    closes_at: datetime | None


def decided_by(row: Mapping[str, Any]) -> Decided:
    """The answer in a row that was just written."""
    return Decided(**{name: row[name] for name in Decided.__slots__})


def find_decisions(session: Session, arrival_ids: Sequence[int]) -> dict[int, Decided]:
    found = session.execute(
        select(
            Decision.arrival_id,
            Decision.at,
            Decision.accepted,
            Decision.reason,
            Decision.minimum,
            Decision.seq,
            Decision.closes_at,
        ).where(Decision.arrival_id.in_(arrival_ids))
    )
    return {row.arrival_id: Decided(*row) for row in found}


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
