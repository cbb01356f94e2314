"""A crowd that bids over HTTP: as fast as it is answered, or at a steady rate whatever happens."""

from __future__ import annotations

import asyncio
import gc
import re
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bench.hot_lot.rows import BROWSER, TERMS, Bidder
from bench.hot_lot.wire import Answer, Connection, bid_request, new_key
from bench.ledger.bids import percentile_ms
from bench.ledger.rows import INCREMENT, STARTING_PRICE
from deploy.local.processes import LOOPBACK

_STAMP = re.compile(rb'"arrived_at": ?"([^"]+)"')
# How far behind the price is what every second bidder still sees.
_STALE_STEPS = 5
_FEW = 16
_ACCEPTED = 201
_DECIDED = (200, _ACCEPTED)


@dataclass(slots=True)
class Market:
    """What the crowd offers: in turn one step above the price, and a price of some time ago."""

    price: int = STARTING_PRICE
    turn: int = 0

    def amount(self) -> int:
        self.turn += 1
        if self.turn % 2:
            self.price += INCREMENT
            return self.price
        return max(STARTING_PRICE, self.price - _STALE_STEPS * INCREMENT)


@dataclass(slots=True)
class Tally:
    """What came back within the time that counts."""

    seconds: float = 0.0
    accepted: int = 0
    refused: int = 0
    unknown: int = 0
    # Of those without a decision, how many had which status; nought is no answer at all.
    statuses: Counter[int] = field(default_factory=Counter)
    took: list[float] = field(default_factory=list)
    stamped: list[float] = field(default_factory=list)
    # The last answer that was no decision, for whoever wonders why.
    odd: Answer | None = None

    @property
    def decided(self) -> int:
        return self.accepted + self.refused

    def note(self, answer: Answer, due: float, now: float) -> None:
        """`due` is when the bid should have been sent: waiting for its turn counts."""
        if answer.status not in _DECIDED:
            self.unknown += 1
            self.statuses[answer.status] += 1
            self.odd = answer
            return
        self.accepted += answer.status == _ACCEPTED
        self.refused += answer.status != _ACCEPTED
        self.took.append(now - due)
        stamp = _STAMP.search(answer.body)
        if stamp is not None:
            at = datetime.fromisoformat(stamp[1].decode()).timestamp()
            self.stamped.append(at - due)


def took(tally: Tally) -> dict[str, Any]:
    """From when a bid was due until its decision was read; nothing where none was."""
    shares = {"p50_ms": 0.5, "p99_ms": 0.99, "max_ms": 1.0}
    told = {name: percentile_ms(tally.took, share) for name, share in shares.items() if tally.took}
    statuses = {str(status): count for status, count in sorted(tally.statuses.items())}
    return {
        **dict.fromkeys(shares),
        **told,
        "unknown": tally.unknown,
        "unknown_by_status": statuses,
    }


@dataclass(slots=True)
class Crowd:
    """Bidders with their connections. `sent` counts every bid, whether its answer counts or not."""

    path: str
    market: Market
    browsers: list[tuple[Connection, str]]
    sent: int = 0
    # Every bid that was answered with a decision, by its key: whether it was accepted.
    acknowledged: dict[str, bool] = field(default_factory=dict)
    # Told of each decision: who bid.
    noted: Callable[[int], None] = lambda _number: None

    async def bid(self, number: int) -> Answer:
        connection, headers = self.browsers[number]
        self.sent += 1
        key = new_key()
        request = bid_request(self.path, headers, self.market.amount(), TERMS, key)
        answer = await connection.ask(request)
        if answer.status in _DECIDED:
            self.acknowledged[key] = answer.status == _ACCEPTED
            self.noted(number)
        return answer

    def close(self) -> None:
        for connection, _headers in self.browsers:
            connection.close()


def crowd_of(bidders: Sequence[Bidder], ports: Sequence[int], path: str, market: Market) -> Crowd:
    """Dealt over the servers as a front does it; whose server dies goes on at the next one."""
    browsers = []
    for number, bidder in enumerate(bidders):
        first = number % len(ports)
        mine = [*ports[first:], *ports[:first]]
        browsers.append((Connection(LOOPBACK, mine), _headers(ports[0], bidder)))
    return Crowd(path, market, browsers)


async def all_at_once(crowd: Crowd) -> Tally:
    """Everybody's first bid in the same moment."""
    tally, began = Tally(), time.time()

    async def bidding(number: int) -> None:
        tally.note(await crowd.bid(number), began, time.time())

    await asyncio.gather(*(bidding(number) for number in range(len(crowd.browsers))))
    tally.seconds = time.time() - began
    return tally


async def bid_once_each(crowd: Crowd) -> None:
    """The first bid of a browser goes the long way; a few at a time, and none of them counts."""
    for first in range(0, len(crowd.browsers), _FEW):
        few = range(first, min(first + _FEW, len(crowd.browsers)))
        await asyncio.gather(*(crowd.bid(number) for number in few))


async def closed_loop(crowd: Crowd, seconds: float, mark: Callable[[], None]) -> Tally:
    """Every bidder sends the next bid as soon as the last one is answered.

    A quarter as long again goes before and is not counted; `mark` is called when counting begins
    and when it ends.
    """
    tally = Tally()
    begin = time.time() + seconds / 4
    end = begin + seconds

    async def bidding(number: int) -> None:
        while (due := time.time()) < end:
            answer = await crowd.bid(number)
            if begin <= (now := time.time()) < end:
                tally.note(answer, due, now)

    gc.collect()
    gc.freeze()
    everybody = [asyncio.create_task(bidding(number)) for number in range(len(crowd.browsers))]
    await asyncio.sleep(begin - time.time())
    mark()
    await asyncio.sleep(end - time.time())
    tally.seconds = seconds
    mark()
    await asyncio.gather(*everybody)
    return tally


async def open_loop(crowd: Crowd, per_second: float, seconds: float) -> Tally:
    """Bids are sent when they are due, whether earlier ones were answered or not."""
    tally, under_way = Tally(seconds=seconds), set()
    free = list(range(len(crowd.browsers)))
    waiting: list[float] = []

    async def bidding(number: int, due: float) -> None:
        tally.note(await crowd.bid(number), due, time.time())
        if waiting:
            await bidding(number, waiting.pop(0))
        else:
            free.append(number)

    begin = time.time()
    for place in range(int(per_second * seconds)):
        due = begin + place / per_second
        await asyncio.sleep(max(0.0, due - time.time()))
        if free:
            task = asyncio.create_task(bidding(free.pop(0), due))
            under_way.add(task)
            task.add_done_callback(under_way.discard)
        else:
            waiting.append(due)
    await asyncio.gather(*under_way)
    return tally


def _headers(port: int, bidder: Bidder) -> str:
    return "".join(
        f"{name}: {value}\r\n"
        for name, value in (
            ("Host", f"{LOOPBACK}:{port}"),
            ("User-Agent", BROWSER),
            ("Accept", "application/json"),
            ("Accept-Language", "en-GB,en;q=0.5"),
            ("Content-Type", "application/json"),
            ("X-CSRFToken", bidder.token),
            ("Origin", f"http://{LOOPBACK}:{port}"),
            ("Sec-Fetch-Site", "same-origin"),
            ("Cookie", bidder.cookie),
        )
    )
