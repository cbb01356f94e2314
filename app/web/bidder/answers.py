"""What a program is told of its bid, from either lane: the same words in the same bytes."""

from __future__ import annotations

from typing import Any

import orjson

from app.queries.bidder import FrozenTerms
from app.services.bidding.place import Accepted, Refused
from app.web.bidder.amounts import nearest
from app.web.bidder.attempts import lowest_that_counts
from app.web.bidder.posted import Posted
from app.web.bidder.words import Words


def written(told: dict[str, Any]) -> bytes:
    """One answer, one text: asked again under the same key, not a byte is different."""
    return orjson.dumps(told, option=orjson.OPT_SORT_KEYS)


def accepted(
    terms: FrozenTerms, posted: Posted, answer: Accepted, receipt_url: str
) -> dict[str, Any]:
    return {
        "status": "accepted",
        "accepted": True,
        "key": str(posted.key),
        "amount_minor": posted.read.amount,
        # The number of a sealed bid would tell how many there are.
        "seq": None if terms.are_sealed else answer.seq,
        "arrived_at": answer.arrived_at.isoformat(),
        "closes_at": answer.closes_at.isoformat(),
        "receipt_url": receipt_url,
    }


def refused(
    terms: FrozenTerms,
    posted: Posted,
    answer: Refused,
    *,
    words: Words,
    minimum: int | None,
    receipt_url: str,
) -> dict[str, Any]:
    return {
        "status": "refused",
        "accepted": False,
        "key": str(posted.key),
        "amount_minor": posted.read.amount,
        "reason": answer.reason,
        "message": words.text,
        "rule": words.rule,
        "what_now": words.what_now,
        "minimum_minor": minimum,
        "nearest_minor": _nearest(terms, posted.read.amount, minimum),
        "arrived_at": answer.arrived_at.isoformat(),
        "receipt_url": receipt_url,
    }


def unknown(posted: Posted) -> dict[str, Any]:
    return {"status": "unknown", "ask_again": True, "key": str(posted.key)}


def minimum_after(terms: FrozenTerms, posted: Posted, answer: Refused) -> int | None:
    """The lowest amount that counts, where a higher one would help."""
    return lowest_that_counts(terms, answer.reason, posted.read.amount, answer.minimum)


def _nearest(terms: FrozenTerms, offered: int | None, minimum: int | None) -> list[int]:
    """The valid amounts around the one offered, where there are any."""
    if minimum is None:
        return []
    # The minimum itself stands on the grid of steps.
    return list(nearest(offered or 0, base=minimum, increment=terms.increment, minimum=minimum))
