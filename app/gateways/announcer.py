"""Tells every process what was committed, after the commit and outside the request.

By PostgreSQL's NOTIFY out of the box, by Redis where `REDIS_URL` is set. What is told is a hint:
each message carries the sale's `seq`, and whoever sees a gap fetches the snapshot.
"""

from __future__ import annotations

import json
import logging
import queue
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import psycopg
import redis
from sqlalchemy import Engine, text

from app.db import LINE_DEAD_AFTER

CHANNEL = "luochui_live"
# A NOTIFY holds less than 8,000 bytes; a longer message loses its bids and leaves the gap.
_LONGEST = 7800
# Long enough to merge a burst, short enough that nobody sees it.
_SECONDS_TO_MERGE = 0.05

log = logging.getLogger(__name__)

Message = dict[str, Any]


class Announcer:
    """Merges what happens to a sale within a moment into one message."""

    def __init__(self, publish: Callable[[str], None]) -> None:
        self._publish = publish
        self._waiting: queue.SimpleQueue[Message | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()

    def tell(self, message: Message) -> None:
        """Never blocks and never fails: a bid does not wait for those who watch it."""
        self._waiting.put(message)
        with self._lock:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, daemon=True, name="announcer")
                self._thread.start()

    def close(self) -> None:
        """Send what waits and stop."""
        if self._thread is not None:
            self._waiting.put(None)
            self._thread.join(5)

    def _run(self) -> None:
        while messages := self._take():
            for message in _merge(messages).values():
                try:
                    self._publish(_fitted(message))
                except Exception:
                    # The heartbeat repairs what is lost here (pages.md, gap repair).
                    log.warning("announcement of sale %s was lost", message["sale"], exc_info=True)

    def _take(self) -> list[Message]:
        """What came within a moment, at least one message; nothing when closed."""
        messages = []
        following = self._waiting.get()
        if following is not None:
            threading.Event().wait(_SECONDS_TO_MERGE)
        while following is not None:
            messages.append(following)
            if self._waiting.empty():
                break
            following = self._waiting.get()
            if following is None:
                self._waiting.put(None)
        return messages


def _merge(messages: list[Message]) -> dict[str, Message]:
    by_sale: dict[str, Message] = {}
    for message in messages:
        earlier = by_sale.get(message["sale"])
        by_sale[message["sale"]] = merged(earlier, message) if earlier else message
    return by_sale


def merged(earlier: Mapping[str, Any], later: Mapping[str, Any]) -> Message:
    """Two messages of one sale as one: all bids in order, and the state of the newer `seq`.

    Several processes decide for a sale, so what comes later may be the older state.
    """
    newest = later if later["seq"] >= earlier["seq"] else earlier
    by_seq = {bid["seq"]: bid for bid in (*earlier["bids"], *later["bids"])}
    return {**newest, "bids": [by_seq[seq] for seq in sorted(by_seq)]}


def _fitted(message: Message) -> str:
    written = json.dumps(message, ensure_ascii=False, separators=(",", ":"))
    if len(written.encode()) <= _LONGEST:
        return written
    return json.dumps({**message, "bids": []}, ensure_ascii=False, separators=(",", ":"))


def by_notify(engine: Engine) -> Callable[[str], None]:
    def publish(written: str) -> None:
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("SELECT pg_notify(:c, :m)"), {"c": CHANNEL, "m": written})

    return publish


def by_redis(url: str) -> Callable[[str], None]:
    # Bounded waits: a frozen Redis must not hold a thread for ever (faults.md, P9).
    client = redis.Redis.from_url(url, socket_timeout=0.5, socket_connect_timeout=0.5)

    def publish(written: str) -> None:
        client.publish(CHANNEL, written)

    return publish


def heard_by_notify(url: str) -> Iterator[Message | None]:
    """Messages as they come; None once a second, so that the listener can look around."""
    with psycopg.connect(url, autocommit=True, **LINE_DEAD_AFTER) as connection:
        connection.execute(f"LISTEN {CHANNEL}")
        while True:
            for notice in connection.notifies(timeout=1.0):
                yield json.loads(notice.payload)
            yield None


def heard_by_redis(url: str) -> Iterator[Message | None]:
    client = redis.Redis.from_url(url, socket_timeout=5, socket_connect_timeout=2)
    with client.pubsub(ignore_subscribe_messages=True) as heard:
        heard.subscribe(CHANNEL)
        while True:
            message = heard.get_message(timeout=1.0)
            yield json.loads(message["data"]) if message else None
