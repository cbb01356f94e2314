"""The court's calendar: edited by the court, filled from a file, and how it reads days."""

from __future__ import annotations

from datetime import date

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from app.extensions import db
from app.gateways.icalendar_files import (
    CalendarFileUnfit,
    FileDay,
    Unfit,
    read_calendar,
)
from app.models.calendar_rows import calendar_of
from app.models.checklist_rows import hold_against_rules
from app.models.courts import CourtRecord
from app.models.sales import SaleRecord
from app.services.calendar import (
    CalendarRefusal,
    DayOff,
    Taken,
    read_days_before,
    set_day,
    take_days,
)
from auction_engine.sale.deadlines import Reading
from tests.court_world import Bench, a_bench, a_draft, decided
from tests.world import NOON, World

NATIONAL_DAY = date(2026, 10, 1)


def _file(*events: str) -> bytes:
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//court//days//EN"]
    for event in events:
        lines += ["BEGIN:VEVENT", *event.split("|"), "END:VEVENT"]
    return "\r\n".join([*lines, "END:VCALENDAR", ""]).encode()


GOLDEN_WEEK = "DTSTART;VALUE=DATE:20261001|DTEND;VALUE=DATE:20261004|SUMMARY:国庆节"
WORKED = "DTSTART;VALUE=DATE:20261010|SUMMARY:国庆节 补班"


# --- the file -----------------------------------------------------------------------------------


def test_a_file_of_whole_days_is_read_day_by_day() -> None:
    """RULE-Q1: the end of an event is the day after its last."""
    days = read_calendar(_file(WORKED, GOLDEN_WEEK))

    assert [(day.on.isoformat(), day.works, day.name) for day in days] == [
        ("2026-10-01", False, "国庆节"),
        ("2026-10-02", False, "国庆节"),
        ("2026-10-03", False, "国庆节"),
        ("2026-10-10", True, "国庆节 补班"),
    ]


@pytest.mark.parametrize(
    ("event", "days"),
    [
        ("DTSTART:20261001|SUMMARY:One day", 1),
        ("DTSTART;VALUE=DATE:20261001|DURATION:P3D|SUMMARY:Three", 3),
        ("DTSTART;VALUE=DATE:20261001|DURATION:P1W|SUMMARY:A week", 7),
        ("DTSTART;VALUE=DATE:20261001|SUMMARY:Told|BEGIN:VALARM|TRIGGER:-P1D|END:VALARM", 1),
        ("DTSTART;VALUE=DATE:20261001|SUMMARY:Split \r\n over lines", 1),
    ],
)
def test_what_a_whole_day_may_look_like(event: str, days: int) -> None:
    assert len(read_calendar(_file(event))) == days


@pytest.mark.parametrize(
    "mark", ["X-APPLE-SPECIAL-DAY:ALTERNATE-WORKDAY", "CATEGORIES:上班", "DESCRIPTION:none"]
)
def test_a_worked_weekend_is_known_by_its_mark(mark: str) -> None:
    (day,) = read_calendar(_file(f"DTSTART;VALUE=DATE:20261010|SUMMARY:国庆节|{mark}"))

    assert day.works is (not mark.startswith("DESCRIPTION"))


def test_a_fold_may_stand_in_the_middle_of_a_character() -> None:
    """Lines are folded after so many bytes, whatever stands there (RFC 5545, 3.1)."""
    raw = _file(GOLDEN_WEEK)
    middle = raw.index("国".encode()) + 1

    days = read_calendar(raw[:middle] + b"\r\n " + raw[middle:])

    assert {day.name for day in days} == {"国庆节"}


def test_parameters_and_the_mark_of_utf_8_are_no_hindrance() -> None:
    days = read_calendar(
        b"\xef\xbb\xbf"
        + _file('DTSTART;VALUE=DATE;X-A="a:b,c":20261001|SUMMARY;LANGUAGE=zh:国庆节')
    )

    assert [day.name for day in days] == ["国庆节"]


def test_what_is_cancelled_is_no_day() -> None:
    days = read_calendar(_file(GOLDEN_WEEK, f"{WORKED}|STATUS:CANCELLED"))

    assert not any(day.works for day in days)


@pytest.mark.parametrize(
    ("event", "line", "reason"),
    [
        ("DTSTART:20261001T090000Z|SUMMARY:Hearing", 5, Unfit.NOT_A_DAY),
        ("DTSTART;VALUE=DATE-TIME:20261001|SUMMARY:Hearing", 5, Unfit.NOT_A_DAY),
        ("DTSTART;VALUE=DATE:20260230|SUMMARY:None", 5, Unfit.DAY_IMPOSSIBLE),
        ("DTSTART;VALUE=DATE:19261001|SUMMARY:Long ago", 5, Unfit.DAY_IMPOSSIBLE),
        ("SUMMARY:No day", 4, Unfit.NO_BEGINNING),
        ("DTSTART;VALUE=DATE:20261001", 4, Unfit.NO_NAME),
        ("DTSTART;VALUE=DATE:20261001|SUMMARY: ", 6, Unfit.NO_NAME),
        ("DTSTART:20261001|DTEND:20261001|SUMMARY:Empty", 6, Unfit.END_NOT_AFTER),
        ("DTSTART:20261001|DTEND:20270101|SUMMARY:Too long", 6, Unfit.TOO_LONG),
        ("DTSTART:20261001|DURATION:PT5H|SUMMARY:Hours", 6, Unfit.NOT_A_DAY),
        ("DTSTART:20261001|SUMMARY:Yearly|RRULE:FREQ=YEARLY", 7, Unfit.REPEATS),
        ("DTSTART:20261001|DTSTART:20261002|SUMMARY:Two", 6, Unfit.TWICE),
        ("DTSTART:20261001|DTEND:20261002|DURATION:P1D|SUMMARY:Two", 7, Unfit.TWICE),
        ("DTSTART:20261001|SUMMARY:Odd|BEGIN:VTODO|END:VTODO", 7, Unfit.UNKNOWN_PART),
        ("DTSTART:20261001|what is this", 6, Unfit.NO_PROPERTY),
    ],
)
def test_a_file_that_would_have_to_be_guessed_is_refused_with_its_line(
    event: str, line: int, reason: Unfit
) -> None:
    with pytest.raises(CalendarFileUnfit) as refused:
        read_calendar(_file(event))

    assert (refused.value.line, refused.value.reason) == (line, reason)


@pytest.mark.parametrize(
    ("raw", "line", "reason"),
    [
        (b"", 1, Unfit.NO_CALENDAR),
        (b"PK\x03\x04", 1, Unfit.NO_PROPERTY),
        (b"BEGIN:VCALENDAR\nSUMMARY:\xff\nEND:VCALENDAR\n", 2, Unfit.NOT_UTF8),
        (b"BEGIN:VCALENDAR\nEND:VCALENDAR\n", 1, Unfit.NOTHING),
        (b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nEND:VCALENDAR\n", 3, Unfit.NOT_CLOSED),
        (b"BEGIN:VCALENDAR\n", 1, Unfit.NOT_CLOSED),
        (_file(GOLDEN_WEEK)[:-15], 8, Unfit.NOT_CLOSED),
        (_file(GOLDEN_WEEK) * 2, 10, Unfit.NO_CALENDAR),
        (b"x" * 300_000, 1, Unfit.TOO_LARGE),
        (_file(GOLDEN_WEEK, "DTSTART:20261002|SUMMARY:补班"), 10, Unfit.CONTRADICTS),
    ],
)
def test_what_is_no_calendar_is_refused(raw: bytes, line: int, reason: Unfit) -> None:
    with pytest.raises(CalendarFileUnfit) as refused:
        read_calendar(raw)

    assert (refused.value.line, refused.value.reason) == (line, reason)


@given(st.binary(max_size=400) | st.text(max_size=400).map(str.encode))
def test_any_file_is_read_whole_or_refused(raw: bytes) -> None:
    try:
        found = read_calendar(b"BEGIN:VCALENDAR\nBEGIN:VEVENT\n" + raw)
    except CalendarFileUnfit as refused:
        assert refused.line >= 1
    else:
        assert all(isinstance(day, FileDay) for day in found)


@given(
    st.lists(
        st.tuples(st.dates(date(2020, 1, 1), date(2040, 1, 1)), st.integers(1, 30)),
        min_size=1,
        max_size=8,
    )
)
def test_every_day_of_a_file_is_there_once(events: list[tuple[date, int]]) -> None:
    raw = _file(*(f"DTSTART:{on:%Y%m%d}|DURATION:P{days}D|SUMMARY:Off" for on, days in events))

    found = read_calendar(raw)

    expected = {
        date.fromordinal(on.toordinal() + place) for on, days in events for place in range(days)
    }
    assert [day.on for day in found] == sorted(expected)


# --- the table ----------------------------------------------------------------------------------


@pytest.fixture
def bench(app: Flask, world: World) -> Bench:
    return a_bench(world)


def _days(world: World) -> list[tuple[object, ...]]:
    return world.rows('SELECT "on", works, name FROM calendar_days ORDER BY "on"')


def test_taken_again_nothing_is_doubled(bench: Bench, world: World) -> None:
    days = [DayOff(NATIONAL_DAY, works=False, name="National Day")]

    first = take_days(bench.court_id, days, by=bench.clerk)
    again = take_days(bench.court_id, days, by=bench.clerk)

    assert (first, again) == (Taken(1, 0), Taken(0, 1))
    assert _days(world) == [(NATIONAL_DAY, False, "National Day")]
    acts = world.rows("SELECT action, person_id FROM audit WHERE action = 'calendar.imported'")
    assert acts == [("calendar.imported", bench.clerk)]


def test_the_court_s_own_word_stands_before_a_file_s(bench: Bench, world: World) -> None:
    set_day(bench.court_id, NATIONAL_DAY, works=True, name="On call", by=bench.clerk)

    taken = take_days(
        bench.court_id, [DayOff(NATIONAL_DAY, works=False, name="National Day")], by=bench.clerk
    )

    assert taken == Taken(0, 1)
    assert _days(world) == [(NATIONAL_DAY, True, "On call")]


def test_each_court_has_days_of_its_own(bench: Bench, world: World) -> None:
    other = a_bench(world)
    bench.acting_as(bench.clerk)

    take_days(bench.court_id, [DayOff(NATIONAL_DAY, works=False, name="Off")], by=bench.clerk)

    assert not calendar_of(db.session(), bench.court_id).is_worked(NATIONAL_DAY)
    assert calendar_of(db.session(), other.court_id).is_worked(NATIONAL_DAY)


# --- the reading of days ------------------------------------------------------------------------


def _announced_line(sale: SaleRecord) -> tuple[str, object]:
    lines = hold_against_rules(db.session(), sale, NOON).lines
    line = next(line for line in lines if line.rule == "D1")
    return line.state.value, line.limit


def test_the_court_s_reading_decides_at_once_about_every_draft(bench: Bench) -> None:
    """RULE-Q2: announced 26 May, open 25 June: 30 days between, but only 29 full ones."""
    from tests.court_world import DAY

    sale = decided(bench, a_draft(bench, opens_at=NOON + 30 * DAY, closes_at=NOON + 31 * DAY))
    before = _announced_line(sale)

    read_days_before(bench.court_id, Reading.STRICT, reason="Full days", by=bench.clerk)
    db.session.expire_all()
    strict = _announced_line(sale)
    read_days_before(bench.court_id, Reading.DEFAULT, reason="Back again", by=bench.clerk)
    db.session.expire_all()

    assert before == ("satisfied", date(2026, 5, 26))
    assert strict == ("violated", date(2026, 5, 25))
    assert _announced_line(sale) == before


def test_a_change_of_the_reading_is_on_the_record(bench: Bench, world: World) -> None:
    """RULE-Q2"""
    changed = read_days_before(
        bench.court_id, Reading.STRICT, reason="Decided in the assembly", by=bench.clerk
    )
    again = read_days_before(bench.court_id, Reading.STRICT, reason="Again", by=bench.clerk)

    assert (changed, again) == (None, CalendarRefusal.READ_SO_ALREADY)
    acts = world.rows("SELECT person_id, details FROM audit WHERE action = 'court.days_before_set'")
    assert acts == [
        (
            bench.clerk,
            {"before": "default", "after": "strict", "reason": "Decided in the assembly"},
        )
    ]


def test_there_are_two_readings_and_no_third(bench: Bench, world: World) -> None:
    from sqlalchemy.exc import IntegrityError

    with world.session() as session, pytest.raises(IntegrityError, match="days_before"):
        session.get_one(CourtRecord, bench.court_id).days_before = "generous"
        session.commit()
