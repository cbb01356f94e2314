"""What a clerk types as a moment is a moment, or is asked for again (FAULT-F24)."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from wtforms import ValidationError

from app.web.court.fields import read_moment

MADRID = ZoneInfo("Europe/Madrid")


@pytest.mark.parametrize(
    ("typed", "moment"),
    [
        ("2026-10-25T01:59:59", "2026-10-25T01:59:59+02:00"),
        ("2026-10-25T03:00", "2026-10-25T03:00:00+01:00"),
        ("2026-10-25T02:30+01:00", "2026-10-25T02:30:00+01:00"),
        ("2026-03-29T03:00", "2026-03-29T03:00:00+02:00"),
        ("2028-02-29T10:00", "2028-02-29T10:00:00+01:00"),
    ],
)
def test_a_moment_without_an_offset_is_on_the_clock_of_the_court(typed: str, moment: str) -> None:
    assert read_moment(typed, MADRID).isoformat() == moment


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("2026-10-25T02:30", "this time comes twice"),
        ("2026-03-29T02:30", "this time does not exist"),
        ("2027-02-29T10:00", "Enter a day and a time"),
    ],
)
def test_a_moment_that_comes_twice_or_never_is_not_guessed(
    app: Flask, typed: str, said: str
) -> None:
    with app.test_request_context(), pytest.raises(ValidationError) as refused:
        read_moment(typed, MADRID)

    assert said in str(refused.value)
