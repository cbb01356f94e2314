"""Who gets the odd cent: the one place where a sum is cut into shares.

Shares are cut down to whole units; what is left is handed out unit by unit to the largest
remainders. `precedence` decides between equal remainders, the smallest first.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from auction_engine.invariants import ensure


@dataclass(frozen=True, slots=True)
class Owed:
    """What one claim asks for in one step, and what decides between equal remainders."""

    claim: str
    amount: int
    filed_on: date | None = None

    @property
    def precedence(self) -> tuple[int, date, str]:
        """The larger claim first, then the earlier filing (none is last), then the smaller id."""
        return (-self.amount, self.filed_on or date.max, self.claim)


def pay_pro_rata(available: int, owed: Sequence[Owed], unit: int = 1) -> list[int]:
    """Pay everybody in full, or if the money does not reach, everybody the same part.

    Nobody is paid more than is owed, and no full payment is cut to units.
    """
    if sum(claim.amount for claim in owed) <= available:
        return [claim.amount for claim in owed]
    weights = [claim.amount for claim in owed]
    precedence = [claim.precedence for claim in owed]
    return cut_by_weight(available, weights, precedence, unit=unit, most=weights)


def cut_by_weight(
    total: int,
    weights: Sequence[int],
    precedence: Sequence[Any],
    *,
    unit: int = 1,
    most: Sequence[int] | None = None,
) -> list[int]:
    """Cut `total` in proportion to `weights`, to the last cent; `most` caps each share."""
    if len(weights) == 1:
        return [total]
    whole = sum(weights)
    ensure(whole > 0, "something is cut among those who have a weight")
    step = whole * unit
    cuts = [divmod(total * weight, step) for weight in weights]
    shares = [units * unit for units, _remainder in cuts]
    left = total - sum(shares)
    if left:
        _hand_out(left, shares, [cut[1] for cut in cuts], precedence, unit, most)
    return shares


def _hand_out(
    left: int,
    shares: list[int],
    remainders: Sequence[int],
    precedence: Sequence[Any],
    unit: int,
    most: Sequence[int] | None,
) -> None:
    """Hand the rest out, at most one unit to each; a last broken unit goes to the next in line.

    One round is enough: what is left is the sum of the remainders, and each of them is less than
    a unit and fits below its cap.
    """
    order = sorted(range(len(shares)), key=lambda i: (-remainders[i], precedence[i]))
    for index in order:
        room = unit if most is None else min(unit, most[index] - shares[index])
        extra = min(room, left)
        shares[index] += extra
        left -= extra
        if not left:
            return
    ensure(False, "the whole sum is handed out")
