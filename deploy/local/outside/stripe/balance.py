"""What the account holds: everything captured, less everything that went back. No fees here."""

from collections import defaultdict
from typing import Any

from deploy.local.outside.stripe.account import Account
from deploy.local.outside.stripe.disputes import withdrawn_by_disputes


def balance(account: Account) -> dict[str, Any]:
    held: defaultdict[str, int] = defaultdict(int)
    for charge in account.store.all_of("charge"):
        if charge["captured"]:
            held[charge["currency"]] += charge["amount_captured"] - charge["amount_refunded"]
    amounts = {
        currency: total - withdrawn_by_disputes(account, currency)
        for currency, total in held.items()
    }
    return {
        "object": "balance",
        "available": [
            {"amount": amount, "currency": currency, "source_types": {"card": amount}}
            for currency, amount in sorted(amounts.items())
        ],
        "livemode": False,
        "pending": [
            {"amount": 0, "currency": currency, "source_types": {"card": 0}}
            for currency in sorted(amounts)
        ],
    }
