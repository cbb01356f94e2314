"""`python -m bench hot-lot`: see bench/README.md for what each figure means."""

from __future__ import annotations

import argparse
import asyncio
import os
import platform as machine
import signal
import sys
import tempfile
from collections.abc import Callable, Coroutine
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from flask import Flask

from bench.fan_out.redis import own_redis
from bench.hot_lot import one_by_one
from bench.hot_lot.below import decide_admissions, journal_and_drain
from bench.hot_lot.costs import Costs
from bench.hot_lot.crowd import (
    Crowd,
    Market,
    Tally,
    all_at_once,
    bid_once_each,
    closed_loop,
    crowd_of,
    open_loop,
    took,
)
from bench.hot_lot.loss import Loss
from bench.hot_lot.rows import add_bidders, add_hot_lot
from bench.hot_lot.server import baseline_process, web_processes
from bench.hot_lot.stage import Stage
from bench.ledger.bids import percentile_ms
from bench.platform import Platform, running_platform


def measure(arguments: list[str], *, quick: bool) -> dict[str, Any]:
    asked = _parser(quick).parse_args(arguments)
    # Whoever ends us early must not leave our processes behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with (
        running_platform() as platform,
        tempfile.TemporaryDirectory() as folder,
        own_redis() if asked.redis else nullcontext("") as redis_url,
    ):
        one_by_one.make_tables(platform.admin)
        most = max(asked.bidders, asked.most, asked.least)
        app, lot = platform.app("web"), add_hot_lot(platform)
        _say(f"{most} bidders sign in")
        stage = Stage(platform, Path(folder), lot, add_bidders(platform, app, lot, most))
        decide_admissions(platform, lot)
        return {
            **_where(asked),
            **_over_http(stage, asked, redis_url),
            **_with_one_killed(stage, asked, redis_url),
            **stage.compare_with_the_database(),
            **_below(platform, app, asked),
            **_baselines(stage, asked),
        }


def _parser(quick: bool) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench hot-lot")
    parser.add_argument("--bidders", type=int, default=64, help="in the closed loop that counts")
    parser.add_argument("--least", type=int, default=16)
    parser.add_argument("--most", type=int, default=500, help="and in the open loop")
    parser.add_argument("--seconds", type=float, default=2.0 if quick else 12.0)
    parser.add_argument("--per-s", type=float, default=250.0, help="of the open loop")
    parser.add_argument("--drain", type=int, default=2_000 if quick else 20_000)
    parser.add_argument("--workers", type=int, default=1, help="web processes")
    parser.add_argument("--redis", action="store_true", help="tell by Redis instead of NOTIFY")
    parser.add_argument("--kill-one", action="store_true", help="kill a web process half-way")
    return parser


def _over_http(stage: Stage, asked: argparse.Namespace, redis_url: str) -> dict[str, Any]:
    figures: dict[str, Any] = {}
    with web_processes(stage.platform, stage.folder, asked.workers, redis_url) as webs:
        _say(f"{asked.most} bidders, nobody of whom was here before, in the same moment")
        figures |= _cold(_run_cold(stage.crowd(webs, asked.most)))
        for count in dict.fromkeys((asked.bidders, asked.least, asked.most)):
            _say(f"{count} bidders, each as fast as it is answered")
            costs = Costs([web.pid for web in webs], stage.platform)
            tally = _run_closed(stage.crowd(webs, count), asked.seconds, costs.mark)
            told = _closed_figures(tally, costs)
            figures |= told if count == asked.bidders else {f"{k}_{count}": told[k] for k in _SHORT}
        _say(f"{asked.most} bidders, {asked.per_s:g} bids a second whatever happens")
        steady = _run_open(stage.crowd(webs, asked.most), asked.per_s, asked.seconds)
    return figures | {
        "open_loop_bids": len(steady.took),
        **{f"open_loop_{name}": value for name, value in took(steady).items()},
        "open_loop_stamp_p99_ms": percentile_ms(steady.stamped, 0.99),
    }


def _with_one_killed(stage: Stage, asked: argparse.Namespace, redis_url: str) -> dict[str, Any]:
    """Half-way one of the web processes is killed; new ones for each way of bidding."""
    figures: dict[str, Any] = {}
    if not asked.kill_one:
        return figures
    ways: dict[str, tuple[int, Callable[[Crowd], Tally]]] = {
        "closed": (asked.bidders, lambda crowd: _run_closed(crowd, asked.seconds, lambda: None)),
        "open": (asked.most, lambda crowd: _run_open(crowd, asked.per_s, asked.seconds)),
    }
    for way, (count, run) in ways.items():
        _say(f"{count} bidders in a{'n' * (way == 'open')} {way} loop, and one process is killed")
        with web_processes(stage.platform, stage.folder, asked.workers, redis_url) as webs:
            crowd = stage.crowd(webs, count)
            loss = Loss(webs[0], crowd)
            # The time that is not counted comes first.
            loss.kill_in(asked.seconds * 0.75)
            tally = run(crowd)
        figures |= {f"killed_{way}_{name}": value for name, value in loss.figures(tally).items()}
    return figures


def _cold(tally: Tally) -> dict[str, Any]:
    """Those who come all new to a process, as after a restart."""
    figures = {"bids": tally.decided, "s": round(tally.seconds, 2), **took(tally)}
    return {f"cold_{name}": value for name, value in figures.items()}


_SHORT = ("decided_per_s", "accepted_per_s", "p50_ms", "p99_ms", "stamp_p99_ms")


def _closed_figures(tally: Tally, costs: Costs) -> dict[str, Any]:
    if not tally.decided:
        raise RuntimeError(f"no bid was decided; the last answer was {tally.odd}")
    return {
        "decided_per_s": round(tally.decided / tally.seconds),
        "accepted_per_s": round(tally.accepted / tally.seconds),
        "p50_ms": percentile_ms(tally.took, 0.5),
        "p99_ms": percentile_ms(tally.took, 0.99),
        "stamp_p50_ms": percentile_ms(tally.stamped, 0.5),
        "stamp_p99_ms": percentile_ms(tally.stamped, 0.99),
        "unknown": tally.unknown,
        **costs.per_decision(tally.decided),
    }


def _below(platform: Platform, app: Flask, asked: argparse.Namespace) -> dict[str, Any]:
    _say(f"{asked.drain} bids journalled and drained without the web")
    lot = add_hot_lot(platform)
    done = journal_and_drain(platform, lot, add_bidders(platform, app, lot, 16), asked.drain)
    return {
        "intake_per_s": round(done.intake_per_s),
        "drain_per_s": round(done.drain_per_s),
        "drain_accepted": done.accepted,
    }


def _baselines(stage: Stage, asked: argparse.Namespace) -> dict[str, Any]:
    url = stage.platform.admin.url.set(drivername="postgresql")
    url = url.render_as_string(hide_password=False)
    _say("the baseline over HTTP: one transaction for each bid under a row lock")
    with baseline_process(url, asked.workers) as web:
        path = f"/lots/{one_by_one.LOT}/bids"
        crowd = crowd_of(stage.bidders[: asked.bidders], [web.port], path, Market())
        over_http = _run_closed(crowd, asked.seconds / 2, lambda: None)
    _say("the baseline below HTTP")
    writers = (1, 16)
    below = {
        count: one_by_one.decisions_per_second(
            url, stage.folder, writers=count, seconds=asked.seconds / 3
        )
        for count in writers
    }
    return {
        "baseline_http_per_s": round(over_http.decided / over_http.seconds),
        "baseline_http_accepted_per_s": round(over_http.accepted / over_http.seconds),
        "baseline_http_p50_ms": percentile_ms(over_http.took, 0.5),
        "baseline_http_p99_ms": percentile_ms(over_http.took, 0.99),
        "baseline_drain_per_s": round(max(below.values())),
        **{f"baseline_drain_per_s_{count}_writers": round(below[count]) for count in writers},
    }


def _run_closed(crowd: Crowd, seconds: float, mark: Callable[[], None]) -> Tally:
    async def bids() -> Tally:
        await bid_once_each(crowd)
        return await closed_loop(crowd, seconds, mark)

    return _run(crowd, bids())


def _run_open(crowd: Crowd, per_second: float, seconds: float) -> Tally:
    return _run(crowd, open_loop(crowd, per_second, seconds))


def _run_cold(crowd: Crowd) -> Tally:
    return _run(crowd, all_at_once(crowd))


def _run(crowd: Crowd, bids: Coroutine[Any, Any, Tally]) -> Tally:
    async def run() -> Tally:
        try:
            return await bids
        finally:
            crowd.close()

    return asyncio.run(run())


def _where(asked: argparse.Namespace) -> dict[str, Any]:
    return {
        "at": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "machine": f"{machine.system()} {machine.machine()}, {os.cpu_count()} cores",
        "python": machine.python_version(),
        "load_at_start": round(os.getloadavg()[0], 1),
        "bidder_budget": "lifted (BIDS_PER_SECOND=0); in life 5 a second for each bidder",
        "web_processes": asked.workers,
        "channel": "redis" if asked.redis else "notify",
        "bidders": asked.bidders,
        "seconds": asked.seconds,
    }


def _say(what: str) -> None:
    print(f"… {what}", file=sys.stderr, flush=True)
