"""Days and moments that the procedure counts to, and how it counts (RULE-Q1 to RULE-Q4).

A computed day is never a bare date: it says by which rule it was counted, from which day, how far
and in which direction, which days off it passed over, and how "so many days before" was read. So
every page can show the same reckoning that the engine made.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from auction_engine.sale.calendar import latest_day_before, months_after

_SATURDAY: Final = 5

# How many days the procedure gives, by the rule that says so. Periods that run forwards for the
# court and end on a working day (RULE-Q4); hours and days of bidders are elsewhere.
COURT_PERIODS: Final[Mapping[str, int]] = MappingProxyType(
    {
        "I2": 10,  # the ruling is served, counted from full payment
        "I4": 15,  # the property is handed over, counted from service of the ruling
        "L4": 5,  # bidding goes on, counted from the end of the ground for the stay
        "B13": 10,  # the sale is begun, counted from the day the price is fixed
        "C6": 5,  # the applicant asks for the sale all the same, counted from being told
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


class Direction(StrEnum):
    FORWARDS = "forwards"
    BACKWARDS = "backwards"


class Reading(StrEnum):
    """How "so many days before" is read (RULE-Q2); the law leaves it open."""

    # The distance between the two days.
    DEFAULT = "default"
    # So many full days between them.
    STRICT = "strict"

    @classmethod
    def of(cls, *, strict: bool) -> "Reading":
        return cls.STRICT if strict else cls.DEFAULT


@dataclass(frozen=True, slots=True)
class Deadline:
    """A day that explains itself: `days` (or `months`) from `counted_from` end on `ends_on` by the
    count, and on `due_on` because the court does not work on the days `passed_over`.

    `days` is never negative; `direction` says which way. A period that does not roll ends where
    the count ends, whatever the calendar says (RULE-Q3). `reading` is set where the strict reading
    would give another day; `what` names what the day bounds, where that is not plain.
    """

    rule: str
    counted_from: date
    days: int
    ends_on: date
    due_on: date
    months: int = 0
    direction: Direction = Direction.FORWARDS
    rolls: bool = False
    passed_over: tuple[date, ...] = ()
    reading: Reading | None = None
    what: str = ""

    @property
    def is_rolled(self) -> bool:
        return self.due_on != self.ends_on

    @property
    def on(self) -> date:
        """The day itself, for whoever need not know how it was found."""
        return self.due_on


def deadline(
    rule: str, counted_from: date, days: int, calendar: WorkingDays, *, what: str = ""
) -> Deadline:
    """The last of `days` days after `counted_from`, which itself does not count (RULE-Q1); if the
    court does not work on it, the next day on which it does (RULE-Q4; CPL 85)."""
    ends_on = counted_from + timedelta(days=days)
    passed_over = []
    due_on = ends_on
    while not calendar.is_worked(due_on):
        passed_over.append(due_on)
        due_on += timedelta(days=1)
    return Deadline(
        rule,
        counted_from,
        days,
        ends_on,
        due_on,
        rolls=True,
        passed_over=tuple(passed_over),
        what=what,
    )


def court_deadline(rule: str, counted_from: date, calendar: WorkingDays) -> Deadline:
    """The deadline that `rule` sets the court for something that began on `counted_from`."""
    return deadline(rule, counted_from, COURT_PERIODS[rule], calendar)


def last_day_before(rule: str, day: date, days: int, *, strict: bool, what: str = "") -> Deadline:
    """The last day that lies so many days before `day`. Counted backwards; days off neither
    shorten nor roll it (RULE-Q2, RULE-Q3)."""
    on = latest_day_before(day, days, strict=strict)
    reading = Reading.of(strict=strict)
    return Deadline(
        rule, day, days, on, on, direction=Direction.BACKWARDS, reading=reading, what=what
    )


def first_day_after(rule: str, day: date, days: int, *, strict: bool, what: str = "") -> Deadline:
    """The first day for which `day` lies so many days before: the other end of
    `last_day_before`, and no more rolled than that (RULE-Q2, RULE-Q3)."""
    on = day + timedelta(days=days + 1 if strict else days)
    return Deadline(rule, day, days, on, on, reading=Reading.of(strict=strict), what=what)


def last_day_within(rule: str, day: date, days: int, *, what: str = "") -> Deadline:
    """The last of so many days after `day` for something that needs no working court."""
    on = day + timedelta(days=days)
    return Deadline(rule, day, days, on, on, what=what)


def last_day_of_months(rule: str, day: date, months: int, *, what: str = "") -> Deadline:
    """The same day so many months later."""
    on = months_after(day, months)
    return Deadline(rule, day, 0, on, on, months=months, what=what)


@dataclass(frozen=True, slots=True)
class ClockPeriod:
    """A period of hours: it runs on the clock, through nights and holidays (RULE-Q1, Q4)."""

    rule: str
    counted_from: datetime
    length: timedelta
    ends_at: datetime

    def is_over(self, at: datetime) -> bool:
        """Whether `at` is too late; the last moment itself is still in time."""
        return at > self.ends_at


def clock_period(rule: str, counted_from: datetime, length: timedelta) -> ClockPeriod:
    """So long after a moment by the clock, also where a zone puts its clocks forward in between:
    24 hours after the end for deposits (RULE-H3, H4), at least 24 hours of bidding (RULE-G2)."""
    ends_at = (counted_from.astimezone(UTC) + length).astimezone(counted_from.tzinfo)
    return ClockPeriod(rule, counted_from, length, ends_at)
