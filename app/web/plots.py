"""The arithmetic of the drawings: a price over time, and a pool running down the ranks.

Coordinates are whole thousandths of the drawing, so that a template can write them into an SVG
that stretches; the labels stay text beside it and keep their size on a telephone.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

SCALE = 1000
TICKS = 3


@dataclass(frozen=True, slots=True)
class Curve:
    """A stepped line of the price: it stays where it is until the next bid."""

    path: str
    dots: tuple[tuple[int, int], ...]
    amounts: tuple[int, ...]  # labels of the upright axis, from the top
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Bar:
    """One line of a waterfall: what it takes out of what was left before it."""

    label: str
    kind: str  # pool | cost | claim | surplus
    amount_minor: int
    start: int
    width: int
    mine: bool
    claimed_minor: int | None
    note: str | None


def price_curve(bids: Iterable[Any]) -> Curve | None:
    """Draw the accepted bids, given in any order; one bid alone is not a curve."""
    ordered = sorted(bids, key=lambda bid: _of(bid, "seq"))
    if len(ordered) < 2:
        return None
    moments = [_of(bid, "at") for bid in ordered]
    amounts = [_of(bid, "amount_minor") for bid in ordered]
    low, high, labels = _axis(min(amounts), max(amounts))
    span = (moments[-1] - moments[0]).total_seconds() or 1
    dots = tuple(
        (
            round(SCALE * (at - moments[0]).total_seconds() / span),
            SCALE - SCALE * (amount - low) // (high - low),
        )
        for at, amount in zip(moments, amounts, strict=True)
    )
    path = f"M{dots[0][0]} {dots[0][1]}" + "".join(f"H{x}V{y}" for x, y in dots[1:])
    return Curve(path, dots, labels, moments[0], moments[-1])


def waterfall(rows: Sequence[Any]) -> list[Bar]:
    """Lay the lines of a distribution out: the pool whole, then each payment from what is left.

    The first row is the pool. What is paid never passes the pool, so no bar leaves the drawing.
    """
    if not rows:
        return []
    pool = _of(rows[0], "amount_minor")
    left = pool
    bars = []
    for row in rows:
        amount = _of(row, "amount_minor")
        if _of(row, "kind") == "pool":
            start_minor = 0
        else:
            left -= amount
            start_minor = left
        start = _thousandths(start_minor, pool)
        bars.append(
            Bar(
                label=_of(row, "label"),
                kind=_of(row, "kind"),
                amount_minor=amount,
                start=start,
                width=_thousandths(start_minor + amount, pool) - start,
                mine=bool(_of(row, "mine", False)),
                claimed_minor=_of(row, "claimed_minor", None),
                note=_of(row, "note", None),
            )
        )
    return bars


def _axis(lowest: int, highest: int) -> tuple[int, int, tuple[int, ...]]:
    """Round the ends of the axis outward to a 1, 2 or 5 that keeps the labels short."""
    step = _round_step(max(highest - lowest, 1))
    low = lowest // step * step
    high = -(-highest // step) * step
    if high == low:
        high = low + step
    between = [low + (high - low) * index // (TICKS - 1) for index in range(TICKS)]
    return low, high, tuple(reversed(between))


def _round_step(span: int) -> int:
    step = 1
    while True:
        for factor in (1, 2, 5):
            if step * factor * 4 >= span:
                return step * factor
        step *= 10


def _thousandths(part: int, whole: int) -> int:
    return SCALE * part // whole if whole else 0


def _of(row: Any, name: str, *default: Any) -> Any:
    """Read from a mapping or an object: pages hand over whichever their query gave them."""
    if isinstance(row, dict):
        return row.get(name, *default) if default else row[name]
    return getattr(row, name, *default)
