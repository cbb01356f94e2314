"""The court's calendar over HTTP: a file is seen first, taken whole or not at all."""

from __future__ import annotations

import io
import re
from datetime import date
from typing import Any

import pytest
from flask import Flask
from psycopg import errors

from tests.court_world import Bench, a_bench
from tests.staff import appoint
from tests.web.conftest import SignedIn
from tests.world import World

FILE = """BEGIN:VCALENDAR
VERSION:2.0
BEGIN:VEVENT
DTSTART;VALUE=DATE:20261001
DTEND;VALUE=DATE:20261003
SUMMARY:国庆节
END:VEVENT
BEGIN:VEVENT
DTSTART;VALUE=DATE:20261010
SUMMARY:国庆节 补班
END:VEVENT
END:VCALENDAR
"""
DAYS = [
    (date(2026, 10, 1), False, "国庆节"),
    (date(2026, 10, 2), False, "国庆节"),
    (date(2026, 10, 10), True, "国庆节 补班"),
]


class Desk:
    """A court's calendar and the browsers of those who keep it."""

    def __init__(self, bench: Bench, world: World, client_for: SignedIn) -> None:
        self.world = world
        self.base = f"/court/{bench.court}/calendar"
        self.bench = bench
        self.clerk = client_for(bench.clerk)
        president = world.person(name="President Chen")
        self.president = client_for(appoint(world, bench.court_id, president, "president"))

    def upload(self, content: bytes) -> Any:
        file = (io.BytesIO(content), "days.ics")
        return self.clerk.post(f"{self.base}/preview", data={"file": file})

    def take(self, content: str, *days: str) -> Any:
        return self.clerk.post(f"{self.base}/take", data={"content": content, "take": list(days)})

    def days(self) -> list[tuple[Any, ...]]:
        return self.world.rows('SELECT "on", works, name FROM calendar_days ORDER BY "on"')


@pytest.fixture
def desk(app: Flask, world: World, client_for: SignedIn) -> Desk:
    return Desk(a_bench(world), world, client_for)


def _ticked(page: str) -> list[str]:
    return re.findall(r'name="take"[^>]*value="([\d-]+)" checked', page)


def test_a_file_is_seen_before_it_is_taken(desk: Desk) -> None:
    """RULE-Q1"""
    preview = desk.upload(FILE.encode())

    assert preview.status_code == 200
    assert "1 October 2026" in preview.text
    assert "国庆节 补班 – works" in preview.text
    assert desk.days() == [], "nothing is entered by looking"

    taken = desk.take(FILE, *_ticked(preview.text))

    assert taken.status_code == 302
    assert desk.days() == DAYS


def test_what_is_unticked_is_not_entered(desk: Desk) -> None:
    desk.take(FILE, "2026-10-01")

    assert desk.days() == DAYS[:1]


def test_taken_twice_nothing_is_doubled_and_the_page_says_what_stands(desk: Desk) -> None:
    desk.take(FILE, *(str(on) for on, _works, _name in DAYS))

    preview = desk.upload(FILE.encode())
    again = desk.take(FILE, *(str(on) for on, _works, _name in DAYS))

    assert preview.text.count("Stands in the calendar") == 3
    assert "Every day of the file stands in the calendar already." in preview.text
    assert _ticked(preview.text) == []
    assert desk.days() == DAYS
    assert "0 days are new. 3 stood in the calendar" in desk.clerk.get(again.location).text


def test_a_day_that_is_not_in_the_file_is_not_entered_with_it(desk: Desk) -> None:
    desk.take(FILE, "2026-12-25", "2026-10-02")

    assert desk.days() == DAYS[1:2]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (FILE.replace("DATE:20261010", "DATE:20261310"), "Line 9: There is no such day"),
        (FILE.replace("END:VCALENDAR\n", ""), "Line 11: A part that began is not closed"),
        ("Dear colleague", "Line 1: This line is not of the form"),
    ],
)
def test_a_bad_file_is_refused_with_line_and_reason_and_nothing_is_taken(
    desk: Desk, content: str, said: str
) -> None:
    answers = [desk.upload(content.encode()), desk.take(content, "2026-10-01")]

    for answer in answers:
        assert answer.status_code == 400
        assert said in answer.text
        assert "Nothing was taken." in answer.text
    assert desk.days() == []


def test_without_a_file_the_page_says_so(desk: Desk) -> None:
    answer = desk.clerk.post(f"{desk.base}/preview", data={})

    assert answer.status_code == 400
    assert "Choose a file" in answer.text


def test_a_president_says_how_days_are_read_and_why(desk: Desk) -> None:
    """RULE-Q2"""
    reading = {"reading": "strict", "reason": "Decided in the court's assembly"}

    by_clerk = desk.clerk.post(f"{desk.base}/reading", data=reading)
    without_reason = desk.president.post(f"{desk.base}/reading", data={"reading": "strict"})
    changed = desk.president.post(f"{desk.base}/reading", data=reading)
    again = desk.president.post(f"{desk.base}/reading", data=reading)

    assert [each.status_code for each in (by_clerk, without_reason, changed, again)] == [
        404, 400, 302, 400,
    ]  # fmt: skip
    assert "Say why it is read so" in without_reason.text
    assert "This court reads it so already." in again.text
    assert desk.world.rows("SELECT days_before FROM courts ORDER BY id")[0] == ("strict",)
    assert "So many full days between them" in desk.clerk.get(desk.base).text


def test_another_court_s_calendar_is_not_touched(desk: Desk, client_for: SignedIn) -> None:
    other = a_bench(desk.world)
    stranger = client_for(other.clerk)

    answer = stranger.post(f"{desk.base}/take", data={"content": FILE, "take": ["2026-10-01"]})

    assert answer.status_code == 404
    assert desk.days() == []


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_calendar_reads_in_both_languages(desk: Desk, language: str) -> None:
    for browser in (desk.clerk, desk.president):
        answer = browser.get(desk.base, query_string={"lang": language})
        assert answer.status_code == 200

    preview = desk.clerk.post(
        f"{desk.base}/preview?lang={language}",
        data={"file": (io.BytesIO(FILE.encode()), "days.ics")},
    )
    assert preview.status_code == 200


def test_a_day_still_to_come_is_removed_on_the_record(desk: Desk) -> None:
    """RULE-Q1; periods counted over a day gone by stand."""
    desk.take(FILE, "2026-10-01", "2026-10-02")
    shown = desk.clerk.get(desk.base).text

    removed = desk.clerk.post(f"{desk.base}/2026-10-01/remove")
    twice = desk.clerk.post(f"{desk.base}/2026-10-01/remove")
    gone_by = desk.clerk.post(f"{desk.base}/2026-05-26/remove")

    assert "/2026-10-01/remove" in shown
    assert [day for day, *_ in desk.days()] == [date(2026, 10, 2)]
    assert removed.status_code == 302
    assert (twice.status_code, gone_by.status_code) == (400, 400)
    assert "Periods were counted over this day" in gone_by.text
    assert desk.world.rows("SELECT details FROM audit WHERE action = 'calendar.day_removed'") == [
        ({"works": False, "name": "国庆节"},)
    ]


def test_no_role_removes_a_day_gone_by(desk: Desk) -> None:
    """The clock of these tests stands at 26 May 2026."""
    desk.clerk.post(desk.base, data={"on": "2026-05-26", "works": "no", "name": "Off"})

    with pytest.raises(errors.DatabaseError) as refused:
        desk.world.rows("DELETE FROM calendar_days RETURNING id")

    assert refused.value.sqlstate == "LC008"
