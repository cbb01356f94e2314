"""One's own bids, as pages and programs are told of them."""

from __future__ import annotations

from typing import Any

from flask import url_for

from app.models.journal import Decided
from app.queries.bidder import Attempt, FrozenTerms
from app.services.bidding.place import Answer, KeyReused, Offer, Unknown, as_answer, as_entry
from app.web.bidder.words import refused_bid


def lowest_that_counts(
    terms: FrozenTerms, reason: str, amount: int | None, minimum: int | None
) -> int | None:
    """The next valid amount after a refusal, where a higher amount would help at all."""
    if minimum is None and reason == "equal_needs_better_priority" and amount is not None:
        # The amount offered was the leading one: one step above it counts.
        return amount + terms.increment
    return minimum


def answer_to(offer: Offer, attempt: Attempt) -> Answer:
    """What `place_bid` answers to an offer whose key is known already."""
    entry, decision = as_entry(offer), attempt.decision
    if (attempt.amount, attempt.typed) != (entry.amount, entry.typed):
        return KeyReused()
    if decision is None:
        return Unknown()
    decided = Decided(*(getattr(decision, name) for name in Decided.__slots__))
    return as_answer(decided, attempt.arrived_at)


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
            "seq": None if terms.are_sealed else decision.seq,
            "closes_at": closes_at,
        }
    reason = decision.reason or ""
    minimum = lowest_that_counts(terms, reason, attempt.amount, decision.minimum)
    words = refused_bid(reason, terms.currency, minimum)
    return told | {
        "status": "refused",
        "accepted": False,
        "reason": decision.reason,
        "message": words.text,
        "rule": words.rule,
        "what_now": words.what_now,
        "minimum_minor": minimum,
    }
