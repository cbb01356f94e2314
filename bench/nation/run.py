"""`python -m bench nation`: see bench/README.md for what each figure means."""

from __future__ import annotations

import argparse
import os
import platform as machine
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, text

from bench.bidding import Lot, percentile_ms, seconds_between, start_bidding
from bench.nation import filling
from bench.nation.plans import keep_plans
from bench.nation.reading import Read, read_pages
from bench.platform import Platform, platform_in
from deploy.local.postgres import Cluster, ephemeral_cluster

_LIVE = 11_300
# All of it fits into the memory of a small machine, as its administrator would set it up.
_SETTINGS = {"shared_buffers": "8GB", "max_wal_size": "8GB"}
# Tables, indexes and what is too long for a row. A database that has run for a day has read them.
_WARM = text(
    "SELECT sum(pg_prewarm(oid)) FROM pg_class"
    " WHERE relkind IN ('r', 'i', 't') AND relpersistence = 'p'"
)
_CARELESS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


def measure(arguments: list[str], *, quick: bool) -> dict[str, Any]:
    asked = _parser(quick).parse_args(arguments)
    with _cluster(asked) as cluster:
        for lots in (asked.small_lots, asked.lots):
            if not _filled(cluster, lots, asked):
                return {**_where(), "lots": lots, "filled": False}
        if asked.only_fill:
            return {**_where(), "lots": asked.lots, "filled": True}
        small = _measured(cluster, asked.small_lots, asked, plans=None)
        large = _measured(cluster, asked.lots, asked, plans=Path(asked.plans))
    return {**_where(), **large, **{f"small_{name}": value for name, value in small.items()}}


def _parser(quick: bool) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench nation")
    parser.add_argument("--lots", type=int, default=50_000 if quick else 2_400_000)
    parser.add_argument("--small-lots", type=int, default=5_000 if quick else 24_000)
    parser.add_argument("--seconds", type=float, default=5.0 if quick else 25.0)
    parser.add_argument("--bids-per-s", type=float, default=20.0)
    parser.add_argument("--data", help="a folder where the rows are kept for the next run")
    parser.add_argument("--only-fill", action="store_true", help="and measure another time")
    parser.add_argument("--chunks", type=int, help="stop filling after so many times 50,000 lots")
    parser.add_argument("--plans", default="bench/plans/nation.txt")
    return parser


@contextmanager
def _cluster(asked: argparse.Namespace) -> Iterator[Cluster]:
    """Filling does not wait for the disk; measuring does."""
    if asked.data is None:
        with ephemeral_cluster(durable=True, settings=_SETTINGS) as cluster:
            yield cluster
        return
    cluster = Cluster(Path(asked.data), settings=_SETTINGS | (_CARELESS if asked.only_fill else {}))
    cluster.start()
    try:
        yield cluster
    finally:
        cluster.stop()


def _filled(cluster: Cluster, lots: int, asked: argparse.Namespace) -> bool:
    with platform_in(cluster, f"nation_{lots}") as platform:
        _say(f"{lots} lots")
        began = time.perf_counter()
        _warm(platform)
        _say(f"read into memory after {time.perf_counter() - began:.0f} s")
        done = filling.fill(platform.admin, lots, _live(lots), most_chunks=asked.chunks)
        _say(f"{'all there' if done else 'not all yet'} after {time.perf_counter() - began:.0f} s")
        return done


def _warm(platform: Platform) -> None:
    with platform.admin.begin() as connection:
        connection.execute(text("CREATE EXTENSION IF NOT EXISTS pg_prewarm"))
        connection.execute(_WARM)


def _live(lots: int) -> int:
    return min(_LIVE, lots // 2)


def _measured(
    cluster: Cluster, lots: int, asked: argparse.Namespace, *, plans: Path | None
) -> dict[str, Any]:
    with platform_in(cluster, f"nation_{lots}") as platform:
        filling.freshen(platform.admin)
        open_lots = [Lot(*row) for row in filling.live_lots(platform.admin)]
        bidding = start_bidding(platform, open_lots, rate=asked.bids_per_s, skew=4.0)
        began = time.time()
        read = _read(platform, asked.seconds)
        took = seconds_between(bidding.stop()["bids"], began)
        if plans is not None:
            _explain(platform, plans)
        return _figures(lots, len(open_lots), read, took, _bytes(platform))


def _read(platform: Platform, seconds: float) -> Read:
    from app.db import close_engines
    from app.extensions import db

    app = platform.app("web")
    read = read_pages(app.test_client(), platform.admin, seconds=seconds)
    with app.app_context():
        db.engine.dispose()
    close_engines(app.extensions)
    return read


def _explain(platform: Platform, path: Path) -> None:
    from app.db import engine_options

    engines = [
        create_engine(platform.urls[role], **engine_options(role)) for role in ("public", "closer")
    ]
    keep_plans(*engines, path)
    for engine in engines:
        engine.dispose()


def _figures(lots: int, open_lots: int, read: Read, bids: list[float], size: int) -> dict[str, Any]:
    figures: dict[str, Any] = {"lots": lots, "open_lots": open_lots, "database_mb": size // 2**20}
    for kind in ("search", "list", "lot"):
        figures[f"{kind}_p50_ms"] = read.p_ms(kind, 0.5)
        figures[f"{kind}_p95_ms"] = read.p_ms(kind, 0.95)
        figures[f"{kind}_slowest"] = read.slowest[kind][1]
    return figures | {
        "pages": sum(len(some) for some in read.seconds.values()),
        "cold_unanswered": read.cold_unanswered,
        "bids": len(bids),
        "bid_p50_ms": percentile_ms(bids, 0.5),
        "bid_p99_ms": percentile_ms(bids, 0.99),
    }


def _bytes(platform: Platform) -> int:
    with platform.admin.connect() as connection:
        asked = text("SELECT pg_database_size(current_database())")
        return int(connection.execute(asked).scalar_one())


def _where() -> dict[str, Any]:
    return {
        "at": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "machine": f"{machine.system()} {machine.machine()}, {os.cpu_count()} cores",
        "python": machine.python_version(),
        "load_at_start": round(os.getloadavg()[0], 1),
    }


def _say(what: str) -> None:
    print(f"… {what}", file=sys.stderr, flush=True)
