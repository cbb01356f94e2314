"""Payouts to the bank: what has come together since the last one, less fees and refunds."""

import secrets
from typing import Any

from deploy.local.outside.stripe import balance_transactions
from deploy.local.outside.stripe.account import Account, new_id
from deploy.local.outside.stripe.refusals import StripeRefusal, wrong_state

Thing = dict[str, Any]


def pay_out(account: Account, currency: str) -> Thing:
    """An automatic payout of everything that no earlier one took; on its way from now on."""
    taken = [
        movement
        for movement in account.store.all_of("balance_transaction")
        if movement["currency"] == currency and not _is_taken(account, movement["id"])
    ]
    amount = sum(movement["net"] for movement in taken)
    if amount <= 0:
        raise StripeRefusal("There is nothing to pay out.", code="balance_insufficient")
    payout = account.keep(_blank(account.now(), amount, currency))
    payout["balance_transaction"] = balance_transactions.book(account, "payout", payout, -amount)
    account.keep(payout)
    members = [movement["id"] for movement in taken]
    account.store.set(f"payout:{payout['id']}", members)
    for movement_id in (*members, payout["balance_transaction"]):
        account.store.set(f"paid_out:{movement_id}", payout["id"])
    account.emit("payout.created", payout)
    return payout


def arrive(account: Account, payout_id: str) -> Thing:
    payout = _on_its_way(account, payout_id)
    payout["status"] = "paid"
    account.keep(payout)
    account.emit("payout.paid", payout)
    return payout


def fail(account: Account, payout_id: str) -> Thing:
    """The bank would not have it: the money is with the provider again."""
    payout = _on_its_way(account, payout_id)
    payout |= {
        "status": "failed",
        "failure_code": "account_closed",
        "failure_message": "The bank account has been closed.",
    }
    payout["failure_balance_transaction"] = balance_transactions.book(
        account, "payout_failure", payout, payout["amount"]
    )
    account.keep(payout)
    account.emit("payout.failed", payout)
    return payout


def members_of(account: Account, payout_id: str) -> list[str]:
    account.get("payout", payout_id, "payout")
    found: list[str] = account.store.setting(f"payout:{payout_id}", [])
    return found


def _is_taken(account: Account, movement_id: str) -> bool:
    return account.store.setting(f"paid_out:{movement_id}", None) is not None


def _on_its_way(account: Account, payout_id: str) -> Thing:
    payout = account.get("payout", payout_id, "payout")
    if payout["status"] != "in_transit":
        raise wrong_state(f"This payout is {payout['status']}.", "payout_unexpected_state")
    return payout


def _blank(created: int, amount: int, currency: str) -> Thing:
    # The bank writes the trace number on its statement; by it the two are brought together.
    trace = f"PT{secrets.randbelow(10**12):012d}"
    return {
        "id": new_id("po"),
        "object": "payout",
        "amount": amount,
        "application_fee": None,
        "application_fee_amount": None,
        "arrival_date": created + 2 * 24 * 3600,
        "automatic": True,
        "balance_transaction": None,
        "created": created,
        "currency": currency,
        "description": "STRIPE PAYOUT",
        "destination": None,
        "failure_balance_transaction": None,
        "failure_code": None,
        "failure_message": None,
        "livemode": False,
        "metadata": {},
        "method": "standard",
        "original_payout": None,
        "payout_method": None,
        "reconciliation_status": "completed",
        "reversed_by": None,
        "source_type": "card",
        "statement_descriptor": None,
        "status": "in_transit",
        "trace_id": {"status": "supported", "value": trace},
        "type": "bank_account",
    }
