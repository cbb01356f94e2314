"""`python -m bench hot-lot`: see bench/README.md for what each figure means."""

from __future__ import annotations

import argparse
import asyncio
import os
import platform as machine
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import text

from bench.hot_lot import one_by_one
from bench.hot_lot.below import journal_and_drain
from bench.hot_lot.costs import Costs
from bench.hot_lot.crowd import (
    Crowd,
    Market,
    Tally,
    bid_once_each,
    closed_loop,
    crowd_of,
    open_loop,
)
from bench.hot_lot.rows import Bidder, Lot, add_bidders, add_hot_lot
from bench.hot_lot.server import baseline_process, web_process
from bench.ledger.bids import percentile_ms
from bench.platform import Platform, running_platform


def measure(arguments: list[str], *, quick: bool) -> dict[str, Any]:
    asked = _parser(quick).parse_args(arguments)
    with running_platform() as platform, tempfile.TemporaryDirectory() as folder:
        one_by_one.make_tables(platform.admin)
        most = max(asked.bidders, asked.most, asked.least)
        app, lot = platform.app("web"), add_hot_lot(platform)
        _say(f"{most} bidders sign in")
        bidders = add_bidders(platform, app, lot, most)
        return {
            **_where(asked),
            **_over_http(platform, Path(folder), lot, bidders, asked),
            **_below(platform, app, asked),
            **_baselines(platform, Path(folder), bidders, asked),
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
    return parser


def _over_http(
    platform: Platform, folder: Path, lot: Lot, bidders: list[Bidder], asked: argparse.Namespace
) -> dict[str, Any]:
    path, market, sent = f"/bid/{lot.public_id}/bid", Market(), 0
    figures: dict[str, Any] = {}
    with web_process(platform, folder, asked.workers) as web:
        for count in dict.fromkeys((asked.bidders, asked.least, asked.most)):
            _say(f"{count} bidders, each as fast as it is answered")
            crowd = crowd_of(bidders[:count], web.port, path, market)
            costs = Costs(web.pid, platform)
            tally = _run_closed(crowd, asked.seconds, costs)
            sent += crowd.sent
            told = _closed_figures(tally, costs)
            figures |= told if count == asked.bidders else {f"{k}_{count}": told[k] for k in _SHORT}
        _say(f"{asked.most} bidders, {asked.per_s:g} bids a second whatever happens")
        crowd = crowd_of(bidders[: asked.most], web.port, path, market)
        steady = _run_open(crowd, asked.per_s, asked.seconds)
        sent += crowd.sent
    figures |= {
        "open_loop_bids": len(steady.took),
        "open_loop_p50_ms": percentile_ms(steady.took, 0.5),
        "open_loop_p99_ms": percentile_ms(steady.took, 0.99),
        "open_loop_stamp_p99_ms": percentile_ms(steady.stamped, 0.99),
        "open_loop_unknown": steady.unknown,
        "bids_sent": sent,
        "decisions_in_database": _decided_bids(platform, lot),
    }
    return figures


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


def _baselines(
    platform: Platform, folder: Path, bidders: list[Bidder], asked: argparse.Namespace
) -> dict[str, Any]:
    url = platform.admin.url.set(drivername="postgresql").render_as_string(hide_password=False)
    _say("the baseline over HTTP: one transaction for each bid under a row lock")
    with baseline_process(url, asked.workers) as web:
        path = f"/lots/{one_by_one.LOT}/bids"
        crowd = crowd_of(bidders[: asked.bidders], web.port, path, Market())
        over_http = _run_closed(crowd, asked.seconds / 2, Costs(web.pid, platform))
    _say("the baseline below HTTP")
    writers = (1, 16)
    below = {
        count: one_by_one.decisions_per_second(
            url, folder, writers=count, seconds=asked.seconds / 3
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


def _run_closed(crowd: Crowd, seconds: float, costs: Costs) -> Tally:
    async def run() -> Tally:
        try:
            await bid_once_each(crowd)
            return await closed_loop(crowd, seconds, costs.mark)
        finally:
            crowd.close()

    return asyncio.run(run())


def _run_open(crowd: Crowd, per_second: float, seconds: float) -> Tally:
    async def run() -> Tally:
        try:
            return await open_loop(crowd, per_second, seconds)
        finally:
            crowd.close()

    return asyncio.run(run())


def _decided_bids(platform: Platform, lot: Lot) -> int:
    """What the database says was decided on bids in this lot, to hold against what was sent."""
    with platform.admin.connect() as connection:
        count: int = connection.execute(
            text(
                "SELECT count(*) FROM decisions d JOIN arrivals a ON a.id = d.arrival_id"
                " WHERE a.sale_id = :sale AND a.kind = 'bid'"
            ),
            {"sale": lot.sale_id},
        ).scalar_one()
    return count


def _where(asked: argparse.Namespace) -> dict[str, Any]:
    return {
        "at": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "machine": f"{machine.system()} {machine.machine()}, {os.cpu_count()} cores",
        "python": machine.python_version(),
        "load_at_start": round(os.getloadavg()[0], 1),
        "bidder_budget": "lifted (BIDS_PER_SECOND=0); in life 5 a second for each bidder",
        "web_processes": asked.workers,
        "bidders": asked.bidders,
        "seconds": asked.seconds,
    }


def _say(what: str) -> None:
    print(f"… {what}", file=sys.stderr, flush=True)
