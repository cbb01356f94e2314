"""F20 to F23: clocks that are wrong, schedulers dead or too many, a platform that was down."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from app.scheduler import LEADER_LOCK
from tests.faults import oracles
from tests.faults.experiments.kind import Experiment, Found, Mutant, Size
from tests.faults.histories import Kind
from tests.faults.nemesis import frozen, jumped_clock
from tests.faults.oracles import Healed
from tests.faults.rig import Rig, wait_until
from tests.faults.stage import START, STEP, Stage, a_stage, a_stage_that_ends_soon

HOUR = 3600.0
# What is due is done so soon after somebody leads again (FAULT-F22).
LATENESS_S = 10.0
# Six that load at once on a machine with ten times as much to do as it has cores took a minute.
SECONDS_TO_LEAD = 150.0


def worker_clock_wrong(rig: Rig, size: Size) -> Found:
    stage = a_stage(rig, size.seed, ends_in=HOUR)
    with rig.mutated(*rig.mutants, "clock an hour ahead", where=("web1",)):
        stage.break_("web1 thinks that it is an hour later")
        crowd = stage.crowd()
        wait_until(lambda: len(stage.history.asked) >= size.of(16, 200), "no bids", 60)
        crowd.stop()
    final = stage.finish()
    return Found(stage.judge(final), {"bids": len(final.bids)})


def jumping_clock(rig: Rig, size: Size) -> Found:
    """Forward over the last seconds of a sale, and back during another."""
    found, seconds = Found(), []
    for step in (8.0, -45.0) if not size.is_whole else (8.0, -45.0, 20.0, 90.0):
        stage = a_stage_that_ends_soon(rig, size.seed, 9.0, bidders=2)
        with jumped_clock(stage, step):
            began = time.monotonic()
            status = stage.wait_for_status("suspended", "sold", "unsold", seconds=10)
            seconds.append(time.monotonic() - began)
            answers = [b.ask_until_known(START, ports=stage.ports) for b in stage.bidders]
            wait_until(lambda s=stage: _told(s) or s.status() != "suspended", "", 20)
        final = stage.finish()
        found.wrong += stage.judge(final, by_real_time=False)
        found.wrong += [f"F21: after {step:+} s it was closed as {o[0]}" for o in final.outcomes]
        if status is None or final.status != "suspended":
            found.wrong.append(f"F21: after {step:+} s the sale is {final.status}, not suspended")
        if any(asked.kind is Kind.OK for asked in answers):
            found.wrong.append(f"F21: a bid was taken after the clock jumped by {step:+} s")
        untold = oracles.told_everybody(final, "sale_suspended")
        found.wrong += [f"F21: {line}" for line in untold]
    found.figures["seconds until the sale was stayed"] = round(max(seconds), 1)
    return found


def scheduler_gone(rig: Rig, size: Size) -> Found:
    """Nobody closes; then six do at once."""
    found = Found()
    stage = a_stage(rig, size.seed, ends_in=2.5, bidders=2)
    rig.stop("scheduler1")
    stage.break_("kill -9 scheduler")
    _after(stage, 0.5)
    wait_until(lambda: not _somebody_leads(rig), "F22: the dead one leads")
    late = [bidder.ask_until_known(START + STEP, ports=stage.ports) for bidder in stage.bidders]
    found.wrong += [
        f"F22: a bid after the end was {asked.kind} ({asked.reason})"
        for asked in late
        if asked.reason != "closed"
    ]
    if stage.status() not in ("announced", "open"):
        found.wrong.append(f"F22: the sale is {stage.status()} though nobody closed it")
    names = [f"scheduler{number}" for number in range(1, 1 + size.of(2, 6))]
    try:
        began = time.monotonic()
        for name in names:
            rig.start(name, "scheduler")
        stage.break_(f"{len(names)} schedulers at once")
        wait_until(lambda: _somebody_leads(rig), "F22: nobody leads", SECONDS_TO_LEAD)
        led = time.monotonic() - began
        # Six that load at once say how fast this machine is today; the others still load.
        bar = max(LATENESS_S, led)
        closed = stage.wait_for_status("unsold", seconds=bar)
        rig.wait_for(*names)
    finally:
        for name in names[1:]:
            rig.stop(name)
            del rig.programs[name]
    stage.healed = Healed(closed_after_s=closed, expects_bid=False, within_s=bar)
    final = stage.finish()
    found.wrong += stage.judge(final) + _once(rig, stage)
    found.figures = {
        "schedulers": len(names),
        "seconds from their start until one led": round(led, 1),
        "seconds from then to the close": None if closed is None else round(closed, 1),
    }
    return found


def _somebody_leads(rig: Rig) -> bool:
    held = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted"
    return bool(rig.sql(f"{held} AND (classid, objid) = (%s, %s)", *LEADER_LOCK)[0][0])


def _after(stage: Stage, seconds: float) -> None:
    time.sleep(max(0.0, stage.ends_at().timestamp() + seconds - time.time()))


def _once(rig: Rig, stage: Stage) -> list[str]:
    """Each thing that follows from the end is there exactly once, for everybody."""
    counts = {
        "notices of the end": (
            "SELECT count(*) FROM public_notices WHERE sale_id = %s AND kind = 'unsold'",
            1,
        ),
        "deposits still held": (
            "SELECT count(*) FROM deposits WHERE sale_id = %s AND state = 'held'",
            0,
        ),
        "refunds owed": (
            "SELECT count(*) FROM refunds r JOIN deposits d ON d.id = r.deposit_id"
            " WHERE d.sale_id = %s",
            len(stage.bidders),
        ),
    }
    return [
        f"F22: {name}: {found}, should be {expected}"
        for name, (statement, expected) in counts.items()
        if (found := rig.sql(statement, stage.sale_id)[0][0]) != expected
    ]


def platform_down(rig: Rig, size: Size) -> Found:
    """Everything stands still over the end of one sale; another ends a day later."""
    stage = a_stage(rig, size.seed, ends_in=6.0, bidders=3)
    distant = a_stage(rig, size.seed, ends_in=24 * HOUR, bidders=1, watched=False)
    stage.bidders[0].ask_until_known(START, ports=stage.ports)
    wait_until(lambda: _web_beats(rig), "no web process beats", 20)
    _make_end_near(rig, stage)
    with _all_down(rig, stage):
        _after(stage, 1.0)
        # The machine stood still for longer than a test may: what it wrote is older by 25 minutes.
        rig.run_sql("UPDATE beats SET at = at - interval '25 minutes'")
    began = time.monotonic()
    status = stage.wait_for_status("suspended", "sold", "unsold", seconds=15)
    final, found = _after_an_outage(stage, found=Found())
    found.figures["seconds until the sale was stayed"] = (
        round(time.monotonic() - began, 1) if status is not None else None
    )
    if distant.status() not in ("announced", "open"):
        found.wrong.append(f"F23: a sale that ends tomorrow is {distant.status()}")
    if distant.bidders[0].ask_until_known(START, ports=stage.ports).kind is not Kind.OK:
        found.wrong.append("F23: a sale that ends tomorrow takes no bids")
    distant.finish()
    del final
    return found


def _web_beats(rig: Rig) -> bool:
    return bool(rig.sql("SELECT 1 FROM beats WHERE process LIKE %s LIMIT 1", "web-%"))


def _make_end_near(rig: Rig, stage: Stage) -> None:
    """A first bid moved the end by five minutes; the rig moves the clock of nobody, but the row."""
    rig.run_sql(
        "UPDATE sale_states SET closes_at = clock_timestamp() + interval '5 seconds'"
        " WHERE sale_id = %s",
        stage.sale_id,
    )


def _after_an_outage(stage: Stage, found: Found) -> tuple[oracles.Final, Found]:
    wait_until(lambda: _told(stage) or stage.status() != "suspended", "", 20)
    time.sleep(1.0)
    final = stage.finish()
    found.wrong += [
        f"F23: the sale was closed as {status} though nobody could bid before its end"
        for status, *_rest in final.outcomes
    ]
    if final.status != "suspended":
        found.wrong.append(f"F23: the sale is {final.status}, not suspended")
    found.wrong += [f"F23: {line}" for line in oracles.told_everybody(final, "sale_suspended")]
    return final, found


def _told(stage: Stage) -> bool:
    rows = stage.rig.sql(
        "SELECT count(*) FROM messages WHERE sale_id = %s AND kind = 'sale_suspended'",
        stage.sale_id,
    )
    return int(rows[0][0]) >= len(stage.bidders)


@contextmanager
def _all_down(rig: Rig, stage: Stage) -> Iterator[None]:
    """No page, no bid, no close: web processes frozen, the scheduler dead, then all back."""
    webs = [one for one in rig.programs.values() if one.kind == "web"]
    pids = [pid for one in webs for pid in one.everything()]
    rig.stop("scheduler1")
    stage.break_("kill -9 scheduler")
    with frozen(stage, pids, "web processes"):
        yield
    rig.start("scheduler1", "scheduler")
    rig.wait_for("scheduler1")
    with suppress(ProcessLookupError):
        os.kill(webs[0].popen.pid, signal.SIGCONT)


EXPERIMENTS = (
    Experiment(
        "F20",
        "The clock of a web process is an hour wrong",
        "One of two web processes believes that it is an hour later than it is. Bidders bid through"
        " both.",
        "The time of a bid is the database's; what a web process believes decides nothing.",
        worker_clock_wrong,
        (Mutant("the worker's clock decides", ("the worker's clock decides",), "O1"),),
    ),
    Experiment(
        "F21",
        "The database's clock jumps",
        "The clock of the database steps forward by some seconds, or back by 45, while a sale"
        " is in its last ten seconds.",
        "A clock that jumps never closes a lot: what is about to close is stayed within two"
        " seconds, and every depositor is told. Times in the record never go back.",
        jumping_clock,
        (Mutant("every clock is believed", ("believes every clock",), "it was closed"),),
    ),
    Experiment(
        "F22",
        "Nobody closes the sale, then six do",
        "The scheduler is killed before the end. Bids are sent after the end. Then several"
        " schedulers are started at once.",
        "The end is a fact of the record, not of a timer: late bids are refused without anybody"
        " closing. Whoever closes, late or together, writes one outcome, and each thing that"
        " follows from it happens once.",
        scheduler_gone,
        (
            Mutant(
                "a timer for each end, forgotten when nobody hears it",
                ("closes only what ends now",),
                "the sale was not closed",
                is_quick=False,
            ),
        ),
        # To start two processes takes long for a test of each change.
        is_quick=False,
    ),
    Experiment(
        "F23",
        "The whole platform is down near an end",
        "A sale is led by a bid. Five seconds before its end the web processes freeze and the"
        " scheduler is killed; they come back when the end is long past.",
        "A lot whose bidders could not reach the platform is not sold. It is stayed, and every"
        " depositor is told, not the leader alone.",
        platform_down,
        (Mutant("outages are forgotten", ("forgets outages",), "F23: the sale was closed"),),
    ),
)
