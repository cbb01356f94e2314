"""One's own bids, as pages and programs are told of them."""

from __future__ import annotations

from typing import Any

from flask import url_for

from app.queries.bidder import Attempt, FrozenTerms
from app.web.bidder.words import refused_bid


def as_json(attempt: Attempt, terms: FrozenTerms) -> dict[str, Any]:
    """The same words as the answer to the bid itself."""
    told: dict[str, Any] = {
        "status": "waiting",
        "key": str(attempt.key),
        "amount_minor": attempt.amount,
        "arrived_at": attempt.arrived_at.isoformat(),
        "receipt_url": url_for("bidder.receipt", sale=terms.public_id, bid=attempt.key),
    }
    decision = attempt.decision
    if decision is None:
        return told
    if decision.accepted:
        closes_at = decision.closes_at.isoformat() if decision.closes_at else None
        return told | {
            "status": "accepted",
            "accepted": True,
            "seq": decision.seq,
            "closes_at": closes_at,
        }
    words = refused_bid(decision.reason or "", terms.currency, decision.minimum)
    return told | {
        "status": "refused",
        "accepted": False,
        "reason": decision.reason,
        "message": words.text,
        "rule": words.rule,
        "what_now": words.what_now,
        "minimum_minor": decision.minimum,
    }
