"""The course of a sale: one event after another, each decided by the function that owns it."""

from dataclasses import dataclass
from datetime import datetime

from auction_engine.sale.bidders import Bidder
from auction_engine.sale.bidding import BidAccepted, BidDecision, after_bid, decide_bid
from auction_engine.sale.closing import revealed
from auction_engine.sale.events import Admit, Bid, Event, Resume, Suspend, Withdraw
from auction_engine.sale.offers import Offer
from auction_engine.sale.state import Sale
from auction_engine.sale.stays import OutOfPlace, admit, resume, suspend, withdraw


@dataclass(frozen=True, slots=True)
class Step:
    """An event that has happened, the sale after it, and for a bid what was decided."""

    event: Event
    sale: Sale
    decision: BidDecision | None = None


def take(sale: Sale, event: Event, bidder: Bidder | None = None) -> Step | OutOfPlace:
    """Let `event` happen to `sale`. `bidder` is whoever is known under the code of the event."""
    if isinstance(event, Bid):
        decision = decide_bid(sale, bidder, event.amount, event.at)
        return Step(event, after_bid(sale, decision), decision)
    following = _sale_after(sale, event, bidder)
    return following if isinstance(following, OutOfPlace) else Step(event, following)


def _sale_after(
    sale: Sale, event: Suspend | Resume | Withdraw | Admit, bidder: Bidder | None
) -> Sale | OutOfPlace:
    match event:
        case Suspend():
            return suspend(sale, event)
        case Resume():
            return resume(sale, event)
        case Withdraw():
            return withdraw(sale, event)
        case Admit():
            return admit(sale, event, bidder)


class Course:
    """A sale being replayed: the sale, the bidders known so far, and what each offers last."""

    def __init__(self, sale: Sale, bidders: tuple[Bidder, ...] = ()) -> None:
        self.sale = sale
        self.offers: dict[str, Offer] = {}
        self._bidders = {bidder.code: bidder for bidder in bidders}

    def take(self, event: Event) -> Step | OutOfPlace:
        """Let the next event happen; one that is out of place leaves everything as it was."""
        code = event.code if isinstance(event, Bid | Admit) else None
        step = take(self.sale, event, self._bidders.get(code) if code is not None else None)
        if isinstance(step, Step):
            self.sale = step.sale
            if isinstance(event, Admit):
                self._bidders[event.code] = Bidder(event.code, event.priority_rank)
            if isinstance(step.decision, BidAccepted):
                self._keep(step.decision, event)
        return step

    def revealed(self, as_of: datetime | None = None) -> Sale:
        """The sale as everybody may know it: a sealed one shows its best bid once it is over."""
        return revealed(self.sale, self.offers.values(), as_of)

    def _keep(self, accepted: BidAccepted, event: Event) -> None:
        self.offers[accepted.bidder.code] = Offer(
            accepted.bidder,
            accepted.amount,
            accepted.seq,
            isinstance(event, Bid) and event.reserve,
        )
