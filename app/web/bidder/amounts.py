"""The one place where what a bidder sent becomes an amount of money, or does not.

Nothing is guessed: a comma in a wrong place, a sign, an exponent or a digit of another script is
no amount. What is no amount is still journalled, as it was typed, and refused with the next valid
amount (RULE-G8).
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from app.services.bidding.place import LARGEST_AMOUNT
from app.web.amounts import read_amount

_MOST_TYPED = 80
# Well formed, but beyond what `read_amount` takes.
_VERY_LARGE = re.compile(r"(?:[0-9]{17,}|[0-9]{1,3}(?:,[0-9]{3}){5,})(?:\.[0-9]{1,2})?")


class Wrong(StrEnum):
    """Why a text is no amount, as far as it helps whoever typed it."""

    EMPTY = "empty"
    FULL_WIDTH = "full_width"
    TOO_LARGE = "too_large"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Read:
    """An amount in minor units; or what was `typed`, and what is `wrong` with it."""

    amount: int | None = None
    typed: str | None = None
    wrong: Wrong | None = None


def read_written(written: str) -> Read:
    """Read what a person typed into a field, in whole units: `250000` or `250,000.00`."""
    amount = read_amount(written)
    return Read(amount=amount) if amount is not None else _no_amount(written, _wrong_with(written))


def read_field(values: list[str]) -> Read:
    """Read a form's field; one that came twice says two things and is none."""
    if len(values) != 1:
        return _no_amount(" & ".join(values), Wrong.UNREADABLE if values else Wrong.EMPTY)
    return read_written(values[0])


def read_json(value: Any) -> Read:
    """Read a member of a JSON document: an integer is minor units, a text is as typed."""
    if isinstance(value, str):
        return read_written(value)
    if type(value) is int:
        return _within_limits(value, str(value))
    return _no_amount(_as_written(value), Wrong.EMPTY if value is None else Wrong.UNREADABLE)


@dataclass(frozen=True, slots=True)
class Odd:
    """A JSON value that Python would bend into another: 1.0, 1e3, NaN, an endless integer, or a
    member that stands twice."""

    written: str


def load_json(body: bytes) -> dict[str, Any] | None:
    """The object in a request's body; None where there is none. Numbers are never rounded."""
    try:
        found = json.loads(
            body,
            parse_int=lambda text: int(text) if len(text) <= 20 else Odd(text),
            parse_float=Odd,
            parse_constant=Odd,
            object_pairs_hook=_once_each,
        )
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members: dict[str, Any] = {}
    for name, value in pairs:
        members[name] = Odd(f"{name} stands twice") if name in members else value
    return members


def _as_written(value: Any) -> str:
    if isinstance(value, Odd):
        return value.written
    # A list may be nested beyond what can be written down again.
    return "[…]" if isinstance(value, list) else "{…}" if isinstance(value, dict) else str(value)


def _within_limits(amount: int, written: str) -> Read:
    if amount < 0:
        return _no_amount(written, Wrong.UNREADABLE)
    if amount > LARGEST_AMOUNT:
        return _no_amount(written, Wrong.TOO_LARGE)
    return Read(amount=amount)


def _wrong_with(written: str) -> Wrong:
    stripped = written.strip()
    if not stripped:
        return Wrong.EMPTY
    if any("\uff01" <= sign <= "\uff5e" for sign in stripped):
        return Wrong.FULL_WIDTH
    if _VERY_LARGE.fullmatch(stripped):
        return Wrong.TOO_LARGE
    return Wrong.UNREADABLE


def _no_amount(written: str, wrong: Wrong) -> Read:
    """Keep what was typed, without what no database and no log could hold."""
    seen = "".join(sign if sign.isprintable() else "\ufffd" for sign in written)
    return Read(typed=seen[:_MOST_TYPED], wrong=wrong)


def nearest(amount: int, *, base: int, increment: int, minimum: int) -> tuple[int, ...]:
    """The valid amounts next to `amount`, below and above; none below the minimum."""
    if amount <= minimum:
        return (minimum,)
    below = amount - (amount - base) % increment
    found = [below] if below == amount else [below, below + increment]
    return tuple(near for near in found if near >= minimum)
