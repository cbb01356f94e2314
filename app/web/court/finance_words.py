"""The words of the finance desk: why money waits, what cannot be done, and where it lies."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _

from app.models.suspense_rows import Reason
from app.services.bank import StatementRefusal
from app.services.settlement import SettlementRefusal
from app.services.suspense import DeskRefusal

WHY_IT_WAITS: dict[str, Any] = {
    Reason.UNKNOWN_REFERENCE.value: _("No deposit or price has this reference"),
    Reason.TOO_LITTLE.value: _("Less than was due"),
    Reason.TOO_MUCH.value: _("More than was due"),
    Reason.OTHER_CURRENCY.value: _("Another currency"),
    Reason.PAID_TWICE.value: _("Paid already"),
    Reason.PART_NOT_ALLOWED.value: _("A part, where the announcement allows none"),
    Reason.NOT_AWAITED.value: _("No longer expected"),
    Reason.NOT_ASKED_FOR.value: _("A card payment that nobody asked for"),
    Reason.NO_BANK_REFERENCE.value: _("The bank gave no reference of its own"),
    Reason.UNDIVIDED.value: _("Several payments that do not add up"),
    Reason.REFUND_FAILED.value: _("A refund that came back"),
    Reason.PAYMENT_RETURNED.value: _("The bank took a movement back"),
}
SOURCES: dict[str, Any] = {
    "bank": _("Bank transfer"),
    "card": _("Card payment"),
    "refund": _("Refund"),
}
ITEM_STATES: dict[str, Any] = {
    "open": _("To be decided"),
    "assigning": _("Being assigned"),
    "returning": _("Being returned"),
    "assigned": _("Assigned"),
    "returned": _("Returned"),
}
REFUND_STATES: dict[str, Any] = {
    "due": _("To be sent"),
    "sent": _("Sent, not confirmed"),
    "done": _("Refunded"),
    "failed": _("Came back"),
}
TRANSFER_STEPS: dict[str, Any] = {
    "due": _("It goes with the next payment file."),
    "ordered": _("It stands in a payment file. The bank's notice is awaited."),
    "perhaps_paid": _(
        "No payment file takes it: this much left the account, and nobody knows for what. Perhaps"
        " it was paid by hand with a mistyped reference. If not, pay it by hand under this one."
    ),
    "returned": _(
        "It came back. Ask the court why, then pay it by hand under this reference: no payment file"
        " orders it again."
    ),
}
CHANNELS: dict[str, Any] = {"card": _("To the card"), "bank": _("By bank")}
KINDS: dict[str, Any] = {
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
}
REFUSED: dict[Any, Any] = {
    DeskRefusal.NOT_OPEN: _("Somebody has dealt with this money meanwhile"),
    DeskRefusal.PROPOSED_ALREADY: _(
        "An assignment of this money waits for a second person already"
    ),
    DeskRefusal.UNKNOWN_REFERENCE: _("No deposit or price of this court has this reference"),
    DeskRefusal.OTHER_CURRENCY: _("The currencies differ"),
    DeskRefusal.TOO_LITTLE: _("It is less than the deposit. Send it back"),
    DeskRefusal.NOT_AWAITED: _("No money is awaited under this reference"),
    DeskRefusal.ONLY_BACK: _("A refund that came back can only be sent again"),
    DeskRefusal.SAME_PERSON: _("You proposed this yourself. A second person decides"),
    DeskRefusal.NO_SUCH_PROPOSAL: _("There is no such proposal, or somebody has decided"),
    DeskRefusal.CHANGED_MEANWHILE: _("What was proposed is not what you were shown. Read it again"),
    DeskRefusal.NOT_THE_PAYOUT: _(
        "This payout has another amount, or money of other courts is in it"
    ),
    DeskRefusal.NO_ACCOUNT: _(
        "Nobody has named an account for it yet. The bidder was asked for one"
    ),
    StatementRefusal.UNREADABLE: _("This is no camt.053 or camt.054 file that can be read"),
    StatementRefusal.OTHER_ACCOUNT: _("This file is of another account than the court's"),
    StatementRefusal.DOES_NOT_ADD_UP: _(
        "The balances of the file and its movements do not add up. Ask the bank for it again"
    ),
    StatementRefusal.TAKEN_ALREADY: _("This file was taken in before. Nothing has changed"),
    SettlementRefusal.NOT_DEFAULTED: _("No deposit was lost in this sale"),
    SettlementRefusal.NO_RESALE_YET: _("The resale is not paid yet"),
    SettlementRefusal.USED_ALREADY: _("The lost deposit was used already"),
    SettlementRefusal.TAKEN_BACK: _(
        "The card holder's bank has taken this deposit back. Nothing of it can be used"
    ),
    SettlementRefusal.PLAN_IS_OUT: _("The plan of the resale is served. It can take nothing in"),
}


# By the end of what a payment file lacks, as the worker wrote it down.
_LACKING: tuple[tuple[str, Any], ...] = (
    ("payee.bank", _("the payee's bank is not known")),
    ("payee.number", _("the account number cannot be right")),
    ("payee.holder", _("the account holder's name cannot be written")),
    ("no account known", _("no account is known")),
)


def left_out(written: str) -> tuple[str, str]:
    """The number of a payment that no file could take, and why."""
    number, _colon, lacking = written.partition(": ")
    why = next((words for end, words in _LACKING if lacking.endswith(end)), lacking)
    return number, str(why)


def refusal(reason: object) -> str:
    return str(REFUSED.get(reason, reason))
