"""`python -m bench soak`: see bench/README.md for what each figure means."""

from __future__ import annotations

import argparse
import os
import platform as machine
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import requests
from sqlalchemy import text

from bench.fan_out.watching import crowd_of
from bench.hot_lot.crowd import Tally, took
from bench.ledger.rows import add_court
from bench.platform import Platform, running_platform
from bench.soak.bids import LOTS_IN_PLAY, Bidding
from bench.soak.life import PASSERS_BY, Life
from bench.soak.memory import Memory
from bench.soak.processes import Running, everything

# In life, for a region of some courts: a bid every other second, a page a second, a lot that ends
# every minute.
_BIDS_PER_S, _PAGES_PER_S, _ENDS_PER_S = 0.5, 1.0, 1 / 60
_SECONDS_BETWEEN_LOOKS = 5.0
_SECONDS_BETWEEN_TURNS = 30.0
_SECONDS_BETWEEN_WORDS = 300.0


def measure(arguments: list[str], *, quick: bool) -> dict[str, Any]:
    # Whoever ends us early must not leave our processes behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    asked = _parser(quick).parse_args(arguments)
    with (
        running_platform() as platform,
        tempfile.TemporaryDirectory() as folder,
        everything(platform, Path(folder)) as running,
    ):
        return {**_where(), **_run(platform, asked, running)}


def _parser(quick: bool) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench soak")
    parser.add_argument("--minutes", type=float, default=1.0 if quick else 60.0)
    parser.add_argument("--times-life", type=float, default=20.0)
    parser.add_argument("--watchers", type=int, default=20 if quick else 200)
    parser.add_argument("--lots", type=int, default=4 if quick else LOTS_IN_PLAY)
    return parser


def _run(platform: Platform, asked: argparse.Namespace, running: Running) -> dict[str, Any]:
    times, over = asked.times_life, threading.Event()
    bidding = Bidding(running.web_port, _BIDS_PER_S * times)
    courts = [add_court(platform.admin, f"Court {number}") for number in range(5)]
    life = Life(platform, running, platform.app("web"), bidding, courts)
    watched, *_others = [life.bring_lot() for _number in range(asked.lots)]
    url = f"http://127.0.0.1:{running.web_port}"
    reader = _Reader(url, _paths(platform), _PAGES_PER_S * times, over)
    memory = Memory(running.pids)
    with crowd_of([running.live], asked.watchers, watched.public_id), life.passers_by:
        reader.start()
        bidding.start()
        try:
            _live(asked.minutes, memory, life, max(1, round(_ENDS_PER_S * times * 30)))
        finally:
            over.set()
            reader.join()
            tally = bidding.stop()
    return {
        "hours": round(asked.minutes / 60, 3),
        "times_life": times,
        **_growth(memory),
        **_bids(tally, bidding),
        "pages": reader.pages,
        "pages_failed": reader.failed,
        "sockets": asked.watchers + PASSERS_BY,
        "turns_lost": life.turns_lost,
        "lots_ended": len(life.ended),
        "lots_closed": _count(platform, "outcomes", life.ended),
        "refunds_paid": _count(platform, "deposits", life.ended, "AND state = 'released'"),
    }


def _live(minutes: float, memory: Memory, life: Life, lots: int) -> None:
    """Look at the memory, and let life go on all the while."""
    memory.began = time.monotonic()
    end = memory.began + minutes * 60
    next_turn = next_word = memory.began
    while (now := time.monotonic()) < end:
        if now >= next_turn:
            life.go_on(lots)
            next_turn = now + _SECONDS_BETWEEN_TURNS
        memory.look()
        if now >= next_word:
            _say(f"minute {(now - memory.began) / 60:.0f}: {memory.last()} MB")
            next_word += _SECONDS_BETWEEN_WORDS
        time.sleep(_SECONDS_BETWEEN_LOOKS)


def _growth(memory: Memory) -> dict[str, Any]:
    slopes = memory.slopes()
    return {
        "rss_slope_mb_per_h": max(slopes.values()),
        "rss_slope_mb_per_h_by_process": slopes,
        "rss_mb_at_the_end": memory.last(),
    }


def _bids(tally: Tally, bidding: Bidding) -> dict[str, Any]:
    return {
        "bids_per_s": bidding.per_s,
        "bids_decided": tally.decided,
        "bids_accepted": tally.accepted,
        "bids_left_out": bidding.left_out,
        **{f"bid_{name}": value for name, value in took(tally).items()},
    }


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


def _count(platform: Platform, table: str, sales: Sequence[int], more: str = "") -> int:
    with platform.admin.connect() as connection:
        asked = text(f"SELECT count(*) FROM {table} WHERE sale_id = ANY(:sales) {more}")  # noqa: S608
        return int(connection.execute(asked, {"sales": list(sales)}).scalar_one())


def _say(what: str) -> None:
    print(f"… {what}", file=sys.stderr, flush=True)


def _where() -> dict[str, Any]:
    return {
        "at": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "machine": f"{machine.system()} {machine.machine()}, {os.cpu_count()} cores",
        "python": machine.python_version(),
        "load_at_start": round(os.getloadavg()[0], 1),
    }
