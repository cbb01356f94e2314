"""A bidding desk of a test's own, which gives every connection back when the test is over."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import create_engine

from app.db import engine_options
from app.services.bidding.desk import Desk


@contextmanager
def a_desk(urls: dict[str, str], *, seconds_to_wait: float = 5.0) -> Iterator[Desk]:
    """Closed at the end: a pool disposed of under a thread loses that thread's connection."""
    journal, decider = (create_engine(urls["drain"], **engine_options("drain")) for _ in range(2))
    desk = Desk(journal, decider, lambda _message: None, seconds_to_wait)
    try:
        yield desk
    finally:
        desk.close()
