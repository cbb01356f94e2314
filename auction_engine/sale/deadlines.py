"""Until when a court must have done something, and why then (RULE-Q1 to RULE-Q4)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from types import MappingProxyType
from typing import Final

_SATURDAY: Final = 5

# How many days the procedure gives, by the rule that says so. Periods that run forwards for the
# court and end on a working day (RULE-Q4); hours and days of bidders are elsewhere.
COURT_PERIODS: Final[Mapping[str, int]] = MappingProxyType(
    {
        "I2": 10,  # the ruling is served, counted from full payment
        "I4": 15,  # the property is handed over, counted from service of the ruling
        "L4": 5,  # bidding goes on, counted from the end of the ground for the stay
        "B13": 10,  # the sale is begun, counted from the day the price is fixed
    }
)


@dataclass(frozen=True, slots=True)
class WorkingDays:
    """A court's calendar: weekends are off, but for `worked`; `off` are its holidays."""

    off: frozenset[date] = field(default_factory=frozenset)
    worked: frozenset[date] = field(default_factory=frozenset)

    def is_worked(self, day: date) -> bool:
        if day in self.worked:
            return True
        return day not in self.off and day.weekday() < _SATURDAY


@dataclass(frozen=True, slots=True)
class Deadline:
    """A deadline that explains itself: `days` from `counted_from` end on `ends_on` by the count,
    and on `due_on` because the court does not work before."""

    rule: str
    counted_from: date
    days: int
    ends_on: date
    due_on: date

    @property
    def is_rolled(self) -> bool:
        return self.due_on != self.ends_on


def deadline(rule: str, counted_from: date, days: int, calendar: WorkingDays) -> Deadline:
    """The last of `days` days after `counted_from`, which itself does not count; if the court
    does not work on it, the next day on which it does (CPL 85)."""
    ends_on = counted_from + timedelta(days=days)
    due_on = ends_on
    while not calendar.is_worked(due_on):
        due_on += timedelta(days=1)
    return Deadline(rule, counted_from, days, ends_on, due_on)


def court_deadline(rule: str, counted_from: date, calendar: WorkingDays) -> Deadline:
    """The deadline that `rule` sets the court for something that began on `counted_from`."""
    return deadline(rule, counted_from, COURT_PERIODS[rule], calendar)
