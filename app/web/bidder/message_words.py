"""Where one acts on a notice; what it says is worded once for page and letter alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import url_for
from flask_babel import get_timezone

from app.services.letter_words import Facts, notice_words

# About a sale: pages that take it.
_PAGES = {
    "you_bought": "bidder.won",
    "balance_in_parts": "bidder.won",
    "balance_due_soon": "bidder.won",
    "balance_overdue": "bidder.won",
    "price_paid": "bidder.won",
    "ruling_served": "bidder.won",
    "property_handed_over": "bidder.won",
    "deposit_returns": "bidder.deposit",
    "refund_failed": "bidder.deposit",
    "deposit_taken_back": "bidder.deposit",
    "deposit_back": "bidder.deposit",
    "refund_needs_account": "bidder.refund_account",
    "transfer_waits": "bidder.deposit",
    "default_decided": "bidder.won",
    "buyer_not_approved": "bidder.won",
    "priority_confirmed": "bidder.prepare",
    "priority_refused": "bidder.prepare",
    "proxy_confirmed": "bidder.prepare",
    "proxy_refused": "bidder.prepare",
    "sale_suspended": "bidder.room",
    "sale_resumed": "bidder.room",
    "sale_resumption_announced": "bidder.room",
}


# About a claim: pages that take what stands in the notice's parameter of this name.
_PAPERS = {
    "plan_served": ("creditor.plan", "plan"),
    "in_kind_asked": ("creditor.in_kind", "inquiry"),
    "in_kind_taken": ("creditor.in_kind", "inquiry"),
    "further_sum_owed": ("creditor.in_kind", "inquiry"),
    "difference_waits": ("creditor.in_kind", "inquiry"),
    "claim_admitted": ("creditor.claim", "claim"),
    "claim_refused": ("creditor.claim", "claim"),
    "objection_received": ("creditor.objection", "objection"),
    "objection_decided": ("creditor.objection", "objection"),
    "revocation_decided": ("creditor.revocation", "revocation"),
    "party_linked": ("creditor.claims", None),
    "party_account_changed": ("creditor.claims", None),
    "payout_paid": ("creditor.statement", None),
    "payout_returned": ("creditor.statement", None),
}


@dataclass(frozen=True, slots=True)
class Notice:
    """`page` is the address where one reads on or acts; None where there is none."""

    title: str
    sentences: Sequence[str]
    page: str | None


def worded(kind: str, params: Mapping[str, Any], sale: str | None) -> Notice:
    """`sale`: the public id of the sale that the notice is about, if it is about one."""
    title, sentences = notice_words(kind, Facts(params, get_timezone()))
    return Notice(title, sentences, _page(kind, params, sale))


def _page(kind: str, params: Mapping[str, Any], sale: str | None) -> str | None:
    if kind in _PAPERS:
        endpoint, name = _PAPERS[kind]
        return url_for(endpoint, **({name: params[name]} if name else {}))
    return url_for(_PAGES.get(kind, "public.lot"), sale=sale) if sale else None
