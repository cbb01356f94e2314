"""F14, F16 and F17: a live process that hears nothing, is slow, is killed with everybody on it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from tests.faults.experiments.kind import Experiment, Found, Mutant, Size
from tests.faults.nemesis import kill_worker
from tests.faults.rig import Rig, wait_until
from tests.faults.stage import START, STEP, Stage, a_stage
from tests.faults.watchers import Watcher

HOUR = 3600.0
SECONDS_TO_REPAIR = 6.0


@contextmanager
def a_live_process(rig: Rig) -> Iterator[int]:
    program = rig.start("live", "live")
    try:
        rig.wait_for("live")
        assert program.door is not None
        yield program.door
    finally:
        rig.stop("live")
        del rig.programs["live"]


@contextmanager
def watched(stage: Stage, port: int, count: int) -> Iterator[list[Watcher]]:
    watchers: list[Watcher] = []
    try:
        for _ in range(count):
            repairs = "gaps are not repaired" not in stage.rig.mutants
            watcher = Watcher(stage.public_id, port, stage.ports[0], repairs_gaps=repairs)
            watchers.append(watcher.begin())
        yield watchers
    finally:
        for watcher in watchers:
            watcher.stop()


def deaf_live_process(rig: Rig, size: Size) -> Found:
    """Connected to everybody who watches, and cut off from everything that happens."""
    with a_live_process(rig) as port:
        stage = a_stage(rig, size.seed, ends_in=HOUR, bidders=2)
        with watched(stage, port, 3) as watchers:
            _bids(stage, 0, 5)
            _wait_for_views(watchers, 5)
            rig.line("db-live", mode="cut")
            stage.break_("the live process is cut off from the database")
            _bids(stage, 5, 10)
            time.sleep(3)
            rig.line("db-live", mode="pass")
            stage.break_("its line is whole again")
            began = time.monotonic()
            _wait_for_views(watchers, 15, seconds=SECONDS_TO_REPAIR + 4)
            seconds = time.monotonic() - began
            found = _views(stage, watchers, "F14")
    found.figures["seconds until every view was whole again"] = round(seconds, 1)
    if seconds > SECONDS_TO_REPAIR:
        found.wrong.append(f"F14: it took {seconds:.1f} s until every view was whole again")
    return found


def slow_line(rig: Rig, size: Size) -> Found:
    """What is told is half a second late, and the line to those who watch breaks on the way."""
    with a_live_process(rig) as port:
        stage = a_stage(rig, size.seed, ends_in=HOUR, bidders=2)
        with watched(stage, port, 3) as watchers:
            rig.line("http-live", delay_s=0.5)
            stage.break_("messages are half a second late")
            _bids(stage, 0, 8)
            rig.line("http-live", mode="cut", delay_s=0.0)
            stage.break_("the line of everybody who watches is cut")
            _bids(stage, 8, 4)
            rig.line("http-live", mode="pass")
            _wait_for_views(watchers, 12, seconds=20)
            found = _views(stage, watchers, "F16")
    return found


def live_process_killed(rig: Rig, size: Size) -> Found:
    """Everybody who watches loses their socket at once and comes back at once."""
    count = size.of(20, 80)
    with a_live_process(rig) as port:
        stage = a_stage(rig, size.seed, ends_in=HOUR, bidders=4)
        with watched(stage, port, count) as watchers:
            crowd = stage.crowd(pause_s=0.1)
            time.sleep(1)
            kill_worker(stage, "live")
            began = time.monotonic()
            time.sleep(0.5)
            wait_until(lambda: all(one.is_connected for one in watchers), "F17: not back", 40)
            seconds = time.monotonic() - began
            crowd.stop()
            log = len(stage.finish().bids)
            _wait_for_views(watchers, log, seconds=SECONDS_TO_REPAIR + 4)
            found = _views(stage, watchers, "F17")
    waits = sorted(asked.seconds for asked in stage.history.asked)
    found.figures |= {
        "sockets": count,
        "all back after": f"{seconds:.1f} s",
        "bids meanwhile, 99 of 100": f"{waits[int(len(waits) * 0.99)]:.2f} s",
    }
    return found


def _bids(stage: Stage, first: int, count: int) -> None:
    for number in range(first, first + count):
        bidder = stage.bidders[number % len(stage.bidders)]
        bidder.ask_until_known(START + number * STEP, ports=stage.ports)


def _wait_for_views(watchers: list[Watcher], count: int, seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if all(len(watcher.bids) >= count for watcher in watchers):
            return
        time.sleep(0.05)


def _views(stage: Stage, watchers: list[Watcher], number: str) -> Found:
    final = stage.finish()
    found, log = (
        Found(stage.judge(final)),
        {seq: (code, amount) for seq, code, amount in final.bids},
    )
    whole = sum(watcher.bids == log for watcher in watchers)
    if whole < len(watchers):
        found.wrong.append(
            f"{number}: {len(watchers) - whole} who watched do not see the whole log"
        )
    back = sum(watcher.stepped_back for watcher in watchers)
    if back:
        found.wrong.append(f"{number}: the number of bids went back {back} times")
    found.figures = {
        "watchers": len(watchers),
        "bids": len(log),
        "gaps repaired": sum(watcher.repaired for watcher in watchers),
    }
    return found


EXPERIMENTS = (
    Experiment(
        "F14",
        "A live process is deaf",
        "The process that feeds open pages is cut off from the database while its sockets stay"
        " open; ten bids are made; the line comes back.",
        "Every open page sees the whole log again within six seconds, without being reloaded.",
        deaf_live_process,
        (Mutant("no heartbeat", ("no heartbeat",), "F14"),),
        is_quick=False,
    ),
    Experiment(
        "F16",
        "Messages are late, and lines break",
        "Everything told to open pages comes half a second late; then all their lines are cut"
        " during bidding and come back.",
        "No page ever sees the sale go back, and every page ends with the whole log.",
        slow_line,
        (Mutant("a page does not ask for what it missed", ("gaps are not repaired",), "F16"),),
        is_quick=False,
    ),
    Experiment(
        "F17",
        "Everybody who watches comes back at once",
        "The process that feeds open pages is killed with all sockets on it, during bidding.",
        "All are back within seconds and see the whole log; bidders do not notice.",
        live_process_killed,
        (Mutant("a page does not ask for what it missed", ("gaps are not repaired",), "F17"),),
        is_quick=False,
    ),
)
