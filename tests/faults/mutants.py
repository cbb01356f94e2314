"""Defences taken out, one by one: an experiment that does not notice is worth nothing.

INSIDE are patched into a running process through its door (`inside.py`); IN_SQL change a function
of the rig's own database and put it back. Product code knows nothing of either.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import func, select

from tests.faults.inside import Patches
from tests.faults.mutants_of_lines import OF_LINES

Inside = Callable[[Patches], None]


def _answers_first_and_writes_later(patches: Patches) -> None:
    """Write-behind: the bidder hears yes, the journal hears it a moment later, if it does."""
    from app.services.bidding import place
    from app.services.bidding.place import Accepted

    whole = place.place_bid

    def hurried(desk: Any, offer: Any) -> Any:
        def later() -> None:
            time.sleep(0.15)
            whole(desk, offer)

        threading.Thread(target=later, daemon=True).start()
        now = datetime.now(UTC)
        return Accepted(1, now, 1, now)

    # Whoever has the function by its name.
    for module in list(sys.modules.values()):
        if getattr(module, "__dict__", {}).get("place_bid") is whole:
            patches.set(module, "place_bid", hurried)


def _commits_do_not_wait_for_the_disk(patches: Patches) -> None:
    from sqlalchemy import Engine, event

    def begin(connection: Any) -> None:
        connection.exec_driver_sql("SET LOCAL synchronous_commit = off")

    event.listen(Engine, "begin", begin)
    patches.set(_Listening(lambda: event.remove(Engine, "begin", begin)), "on", True)


class _Listening:
    """Undoes something that is no attribute when its own attribute is taken back."""

    def __init__(self, undo: Callable[[], None]) -> None:
        self.__dict__["undo"] = undo

    def __delattr__(self, name: str) -> None:
        self.__dict__.pop(name, None)
        self.__dict__["undo"]()


def _commits_dawdle(patches: Patches) -> None:
    """No mutant but a fault: every transaction stays open a moment longer (FAULT-F01)."""
    from random import random

    from sqlalchemy import Engine, event

    def commit(_connection: Any) -> None:
        time.sleep(random() * 0.02)

    event.listen(Engine, "commit", commit)
    patches.set(_Listening(lambda: event.remove(Engine, "commit", commit)), "on", True)


def _no_barrier(patches: Patches) -> None:
    import app.services.bidding.close as close
    import app.services.bidding.drain as drain
    from app.models.journal import Undecided

    def last_seen(session: Any, sale_id: int) -> int | None:
        waiting = select(func.max(Undecided.arrival_id)).where(Undecided.sale_id == sale_id)
        last: int | None = session.scalar(waiting)
        return last

    patches.set(drain, "pass_barrier", last_seen)
    patches.set(close, "pass_barriers", lambda _session, _sale_ids: None)


def _the_last_to_come_is_decided_first(patches: Patches) -> None:
    import app.services.bidding.drain as drain

    whole = drain.find_undecided
    patches.set(drain, "find_undecided", lambda *asked: list(reversed(whole(*asked))))


def _the_end_belongs_to_bidding(patches: Patches) -> None:
    from auction_engine.sale.state import Sale

    def has_ended_at(self: Any, moment: datetime) -> bool:
        return self.stayed_from is None and not self.is_withdrawn and moment > self.closes_at

    patches.set(Sale, "has_ended_at", has_ended_at)


def _rank_is_not_asked(patches: Patches) -> None:
    from auction_engine.sale.bidders import Bidder

    patches.set(Bidder, "outranks", lambda _self, _other: False)


def _the_workers_clock_decides(patches: Patches) -> None:
    from auction_engine.sale.state import Sale

    def moment_for(self: Any, _arrived_at: datetime) -> datetime:
        now = datetime.fromtimestamp(time.time(), UTC)
        return now if self.last_at is None else max(now, self.last_at)

    patches.set(Sale, "moment_for", moment_for)


def _clock_an_hour_ahead(patches: Patches) -> None:
    """No mutant but a fault: the machine of this worker thinks that it is an hour later."""
    real = time.time
    patches.set(time, "time", lambda: real() + 3600)


def _closes_only_what_ends_now(patches: Patches) -> None:
    """A timer for each end, forgotten when nobody was there to hear it (`misfire_grace_time`)."""
    from app.services.bidding import sweeps

    due = "closes_at <= (SELECT clock_timestamp())"
    assert due in sweeps._TO_CLOSE, "the mutant knows the question that it spoils"
    just = f"{due} AND closes_at > clock_timestamp() - interval '1 second'"
    patches.set(sweeps, "_TO_CLOSE", sweeps._TO_CLOSE.replace(due, just))


def _closes_one_and_rests(patches: Patches) -> None:
    from app.services.bidding import sweeps

    whole = sweeps._batches

    def first(engine: Any) -> list[list[int]]:
        time.sleep(2)
        return [batch[:1] for batch in whole(engine)[:1]]

    patches.set(sweeps, "_batches", first)


def _forgets_outages(patches: Patches) -> None:
    import app.scheduler as scheduler
    from app.services.bidding import sweeps

    for module in (scheduler, sweeps):
        patches.set(module, "stay_what_an_outage_touched", lambda *_args, **_named: 0)


def _believes_every_clock(patches: Patches) -> None:
    from app.services.bidding import sweeps
    from app.services.bidding.steady_clock import SteadyClock

    patches.set(SteadyClock, "jump", lambda _self, _connection: None)
    patches.set(sweeps, "stay_what_a_jump_touched", lambda _engine, _clock: 0)


def _announces_before_it_answers(patches: Patches) -> None:
    """The message is sent inside the request, and waits for as long as Redis likes."""
    import redis

    from app.gateways.announcer import CHANNEL, _fitted
    from app.services.bidding.desk import Desk

    patient = redis.Redis.from_url(os.environ.get("REDIS_URL") or "redis://127.0.0.1:1")

    def tell(message: Any) -> None:
        patient.publish(CHANNEL, _fitted(message))

    # A desk that is open already holds its own.
    patches.set(Desk, "_announce", property(lambda _desk: tell))


def _reports_are_slow(patches: Patches) -> None:
    """No mutant but a fault: a question of a viewer takes the database three seconds (F05)."""
    from sqlalchemy import text

    from app.gateways.clock import real_now
    from app.web.public import live_data

    def slow(connection: Any) -> datetime:
        connection.execute(text("SELECT pg_sleep(3)"))
        return real_now(connection)

    patches.set(live_data, "real_now", slow)
    patches.set(live_data, "read_snapshot", lambda *_asked: None)


def _viewers_share_the_bidders_connections(patches: Patches) -> None:
    from app.web.desk import desk
    from app.web.public import live_data

    patches.set(live_data, "engine_for", lambda _role: desk()._decider)


def _no_heartbeat(patches: Patches) -> None:
    from app.web.live import hall

    patches.set(hall.Hall, "_beat_once", lambda _self, sleep: sleep(0.5))


def _sockets_that_do_not_read_are_kept(patches: Patches) -> None:
    from app.web.live import line

    patches.set(line, "MOST_WAITING", 1 << 40)
    patches.set(line, "SECONDS_TO_CATCH_UP", 3600.0)


def _everybody_waits_for_the_slowest(patches: Patches) -> None:
    from app.web.live.line import Line

    def push(self: Any, frame: bytes) -> None:
        try:
            self.socket.sendall(frame)
        except OSError:
            self.drop()

    patches.set(Line, "_push", push)


def _strangers_are_never_turned_away(patches: Patches) -> None:
    from app.web import bidders_first

    patches.set(bidders_first, "_is_strangers", lambda _environ: False)


def _nothing_is_kept_for_strangers(patches: Patches) -> None:
    from app.web.public import kept_pages
    from app.web.public.snapshots import Snapshots

    patches.set(kept_pages, "_is_for_strangers", lambda: False)
    patches.set(Snapshots, "_will_do", lambda *_asked: False)


def _requests_wait_for_ever(patches: Patches) -> None:
    from app.web import deadline

    patches.set(deadline, "SECONDS_FOR_A_BID", 3600.0)


def _nothing(_patches: Patches) -> None:
    """What this stands for is done by the nemesis, not inside a process."""


INSIDE: dict[str, Inside] = {
    **OF_LINES,
    "reports are slow": _reports_are_slow,
    "viewers share the bidders' connections": _viewers_share_the_bidders_connections,
    "sockets that do not read are kept": _sockets_that_do_not_read_are_kept,
    "everybody waits for the slowest": _everybody_waits_for_the_slowest,
    "strangers are never turned away": _strangers_are_never_turned_away,
    "nothing is kept for strangers": _nothing_is_kept_for_strangers,
    "a page sends what it kept": _nothing,
    "a page counts on the computer's clock": _nothing,
    "a page writes its reader's time": _nothing,
    "requests wait for ever": _requests_wait_for_ever,
    "gaps are not repaired": _nothing,
    "nobody outside keeps a line": _nothing,
    "no heartbeat": _no_heartbeat,
    "a deploy is a kill": _nothing,
    "the disk is not waited for": _nothing,
    "the stream of changes is not kept": _nothing,
    "answers first and writes later": _answers_first_and_writes_later,
    "commits do not wait for the disk": _commits_do_not_wait_for_the_disk,
    "commits dawdle": _commits_dawdle,
    "no barrier": _no_barrier,
    "the last to come is decided first": _the_last_to_come_is_decided_first,
    "the end belongs to bidding": _the_end_belongs_to_bidding,
    "rank is not asked": _rank_is_not_asked,
    "the worker's clock decides": _the_workers_clock_decides,
    "clock an hour ahead": _clock_an_hour_ahead,
    "closes only what ends now": _closes_only_what_ends_now,
    "closes one and rests": _closes_one_and_rests,
    "forgets outages": _forgets_outages,
    "believes every clock": _believes_every_clock,
    "announces before it answers": _announces_before_it_answers,
}

# A function, and pairs of what stands in it and what stands there instead.
IN_SQL: dict[str, tuple[str, tuple[tuple[str, str], ...]]] = {
    "a key is not remembered": (
        "enter_arrivals(jsonb)",
        (
            ("'null'::jsonb), entry.key,", "'null'::jsonb), gen_random_uuid(),"),
            ("held ON held.key = entry.key", "held ON held.id = fresh[entry.place::int]"),
        ),
    ),
    "a key is anybody's": (
        "enter_arrivals(jsonb)",
        (("coalesce((held.sale_id, held.kind)", "true OR coalesce((held.sale_id, held.kind)"),),
    ),
    "some are slow to be written": (
        "enter_arrivals(jsonb)",
        (
            (
                "INTO fresh FROM entered;",
                "INTO fresh FROM entered; IF EXISTS (SELECT FROM jsonb_array_elements(entries)"
                " WHERE (value->>'amount')::bigint % 10 = 3) THEN PERFORM pg_sleep(1.2); END IF;",
            ),
        ),
    ),
    "the stamp waits for the lot": (
        "enter_arrivals(jsonb)",
        (
            (
                "WITH entered AS (",
                "PERFORM 1 FROM sale_states WHERE sale_id IN (SELECT (value->>'sale')::bigint"
                " FROM jsonb_array_elements(entries)) FOR UPDATE; WITH entered AS (",
            ),
        ),
    ),
}

# Statements of a superuser, and what takes them back.
IN_TABLES: dict[str, tuple[str, str]] = {
    "the record can be changed": (
        "GRANT UPDATE ON bids TO luochui_web; ALTER TABLE bids DISABLE TRIGGER USER",
        "REVOKE UPDATE ON bids FROM luochui_web; ALTER TABLE bids ENABLE TRIGGER USER",
    ),
}
