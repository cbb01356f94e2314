"""How a day was found, in words; and what is wrong with a file of days (RULE-Q1 to Q4)."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _

from app.gateways.icalendar_files import CalendarFileUnfit, Unfit
from app.web.formats import day
from app.web.page import chosen_language
from auction_engine.sale.deadlines import ClockPeriod, Deadline, Direction, Reading

READINGS: dict[Reading, Any] = {
    Reading.DEFAULT: _("The distance between the two days"),
    Reading.STRICT: _("So many full days between them"),
}

UNFIT: dict[Unfit, Any] = {
    Unfit.TOO_LARGE: _("The file is larger than 256 kB."),
    Unfit.NOT_UTF8: _("This line is not UTF-8 text."),
    Unfit.NO_CALENDAR: _("This is not one calendar (BEGIN:VCALENDAR to END:VCALENDAR)."),
    Unfit.NO_PROPERTY: _("This line is not of the form NAME:value."),
    Unfit.NOT_CLOSED: _("A part that began is not closed here."),
    Unfit.UNKNOWN_PART: _("This part does not belong into a calendar of whole days."),
    Unfit.TWICE: _("This says a second time what was said already."),
    Unfit.NO_BEGINNING: _("This event has no day on which it begins (DTSTART)."),
    Unfit.NOT_A_DAY: _("This is not a whole day, like 20261001."),
    Unfit.DAY_IMPOSSIBLE: _("There is no such day from 2000 to 2100."),
    Unfit.END_NOT_AFTER: _("The end is not after the beginning. It names the day after the last."),
    Unfit.TOO_LONG: _("This event is longer than 62 days."),
    Unfit.REPEATS: _("This event repeats. Enter each year's days by themselves."),
    Unfit.NO_NAME: _("This event has no readable name (SUMMARY)."),
    Unfit.CONTRADICTS: _("The file says of this day that it is worked, and that it is off."),
    Unfit.TOO_MANY: _("The file has more than 1000 days."),
    Unfit.NOTHING: _("The file names no day."),
}

REFUSALS: dict[str, Any] = {
    "read_so_already": _("This court reads it so already."),
    "not_there": _("This day is not in the calendar."),
    "gone_by": _("Periods were counted over this day, so it stays in the calendar."),
    "something_left": _("Something may be left at this price. Nobody has to be asked (C6)."),
    "told_already": _("The applicant was told already. What they were told stands (C6)."),
    "not_told": _("The applicant was not told yet (C6)."),
    "requested_already": _("The request is on the record already (C6)."),
    "before_notice": _("This day lies before the applicant was told (C6)."),
    "in_the_future": _("This day has not come yet."),
    "too_late": _("The five days were over. A request after them does not count (C6)."),
    "not_a_draft": _("This sale is published. Its terms are frozen."),
    "awaiting_decision": _(
        "The draft waits for a judge and is held still. Ask the judge to send it back."
    ),
}

# What a court gives its reasons for (RULE-C5, C8, C9, C11).
STATEMENTS: dict[str, Any] = {
    "sold_together": _("Why these things are sold together (C9)"),
    "part_of_equity": _("Why so much of the equity is sold (C11)"),
    "equity_without_documents": _(
        "Why the equity cannot be appraised, and the creditor's written request (C5)"
    ),
    "increment": _("Why the increment is larger than practice finds fit (C8)"),
}


def refusal(reason: object) -> str:
    return str(REFUSALS.get(str(reason), reason))


def unfit(found: CalendarFileUnfit) -> str:
    """The line and the reason; nothing of the file was taken."""
    return gettext(
        "Line %(line)s: %(reason)s Nothing was taken.",
        line=found.line,
        reason=UNFIT[found.reason],
    )


def explained(bound: Deadline) -> str:
    """`15 days before 20 December 2026, D1; not shortened by days off, Q3`."""
    return _joined([_counted(bound), *_remarks(bound)])


def explained_on_the_clock(period: ClockPeriod, start: str) -> str:
    """`24 hours after …, G2; on the clock, also at night and on days off, Q1`."""
    hours = int(period.length.total_seconds()) // 3600
    counted = ngettext(
        "%(num)s hour after %(start)s, %(rule)s",
        "%(num)s hours after %(start)s, %(rule)s",
        hours,
        start=start,
        rule=period.rule,
    )
    return _joined([counted, gettext("on the clock, also at night and on days off, Q1")])


def opens_from(bound: Deadline) -> str:
    """The first day of opening, with its reckoning."""
    return gettext(
        "Announced today it may open from %(day)s: %(how)s",
        day=day(bound.on, chosen_language()),
        how=explained(bound),
    )


def _counted(bound: Deadline) -> str:
    start = _day(bound)
    if bound.months:
        return ngettext(
            "%(num)s month after %(day)s, %(rule)s",
            "%(num)s months after %(day)s, %(rule)s",
            bound.months,
            day=start,
            rule=bound.rule,
        )
    if bound.direction is Direction.BACKWARDS:
        return ngettext(
            "%(num)s day before %(day)s, %(rule)s",
            "%(num)s days before %(day)s, %(rule)s",
            bound.days,
            day=start,
            rule=bound.rule,
        )
    return ngettext(
        "%(num)s day after %(day)s, %(rule)s",
        "%(num)s days after %(day)s, %(rule)s",
        bound.days,
        day=start,
        rule=bound.rule,
    )


def _remarks(bound: Deadline) -> list[str]:
    """What was done with days off, and how "so many days before" was read."""
    remarks = []
    if bound.reading is Reading.STRICT:
        remarks.append(gettext("so many full days between, Q2"))
    if bound.reading is not None:
        remarks.append(gettext("not shortened by days off, Q3"))
    if bound.is_rolled:
        remarks.append(
            ngettext(
                "%(num)s day off passed over, Q4",
                "%(num)s days off passed over, Q4",
                len(bound.passed_over),
            )
        )
    return remarks


def _joined(parts: list[str]) -> str:
    return ("；" if chosen_language() == "zh" else "; ").join(parts)


def _day(bound: Deadline) -> str:
    return day(bound.counted_from, chosen_language())
