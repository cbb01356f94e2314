"""Snapshots kept for a moment: however many ask how a sale stands, the database is asked once.

`seq` never goes back for one who asks: a question with `after` is answered by a reading that knows
at least so much, or by one that began after the question. What an announcement says has changed
is read anew; without announcements a reading counts for a short while only.
"""

from __future__ import annotations

import threading
import time
import zlib
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
from flask import current_app

from app.db import engine_for
from app.queries.live_sale import MOST_BIDS, snapshot
from app.web.public.news import News, news

Read = Callable[[str, int], dict[str, Any] | None]

# A rehearsal's clock may be stepped at any moment, without an announcement.
_SECONDS_IN_A_REHEARSAL = 0.2
# Who claims to know more than was read waits so long, together with all who claim it.
_SECONDS_BETWEEN_CLAIMS = 0.1
_QUESTIONS_AT_ONCE = 4
_MOST_SALES = 500
_MOST_BLOCKS = 16
# Behind every bid there will ever be: the state alone.
_LAST = 2**62

Bids = list[dict[str, Any]]
# A full block, as it lies here until somebody asks for it: a twentieth of what its bids take.
Packed = bytes


@dataclass(frozen=True, slots=True)
class Kept:
    """One reading. Bids lie in blocks of `MOST_BIDS`; a full block never changes again."""

    state: Mapping[str, Any]
    blocks: Mapping[int, Bids | Packed]
    began: float
    read_at: float

    @property
    def seq(self) -> int:
        return int(self.state["seq"])

    def is_rehearsed(self) -> bool:
        legal, now = (datetime.fromisoformat(self.state[name]) for name in ("legal", "now"))
        return self.state["rate"] != 1 or abs(legal - now) > timedelta(seconds=1)


class Snapshots:
    def __init__(self, read: Read, told: News, seconds: float) -> None:
        self._read, self._news, self._seconds = read, told, seconds
        self._kept: OrderedDict[str, Kept] = OrderedDict()
        self._locks = [threading.Lock() for _ in range(256)]
        self._questions = threading.BoundedSemaphore(_QUESTIONS_AT_ONCE)

    def answer(self, sale: str, after: int) -> dict[str, Any] | None:
        """How the sale stands, with the bids behind `after`; None where there is no such sale."""
        asked_at, after = time.monotonic(), min(after, _LAST)
        kept = self._kept.get(sale)
        if kept is None or not self._will_do(kept, sale, after, asked_at):
            with self._locks[hash(sale) % len(self._locks)]:
                kept = self._kept.get(sale)
                if kept is None or not self._will_do(kept, sale, after, asked_at):
                    kept = self._read_anew(sale, kept, after)
        return None if kept is None else self._worded(sale, kept, after)

    def _will_do(self, kept: Kept, sale: str, after: int, asked_at: float) -> bool:
        if kept.began >= asked_at:
            return True
        bound = (
            min(self._seconds, _SECONDS_IN_A_REHEARSAL) if kept.is_rehearsed() else self._seconds
        )
        return (
            after <= kept.seq
            and time.monotonic() - kept.began < bound
            and not self._news.changed_since(sale, kept.began)
        )

    def _read_anew(self, sale: str, kept: Kept | None, after: int) -> Kept | None:
        if kept is not None and after > kept.seq:
            # True where an announcement was lost, and otherwise somebody's play.
            time.sleep(max(0.0, kept.began + _SECONDS_BETWEEN_CLAIMS - time.monotonic()))
        with self._questions:
            made = self._taken(sale, kept)
        if made is not None:
            self._kept[sale] = made
            self._kept.move_to_end(sale)
            if len(self._kept) > _MOST_SALES:
                self._kept.popitem(last=False)
        return made

    def _taken(self, sale: str, kept: Kept | None) -> Kept | None:
        began = time.monotonic()
        if kept is None:
            alone = self._read(sale, _LAST)
            if alone is None:
                return None
            known = alone["seq"] - alone["seq"] % MOST_BIDS
        else:
            known = kept.seq
        found = self._read(sale, known)
        if found is None:
            return None
        blocks = dict(kept.blocks) if kept is not None else {}
        read_at = time.monotonic()
        while new := found.pop("bids"):
            _put_into(blocks, new)
            if new[-1]["seq"] >= found["seq"]:
                break
            found = self._read(sale, new[-1]["seq"]) or found | {"bids": []}
            read_at = time.monotonic()
        if kept is not None and found["seq"] < kept.seq:
            return kept
        return Kept(found, _newest(blocks), began, read_at)

    def _worded(self, sale: str, kept: Kept, after: int) -> dict[str, Any]:
        bids: Bids = []
        number = after // MOST_BIDS
        while number * MOST_BIDS < kept.seq and len(bids) < MOST_BIDS:
            bids += [bid for bid in self._block(sale, kept, number) if bid["seq"] > after]
            number += 1
        passed = time.monotonic() - kept.read_at
        return {
            **kept.state,
            "bids": bids[:MOST_BIDS],
            "now": _later(kept.state["now"], passed),
            "legal": _later(kept.state["legal"], passed * kept.state["rate"]),
        }

    def _block(self, sale: str, kept: Kept, number: int) -> Bids:
        block = kept.blocks.get(number)
        if block is None:
            with self._questions:
                found = self._read(sale, number * MOST_BIDS)
            block = found["bids"] if found is not None else []
            newest = self._kept.get(sale)
            if newest is not None:
                self._kept[sale] = Kept(
                    newest.state,
                    _newest({number: block, **newest.blocks}),
                    newest.began,
                    newest.read_at,
                )
        return _unpacked(block)


def _put_into(blocks: dict[int, Bids | Packed], new: Bids) -> None:
    for bid in new:
        number = (bid["seq"] - 1) // MOST_BIDS
        # A new list: somebody may be reading the old one.
        blocks[number] = [*_unpacked(blocks.get(number, [])), bid]


def _newest(blocks: dict[int, Bids | Packed]) -> dict[int, Bids | Packed]:
    return {number: _packed(blocks[number]) for number in sorted(blocks)[-_MOST_BLOCKS:]}


def _packed(block: Bids | Packed) -> Bids | Packed:
    if isinstance(block, bytes) or len(block) < MOST_BIDS:
        return block
    return zlib.compress(orjson.dumps(block), 1)


def _unpacked(block: Bids | Packed) -> Bids:
    if isinstance(block, bytes):
        bids: Bids = orjson.loads(zlib.decompress(block))
        return bids
    return block


def _later(moment: str, seconds: float) -> str:
    return (datetime.fromisoformat(moment) + timedelta(seconds=seconds)).isoformat()


def snapshots() -> Snapshots:
    """Of this process."""
    found: Snapshots | None = current_app.extensions.get("luochui_snapshots")
    if found is None:
        seconds = current_app.config["SNAPSHOT_SECONDS"]
        found = Snapshots(_read_from_the_primary, news(), seconds)
        current_app.extensions["luochui_snapshots"] = found
    return found


def _read_from_the_primary(sale: str, after: int) -> dict[str, Any] | None:
    with engine_for("public").connect() as connection:
        return snapshot(connection, sale, after)
