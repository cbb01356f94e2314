"""Who gets the odd cent: the one place where a sum is cut into shares.

Shares are cut down to whole units; what is left is handed out unit by unit to the largest
remainders.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from operator import attrgetter

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


def pay_pro_rata(available: int, owed: Sequence[Owed], unit: int = 1) -> list[tuple[Owed, int]]:
    """Pay everybody in full, or if the money does not reach, everybody the same part.

    Nobody is paid more than is owed, and no full payment is cut to units.
    """
    if sum(claim.amount for claim in owed) <= available:
        return [(claim, claim.amount) for claim in owed]
    ordered = sorted(owed, key=attrgetter("precedence"))
    amounts = [claim.amount for claim in ordered]
    return list(
        zip(ordered, cut_by_weight(available, amounts, unit=unit, capped=True), strict=True)
    )


def cut_by_weight(
    total: int, weights: Sequence[int], *, unit: int = 1, capped: bool = False
) -> list[int]:
    """Cut `total` in proportion to `weights`, to the last cent.

    Between equal remainders the earlier place in `weights` wins. `capped`: no share grows beyond
    its own weight by a unit handed out.
    """
    if len(weights) == 1:
        return [total]
    whole = sum(weights)
    ensure(whole > 0, "something is cut among those who have a weight")
    step = whole * unit
    cuts = [divmod(total * weight, step) for weight in weights]
    shares = [units * unit for units, _remainder in cuts]
    left = total - sum(shares)
    if left:
        remainders = [remainder for _units, remainder in cuts]
        # Sorting keeps equal remainders in their order, also in reverse.
        order = sorted(range(len(cuts)), key=remainders.__getitem__, reverse=True)
        _hand_out(left, shares, order, unit, weights if capped else None)
    return shares


def _hand_out(
    left: int, shares: list[int], order: Sequence[int], unit: int, most: Sequence[int] | None
) -> None:
    """Hand the rest out, at most one unit to each; a last broken unit goes to the next in line.

    One round is enough: what is left is the sum of the remainders, and each of them is less than
    a unit and fits below its cap.
    """
    for index in order:
        room = unit if most is None else min(unit, most[index] - shares[index])
        extra = min(room, left)
        shares[index] += extra
        left -= extra
        if not left:
            return
    ensure(False, "the whole sum is handed out")
