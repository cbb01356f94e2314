"""Legal notices in words: what happened, and what follows from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import get_timezone
from flask_babel import gettext as _

from app.web import formats
from app.web.bidder.words import in_money
from app.web.page import chosen_language, server_now

Params = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Notice:
    """`page` names where one can act on it; the sale is the message's own."""

    title: str
    text: str
    page: str | None = None


def worded(kind: str, params: Params) -> Notice:
    """The notice in words; one whose words are missing still shows that there is one."""
    words = _NOTICES.get(kind)
    if words is None:
        return Notice(_("Notice"), _("There is news about this. Open the lot's page to see it."))
    return words(params)


def _moment(params: Params, name: str) -> str:
    at = datetime.fromisoformat(str(params[name]))
    return formats.moment(
        at, now=server_now(), zone=get_timezone(), locale=chosen_language(), seconds=False
    )


def _money(params: Params, name: str) -> str:
    return in_money(int(params[name]), str(params["currency"]))


def _you_bought(params: Params) -> Notice:
    return Notice(
        _("You won the lot"),
        _(
            "Your bid of %(price)s won. Pay the rest of %(balance)s by %(due)s."
            " Write the reference %(reference)s on the transfer.",
            price=_money(params, "price"),
            balance=_money(params, "balance"),
            due=_moment(params, "due_at"),
            reference=params["reference"],
        ),
        "bidder.won",
    )


def _deposit_returns(params: Params) -> Notice:
    return Notice(
        _("Money goes back to you"),
        _(
            "%(amount)s goes back the way it came, by %(due)s at the latest."
            " You need not do anything.",
            amount=_money(params, "amount"),
            due=_moment(params, "due_at"),
        ),
        "bidder.deposit",
    )


def _refund_failed(params: Params) -> Notice:
    return Notice(
        _("A refund did not get through"),
        _(
            "Your bank or card did not take %(amount)s back. The court's finance office looks"
            " into it and tells you how you get it.",
            amount=_money(params, "amount"),
        ),
        "bidder.deposit",
    )


def _price_paid(params: Params) -> Notice:
    return Notice(
        _("The price is paid"),
        _(
            "The whole price of %(price)s has arrived. The court makes its ruling within 10 days.",
            price=_money(params, "price"),
        ),
        "bidder.won",
    )


def _priority_confirmed(params: Params) -> Notice:
    return Notice(
        _("Your first right to buy is confirmed"),
        _("The court confirmed it with rank %(rank)s.", rank=params["rank"]),
        "bidder.prepare",
    )


def _priority_refused(_params: Params) -> Notice:
    return Notice(
        _("Your first right to buy is not confirmed"),
        _("You can bid as an ordinary bidder. You can object to the court."),
        "bidder.prepare",
    )


def _sale_planned(_params: Params) -> Notice:
    return Notice(
        _("A sale is planned"),
        _("The court tells you before it publishes a sale in a case of yours."),
    )


def _sale_announced(_params: Params) -> Notice:
    return Notice(
        _("A sale is announced"), _("A sale in a case of yours is published."), "public.lot"
    )


def _resumption(params: Params) -> Notice:
    if "resumes_at" not in params:
        return Notice(_("The sale goes on"), _("The lot's page has the new end."), "public.lot")
    return Notice(
        _("The sale goes on"),
        _(
            "Bidding goes on from %(at)s. Your deposit and bids stand.",
            at=_moment(params, "resumes_at"),
        ),
        "bidder.room",
    )


def _plan_served(_params: Params) -> Notice:
    return Notice(
        _("A distribution plan is served on you"),
        _("You find it, and until when you can object, under your claims."),
    )


def _claim_decided(_params: Params) -> Notice:
    return Notice(
        _("The court decided on your claim"), _("You find the decision under your claims.")
    )


def _party_linked(_params: Params) -> Notice:
    return Notice(
        _("The court linked you to a case"),
        _("You now see its published papers under your claims."),
    )


_NOTICES: dict[str, Callable[[Params], Notice]] = {
    "you_bought": _you_bought,
    "deposit_returns": _deposit_returns,
    "refund_failed": _refund_failed,
    "price_paid": _price_paid,
    "priority_confirmed": _priority_confirmed,
    "priority_refused": _priority_refused,
    "sale_planned": _sale_planned,
    "sale_announced": _sale_announced,
    "sale_resumption_announced": _resumption,
    "plan_served": _plan_served,
    "claim_admitted": _claim_decided,
    "claim_refused": _claim_decided,
    "party_linked": _party_linked,
}
