"""Which bid moved a sale's end: an extension is shown with its cause."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any


def moved_by(bids: Sequence[Any], closes_at: datetime, extensions: int) -> dict[str, Any] | None:
    """The bid to which the present end is owed, and the end before it where that is known.

    `bids` are newest first and know their `seq`, `at` and the `closes_at` they left. An end that
    no bid left was set by the court.
    """
    with_this_end = [bid for bid in bids if bid.closes_at == closes_at]
    if not extensions or not with_this_end:
        return None
    cause, earlier = with_this_end[-1], bids[len(with_this_end) :]
    if not earlier and cause.seq > 1:
        return None  # the list does not reach back to it
    before = earlier[0].closes_at if earlier else None
    return {"seq": cause.seq, "at": cause.at, "before": before}
