"""F01 to F03: processes die, answers are lost, the database is killed. No bid may be."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from tests.faults.experiments.kind import Experiment, Found, Mutant, Size
from tests.faults.histories import Kind
from tests.faults.nemesis import crash_postgres, every, kill_worker, wait_for_workers
from tests.faults.oracles import Healed
from tests.faults.rig import Rig, wait_until
from tests.faults.stage import Stage, a_stage

HOUR = 3600.0


def dying_workers(rig: Rig, size: Size) -> Found:
    stage = a_stage(rig, size.seed, ends_in=HOUR)
    crowd, over = stage.crowd(), threading.Event()
    webs = [name for name, one in rig.programs.items() if one.kind == "web"]
    kills = 0

    def kill(random: object) -> None:
        nonlocal kills
        kills += kill_worker(stage, webs[kills % len(webs)])
        stage.sample_books()

    wait_until(lambda: stage.history.of_kind(Kind.OK), "no bid was accepted", 30)
    thread = every(0.6, kill, seed=size.seed, over=over)
    wait_until(lambda: kills >= size.of(5, 40), "the killings took too long", 120)
    over.set()
    thread.join(20)
    wait_for_workers(rig)
    crowd.stop()
    found = _judged(stage)
    hanging = rig.sql(
        "SELECT count(*) FROM pg_stat_activity WHERE left(state, 19) = 'idle in transaction'"
        " AND state_change < clock_timestamp() - interval '3 seconds'"
    )[0][0]
    if hanging:
        found.wrong.append(f"F01: {hanging} transactions of dead workers hang")
    found.figures["workers killed"] = kills
    return found


def lost_answers(rig: Rig, size: Size) -> Found:
    stage = a_stage(rig, size.seed, ends_in=HOUR)
    lines = [f"http-{name}" for name, one in rig.programs.items() if one.kind == "web"]
    with ExitStack() as healed:
        for line in lines:
            rig.line(line, lost_answers=50, seed=size.seed)
            healed.callback(rig.line, line, lost_answers=0)
        stage.break_("every second answer is lost")
        crowd, began = stage.crowd(), time.monotonic()
        enough = size.of(40, 250)
        wait_until(
            lambda: (
                len(stage.history.of_kind(Kind.UNKNOWN)) >= enough
                or time.monotonic() - began > size.of(12, 120)
            ),
            "",
            150,
        )
    crowd.stop()
    return _judged(stage)


def dying_database(rig: Rig, size: Size) -> Found:
    stage = a_stage(rig, size.seed, ends_in=HOUR)
    seconds = []
    with _sluggish_log(rig):
        for _ in range(size.of(1, 4)):
            crowd = stage.crowd()
            count = len(stage.history.of_kind(Kind.OK))
            wait_until(lambda c=count: len(stage.history.of_kind(Kind.OK)) >= c + 6, "no bids", 60)
            seconds.append(crash_postgres(stage))
            back = stage.healed_bid()
            crowd.stop()
            if back is None:
                break
            stage.sample_books()
    found = _judged(stage)
    found.figures["seconds until the database answered"] = round(max(seconds), 1)
    return found


@contextmanager
def _sluggish_log(rig: Rig) -> Iterator[None]:
    """Nobody but a commit that waits writes the log to the disk: what was promised is what counts.

    A server may always be this lazy; ours is told to be, so that a loss shows.
    """
    settings = ("wal_writer_delay = '10s'", "wal_writer_flush_after = '1GB'")
    for setting in settings:
        rig.cluster.psql(f"ALTER SYSTEM SET {setting}")
    rig.cluster.psql("SELECT pg_reload_conf()")
    try:
        yield
    finally:
        for setting in settings:
            rig.cluster.psql(f"ALTER SYSTEM RESET {setting.split()[0]}")
        rig.cluster.psql("SELECT pg_reload_conf()")


def _judged(stage: Stage) -> Found:
    after = stage.healed_bid()
    stage.healed = Healed(accepted_after_s=after, expects_close=False)
    history, final = stage.history, stage.finish()
    return Found(
        stage.judge(final),
        {
            "requests": len(history.asked),
            "acknowledged": len(history.of_kind(Kind.OK)),
            "unknown answers": len(history.of_kind(Kind.UNKNOWN)),
            "bids in the log": len(final.bids),
        },
    )


EXPERIMENTS = (
    Experiment(
        "F01",
        "Web processes die in the middle of a bid",
        "While four bidders bid as fast as they can, one of the two web processes is killed about"
        " every half second (kill -9), with its transactions held open up to 20 ms longer than"
        " usual. Whoever got no answer asked again with the same key.",
        "A bid that was confirmed to its bidder is in the record for ever, once, with the number"
        " and the time it was confirmed with; nothing a dead process began is left half done.",
        dying_workers,
        (
            Mutant(
                "the answer is given before the bid is written",
                ("answers first and writes later",),
                "lost",
            ),
        ),
        with_faults=("commits dawdle",),
    ),
    Experiment(
        "F02",
        "Answers are lost on the way back",
        "The line between bidders and platform throws away every second answer after the bid was"
        " recorded. Each bidder asks again with the same key until they know.",
        "Asking again is never a second bid, and the answer is the same as the one that was lost.",
        lost_answers,
        (Mutant("the key of a bid is not remembered", ("a key is not remembered",), "O2"),),
    ),
    Experiment(
        "F03",
        "The database is killed while bids are being written",
        "All processes of the database server are killed (kill -9) during bidding, and the server"
        " is started again on what the disk holds.",
        "What was confirmed was on the disk before it was confirmed.",
        dying_database,
        (
            Mutant(
                "a commit does not wait for the disk",
                ("commits do not wait for the disk",),
                "lost",
            ),
        ),
    ),
)
