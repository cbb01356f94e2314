"""Random sales with everything that can happen in them, quick to make by the thousand.

The generator guesses where price and end are, to land near every limit; it decides nothing, so
that bids are refused and acts are out of place as in life.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random

from auction_engine.sale.bidders import Bidder
from auction_engine.sale.course import Course, Step
from auction_engine.sale.events import Admit, Authority, Bid, Event, Resume, Suspend, Withdraw
from auction_engine.sale.kinds import Round
from auction_engine.sale.state import opening_sale
from auction_engine.sale.terms import SaleTerms
from tests.engine.documents import CLOSES, MINUTE, OPENS, SECOND, START, STEP, TICK, terms, written

BIDDERS = (
    Bidder("B01"),
    Bidder("B02"),
    Bidder("P1", priority_rank=1),
    Bidder("P2", priority_rank=2),
    Bidder("P3", priority_rank=2),
    Bidder("X9", excluded="defaulted_before"),
)
NEWCOMERS = ("N1", "N2", "N3")
CODES = (*(bidder.code for bidder in BIDDERS), *NEWCOMERS)
SIXTY_DAYS = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class History:
    """A sale and what arrives in it, in order; `looked_at` is when somebody asks how it stands."""

    terms: SaleTerms
    events: tuple[Event, ...]
    looked_at: datetime
    bidders: tuple[Bidder, ...] = BIDDERS


def random_history(random: Random, *, longest: int = 14) -> History:
    sale = _random_terms(random)
    guess = _Guess(moment=_first_moment(random, sale), ends_at=sale.closes_at, price=None)
    events: list[Event] = []
    for _ in range(random.randint(0, longest)):
        guess = replace(guess, moment=_next_moment(random, guess))
        event = _next_event(random, guess)
        guess = guess.after(event)
        events.append(event)
    looked_at = guess.moment + random.choice([0 * SECOND, TICK, 5 * MINUTE, timedelta(days=70)])
    return History(sale, tuple(events), looked_at)


def _random_terms(random: Random) -> SaleTerms:
    sale_round = random.choice(list(Round))
    return terms(
        round=sale_round,
        closes_at=OPENS + SIXTY_DAYS if sale_round is Round.SELL_OFF else CLOSES,
        multiples_only=random.random() < 0.7,
    )


@dataclass(frozen=True, slots=True)
class _Guess:
    """Where the generator believes the sale to be."""

    moment: datetime
    ends_at: datetime
    price: int | None
    stayed: bool = False

    def after(self, event: Event) -> _Guess:
        if isinstance(event, Suspend):
            return replace(self, stayed=True)
        if isinstance(event, Resume):
            ends_at = event.closes_at or max(self.ends_at, event.at + 5 * MINUTE)
            return replace(self, stayed=False, ends_at=ends_at)
        if isinstance(event, Bid) and not self.stayed and START <= event.amount < 2 * START:
            ends_at = max(self.ends_at, event.at + 5 * MINUTE)
            if self.ends_at - event.at > timedelta(days=2):
                ends_at = event.at + timedelta(hours=24)
            return replace(self, price=max(event.amount, self.price or 0), ends_at=ends_at)
        return self


def _first_moment(random: Random, sale: SaleTerms) -> datetime:
    near_the_end = sale.closes_at - 7 * MINUTE
    return random.choice([OPENS - timedelta(hours=1), OPENS - TICK, OPENS, near_the_end])


def _next_moment(random: Random, guess: _Guess) -> datetime:
    """Often a moment on which a rule turns: the window's beginning, the end, and a tick aside."""
    turn = random.choice([OPENS, guess.ends_at - 5 * MINUTE, guess.ends_at])
    near = turn + random.choice([-TICK, 0 * TICK, TICK, -SECOND])
    if random.random() < 0.3 and near >= guess.moment:
        return near
    return guess.moment + random.choice(
        [
            timedelta(microseconds=random.randint(0, 3)),
            timedelta(seconds=random.randint(0, 400)),
            timedelta(seconds=random.randint(0, 60)),
            timedelta(hours=random.randint(0, 12)),
        ]
    )


def _next_event(random: Random, guess: _Guess) -> Event:
    """Mostly bids; a stay is usually followed by its end, a withdrawal is rare."""
    dice = random.random()
    if dice < (0.3 if guess.stayed else 0.76):
        return Bid(guess.moment, random.choice(CODES), _random_amount(random, guess))
    if dice < (0.75 if guess.stayed else 0.78):
        return _random_resumption(random, guess)
    if dice < 0.88:
        return _random_stay(random, guess)
    if dice < 0.97:
        rank = random.choice([None, None, 1, 2, 3])
        return Admit(guess.moment, random.choice((*NEWCOMERS, "B01")), rank)
    return Withdraw(guess.moment, random.choice(list(Authority)), "settled")


def _random_amount(random: Random, guess: _Guess) -> int:
    around = START if guess.price is None else guess.price
    steps = random.choice([0, 0, 1, 1, 1, 2, 3, -1])
    off = random.choice([0, 0, 0, 0, 0, 1, -1, STEP // 2])
    return max(0, around + steps * STEP + off)


def _random_resumption(random: Random, guess: _Guess) -> Resume:
    given = max(guess.moment, OPENS) + 5 * MINUTE + random.choice([-TICK, 0 * TICK, MINUTE])
    return Resume(guess.moment, given if random.random() < 0.4 else None)


def _random_stay(random: Random, guess: _Guess) -> Suspend:
    by = random.choice(list(Authority))
    back = random.choice([-TICK, 0 * TICK, TICK, MINUTE, 10 * MINUTE, timedelta(hours=2)])
    told = random.random() < (0.6 if by is Authority.PLATFORM else 0.1)
    return Suspend(guess.moment, by, "outage", guess.moment - back if told else None)


@dataclass(frozen=True, slots=True)
class Played:
    """A history event by event: what fitted, and what was out of place."""

    course: Course
    steps: tuple[Step | None, ...]

    @property
    def fitting(self) -> tuple[Event, ...]:
        return tuple(step.event for step in self.steps if step is not None)


def played(history: History) -> Played:
    course = Course(opening_sale(history.terms), history.bidders)
    taken = (course.take(event) for event in history.events)
    return Played(course, tuple(each if isinstance(each, Step) else None for each in taken))


def as_document(history: History, events: tuple[Event, ...]) -> dict:
    """The document to replay of these events of a history."""
    sale = history.terms
    return {
        "format": "auction-replay/1",
        "rules": sale.rules.id,
        "sale": {
            "property_kind": sale.property_kind,
            "round": sale.round,
            "currency": sale.currency,
            "starting_price": sale.starting_price,
            "increment": sale.increment,
            "multiples_only": sale.multiples_only,
            "opens_at": written(sale.opens_at),
            "closes_at": written(sale.closes_at),
        },
        "bidders": [_given(bidder) for bidder in history.bidders],
        "events": [_event_object(event) for event in events],
        "as_of": written(history.looked_at),
    }


def _given(bidder: Bidder) -> dict:
    values = {
        "code": bidder.code,
        "priority_rank": bidder.priority_rank,
        "excluded": bidder.excluded,
    }
    return {key: value for key, value in values.items() if value is not None}


def _event_object(event: Event) -> dict:
    at = {"at": written(event.at)}
    match event:
        case Bid():
            return {**at, "type": "bid", "bidder": event.code, "amount": event.amount}
        case Admit():
            rank = {} if event.priority_rank is None else {"priority_rank": event.priority_rank}
            return {**at, "type": "admit", "bidder": event.code, **rank}
        case Suspend():
            since = {} if event.since is None else {"since": written(event.since)}
            return {**at, "type": "suspend", "by": event.by, "reason": event.reason, **since}
        case Resume():
            end = {} if event.closes_at is None else {"closes_at": written(event.closes_at)}
            return {**at, "type": "resume", **end}
        case Withdraw():
            return {**at, "type": "withdraw", "by": event.by, "reason": event.reason}
