"""Chargebacks: the card holder's bank takes the money back (FAULT-F31)."""

from typing import Any

from deploy.local.outside.stripe import balance_transactions
from deploy.local.outside.stripe.account import Account
from deploy.local.outside.stripe.objects import blank_dispute
from deploy.local.outside.stripe.refusals import wrong_state


def open_dispute(account: Account, intent_id: str, reason: str) -> dict[str, Any]:
    intent = account.get("payment_intent", intent_id, "payment_intent")
    if intent["status"] != "succeeded":
        raise wrong_state("Only a paid payment can be disputed.", "payment_intent_unexpected_state")
    charge = account.get("charge", intent["latest_charge"])
    if charge["disputed"]:
        raise wrong_state("This charge is disputed already.", "charge_disputed")
    dispute = blank_dispute(account.now(charge), charge, reason)
    _move(account, dispute, charge, -dispute["amount"], balance_transactions.dispute_fee(account))
    account.keep(dispute)
    charge["disputed"] = True
    account.keep(charge)
    for kind in ("charge.dispute.created", "charge.dispute.funds_withdrawn"):
        account.emit(kind, dispute, charge)
    return dispute


def close_dispute(account: Account, dispute_id: str, *, won: bool) -> dict[str, Any]:
    dispute = account.get("dispute", dispute_id, "dispute")
    if dispute["status"] in ("won", "lost"):
        raise wrong_state(f"This dispute is {dispute['status']}.", "dispute_unexpected_state")
    charge = account.get("charge", dispute["charge"])
    dispute["status"] = "won" if won else "lost"
    if won:
        _move(account, dispute, charge, dispute["amount"], 0)
    account.keep(dispute)
    if won:
        account.emit("charge.dispute.funds_reinstated", dispute, charge)
    account.emit("charge.dispute.closed", dispute, charge)
    return dispute


def _move(
    account: Account, dispute: dict[str, Any], charge: dict[str, Any], amount: int, fee: int
) -> None:
    """The money is withdrawn, with a fee, or comes back; the fee stays with the provider."""
    category = "dispute" if amount < 0 else "dispute_reversal"
    source = {**dispute, "metadata": charge["metadata"]}
    movement_id = balance_transactions.book(
        account, "adjustment", source, amount, fee=fee, category=category
    )
    dispute["balance_transactions"].append(account.get("balance_transaction", movement_id))
