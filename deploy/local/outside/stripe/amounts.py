"""What Stripe takes as an amount, a currency and metadata."""

from typing import Any

from deploy.local.outside.stripe.refusals import invalid

LARGEST_AMOUNT = 99_999_999
_CURRENCIES = {
    *("cny", "hkd", "mop", "twd", "jpy", "krw", "sgd", "myr", "thb", "php", "inr"),
    *("eur", "gbp", "chf", "czk", "dkk", "huf", "nok", "pln", "ron", "sek", "try"),
    *("aud", "nzd", "cad", "usd", "mxn", "brl", "zar"),
}


def checked_amount(amount: int, param: str = "amount") -> int:
    if amount < 1:
        raise invalid(
            param, "This value must be greater than or equal to 1.", "parameter_invalid_integer"
        )
    if amount > LARGEST_AMOUNT:
        raise invalid(param, "Amount must be no more than eight digits.", "amount_too_large")
    return amount


def checked_currency(currency: str, param: str = "currency") -> str:
    if currency != currency.lower():
        raise invalid(param, f"Invalid currency: {currency}. Write it in lower case.")
    if currency not in _CURRENCIES:
        raise invalid(param, f"Invalid currency: {currency}.")
    return currency


def merged_metadata(old: dict[str, str], sent: Any, param: str = "metadata") -> dict[str, str]:
    """What was sent is added; an empty value takes its key away, empty metadata take all away."""
    if sent == "":
        return {}
    merged = {key: value for key, value in {**old, **sent}.items() if value != ""}
    if len(merged) > 50:
        raise invalid(param, "Metadata can have up to 50 keys.")
    for key, value in merged.items():
        if len(key) > 40:
            raise invalid(f"{param}[{key}]", "Metadata keys can have up to 40 characters.")
        if len(value) > 500:
            raise invalid(f"{param}[{key}]", "Metadata values can have up to 500 characters.")
    return merged
