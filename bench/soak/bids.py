"""People at browsers who bid at a steady rate in lots that come and go: a few get most of it."""

from __future__ import annotations

import asyncio
import queue
import random
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from bench.hot_lot.crowd import Crowd, Market, Tally, crowd_of
from bench.hot_lot.rows import Bidder, Lot

# So many lots are bid on at a time; the first one always is.
LOTS_IN_PLAY = 40
_SKEW = 2.0


@dataclass(slots=True)
class _Room:
    """One lot, and who of its bidders has no bid under way."""

    crowd: Crowd
    free: list[int]


@dataclass(slots=True)
class Bidding:
    port: int
    per_s: float
    tally: Tally = field(default_factory=Tally)
    # Everybody in the lot still waited for an answer.
    left_out: int = 0
    _coming: queue.SimpleQueue[_Room] = field(default_factory=queue.SimpleQueue)
    _rooms: list[_Room] = field(default_factory=list)
    _over: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def bring_into_play(self, lot: Lot, bidders: Sequence[Bidder]) -> None:
        """From now on it is bid on, and much; the one that waited longest is not any more."""
        crowd = crowd_of(bidders, [self.port], f"/bid/{lot.public_id}/bid", Market())
        self._coming.put(_Room(crowd, list(range(len(bidders)))))

    def start(self) -> None:
        self._thread = threading.Thread(target=lambda: asyncio.run(self._bid()), name="bids")
        self._thread.start()

    def stop(self) -> Tally:
        self._over.set()
        if self._thread is not None:
            self._thread.join()
        return self.tally

    async def _bid(self) -> None:
        # Which lot is bid on: the same in every run.
        chosen, under_way = random.Random(1), set()
        due = time.time()
        while not self._over.is_set():
            await asyncio.sleep(max(0.0, due - time.time()))
            self._change_rooms()
            room = self._rooms[int(len(self._rooms) * chosen.random() ** _SKEW)]
            if room.free:
                task = asyncio.create_task(self._bid_once(room, room.free.pop(0), due))
                under_way.add(task)
                task.add_done_callback(under_way.discard)
            else:
                self.left_out += 1
            due += 1 / self.per_s
        await asyncio.gather(*under_way)
        for room in self._rooms:
            room.crowd.close()

    async def _bid_once(self, room: _Room, number: int, due: float) -> None:
        self.tally.note(await room.crowd.bid(number), due, time.time())
        room.free.append(number)

    def _change_rooms(self) -> None:
        while not self._coming.empty():
            self._rooms.insert(1, self._coming.get())
            if len(self._rooms) > LOTS_IN_PLAY:
                self._rooms.pop().crowd.close()
