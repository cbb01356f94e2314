"""An offer to pay by card, as the page that asked for it sees it.

The web process holds no key to the provider: it writes the wish down, the worker opens the
provider's page and stores its address, and the web waits a moment for it.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from app.db import transaction
from app.models.card_rows import Offered
from app.models.money import CardPayment

_SECONDS_BETWEEN_LOOKS = 0.1

__all__ = ["CardOffer", "Offered", "await_offer"]


@dataclass(frozen=True, slots=True)
class CardOffer:
    """`url` is the provider's page; None while it is still being opened: show the page again."""

    payment: str
    amount: int
    currency: str
    state: str
    url: str | None
    expires_at: datetime | None


def await_offer(payment: str, patience_seconds: float) -> CardOffer:
    """The offer as soon as it is open, or as it stands when patience ends. Holds no lock."""
    deadline = time.monotonic() + patience_seconds
    offer = _offer(payment)
    while offer.state == "opening" and time.monotonic() < deadline:
        time.sleep(_SECONDS_BETWEEN_LOOKS)
        offer = _offer(payment)
    return offer


def _offer(payment: str) -> CardOffer:
    with transaction() as session:
        row = session.scalars(
            select(CardPayment)
            .where(CardPayment.public_id == payment)
            .execution_options(populate_existing=True)
        ).one()
        return CardOffer(
            payment=row.public_id,
            amount=row.amount,
            currency=row.currency,
            state=row.state,
            url=row.url if row.state == "open" else None,
            expires_at=row.expires_at,
        )
