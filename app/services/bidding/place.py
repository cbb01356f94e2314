"""Place a bid: into the journal, wait for the decision, answer."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from app.models.journal import Decided, Entry
from app.services.bidding.desk import Desk, Unreachable


@dataclass(frozen=True, slots=True)
class Offer:
    """A bid as it was sent. `amount` is None where what was `typed` is no amount of money."""

    sale_id: int
    registration_id: int
    amount: int | None
    typed: str | None
    key: uuid.UUID
    reserve: bool = False


@dataclass(frozen=True, slots=True)
class Accepted:
    arrival_id: int
    arrived_at: datetime
    seq: int
    closes_at: datetime


@dataclass(frozen=True, slots=True)
class Refused:
    """`reason` is one of the contract's, or `not_an_amount`; `minimum` is the next valid amount."""

    arrival_id: int
    arrived_at: datetime
    reason: str
    minimum: int | None


@dataclass(frozen=True, slots=True)
class KeyReused:
    """The key belongs to another bid: nothing was entered (INV-A13)."""


@dataclass(frozen=True, slots=True)
class DepositGone:
    """A card holder's bank took the deposit back: nothing was entered (RULE-E3).

    The engine knows no event that ends an admission, and the transcript stays what anybody can
    replay; so the journal itself does not take the bid, and a bid made before stands.
    """


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nobody can say now whether the bid stands. Ask again with the same key; do not bid anew."""


Answer = Accepted | Refused | KeyReused | DepositGone | Unknown

# The largest amount that the database and the contract can hold.
LARGEST_AMOUNT = 2**63 - 1


def place_bid(desk: Desk, offer: Offer) -> Answer:
    """Enter `offer` and answer with its decision; the same key gives the same answer."""
    try:
        entered = desk.enter(as_entry(offer))
        if entered.is_barred:
            return DepositGone()
        if not entered.is_same:
            return KeyReused()
        decision = desk.decision(offer.sale_id, entered.arrival_id)
    except Unreachable:
        return Unknown()
    return as_answer(decision, entered.arrived_at)


def as_entry(offer: Offer) -> Entry:
    """The offer as the journal holds it, and knows it again under its key."""
    return Entry(
        sale_id=offer.sale_id,
        kind="bid",
        key=offer.key,
        registration_id=offer.registration_id,
        amount=offer.amount,
        typed=offer.typed[:80] if offer.typed is not None and offer.amount is None else None,
        details={"reserve": True} if offer.reserve else None,
    )


def as_answer(decision: Decided, arrived_at: datetime) -> Answer:
    if decision.accepted:
        assert decision.seq is not None and decision.closes_at is not None
        return Accepted(decision.arrival_id, arrived_at, decision.seq, decision.closes_at)
    assert decision.reason is not None
    return Refused(decision.arrival_id, arrived_at, decision.reason, decision.minimum)
