"""A fresh court at every start, with lots that are open now and end while somebody looks."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from app.rehearsal.bidding import BiddersSale
from app.rehearsal.demonstration import catalogue
from app.rehearsal.demonstration.agenda import Agenda, AskedToEnd
from app.rehearsal.demonstration.catalogue import CATALOGUE, Listed
from app.rehearsal.demonstration.company import Bidder, Company
from app.rehearsal.demonstration.contests import Bidding, Contest
from app.rehearsal.demonstration.lots import CURRENCY, Lot, minor
from app.rehearsal.demonstration.timetable import first_round
from app.rehearsal.founding import CourtFacts, Staff
from app.rehearsal.listing import Debt, hold_clock
from auction_engine.sale.kinds import PropertyKind

# Bidding has been open for the day that the law asks for, and a little.
OPEN_FOR = timedelta(hours=25)
LAST_WORDS = timedelta(minutes=4)
# A ring goes on and on: each bid in the last minutes moves the end back.
LONG_LAST_WORDS = timedelta(minutes=35)
WHY_STAYED = (
    "An outsider claims to own the thing; the court examines the claim. "
    "案外人提出异议，审查期间暂缓拍卖。"
)


@dataclass(frozen=True, slots=True)
class Part:
    """What one lot of a chamber is there for, and how soon it ends."""

    name: str
    thing: str
    ends_in: timedelta
    last_words: timedelta = LAST_WORDS


# Who bids in which part, by their places among the rehearsal bidders; what moves first comes first.
CONTESTS = {"short": (0, 1), "last minutes": (1, 2), "long": (2, 0, 1)}


def parts_of(number: int) -> tuple[Part, ...]:
    """The lots of the chamber of this number: the next of every row of the catalogue."""

    def nth(row: tuple[str, ...]) -> str:
        return row[(number - 1) % len(row)]

    return (
        Part("short", nth(catalogue.SHORT), timedelta(minutes=20)),
        Part("long", nth(catalogue.LONG), timedelta(days=3)),
        Part("last minutes", nth(catalogue.LAST_MINUTES), timedelta(minutes=3), LONG_LAST_WORDS),
        Part("soon", nth(catalogue.SOON), timedelta(minutes=12)),
        Part("stayed", nth(catalogue.STAYED), timedelta(minutes=90)),
    )


def facts_of(number: int) -> CourtFacts:
    return CourtFacts(
        f"Linjiang Rehearsal Court, Chamber {number}", f"临江排演法院第{number}庭", "Linjiang"
    )


def open_lots(staff: Staff, number: int, stop: threading.Event) -> dict[str, Lot]:
    """Publish every lot on a past day that was early enough for all of them; now they are open."""
    now = this_minute()
    agenda = Agenda(staff, stop)
    lots = {}
    for count, part in enumerate(parts_of(number), start=1):
        opens_at = now - OPEN_FOR
        # Real property is announced the longest before; one day serves for all (RULE-D1).
        days = first_round(PropertyKind.REAL_PROPERTY, opens_at, now + part.ends_in)
        debt = Debt(
            f"（{now.year}）临演{number}庭执{count}号",
            "Debtor / 被执行人",
            "Applicant / 申请执行人",
        )
        lot = lots[part.name] = Lot(staff, CATALOGUE[part.thing], days, debt)
        agenda.add(days.told_at, lot.tell)
        agenda.add(days.published_at, lot.publish)
    agenda.carry_out()
    hold_clock(staff, datetime.now(UTC), rate=1)
    return lots


def this_minute() -> datetime:
    """The next whole minute: no court lets bidding end at odd seconds."""
    return (datetime.now(UTC) + timedelta(seconds=59)).replace(second=0, microsecond=0)


def fill(
    lots: dict[str, Lot],
    number: int,
    company: Company,
    bidding: Bidding,
    stop: threading.Event,
) -> None:
    """Let people in, the lot that moves first before all others, and stay the one to be stayed."""
    everybody = company.bidders()
    parts = {part.name: part for part in parts_of(number)}
    for name, chosen in CONTESTS.items():
        if stop.is_set():
            raise AskedToEnd
        lot, bidders = lots[name], [everybody[each] for each in chosen]
        lot.entered = [bidder.take_part(lot.sale, lot.deposit, CURRENCY) for bidder in bidders]
        bidding.add(_contest(parts[name], lot.listed, bidders, lot.entered, lot.days.closes_at))
    lots["stayed"].wait_until("open")
    lots["stayed"].suspend(WHY_STAYED)
    # So that whoever signs in with the bidder's account can bid at once.
    lot = lots["long"]
    company.newcomer().take_part(lot.sale, lot.deposit, CURRENCY)


def go_on(number: int, sales: list[str], company: Company, bidding: Bidding) -> int:
    """Bidding goes on in what is still open of an earlier start's chamber; how many such lots.

    The bidders have their places there already: prices move again a moment after a start.
    """
    parts = {part.name: (part, sale) for part, sale in zip(parts_of(number), sales, strict=False)}
    again = 0
    for name, chosen in CONTESTS.items():
        if name not in parts:
            continue
        part, sale = parts[name]
        bidders = [company.bidders()[each] for each in chosen]
        entered = [BiddersSale(bidder.human, sale) for bidder in bidders]
        snapshot = entered[0].snapshot()
        if snapshot["status"] == "open":
            ends = datetime.fromisoformat(snapshot["closes_at"])
            bidding.add(_contest(part, CATALOGUE[part.thing], bidders, entered, ends))
            again += 1
    return again


def _contest(
    part: Part,
    listed: Listed,
    bidders: list[Bidder],
    entered: list[BiddersSale],
    ends_at: datetime,
) -> Contest:
    ends = time.monotonic() + (ends_at - datetime.now(UTC)).total_seconds()
    return Contest(
        bidders,
        entered,
        starting=minor(listed.starting),
        increment=minor(listed.increment),
        # Nobody in their senses pays so much more than the thing is worth.
        ceiling=minor(listed.reference) * 13 // 10,
        ends=ends,
        last_words_end=ends + part.last_words.total_seconds(),
    )
