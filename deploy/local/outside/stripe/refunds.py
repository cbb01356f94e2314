"""Refunds: never more than was paid, and not always good in the end."""

from typing import Any

from deploy.local.outside.stripe import balance_transactions
from deploy.local.outside.stripe.account import Account
from deploy.local.outside.stripe.amounts import checked_amount, merged_metadata
from deploy.local.outside.stripe.cards import Card, card_of_token
from deploy.local.outside.stripe.objects import blank_refund
from deploy.local.outside.stripe.refusals import (
    StripeRefusal,
    invalid,
    missing_parameter,
    no_such,
    wrong_state,
)

Refund = dict[str, Any]

_SECONDS_UNTIL_A_LATE_RESULT = 3.0


def create(account: Account, params: dict[str, Any]) -> Refund:
    charge = _charge_to_refund(account, params)
    refund = blank_refund(account.now(charge), charge, _amount(charge, params))
    refund["reason"] = params.get("reason")
    refund["metadata"] = merged_metadata({}, params.get("metadata", {}))
    _play_the_card(account, refund, charge)
    # The fee of the payment is kept, whatever goes back (and so it is here).
    refund["balance_transaction"] = balance_transactions.book(
        account, "refund", {**refund, "metadata": charge["metadata"]}, -refund["amount"]
    )
    account.keep(refund)
    _count(account, charge, refund["amount"])
    account.note_effect("refund.created", refund["id"])
    account.emit("refund.created", refund, charge)
    account.emit("charge.refunded", charge)
    return refund


def update(account: Account, refund_id: str, params: dict[str, Any]) -> Refund:
    refund = account.get("refund", refund_id, "refund")
    refund["metadata"] = merged_metadata(refund["metadata"], params.get("metadata", {}))
    account.keep(refund)
    account.emit("refund.updated", refund)
    return refund


def fail(account: Account, refund_id: str, reason: str = "lost_or_stolen_card") -> Refund:
    """The card's bank sent the money back: the payment is as if never refunded."""
    refund = _unfinished(account, refund_id, {"succeeded", "pending"})
    refund |= {"status": "failed", "failure_reason": reason, "pending_reason": None}
    charge = account.get("charge", refund["charge"])
    _count(account, charge, -refund["amount"])
    refund["failure_balance_transaction"] = balance_transactions.book(
        account, "refund_failure", {**refund, "metadata": charge["metadata"]}, refund["amount"]
    )
    return _announce(account, refund, charge, "refund.failed")


def succeed(account: Account, refund_id: str) -> Refund:
    refund = _unfinished(account, refund_id, {"pending"})
    refund |= {"status": "succeeded", "pending_reason": None}
    return _announce(account, refund, account.get("charge", refund["charge"]))


def _announce(account: Account, refund: Refund, charge: dict[str, Any], *more_kinds: str) -> Refund:
    account.keep(refund)
    for kind in ("refund.updated", "charge.refund.updated", *more_kinds):
        account.emit(kind, refund, charge)
    return refund


def _unfinished(account: Account, refund_id: str, states: set[str]) -> Refund:
    refund = account.get("refund", refund_id, "refund")
    if refund["status"] not in states:
        raise wrong_state(f"This refund is {refund['status']}.", "refund_unexpected_state")
    return refund


def _charge_to_refund(account: Account, params: dict[str, Any]) -> dict[str, Any]:
    if ("charge" in params) == ("payment_intent" in params):
        if "charge" not in params:
            raise missing_parameter("payment_intent")
        raise invalid("charge", "Give either a charge or a payment_intent, not both.")
    charge_id = params.get("charge")
    if charge_id is None:
        intent = account.get("payment_intent", params["payment_intent"], "payment_intent")
        charge_id = intent["latest_charge"]
    charge = account.store.find("charge", charge_id) if charge_id else None
    if charge is None and "charge" in params:
        raise no_such("charge", params["charge"], "charge")
    if charge is None or not charge["captured"]:
        raise wrong_state(
            "This PaymentIntent does not have a successful charge to refund.",
            "payment_intent_unexpected_state",
        )
    disputes = account.store.all_of("dispute", payment_intent=charge["payment_intent"])
    if any(dispute["status"] != "won" for dispute in disputes):
        raise wrong_state(f"Charge {charge['id']} has been charged back.", "charge_disputed")
    return charge


def _amount(charge: dict[str, Any], params: dict[str, Any]) -> int:
    left = charge["amount_captured"] - charge["amount_refunded"]
    if left == 0:
        raise wrong_state(
            f"Charge {charge['id']} has already been refunded.", "charge_already_refunded"
        )
    amount = checked_amount(params.get("amount", left))
    if amount > left:
        raise StripeRefusal(
            f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})",
            code="amount_too_large",
            param="amount",
        )
    return amount


def _play_the_card(account: Account, refund: Refund, charge: dict[str, Any]) -> None:
    """What the card, or an empty balance, makes of this refund."""
    if account.store.setting("refunds_wait_for_balance", False):
        refund |= {"status": "pending", "pending_reason": "insufficient_funds"}
        return
    conduct = _card_of(account, charge).refund_conduct
    if conduct == "fails later":
        account.do_later(refund["id"], "fail refund", _SECONDS_UNTIL_A_LATE_RESULT)
    elif conduct == "succeeds later":
        refund |= {"status": "pending", "pending_reason": "processing"}
        account.do_later(refund["id"], "succeed refund", _SECONDS_UNTIL_A_LATE_RESULT)


def _card_of(account: Account, charge: dict[str, Any]) -> Card:
    card = card_of_token(account.get("payment_method", charge["payment_method"])["token"])
    assert card is not None
    return card


def _count(account: Account, charge: dict[str, Any], amount: int) -> None:
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount_captured"]
    account.keep(charge)
