"""A crowd that bids over HTTP: as fast as it is answered, or at a steady rate whatever happens."""

from __future__ import annotations

import asyncio
import gc
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bench.hot_lot.rows import BROWSER, TERMS, Bidder
from bench.hot_lot.wire import Answer, Connection, bid_request
from bench.ledger.rows import INCREMENT, STARTING_PRICE
from deploy.local.processes import LOOPBACK

_STAMP = re.compile(rb'"arrived_at": ?"([^"]+)"')
# How far behind the price is what every second bidder still sees.
_STALE_STEPS = 5
_FEW = 16


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
    took: list[float] = field(default_factory=list)
    stamped: list[float] = field(default_factory=list)
    # The last answer that was no decision, for whoever wonders why.
    odd: Answer | None = None

    @property
    def decided(self) -> int:
        return self.accepted + self.refused

    def note(self, answer: Answer, due: float, now: float) -> None:
        """`due` is when the bid should have been sent: waiting for its turn counts."""
        if answer.status not in (200, 201):
            self.unknown += 1
            self.odd = answer
            return
        self.accepted += answer.status == 201
        self.refused += answer.status == 200
        self.took.append(now - due)
        stamp = _STAMP.search(answer.body)
        if stamp is not None:
            at = datetime.fromisoformat(stamp[1].decode()).timestamp()
            self.stamped.append(at - due)


@dataclass(slots=True)
class Crowd:
    """Bidders with their connections. `sent` counts every bid, whether its answer counts or not."""

    port: int
    path: str
    market: Market
    browsers: list[tuple[Connection, str]]
    sent: int = 0

    async def bid(self, number: int) -> Answer:
        connection, headers = self.browsers[number]
        self.sent += 1
        return await connection.ask(bid_request(self.path, headers, self.market.amount(), TERMS))

    def close(self) -> None:
        for connection, _headers in self.browsers:
            connection.close()


def crowd_of(bidders: Sequence[Bidder], port: int, path: str, market: Market) -> Crowd:
    browsers = [(Connection(LOOPBACK, port), _headers(port, bidder)) for bidder in bidders]
    return Crowd(port, path, market, browsers)


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
