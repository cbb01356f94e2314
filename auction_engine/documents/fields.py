"""Reading one JSON object field by field, so that every error names its place.

    fields = Fields.of(value, "/events/3")
    fields.allow("at", "type", "bidder", "amount")
    amount = fields.money("amount")

Each method takes what it reads from the object or raises UnusableInput at the pointer of the
value, or of the key that is missing. What is optional is asked for with `in` first.
"""

import re
from collections.abc import Callable, Iterator
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final, Self, TypeVar

from auction_engine.documents.moments import parse_answered_moment, parse_day, parse_moment
from auction_engine.documents.unusable import UnusableInput, pointer

MOST_MONEY: Final = 2**63 - 1
MOST_RANK: Final = 1000

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_CURRENCY = re.compile(r"[A-Z]{3}")

Choice = TypeVar("Choice", bound=StrEnum)


class Fields:
    """The fields of one object, known by the place where it stands."""

    __slots__ = ("_values", "where")

    _parse_moment: Callable[[str], datetime | None] = staticmethod(parse_moment)

    def __init__(self, values: dict[str, Any], where: str) -> None:
        self._values = values
        self.where = where

    @classmethod
    def of(cls, value: Any, where: str) -> Self:
        if not isinstance(value, dict):
            raise UnusableInput(where or "input", "an object is expected")
        return cls(value, where)

    def __contains__(self, key: str) -> bool:
        return key in self._values

    def at(self, key: str) -> str:
        return pointer(self.where, key)

    def refuse(self, key: str, what: str) -> UnusableInput:
        """The error to raise at `key`."""
        return UnusableInput(self.at(key), what)

    def allow(self, *keys: str) -> None:
        """Refuse every other key."""
        if len(self._values) <= len(keys) and all(key in keys for key in self._values):
            return
        for key in self._values:
            if key not in keys:
                raise self.refuse(key, "unknown key")

    def value(self, key: str) -> Any:
        try:
            return self._values[key]
        except KeyError:
            raise self.refuse(key, "missing") from None

    def integer(self, key: str, least: int, most: int) -> int:
        number = self.value(key)
        # A bool is an int to Python and is none here.
        if type(number) is not int or not least <= number <= most:
            raise self.refuse(key, f"an integer from {least} to {most} is expected")
        return number

    def money(self, key: str, least: int = 0) -> int:
        return self.integer(key, least, MOST_MONEY)

    def rank(self, key: str) -> int:
        return self.integer(key, 1, MOST_RANK)

    def flag(self, key: str) -> bool:
        value = self.value(key)
        if not isinstance(value, bool):
            raise self.refuse(key, "true or false is expected")
        return value

    def text(self, key: str, most: int = 200) -> str:
        value = self.value(key)
        if not isinstance(value, str) or not 1 <= len(value) <= most:
            raise self.refuse(key, f"a text of 1 to {most} characters is expected")
        return value

    def code(self, key: str, most: int = 64) -> str:
        """A code, an id or a name: a text without control characters."""
        return _code(self.value(key), self.at(key), most)

    def codes(self, key: str) -> tuple[str, ...]:
        """A list of codes, each at most once."""
        codes: dict[str, None] = {}
        for value, where in self.items(key):
            code = _code(value, where, 64)
            if code in codes:
                raise UnusableInput(where, "stands twice")
            codes[code] = None
        return tuple(codes)

    def names(self, key: str, known: frozenset[str]) -> frozenset[str]:
        """A list of names out of `known`."""
        names = set()
        for value, where in self.items(key):
            if not isinstance(value, str) or value not in known:
                raise UnusableInput(where, "one of " + ", ".join(sorted(known)) + " is expected")
            names.add(value)
        return frozenset(names)

    def currency(self, key: str) -> str:
        value = self.value(key)
        if not isinstance(value, str) or _CURRENCY.fullmatch(value) is None:
            raise self.refuse(key, "three capital letters are expected")
        return value

    def literal(self, key: str, only: str) -> None:
        if self.value(key) != only:
            raise self.refuse(key, f'"{only}" is expected')

    def choice(self, key: str, kind: type[Choice]) -> Choice:
        value = self.value(key)
        if isinstance(value, str):
            try:
                return kind(value)
            except ValueError:
                pass
        raise self.refuse(key, "one of " + ", ".join(kind) + " is expected")

    def moment(self, key: str) -> datetime:
        return self._moment(self.value(key), self.at(key))

    def moments(self, key: str) -> tuple[datetime, ...]:
        return tuple(self._moment(value, where) for value, where in self.items(key))

    def day(self, key: str) -> date:
        return _day(self.value(key), self.at(key))

    def days(self, key: str) -> tuple[date, ...]:
        return tuple(_day(value, where) for value, where in self.items(key))

    def items(self, key: str) -> Iterator[tuple[Any, str]]:
        """The values of a list, each with its pointer."""
        values = self.value(key)
        if not isinstance(values, list):
            raise self.refuse(key, "a list is expected")
        where = self.at(key)
        return ((value, f"{where}/{index}") for index, value in enumerate(values))

    def object(self, key: str) -> Self:
        return self.of(self.value(key), self.at(key))

    def objects(self, key: str) -> Iterator[Self]:
        return (self.of(value, where) for value, where in self.items(key))

    def _moment(self, value: Any, where: str) -> datetime:
        moment = self._parse_moment(value) if isinstance(value, str) else None
        if moment is None:
            what = "a moment YYYY-MM-DDTHH:MM:SS with Z or an offset is expected"
            raise UnusableInput(where, what)
        return moment


class AnsweredFields(Fields):
    """The fields of a line of a transcript, whose moments have the form of the answers."""

    __slots__ = ()

    _parse_moment = staticmethod(parse_answered_moment)


def _day(value: Any, where: str) -> date:
    day = parse_day(value) if isinstance(value, str) else None
    if day is None:
        raise UnusableInput(where, "a day YYYY-MM-DD is expected")
    return day


def _code(value: Any, where: str, most: int) -> str:
    if not isinstance(value, str) or not 1 <= len(value) <= most:
        raise UnusableInput(where, f"a text of 1 to {most} characters is expected")
    if _CONTROL.search(value) is not None:
        raise UnusableInput(where, "control characters are not allowed here")
    return value
