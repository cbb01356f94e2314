"""The bid room of a sealed sale: one's own bid, and nothing of anybody else's (docs/packs.md)."""

from __future__ import annotations

from flask import render_template

from app.extensions import db
from app.queries.bidder import Attempt, Place, SaleView, attempts
from app.web.bidder.standing import heading_when_closed_to, why_not
from app.web.gates import has_second_factor


def sealed_page(
    view: SaleView,
    place: Place | None,
    head: dict[str, object],
    *,
    amount_text: str | None = None,
    amount_error: str | None = None,
) -> str:
    """`head` is what every page about a sale shows in its head."""
    missing = why_not(view, place, has_second_factor=has_second_factor())
    return render_template(
        "bidder/sealed.html",
        **head,
        place=place,
        standing=standing_bid(view, place),
        missing=missing,
        heading=heading_when_closed_to(view) if missing else None,
        amount_text=amount_text or "",
        amount_error=amount_error,
        errors=[{"text": amount_error, "href": "#bid-amount"}] if amount_error else None,
    )


def standing_bid(view: SaleView, place: Place | None) -> Attempt | None:
    """The last bid of one's own that was accepted: it replaces every earlier one."""
    if place is None:
        return None
    mine = attempts(db.session(), place.registration.id)
    return next((each for each in mine if each.decision and each.decision.accepted), None)
