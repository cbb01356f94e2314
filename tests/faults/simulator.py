"""One lot in a world where everything goes wrong, without a machine: seeded, virtual, quick.

    python -m tests.faults.simulator --seed 7 --histories 100000

Three bidders, a network that loses, doubles and delays, a journal whose clock may step, a drain
that dies before or after its commit, closers that come early, late and twice, an outage near the
end. The engine decides as it decides live; what is checked afterwards does not use it. Safety holds
while things fail; then everything heals, and what must happen at last is looked for (FAULT-F12).

A history that fails is shrunk by taking bids and faults out as long as it still fails, and told
with its seed.
"""

from __future__ import annotations

import argparse
import heapq
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import IntEnum
from random import Random
from typing import Any

from auction_engine.rulepacks import RULE_PACKS
from auction_engine.sale.bidders import Bidder
from auction_engine.sale.bidding import BidAccepted
from auction_engine.sale.closing import Status, outcome
from auction_engine.sale.course import Step, take
from auction_engine.sale.events import Authority, Bid, Resume, Suspend
from auction_engine.sale.kinds import PropertyKind, Round
from auction_engine.sale.state import Sale, opening_sale
from auction_engine.sale.stays import OutOfPlace
from auction_engine.sale.terms import SaleTerms

# Seconds of virtual time; the last five minutes are the last third.
LENGTH = 900
START, STEP = 1_000, 10
WINDOW = 300
EPOCH = datetime(2026, 1, 5, 2, tzinfo=UTC)
BIDDERS = (Bidder("B01"), Bidder("B02"), Bidder("P01", priority_rank=1))
TERMS = SaleTerms(
    rules=RULE_PACKS["cn-2016-18"],
    property_kind=PropertyKind.REAL_PROPERTY,
    round=Round.FIRST,
    currency="CNY",
    starting_price=START,
    increment=STEP,
    opens_at=EPOCH,
    closes_at=EPOCH + timedelta(seconds=LENGTH),
)
BIDS = 22
# A history has some hundred events, thousands in a long outage; one that goes on does not live.
MOST_EVENTS = 20_000


class Fault(IntEnum):
    LOSE_REQUEST = 0
    LOSE_ANSWER = 1
    DOUBLE_REQUEST = 2
    SLOW_REQUEST = 3
    DIE_BEFORE_COMMIT = 4
    DIE_AFTER_COMMIT = 5
    CLOCK_STEPS_BACK = 6
    CLOSER_IS_EARLY = 7
    CLOSER_IS_LATE = 8
    CLOSER_COMES_TWICE = 9
    OUTAGE = 10


_UNHEARD = frozenset({Fault.LOSE_ANSWER, Fault.DIE_AFTER_COMMIT})


@dataclass(frozen=True, slots=True)
class Sent:
    """A bid that somebody means to place at a virtual second; `key` makes it one bid."""

    at: float
    who: int
    steps: int
    key: int


@dataclass(frozen=True, slots=True)
class History:
    seed: int
    bids: tuple[Sent, ...]
    faults: frozenset[Fault]


class Unsafe(AssertionError):
    """Something happened that must never happen."""


def made(seed: int) -> History:
    """A history: most bids come in the last minutes, as in life, and at least one thing fails."""
    random = Random(seed)
    bids, late = [], LENGTH - random.random() * WINDOW
    for key in range(BIDS):
        if key < BIDS // 2:
            at = random.random() * LENGTH
        else:
            # Some come in time to move the end, some just miss it.
            at = late = late + random.random() ** 3 * WINDOW * 1.3
        bids.append(Sent(at, key % 3, int(random.random() * 4), key))
    bids.sort(key=lambda sent: sent.at)
    faults = frozenset(
        Fault(int(random.random() * len(Fault))) for _ in range(1 + int(random.random() * 3))
    )
    return History(seed, tuple(bids), faults)


@dataclass(slots=True)
class World:
    """Server and network. What is in `journal`, `decided` and `outcome` survives every crash."""

    history: History
    random: Random
    events: list[tuple[float, int, str, Any]] = field(default_factory=list)
    ticket: int = 0
    skew: float = 0.0
    last_stamp: float = 0.0
    journal: list[tuple[float, Sent, int]] = field(default_factory=list)
    known: dict[int, int] = field(default_factory=dict)
    decided: list[tuple[int, float, bool, str]] = field(default_factory=list)
    # The number of an arrival in `journal`, and whether it was accepted.
    answered: dict[int, bool] = field(default_factory=dict)
    acts: list[tuple[float, str, float]] = field(default_factory=list)
    sale: Sale = field(default_factory=lambda: opening_sale(TERMS))
    outcome: Any = None
    outcomes: int = 0
    answers: dict[int, bool] = field(default_factory=dict)
    is_down: bool = False
    downs: list[tuple[float, float]] = field(default_factory=list)

    def run(self) -> None:
        for sent in self.history.bids:
            self._put(sent.at, "_send", sent)
        faults = self.history.faults
        if Fault.CLOCK_STEPS_BACK in faults:
            self._put(LENGTH - self.random.random() * WINDOW, "_step", -self.random.random() * 20)
        if Fault.CLOSER_IS_EARLY in faults:
            self._put(LENGTH - 60, "_close", None)
        if Fault.OUTAGE in faults:
            down = LENGTH - self.random.random() * WINDOW
            self._put(down, "_down", None)
            self._put(down + 10 + self.random.random() * 600, "_up", down)
        late = 120 if Fault.CLOSER_IS_LATE in faults else 0
        self._put(LENGTH + 1 + late, "_close", None)
        self._follow()
        self._heal()

    def _follow(self) -> None:
        while self.events:
            if self.ticket > MOST_EVENTS:
                raise Unsafe("it never comes to rest")
            at, _ticket, kind, what = heapq.heappop(self.events)
            getattr(self, kind)(at, what)

    def _heal(self) -> None:
        """Nothing fails any more: everything that waits is done, and the end is written down."""
        now = 10_000.0
        self.skew, self.is_down = 0.0, False
        if self.sale.is_suspended:
            self._resume(now)
        self._drain(now, dies=False)
        for sent in self.history.bids:
            if sent.key not in self.answers and sent.key in self.known:
                self.answers[sent.key] = self._decision(sent.key)
        self._close(now + LENGTH * 10, None)

    def _put(self, at: float, kind: str, what: Any) -> None:
        self.ticket += 1
        heapq.heappush(self.events, (at, self.ticket, kind, what))

    # --- what happens ---------------------------------------------------------------------------

    def _send(self, at: float, sent: Sent) -> None:
        faults, chance = self.history.faults, self.random.random()
        if Fault.LOSE_REQUEST in faults and chance < 0.3:
            self._put(at + 5, "_ask", sent)
            return
        delay = 0.02 + (self.random.random() * 30 if Fault.SLOW_REQUEST in faults else 0)
        self._put(at + delay, "_arrive", sent)
        if Fault.DOUBLE_REQUEST in faults and chance > 0.6:
            self._put(at + delay + self.random.random(), "_arrive", sent)

    def _ask(self, at: float, sent: Sent) -> None:
        """Nobody answered: the same bid once more, under the same key."""
        if sent.key not in self.answers and at < LENGTH * 3:
            self._put(at, "_arrive", sent)

    def _arrive(self, at: float, sent: Sent) -> None:
        if self.is_down:
            self._put(at + 5, "_ask", sent)
            return
        if sent.key not in self.known:
            price = self.sale.price
            base = START if price is None else price
            amount = base + sent.steps * STEP
            # The database's clock, which a machine may have set back.
            stamp = at + self.skew
            self.known[sent.key] = len(self.journal)
            self.journal.append((stamp, sent, amount))
        faults = self.history.faults
        dies = Fault.DIE_BEFORE_COMMIT in faults and self.random.random() < 0.3
        self._drain(at, dies=dies)
        lost = not _UNHEARD.isdisjoint(faults) and self.random.random() < 0.4
        if dies or lost:
            self._put(at + 5, "_ask", sent)
        elif sent.key not in self.answers:
            self.answers[sent.key] = self._decision(sent.key)

    def _step(self, _at: float, by: float) -> None:
        self.skew = by

    def _down(self, _at: float, _what: None) -> None:
        self.is_down = True

    def _up(self, at: float, down: float) -> None:
        """After an outage that met the last five minutes, a stay that counts from its beginning."""
        self.is_down = False
        self.downs.append((down, at))
        if self.outcome is not None:
            return
        committed = self.sale.committed_at
        since = EPOCH + timedelta(seconds=down)
        if committed is not None and committed > since:
            since = committed
        moment = self.sale.moment_for(EPOCH + timedelta(seconds=at))
        step = take(self.sale, Suspend(moment, Authority.PLATFORM, "outage", since))
        if isinstance(step, OutOfPlace):
            return
        self.sale = step.sale
        self.acts.append((_seconds(moment), "suspend", _seconds(since)))
        self._put(at + 30, "_resume", None)

    def _resume(self, at: float, _what: None = None) -> None:
        moment = self.sale.moment_for(EPOCH + timedelta(seconds=at))
        step = take(self.sale, Resume(moment))
        if isinstance(step, Step):
            self.sale = step.sale
            self.acts.append((_seconds(moment), "resume", _seconds(step.sale.closes_at)))
            self._put(_seconds(step.sale.closes_at) + 1, "_close", None)

    def _drain(self, _at: float, *, dies: bool) -> None:
        """Everything undecided, in order of arrival, in one commit; whoever dies leaves nothing."""
        done = len(self.decided)
        if done == len(self.journal):
            return
        waiting = list(enumerate(self.journal[done:], start=done))
        if len(waiting) > 1:
            waiting.sort(key=lambda entry: (entry[1][0], entry[0]))
        sale, decided = self.sale, []
        for number, (stamp, sent, amount) in waiting:
            at = sale.moment_for(EPOCH + timedelta(seconds=stamp))
            if self.outcome is not None:
                at = max(at, sale.closes_at)
            bidder = BIDDERS[sent.who]
            step = take(sale, Bid(at, bidder.code, amount), bidder)
            assert isinstance(step, Step)
            accepted = isinstance(step.decision, BidAccepted)
            reason = "" if accepted else step.decision.reason.value  # type: ignore[union-attr]
            decided.append((number, _seconds(at), accepted, reason))
            sale = step.sale if self.outcome is None else sale
        if dies:
            return
        self.sale = sale
        self.decided.extend(decided)
        self.answered.update((number, accepted) for number, _at, accepted, _why in decided)

    def _close(self, at: float, _what: None) -> None:
        """Whoever comes writes the end down, once; early, it finds that there is nothing to do.

        It reads the same clock as the journal, a stepped one as well.
        """
        times = 2 if Fault.CLOSER_COMES_TWICE in self.history.faults else 1
        for _ in range(times):
            if self.is_down or self.outcome is not None:
                return
            self._drain(at, dies=False)
            now = EPOCH + timedelta(seconds=at + self.skew)
            ended = outcome(self.sale, now)
            if ended is None:
                if not self.sale.is_suspended:
                    end = _seconds(self.sale.closes_at)
                    self._put(max(end - self.skew, at) + 0.25, "_close", None)
                return
            self.outcome, self.outcomes = ended, self.outcomes + 1

    def _decision(self, key: int) -> bool:
        return self.answered[self.known[key]]


def _seconds(moment: datetime) -> float:
    return (moment - EPOCH).total_seconds()


# --- what must hold, said without the engine ----------------------------------------------------


def check(world: World) -> None:
    _each_key_once(world)
    _prices_rise(world)
    _answers_stand(world)
    _end_is_right(world)
    _outage_sells_nothing(world)
    _all_is_over(world)


def _each_key_once(world: World) -> None:
    keys = [sent.key for _stamp, sent, _amount in world.journal]
    if len(keys) != len(set(keys)):
        raise Unsafe("a key entered twice")
    numbers = [number for number, *_rest in world.decided]
    if len(numbers) != len(set(numbers)):
        raise Unsafe("an arrival was decided twice")


def _prices_rise(world: World) -> None:
    """Every accepted bid is a step above the one before, or equals it from a better rank."""
    leader, price, last = None, None, float("-inf")
    for number, at, accepted, _why in world.decided:
        if at < last:
            raise Unsafe("time stepped back between two decisions")
        last = at
        if not accepted:
            continue
        _stamp, sent, amount = world.journal[number]
        ranked = sent.who == 2
        if price is None:
            fits = amount >= START and (amount - START) % STEP == 0
        elif amount == price:
            fits = ranked and leader != 2
        else:
            fits = amount >= price + STEP and (amount - price) % STEP == 0
        if not fits:
            raise Unsafe(f"bid {number} of {amount} does not follow {price}")
        leader, price = sent.who, amount
    if world.sale.price != price:
        raise Unsafe("the price is not that of the last accepted bid")


def _answers_stand(world: World) -> None:
    """Whatever somebody was told is what the record says, whoever died meanwhile."""
    decisions = {number: accepted for number, _at, accepted, _why in world.decided}
    for key, told in world.answers.items():
        if decisions.get(world.known[key]) is not told:
            raise Unsafe(f"bid {key} was answered {told} and stands otherwise")


def _end_is_right(world: World) -> None:
    """No bid in time is refused as late and none that is late gets in: the end found once more by
    addition alone (RULE-G5, L5)."""
    end, stayed, last = float(LENGTH), None, float("-inf")
    acts = [*world.acts, (float("inf"), "", 0.0)]
    for number, at, accepted, why in world.decided:
        while acts[0][0] <= at:
            _at, kind, moment = acts.pop(0)
            end, stayed = (end, moment) if kind == "suspend" else (moment, None)
        # When it arrived, or when somebody before it was decided: whatever is later.
        came, last = max(world.journal[number][0], last), at
        if accepted:
            if stayed is not None or at >= end:
                raise Unsafe(f"bid {number} got in {at - end:.3f} s after the end")
            if end - at <= WINDOW:
                end = max(end, at + WINDOW)
        elif why == "closed" and stayed is None and came < end - 1e-6:
            raise Unsafe(f"bid {number} was refused as late {end - came:.3f} s before the end")


def _outage_sells_nothing(world: World) -> None:
    """The last five minutes before the end that counts were minutes in which one could bid (L2)."""
    ended = _seconds(world.sale.closes_at)
    for down, up in world.downs:
        if down < ended and up > ended - WINDOW:
            raise Unsafe(
                f"it ended at {ended:.0f}, and nobody could bid from {down:.0f} to {up:.0f}"
            )


def _all_is_over(world: World) -> None:
    if len(world.decided) != len(world.journal):
        raise Unsafe("something that arrived was never decided")
    if world.outcomes != 1:
        raise Unsafe(f"the end was written {world.outcomes} times")
    standing = world.outcome.standing
    expected = Status.UNSOLD if world.sale.leader is None else Status.SOLD
    if standing.status is not expected or standing.price != world.sale.price:
        raise Unsafe("the outcome is not how the bids stand")


def play(history: History) -> World:
    world = World(history, Random(history.seed ^ 0x5EED))
    world.run()
    check(world)
    return world


def shrink(history: History) -> History:
    """The same failure with as few bids and faults as it takes."""
    smaller = True
    while smaller:
        smaller = False
        for fewer in _fewer(history):
            if _fails(fewer):
                history, smaller = fewer, True
                break
    return history


def _fewer(history: History) -> list[History]:
    bids, faults, seed = history.bids, history.faults, history.seed
    without_bid = [History(seed, (*bids[:n], *bids[n + 1 :]), faults) for n in range(len(bids))]
    return [History(seed, bids, faults - {fault}) for fault in faults] + without_bid


def _fails(history: History) -> bool:
    try:
        play(history)
    except AssertionError:
        return True
    return False


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.simulator")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--histories", type=int, default=100_000)
    chosen = parser.parse_args(arguments)
    began = time.perf_counter()
    for seed in range(chosen.seed, chosen.seed + chosen.histories):
        history = made(seed)
        try:
            play(history)
        except AssertionError as unsafe:
            least = shrink(history)
            names = ", ".join(sorted(fault.name.lower() for fault in least.faults)) or "no fault"
            sys.stdout.write(f"seed {seed}: {unsafe}\nwith {names} and {least.bids}\n")
            return 1
    seconds = time.perf_counter() - began
    rate = chosen.histories / seconds * 60
    sys.stdout.write(f"{chosen.histories} histories held, {rate:,.0f} a minute\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
