"""The rest of a price in parts, where the announcement says so (RULE-I1).

The parts before the last are announced as days after the end and whole percents of the rest. The
last takes what is left, on the day by which the whole has to be there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from auction_engine.invariants import ensure


@dataclass(frozen=True, slots=True)
class EarlierPart:
    """So many percent of the rest, within so many days after the end of bidding."""

    days: int
    percent: int


@dataclass(frozen=True, slots=True)
class DuePart:
    """A part in money: what it asks, and what of it has not come yet."""

    number: int
    days: int
    amount: int
    missing: int


class PartsWrong(StrEnum):
    """Why parts cannot be announced so."""

    EMPTY = "empty"
    NOT_IN_ORDER = "not_in_order"
    NOTHING_LEFT = "nothing_left"


def why_wrong(earlier: Sequence[EarlierPart], *, whole_within_days: int) -> PartsWrong | None:
    """The days rise up to the last one, and something is left for it; None where all is well."""
    if any(part.days < 1 or part.percent < 1 for part in earlier):
        return PartsWrong.EMPTY
    days = [*(part.days for part in earlier), whole_within_days]
    if any(later <= sooner for sooner, later in pairwise(days)):
        return PartsWrong.NOT_IN_ORDER
    if sum(part.percent for part in earlier) >= 100:
        return PartsWrong.NOTHING_LEFT
    return None


def cut_into_parts(
    earlier: Sequence[EarlierPart], *, whole_within_days: int, rest: int, paid: int
) -> tuple[DuePart, ...]:
    """The parts of `rest` in money; what was paid counts for the part that is due first.

    Each share is rounded up to a whole minor unit, and the last part is what is left: together
    they are the rest, to the cent. A part that asks for nothing is left out.
    """
    ensure(why_wrong(earlier, whole_within_days=whole_within_days) is None, "parts as announced")
    ensure(0 <= paid <= rest, "never more than the price")
    parts: list[DuePart] = []
    until, percent = 0, 0
    for days, share in [*((one.days, one.percent) for one in earlier), (whole_within_days, 100)]:
        percent = min(100, percent + share)
        before, until = until, -(-rest * percent // 100)
        if until > before:
            missing = min(until - before, max(0, until - paid))
            parts.append(DuePart(len(parts) + 1, days, until - before, missing))
    return tuple(parts)
