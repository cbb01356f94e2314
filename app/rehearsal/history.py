"""A recorded auction to be played again: the file, read strictly."""

from __future__ import annotations

import itertools
import json
import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

# The least time of bidding that the law allows (RULE-G2); an earlier opening changes no decision.
LEAST_BIDDING = timedelta(hours=24)


class HistoryUnusable(Exception):
    """The file is no recorded auction; the message names the field."""


@dataclass(frozen=True, slots=True)
class RecordedBid:
    seq: int
    at: datetime
    bidder: str
    amount: int


@dataclass(frozen=True, slots=True)
class History:
    """What happened, and what must come out again."""

    id: str
    description: str
    currency: str
    opens_at: datetime
    closes_at: datetime
    increment: int
    bids: tuple[RecordedBid, ...]
    winner: str
    price: int
    extensions: int | None
    closed_at: datetime | None

    @property
    def bidders(self) -> tuple[str, ...]:
        """Everybody who bid, in the order of their first bid."""
        return tuple(dict.fromkeys(bid.bidder for bid in self.bids))

    @property
    def starting_price(self) -> int:
        """The first bid: the lowest price that is known."""
        return self.bids[0].amount


def read_history(path: Path) -> History:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, ValueError) as wrong:
        raise HistoryUnusable(f"{path}: {wrong}") from wrong
    if not isinstance(document, dict):
        raise HistoryUnusable(f"{path}: a recorded auction is an object")
    rules, observed = _part(document, "rules_assumed"), _part(document, "observed")
    derived = document.get("derived_under_assumed_rules") or {}
    bids = _bids(document)
    closes_at = _moment(rules, "scheduled_end", "rules_assumed")
    closed = derived.get("close_at")
    return History(
        id=str(document.get("id") or path.stem),
        description=str(document.get("description") or ""),
        currency=str(document.get("currency") or "CNY"),
        opens_at=_opening(bids, closes_at),
        closes_at=closes_at,
        increment=_increment(rules, bids),
        bids=bids,
        winner=str(observed.get("winner", bids[-1].bidder)),
        price=_whole(observed, "hammer_fen", "observed"),
        extensions=derived.get("extensions"),
        closed_at=datetime.fromisoformat(closed) if closed else None,
    )


def _opening(bids: tuple[RecordedBid, ...], closes_at: datetime) -> datetime:
    """No later than the first bid's full hour, and a whole day before the end at the least."""
    first = bids[0].at.replace(minute=0, second=0, microsecond=0)
    return min(first, closes_at - LEAST_BIDDING)


def _bids(document: dict[str, Any]) -> tuple[RecordedBid, ...]:
    listed = document.get("bids")
    if not isinstance(listed, list) or not listed:
        raise HistoryUnusable("bids: a list with at least one bid is needed")
    read = [_bid(place, bid) for place, bid in enumerate(listed)]
    return tuple(sorted(read, key=lambda bid: bid.seq))


def _bid(place: int, bid: Any) -> RecordedBid:
    where = f"bids[{place}]"
    if not isinstance(bid, dict):
        raise HistoryUnusable(f"{where}: a bid is an object")
    if not isinstance(bid.get("bidder"), str) or not bid["bidder"]:
        raise HistoryUnusable(f"{where}.bidder: a name is needed")
    return RecordedBid(
        seq=_whole(bid, "seq", where),
        at=_moment(bid, "at", where),
        bidder=bid["bidder"],
        amount=_whole(bid, "amount_fen", where),
    )


def _increment(rules: dict[str, Any], bids: tuple[RecordedBid, ...]) -> int:
    """As recorded; where it is not, the greatest step that every rise is a multiple of."""
    if "increment_fen" in rules:
        return _whole(rules, "increment_fen", "rules_assumed")
    steps = [later.amount - bid.amount for bid, later in itertools.pairwise(bids)]
    return math.gcd(*steps) or 1 if steps else 1


def _part(document: dict[str, Any], name: str) -> dict[str, Any]:
    part = document.get(name)
    if not isinstance(part, dict):
        raise HistoryUnusable(f"{name}: an object is needed")
    return part


def _whole(part: dict[str, Any], name: str, where: str) -> int:
    value = part.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise HistoryUnusable(f"{where}.{name}: a whole number of at least 1 is needed")
    return value


def _moment(part: dict[str, Any], name: str, where: str) -> datetime:
    try:
        moment = datetime.fromisoformat(str(part.get(name)))
    except ValueError as wrong:
        raise HistoryUnusable(f"{where}.{name}: a moment with its offset is needed") from wrong
    if moment.tzinfo is None:
        raise HistoryUnusable(f"{where}.{name}: the offset is missing")
    return moment
