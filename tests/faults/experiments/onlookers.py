"""F18 and F19: sockets that never read, and thousands who only watch."""

from __future__ import annotations

import json
import select
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg

from bench.fan_out import wire
from deploy.local.places import ROOT
from tests.faults.experiments.kind import Experiment, Found, Mutant, Size
from tests.faults.experiments.machines import p99
from tests.faults.experiments.sockets import a_live_process, watched
from tests.faults.histories import Kind
from tests.faults.rig import Rig, die_with_parent, get, wait_until
from tests.faults.stage import START, STEP, Stage, a_stage
from tests.faults.watchers import Watcher

HOUR = 3600.0
ORIGIN = "http://127.0.0.1"
CHANNEL = "luochui_live"
# One second is the bar for bids and for pages; a busy test machine may add one.
BAR_S = 2.0
MOST_GROWTH_MB = 50
# For what was on its way to a hundred sockets when they were let go.
SECONDS_TO_READ_ON = 5.0
# At each of the two doors: five thousand people of whom each looks every fifty seconds.
STRANGERS_PER_S = 50

# --- F18 ----------------------------------------------------------------------------------------


def slow_readers(rig: Rig, size: Size) -> Found:
    """A hundred sockets join and never read, while the sale is as loud as it can be."""
    with a_live_process(rig):
        live = rig.programs["live"]
        stage = a_stage(rig, size.seed, ends_in=HOUR)
        _bid_until(stage, 40)
        with (
            watched(stage, live.door or 0, 4) as watchers,
            _who_never_reads(live.port or 0, stage.public_id, 100) as silent,
        ):
            before = _memory_mb(live.workers())
            with _noise(rig, stage):
                waits = _seconds_until_seen(stage, watchers, size.of(12, 25))
                grown = _memory_mb(live.workers()) - before
            kept = _still_joined(silent)
        found = Found(stage.judge(stage.finish()))
    found.figures = {
        "sockets that never read": len(silent),
        "of them let go": len(silent) - kept,
        "memory of the live process, grown by": f"{grown:.0f} MB",
        "bids": len(waits),
        "from the answer to the page of whoever reads, 99 of 100": f"{p99(waits):.2f} s",
    }
    if kept:
        found.wrong.append(f"F18: {kept} sockets that never read are still there")
    if grown > MOST_GROWTH_MB:
        found.wrong.append(f"F18: the live process grew by {grown:.0f} MB")
    if p99(waits) > BAR_S:
        found.wrong.append(f"F18: a page heard of a bid after {p99(waits):.1f} s")
    return found


def _bid_until(stage: Stage, accepted: int) -> None:
    crowd = stage.crowd()
    wait_until(lambda: len(stage.history.of_kind(Kind.OK)) >= accepted, "no bids", 90)
    crowd.stop()


@contextmanager
def _who_never_reads(port: int, sale: str, count: int) -> Iterator[list[socket.socket]]:
    with ExitStack() as open_sockets:
        silent = [_joined(port, sale) for _ in range(count)]
        for one in silent:
            open_sockets.callback(one.close)
        yield silent


def _joined(port: int, sale: str) -> socket.socket:
    """A socket with the least room for what it is told; it reads until it is let in."""
    line = socket.socket()
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    line.settimeout(20)
    line.connect(("127.0.0.1", port))
    line.sendall(wire.request(port, ORIGIN, socketio=True))
    _hear(line, b"0{")
    line.sendall(wire.masked(b"40" + json.dumps({"sale": sale}).encode()))
    _hear(line, b"40{")
    return line


def _hear(line: socket.socket, awaited: bytes) -> None:
    heard = b""
    while awaited not in heard:
        came = line.recv(4096)
        assert came, f"a socket was not let in: {heard!r}"
        heard += came


def _still_joined(silent: list[socket.socket]) -> int:
    """How many the platform has not let go: only whoever reads again can tell."""
    eyes, left = select.poll(), {one.fileno(): one for one in silent}
    for one in silent:
        one.setblocking(False)
        eyes.register(one, select.POLLIN)
    deadline = time.monotonic() + SECONDS_TO_READ_ON
    while left and time.monotonic() < deadline:
        for number, _event in eyes.poll(200):
            if number in left and _is_over(left[number]):
                eyes.unregister(number)
                del left[number]
    return len(left)


def _is_over(line: socket.socket) -> bool:
    try:
        return not line.recv(65_536)
    except BlockingIOError:
        return False
    except OSError:
        return True


@contextmanager
def _noise(rig: Rig, stage: Stage) -> Iterator[None]:
    """The newest bids are announced again and again, as much as an announcement holds."""
    over = threading.Event()

    def run() -> None:
        with psycopg.connect(rig.admin_url, autocommit=True) as connection:
            while not over.wait(0.1):
                with suppress(OSError, ValueError):
                    connection.execute("SELECT pg_notify(%s, %s)", (CHANNEL, _news(stage)))

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(20)


def _news(stage: Stage) -> str:
    known = stage.history.of_kind(Kind.OK)
    after = max(0, max(asked.seq or 0 for asked in known) - 45)
    path = f"/sales/{stage.public_id}/snapshot.json?after={after}"
    told = json.loads(get(stage.ports[0], path)[1])
    while len(written := json.dumps(told, separators=(",", ":"))) > 7_800:
        told["bids"].pop(0)
    return written


def _seconds_until_seen(stage: Stage, watchers: list[Watcher], seconds: int) -> list[float]:
    """Bids one after the other, and how long after its answer each is on every page."""
    waits, until = [], time.monotonic() + seconds
    [(price,)] = stage.rig.sql("SELECT price FROM sale_states WHERE sale_id = %s", stage.sale_id)
    amount = START if price is None else price
    while time.monotonic() < until:
        amount += STEP
        asked = stage.bidders[len(waits) % 4].ask_until_known(amount, ports=stage.ports)
        began, seq = time.monotonic(), asked.seq or 0
        while time.monotonic() - began < 10 and not all(seq in one.bids for one in watchers):
            time.sleep(0.02)
        waits.append(time.monotonic() - began)
        time.sleep(0.3)
    return waits


def _memory_mb(pids: list[int]) -> float:
    lines = [Path(f"/proc/{pid}/status").read_text().splitlines() for pid in pids]
    sizes = [line.split()[1] for each in lines for line in each if line.startswith("VmRSS")]
    return sum(int(size) for size in sizes) / 1024


# --- F19 ----------------------------------------------------------------------------------------


def thousands_watch(rig: Rig, size: Size) -> Found:
    """Sockets by the thousand, and as many strangers who open the page every minute or so."""
    count, seconds = size.of(300, 5_000), size.of(8, 20)
    with a_live_process(rig):
        stage = a_stage(rig, size.seed, ends_in=HOUR, bidders=50, watched=False)
        quiet = _bids_meanwhile(stage, seconds)
        with _a_crowd(rig.programs["live"].port or 0, stage.public_id, count) as crowd:
            joined = crowd["joined"]
            stage.break_(f"{joined} sockets watch")
            with _strangers(stage):
                time.sleep(2)
                loud = _bids_meanwhile(stage, seconds)
        found = Found(stage.judge(stage.finish()))
    found.figures = {
        "sockets that watch": joined,
        "strangers who open the page each second": STRANGERS_PER_S * len(stage.ports),
        "bidders": len(stage.bidders),
        "bids, 99 of 100, quiet": f"{p99(quiet):.2f} s",
        "bids, 99 of 100, watched": f"{p99(loud):.2f} s",
    }
    if joined < count:
        told = f"{crowd['refused']} of them turned away"
        found.wrong.append(f"F19: {count - joined} who wanted to watch were not let in, {told}")
    if p99(loud) > p99(quiet) + BAR_S:
        found.wrong.append(f"F19: bids took {p99(loud):.1f} s while thousands watched")
    return found


def _bids_meanwhile(stage: Stage, seconds: float) -> list[float]:
    """Fifty people of whom each bids every two seconds or so."""
    before = len(stage.history.asked)
    crowd = stage.crowd(pause_s=2.0)
    time.sleep(seconds)
    crowd.stop()
    return [asked.seconds for asked in stage.history.asked[before:]]


@contextmanager
def _a_crowd(port: int, sale: str, count: int) -> Iterator[dict[str, int]]:
    wanted = {"ports": [port], "origin": ORIGIN, "sale": sale, "sockets": count}
    crowd = _beside("bench.fan_out.crowd", text=True)
    try:
        crowd.stdin.write(json.dumps(wanted) + "\nstart\n")
        crowd.stdin.flush()
        yield json.loads(crowd.stdout.readline())
    finally:
        crowd.kill()
        crowd.communicate()


@contextmanager
def _strangers(stage: Stage) -> Iterator[None]:
    path = f"/sales/{stage.public_id}/live"
    coming = [
        _beside("tests.faults.strangers", str(port), path, str(STRANGERS_PER_S))
        for port in stage.ports
    ]
    try:
        yield
    finally:
        for one in coming:
            one.kill()
            one.communicate()


def _beside(module: str, *words: str, text: bool = False) -> subprocess.Popen[Any]:
    return subprocess.Popen(
        [sys.executable, "-m", module, *words],
        cwd=ROOT,
        text=text,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        preexec_fn=die_with_parent,
    )


EXPERIMENTS = (
    Experiment(
        "F18",
        "Sockets that never read",
        "A hundred sockets join a sale with the least room for what they are told, and never read"
        " again. The sale is as loud as announcements can be, and is bid on.",
        "The platform keeps no more for them than a fixed small space, lets them go, and whoever"
        " reads hears of each bid as quickly as before.",
        slow_readers,
        (
            Mutant(
                "everything is kept for whoever does not read",
                ("sockets that do not read are kept",),
                "F18",
            ),
            Mutant(
                "everybody waits for the slowest",
                ("everybody waits for the slowest",),
                "F18: a page heard",
            ),
        ),
        is_quick=False,
    ),
    Experiment(
        "F19",
        "Thousands who only watch",
        "Five thousand sockets watch one sale, and a hundred strangers a second open its page,"
        " while fifty bidders bid.",
        "Bidders come before viewers: bids are decided as if nobody watched.",
        thousands_watch,
        (
            Mutant(
                "each page is made anew for each stranger, however many come",
                ("nothing is kept for strangers", "strangers are never turned away"),
                "F19: bids took",
            ),
        ),
        is_quick=False,
    ),
)
