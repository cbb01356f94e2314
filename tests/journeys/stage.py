"""What a journey begins with: a court with its staff, and a home that it has announced."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from app.rehearsal.bidding import BiddersSale
from app.rehearsal.creditors import Creditor, admit
from app.rehearsal.founding import CourtFacts, Staff, call_staff, open_court
from app.rehearsal.listing import Debt, Price, Thing, hold_clock, list_sale
from app.rehearsal.people import Human, Place
from tests.journeys.platform import Platform

YUAN = 100
START, STEP, DEPOSIT = 1_050_000 * YUAN, 5_000 * YUAN, 60_000 * YUAN
NOTICE_DAYS = 30

HOME = Thing(
    title="Flat with two bedrooms, Harbour Road 88",
    title_zh="深圳市南山区海港路88号两居室住宅",
    category="apartment",
    property_kind="real_property",
    region="Shenzhen",
    picture="apartment-1",
    facts={
        "description": "86 square metres on the ninth floor of a house of 2012, facing south.",
        "address": "Harbour Road 88, flat 902, Nanshan",
    },
)


@dataclass(slots=True)
class Stage:
    """A published sale of a home. Its court's clock stands still, and is moved by hand."""

    place: Place
    staff: Staff
    case: str
    sale: str
    price: Price

    def go_to(self, moment: datetime, *, rate: float = 0) -> None:
        hold_clock(self.staff, moment, rate)

    def open_bidding(self, *, minutes_left: int) -> None:
        """The last minutes of bidding, at the speed of life."""
        self.go_to(self.price.closes_at - timedelta(minutes=minutes_left), rate=1)
        wait_until(lambda: self.snapshot()["status"] == "open", "bidding did not open")

    def close_bidding(self) -> None:
        self.go_to(datetime.fromisoformat(self.snapshot()["closes_at"]))
        wait_until(lambda: self.snapshot()["status"] == "sold", "the sale was not closed")

    def snapshot(self) -> dict[str, Any]:
        clerk = self.staff.clerk.browser
        read: dict[str, Any] = clerk.json(f"/sales/{self.sale}/snapshot.json")
        return read

    def new_human(self, name: str, language: str = "en") -> Human:
        mark = secrets.token_hex(4)
        email = f"{name.lower().replace(' ', '.')}.{mark}@journey.example"
        return Human(self.place, name, email, language=language)

    def admitted_bidder(self, name: str, number: int, language: str = "en") -> BiddersSale:
        """Somebody who registered and paid the deposit, so that another has company."""
        bidder = BiddersSale(self.new_human(name, language).register(), self.sale)
        bidder.take_part(number)
        bidder.pay_deposit(DEPOSIT, "CNY")
        return bidder

    def admitted_creditor(self, name: str, minor: int, kind: str) -> Creditor:
        creditor = Creditor(self.new_human(name).register().give_mail_code())
        creditor.file(self.sale, minor, kind, f"Judgment for {name}")
        admit(self.staff, creditor.claim, minor, kind)
        return creditor


def announced_home(platform: Platform, mark: str | None = None) -> Stage:
    """A new court each time, with a mark in its name so that journeys do not meet."""
    mark = mark_of_this_journey() if mark is None else mark
    facts = CourtFacts(f"Harbour District Court{mark}", f"海港区人民法院{mark}", "Shenzhen")
    court = open_court(platform.operators, facts)
    staff = call_staff(platform.place, platform.operators, court)
    price = a_price()
    debt = Debt(
        f"({price.opens_at.year}) Harbour Enforcement 88{mark}", "Debtor Deng", "Harbour Bank"
    )
    case, sale = list_sale(staff, debt, HOME, price, notice_days=NOTICE_DAYS)
    return Stage(platform.place, staff, case, sale, price)


def mark_of_this_journey() -> str:
    return f" {secrets.token_hex(3)}"


def a_price() -> Price:
    """Bidding opens in forty days and lasts a day."""
    opens_at = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(days=40)
    return Price(
        currency="CNY",
        reference=1_500_000 * YUAN,
        starting=START,
        increment=STEP,
        deposit=DEPOSIT,
        opens_at=opens_at,
        closes_at=opens_at + timedelta(hours=24),
    )


def wait_until(fact: Callable[[], bool], otherwise: str, seconds: float = 90) -> None:

    deadline = time.monotonic() + seconds
    while not fact():
        assert time.monotonic() < deadline, otherwise
        time.sleep(0.2)
