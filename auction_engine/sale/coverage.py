"""When the lots of a case that were sold pay for everything, the others are stopped (RULE-C10).

Several lots of one case may end in the same second, and nobody may depend on which of them is
written down first: what ended earlier counts first, and of two that end at one moment the one
that was published first.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

# Nearer to its end than this, a sale may be over before a withdrawal reaches its journal.
_NEAR_THE_END: Final = timedelta(minutes=1)
# The platform's clock counts no smaller steps.
_INSTANT: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Debts:
    """What the sold lots of a case have to bring: what was admitted, and the costs."""

    admitted: int
    costs: int

    @property
    def total(self) -> int:
        return self.admitted + self.costs


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where a lot stands in the order of ends. `number` grows with publication."""

    ends_at: datetime
    number: int


@dataclass(frozen=True, slots=True)
class Running:
    """Another lot of the case whose end is not written down yet."""

    place: Place
    is_stayed: bool
    # Its last accepted bid or resumption: nothing counts from before it.
    committed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Stop:
    """How a lot is stopped: withdrawn by the court, after a stay where its end is too near.

    `stayed_since` is the moment from which that stay counts (a platform's stay may reach back).
    """

    stayed_since: datetime | None


def is_covered(debts: Debts, prices: Iterable[int]) -> bool:
    """Whether the prices of the sold lots cover the admitted debts and the costs (RULE-C10).

    While nothing is admitted nobody knows what is owed, and nothing is stopped for that.
    """
    return debts.admitted > 0 and sum(prices) >= debts.total


def goes_first(own: Place, others: Iterable[Running], now: datetime) -> bool:
    """Whether a lot that is over may be written down, or another one that ended before it first."""
    return not any(
        other.place < own and not other.is_stayed and other.place.ends_at <= now for other in others
    )


def stops(
    debts: Debts,
    prices: Sequence[int],
    *,
    debtor_sells_all: bool,
    sold_at: datetime,
    others: Sequence[Running],
    now: datetime,
) -> dict[int, Stop]:
    """Which other lots are stopped, by number, once a lot was sold at `sold_at` (RULE-C10)."""
    if debtor_sells_all or not is_covered(debts, prices):
        return {}
    return {other.place.number: stop_of(other, sold_at, now) for other in others}


def stop_of(running: Running, sold_at: datetime, now: datetime) -> Stop:
    """How `running` is stopped.

    One that has time left is withdrawn. One whose own end is here meanwhile would be over by the
    time that the withdrawal arrives: it is stayed as of the sale that covers the debts, so that
    what nobody had written down yet sells nothing. The end itself belongs to the closed side, so
    the stay counts from the last instant before it at the latest.
    """
    ends_at = running.place.ends_at
    if running.is_stayed or ends_at - now > _NEAR_THE_END:
        return Stop(stayed_since=None)
    earliest = sold_at if running.committed_at is None else max(sold_at, running.committed_at)
    return Stop(stayed_since=min(earliest, ends_at - _INSTANT, now))
