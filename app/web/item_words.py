"""The words of open items, for the finance desk and the operator alike."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _

from app.services.reconciliation import ItemRefusal
from app.web.page import chosen_language

KINDS: dict[str, Any] = {
    "payment_not_here": _("A card payment that our books do not have"),
    "payment_not_there": _("A card payment that the provider does not list"),
    "payment_differs": _("A card payment of another amount"),
    "refund_not_here": _("A refund that our books do not have"),
    "refund_not_there": _("A refund that the provider does not list"),
    "refund_differs": _("A refund of another amount"),
    "dispute_not_here": _("A dispute that our books do not have"),
    "payout_overdue": _("A payout that did not arrive at the bank"),
    "payout_failed": _("A payout that the bank did not take"),
    "provider_balance": _("The provider's balance is not that of our books"),
    "bank_balance": _("The bank's balance is not that of our books"),
    "bank_books": _("The bank's movements and the ledger do not agree"),
    "bank_debit": _("A debit that nothing of ours explains"),
    "dispute_open": _("A disputed card payment: answer the provider"),
    "dispute_lost": _("A lost dispute: money that somebody must make good"),
    "refund_late": _("A refund past its 24 hours"),
}
CLOSED: dict[str, Any] = {
    "equal": _("Found equal"),
    "done": _("Done"),
    "two_persons": _("Explained by two persons"),
}
PAYOUT_STATES: dict[str, Any] = {
    "on_its_way": _("On its way"),
    "arrived": _("At the bank now"),
    "failed": _("The bank did not take it"),
}
SIDES: dict[str, Any] = {"provider": _("Card provider"), "bank": _("Bank")}
REFUSED: dict[ItemRefusal, Any] = {
    ItemRefusal.NOT_OPEN: _("This item is closed already"),
    ItemRefusal.PROPOSED_ALREADY: _("A closing of this item waits for a second person already"),
    ItemRefusal.NO_SUCH_PROPOSAL: _("Somebody has decided about this meanwhile"),
    ItemRefusal.SAME_PERSON: _("You proposed this. A colleague decides."),
    ItemRefusal.CHANGED_MEANWHILE: _("The figures have changed. Look again and propose anew"),
    ItemRefusal.NO_REASON: _("Say why the two sides differ"),
}


def in_language(english: str | None, chinese: str | None) -> str:
    """A court's name in the language of the page."""
    return (chinese if chosen_language() == "zh" else english) or english or ""
