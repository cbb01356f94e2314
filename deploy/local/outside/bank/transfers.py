"""Reads what a payer asks the bank to transfer."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from deploy.local.outside.bank.amounts import is_currency, minor_of

# Whose account a transfer goes to when the payer names none: the platform's on this machine.
PLATFORM_ACCOUNT = "32050161863600000123"


class TransferUnfit(Exception):
    """The bank does not understand the request; the message says which field."""


@dataclass(frozen=True, slots=True)
class Transfer:
    reference: str
    amount_minor: int
    currency: str
    payer_name: str
    payer_account: str
    value_on: date
    account: str


def read_transfer(sent: Mapping[str, object], today: date) -> Transfer:
    currency = _text(sent, "currency", 3)
    if not is_currency(currency):
        raise TransferUnfit(f"currency: {currency!r} is none")
    return Transfer(
        reference=_text(sent, "reference", 140),
        amount_minor=_amount(sent, currency),
        currency=currency,
        payer_name=_text(sent, "payer_name", 140),
        payer_account=_text(sent, "payer_account", 34),
        value_on=_day(sent.get("value_date") or today.isoformat()),
        account=_text(sent, "account", 34) if sent.get("account") else PLATFORM_ACCOUNT,
    )


def _amount(sent: Mapping[str, object], currency: str) -> int:
    """`amount_minor` for programs, `amount` in whole units and decimals for people."""
    try:
        if sent.get("amount"):
            minor = minor_of(str(sent["amount"]), currency)
        else:
            minor = int(str(sent.get("amount_minor", "")))
    except ValueError as unreadable:
        raise TransferUnfit(
            f"amount_minor: no whole number of the smallest units of {currency}"
        ) from unreadable
    if not 1 <= minor < 10**18:
        raise TransferUnfit("amount_minor: from 1 to eighteen digits")
    return minor


def _text(sent: Mapping[str, object], name: str, longest: int) -> str:
    text = str(sent.get(name, "")).strip()
    if not 1 <= len(text) <= longest:
        raise TransferUnfit(f"{name}: from 1 to {longest} characters")
    if any(unicodedata.category(c) in ("Cc", "Cs") for c in text):
        raise TransferUnfit(f"{name}: has characters that cannot be printed")
    return text


def _day(text: object) -> date:
    try:
        return date.fromisoformat(str(text))
    except ValueError as unreadable:
        raise TransferUnfit(f"value_date: {text!r} is no date like 2026-11-21") from unreadable
