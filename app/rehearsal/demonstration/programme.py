"""The whole demonstration: live lots first, then the past of the courts, then bidders go on."""

from __future__ import annotations

import logging
import threading
import time
from pathlib import Path

import requests

from app.rehearsal.browser import TurnedAway
from app.rehearsal.demonstration import chamber, past
from app.rehearsal.demonstration.agenda import AskedToEnd
from app.rehearsal.demonstration.book import Book, write_private
from app.rehearsal.demonstration.company import CREDITORS, Company, MakeOperator
from app.rehearsal.demonstration.contests import Bidding
from app.rehearsal.demonstration.stories import STORIES, Story
from app.rehearsal.forms import NoSuchForm
from app.rehearsal.founding import CourtFacts, open_court
from app.rehearsal.mailbox import NoLetter
from app.rehearsal.people import Place

log = logging.getLogger(__name__)

CHAMBER = "chamber"
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
        self._began = time.monotonic()

    def run(self) -> None:
        try:
            self._wait_for_neighbours()
            self._open_chamber()
            for number, story in enumerate(STORIES, start=1):
                if not self._book.is_told(story.name):
                    self._attempt(lambda n=number, s=story: self._tell(n, s))
            self._say("everything stands; rehearsal bidders go on")
            self._go_on()
        except AskedToEnd:
            self._say("asked to end")

    def _wait_for_neighbours(self) -> None:
        """They start at the same moment; a letter or a card needs them."""
        for address in (self._place.url + "/healthz", self._place.outside_url + "/mail.json?to=x"):
            while not _answers(address):
                if self._stop.wait(0.2):
                    raise AskedToEnd

    def _open_chamber(self) -> None:
        number = self._book.next_try(CHAMBER)
        facts = chamber.facts_of(number)
        court = self._found(facts, CHAMBER)
        staff = self._company.staff_of(court.public_id)
        self._say(f"live court: {facts.name_en} has its people")
        lots = chamber.open_lots(staff, number, self._stop)
        court.sales = [lot.sale for lot in lots.values()]
        court.is_done = True
        self._book.save()
        self._say(f"live court: {len(lots)} lots are open")
        chamber.fill(lots, self._company, self._bidding, self._stop)
        self._tell_accounts()
        self._say("live court: bidders bid")

    def _tell(self, number: int, story: Story) -> None:
        attempt = self._book.next_try(story.name)
        self._say(f"court {number} of {len(STORIES)}: {story.court.name_en}")
        court = self._found(_named(story.court, attempt), story.name)
        staff = self._company.staff_of(court.public_id)
        court.sales = past.live_through(story, staff, self._company, attempt, self._stop)
        court.is_done = True
        self._book.save()
        self._tell_accounts()

    def _go_on(self) -> None:
        opened = 1
        while not self._stop.wait(SECONDS_BETWEEN_LOOKS):
            if self._bidding.is_quiet and opened < MOST_CHAMBERS:
                opened += 1
                self._attempt(self._open_chamber)
        raise AskedToEnd

    def _attempt(self, act: object) -> None:
        """One court that does not come about must not keep the others from it."""
        assert callable(act)
        try:
            act()
        except TROUBLE as trouble:
            log.warning("a court of the demonstration was not finished: %s", trouble)

    def _found(self, facts: CourtFacts, story: str):  # noqa: ANN202
        court = open_court(self._company.operators(), facts)
        return self._book.add_court(facts.name_en, court, story)

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
