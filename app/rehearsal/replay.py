"""Play a recorded auction against the running platform, from listing to paid creditors.

In a rehearsal court of its own, beside whatever else is going on, with legal time held at exactly
each recorded moment. Everybody acts over HTTP; the platform cannot tell it from life.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Engine

from app.rehearsal import settling
from app.rehearsal.bidding import BiddersSale
from app.rehearsal.comparison import Left, what_is_left
from app.rehearsal.creditors import Creditor, admit
from app.rehearsal.founding import CourtFacts, Staff, call_staff, open_court
from app.rehearsal.history import History
from app.rehearsal.listing import Debt, Price, Thing, hold_clock, list_sale
from app.rehearsal.people import Human, Place
from app.rehearsal.watcher import Watcher
from auction_engine.money.fees import enforcement_fee

SECONDS_TO_WAIT = 60
NOTICE_DAYS = 30  # RULE-D1, real property
OBJECTION_DAYS = 15


class Differs(Exception):
    """What came out is not what was recorded; the message names it."""


@dataclass(slots=True)
class Replay:
    """One recorded auction on its way through the platform."""

    history: History
    place: Place
    operators: tuple[Human, Human]
    say: Callable[[str], None]
    bidders: dict[str, BiddersSale] = field(default_factory=dict)

    def run(self, engine: Engine) -> Left:
        """All of it; raises `Differs` where something came out otherwise."""
        staff = self._found()
        case, sale = self._list(staff)
        creditors = self._claim(sale)
        self._register(sale)
        with self._watching(sale) as watcher:
            self._bid(staff)
            self._close(staff, watcher)
        self._settle(staff, sale, creditors)
        left = what_is_left(engine, sale)
        self._compare(left, watcher)
        self.say(f"case {case}, sale {sale}: {self.place.url}/sales/{sale}/result")
        return left

    def _found(self) -> Staff:
        self.say("a rehearsal court is opened, and its staff comes in")
        mark = secrets.token_hex(3)
        facts = CourtFacts(f"Replay Court {mark}", f"重演法院{mark}", "Shenzhen")
        court = open_court(self.operators, facts)
        return call_staff(self.place, self.operators, court)

    def _list(self, staff: Staff) -> tuple[str, str]:
        self.say("the court lists the home: case, notices, panel, publication by two persons")
        history = self.history
        price = Price(
            currency=history.currency,
            reference=history.starting_price,
            starting=history.starting_price,
            increment=history.increment,
            deposit=least_deposit(history.starting_price),
            opens_at=history.opens_at,
            closes_at=history.closes_at,
        )
        debt = Debt(f"({history.closes_at.year}) Replay {history.id}", "Debtor", "Bank A")
        thing = Thing(
            title=f"Home, replay of {history.id}"[:200],
            title_zh=history.description[:200] or "住宅",
            category="home",
            property_kind="real_property",
            region="Shenzhen",
            picture="home-1",
        )
        return list_sale(staff, debt, thing, price, notice_days=NOTICE_DAYS)

    def _claim(self, sale: str) -> list[tuple[Creditor, str, int]]:
        """Three creditors: a mortgage of half the price, two others who share the rest."""
        self.say("three creditors file their claims")
        price = self.history.price
        wanted = (
            ("Mortgage Bank", "secured", price // 2),
            ("Supplier", "ordinary", price // 2),
            ("Neighbour", "ordinary", price // 3),
        )
        filed = []
        for name, kind, minor in wanted:
            human = self._new_human(name).register().give_mail_code()
            creditor = Creditor(human)
            creditor.file(sale, max(1, minor), kind, f"Judgment for {name}")
            filed.append((creditor, kind, max(1, minor)))
        return filed

    def _register(self, sale: str) -> None:
        names = self.history.bidders
        deposit = least_deposit(self.history.starting_price)
        for number, name in enumerate(names, start=1):
            self.say(f"bidder {number} of {len(names)} registers and pays a deposit")
            bidder = BiddersSale(self._new_human(name).register(), sale)
            bidder.take_part(number)
            bidder.pay_deposit(deposit, self.history.currency)
            self.bidders[name] = bidder

    @contextmanager
    def _watching(self, sale: str) -> Iterator[Watcher]:
        watcher = Watcher(self.place.live_url, self.place.url, sale)
        try:
            yield watcher
        finally:
            watcher.close()

    def _bid(self, staff: Staff) -> None:
        total = len(self.history.bids)
        for number, bid in enumerate(self.history.bids, start=1):
            hold_clock(staff, bid.at)
            answer = self.bidders[bid.bidder].bid(bid.amount)
            if not answer.get("accepted"):
                raise Differs(f"bid {bid.seq} was recorded as accepted and came out as {answer}")
            if number % 10 == 0 or number == total:
                self.say(f"bid {number} of {total}: {bid.amount} at {bid.at.isoformat()}")

    def _close(self, staff: Staff, watcher: Watcher) -> None:
        self.say("the clock is held at the end, and the scheduler closes the sale")
        snapshot = self._snapshot()
        hold_clock(staff, datetime.fromisoformat(snapshot["closes_at"]))
        _until(lambda: self._snapshot()["status"] == "sold", "the sale was not closed")
        _until(
            lambda: watcher.seen == list(range(1, len(self.history.bids) + 1)),
            "the watcher did not see every bid",
        )

    def _settle(self, staff: Staff, sale: str, creditors: list[tuple[Creditor, str, int]]) -> None:
        self.say("the buyer pays the balance by transfer")
        price = self.history.price
        deposit = least_deposit(self.history.starting_price)
        buyer = self.bidders[self.history.winner]
        settling.pay_price(staff, buyer, price - deposit, self.history.currency)
        self.say("the court admits the claims, drafts a plan, serves it, and another finalises it")
        for creditor, kind, minor in creditors:
            admit(staff, creditor.claim, minor, kind)
        fee = enforcement_fee(price)
        settling.draft_and_serve(staff, sale, {"Enforcement fee": f"{fee // 100}.{fee % 100:02d}"})
        after = datetime.fromisoformat(self._snapshot()["legal"]) + timedelta(
            days=OBJECTION_DAYS + 5
        )
        hold_clock(staff, after)
        settling.make_final(staff, sale)
        self.say("the bank pays every payee, and its notice is read in")
        settling.pay_out(staff, self.place.outside_url)
        _until(
            lambda: all(creditor.is_paid() for creditor, _kind, _minor in creditors),
            "the creditors were not paid",
        )

    def _compare(self, left: Left, watcher: Watcher) -> None:
        history = self.history
        winner = self.bidders[history.winner].code
        differences = [
            f"{what}: recorded {recorded}, came out {came_out}"
            for what, recorded, came_out in (
                ("status", "sold", left.status),
                ("winner", winner, left.winner),
                ("price", history.price, left.price),
                ("extensions", history.extensions, left.extensions),
                ("closing time", history.closed_at, left.closed_at),
                ("accepted bids", len(history.bids), left.accepted),
                ("refused bids", 0, left.refused),
                ("bids seen by the watcher", len(history.bids), len(watcher.seen)),
                ("trial balance", 0, left.trial_balance),
                ("sum of payouts", history.price, left.paid_out),
                ("payouts not yet paid", 0, left.payouts_open),
            )
            if recorded is not None and recorded != came_out
        ]
        if differences:
            raise Differs("; ".join(differences))

    def _snapshot(self) -> dict[str, str]:
        anybody = next(iter(self.bidders.values()))
        snapshot: dict[str, str] = anybody.human.browser.json(
            f"/sales/{anybody.sale}/snapshot.json"
        )
        return snapshot

    def _new_human(self, name: str) -> Human:
        mark = secrets.token_hex(5)
        return Human(self.place, name, f"replay.{mark}@rehearsal.example")


def least_deposit(starting_price: int) -> int:
    """Five per cent of the starting price, in whole yuan, as small as the law allows (RULE-C7)."""
    exact = -(-starting_price * 5 // 100)
    whole = -(-exact // 100) * 100
    return whole if whole * 5 <= starting_price else exact


def _until(fact: Callable[[], bool], otherwise: str) -> None:
    deadline = time.monotonic() + SECONDS_TO_WAIT
    while not fact():
        if time.monotonic() > deadline:
            raise Differs(otherwise)
        time.sleep(0.2)
