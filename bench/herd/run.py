"""`python -m bench herd`: see bench/README.md for what each figure means."""

from __future__ import annotations

import argparse
import os
import platform as machine
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.gateways.seal import Opener, Sealer
from bench.bidding import Lot, percentile_ms, seconds_between, start_bidding
from bench.herd.rows import Herd, add_herd, add_person
from bench.hot_lot.costs import Costs
from bench.ledger.rows import (
    INCREMENT,
    STARTING_PRICE,
    add_bidders,
    add_court,
    add_sale,
    admit,
)
from bench.platform import ROOT, Platform, running_platform

_COURTS = 40
_PATIENCE_S = 180.0


def measure(arguments: list[str], *, quick: bool) -> dict[str, Any]:
    asked = _parser(quick).parse_args(arguments)
    # Every row then knows when its transaction was committed.
    with running_platform(settings={"track_commit_timestamp": "on"}) as platform:
        elsewhere = lots_elsewhere(platform, asked.elsewhere)
        # Before the others end; a plain scheduler's way on a tenth of them.
        baseline = _one_by_one(platform, asked, max(1, asked.lots // 10))
        closed = _together(platform, asked, elsewhere)
        return {**_where(), **closed, **baseline}


def _parser(quick: bool) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench herd")
    parser.add_argument("--lots", type=int, default=200 if quick else 2_000)
    parser.add_argument("--bidders", type=int, default=4, help="of each lot that is bid on")
    parser.add_argument("--sold-share", type=float, default=0.6)
    parser.add_argument("--elsewhere", type=int, default=50, help="lots that go on")
    parser.add_argument("--bids-per-s", type=float, default=25.0)
    parser.add_argument("--alone-s", type=float, default=5.0, help="bids before the lots end")
    parser.add_argument("--fill-s", type=float, help="from now until the lots end")
    return parser


def lots_elsewhere(platform: Platform, count: int) -> list[Lot]:
    """Lots of another court that end tomorrow, with two bidders each."""
    court = add_court(platform.admin, "Elsewhere")
    lots = []
    with Session(platform.admin) as session:
        for _number in range(count):
            sale = add_sale(session, court)
            people = [deposit.registration_id for deposit in add_bidders(session, sale, 2)]
            admit(session, sale, people)
            lots.append(Lot(sale.id, STARTING_PRICE, INCREMENT, people))
        session.commit()
    return lots


def _herd(platform: Platform, asked: argparse.Namespace, lots: int, ends_at: datetime) -> list[int]:
    courts = [add_court(platform.admin, f"Court {number}") for number in range(_COURTS)]
    sealer = Sealer(platform.keys["ENVELOPE_PUBLIC_KEY"])
    herd = Herd(courts, lots, ends_at, asked.sold_share, asked.bidders)
    return add_herd(platform.admin, herd, sealer, add_person(platform.admin))


def _one_by_one(platform: Platform, asked: argparse.Namespace, lots: int) -> dict[str, Any]:
    """One closer, one lot after the other, one transaction each."""
    from app.db import engine_for
    from app.services.bidding.close import close_if_due

    _say(f"{lots} lots, closed one by one")
    sales = _herd(platform, asked, lots, datetime.now(UTC) - timedelta(seconds=1))
    opener = Opener(platform.keys["ENVELOPE_PRIVATE_KEY"])
    with platform.app("closer").app_context():
        engine = engine_for("closer")
        began = time.perf_counter()
        # Twice: a lot that waits for another one of its case is met again.
        for sale in [*sales, *sales]:
            with Session(engine) as session:
                close_if_due(session, sale, opener.open)
                session.commit()
        took = time.perf_counter() - began
        engine.dispose()
    left = _open_of(platform, sales)
    if left:
        raise RuntimeError(f"{left} lots of the baseline were not closed")
    return {
        "baseline_lots": lots,
        "baseline_lots_per_s": round(lots / took, 1),
        "baseline_last_close_late_s_of_all": round(took / lots * asked.lots, 1),
    }


def _together(
    platform: Platform, asked: argparse.Namespace, elsewhere: Sequence[Lot]
) -> dict[str, Any]:
    wait = asked.fill_s or 15 + asked.lots * 0.04
    ends_at = (datetime.now(UTC) + timedelta(seconds=wait)).replace(microsecond=0)
    _say(f"{asked.lots} lots that end at {ends_at:%H:%M:%S}")
    sales = _herd(platform, asked, asked.lots, ends_at)
    with platform.admin.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("ANALYZE"))
    with _scheduler(platform) as closer:
        bidding = start_bidding(platform, elsewhere, rate=asked.bids_per_s)
        left = (ends_at - datetime.now(UTC)).total_seconds()
        if left < asked.alone_s:
            raise RuntimeError(f"filling took {wait - left:.0f} s; use --fill-s")
        time.sleep((ends_at - datetime.now(UTC)).total_seconds())
        costs = Costs([closer], platform)
        costs.mark()
        _wait_until_closed(platform, sales, ends_at)
        costs.mark()
        told = bidding.stop()
    late = _lateness(platform, sales)
    end = ends_at.timestamp()
    alone = seconds_between(told["bids"], end - asked.alone_s, end)
    during = seconds_between(told["bids"], end, end + late[-1])
    return {
        "lots": len(sales),
        "sold": _count(platform, sales, "sold"),
        "deposits_owed_back": _owed_back(platform, sales),
        "last_close_late_s": round(late[-1], 2),
        "p99_close_late_s": round(late[int(len(late) * 0.99)], 2),
        "p50_close_late_s": round(late[len(late) // 2], 2),
        "lots_per_s": round(len(sales) / late[-1], 1),
        **_cost_of_a_lot(costs, len(sales)),
        "bids_per_s": asked.bids_per_s,
        "bids_alone": len(alone),
        "bids_during": len(during),
        "bids_unknown": told["unknown"],
        "bids_refused": told["refused"],
        "bid_p50_ms_alone": percentile_ms(alone, 0.5),
        "bid_p99_ms_alone": percentile_ms(alone, 0.99),
        "bid_p50_ms": percentile_ms(during, 0.5),
        "bid_p99_ms": percentile_ms(during, 0.99),
    }


def _cost_of_a_lot(costs: Costs, lots: int) -> dict[str, int]:
    spent = costs.per_decision(lots)
    return {
        "closer_cpu_us_per_lot": spent["web_cpu_us"],
        "database_cpu_us_per_lot": spent["database_cpu_us"],
    }


@contextmanager
def _scheduler(platform: Platform) -> Iterator[int]:
    """The real one, with its real beat; its process."""
    process = subprocess.Popen(
        [sys.executable, "-m", "flask", "--app", "app.wsgi", "scheduler"],
        cwd=ROOT,
        env=platform.environment("closer"),
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process.pid
    finally:
        process.terminate()
        process.wait()


def _wait_until_closed(platform: Platform, sales: Sequence[int], ends_at: datetime) -> None:
    while _open_of(platform, sales):
        if (datetime.now(UTC) - ends_at).total_seconds() > _PATIENCE_S:
            raise RuntimeError("the lots were not closed in three minutes")
        time.sleep(0.5)


def _open_of(platform: Platform, sales: Sequence[int]) -> int:
    return len(sales) - int(
        _ask(platform, "SELECT count(*) FROM outcomes WHERE sale_id = ANY(:sales)", sales)[0][0]
    )


def _lateness(platform: Platform, sales: Sequence[int]) -> list[float]:
    """From the end of each until everybody could read its outcome, in order."""
    rows = _ask(
        platform,
        "SELECT extract(epoch FROM pg_xact_commit_timestamp(o.xmin) - s.closes_at)"
        " FROM outcomes o JOIN sales s ON s.id = o.sale_id WHERE o.sale_id = ANY(:sales)"
        " ORDER BY 1",
        sales,
    )
    return [float(row[0]) for row in rows]


def _count(platform: Platform, sales: Sequence[int], status: str) -> int:
    asked = "SELECT status, count(*) FROM outcomes WHERE sale_id = ANY(:sales) GROUP BY status"
    return int(dict(tuple(row) for row in _ask(platform, asked, sales)).get(status, 0))


def _owed_back(platform: Platform, sales: Sequence[int]) -> int:
    asked = "SELECT count(*) FROM deposits WHERE sale_id = ANY(:sales) AND state = 'releasing'"
    return int(_ask(platform, asked, sales)[0][0])


def _ask(platform: Platform, sql: str, sales: Sequence[int]) -> Sequence[Any]:
    with platform.admin.connect() as connection:
        return connection.execute(text(sql), {"sales": list(sales)}).all()


def _where() -> dict[str, Any]:
    return {
        "at": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "machine": f"{machine.system()} {machine.machine()}, {os.cpu_count()} cores",
        "python": machine.python_version(),
        "load_at_start": round(os.getloadavg()[0], 1),
    }


def _say(what: str) -> None:
    print(f"… {what}", file=sys.stderr, flush=True)
