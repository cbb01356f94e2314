"""F04, F07, F13, F25, F33, F36: a database that stands still, a crowd, Redis, a herd of ends, a
full disk, a deploy."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.faults import oracles
from tests.faults.experiments.bidding import together
from tests.faults.experiments.kind import Experiment, Found, Mutant, Size
from tests.faults.histories import Asked, Kind
from tests.faults.nemesis import frozen, postgres_pids, wait_for_workers
from tests.faults.oracles import Healed
from tests.faults.rig import Rig, die_with_parent, free_port, running_rig, wait_until
from tests.faults.stage import START, STEP, Stage, a_stage

HOUR = 3600.0
# What a bidder may wait for an answer, be it "nobody knows" (FAULT-F04), on a busy test machine.
DEADLINE_S = 9.0


def p99(seconds: list[float]) -> float:
    ordered = sorted(seconds)
    return ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))] if ordered else 0.0


# --- F04 ----------------------------------------------------------------------------------------


def still_database(rig: Rig, size: Size) -> Found:
    """Frozen longer than any bidder may wait, then a line that swallows everything."""
    stage = a_stage(rig, size.seed, ends_in=HOUR)
    for bidder in stage.bidders:
        bidder.seconds_to_answer = 40.0
    stage.bidders[0].ask_until_known(START)
    # Over lines that are there: a new one to a server that stands still is given up by itself. And
    # long enough ago that each bidder's session is read again.
    together([lambda b=b: b.ask_until_known(START - STEP) for b in stage.bidders])
    time.sleep(3)
    waits: list[float] = []
    with frozen(stage, postgres_pids(rig), "postgres"):
        waits += _ask_while_still(stage, size.of(14, 20))
    webs = [name for name, one in rig.programs.items() if one.kind == "web"]
    if size.is_whole:
        for name in webs:
            rig.line(f"db-{name}", mode="hole")
        stage.break_("the line to the database swallows everything")
        waits += _ask_while_still(stage, 30)
        for name in webs:
            rig.line(f"db-{name}", mode="cut")
            rig.line(f"db-{name}", mode="pass")
        stage.break_("the line to the database is whole again")
    stage.healed = Healed(accepted_after_s=stage.healed_bid(), expects_close=False)
    for asked in list(stage.history.asked):
        if asked.key in stage.history.unresolved():
            stage.bidders[0].history.add(_again(stage, asked.client, asked.amount, asked.key))
    found = Found(stage.judge(stage.finish()))
    found.figures = {"answers": len(waits), "slowest answer": f"{max(waits):.1f} s"}
    if max(waits) > DEADLINE_S:
        found.wrong.append(f"F04: a bidder waited {max(waits):.1f} s for an answer")
    return found


def _ask_while_still(stage: Stage, seconds: float) -> list[float]:
    answers = []
    threads = [
        threading.Thread(target=lambda b=b: answers.append(b.bid(START + STEP)))
        for b in stage.bidders
    ]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + seconds
    for thread in threads:
        thread.join(max(0.1, deadline - time.monotonic()))
    late = [thread for thread in threads if thread.is_alive()]
    return [asked.seconds for asked in answers] + [seconds] * len(late)


def _again(stage: Stage, code: str, amount: int, key: str):
    bidder = next(one for one in stage.bidders if one.code == code)
    return bidder.ask_until_known(amount, key=key, ports=stage.ports)


# --- F07 ----------------------------------------------------------------------------------------


def crowd_at_the_end(rig: Rig, size: Size) -> Found:
    """Everybody bids in the last moment, and again after each extension, and all at once."""
    stage = a_stage(rig, size.seed, bidders=size.of(12, 120), watched=False)
    rounds, waits, played = size.of(2, 5), [], 0
    # Too low to move the end: how long a busy machine needs for such a crowd.
    tried = together([lambda b=b: b.ask_until_known(START - STEP) for b in stage.bidders])
    before_end = 1.0 + 1.5 * max(asked.seconds for asked in tried)
    while played < rounds and stage.status() in ("announced", "open"):
        amounts = [START + STEP * (played * 3 + n % 3) for n in range(len(stage.bidders))]
        waits += [asked.seconds for asked in _at_the_last_moment(stage, amounts, before_end)]
        played += 1
    stage.bring_the_end()
    closed = stage.wait_for_status("sold", "unsold", seconds=30)
    stage.healed = Healed(closed_after_s=closed, expects_bid=False)
    final = stage.finish()
    lag = rig.sql(
        "SELECT coalesce(percentile_disc(0.99) WITHIN GROUP (ORDER BY d.decided_at - a.written_at),"
        " '0') FROM decisions d JOIN arrivals a ON a.id = d.arrival_id WHERE a.sale_id = %s"
        " AND a.kind = 'bid'",
        stage.sale_id,
    )[0][0]
    cut_short = [] if played == rounds else [f"F07: the sale was over after round {played}"]
    return Found(
        stage.judge(final, by_real_time=False) + cut_short,
        {
            "bidders": len(stage.bidders),
            "rounds": played,
            "seconds before the end": round(before_end, 1),
            "bids decided": len(waits),
            "from entry to decision, 99 of 100": f"{lag.total_seconds():.2f} s",
            "from request to answer, 99 of 100": f"{p99(waits):.2f} s",
        },
    )


def _at_the_last_moment(stage: Stage, amounts: list[int], before_end: float) -> list[Asked]:
    """All wait at their doors until the end is a moment away."""
    near = threading.Event()

    def bid(number: int) -> Asked:
        near.wait(30)
        port = stage.ports[number % len(stage.ports)]
        return stage.bidders[number].ask_until_known(amounts[number], ports=[port])

    def bring() -> None:
        time.sleep(0.2)
        stage.bring_the_end(seconds=before_end)
        near.set()

    threading.Thread(target=bring, daemon=True).start()
    return together([lambda n=n: bid(n) for n in range(len(amounts))])


# --- F13 ----------------------------------------------------------------------------------------


@contextmanager
def a_redis() -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("no redis-server on this machine: apt-get install redis-server")
    port = free_port()
    command = [
        program,
        "--port",
        str(port),
        "--save",
        "",
        "--bind",
        "127.0.0.1",
        "--maxmemory",
        "3mb",
        "--maxmemory-policy",
        "noeviction",
    ]
    running = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, preexec_fn=die_with_parent
    )
    try:
        yield f"redis://127.0.0.1:{port}/0", running
    finally:
        running.kill()
        running.wait(10)


def redis_fails(rig: Rig, size: Size) -> Found:
    """A web process joined to the others by Redis, which is frozen, filled, emptied and killed."""
    import redis

    with a_redis() as (url, server):
        rig.start("web-redis", "web", REDIS_URL=url)
        try:
            rig.wait_for("web-redis")
            stage = a_stage(rig, size.seed, ends_in=HOUR)
            ports = [rig.programs["web-redis"].door]
            talks = redis.Redis.from_url(url, socket_timeout=2)
            phases = {"whole": _phase(stage, ports, size)}
            with frozen(stage, [server.pid], "redis"):
                phases["frozen"] = _phase(stage, ports, size)
            with suppress(redis.RedisError):
                talks.set("ballast", b"x" * 4_000_000)
                talks.flushall()
                stage.break_("redis is full, then flushed")
            phases["full and flushed"] = _phase(stage, ports, size)
            talks.close()
            server.kill()
            stage.break_("kill -9 redis")
            phases["dead"] = _phase(stage, ports, size)
            final = stage.finish()
        finally:
            rig.stop("web-redis")
            del rig.programs["web-redis"]
    return _redis_found(stage, final, phases, size)


def _redis_found(stage: Stage, final: oracles.Final, phases: dict[str, float], size: Size) -> Found:
    found = Found(stage.judge(final))
    found.figures = {f"99 of 100, redis {name}": f"{s:.2f} s" for name, s in phases.items()}
    found.wrong += [
        f"F13: with redis {name} a bidder waited {seconds:.1f} s"
        for name, seconds in phases.items()
        # A third of a second is the bar; a busy machine may add one, or three to a short look.
        if seconds > phases["whole"] + 0.3 + size.of(3, 1)
    ]
    unknown = len(stage.history.of_kind(Kind.UNKNOWN))
    if unknown:
        found.wrong.append(f"F13: {unknown} bidders were told that nobody knows")
    return found


def _phase(stage: Stage, ports: list[int | None], size: Size) -> float:
    before = len(stage.history.asked)
    crowd = stage.crowd(ports=[port for port in ports if port])
    time.sleep(size.of(1, 8))
    crowd.stop()
    return p99([asked.seconds for asked in stage.history.asked[before:]])


# --- F25 ----------------------------------------------------------------------------------------


def herd(rig: Rig, size: Size) -> Found:
    """Many sales end in one second while another is bid on."""
    count = size.of(30, 400)
    stage = a_stage(rig, size.seed, ends_in=HOUR, watched=False)
    court = rig.world.court(rehearsal_at=datetime.now(UTC), rate=1)
    closes_at = datetime.now(UTC) + timedelta(hours=5)
    sales = [
        rig.world.sale(court, opens_at=closes_at - timedelta(hours=24), closes_at=closes_at)
        for _ in range(count)
    ]
    crowd = stage.crowd()
    rig.world.hold_clock(court, closes_at, rate=1)
    began = time.monotonic()

    def closed() -> int:
        return int(rig.sql("SELECT count(*) FROM outcomes WHERE court_id = %s", court)[0][0])

    with suppress(AssertionError):
        wait_until(lambda: closed() == count, "", 40)
    seconds = time.monotonic() - began
    crowd.stop()
    found = Found(stage.judge(stage.finish()))
    if closed() < count:
        found.wrong.append(f"F25: {count - closed()} of {count} sales were not closed in 40 s")
    doubled = rig.sql(
        "SELECT count(*) FROM (SELECT sale_id FROM public_notices WHERE sale_id = ANY(%s)"
        " AND kind = 'unsold' GROUP BY 1 HAVING count(*) > 1) d",
        sales,
    )[0][0]
    if doubled:
        found.wrong.append(f"F25: {doubled} sales were closed twice")
    waits = [asked.seconds for asked in stage.history.asked]
    found.figures = {
        "sales": count,
        "all closed after": f"{seconds:.1f} s",
        "bids elsewhere, 99 of 100": f"{p99(waits):.2f} s",
    }
    return found


# --- F33 ----------------------------------------------------------------------------------------


@contextmanager
def a_small_disk(megabytes: int) -> Iterator[Path]:
    """A file system of its own that can be filled; only an administrator may make one."""
    home = Path(tempfile.mkdtemp(prefix="luochui-disk-"))
    home.chmod(0o711)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=0755", "tmpfs", str(home)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        home.rmdir()
        pytest.skip("a disk of its own needs the right to mount one: run as root")
    try:
        yield home
    finally:
        subprocess.run(["umount", "-l", str(home)], check=False)
        shutil.rmtree(home, ignore_errors=True)


def full_disk(rig: Rig, size: Size) -> Found:
    """A platform of its own on a small disk, which fills up while a sale is in its last seconds."""
    takes_out = list(rig.mutants)
    with a_small_disk(320) as home:
        small = {"min_wal_size": "32MB", "max_wal_size": "48MB"}
        with running_rig(webs=1, home=home, settings=small, mutants=takes_out) as own:
            stage = a_stage(own, size.seed, ends_in=25.0)
            crowd = stage.crowd(asks_again=False)
            wait_until(lambda: len(stage.history.of_kind(Kind.OK)) > 3, "no bids", 20)
            ballast = home / "ballast"
            _fill(ballast)
            stage.break_("the disk is full")
            time.sleep(8)
            crowd.stop()
            ballast.unlink()
            stage.break_("the disk has space again")
            with suppress(Exception):
                own.cluster.start()
            own.world.engine.dispose()
            found = _after_the_disk(own, stage)
            if not takes_out:
                found.wrong += _stayed_before_it_is_full(own, size, home, found)
    return found


def _stayed_before_it_is_full(own: Rig, size: Size, home: Path, found: Found) -> list[str]:
    """With the gate: a quarter of this disk is to stay free, eighty megabytes. Seventy are left,
    which would be enough for the database, and bidding stops in order."""
    own.stop("scheduler1")
    own.start("scheduler1", "scheduler", DATABASE_DISK=str(home), DATABASE_DISK_FREE_PERCENT="25")
    own.wait_for("scheduler1")
    stage = a_stage(own, size.seed, ends_in=HOUR)
    stage.bidders[0].ask_until_known(START)
    free = shutil.disk_usage(home).free - 70 * 2**20
    with (home / "ballast").open("wb", buffering=0) as ballast:
        ballast.write(b"\0" * max(0, free))
    seconds = stage.wait_for_status("suspended", seconds=10)
    found.figures["seconds until bidding was stayed, nearly full"] = seconds and round(seconds, 1)
    return stage.judge(stage.finish()) + ([] if seconds else ["F33: bidding goes on, nearly full"])


def _fill(ballast: Path) -> None:
    """As full as it gets: also what the database freed for itself meanwhile."""
    with ballast.open("ab", buffering=0) as file:
        for size in (1 << 20, 4096):
            with suppress(OSError):
                while True:
                    if not file.write(b"\0" * size):
                        break


def _after_the_disk(own: Rig, stage: Stage) -> Found:
    wait_until(lambda: own._serves(own.programs["web1"]), "the platform did not come back", 40)
    for asked in stage.history.of_kind(Kind.UNKNOWN):
        if asked.key in stage.history.unresolved():
            _again(stage, asked.client, asked.amount, asked.key)
    after = stage.healed_bid()
    status = stage.status()
    stage.healed = Healed(
        accepted_after_s=after, expects_bid=status != "suspended", expects_close=False
    )
    final = stage.finish()
    found = Found(stage.judge(final))
    found.figures = {
        "acknowledged": len(stage.history.of_kind(Kind.OK)),
        "unknown answers": len(stage.history.of_kind(Kind.UNKNOWN)),
        "afterwards the sale is": status,
    }
    return found


# --- F36 ----------------------------------------------------------------------------------------


def deploy(rig: Rig, size: Size) -> Found:
    """New code beside old, three times, while people bid."""
    stage = a_stage(rig, size.seed, ends_in=HOUR)
    crowd = stage.crowd()
    wait_until(lambda: stage.history.of_kind(Kind.OK), "no bid was accepted", 20)
    webs = [one for one in rig.programs.values() if one.kind == "web"]
    for _ in range(size.of(1, 3)):
        for web in webs:
            if "a deploy is a kill" in rig.mutants:
                rig.stop(web.name)
                rig.start(web.name, "web")
            else:
                _hand_over(web.popen.pid, web.workers)
            stage.break_(f"{web.name} is deployed")
            wait_for_workers(rig)
    time.sleep(1)
    crowd.stop()
    found = Found(stage.judge(stage.finish()))
    unknown = len(stage.history.of_kind(Kind.UNKNOWN))
    if unknown:
        found.wrong.append(f"F36: {unknown} requests met a platform that was not there")
    waits = [asked.seconds for asked in stage.history.asked]
    found.figures = {"requests": len(waits), "slowest": f"{max(waits):.2f} s"}
    return found


def _hand_over(master: int, workers) -> None:
    """SIGHUP: the new worker is there before the old one goes."""
    before = set(workers())
    os.kill(master, signal.SIGHUP)
    wait_until(lambda: set(workers()) and not set(workers()) & before, "the deploy hangs", 60)


EXPERIMENTS = (
    Experiment(
        "F04",
        "The database stands still",
        "All processes of the database are frozen (SIGSTOP) for longer than a bidder may wait; in"
        " the full run, the line to it then swallows everything for half a minute.",
        "Every bidder is answered in time, if only that nobody knows yet and that asking again with"
        " the same key is safe. Afterwards no process is stuck.",
        still_database,
        (Mutant("a request waits for ever", ("requests wait for ever",), "F04: a bidder waited"),),
        is_quick=False,
    ),
    Experiment(
        "F07",
        "Everybody bids in the last moment",
        "All bidders send at once, as late as the machine can still take them all, and again after"
        " each extension, through both processes.",
        "Each bid is decided, in the order in which they came in, and each extension counts from"
        " the bid that caused it.",
        crowd_at_the_end,
        (
            Mutant(
                "the last to come is decided first", ("the last to come is decided first",), "O1"
            ),
        ),
        is_quick=False,
    ),
    Experiment(
        "F13",
        "Redis is frozen, full, flushed and dead",
        "A web process is joined to the others by Redis. During bidding Redis is frozen, filled to"
        " its limit and flushed, and killed.",
        "Redis holds nothing that counts. No bid waits for it and none is lost.",
        redis_fails,
        (
            Mutant(
                "the bid waits until it is announced",
                ("announces before it answers",),
                "F13",
                is_quick=False,
            ),
        ),
        # Starts a third web process and a Redis: too long for every change.
        is_quick=False,
    ),
    Experiment(
        "F25",
        "Many lots end in the same second",
        "Hundreds of lots of one court end at once while another lot is bid on.",
        "All are closed, each once; bids elsewhere do not notice.",
        herd,
        (
            Mutant(
                "one lot is closed after the other, with a rest between",
                ("closes one and rests",),
                "F25",
            ),
        ),
        is_quick=False,
    ),
    Experiment(
        "F33",
        "The disk is full",
        "A platform on a small disk of its own. During bidding the disk is filled to the last byte,"
        " and emptied again after eight seconds.",
        "Bidding stops before anything is half written. What was confirmed is there afterwards, and"
        " a sale whose end met the silence is stayed, not sold.",
        full_disk,
        (
            Mutant(
                "the answer is given before the bid is written",
                ("answers first and writes later",),
                "lost",
            ),
        ),
        is_quick=False,
    ),
    Experiment(
        "F36",
        "New code is deployed during bidding",
        "Both web processes are given new workers one after the other (SIGHUP), while bidders bid"
        " without pause.",
        "Nobody notices: every request is answered, and nothing is lost.",
        deploy,
        (Mutant("a deploy is a kill and a start", ("a deploy is a kill",), "F36", False),),
    ),
)
