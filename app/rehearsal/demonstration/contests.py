"""Rehearsal bidders who go on bidding, so that whoever looks sees prices move."""

from __future__ import annotations

import logging
import random
import threading
import time
from dataclasses import dataclass, field

import requests

from app.rehearsal.bidding import BiddersSale
from app.rehearsal.browser import TurnedAway
from app.rehearsal.demonstration.company import Bidder
from app.rehearsal.forms import NoSuchForm

log = logging.getLogger(__name__)

Gap = tuple[float, float]

BRISK: Gap = (3.0, 6.5)
STEADY: Gap = (20.0, 45.0)
SLOW: Gap = (40.0, 90.0)
# Whoever opens the platform sees something at once; a sale of days is not used up in an hour.
SECONDS_BRISK = 600.0
# From here on every bid moves the end back (RULE-G5): the last ones take their time.
SECONDS_OF_LAST_WORDS = 300.0
# What came between; the next turn may do better.
SECONDS_AFTER_TROUBLE = 10.0
SECONDS_SOON = 3600.0
_OVER = frozenset({"sold", "unsold", "withdrawn"})


@dataclass(slots=True)
class Contest:
    """Bidders of one sale by turns, each with their place in it (`entered`).

    `began`, `ends` and `last_words_end` are moments of time.monotonic(); amounts in minor units.
    """

    bidders: list[Bidder]
    entered: list[BiddersSale]
    starting: int
    increment: int
    ceiling: int
    ends: float
    last_words_end: float
    began: float = field(default_factory=time.monotonic)
    # How often an ordinary pace skips a step.
    two_steps: float = 0.15
    turn: int = 0
    due: float = 0.0
    is_over: bool = False
    _minimum: int = field(default=0)

    @property
    def sale(self) -> str:
        return self.entered[0].sale

    def bid(self, now: float) -> None:
        """Somebody's turn: the lowest amount that counts, or a step above it."""
        minimum = self._minimum or self.starting
        if now > self.last_words_end or minimum > self.ceiling:
            self.is_over = True
            return
        at = self.turn % len(self.bidders)
        amount = minimum + self.increment * (random.random() < self.two_steps)  # noqa: S311
        with self.bidders[at].lock:
            answer = self.entered[at].bid(amount)
        self.turn += 1
        self._learn(amount, answer)
        self.due = now + random.uniform(*self._gap(now))  # noqa: S311

    def _learn(self, amount: int, answer: dict[str, object]) -> None:
        """A newcomer may have bid meanwhile: a refusal says what would count."""
        if answer.get("accepted"):
            self._minimum = amount + self.increment
            return
        minimum = answer.get("minimum_minor")
        if isinstance(minimum, int):
            self._minimum = minimum
        elif self.entered[0].snapshot()["status"] in _OVER:
            self.is_over = True

    def _gap(self, now: float) -> Gap:
        if now >= self.ends - SECONDS_OF_LAST_WORDS:
            return SLOW
        return BRISK if now < self.began + SECONDS_BRISK else STEADY


class Bidding:
    """All contests in one thread. Nothing that goes wrong in one of them ends it."""

    def __init__(self, stop: threading.Event) -> None:
        self._stop = stop
        self._contests: list[Contest] = []
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="rehearsal-bidders", daemon=True)
        self._thread.start()

    def add(self, contest: Contest) -> None:
        with self._lock:
            self._contests.append(contest)

    @property
    def is_quiet(self) -> bool:
        """Whether nothing that bidders are at ends within the hour."""
        soon = time.monotonic() + SECONDS_SOON
        with self._lock:
            return all(contest.ends > soon for contest in self._contests)

    def _run(self) -> None:
        while not self._stop.wait(0.2):
            now = time.monotonic()
            with self._lock:
                self._contests = [each for each in self._contests if not each.is_over]
                due = [each for each in self._contests if each.due <= now]
            for contest in due:
                _take_a_turn(contest, now)


def _take_a_turn(contest: Contest, now: float) -> None:
    try:
        contest.bid(now)
    except (TurnedAway, NoSuchForm, requests.RequestException, ValueError, KeyError) as trouble:
        log.info("a bid on %s did not come through: %s", contest.sale, trouble)
        contest.turn += 1
        contest.due = now + SECONDS_AFTER_TROUBLE
