"""How one bid is decided (RULE-F5, RULE-G1, RULE-G5, RULE-G6, RULE-G8, RULE-K10).

What led when the last five minutes passed in silence is the price (RULE-G4). There is no event
that takes a bid back (RULE-G7), and none that bids by itself (RULE-G9).
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from auction_engine.invariants import ensure
from auction_engine.rulepacks.pack import LowerBids, Mechanic
from auction_engine.sale.bidders import Bidder
from auction_engine.sale.state import Sale


class RefusalReason(StrEnum):
    """Why a bid is refused, in the order in which it is checked."""

    NOT_OPEN_YET = "not_open_yet"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"
    SUSPENDED = "suspended"
    NOT_ADMITTED = "not_admitted"
    EXCLUDED = "excluded"
    BELOW_STARTING_PRICE = "below_starting_price"
    EQUAL_NEEDS_BETTER_PRIORITY = "equal_needs_better_priority"
    BELOW_MINIMUM = "below_minimum"
    NOT_A_MULTIPLE = "not_a_multiple"


_TELL_THE_MINIMUM = frozenset(
    {
        RefusalReason.BELOW_STARTING_PRICE,
        RefusalReason.BELOW_MINIMUM,
        RefusalReason.NOT_A_MULTIPLE,
    }
)


class Place(StrEnum):
    """Where an accepted bid stands."""

    LEADS = "leads"
    # Behind the leading bid, under a law that keeps lower bids for the case of a default.
    IN_RESERVE = "in_reserve"
    # Nobody knows before the end.
    SEALED = "sealed"


@dataclass(frozen=True, slots=True)
class BidAccepted:
    """The bid stands. `seq` numbers accepted bids from 1; `closes_at` is the end from now on."""

    at: datetime
    bidder: Bidder
    amount: int
    seq: int
    closes_at: datetime
    extended: bool
    place: Place = Place.LEADS


@dataclass(frozen=True, slots=True)
class BidRefused:
    """The bid changes nothing (RULE-G8). `minimum` is told where a higher amount would help."""

    at: datetime
    reason: RefusalReason
    minimum: int | None = None


BidDecision = BidAccepted | BidRefused


def decide_bid(sale: Sale, bidder: Bidder | None, amount: int, at: datetime) -> BidDecision:
    """Decide whether `amount`, offered at `at`, becomes the leading bid of `sale`.

    `bidder` is None when nobody admitted bids under the code that was used.
    """
    ensure(sale.last_at is None or sale.last_at <= at, "time does not step back in a sale")
    reason = _reason_to_refuse_time(sale, at) or _reason_to_refuse_bidder(bidder)
    if reason is None and bidder is not None:
        reason = _reason_to_refuse_amount(sale, bidder, amount)
    if reason is not None:
        minimum = minimum_bid(sale, bidder) if reason in _TELL_THE_MINIMUM else None
        return BidRefused(at=at, reason=reason, minimum=minimum)

    # From here on the bid stands: nothing below may turn it down.
    assert bidder is not None
    place = _place_of(sale, amount)
    closes_at, extended = _end_after_bid(sale, at, place)
    return BidAccepted(
        at=at,
        bidder=bidder,
        amount=amount,
        seq=sale.accepted + 1,
        closes_at=closes_at,
        extended=extended,
        place=place,
    )


def after_bid(sale: Sale, decision: BidDecision) -> Sale:
    """The sale once `decision`, made on this very `sale`, has been given."""
    if isinstance(decision, BidRefused):
        return replace(sale, refused=sale.refused + 1, last_at=decision.at)
    ensure(decision.seq == sale.accepted + 1, "a decision belongs to the sale it was made on")
    leads = decision.place is Place.LEADS
    return replace(
        sale,
        closes_at=decision.closes_at,
        leader=decision.bidder if leads else sale.leader,
        price=decision.amount if leads else sale.price,
        accepted=decision.seq,
        extensions=sale.extensions + decision.extended,
        last_at=decision.at,
        committed_at=decision.at,
    )


def minimum_bid(sale: Sale, bidder: Bidder | None) -> int:
    """The least amount `bidder` could offer now; a strictly better rank may match (RULE-F3).

    Where lower bids are kept, it is the least that would lead; where bids are sealed, any.
    """
    if sale.leader is None or sale.price is None:
        return sale.terms.starting_price
    if bidder is not None and bidder.outranks(sale.leader):
        return sale.price
    return sale.price + sale.terms.increment


def _reason_to_refuse_time(sale: Sale, at: datetime) -> RefusalReason | None:
    if at < sale.terms.opens_at:
        return RefusalReason.NOT_OPEN_YET
    if sale.has_ended_at(at):
        return RefusalReason.CLOSED
    if sale.is_withdrawn:
        return RefusalReason.WITHDRAWN
    if sale.is_suspended:
        return RefusalReason.SUSPENDED
    return None


def _reason_to_refuse_bidder(bidder: Bidder | None) -> RefusalReason | None:
    if bidder is None:
        return RefusalReason.NOT_ADMITTED
    if bidder.excluded is not None:
        return RefusalReason.EXCLUDED
    return None


def _reason_to_refuse_amount(sale: Sale, bidder: Bidder, amount: int) -> RefusalReason | None:
    terms, course = sale.terms, sale.terms.rules.course
    if amount < terms.starting_price:
        return RefusalReason.BELOW_STARTING_PRICE
    if course.mechanic is Mechanic.SEALED or course.lower_bids is LowerBids.RESERVED:
        # Whatever is offered stands: hidden until the end, or behind the best bid.
        return None
    if sale.leader is not None and sale.price is not None:
        if amount == sale.price:
            # Zero steps above the leading amount is a multiple, so this is the whole question.
            matches = bidder.outranks(sale.leader)
            return None if matches else RefusalReason.EQUAL_NEEDS_BETTER_PRIORITY
        # A better rank may match the leading amount, not land between it and the next step.
        if amount < sale.price + terms.increment:
            return RefusalReason.BELOW_MINIMUM
    base = terms.starting_price if sale.price is None else sale.price
    if terms.multiples_only and (amount - base) % terms.increment != 0:
        return RefusalReason.NOT_A_MULTIPLE
    return None


def _place_of(sale: Sale, amount: int) -> Place:
    if sale.terms.rules.course.mechanic is Mechanic.SEALED:
        return Place.SEALED
    if sale.terms.rules.course.lower_bids is LowerBids.REFUSED or sale.price is None:
        return Place.LEADS
    beats = amount >= sale.price + sale.terms.increment
    return Place.LEADS if beats else Place.IN_RESERVE


def _end_after_bid(sale: Sale, at: datetime, place: Place) -> tuple[datetime, bool]:
    """The end once a bid is accepted at `at`, and whether RULE-G5 moved it strictly later."""
    course = sale.terms.rules.course
    clock = course.first_bid_clock.get(sale.terms.round)
    if clock is not None and sale.leader is None:
        # The first bid starts the day's bidding, however far the 60 days reach (RULE-K10).
        return at + clock, False
    extension = course.extension
    if extension is None or place is not Place.LEADS or sale.closes_at - at > extension.window:
        return sale.closes_at, False
    closes_at = max(sale.closes_at, at + extension.length)
    if extension.cap is not None:
        # Counted from the end by the notice, or from the one that a stay has set since.
        closes_at = max(sale.closes_at, min(closes_at, sale.capped_from + extension.cap))
    return closes_at, closes_at > sale.closes_at
