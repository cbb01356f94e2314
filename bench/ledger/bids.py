"""Bids in a sale of another court, at a steady rate, from a process of their own.

`python -m bench.ledger.bids SALE FIRST SECOND RATE` bids in turn until its input ends, then prints
one JSON list: for each bid the seconds from when it was due until it was decided. A bid that
waited for the one before it counts its waiting.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
import uuid
from dataclasses import dataclass

from sqlalchemy.orm import Session

from bench.ledger.rows import INCREMENT, STARTING_PRICE, add_bidders, add_court, add_sale, admit
from bench.platform import ROOT, Platform


@dataclass(slots=True)
class Bidders:
    """The process that bids, from when it is made until `stop`."""

    process: subprocess.Popen[str]

    def stop(self) -> list[float]:
        printed, _nothing = self.process.communicate()
        if self.process.returncode != 0:
            raise RuntimeError("the process that bids has failed")
        seconds: list[float] = json.loads(printed)
        return seconds


def start_bidding(platform: Platform, *, rate: float) -> Bidders:
    court = add_court(platform.admin, "Bids")
    with Session(platform.admin) as session:
        sale = add_sale(session, court)
        first, second = (deposit.registration_id for deposit in add_bidders(session, sale, 2))
        admit(session, sale, (first, second))
        session.commit()
        named = [str(sale.id), str(first), str(second), str(rate)]
    bidders = Bidders(
        subprocess.Popen(
            [sys.executable, "-m", "bench.ledger.bids", *named],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env=platform.environment("web", "drain") | {"BENCH_PLATFORM": platform.as_json()},
        )
    )
    assert bidders.process.stdout is not None
    bidders.process.stdout.readline()
    return bidders


def percentile_ms(seconds: list[float], share: float) -> float:
    ordered = sorted(seconds)
    return round(1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))], 1)


def main() -> None:
    from app import create_app
    from app.services.bidding.place import Accepted, Offer, place_bid
    from app.web.desk import desk

    sale, first, second = (int(word) for word in sys.argv[1:4])
    told = json.loads(os.environ["BENCH_PLATFORM"])
    app = create_app("web", {"DATABASE_URLS": told["urls"], **told["keys"]})
    over = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), over.set()), daemon=True).start()
    pause, took = 1 / float(sys.argv[4]), []
    with app.app_context():
        counter, number = desk(), 0
        due = time.perf_counter()
        while not over.wait(max(0.0, due - time.perf_counter())):
            bidder = (first, second)[number % 2]
            amount = STARTING_PRICE + number * INCREMENT
            offer = Offer(sale, bidder, amount, None, uuid.uuid4())
            answer = place_bid(counter, offer)
            if not isinstance(answer, Accepted):
                raise SystemExit(f"a bid was not taken: {answer}")
            took.append(time.perf_counter() - due)
            if number == 0:
                print("ready", flush=True)
            number, due = number + 1, due + pause
        counter.close()
    # The first one opened connections.
    print(json.dumps(took[1:]))


if __name__ == "__main__":
    main()
