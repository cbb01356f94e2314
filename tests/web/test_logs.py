"""Who somebody is stands in no log, whatever fails: not of a page, and not of the worker."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app import worker
from app.extensions import db
from app.services import deposits
from tests.web.conftest import SignedIn
from tests.web.test_bid_failures import in_life  # noqa: F401
from tests.world import World

NAME, NUMBER, MAIL = "Zhuge Planted", "440301199001011234", "planted@example.org"
ROW = {"name": NAME, "phone": "+86 755 1234 5678", "id_number": NUMBER, "locale": "zh"}


def said_in(log: str) -> str:
    """What a process writes down, traces included, in which nobody is to be found."""
    assert "Traceback" in log
    assert [planted for planted in (NAME, NUMBER, MAIL) if planted in log] == []
    return log


@contextmanager
def checking(world: World, table: str, check: str) -> Iterator[None]:
    """From here on the database refuses a row that does not meet `check`, and quotes it."""
    with psycopg.connect(world.url, autocommit=True) as connection:
        connection.execute(f"ALTER TABLE {table} ADD CONSTRAINT refused CHECK ({check}) NOT VALID")
        try:
            yield
        finally:
            connection.execute(f"ALTER TABLE {table} DROP CONSTRAINT refused")


@pytest.mark.usefixtures("in_life")
def test_a_person_whose_row_is_refused_is_not_written_down(
    world: World, client_for: SignedIn, caplog: pytest.LogCaptureFixture
) -> None:
    browser = client_for(world.person(email=MAIL))

    with checking(world, "identity.people", f"name <> '{NAME}'"):
        answer = browser.post("/account/details", data=ROW | {"address": "1 Harbour Street"})

    assert answer.status_code == 500
    assert '23514: new row for relation "people" violates' in said_in(caplog.text)


def test_what_the_worker_could_not_write_is_not_written_down(
    closer: Flask, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = f'{{"name": "{NAME}", "email": "{MAIL}", "id_number": "{NUMBER}"}}'

    def broken() -> int:
        db.session.execute(
            text("INSERT INTO outbox (public_id, kind, payload) VALUES ('p', 'letter', :row)"),
            {"row": row},
        )
        return 1

    monkeypatch.setattr(deposits, "admit_the_held", broken)
    with closer.app_context():
        worker.sweep(closer)

    assert '23502: null value in column "' in said_in(caplog.text)


@pytest.mark.parametrize(
    "asked", ["SELECT CAST(:given AS int)", "SELECT CAST(:given AS jsonb)", "SELECT :given::date"]
)
def test_what_is_no_number_and_no_day_is_not_quoted(app: Flask, asked: str) -> None:
    with pytest.raises(DBAPIError) as failure:
        db.session.execute(text(asked.replace("::date", "\\:\\:date")), {"given": NAME})
    db.session.rollback()

    assert NAME not in str(failure.value)
    assert "22" in str(failure.value.orig)
