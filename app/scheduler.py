"""The scheduler: its own process, one leader at a time, every job a sweep of what is due.

APScheduler keeps the beat and nothing else: no job store, nothing that is lost when it dies. The
leader is whoever holds an advisory lock on a connection of its own; when it dies, the database
lets the lock go and the next one takes over.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
from apscheduler.schedulers.background import BackgroundScheduler
from flask import Flask
from sqlalchemy.exc import DBAPIError

from app.announcing import announcer
from app.db import LINE_DEAD_AFTER, engine_for
from app.gateways.seal import Opener
from app.services import bank, reconciliation, settlement
from app.services.bidding import sweeps
from app.services.bidding.covered_cases import stop_others
from app.services.bidding.full_disk import LeastFree, stay_what_a_full_disk_threatens
from app.services.bidding.lost_bidders import forget_who_was_here, notice_lost_bidders
from app.services.bidding.outages import stay_what_an_outage_touched
from app.services.bidding.steady_clock import SteadyClock
from app.services.promises import keep_one
from app.services.stays import tell_of_acts

log = logging.getLogger(__name__)

LEADER_LOCK = (7103, 1)
# A leader that froze, or whose machine is gone, lets the lock go: the next one need not wait until
# the server misses it. One that lives asks every half second.
_LEASE: dict[str, Any] = {**LINE_DEAD_AFTER, "options": "-c idle_session_timeout=15000"}

_SECONDS_AFTER_TROUBLE = 2.0
_CLOCK_WAS_SET_S = 0.5

# How often each sweep looks, in seconds of real time.
_EVERY = {
    "open": 0.5,
    "close": 0.25,
    "outages": 1.0,
    "lost bidders": 1.0,
    "awards": 1.0,
    "leftovers": 0.5,
    "tell": 1.0,
    "covered cases": 0.5,
    "disk": 1.0,
    "beat": 1.0,
    "forget": 3600.0,
    "forget who was here": 900.0,
    "chase": 5.0,
    "payment files": 1.0,
    "late refunds": 60.0,
    "reconcile": 3600.0,
}


def run(app: Flask, stop: threading.Event) -> None:
    """Wait to become the leader, lead until `stop` is set or the lock is lost, then wait again."""
    url = app.config["DATABASE_URLS"]["closer"]
    while not stop.is_set():
        try:
            with psycopg.connect(url, autocommit=True, **_LEASE) as connection:
                if _became_leader(connection):
                    log.info("this scheduler leads")
                    _lead(app, connection, stop)
                else:
                    stop.wait(0.5)
        except (psycopg.OperationalError, DBAPIError):
            log.warning("the scheduler lost the database; it tries again", exc_info=True)
            stop.wait(0.5)
        except Exception:
            # Whatever its first look met, nobody closes a sale while no scheduler lives.
            log.exception("the scheduler stopped leading; it tries again")
            stop.wait(_SECONDS_AFTER_TROUBLE)


def _became_leader(connection: psycopg.Connection) -> bool:
    row = connection.execute("SELECT pg_try_advisory_lock(%s, %s)", LEADER_LOCK).fetchone()
    return row is not None and bool(row[0])


def _lead(app: Flask, connection: psycopg.Connection, stop: threading.Event) -> None:
    jobs = _jobs(app)
    with app.app_context():
        # Looked at before any drain or close (RULE-L2).
        stay_what_an_outage_touched(engine_for("closer"))
        sweeps.drain_leftovers(engine_for("closer"), announcer(app).tell)
    scheduler = BackgroundScheduler(
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
    )
    for name, job in jobs.items():
        scheduler.add_job(_surviving(app, name, job), "interval", seconds=_EVERY[name], id=name)
    scheduler.start()
    clock = _beside_the_clock_that_only_counts()
    try:
        while not stop.is_set():
            # Also proves that the lock's connection lives; if not, somebody else may lead by now.
            connection.execute("SELECT 1")
            stop.wait(0.5)
            before, clock = clock, _beside_the_clock_that_only_counts()
            if abs(clock - before) > _CLOCK_WAS_SET_S:
                # APScheduler waits until the clock shows again what it showed before.
                log.warning("this machine's clock was set; the sweeps begin anew")
                return
    finally:
        scheduler.shutdown(wait=True)


def _beside_the_clock_that_only_counts() -> float:
    """How far this machine's clock lies before one that nobody sets, in seconds."""
    return time.time() - time.monotonic()


def _jobs(app: Flask) -> dict[str, Callable[[], object]]:
    engine = lambda: engine_for("closer")  # noqa: E731  (asked for inside the app context)
    announce = announcer(app).tell
    open_envelope = Opener(app.config["ENVELOPE_PRIVATE_KEY"]).open
    process = f"scheduler-{os.getpid()}"
    clock = SteadyClock()
    return {
        "open": lambda: sweeps.open_due(engine(), announce),
        "close": lambda: sweeps.close_due(engine(), announce, open_envelope, clock),
        "outages": lambda: stay_what_an_outage_touched(engine(), look_back=timedelta(minutes=15)),
        "lost bidders": lambda: notice_lost_bidders(engine()),
        "awards": lambda: sweeps.carry_out_awards(engine(), announce, open_envelope),
        "leftovers": lambda: sweeps.drain_leftovers(engine(), announce),
        "tell": tell_of_acts,
        "covered cases": lambda: keep_one(("covered_case",), stop_others),
        "disk": lambda: stay_what_a_full_disk_threatens(
            engine(), app.config["DATABASE_DISK"], _least_free(app)
        ),
        "beat": lambda: sweeps.beat(engine(), process),
        "forget": lambda: sweeps.forget_old_beats(engine()),
        "forget who was here": lambda: forget_who_was_here(engine()),
        "chase": settlement.chase_balances,
        "payment files": lambda: keep_one(
            ("payment_file",), lambda claim: bank.make_payment_files(claim, open_envelope)
        ),
        "late refunds": reconciliation.list_late_refunds,
        # With the bank alone: the provider is read by the worker, and compared each hour there.
        "reconcile": lambda: reconciliation.reconcile(datetime.now(UTC).date()),
    }


def _least_free(app: Flask) -> LeastFree:
    return LeastFree(app.config["DATABASE_DISK_FREE_PERCENT"], app.config["DATABASE_DISK_FREE_MIB"])


def _surviving(app: Flask, name: str, job: Callable[[], object]) -> Callable[[], None]:
    """One failed sweep must not end the ones after it."""

    def sweep() -> None:
        try:
            with app.app_context():
                job()
        except Exception:
            log.exception("the sweep %s failed; it is tried again", name)

    return sweep
