"""Every movement of the account's balance, as Stripe lists them: what moved, and its fee."""

from typing import Any

from deploy.local.outside.stripe.account import Account, new_id

Thing = dict[str, Any]

# A fee is asked for when a card pays and when it is disputed; none until the control desk sets one.
NO_FEES = {"percent_hundredths": 0, "fixed": 0, "dispute": 0}


def card_fee(account: Account, amount: int) -> int:
    fees = account.store.setting("fees", NO_FEES)
    if fees["percent_hundredths"] + fees["fixed"] == 0:
        return 0
    return min(amount, amount * int(fees["percent_hundredths"]) // 10_000 + int(fees["fixed"]))


def dispute_fee(account: Account) -> int:
    return int(account.store.setting("fees", NO_FEES)["dispute"])


def book(
    account: Account, kind: str, source: Thing, amount: int, *, fee: int = 0, category: str = ""
) -> str:
    """Write a movement down and give its id; a fee lessens what is left of the amount."""
    created = account.now(source)
    movement = {
        "id": new_id("txn"),
        "object": "balance_transaction",
        "amount": amount,
        "available_on": created,
        "balance_type": "payments",
        "created": created,
        "currency": source["currency"],
        "description": None,
        "exchange_rate": None,
        "fee": fee,
        "fee_details": _details(fee, source["currency"]),
        "net": amount - fee,
        "reporting_category": category or kind,
        "source": source["id"],
        "status": "available",
        "type": kind,
    }
    account.keep(movement)
    return str(movement["id"])


def balance_in(account: Account) -> dict[str, int]:
    """What is left in each currency."""
    sums: dict[str, int] = {}
    for movement in account.store.all_of("balance_transaction"):
        currency = movement["currency"]
        sums[currency] = sums.get(currency, 0) + movement["net"]
    return sums


def _details(fee: int, currency: str) -> list[Thing]:
    if not fee:
        return []
    detail = {"amount": fee, "application": None, "currency": currency, "type": "stripe_fee"}
    return [{**detail, "description": "Stripe processing fees"}]
