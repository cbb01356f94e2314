"""`python -m bench soak`: see bench/README.md for what each figure means."""

from __future__ import annotations

import argparse
import os
import platform as machine
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import requests
from sqlalchemy import text

from app.gateways.seal import Sealer
from bench.bidding import Lot, percentile_ms, seconds_between, start_bidding
from bench.herd.rows import Herd, add_herd, add_person
from bench.herd.run import lots_elsewhere
from bench.ledger.rows import add_court
from bench.platform import ROOT, Platform, running_platform
from bench.soak.memory import Memory

# In life, for a region of some courts: a bid every other second, a page a second, a lot that ends
# every minute.
_BIDS_PER_S, _PAGES_PER_S, _ENDS_PER_S = 0.5, 1.0, 1 / 60
_SECONDS_BETWEEN_LOOKS = 5.0
_SECONDS_BETWEEN_HERDS = 30.0
_KEPT_BIDS = 2_000


def measure(arguments: list[str], *, quick: bool) -> dict[str, Any]:
    asked = _parser(quick).parse_args(arguments)
    with running_platform() as platform, ExitStack() as processes:
        running = lots_elsewhere(platform, 50)
        web = _free_port()
        pids = {
            "web": processes.enter_context(_web(platform, web)),
            "scheduler": processes.enter_context(_flask(platform, "scheduler")),
            "worker": processes.enter_context(_flask(platform, "worker")),
        }
        return {**_where(), **_run(platform, asked, running, f"http://127.0.0.1:{web}", pids)}


def _parser(quick: bool) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench soak")
    parser.add_argument("--minutes", type=float, default=1.0 if quick else 60.0)
    parser.add_argument("--times-life", type=float, default=20.0)
    return parser


def _run(
    platform: Platform,
    asked: argparse.Namespace,
    running: Sequence[Lot],
    url: str,
    pids: dict[str, int],
) -> dict[str, Any]:
    times, over = asked.times_life, threading.Event()
    bidding = start_bidding(platform, running, rate=_BIDS_PER_S * times, skew=2.0, keep=_KEPT_BIDS)
    reader = _Reader(url, _paths(platform), _PAGES_PER_S * times, over)
    reader.start()
    memory = Memory({**pids, "bids": bidding.process.pid})
    ended = _until(asked.minutes, memory, platform, round(_ENDS_PER_S * times * 30))
    over.set()
    reader.join()
    told = bidding.stop()
    slopes = memory.slopes()
    return {
        "hours": round(asked.minutes / 60, 3),
        "times_life": times,
        "rss_slope_mb_per_h": max(slopes.values()),
        "rss_slope_mb_per_h_by_process": slopes,
        "rss_mb_at_the_end": memory.last(),
        "bids_per_s": _BIDS_PER_S * times,
        "bid_p99_ms": percentile_ms(seconds_between(told["bids"]), 0.99),
        "bids_unknown": told["unknown"],
        "pages": reader.pages,
        "pages_failed": reader.failed,
        "lots_closed": _closed(platform, ended),
    }


def _until(minutes: float, memory: Memory, platform: Platform, lots: int) -> list[int]:
    """Look at the memory, and let lots end all the while; which ones did."""
    courts = [add_court(platform.admin, f"Court {number}") for number in range(5)]
    sealer = Sealer(platform.keys["ENVELOPE_PUBLIC_KEY"])
    person, ended = add_person(platform.admin), []
    memory.began = time.monotonic()
    last_herd = float("-inf")
    while (now := time.monotonic()) - memory.began < minutes * 60:
        if now - last_herd >= _SECONDS_BETWEEN_HERDS:
            ends_at = datetime.now(UTC) + timedelta(seconds=_SECONDS_BETWEEN_HERDS / 3)
            herd = Herd(courts, max(1, lots), ends_at, sold_share=0.6, bidders=4)
            ended += add_herd(platform.admin, herd, sealer, person)
            last_herd = now
        memory.look()
        time.sleep(_SECONDS_BETWEEN_LOOKS)
    return ended


class _Reader(threading.Thread):
    """Somebody who looks at pages at a steady rate; what is late is not made up for."""

    def __init__(self, url: str, paths: Sequence[str], rate: float, over: threading.Event) -> None:
        super().__init__(name="reader")
        self._url, self._paths, self._pause, self._over = url, paths, 1 / rate, over
        self.pages = self.failed = 0

    def run(self) -> None:
        with requests.Session() as asked:
            asked.trust_env = False
            while not self._over.wait(self._pause):
                path = self._paths[self.pages % len(self._paths)]
                self.pages += 1
                try:
                    self.failed += not asked.get(self._url + path, timeout=10).ok
                except requests.RequestException:
                    self.failed += 1


def _paths(platform: Platform) -> list[str]:
    with platform.admin.connect() as connection:
        rows = connection.execute(text("SELECT public_id FROM public_lots ORDER BY sale_id"))
        sales = list(rows.scalars())
    about = [f"/sales/{sale}{page}" for sale in sales[:10] for page in ("", "/snapshot.json")]
    return ["/", "/?q=住宅", "/?sort=newest", "/notices", "/status", "/time", *about]


def _closed(platform: Platform, sales: Sequence[int]) -> int:
    with platform.admin.connect() as connection:
        asked = text("SELECT count(*) FROM outcomes WHERE sale_id = ANY(:sales)")
        return int(connection.execute(asked, {"sales": list(sales)}).scalar_one())


@contextmanager
def _web(platform: Platform, port: int) -> Iterator[int]:
    command = [
        *(sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}"),
        *("--worker-class", "gevent", "--no-control-socket", "--graceful-timeout", "5"),
        "app.wsgi:web",
    ]
    with _process(command, platform.environment("web", "drain", "public")) as pid:
        _wait_for(f"http://127.0.0.1:{port}/healthz")
        yield pid


@contextmanager
def _flask(platform: Platform, name: str) -> Iterator[int]:
    command = [sys.executable, "-m", "flask", "--app", "app.wsgi", name]
    with _process(command, platform.environment("closer")) as pid:
        yield pid


@contextmanager
def _process(command: Sequence[str], environment: dict[str, str]) -> Iterator[int]:
    # Everybody who reads has this machine's one address.
    environment = environment | {"LIMITS_PER_ADDRESS": "off"}
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield process.pid
    finally:
        process.terminate()
        process.wait()


def _wait_for(url: str) -> None:
    for _try in range(300):
        try:
            if requests.get(url, timeout=2).ok:
                return
        except requests.RequestException:
            time.sleep(0.2)
    raise RuntimeError(f"{url} does not answer")


def _free_port() -> int:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return int(asked.getsockname()[1])


def _where() -> dict[str, Any]:
    return {
        "at": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "machine": f"{machine.system()} {machine.machine()}, {os.cpu_count()} cores",
        "python": machine.python_version(),
        "load_at_start": round(os.getloadavg()[0], 1),
    }
