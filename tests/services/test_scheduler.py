"""The scheduler: whatever happens to it, it comes back by itself and closes what is due."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError

from app import scheduler
from app.db import close_engines, engine_for
from tests.services.beside import running_beside
from tests.world import NOON, World


@pytest.mark.parametrize(
    "met",
    [OperationalError("SELECT", None, OSError("server closed the connection")), ValueError("row")],
    ids=["a connection of before", "a row it cannot read"],
)
def test_what_its_first_look_meets_does_not_end_it(
    world: World, closer: Flask, monkeypatch: pytest.MonkeyPatch, met: Exception
) -> None:
    """FAULT-F03: right after the database came back, everything it asks may fail once."""
    looks = []
    real = scheduler.stay_what_an_outage_touched

    def look(*args: object, **named: object) -> object:
        looks.append(1)
        if len(looks) == 1:
            raise met
        return real(*args, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(scheduler, "stay_what_an_outage_touched", look)
    monkeypatch.setattr(scheduler, "_SECONDS_AFTER_TROUBLE", 0.1)
    due = _a_sale_that_is_over(world)

    with _scheduling(closer):
        _until(lambda: _is_closed(world, due))


def test_connections_that_the_database_ends_are_made_again(world: World, closer: Flask) -> None:
    [(began,)] = world.rows("SELECT clock_timestamp()")
    with _scheduling(closer):
        first = _a_sale_that_is_over(world)
        _until(lambda: _is_closed(world, first))
        world.rows(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE usename = 'luochui_closer' AND backend_start > %s",
            began,
        )
        second = _a_sale_that_is_over(world)
        _until(lambda: _is_closed(world, second))


def test_a_clock_that_is_set_lets_the_sweeps_begin_anew(
    world: World, closer: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """FAULT-F21: what keeps the beat waits until its clock shows what it showed before."""
    leads, real = [], scheduler._lead
    beside = scheduler._beside_the_clock_that_only_counts()

    def lead(*args: Any) -> None:
        leads.append(1)
        real(*args)

    monkeypatch.setattr(scheduler, "_lead", lead)
    with _scheduling(closer):
        _until(lambda: bool(leads))
        monkeypatch.setattr(
            scheduler, "_beside_the_clock_that_only_counts", lambda: beside - 3600.0
        )
        _until(lambda: len(leads) == 2)
        due = _a_sale_that_is_over(world)
        _until(lambda: _is_closed(world, due))


def test_a_leader_that_froze_lets_the_lock_go(clean_database: dict[str, str]) -> None:
    """Where its machine is gone the server would miss it after two hours."""
    with psycopg.connect(clean_database["closer"], **scheduler._LEASE) as connection:
        assert connection.execute("SHOW idle_session_timeout").fetchone() == ("15s",)


def _a_sale_that_is_over(world: World) -> int:
    court = world.court(rehearsal_at=NOON - timedelta(minutes=1))
    sale = world.sale(court)
    world.bidder(sale, "B01")
    world.hold_clock(court, NOON)
    return sale


def _is_closed(world: World, sale: int) -> bool:
    return bool(world.rows("SELECT 1 FROM outcomes WHERE sale_id = %s", sale))


@contextmanager
def _scheduling(closer: Flask) -> Iterator[None]:
    try:
        with running_beside(scheduler.run, closer):
            yield
    finally:
        with closer.app_context():
            engine_for("closer").dispose()
            close_engines(closer.extensions)


def _until(fact: Callable[[], bool], seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not fact():
        assert time.monotonic() < deadline, "it did not come back"
        time.sleep(0.05)
