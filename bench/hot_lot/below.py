"""The path without the web: how fast bids are journalled, and how fast a drain decides them."""

from __future__ import annotations

import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Engine, create_engine
from sqlalchemy.orm import Session

from app.db import engine_options
from app.models.journal import Entry, enter_arrivals
from app.services.bidding.drain import drain
from bench.hot_lot.crowd import Market
from bench.hot_lot.rows import Bidder, Lot
from bench.platform import Platform

# As many as a busy web process journals in one statement.
_AT_ONCE = 64


@dataclass(frozen=True, slots=True)
class Below:
    intake_per_s: float
    drain_per_s: float
    accepted: int


def journal_and_drain(platform: Platform, lot: Lot, bidders: Sequence[Bidder], count: int) -> Below:
    """Journal `count` bids, then decide them all: two figures, one after the other."""
    engine = create_engine(platform.urls["drain"], **engine_options("drain"))
    try:
        # The admissions before them are no bids.
        _drain_all(engine, lot.sale_id)
        journalling = _journal(engine, lot, bidders, count)
        began = time.perf_counter()
        decided, accepted = _drain_all(engine, lot.sale_id)
        draining = time.perf_counter() - began
    finally:
        engine.dispose()
    if decided != count:
        raise RuntimeError(f"{decided} decisions on {count} bids")
    return Below(count / journalling, count / draining, accepted)


def decide_admissions(platform: Platform, lot: Lot) -> None:
    """Long before the last minute, as in life: the first bid must not wait for all of them."""
    engine = create_engine(platform.urls["drain"], **engine_options("drain"))
    try:
        _drain_all(engine, lot.sale_id)
    finally:
        engine.dispose()


def _journal(engine: Engine, lot: Lot, bidders: Sequence[Bidder], count: int) -> float:
    market = Market()
    entries = [
        Entry(
            lot.sale_id,
            "bid",
            uuid.uuid4(),
            registration_id=bidders[number % len(bidders)].registration_id,
            amount=market.amount(),
        )
        for number in range(count)
    ]
    began = time.perf_counter()
    for first in range(0, count, _AT_ONCE):
        with engine.begin() as connection:
            enter_arrivals(connection, entries[first : first + _AT_ONCE])
    return time.perf_counter() - began


def _drain_all(engine: Engine, sale_id: int) -> tuple[int, int]:
    decided = accepted = 0
    while True:
        with Session(engine) as session:
            drained = drain(session, sale_id)
            session.commit()
        if not drained.count:
            return decided, accepted
        decided += drained.count
        accepted += len(drained.message["bids"]) if drained.message else 0
