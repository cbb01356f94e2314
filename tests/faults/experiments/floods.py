"""F05: those who only look, more of them than there are connections."""

from __future__ import annotations

import http.client
import threading
import time
from contextlib import suppress

from tests.faults.experiments.kind import Experiment, Found, Mutant, Size
from tests.faults.experiments.machines import p99
from tests.faults.rig import Rig, get
from tests.faults.stage import a_stage

HOUR = 3600.0
# One second is the bar; a busy test machine may add one.
BAR_S = 2.0


def slow_reports(rig: Rig, size: Size) -> Found:
    """Every question of a viewer takes three seconds, and viewers outnumber connections."""
    stage = a_stage(rig, size.seed, ends_in=HOUR, watched=False)
    quiet = stage.crowd()
    time.sleep(size.of(2, 5))
    quiet.stop()
    before = [asked.seconds for asked in stage.history.asked]
    over = threading.Event()
    viewers = [
        threading.Thread(target=_look_again_and_again, args=(port, over), daemon=True)
        for port in stage.ports
        for _ in range(30)
    ]
    for viewer in viewers:
        viewer.start()
    time.sleep(1)
    stage.break_(f"{len(viewers)} viewers ask for reports of three seconds each")
    crowd = stage.crowd()
    time.sleep(size.of(4, 12))
    over.set()
    crowd.stop()
    for viewer in viewers:
        viewer.join(30)
    during = [asked.seconds for asked in stage.history.asked[len(before) :]]
    found = Found(stage.judge(stage.finish()))
    found.figures = {
        "viewers": len(viewers),
        "bids, 99 of 100, quiet": f"{p99(before):.2f} s",
        "bids, 99 of 100, flooded": f"{p99(during):.2f} s",
    }
    if p99(during) > p99(before) + BAR_S:
        found.wrong.append(f"F05: bids took {p99(during):.1f} s while reports were asked for")
    return found


def _look_again_and_again(port: int, over: threading.Event) -> None:
    while not over.is_set():
        with suppress(OSError, http.client.HTTPException):
            get(port, "/time", timeout=10)


EXPERIMENTS = (
    Experiment(
        "F05",
        "A flood of slow reports",
        "Sixty viewers ask again and again for something that takes the database three seconds,"
        " while four bidders bid.",
        "Bids have connections of their own: whoever only looks cannot slow down whoever bids.",
        slow_reports,
        (
            Mutant(
                "viewers share the bidders' connections",
                ("viewers share the bidders' connections",),
                "F05",
            ),
        ),
        is_quick=False,
        with_faults=("reports are slow",),
    ),
)
