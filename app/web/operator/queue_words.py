"""The words of the operator's pages."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _

from app.web.page import chosen_language

KINDS: dict[str, Any] = {
    "provider_event": _("Hints from the card provider"),
    "checkout": _("Offers to pay by card"),
    "refund": _("Refunds by card"),
    "payment_file": _("Payment files for the bank"),
    "letter": _("Letters"),
    "covered_case": _("Cases whose other lots may not be needed"),
}
PROCESSES: dict[str, Any] = {
    "provider_event": _("worker"),
    "checkout": _("worker"),
    "refund": _("worker"),
    "payment_file": _("scheduler"),
    "letter": _("notifier"),
    "covered_case": _("scheduler"),
}
STATES: dict[str, Any] = {
    "due": _("Waiting"),
    "parked": _("Parked"),
    "done": _("Done"),
}
ACCOUNTS: dict[str, Any] = {
    "bank": _("At the bank"),
    "provider_clearing": _("At the card provider"),
    "disputed": _("Taken back by card holders' banks"),
    "provider_fees": _("Fees of the card provider"),
    "due_from_court": _("Due from other courts"),
    "deposits_held": _("Deposits held"),
    "refunds_payable": _("Going back to bidders"),
    "price_held": _("Prices held for distribution"),
    "forfeited": _("Lost deposits, not used yet"),
    "payable": _("Shares to be paid out"),
    "suspense": _("In suspense"),
    "owed_to_court": _("Owed to other courts"),
    "costs_payable": _("Costs to be paid"),
    "fees_payable": _("Court fees to be paid over"),
    "escrow": _("Disputed shares, kept"),
    "interest_held": _("Interest on held money"),
}


def in_language(english: str | None, chinese: str | None) -> str:
    """A court's name in the language of the page."""
    return (chinese if chosen_language() == "zh" else english) or english or ""
