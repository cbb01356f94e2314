"""The bids that are told of: real ones, through journal and decision, each committed."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from flask import Flask
from sqlalchemy.orm import Session

from app.announcing import announcer
from app.db import close_engines
from app.gateways.announcer import Announcer
from app.services.bidding.place import Accepted, Offer, place_bid
from app.web.desk import desk
from bench.ledger.rows import INCREMENT, STARTING_PRICE, add_bidders, add_court, add_sale, admit
from bench.platform import Platform


@dataclass(slots=True)
class Told:
    """Notes when a decision was committed, then lets the announcer have it."""

    announcer: Announcer
    at: dict[int, float] = field(default_factory=dict)

    def tell(self, message: dict[str, Any]) -> None:
        self.at[message["seq"]] = time.monotonic()
        self.announcer.tell(message)

    def close(self) -> None:
        self.announcer.close()


@dataclass(slots=True)
class Bidding:
    """Two bidders who outbid each other in one sale, at a steady rate."""

    app: Flask
    told: Told
    sale: int
    public_id: str
    bidders: tuple[int, int]
    placed: int = 0
    took: list[float] = field(default_factory=list)

    def bid(self, *, rate: float, seconds: float) -> None:
        due, until = time.monotonic(), time.monotonic() + seconds
        while due < until:
            time.sleep(max(0.0, due - time.monotonic()))
            self.bid_once()
            self.took.append(time.monotonic() - due)
            due += 1 / rate

    def bid_once(self) -> None:
        amount = STARTING_PRICE + self.placed * INCREMENT
        bidder = self.bidders[self.placed % 2]
        with self.app.app_context():
            answer = place_bid(desk(), Offer(self.sale, bidder, amount, None, uuid.uuid4()))
        if not isinstance(answer, Accepted):
            raise RuntimeError(f"a bid was not taken: {answer}")
        self.placed += 1


@contextmanager
def bidding(platform: Platform, redis_url: str = "") -> Iterator[Bidding]:
    from app import create_app

    settings = {"DATABASE_URLS": platform.urls, "REDIS_URL": redis_url, **platform.keys}
    app = create_app("web", settings)
    told = app.extensions["luochui_announcer"] = Told(announcer(app))
    court = add_court(platform.admin, "Fan-out")
    with Session(platform.admin) as session:
        sale = add_sale(session, court)
        first, second = (deposit.registration_id for deposit in add_bidders(session, sale, 2))
        admit(session, sale, (first, second))
        session.commit()
        made = Bidding(app, told, sale.id, sale.public_id, (first, second))
    try:
        # The first one opens connections.
        made.bid_once()
        yield made
    finally:
        with app.app_context():
            desk().close()
            told.close()
            close_engines(app.extensions)
