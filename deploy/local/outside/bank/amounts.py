"""The bank's own arithmetic; it shares no code with the platform whose files it reads."""

from decimal import Decimal, InvalidOperation

from babel.numbers import get_currency_precision


def minor_of(text: str, currency: str) -> int:
    """Whole minor units; raises ValueError where there is no exact number of them."""
    if not text.isascii() or set(text) - set("0123456789."):
        raise ValueError(f"{text!r} is not an amount")
    try:
        minor = Decimal(text).scaleb(get_currency_precision(currency))
    except InvalidOperation as unreadable:
        raise ValueError(f"{text!r} is not an amount") from unreadable
    if minor != minor.to_integral_value():
        raise ValueError(f"{text!r} is finer than {currency} can be paid")
    return int(minor)


def decimal_text(minor: int, currency: str) -> str:
    return f"{Decimal(minor).scaleb(-get_currency_precision(currency)):f}"


def is_currency(text: str) -> bool:
    return len(text) == 3 and text.isascii() and text.isalpha() and text.isupper()
