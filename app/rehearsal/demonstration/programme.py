"""The whole demonstration: live lots first, then the past of the courts, then bidders go on."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import requests

from app.rehearsal.browser import TurnedAway
from app.rehearsal.demonstration import chamber, leftovers, past
from app.rehearsal.demonstration.agenda import AskedToEnd
from app.rehearsal.demonstration.book import Book, CourtMade, write_private
from app.rehearsal.demonstration.company import CREDITORS, Company, MakeOperator
from app.rehearsal.demonstration.contests import Bidding
from app.rehearsal.demonstration.stories import STORIES, Story
from app.rehearsal.forms import NoSuchForm
from app.rehearsal.founding import CourtFacts, Staff, open_court
from app.rehearsal.mailbox import NoLetter
from app.rehearsal.people import Place

log = logging.getLogger(__name__)

CHAMBER = "chamber"
# A name that was given is not given again; so many are tried.
MOST_TRIES = 50
# When all lots of a chamber have ended the next one opens; after so many, the bidders go home.
MOST_CHAMBERS = 24
SECONDS_BETWEEN_LOOKS = 5.0

TROUBLE = (TurnedAway, NoSuchForm, NoLetter, LookupError, requests.RequestException)


class Demonstration:
    """What happens between a start and the request to end."""

    def __init__(
        self,
        place: Place,
        accounts: Path,
        make_operator: MakeOperator,
        stop: threading.Event,
    ) -> None:
        self._place, self._accounts, self._stop = place, accounts, stop
        self._book = Book.opened(accounts.with_name("demonstration.json"))
        self._company = Company(place, self._book, make_operator)
        self._bidding = Bidding(stop)
        self._earlier: list[CourtMade] = []
        self._began = time.monotonic()

    def run(self) -> None:
        try:
            self._wait_for(self._place.url + "/healthz")
            self._forget_another_database()
            self._earlier = self._book.begun()
            self._attempt(self._go_on_bidding)
            # They start at the same moment; a letter or a card needs them.
            self._wait_for(self._place.outside_url + "/mail.json?to=x")
            self._attempt(self._open_chamber)
            for number, story in enumerate(STORIES, start=1):
                if not self._book.is_told(story.name):
                    self._attempt(partial(self._tell, number, story))
            self._put_right()
            self._attempt(self._make_ready)
            self._company.write_down()
            self._say("everything stands; rehearsal bidders go on")
            self._go_on()
        except AskedToEnd:
            self._say("asked to end")
        finally:
            self._company.write_down()

    def _wait_for(self, address: str) -> None:
        while not _answers(address):
            if self._stop.wait(0.2):
                raise AskedToEnd

    def _forget_another_database(self) -> None:
        """What was written down counts only where the platform still knows of it."""
        known = [court.sales[0] for court in self._book.courts if court.sales]
        if known and not _answers(f"{self._place.url}/sales/{known[0]}/snapshot.json"):
            self._say("the platform has a new database; everybody begins anew")
            self._book.forget_everything()

    def _go_on_bidding(self) -> None:
        """In the newest chamber, where something of it is still open."""
        chambers = [court for court in self._earlier if court.story == CHAMBER and court.is_done]
        if chambers:
            newest = chambers[-1]
            lots = chamber.go_on(newest.number, newest.sales, self._company, self._bidding)
            self._say(f"live court: bidders bid on in {lots} lots of {newest.name}")

    def _open_chamber(self) -> None:
        with ThreadPoolExecutor(1) as beside:
            bidders = beside.submit(self._company.bidders)
            court, staff = self._chamber()
            bidders.result()
        court.has_begun = True
        self._book.save()
        self._say(f"live court: {court.name} has its people")
        lots = chamber.open_lots(staff, court.number, self._stop)
        self._done(court, [lot.sale for lot in lots.values()])
        self._say(f"live court: {len(lots)} lots are open")
        self._company.newcomer()
        self._tell_accounts()
        chamber.fill(lots, court.number, self._company, self._bidding, self._stop)
        self._company.write_down()
        self._say("live court: bidders bid")

    def _chamber(self) -> tuple[CourtMade, Staff]:
        """The one that an earlier start made ready, or a new one."""
        court = self._book.spare(CHAMBER)
        if court is not None:
            try:
                return court, self._company.staff_again(court.public_id)
            except LookupError as gone:
                log.info("%s is of no use: %s", court.name, gone)
        return self._new_chamber()

    def _new_chamber(self) -> tuple[CourtMade, Staff]:
        court = self._found(CHAMBER, chamber.facts_of)
        staff = self._company.staff_of(court.public_id)
        court.is_staffed = True
        self._book.save()
        return court, staff

    def _make_ready(self) -> None:
        """The next chamber gets its people now, so that the next start is quick."""
        if self._book.spare(CHAMBER) is None:
            self._new_chamber()

    def _tell(self, number: int, story: Story) -> None:
        court = self._found(story.name, lambda attempt: _named(story.court, attempt))
        self._say(f"court {number} of {len(STORIES)}: {court.name}")
        staff = self._company.staff_of(court.public_id)
        court.is_staffed = court.has_begun = True
        self._book.save()
        sales = past.live_through(story, staff, self._company, court.number, self._stop)
        self._done(court, sales)
        self._say(f"court {number} of {len(STORIES)}: its past is told")

    def _put_right(self) -> None:
        """Courts of earlier starts: what stood still there goes on, and ends."""
        for court in self._earlier:
            self._attempt(partial(self._put_court_right, court))

    def _put_court_right(self, court: CourtMade) -> None:
        if not court.has_begun:
            return
        staff = self._company.staff_again(court.public_id)
        if not court.is_done:
            leftovers.let_clock_run(staff)
            self._done(court, court.sales)
        elif court.story == CHAMBER:
            leftovers.let_go_on(staff, court.sales)

    def _go_on(self) -> None:
        opened = 1
        while not self._stop.wait(SECONDS_BETWEEN_LOOKS):
            if self._bidding.is_quiet and opened < MOST_CHAMBERS:
                opened += 1
                self._attempt(self._company.come_back)
                self._attempt(self._open_chamber)
                self._attempt(self._make_ready)
        raise AskedToEnd

    def _attempt(self, act: Callable[[], None]) -> None:
        """One court that does not come about must not keep the others from it."""
        if self._stop.is_set():
            raise AskedToEnd
        try:
            act()
        except TROUBLE as trouble:
            log.warning("a part of the demonstration was not finished: %s", trouble)

    def _found(self, story: str, facts_of: Callable[[int], CourtFacts]) -> CourtMade:
        """Open a court under the first name that is free."""
        operators = self._company.operators()
        for _try in range(MOST_TRIES):
            number = self._book.next_try(story)
            facts = facts_of(number)
            try:
                court = open_court(operators, facts)
            except TurnedAway as taken:
                log.info("%s: %s", facts.name_en, taken)
                continue
            return self._book.add_court(facts.name_en, court, story, number)
        raise LookupError(f"no name is free for a court of {story}")

    def _done(self, court: CourtMade, sales: list[str]) -> None:
        court.sales, court.is_done = sales, True
        self._book.save()

    def _tell_accounts(self) -> None:
        self._company.person(*CREDITORS[0])
        write_private(self._accounts, self._company.accounts_for_newcomers())

    def _say(self, line: str) -> None:
        log.info("%s (%.0f s)", line, time.monotonic() - self._began)


def _named(facts: CourtFacts, attempt: int) -> CourtFacts:
    """A name is given once; a court that was left half done is followed by another."""
    if attempt == 1:
        return facts
    return CourtFacts(f"{facts.name_en} ({attempt})", f"{facts.name_zh}（{attempt}）", facts.region)


def _answers(address: str) -> bool:
    try:
        return requests.get(address, timeout=5).ok
    except requests.RequestException:
        return False
