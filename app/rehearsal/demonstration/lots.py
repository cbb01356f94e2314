"""A lot of the demonstration on its way: drafted, told, published, bid on."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from app.rehearsal import listing
from app.rehearsal.bidding import BiddersSale
from app.rehearsal.browser import TurnedAway
from app.rehearsal.demonstration.catalogue import Listed
from app.rehearsal.demonstration.timetable import RoundDays
from app.rehearsal.founding import Staff
from app.rehearsal.listing import Debt, Price

CURRENCY = "CNY"
SECONDS_TO_WAIT = 30


@dataclass(slots=True)
class Lot:
    """One thing of the catalogue in one court."""

    staff: Staff
    listed: Listed
    days: RoundDays
    debt: Debt
    asset: str = ""
    sale: str = ""
    entered: list[BiddersSale] = field(default_factory=list)

    @property
    def deposit(self) -> int:
        return minor(self.listed.deposit)

    @property
    def increment(self) -> int:
        return minor(self.listed.increment)

    @property
    def starting(self) -> int:
        return minor(self.listed.starting)

    def tell(self) -> None:
        """Open the case, describe the thing, draft the sale, and tell the parties (RULE-D6)."""
        told_at = self.days.told_at
        case = listing.open_case(
            self.staff, self.debt, opened_on=(told_at - timedelta(days=60)).date()
        )
        self.asset = listing.add_asset(
            self.staff, case, self.listed.thing, seized_on=(told_at - timedelta(days=50)).date()
        )
        self.sale = listing.draft_sale(self.staff, self.asset, self._price())
        if self.listed.thing.category == "shares":
            listing.state_capital(self.staff, self.sale, self._price())
        listing.notify_parties(self.staff, self.sale, told_at)

    def publish(self) -> None:
        listing.vote(self.staff, self.sale)
        listing.publish(self.staff, self.sale)

    def draft_second_round(self, days: RoundDays) -> None:
        """The round that follows a failed one, as cheap as the law allows (RULE-K3)."""
        clerk = self.staff.clerk.browser
        page = clerk.submit(f"{self.staff.path}/sales/{self.sale}/after", action="/next-round")
        self.sale, self.days = page.url.rstrip("/").split("/")[-2], days
        clerk.submit(
            f"{self.staff.path}/sales/{self.sale}/terms",
            has="opens_at",
            opens_at=listing.written(days.opens_at),
            closes_at=listing.written(days.closes_at),
        )
        listing.notify_parties(self.staff, self.sale, days.told_at)

    def suspend(self, reason: str) -> None:
        self.staff.clerk.browser.submit(
            f"{self.staff.path}/sales/{self.sale}/control", action="/suspend", reason=reason
        )

    def snapshot(self) -> dict[str, Any]:
        found: dict[str, Any] = self.staff.clerk.browser.json(f"/sales/{self.sale}/snapshot.json")
        return found

    def wait_until(self, *states: str) -> None:
        """The scheduler looks twice a second; whoever needs its work waits for it."""
        until(
            lambda: self.snapshot()["status"] in states,
            f"sale {self.sale} did not become {' or '.join(states)}",
        )

    def _price(self) -> Price:
        listed = self.listed
        return Price(
            CURRENCY,
            minor(listed.reference),
            minor(listed.starting),
            minor(listed.increment),
            minor(listed.deposit),
            self.days.opens_at,
            self.days.closes_at,
        )


def minor(yuan: int) -> int:
    return yuan * 100


def until(fact: Callable[[], bool], otherwise: str) -> None:
    deadline = time.monotonic() + SECONDS_TO_WAIT
    while not fact():
        if time.monotonic() > deadline:
            raise TurnedAway(otherwise)
        time.sleep(0.2)


def legal_moment(snapshot: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(snapshot["legal"])
