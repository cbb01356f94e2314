"""Decimal texts and whole minor units, by the digits of the currency (ISO 4217)."""

from __future__ import annotations

import re

_DIGITS = {
    **dict.fromkeys(("CLP", "ISK", "JPY", "KRW", "PYG", "UGX", "VND", "XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
}
_DECIMAL = re.compile(r"\+?([0-9]*)(?:\.([0-9]*))?")
_MOST_DIGITS = 18


def digits_of(currency: str) -> int:
    return _DIGITS.get(currency, 2)


def is_currency(text: str) -> bool:
    return len(text) == 3 and text.isascii() and text.isalpha() and text.isupper()


def minor_of(text: str, currency: str) -> int:
    """The exact minor units; raises ValueError rather than round."""
    matched = _DECIMAL.fullmatch(text.strip(" \t\r\n"))
    if matched is None or not (matched[1] or matched[2]):
        raise ValueError(f"{text!r} is not an amount")
    whole, fraction = matched[1], (matched[2] or "").rstrip("0")
    digits = digits_of(currency)
    if len(fraction) > digits:
        raise ValueError(f"{text!r} is finer than {currency} can be paid")
    if len(whole) + len(fraction) > _MOST_DIGITS:
        raise ValueError(f"{text!r} has more than {_MOST_DIGITS} digits")
    return int((whole or "0") + fraction.ljust(digits, "0"))


def decimal_text(minor: int, currency: str) -> str:
    """`123450` fen are `1234.50`; never a float in between."""
    digits = digits_of(currency)
    if digits == 0:
        return str(minor)
    whole, fraction = divmod(minor, 10**digits)
    return f"{whole}.{fraction:0{digits}d}"
