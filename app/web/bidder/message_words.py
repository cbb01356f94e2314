"""Where one acts on a notice; what it says is worded once for page and letter alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import get_timezone

from app.services.letter_words import Facts, notice_words

_PAGES = {
    "you_bought": "bidder.won",
    "balance_due_soon": "bidder.won",
    "balance_overdue": "bidder.won",
    "price_paid": "bidder.won",
    "ruling_served": "bidder.won",
    "property_handed_over": "bidder.won",
    "deposit_returns": "bidder.deposit",
    "refund_failed": "bidder.deposit",
    "priority_confirmed": "bidder.prepare",
    "priority_refused": "bidder.prepare",
    "proxy_confirmed": "bidder.prepare",
    "proxy_refused": "bidder.prepare",
    "sale_suspended": "bidder.room",
    "sale_resumed": "bidder.room",
    "sale_resumption_announced": "bidder.room",
}


@dataclass(frozen=True, slots=True)
class Notice:
    """`page` is an endpoint that takes the message's sale."""

    title: str
    sentences: Sequence[str]
    page: str


def worded(kind: str, params: Mapping[str, Any]) -> Notice:
    title, sentences = notice_words(kind, Facts(params, get_timezone()))
    return Notice(title, sentences, _PAGES.get(kind, "public.lot"))
