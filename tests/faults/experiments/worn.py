"""F38: processes that grow with every request, run out of files, or are ended for memory."""

from __future__ import annotations

import resource
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from tests.faults.experiments.kind import Experiment, Found, Mutant, Size
from tests.faults.histories import Kind
from tests.faults.nemesis import kill_worker, wait_for_workers
from tests.faults.oracles import Healed
from tests.faults.rig import Rig, wait_until
from tests.faults.stage import START, STEP, Stage, a_stage

HOUR = 3600.0
# What is kept for a while, and what an allocator does not give back, stays below; one kilobyte too
# much a request does not, over a whole run.
MEMORY_BAR_MIB = 12.0
# Lines to the database may be opened and kept: sixteen of each of two roles, twice.
FILES_BAR = 70
HALF_SAID = 200
SECONDS_FOR_REQUESTS = 60


def worn_processes(rig: Rig, size: Size) -> Found:
    """A crowd that goes on and on; then no files, then a kill; then all is as it was."""
    stage = a_stage(rig, size.seed, ends_in=HOUR)
    found = Found()
    crowd = stage.crowd(pause_s=0.005)
    _wait_for_requests(stage, size.of(150, 500))
    before = _worn(rig)
    asked = len(stage.history.asked)
    _wait_for_requests(stage, asked + size.of(150, 4_000))
    found.figures |= _grown(stage, asked, before, found.wrong)

    with _half_said_requests(stage):
        time.sleep(size.of(1, 4))
    with _no_files_left(stage, "web1"):
        time.sleep(size.of(1, 5))
    if size.is_whole:
        # What the kernel does where memory is out.
        kill_worker(stage, "web1")
        time.sleep(2)
    wait_for_workers(rig)
    crowd.stop()
    found.wrong += _each_takes_bids_again(stage)
    files = _settled_files(rig, before)
    if files > before["files"] + FILES_BAR:
        found.wrong.append(f"F38: {files - before['files']} files stay open")
    found.figures["files open before and after"] = f"{before['files']} and {files}"
    found.wrong += stage.judge(stage.finish())
    return found


def _wait_for_requests(stage: Stage, count: int) -> None:
    """So many, or as many as a busy machine does in a minute."""
    with suppress(AssertionError):
        wait_until(lambda: len(stage.history.asked) >= count, "", SECONDS_FOR_REQUESTS)


def _grown(stage: Stage, asked: int, before: dict[str, int], wrong: list[str]) -> dict[str, object]:
    grown = (_worn(stage.rig)["bytes"] - before["bytes"]) / 2**20
    requests = len(stage.history.asked) - asked
    if grown > MEMORY_BAR_MIB:
        wrong.append(f"F38: the web processes grew by {grown:.0f} MiB in {requests} requests")
    return {"requests": requests, "memory grew by": f"{grown:.1f} MiB"}


def _worn(rig: Rig) -> dict[str, int]:
    """What all web processes together hold now."""
    pids = [pid for one in rig.programs.values() if one.kind == "web" for pid in one.workers()]
    return {"bytes": sum(map(_bytes, pids)), "files": sum(map(_files, pids))}


def _bytes(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * resource.getpagesize()


def _files(pid: int) -> int:
    return sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())


def _settled_files(rig: Rig, before: dict[str, int]) -> int:
    """Lines that were given up are closed in a moment."""
    with suppress(AssertionError):
        wait_until(lambda: _worn(rig)["files"] <= before["files"] + FILES_BAR, "", 12)
    return _worn(rig)["files"]


@contextmanager
def _half_said_requests(stage: Stage) -> Iterator[None]:
    """People who begin to speak and never end, at the processes themselves and past any proxy."""
    with ExitStack() as lines:
        for program in stage.rig.programs.values():
            if program.kind == "web" and program.port:
                _half_say(lines, program.port, HALF_SAID)
        stage.break_(f"{HALF_SAID} requests that never end at each web process")
        yield
    stage.break_("they hang up")


def _half_say(lines: ExitStack, port: int, count: int) -> None:
    for _ in range(count):
        with suppress(OSError):
            line = lines.enter_context(socket.create_connection(("127.0.0.1", port), timeout=2))
            line.sendall(b"GET /how-it-works HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ")


@contextmanager
def _no_files_left(stage: Stage, name: str) -> Iterator[None]:
    """No room for another line; the crowd outside takes the last ones."""
    [pid] = stage.rig.programs[name].workers()
    program = stage.rig.programs[name]
    before = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    room = max(int(entry.name) for entry in Path(f"/proc/{pid}/fd").iterdir()) + 10
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (room, before[1]))
    stage.break_(f"{name} has no files left")
    try:
        with ExitStack() as lines:
            assert program.port is not None
            _half_say(lines, program.port, 60)
            yield
    finally:
        with suppress(ProcessLookupError):
            resource.prlimit(pid, resource.RLIMIT_NOFILE, before)
        stage.break_(f"{name} has files again")


def _each_takes_bids_again(stage: Stage) -> list[str]:
    """At each door by itself, so that none hides behind the other."""
    wrong, slowest = [], 0.0
    for name, program in stage.rig.programs.items():
        if program.kind == "web" and program.door:
            began = time.monotonic()
            [(price,)] = stage.rig.sql(
                "SELECT price FROM sale_states WHERE sale_id = %s", stage.sale_id
            )
            amount = START if price is None else price + STEP
            asked = stage.bidders[0].ask_until_known(amount, ports=(program.door,), seconds=30)
            slowest = max(slowest, time.monotonic() - began)
            if asked.kind is not Kind.OK:
                wrong.append(f"F38: {name} takes no bids any more: {asked.reason}")
    stage.healed = Healed(accepted_after_s=None if wrong else slowest, expects_close=False)
    return wrong


EXPERIMENTS = (
    Experiment(
        "F38",
        "A web process runs out of files, and of memory",
        "Bids without pause for a minute; then two hundred requests at each web process that"
        " begin and never end; then one of them may open no more files while a crowd outside asks"
        " for the last ones; then the kernel ends it, as it does where memory is out. Bidders bid"
        " all the time.",
        "No process grows with the number of requests. Nobody's bid is lost where a process is"
        " short of something, and each takes bids again when it is not. (Hours of it:"
        " `python -m bench soak`.)",
        worn_processes,
        (
            Mutant("every request is remembered", ("every request is remembered",), "F38"),
            Mutant(
                "every request leaves a file open",
                ("every request leaves a file open",),
                "files stay open",
            ),
        ),
        is_quick=False,
    ),
)
