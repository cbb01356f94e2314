"""The doubled part of interest for late performance: by the day, on what is still unpaid."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from auction_engine.rulepacks.cn_enforcement import LATE_INTEREST_MILLIONTHS_A_DAY


@dataclass(frozen=True, slots=True)
class PartPayment:
    paid_on: date
    amount: int


@dataclass(frozen=True, slots=True)
class Stayed:
    """A time that does not count: the days after `starts_on`, up to and with `ends_on`."""

    starts_on: date
    ends_on: date


@dataclass(frozen=True, slots=True)
class Period:
    """Counted days in a row with one base. `starts_on` is the day before the first of them."""

    starts_on: date
    ends_on: date
    days: int
    base: int

    @property
    def interest_micro(self) -> int:
        """Exact, in millionths of the minor unit."""
        return self.base * self.days * LATE_INTEREST_MILLIONTHS_A_DAY


def late_interest_periods(
    *,
    principal: int,
    starts_on: date,
    ends_on: date,
    include_start: bool = False,
    part_payments: Sequence[PartPayment] = (),
    stayed: Sequence[Stayed] = (),
) -> tuple[Period, ...]:
    """The periods that bear interest. The day the time for performance ended does not count,
    unless `include_start`; a payment lowers the base from the day after it."""
    first = starts_on.toordinal() + (0 if include_start else 1)
    changes = _base_changes(principal, part_payments)
    periods = []
    for low, high in _counted_runs(first, ends_on.toordinal(), stayed):
        for begin, end, base in _runs_of_one_base(low, high, changes):
            shown_from = max(begin - 1, starts_on.toordinal())
            days = end - begin + 1
            periods.append(Period(date.fromordinal(shown_from), date.fromordinal(end), days, base))
    return tuple(periods)


def total_interest(periods: Sequence[Period]) -> int:
    """The interest of all periods; rounded once, half a minor unit and more is a whole one."""
    micro = sum(period.interest_micro for period in periods)
    return (micro + 500_000) // 1_000_000


def _base_changes(principal: int, part_payments: Sequence[PartPayment]) -> list[tuple[int, int]]:
    """From which day (as an ordinal) which base counts, the first from the beginning of time."""
    paid_on_day: dict[int, int] = {}
    for payment in part_payments:
        day = payment.paid_on.toordinal()
        paid_on_day[day] = paid_on_day.get(day, 0) + payment.amount
    changes = [(0, principal)]
    for day in sorted(paid_on_day):
        if paid_on_day[day]:
            changes.append((day + 1, changes[-1][1] - paid_on_day[day]))
    return changes


def _counted_runs(first: int, last: int, stayed: Sequence[Stayed]) -> Iterator[tuple[int, int]]:
    """The runs of days from `first` to `last` that lie in no stay."""
    begin = first
    for starts, ends in sorted((s.starts_on.toordinal(), s.ends_on.toordinal()) for s in stayed):
        if starts == ends:
            continue  # It covers no day and must not cut a run in two.
        if begin <= min(starts, last):
            yield begin, min(starts, last)
        begin = max(begin, ends + 1)
    if begin <= last:
        yield begin, last


def _runs_of_one_base(
    low: int, high: int, changes: list[tuple[int, int]]
) -> Iterator[tuple[int, int, int]]:
    index = bisect_right(changes, low, key=lambda change: change[0]) - 1
    while low <= high:
        base = changes[index][1]
        index += 1
        end = min(high, changes[index][0] - 1) if index < len(changes) else high
        yield low, end, base
        low = end + 1
