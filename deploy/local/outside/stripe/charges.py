"""Charges: what a card was actually asked for, and what went back to it."""

from typing import Any

from deploy.local.outside.stripe import balance_transactions
from deploy.local.outside.stripe.account import Account
from deploy.local.outside.stripe.cards import Card
from deploy.local.outside.stripe.objects import blank_charge, blank_refund

Charge = dict[str, Any]


def begin(account: Account, intent: dict[str, Any], card: Card) -> Charge:
    return account.keep(blank_charge(account.now(intent), intent, card))


def paid(account: Account, charge: Charge) -> None:
    charge |= {
        "amount_captured": charge["amount"],
        "captured": True,
        "outcome": _outcome("approved_by_network"),
        "paid": True,
        "status": "succeeded",
    }
    _book(account, charge, charge["amount"])
    account.keep(charge)
    account.emit("charge.succeeded", charge)


def held(account: Account, charge: Charge) -> None:
    charge |= {"outcome": _outcome("approved_by_network"), "paid": True, "status": "succeeded"}
    account.keep(charge)
    account.emit("charge.succeeded", charge)


def captured(account: Account, charge: Charge, amount: int) -> None:
    charge |= {"amount_captured": amount, "captured": True}
    _book(account, charge, amount)
    account.keep(charge)
    account.emit("charge.captured", charge)


def hold_lifted(account: Account, charge: Charge) -> None:
    """What was never captured goes back in full; Stripe shows that as a refund of the charge."""
    refund = blank_refund(account.now(charge), charge, charge["amount"])
    account.keep(refund)
    charge |= {"amount_refunded": charge["amount"], "refunded": True}
    account.keep(charge)
    account.emit("charge.refunded", charge)


def failed(account: Account, charge: Charge, decline_code: str) -> None:
    charge |= {
        "failure_code": "card_declined",
        "failure_message": "Your card was declined.",
        "outcome": _outcome("declined_by_network"),
        "status": "failed",
    }
    charge["outcome"]["reason"] = decline_code
    account.keep(charge)
    account.emit("charge.failed", charge)


def _book(account: Account, charge: Charge, amount: int) -> None:
    fee = balance_transactions.card_fee(account, amount)
    charge["balance_transaction"] = balance_transactions.book(
        account, "charge", charge, amount, fee=fee
    )


def _outcome(network_status: str) -> dict[str, Any]:
    approved = network_status == "approved_by_network"
    return {
        "network_status": network_status,
        "reason": None,
        "risk_level": "normal",
        "seller_message": "Payment complete." if approved else "The bank declined the payment.",
        "type": "authorized" if approved else "issuer_declined",
    }
