"""How a sale stands and how it ended (RULE-H1, RULE-K1)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from auction_engine.sale.state import Sale


class Status(StrEnum):
    WITHDRAWN = "withdrawn"
    SUSPENDED = "suspended"
    NOT_OPEN = "not_open"
    SOLD = "sold"
    UNSOLD = "unsold"
    OPEN = "open"


FINAL = frozenset({Status.SOLD, Status.UNSOLD, Status.WITHDRAWN})


@dataclass(frozen=True, slots=True)
class Standing:
    """What a result and an outcome say about a sale; `winner` only when it is sold."""

    status: Status
    leader: str | None
    winner: str | None
    price: int | None
    closes_at: datetime
    extensions: int
    accepted: int
    refused: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """The end of a sale for good: at its end, or at the moment of its withdrawal."""

    at: datetime
    standing: Standing


def status(sale: Sale, as_of: datetime | None = None) -> Status:
    """The status at `as_of`; without it, once the end (or the stay that stands) is reached."""
    if sale.is_withdrawn:
        return Status.WITHDRAWN
    if sale.is_suspended:
        return Status.SUSPENDED
    moment = sale.closes_at if as_of is None else as_of
    if moment < sale.terms.opens_at:
        return Status.NOT_OPEN
    if moment < sale.closes_at:
        return Status.OPEN
    return Status.UNSOLD if sale.leader is None else Status.SOLD


def standing(sale: Sale, as_of: datetime | None = None) -> Standing:
    """Everything a result says about the sale at `as_of`."""
    now = status(sale, as_of)
    leader = None if sale.leader is None else sale.leader.code
    return Standing(
        status=now,
        leader=leader,
        winner=leader if now is Status.SOLD else None,
        price=sale.price,
        closes_at=sale.closes_at,
        extensions=sale.extensions,
        accepted=sale.accepted,
        refused=sale.refused,
    )


def outcome(sale: Sale, as_of: datetime | None = None) -> Outcome | None:
    """The outcome if the sale is over at `as_of`, else None."""
    stands = standing(sale, as_of)
    if stands.status not in FINAL:
        return None
    return Outcome(at=sale.withdrawn_at or sale.closes_at, standing=stands)
