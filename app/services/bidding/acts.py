"""What a court, or the platform in distress, does to a running sale: through the same journal.

A stay takes its place among the bids by its own arrival, so that a replay sees what life saw.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from app.models.journal import Entry
from app.services.bidding.desk import Desk, Unreachable
from auction_engine.sale.stopping import Ground


@dataclass(frozen=True, slots=True)
class Done:
    at: datetime
    closes_at: datetime


@dataclass(frozen=True, slots=True)
class OutOfPlace:
    """The act does not fit the sale as it stands; `field` says which part of it (RULE-L1 to L5)."""

    field: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """The database did not answer; ask again with the same key."""


ActAnswer = Done | OutOfPlace | Unknown


def suspend(desk: Desk, sale_id: int, *, reason: str, key: uuid.UUID) -> ActAnswer:
    """Stay a sale by the court (RULE-L1); `reason` is public and names nobody."""
    return _act(desk, Entry(sale_id, "suspend", key, details={"by": "court", "reason": reason}))


def resume(desk: Desk, sale_id: int, *, closes_at: datetime | None, key: uuid.UUID) -> ActAnswer:
    """End a stay (RULE-L4); with `closes_at` the court sets the new end itself (RULE-L5)."""
    details: dict[str, object] = {"by": "court"}
    if closes_at is not None:
        details["new_closes_at"] = closes_at.isoformat()
    return _act(desk, Entry(sale_id, "resume", key, details=details))


def withdraw(desk: Desk, sale_id: int, *, ground: Ground, reason: str, key: uuid.UUID) -> ActAnswer:
    """Take a sale back for good, on one of the grounds of the law (RULE-L6)."""
    details: dict[str, object] = {"by": "court", "reason": reason, "ground": ground.value}
    return _act(desk, Entry(sale_id, "withdraw", key, details=details))


def _act(desk: Desk, entry: Entry) -> ActAnswer:
    try:
        entered = desk.enter(entry)
        decision = desk.decision(entry.sale_id, entered.arrival_id)
    except Unreachable:
        return Unknown()
    if decision.accepted and decision.closes_at is not None:
        return Done(decision.at, decision.closes_at)
    field = (decision.reason or "").removeprefix("out_of_place:")
    return OutOfPlace(field)
