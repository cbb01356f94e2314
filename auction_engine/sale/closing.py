"""How a sale stands and how it ended: one bid is a sale (RULE-E2, RULE-H1), none a failure
(RULE-K1)."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from auction_engine.rulepacks.pack import Mechanic
from auction_engine.sale.award import buys_at_once
from auction_engine.sale.offers import Offer, ranking
from auction_engine.sale.state import Sale


class Status(StrEnum):
    WITHDRAWN = "withdrawn"
    SUSPENDED = "suspended"
    NOT_OPEN = "not_open"
    SOLD = "sold"
    # Bidding is over, and whether the best bid buys is still to be decided.
    PENDING_AWARD = "pending_award"
    UNSOLD = "unsold"
    OPEN = "open"


FINAL = frozenset({Status.SOLD, Status.PENDING_AWARD, Status.UNSOLD, Status.WITHDRAWN})


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
    if not sale.has_ended_at(moment) and as_of is not None:
        return Status.OPEN
    if sale.price is None:
        return Status.UNSOLD
    return Status.SOLD if buys_at_once(sale.terms, sale.price) else Status.PENDING_AWARD


def revealed(sale: Sale, offers: Iterable[Offer], as_of: datetime | None = None) -> Sale:
    """The sale with its best bidder, once it is over; until then nobody learns more than before.

    `offers` are the standing ones. Of an open sale everything was known already.
    """
    hidden = sale.terms.rules.course.mechanic is Mechanic.SEALED
    if not hidden or sale.is_withdrawn or sale.is_suspended:
        return sale
    if as_of is not None and not sale.has_ended_at(as_of):
        return sale
    best = next(iter(ranking(offers)), None)
    return sale if best is None else replace(sale, leader=best.bidder, price=best.amount)


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
