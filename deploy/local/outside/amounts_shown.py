"""Amounts as people read them."""

from decimal import Decimal

from babel.numbers import format_currency, get_currency_precision


def shown_amount(minor: int, currency: str, locale: str) -> str:
    code = currency.upper()
    major = Decimal(minor).scaleb(-get_currency_precision(code))
    return format_currency(major, code, locale="zh_Hans_CN" if locale == "zh" else "en")
