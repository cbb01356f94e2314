"""Whole days out of an iCalendar file (RFC 5545), read strictly: all of them or none.

A public table of days off is a list of all-day events. Whatever this cannot put into such a table
without guessing (an hour, a repetition, a day that cannot be) is refused with its line, because a
deadline that was counted on half of a table is worse than one on none.
"""

from __future__ import annotations

import re
from codecs import BOM_UTF8
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

MOST_BYTES = 256 * 1024
MOST_DAYS = 1000
LONGEST_EVENT = 62
LONGEST_NAME = 80
YEARS = range(2000, 2101)

_DAY = re.compile(r"\d{8}", re.ASCII)
_LENGTH = re.compile(r"P(?:(\d{1,3})D|(\d{1,2})W)", re.ASCII)
_PROPERTY = re.compile(r"([A-Za-z0-9-]+)((?:;[A-Za-z0-9-]+=(?:\"[^\"]*\"|[^\";:]*))*):(.*)", re.S)
_ESCAPED = re.compile(r"\\([\\;,nN])")

# How tables of a State Council notice mark a weekend that is worked in exchange.
_WORKED = ("补班", "上班", "调休上班", "（班）", "(班)", "working day", "workday")
_APPLE_WORKED = "ALTERNATE-WORKDAY"


class Unfit(StrEnum):
    """Why a file is refused."""

    TOO_LARGE = "too_large"
    NOT_UTF8 = "not_utf8"
    NO_CALENDAR = "no_calendar"
    NO_PROPERTY = "no_property"
    NOT_CLOSED = "not_closed"
    UNKNOWN_PART = "unknown_part"
    TWICE = "twice"
    NO_BEGINNING = "no_beginning"
    NOT_A_DAY = "not_a_day"
    DAY_IMPOSSIBLE = "day_impossible"
    END_NOT_AFTER = "end_not_after"
    TOO_LONG = "too_long"
    REPEATS = "repeats"
    NO_NAME = "no_name"
    CONTRADICTS = "contradicts"
    TOO_MANY = "too_many"
    NOTHING = "nothing"


class CalendarFileUnfit(Exception):
    """The file is no table of whole days; `line` is the first line that is wrong."""

    def __init__(self, line: int, reason: Unfit) -> None:
        super().__init__(f"line {line}: {reason}")
        self.line = line
        self.reason = reason


@dataclass(frozen=True, slots=True)
class FileDay:
    """A day of the file: whether the court works on it, what it is called, and where it stands."""

    on: date
    works: bool
    name: str
    line: int


@dataclass(slots=True)
class _Line:
    """A content line, unfolded; `number` is where it begins."""

    number: int
    name: str
    parameters: dict[str, str]
    value: str


@dataclass(slots=True)
class _Event:
    began_at_line: int
    lines: dict[str, _Line] = field(default_factory=dict)


def read_calendar(raw: bytes) -> tuple[FileDay, ...]:
    """The days of the file, in order; a day that stands twice alike is one."""
    days: dict[date, FileDay] = {}
    for event in _events(_lines(raw)):
        for day in _days_of(event):
            known = days.setdefault(day.on, day)
            if known.works is not day.works:
                raise CalendarFileUnfit(day.line, Unfit.CONTRADICTS)
            if len(days) > MOST_DAYS:
                raise CalendarFileUnfit(day.line, Unfit.TOO_MANY)
    if not days:
        raise CalendarFileUnfit(1, Unfit.NOTHING)
    return tuple(days[on] for on in sorted(days))


def _lines(raw: bytes) -> Iterator[_Line]:
    """Content lines: what begins with a blank goes on with the line before it. They are joined as
    bytes, because a fold may stand in the middle of a character."""
    if len(raw) > MOST_BYTES:
        raise CalendarFileUnfit(1, Unfit.TOO_LARGE)
    number, unfolded = 0, b""
    folds = raw.removeprefix(BOM_UTF8).replace(b"\r\n", b"\n").split(b"\n")
    for here, fold in enumerate(folds, start=1):
        if fold[:1] in (b" ", b"\t") and unfolded:
            unfolded += fold[1:]
            continue
        if unfolded:
            yield _property(number, unfolded)
        number, unfolded = here, fold
    if unfolded:
        yield _property(number, unfolded)


def _property(number: int, raw: bytes) -> _Line:
    try:
        unfolded = raw.decode()
    except UnicodeDecodeError as wrong:
        raise CalendarFileUnfit(number, Unfit.NOT_UTF8) from wrong
    match = _PROPERTY.fullmatch(unfolded)
    if match is None or "\x00" in unfolded:
        raise CalendarFileUnfit(number, Unfit.NO_PROPERTY)
    name, written, value = match.groups()
    parameters = dict(part.partition("=")[::2] for part in written[1:].upper().split(";") if part)
    return _Line(number, name.upper(), parameters, value.strip())


def _events(lines: Iterator[_Line]) -> Iterator[_Event]:
    """The events of the one calendar; time zones and reminders say nothing about whole days."""
    open_parts: list[str] = []
    event: _Event | None = None
    number, is_over = 1, False
    for line in lines:
        number = line.number
        if line.name == "BEGIN":
            event = _begin(line, open_parts, event, is_over=is_over)
        elif not open_parts:
            raise CalendarFileUnfit(number, Unfit.NO_CALENDAR)
        elif line.name == "END":
            if line.value.upper() != open_parts.pop():
                raise CalendarFileUnfit(number, Unfit.NOT_CLOSED)
            if line.value.upper() == "VEVENT" and event is not None:
                yield event
                event = None
            is_over = not open_parts
        elif open_parts[-1] == "VEVENT" and event is not None:
            _note(event, line)
    if open_parts:
        raise CalendarFileUnfit(number, Unfit.NOT_CLOSED)
    if not is_over:
        raise CalendarFileUnfit(1, Unfit.NO_CALENDAR)


_PARTS = {
    "VEVENT": "VCALENDAR",
    "VTIMEZONE": "VCALENDAR",
    "STANDARD": "VTIMEZONE",
    "DAYLIGHT": "VTIMEZONE",
    "VALARM": "VEVENT",
}


def _begin(
    line: _Line, open_parts: list[str], event: _Event | None, *, is_over: bool
) -> _Event | None:
    part = line.value.upper()
    if not open_parts:
        if part != "VCALENDAR" or is_over:
            raise CalendarFileUnfit(line.number, Unfit.NO_CALENDAR)
    elif _PARTS.get(part) != open_parts[-1]:
        raise CalendarFileUnfit(line.number, Unfit.UNKNOWN_PART)
    open_parts.append(part)
    return _Event(line.number) if part == "VEVENT" else event


_ONCE = ("DTSTART", "DTEND", "DURATION", "SUMMARY", "STATUS", "X-APPLE-SPECIAL-DAY")


def _note(event: _Event, line: _Line) -> None:
    if line.name in ("RRULE", "RDATE", "EXDATE", "RECURRENCE-ID"):
        raise CalendarFileUnfit(line.number, Unfit.REPEATS)
    if line.name in _ONCE and line.name in event.lines:
        raise CalendarFileUnfit(line.number, Unfit.TWICE)
    event.lines[line.name] = line


def _days_of(event: _Event) -> Iterator[FileDay]:
    status = event.lines.get("STATUS")
    if status is not None and status.value.upper() == "CANCELLED":
        return
    start = event.lines.get("DTSTART")
    if start is None:
        raise CalendarFileUnfit(event.began_at_line, Unfit.NO_BEGINNING)
    name = _name(event)
    works = _is_worked(event, name)
    first = _day(start)
    for place in range(_length(event, first)):
        yield FileDay(first + timedelta(days=place), works, name, start.number)


def _day(line: _Line) -> date:
    if line.parameters.get("VALUE", "DATE") != "DATE" or _DAY.fullmatch(line.value) is None:
        raise CalendarFileUnfit(line.number, Unfit.NOT_A_DAY)
    try:
        on = date.fromisoformat(line.value)
    except ValueError as wrong:
        raise CalendarFileUnfit(line.number, Unfit.DAY_IMPOSSIBLE) from wrong
    if on.year not in YEARS:
        raise CalendarFileUnfit(line.number, Unfit.DAY_IMPOSSIBLE)
    return on


def _length(event: _Event, first: date) -> int:
    """How many days: DTEND is the day after the last one; without an end it is one day."""
    end, duration = event.lines.get("DTEND"), event.lines.get("DURATION")
    if end is not None and duration is not None:
        raise CalendarFileUnfit(duration.number, Unfit.TWICE)
    said = end or duration
    if said is None:
        return 1
    days = (_day(end) - first).days if end is not None else _counted(said)
    if days < 1:
        raise CalendarFileUnfit(said.number, Unfit.END_NOT_AFTER)
    if days > LONGEST_EVENT:
        raise CalendarFileUnfit(said.number, Unfit.TOO_LONG)
    return days


def _counted(duration: _Line) -> int:
    match = _LENGTH.fullmatch(duration.value)
    if match is None:
        raise CalendarFileUnfit(duration.number, Unfit.NOT_A_DAY)
    days, weeks = match.groups()
    return int(days) if days else 7 * int(weeks)


def _name(event: _Event) -> str:
    summary = event.lines.get("SUMMARY")
    name = _ESCAPED.sub(_unescaped, summary.value).strip() if summary is not None else ""
    if not name or not name.isprintable():
        number = summary.number if summary is not None else event.began_at_line
        raise CalendarFileUnfit(number, Unfit.NO_NAME)
    return name[:LONGEST_NAME]


def _unescaped(match: re.Match[str]) -> str:
    return " " if match[1] in "nN" else match[1]


def _is_worked(event: _Event, name: str) -> bool:
    """Whether the event marks a worked day; the person who imports sees it and decides."""
    special = event.lines.get("X-APPLE-SPECIAL-DAY")
    if special is not None and special.value.upper() == _APPLE_WORKED:
        return True
    categories = event.lines.get("CATEGORIES")
    said = f"{name} {categories.value if categories is not None else ''}".lower()
    return any(word in said for word in _WORKED)
