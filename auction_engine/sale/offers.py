"""What every bidder offers last: of a sealed sale the only thing that counts, and behind an open
one the line of those who stand in for a best bidder that does not pay."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from auction_engine.sale.bidders import Bidder


@dataclass(frozen=True, slots=True)
class Offer:
    """A bidder's standing bid. `seq` is the number of its acceptance: lower is earlier."""

    bidder: Bidder
    amount: int
    seq: int
    reserve: bool = False


def ranking(offers: Iterable[Offer]) -> list[Offer]:
    """The best first: by amount, equal amounts by who offered it earlier."""
    return sorted(offers, key=lambda offer: (-offer.amount, offer.seq))


def standing_offers(bids: Iterable[Offer]) -> Mapping[str, Offer]:
    """Of each bidder the last bid, which may be lower than an earlier one."""
    latest: dict[str, Offer] = {}
    for bid in sorted(bids, key=lambda each: each.seq):
        latest[bid.bidder.code] = bid
    return latest


def second_bidder(offers: Iterable[Offer], failed: Offer, lost_deposit: int) -> Offer | None:
    """Who stands in for `failed`: the best other offer held in reserve, if it and the deposit
    that is lost together reach the price that was not paid (LEC 652, 653)."""
    others = (
        offer for offer in offers if offer.reserve and offer.bidder.code != failed.bidder.code
    )
    best = next(iter(ranking(others)), None)
    if best is None or best.amount + lost_deposit < failed.amount:
        return None
    return best
