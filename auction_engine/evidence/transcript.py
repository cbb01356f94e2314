"""The lines of a transcript, made one by one while a sale runs or all at once afterwards.

    line = opening_line(terms, bidders)
    line = step_line(line.n + 1, line.hash, step)
    line = outcome_line(line.n + 1, line.hash, outcome)

A platform stores `line.text` as it is. Of each line only its number and hash are needed to make
the next one.
"""

from collections.abc import Iterable
from typing import Any, Final

from auction_engine.documents.moments import write_moment
from auction_engine.evidence.chain import GENESIS, Line, seal
from auction_engine.sale.bidders import Bidder
from auction_engine.sale.bidding import BidAccepted, BidDecision, Place
from auction_engine.sale.closing import Outcome, Standing
from auction_engine.sale.course import Step
from auction_engine.sale.events import Admit, Bid, Event, Resume, Suspend, Withdraw
from auction_engine.sale.terms import SaleTerms

FORMAT: Final = "auction-transcript/1"


def opening_line(terms: SaleTerms, bidders: Iterable[Bidder] = ()) -> Line:
    """Line 0. A live transcript names no bidder here (their number would leak)."""
    content = {
        "format": FORMAT,
        "type": "sale",
        "rules": terms.rules.id,
        "sale": _terms_object(terms),
        "bidders": [_bidder_object(b) for b in sorted(bidders, key=lambda b: b.code)],
    }
    return seal(content, 0, GENESIS)


def step_line(n: int, prev: str, step: Step) -> Line:
    """The line of an event that has happened, with what was decided."""
    content = _event_object(step.event)
    if step.decision is not None:
        content["decision"] = decision_object(step.decision)
    elif isinstance(step.event, Resume):
        content["decision"] = {"closes_at": write_moment(step.sale.closes_at)}
    return seal(content, n, prev)


def outcome_line(n: int, prev: str, outcome: Outcome) -> Line:
    """The last line of a sale that is over; nothing stands after it."""
    content = {
        "type": "outcome",
        "at": write_moment(outcome.at),
        **standing_object(outcome.standing),
    }
    return seal(content, n, prev)


def decision_object(decision: BidDecision) -> dict[str, Any]:
    """A decision as results and transcripts write it."""
    if isinstance(decision, BidAccepted):
        closes_at = write_moment(decision.closes_at)
        accepted = {"accepted": True, "seq": decision.seq, "closes_at": closes_at}
        return accepted | ({"in_reserve": True} if decision.place is Place.IN_RESERVE else {})
    refused: dict[str, Any] = {"accepted": False, "reason": decision.reason.value}
    if decision.minimum is not None:
        refused["minimum"] = decision.minimum
    return refused


def standing_object(standing: Standing) -> dict[str, Any]:
    """How a sale stands, as results and outcomes write it; the only place with nulls."""
    return {
        "status": standing.status.value,
        "leader": standing.leader,
        "winner": standing.winner,
        "price": standing.price,
        "closes_at": write_moment(standing.closes_at),
        "extensions": standing.extensions,
        "accepted": standing.accepted,
        "refused": standing.refused,
    }


def _terms_object(terms: SaleTerms) -> dict[str, Any]:
    """The terms that the pack's notices fix, each written whether it was given or left out."""
    written = {
        "property_kind": terms.property_kind.value,
        "round": terms.round.value,
        "currency": terms.currency,
        "starting_price": terms.starting_price,
        "increment": terms.increment,
        "multiples_only": terms.multiples_only,
        "opens_at": write_moment(terms.opens_at),
        "closes_at": write_moment(terms.closes_at),
        "value": terms.value,
    }
    return {key: value for key, value in written.items() if key in terms.rules.course.terms}


def _bidder_object(bidder: Bidder) -> dict[str, Any]:
    return _without_none(
        {
            "code": bidder.code,
            "priority_rank": bidder.priority_rank,
            "excluded": bidder.excluded,
        }
    )


def _event_object(event: Event) -> dict[str, Any]:
    at = write_moment(event.at)
    match event:
        case Bid():
            bid = {"type": "bid", "at": at, "bidder": event.code, "amount": event.amount}
            return bid | ({"reserve": True} if event.reserve else {})
        case Admit():
            admitted = {"type": "admit", "at": at, "bidder": event.code}
            return _without_none({**admitted, "priority_rank": event.priority_rank})
        case Suspend():
            since = None if event.since is None else write_moment(event.since)
            stay = {"type": "suspend", "at": at, "by": event.by.value, "reason": event.reason}
            return _without_none({**stay, "since": since})
        case Resume():
            closes_at = None if event.closes_at is None else write_moment(event.closes_at)
            return _without_none({"type": "resume", "at": at, "closes_at": closes_at})
        case Withdraw():
            return {"type": "withdraw", "at": at, "by": event.by.value, "reason": event.reason}


def _without_none(values: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value is not None}
