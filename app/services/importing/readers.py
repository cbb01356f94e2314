"""How a value of a source becomes one of ours, exactly or not at all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

LARGEST = 2**63 - 1


class Unreadable(Exception):
    """The value cannot be taken over; the message says why, without repeating what is private."""


def read_text(value: Any, _words: Mapping[str, str]) -> str:
    if not isinstance(value, str):
        raise Unreadable("is not text")
    return " ".join(value.split())


def read_word(value: Any, words: Mapping[str, str]) -> str:
    """One of a list of words that the source uses."""
    if value not in words:
        raise Unreadable(f"is none of {', '.join(words)}")
    return words[value]


def read_day(value: Any, _words: Mapping[str, str]) -> str:
    try:
        return date.fromisoformat(value).isoformat()
    except (TypeError, ValueError) as wrong:
        raise Unreadable("is no day of the form YYYY-MM-DD") from wrong


def read_moment(value: Any, _words: Mapping[str, str]) -> str:
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError) as wrong:
        raise Unreadable("is no moment of the form YYYY-MM-DDTHH:MM:SS±HH:MM") from wrong
    if moment.tzinfo is None:
        raise Unreadable("has no time zone")
    return moment.isoformat()


def read_minor(value: Any, _words: Mapping[str, str]) -> int:
    """Whole minor units as they stand."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise Unreadable("is not a whole number of minor units")
    if not 0 < value <= LARGEST:
        raise Unreadable("is not a possible amount of money")
    return value


def read_major(value: Any, _words: Mapping[str, str]) -> int:
    """An amount in yuan or reais with at most two decimals; more would be a guess."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise Unreadable("is not an amount of money")
    try:
        # Through the text of the number: 589375.76 as written, not as a binary fraction.
        amount = Decimal(str(value))
    except InvalidOperation as wrong:
        raise Unreadable("is not an amount of money") from wrong
    minor = amount.scaleb(2) if amount.is_finite() else amount
    if not amount.is_finite() or minor != minor.to_integral_value():
        raise Unreadable("has more than two decimals")
    if not 0 < minor <= LARGEST:
        raise Unreadable("is not a possible amount of money")
    return int(minor)


READERS: Mapping[str, Callable[[Any, Mapping[str, str]], Any]] = {
    "text": read_text,
    "word": read_word,
    "day": read_day,
    "moment": read_moment,
    "minor": read_minor,
    "major": read_major,
}
