"""`python -m bench ledger`: see bench/README.md for what each figure means."""

from __future__ import annotations

import argparse
import os
import platform as machine
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.ledger import bids, releases
from bench.ledger.entries import entries_per_second
from bench.platform import Platform, running_platform


def measure(arguments: list[str], *, quick: bool) -> dict[str, Any]:
    asked = _parser(quick).parse_args(arguments)
    with running_platform() as platform, tempfile.TemporaryDirectory() as state:
        return {**_where(), **_entries(platform, asked), **_refunds(platform, asked, Path(state))}


def _parser(quick: bool) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench ledger")
    parser.add_argument("--entries", type=int, default=2_000 if quick else 20_000)
    parser.add_argument("--batch", type=int, default=100)
    parser.add_argument("--refunds", type=int, default=200 if quick else 10_000)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--lanes", type=int, default=16)
    parser.add_argument("--few", type=int, default=20 if quick else 200)
    parser.add_argument("--answer-ms", type=int, default=20)
    parser.add_argument("--bids-per-s", type=float, default=10.0)
    parser.add_argument("--alone-s", type=float, default=5.0 if quick else 20.0)
    return parser


def _entries(platform: Platform, asked: argparse.Namespace) -> dict[str, Any]:
    _say(f"{asked.entries} entries in batches of {asked.batch}, then one by one")
    batched = entries_per_second(platform, count=asked.entries, batch=asked.batch)
    single = entries_per_second(platform, count=max(1, asked.entries // 20), batch=1)
    return {
        "entries": asked.entries,
        "entries_batch": asked.batch,
        "entries_per_s": round(batched),
        "entries_per_s_one_by_one": round(single),
    }


def _refunds(platform: Platform, asked: argparse.Namespace, state: Path) -> dict[str, Any]:
    few = min(asked.few, asked.refunds)
    _say(f"{few} paid deposits, and a worker that asks one by one")
    paid = releases.pay(state / "few", few)
    with releases.local_stripe(state / "few", answer_ms=asked.answer_ms) as url:
        releases.owe_back(platform, releases.fill(platform, paid))
        one_by_one = releases.release(platform, url, workers=1, lanes=1)
    _say(f"{asked.refunds} paid deposits")
    paid = releases.pay(state / "many", asked.refunds)
    with releases.local_stripe(state / "many", answer_ms=asked.answer_ms) as url:
        owed_s = releases.owe_back(platform, releases.fill(platform, paid))
        _say(f"bids alone, {asked.alone_s:g} s")
        bidding = bids.start_bidding(platform, rate=asked.bids_per_s)
        time.sleep(asked.alone_s)
        alone = bidding.stop()
        _say(f"{asked.refunds} refunds, {asked.workers} workers of {asked.lanes} lanes, and bids")
        bidding = bids.start_bidding(platform, rate=asked.bids_per_s)
        done = releases.release(platform, url, workers=asked.workers, lanes=asked.lanes)
        during = bidding.stop()
    return {
        "refunds": done.count,
        "refunds_s": round(done.seconds, 1),
        "refunds_per_s": round(done.count / done.seconds, 1),
        "refunds_per_s_one_by_one": round(one_by_one.count / one_by_one.seconds, 1),
        "owed_back_per_s": round(asked.refunds / owed_s),
        "refund_workers": asked.workers,
        "refund_lanes": asked.lanes,
        "provider_answer_ms": asked.answer_ms,
        "bids_alone": len(alone),
        "bids_during": len(during),
        "bid_p50_ms_alone": bids.percentile_ms(alone, 0.5),
        "bid_p50_ms_during": bids.percentile_ms(during, 0.5),
        "bid_p99_ms_alone": bids.percentile_ms(alone, 0.99),
        "bid_p99_ms_during": bids.percentile_ms(during, 0.99),
    }


def _where() -> dict[str, Any]:
    return {
        "at": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "machine": f"{machine.system()} {machine.machine()}, {os.cpu_count()} cores",
        "python": machine.python_version(),
        # Of the last minute; what ran before this began is still in it.
        "load_at_start": round(os.getloadavg()[0], 1),
    }


def _say(what: str) -> None:
    print(f"… {what}", file=sys.stderr, flush=True)
