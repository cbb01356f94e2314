"""A court's past, played from its first day to today with the legal clock held and stepped."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime, timedelta
from functools import partial

from app.rehearsal import settling
from app.rehearsal.bidding import BiddersSale
from app.rehearsal.creditors import Creditor, admit
from app.rehearsal.demonstration import afterwards
from app.rehearsal.demonstration.agenda import Agenda
from app.rehearsal.demonstration.catalogue import CATALOGUE
from app.rehearsal.demonstration.chamber import WHY_STAYED
from app.rehearsal.demonstration.company import CREDITORS, Bidder, Company
from app.rehearsal.demonstration.lots import CURRENCY, Lot
from app.rehearsal.demonstration.stories import Fate, Past, Story
from app.rehearsal.demonstration.timetable import (
    BIDDING,
    first_round,
    morning,
    second_round,
    today_of,
)
from app.rehearsal.founding import Staff
from app.rehearsal.listing import Debt, amount, hold_clock
from auction_engine.money.fees import enforcement_fee

DAY = timedelta(days=1)
OBJECTION_DAYS = 15


def live_through(
    story: Story, staff: Staff, company: Company, attempt: int, stop: threading.Event
) -> list[str]:
    """All that is over by now, in order; the public ids of its sales."""
    now = datetime.now(UTC)
    agenda = Agenda(staff, stop)
    lots = []
    for count, past in enumerate(story.lots, start=1):
        number = f"（{now.year}）{story.mark}{attempt}执{count}号"
        lot = _lot(staff, past, today_of(now), number, company)
        lots.append(lot)
        _Course(agenda, lot, past, company).write()
    agenda.carry_out()
    hold_clock(staff, datetime.now(UTC), rate=1)
    return [lot.sale for lot in lots]


def _lot(staff: Staff, past: Past, today: date, number: str, company: Company) -> Lot:
    listed = CATALOGUE[past.thing]
    opens_at = morning(today, past.opens)
    days = first_round(listed.kind, opens_at, opens_at + BIDDING)
    bank = company.person(*CREDITORS[0])
    debt = Debt(number, "Debtor / 被执行人", bank.name)
    if past.fate is Fate.SETTLED:
        debt = Debt(number, "Debtor / 被执行人", bank.name, applicant_email=bank.email)
    return Lot(staff, listed, days, debt)


class _Course:
    """Writes into the agenda what becomes of one lot."""

    def __init__(self, agenda: Agenda, lot: Lot, past: Past, company: Company) -> None:
        self._agenda, self._lot, self._past, self._company = agenda, lot, past, company
        self._claims: list[tuple[Creditor, str, int]] = []

    def write(self) -> None:
        days, add = self._lot.days, self._agenda.add
        add(days.told_at, self._lot.tell)
        add(days.published_at, self._lot.publish)
        match self._past.fate:
            case Fate.ANNOUNCED:
                return
            case Fate.SUSPENDED:
                add(days.opens_at, lambda: self._lot.wait_until("open"))
                add(days.opens_at + timedelta(hours=3), lambda: self._lot.suspend(WHY_STAYED))
            case Fate.FAILED:
                add(days.closes_at, lambda: self._lot.wait_until("unsold"))
                self._write_second_round()
            case Fate.SETTLING:
                self._write_sale()
            case Fate.SETTLED:
                self._write_sale()
                self._write_settlement()

    def _write_second_round(self) -> None:
        days = second_round(self._lot.listed.kind, self._lot.days.closes_at)
        self._agenda.add(days.told_at, lambda: self._lot.draft_second_round(days))
        self._agenda.add(days.published_at, self._lot.publish)

    def _write_sale(self) -> None:
        days, add = self._lot.days, self._agenda.add
        buyers = self._company.buyers()
        add(days.published_at + 2 * DAY, lambda: self._let_in(buyers))
        for number, at in enumerate(bid_moments(days.opens_at, days.closes_at, self._past.bids)):
            add(at, partial(self._bid, number))
        add(self._end, lambda: self._lot.wait_until("sold"))

    def _write_settlement(self) -> None:
        lot, days, add = self._lot, self._lot.days, self._agenda.add
        ended = days.closes_at
        add(days.published_at + 3 * DAY, self._file_claims)
        add(ended + 2 * DAY, self._pay_price)
        add(ended + 3 * DAY, lambda: afterwards.rule(lot.staff, lot.sale))
        add(ended + 5 * DAY, lambda: afterwards.hand_over(lot.staff, lot.sale, ended + 5 * DAY))
        add(ended + 6 * DAY, self._draft_plan)
        final_at = ended + timedelta(days=6 + OBJECTION_DAYS + 5)
        add(final_at, lambda: settling.make_final(lot.staff, lot.sale))
        add(final_at + DAY, lambda: settling.pay_out(lot.staff, self._company.place.outside_url))

    @property
    def _end(self) -> datetime:
        """The last bid comes in the last minutes and moves the end back by as many (RULE-G5)."""
        return self._lot.days.closes_at + timedelta(minutes=5)

    def _let_in(self, buyers: list[Bidder]) -> None:
        lot = self._lot
        lot.entered = [buyer.take_part(lot.sale, lot.deposit, CURRENCY) for buyer in buyers]

    def _bid(self, number: int) -> None:
        """By turns; every third time somebody goes a step further than they must."""
        lot = self._lot
        steps = number + number // 3
        bidder = lot.entered[number % len(lot.entered)]
        afterwards.must_be_accepted(bidder.bid(lot.starting + steps * lot.increment))

    @property
    def _winner(self) -> BiddersSale:
        return self._lot.entered[(self._past.bids - 1) % len(self._lot.entered)]

    @property
    def _price(self) -> int:
        price: int = self._lot.snapshot()["price_minor"]
        return price

    def _file_claims(self) -> None:
        """A mortgage of half the starting price, and what a supplier is owed."""
        starting = self._lot.starting
        for (place, name), kind, wanted in zip(
            CREDITORS, ("secured", "ordinary"), (starting // 2, starting), strict=True
        ):
            creditor = self._company.creditor(place, name)
            creditor.file(self._lot.sale, wanted, kind, "Civil judgment of 2025. 2025年民事判决。")
            self._claims.append((creditor, kind, wanted))

    def _pay_price(self) -> None:
        lot = self._lot
        settling.pay_price(lot.staff, self._winner, self._price - lot.deposit, CURRENCY)

    def _draft_plan(self) -> None:
        staff = self._lot.staff
        for creditor, kind, wanted in self._claims:
            admit(staff, creditor.claim, wanted, kind)
        costs = {"Enforcement fee": amount(enforcement_fee(self._price))}
        settling.draft_and_serve(staff, self._lot.sale, costs)


def bid_moments(opens_at: datetime, closes_at: datetime, bids: int) -> list[datetime]:
    """A few through the day, most in the last hour, the very last one just before the end."""
    early = [opens_at + timedelta(hours=5) * n for n in range(1, min(4, bids // 2))]
    late = [closes_at - timedelta(minutes=55) / n for n in range(1, bids - len(early))]
    return [*early, *late, closes_at - timedelta(minutes=1)]
