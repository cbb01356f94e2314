"""Counting days and months as the procedure does: whole days at the place of the court."""

import calendar
from datetime import date, datetime, timedelta, timezone


def day_of(moment: datetime, utc_offset: timedelta) -> date:
    """The day on which `moment` falls where the clock runs `utc_offset` ahead of UTC."""
    return moment.astimezone(timezone(utc_offset)).date()


def latest_day_before(day: date, days: int, *, strict: bool) -> date:
    """The last day that lies `days` before `day`; strict asks for so many full days between
    (RULE-Q2). Counting backwards knows no holidays (RULE-Q3)."""
    return day - timedelta(days=days + 1 if strict else days)


def months_after(day: date, months: int) -> date:
    """The same day so many months later, or the last of that month where it has no such day.

    Behind the last day of all calendars there is none: 9999-12-31 stands for "without end".
    """
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    if year > date.max.year:
        return date.max
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))
