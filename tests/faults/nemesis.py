"""What is done to the machine: each act is written into the history, with its time."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from random import Random

from tests.faults.rig import Rig, wait_until
from tests.faults.stage import Stage


def kill_worker(stage: Stage, name: str) -> bool:
    """kill -9 of the worker of one web process; its master starts the next."""
    workers = stage.rig.programs[name].workers()
    for pid in workers:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    stage.break_(f"kill -9 worker of {name}")
    return bool(workers)


@contextmanager
def frozen(stage: Stage, pids: list[int], what: str) -> Iterator[None]:
    """SIGSTOP: the process is there, and does nothing."""
    stage.break_(f"SIGSTOP {what}")
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)
        stage.break_(f"SIGCONT {what}")


def postgres_pids(rig: Rig) -> list[int]:
    """The server and all its children, the server first."""
    server = rig.cluster.pid()
    assert server is not None
    with suppress(OSError):
        children = Path(f"/proc/{server}/task/{server}/children").read_text()
        return [server, *(int(pid) for pid in children.split())]
    return [server]


def crash_postgres(stage: Stage) -> float:
    """kill -9 of the database and a new start; the seconds until it answers."""
    stage.break_("kill -9 postgres")
    rig = stage.rig
    pids = postgres_pids(rig)
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    rig.cluster.kill()
    began = time.monotonic()
    rig.cluster.start()
    # The builder's connections died with the server.
    rig.world.engine.dispose()
    stage.break_("postgres answers again")
    return time.monotonic() - began


def end_backends(stage: Stage, application: str) -> int:
    """pg_terminate_backend of everybody who calls themselves so."""
    ended = stage.rig.sql(
        "SELECT count(*) FILTER (WHERE pg_terminate_backend(pid)) FROM pg_stat_activity"
        " WHERE application_name = %s",
        application,
    )[0][0]
    stage.break_(f"pg_terminate_backend of {ended} {application}")
    return int(ended)


@contextmanager
def jumped_clock(stage: Stage, seconds: float) -> Iterator[None]:
    """The database's clock steps, for everybody at once, and steps back at the end."""
    stage.rig.run_sql(f"UPDATE rig.jump SET by = make_interval(secs => {seconds})")
    stage.break_(f"the database's clock steps by {seconds} s")
    try:
        yield
    finally:
        stage.rig.run_sql("UPDATE rig.jump SET by = '0'")


@contextmanager
def held_row(stage: Stage) -> Iterator[None]:
    """Somebody sits on the lot's row: a report, a clerk's edit, a vacuum."""
    import psycopg

    with psycopg.connect(stage.rig.admin_url) as connection:
        connection.execute(
            "SELECT 1 FROM sale_states WHERE sale_id = %s FOR UPDATE", (stage.sale_id,)
        )
        stage.break_("the lot's row is locked")
        yield
        connection.rollback()
    stage.break_("the lot's row is free")


def every(
    seconds: float, act: Callable[[Random], object], *, seed: int, over: threading.Event
) -> threading.Thread:
    """Do `act` again and again, in a thread, until `over` is set."""
    random = Random(seed)

    def run() -> None:
        while not over.wait(seconds * (0.5 + random.random())):
            act(random)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread


def wait_for_workers(rig: Rig) -> None:
    for name, program in rig.programs.items():
        if program.kind == "web":
            try:
                wait_until(lambda p=program: rig._serves(p), "", 30)
            except AssertionError:
                raise AssertionError(f"{name} did not come back: {program.last_words()}") from None
