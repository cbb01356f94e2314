"""The words of the books: what stands on each kind of account, and what cannot be undone."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _

from app.services.reversals import ReversalRefusal

KINDS: dict[str, Any] = {
    "bank": _("At the bank"),
    "provider_clearing": _("At the card provider"),
    "provider_fees": _("Fees of the card provider"),
    "disputed": _("Taken back by card holders' banks"),
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
REFUSED: dict[Any, Any] = {
    ReversalRefusal.NO_SUCH_ENTRY: _("There is no such entry"),
    ReversalRefusal.REVERSED_ALREADY: _("This entry is undone already"),
    ReversalRefusal.PROPOSED_ALREADY: _("To undo this entry is proposed already"),
    ReversalRefusal.NO_SUCH_PROPOSAL: _("There is no such proposal, or somebody has decided"),
    ReversalRefusal.SAME_PERSON: _("You proposed this yourself. A second person decides"),
    ReversalRefusal.CHANGED_MEANWHILE: _(
        "What was proposed is not what you were shown. Read it again"
    ),
    ReversalRefusal.WOULD_BE_SHORT: _(
        "It cannot be undone: the money was used since, and somebody's account would be short"
    ),
}


def refusal(reason: object) -> str:
    return str(REFUSED.get(reason, reason))
