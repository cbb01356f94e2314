"""Buying together: who, with which shares, named before bidding opens (RULE-E8, H2)."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from fractions import Fraction
from typing import Any

from auction_engine.sale.id_numbers import normalised

MOST_BUYERS = 5
# The names of all stand side by side where the law publishes the buyer's name.
LONGEST_NAMES = 200
_BETWEEN = "、"
_LARGEST = 1_000_000
_FRACTION = re.compile(r"([0-9]{1,7})\s*/\s*([0-9]{1,7})")
_PERCENT = re.compile(r"([0-9]{1,3})(?:\.([0-9]{1,2}))?\s*%")


@dataclass(frozen=True, slots=True)
class JointBuyer:
    """One of those who buy; the first is the one who bids."""

    name: str
    id_number: str
    share: Fraction


class Fault(StrEnum):
    """What is wrong with a list of joint buyers; each names its field."""

    NO_SHARE = "no_share"
    SHARES_NOT_WHOLE = "shares_not_whole"
    SAME_PERSON = "same_person"
    TOO_MANY = "too_many"
    NAMES_TOO_LONG = "names_too_long"
    ALONE = "alone"


@dataclass(frozen=True, slots=True)
class Violation:
    """`position` counts the buyers from 0; None where the whole list is at fault."""

    fault: Fault
    position: int | None = None


def read_share(written: str) -> Fraction | None:
    """A share as people write one: 1/3, 40%, 12.5%. None where it is none between 0 and 1."""
    typed = written.strip()
    if found := _FRACTION.fullmatch(typed):
        parts, of = int(found[1]), int(found[2])
    elif found := _PERCENT.fullmatch(typed):
        decimals = (found[2] or "").ljust(2, "0")
        parts, of = int(found[1] + decimals), 10_000
    else:
        return None
    if of == 0 or of > _LARGEST or not 0 < parts < of:
        return None
    return Fraction(parts, of)


def violations(buyers: Sequence[JointBuyer]) -> tuple[Violation, ...]:
    """Everything that is wrong with the list at once; nothing where it can stand."""
    found = [Violation(Fault.ALONE)] if len(buyers) < 2 else []
    if len(buyers) > MOST_BUYERS:
        found.append(Violation(Fault.TOO_MANY))
    found += [
        Violation(Fault.NO_SHARE, position)
        for position, buyer in enumerate(buyers)
        if not 0 < buyer.share < 1
    ]
    numbers = [normalised(buyer.id_number) for buyer in buyers]
    found += [
        Violation(Fault.SAME_PERSON, position)
        for position, number in enumerate(numbers)
        if number in numbers[:position]
    ]
    if buyers and sum(buyer.share for buyer in buyers) != 1:
        found.append(Violation(Fault.SHARES_NOT_WHOLE))
    if len(names_of(buyers)) > LONGEST_NAMES:
        found.append(Violation(Fault.NAMES_TOO_LONG))
    return tuple(found)


def names_of(buyers: Sequence[JointBuyer]) -> str:
    """All names, as a confirmation prints them."""
    return _BETWEEN.join(buyer.name for buyer in buyers)


def may_be_named(*, at: datetime, opens_at: datetime) -> bool:
    """Joint buyers are named in advance: before bidding opens, like a proxy (RULE-E8)."""
    return at < opens_at


def to_plain(buyers: Sequence[JointBuyer]) -> list[dict[str, Any]]:
    """As an envelope holds them."""
    return [
        {
            "name": buyer.name,
            "id_number": buyer.id_number,
            "share": [buyer.share.numerator, buyer.share.denominator],
        }
        for buyer in buyers
    ]


def from_plain(listed: Sequence[Mapping[str, Any]]) -> tuple[JointBuyer, ...]:
    return tuple(
        JointBuyer(each["name"], each["id_number"], Fraction(*each["share"])) for each in listed
    )
