"""Bids over many sales at a steady rate, from a process of their own.

`python -m bench.bidding` reads one JSON line: sales with their prices and registrations, a rate,
and how unevenly the bids fall. Then it bids until its input ends and prints one JSON line: for
each bid when it was due, and the seconds from then until it was decided. Whoever waits for a
thread counts the waiting. The bids go through the counter that a web process uses
(`app/services/bidding`).
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import threading
import time
import uuid
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from bench.platform import ROOT, Platform

_HANDS = 24


@dataclass(frozen=True, slots=True)
class Lot:
    """A sale that is open, and who may bid in it: the first price offered, and the step."""

    sale_id: int
    price: int
    increment: int
    registrations: Sequence[int]


@dataclass(slots=True)
class Bidders:
    """The process that bids, from when it is made until `stop`."""

    process: subprocess.Popen[str]

    def stop(self) -> dict[str, Any]:
        """Of each answered bid when it was due (by the clock of the wall) and how many seconds it
        took, as `bids`; how many were `refused` or stayed `unknown`."""
        printed, _nothing = self.process.communicate()
        if self.process.returncode != 0:
            raise RuntimeError("the process that bids has failed")
        told: dict[str, Any] = json.loads(printed)
        return told


def start_bidding(
    platform: Platform,
    lots: Sequence[Lot],
    *,
    rate: float,
    skew: float = 1.0,
    keep: int | None = None,
) -> Bidders:
    """With `skew` 1 a lot is chosen evenly; with more, a few get most (`power` of a share).

    Only the last `keep` bids are told of, where the memory of this process is looked at, too.
    """
    told = {
        "platform": json.loads(platform.as_json()),
        "lots": [[lot.sale_id, lot.price, lot.increment, list(lot.registrations)] for lot in lots],
        "rate": rate,
        "skew": skew,
        "keep": keep,
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.bidding"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=platform.environment("web", "drain"),
    )
    assert process.stdin is not None and process.stdout is not None
    process.stdin.write(json.dumps(told) + "\n")
    process.stdin.flush()
    process.stdout.readline()
    return Bidders(process)


@dataclass(slots=True)
class _Sale:
    """What the next bid in a sale is. Two bids of one sale are never under way together."""

    lot: Lot
    number: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)


class _Crowd:
    def __init__(self, lots: Sequence[Lot], *, rate: float, skew: float, keep: int | None) -> None:
        self._sales = [_Sale(lot) for lot in lots]
        self._pause, self._skew = 1 / rate, skew
        self.bids: deque[tuple[float, float]] = deque(maxlen=keep)
        self._failed: list[BaseException] = []
        self._wall = time.time() - time.perf_counter()
        self.refused = self.unknown = 0

    def bid_until(self, over: threading.Event) -> None:
        from app.web.desk import desk

        counter = desk()
        # Which lot is bid on: the same in every run.
        chosen = random.Random(1)
        with ThreadPoolExecutor(_HANDS) as hands:
            due = time.perf_counter()
            while not over.wait(max(0.0, due - time.perf_counter())):
                place = int(len(self._sales) * chosen.random() ** self._skew)
                bid = hands.submit(self._bid, counter, self._sales[place], due)
                bid.add_done_callback(self._note_failure)
                due += self._pause
        if self._failed:
            raise self._failed[0]
        counter.close()

    def _note_failure(self, bid: Future[None]) -> None:
        failure = bid.exception()
        if failure is not None:
            self._failed.append(failure)

    def bid_once(self) -> None:
        """Opens the connections; counts nowhere."""
        from app.web.desk import desk

        self._bid(desk(), self._sales[0], time.perf_counter())
        self.bids.clear()

    def _bid(self, counter: Any, sale: _Sale, due: float) -> None:
        from app.services.bidding.place import Accepted, Offer, Unknown, place_bid

        with sale.lock:
            lot, number = sale.lot, sale.number
            sale.number += 1
            bidder = lot.registrations[number % len(lot.registrations)]
            amount = lot.price + number * lot.increment
            answer = place_bid(counter, Offer(lot.sale_id, bidder, amount, None, uuid.uuid4()))
        self.bids.append((self._wall + due, time.perf_counter() - due))
        self.unknown += isinstance(answer, Unknown)
        self.refused += not isinstance(answer, Accepted | Unknown)


def seconds_between(
    bids: Sequence[Sequence[float]], first: float = 0.0, last: float = float("inf")
) -> list[float]:
    """How long those bids took that were due between two moments of the wall's clock."""
    return [seconds for due, seconds in bids if first <= due <= last]


def percentile_ms(seconds: Sequence[float], share: float) -> float:
    ordered = sorted(seconds)
    return round(1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))], 1)


def main() -> None:
    from app import create_app

    told = json.loads(sys.stdin.readline())
    platform = told["platform"]
    app = create_app("web", {"DATABASE_URLS": platform["urls"], **platform["keys"]})
    over = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), over.set()), daemon=True).start()
    lots = [Lot(sale, price, step, people) for sale, price, step, people in told["lots"]]
    with app.app_context():
        crowd = _Crowd(lots, rate=told["rate"], skew=told["skew"], keep=told["keep"])
        crowd.bid_once()
        print("ready", flush=True)
        crowd.bid_until(over)
    said = {"bids": list(crowd.bids), "refused": crowd.refused, "unknown": crowd.unknown}
    print(json.dumps(said))
    # Threads of the announcer may still wait for a listener that is gone.
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
