"""`python -m bench fan-out`: see bench/README.md for what each figure means."""

from __future__ import annotations

import argparse
import json
import os
import platform as machine
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bench.fan_out import bids
from bench.fan_out.redis import own_redis
from bench.fan_out.servers import Server, bare_server, live_servers
from bench.fan_out.visitors import flood
from bench.fan_out.watching import Crowd, crowd_of
from bench.platform import Platform, running_platform

# What was told last is on its way for a moment: announcer, channel, and the slowest socket.
SECONDS_TO_ARRIVE = 2.0
SECONDS_TO_COME_BACK = 12.0


@dataclass(slots=True)
class Heard:
    """What a crowd counted, and what it cost the servers."""

    report: dict[str, Any]
    cpu_s: float
    seconds: float
    rss_mb: float

    @property
    def deliveries(self) -> int:
        return sum(len(frame["at"]) for frame in self.report["heard"])

    def figures(self, told_at: Mapping[int, float]) -> dict[str, Any]:
        late = sorted(self._lateness(told_at))
        return {
            "deliveries": self.deliveries,
            "deliveries_per_s": round(self.deliveries / self.seconds),
            "cpu_us_per_delivery": round(1e6 * self.cpu_s / max(1, self.deliveries), 1),
            "p50_ms": _percentile_ms(late, 0.5),
            "p99_ms": _percentile_ms(late, 0.99),
            "max_ms": _percentile_ms(late, 1.0),
            "rss_mb": round(self.rss_mb),
        }

    def _lateness(self, told_at: Mapping[int, float]) -> Iterator[float]:
        """For each socket and each bid, from its commit until the socket had it."""
        for frame in self.report["heard"]:
            for seq in _bids_in(frame["said"]):
                if seq in told_at:
                    yield from (at - told_at[seq] for at in frame["at"])


def measure(arguments: list[str], *, quick: bool) -> dict[str, Any]:
    # Whoever ends us early must not leave our processes behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    asked = _parser(quick).parse_args(arguments)
    crowds = [int(word) for word in asked.sockets.split(",")]
    workers = [int(word) for word in asked.workers.split(",")]
    with running_platform() as platform, own_redis() if asked.redis else nullcontext("") as redis:
        runs = [
            _one(platform, asked, sockets=sockets, workers=count, redis_url=redis)
            for sockets in crowds
            for count in workers
        ]
        flooded = _flood(platform, asked)
    baselines = [_baseline(asked, sockets) for sockets in crowds]
    figures = {**_where(asked), **_headline(runs, baselines), **flooded}
    return {**figures, "runs": runs, "baselines": baselines}


def _parser(quick: bool) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench fan-out")
    parser.add_argument("--sockets", default="200" if quick else "1000,5000")
    parser.add_argument("--workers", default="1" if quick else "1,2")
    parser.add_argument("--bids-per-s", type=float, default=10.0)
    parser.add_argument("--seconds", type=float, default=2.0 if quick else 10.0)
    parser.add_argument("--flood-s", type=float, default=1.0 if quick else 4.0)
    parser.add_argument("--redis", action="store_true", help="tell by Redis instead of NOTIFY")
    parser.add_argument("--kill-one", action="store_true", help="kill a live worker half-way")
    return parser


def _one(
    platform: Platform, asked: argparse.Namespace, *, sockets: int, workers: int, redis_url: str
) -> dict[str, Any]:
    _say(f"{sockets} sockets on {workers} live workers")
    with (
        bids.bidding(platform, redis_url) as bidding,
        live_servers(platform, workers, redis_url) as servers,
        crowd_of(servers, sockets, bidding.public_id) as crowd,
    ):
        killed_at = _kill_later(servers, asked.seconds / 2) if asked.kill_one else []
        heard = _listen(
            crowd,
            servers,
            lambda: bidding.bid(rate=asked.bids_per_s, seconds=asked.seconds),
            SECONDS_TO_COME_BACK if asked.kill_one else SECONDS_TO_ARRIVE,
        )
    took = sorted(bidding.took)
    figures = {"sockets": sockets, "workers": workers, **heard.figures(bidding.told.at)}
    figures |= {"bids": len(took), "bid_p99_ms": _percentile_ms(took, 0.99)}
    return figures | _after_the_kill(heard, killed_at, sockets) if killed_at else figures


def _after_the_kill(heard: Heard, killed_at: Sequence[float], sockets: int) -> dict[str, Any]:
    """What the dead worker had used is gone with it, so nothing is said about processor time."""
    is_whole = heard.report["joined"] == sockets
    back = round(heard.report["all_back_at"] - killed_at[0], 2) if is_whole else None
    return {
        "cpu_us_per_delivery": None,
        "lost_sockets": heard.report["lost"],
        "put_off": heard.report["put_off"],
        "back_sockets": heard.report["joined"],
        "all_back_s": back,
    }


def _flood(platform: Platform, asked: argparse.Namespace) -> dict[str, Any]:
    if not asked.flood_s:
        return {}
    _say("a flood of strangers on one web worker, with what is kept and without")
    return flood(platform, seconds=asked.flood_s, bids_per_s=asked.bids_per_s)


def _baseline(asked: argparse.Namespace, sockets: int) -> dict[str, Any]:
    """The same crowd, rate and size of message, told by the bare server."""
    _say(f"{sockets} sockets on a bare broadcast")
    count = int(asked.bids_per_s * asked.seconds)
    order = json.dumps([1 / asked.bids_per_s, count, _message_like_ours()])
    told_at: list[float] = []
    with bare_server() as server, crowd_of([server], sockets, None) as crowd:
        assert server.process.stdin is not None and server.process.stdout is not None
        written, read = server.process.stdin, server.process.stdout

        def broadcast() -> None:
            written.write(order + "\n")
            written.flush()
            told_at.extend(json.loads(read.readline()))

        heard = _listen(crowd, [server], broadcast, SECONDS_TO_ARRIVE)
    figures = heard.figures({number + 1: at for number, at in enumerate(told_at)})
    return {"sockets": sockets, **figures}


def _listen(
    crowd: Crowd, servers: Sequence[Server], tell: Callable[[], None], patience: float
) -> Heard:
    before, began = sum(server.cpu_s() for server in servers), time.monotonic()
    crowd.say("start")
    tell()
    time.sleep(patience)
    seconds = time.monotonic() - began
    cpu_s = sum(server.cpu_s() for server in servers) - before
    rss_mb = sum(server.rss_mb() for server in servers)
    return Heard(crowd.stop(), cpu_s, seconds, rss_mb)


def _kill_later(servers: Sequence[Server], seconds: float) -> list[float]:
    at: list[float] = []

    def kill() -> None:
        at.append(time.monotonic())
        servers[0].kill_worker()

    threading.Timer(seconds, kill).start()
    return at


def _bids_in(said: str) -> range:
    """The bids that a frame brings; a beat brings none."""
    if not said.startswith('42["sale",'):
        return range(0)
    message = json.loads(said[2:])[1]
    newest = int(message["seq"])
    return range(newest - max(1, len(message["bids"])) + 1, newest + 1)


def _message_like_ours() -> str:
    """As long as what a live worker tells of one bid."""
    moment = "2026-11-22T03:14:15.926535+00:00"
    bid = {"code": "B0001", "rank": None, "amount_minor": 70_500_000, "at": moment}
    message = {
        "sale": "ab12cd34ef",
        "seq": "NUMBER",
        "bids": [{"seq": 1, **bid, "closes_at": moment}],
        "price_minor": 70_500_000,
        "leader": "B0001",
        "closes_at": moment,
        "extensions": 0,
        "status": "open",
        "at": moment,
    }
    return "42" + json.dumps(["sale", message], separators=(",", ":"))


def _headline(runs: list[dict[str, Any]], baselines: list[dict[str, Any]]) -> dict[str, Any]:
    """The largest crowd on the fewest workers, beside the bare server with as many."""
    largest = max(run["sockets"] for run in runs)
    run = min((run for run in runs if run["sockets"] == largest), key=lambda run: run["workers"])
    bare = next(one for one in baselines if one["sockets"] == largest)
    ours, theirs = run["cpu_us_per_delivery"], bare["cpu_us_per_delivery"]
    return {
        **run,
        "baseline_cpu_us_per_delivery": bare["cpu_us_per_delivery"],
        "baseline_deliveries_per_s": bare["deliveries_per_s"],
        "baseline_p99_ms": bare["p99_ms"],
        "times_the_baseline": round(ours / theirs, 2) if ours and theirs else None,
    }


def _percentile_ms(ordered: Sequence[float], share: float) -> float:
    if not ordered:
        return 0.0
    return round(1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))], 1)


def _where(asked: argparse.Namespace) -> dict[str, Any]:
    return {
        "at": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "machine": f"{machine.system()} {machine.machine()}, {os.cpu_count()} cores",
        "python": machine.python_version(),
        "load_at_start": round(os.getloadavg()[0], 1),
        "bids_per_s": asked.bids_per_s,
        "channel": "redis" if asked.redis else "notify",
    }


def _say(what: str) -> None:
    print(f"… {what}", file=sys.stderr, flush=True)
