"""What the account holds: the sum of its movements, fees and payouts included."""

from typing import Any

from deploy.local.outside.stripe.account import Account
from deploy.local.outside.stripe.balance_transactions import balance_in


def balance(account: Account) -> dict[str, Any]:
    amounts = balance_in(account)
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
