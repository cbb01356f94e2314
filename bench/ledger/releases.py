"""Deposits going back by card after a closing hour, through real worker processes."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import requests
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.models.deposit_rows import owe_deposits_back
from app.models.money import Deposit
from bench.ledger.rows import (
    DEPOSIT,
    Paid,
    add_bidders,
    add_card_payments,
    add_court,
    add_sale,
)
from bench.platform import ROOT, Platform
from deploy.local.outside.stripe import intents
from deploy.local.outside.stripe.account import Account
from deploy.local.outside.stripe.store import Store

_IN_A_SALE = 20
_COURTS = 5
_KEY = "sk_test_of_the_bench"


@dataclass(frozen=True, slots=True)
class Released:
    count: int
    seconds: float


def pay(state: Path, count: int) -> list[Paid]:
    """Payments at the local Stripe, made where it keeps them before it starts."""
    store = Store(state / "stripe.sqlite3")
    account = Account(store, public_url="")
    asked = {
        "amount": DEPOSIT,
        "currency": "cny",
        "confirm": True,
        "payment_method": "pm_card_visa",
        "return_url": "http://127.0.0.1/",
    }
    with store.transaction():
        paid = [_pay(account, dict(asked)) for _number in range(count)]
    store.close()
    return paid


def _pay(account: Account, asked: dict[str, Any]) -> Paid:
    intent = intents.create(account, asked)
    charge = account.get("charge", intent["latest_charge"])
    return Paid(intent["id"], charge["id"], charge["balance_transaction"])


def fill(platform: Platform, paid: Sequence[Paid]) -> list[list[int]]:
    """Deposits that were paid so, twenty to a sale; the ids of each sale's."""
    courts = [add_court(platform.admin, f"Releases {number}") for number in range(_COURTS)]
    by_sale = []
    for number, first in enumerate(range(0, len(paid), _IN_A_SALE)):
        mine = paid[first : first + _IN_A_SALE]
        with Session(platform.admin) as session:
            sale = add_sale(session, courts[number % _COURTS])
            deposits = add_bidders(session, sale, len(mine))
            add_card_payments(session, deposits, mine)
            session.commit()
            by_sale.append([deposit.id for deposit in deposits])
    return by_sale


def owe_back(platform: Platform, by_sale: Sequence[Sequence[int]]) -> float:
    """Each sale's losers in one transaction, as its close does it; the seconds it took."""
    began = time.perf_counter()
    for ids in by_sale:
        with Session(platform.admin) as session:
            now = datetime.now(UTC)
            losers = session.scalars(select(Deposit).where(Deposit.id.in_(ids)))
            owe_deposits_back(session, [(one, now) for one in losers], reason="outbid_at_close")
            session.commit()
    return time.perf_counter() - began


def release(
    platform: Platform, url: str, *, workers: int, lanes: int, patience: float = 300
) -> Released:
    """Let workers give back what is due, from their start until nothing is."""
    before = _left(platform)
    with ExitStack() as stack:
        began = time.perf_counter()
        running = [stack.enter_context(_worker(platform, url, lanes)) for _n in range(workers)]
        while _left(platform) and time.perf_counter() - began < patience:
            if any(process.poll() is not None for process in running):
                raise RuntimeError("a worker has ended")
            time.sleep(0.2)
        took = time.perf_counter() - began
    return Released(before - _left(platform), took)


@contextmanager
def local_stripe(state: Path, *, answer_ms: int) -> Iterator[str]:
    """The local outside world as a process, with an answer's time as asked."""
    with tempfile.TemporaryDirectory() as beside:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "deploy.local.outside", "--port", "0"),
                *("--state", str(state), "--mail-dir", beside, "--bank-dir", beside),
            ],
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        try:
            assert process.stdout is not None
            url = process.stdout.readline().split()[-1]
            with requests.Session() as asked:
                asked.trust_env = False
                slow = asked.put(f"{url}/_control/latency", json={"ms": answer_ms}, timeout=10)
                slow.raise_for_status()
            yield url
        finally:
            process.terminate()
            process.wait()


@contextmanager
def _worker(platform: Platform, url: str, lanes: int) -> Iterator[subprocess.Popen[bytes]]:
    told = {"STRIPE_SECRET_KEY": _KEY, "STRIPE_API_BASE": url, "REFUND_LANES": str(lanes)}
    process = subprocess.Popen(
        [sys.executable, "-m", "flask", "--app", "app.wsgi", "worker"],
        cwd=ROOT,
        env=platform.environment("closer") | told,
        stderr=None if os.environ.get("BENCH_TALKS") else subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


def _left(platform: Platform) -> int:
    with platform.admin.connect() as connection:
        asked = text("SELECT count(*) FROM deposits WHERE state = 'releasing'")
        return int(connection.execute(asked).scalar_one())
