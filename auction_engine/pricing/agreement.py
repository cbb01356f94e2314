"""A price that the parties agree on (RULE-B4)."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class NotAgreed(StrEnum):
    """Why no price binds."""

    SILENT = "silent"
    DIFFERENT = "different"
    HARMS_OTHERS = "harms_others"


@dataclass(frozen=True, slots=True)
class Agreed:
    amount: int


def agreed_price(
    named: Mapping[str, int], sides: tuple[str, ...], *, harms_others: bool
) -> Agreed | NotAgreed:
    """The price that all `sides` named alike; it binds unless somebody else is harmed by it."""
    if not sides or any(side not in named for side in sides):
        return NotAgreed.SILENT
    amounts = {named[side] for side in sides}
    if len(amounts) > 1:
        return NotAgreed.DIFFERENT
    if harms_others:
        return NotAgreed.HARMS_OTHERS
    return Agreed(amounts.pop())
