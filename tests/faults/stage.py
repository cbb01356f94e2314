"""One sale of an experiment: bidders at the door, an observer outside, and the judgment after."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg

from tests.faults import oracles
from tests.faults.aftermath import books, final_of
from tests.faults.bidders import Bidder, Crowd, signed_in
from tests.faults.histories import History, Kind, Seen
from tests.faults.observer import Observer
from tests.faults.oracles import Final, Healed
from tests.faults.rig import Rig, wait_until

START, STEP = 1_000, 10
CANARY = "Canary-Ouyang"


@dataclass(slots=True)
class Stage:
    """A published sale by real time (or of a rehearsal court), open since an hour."""

    rig: Rig
    court_id: int
    sale_id: int
    public_id: str
    seed: int
    history: History
    bidders: list[Bidder]
    observer: Observer
    last: Seen | None = None
    healed: Healed | None = None
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def ports(self) -> tuple[int, ...]:
        return doors(self.rig)

    def crowd(self, **options: Any) -> Crowd:
        ports = options.pop("ports", self.ports)
        [(price,)] = self.rig.sql("SELECT price FROM sale_states WHERE sale_id = %s", self.sale_id)
        start = START if price is None else price + STEP
        return Crowd(self.bidders, ports, start, STEP, seed=self.seed, **options).begin()

    def break_(self, what: str) -> None:
        self.history.note(time.time(), what)

    def sample_books(self) -> None:
        self.history.books.append(books(self.rig))

    # --- the end --------------------------------------------------------------------------------

    def bring_the_end(self, seconds: float = 0.0) -> None:
        """A rehearsal court's clock goes to the end; in a real court it is waited for."""
        [(is_rehearsal,)] = self.rig.sql(
            "SELECT is_rehearsal FROM courts WHERE id = %s", self.court_id
        )
        if is_rehearsal:
            wanted = self.ends_at() - timedelta(seconds=seconds)
            [(now,)] = self.rig.sql("SELECT legal_time(%s, clock_timestamp())", self.court_id)
            # Where no bid moved the end it may have passed by itself; no clock goes back.
            if wanted > now + timedelta(seconds=0.1):
                self.rig.world.hold_clock(self.court_id, wanted, rate=1)

    def ends_at(self) -> datetime:
        [(end,)] = self.rig.sql(
            "SELECT closes_at FROM sale_states WHERE sale_id = %s", self.sale_id
        )
        return end

    def status(self) -> str:
        [(status,)] = self.rig.sql(
            "SELECT status FROM sale_states WHERE sale_id = %s", self.sale_id
        )
        return status

    def wait_for_status(self, *wanted: str, seconds: float = 20) -> float | None:
        try:
            return wait_until(lambda: self.status() in wanted, "", seconds)
        except AssertionError:
            return None

    def healed_bid(self, seconds: float = 30) -> float | None:
        """How long until a new bid is accepted, once nothing fails any more."""
        began = time.monotonic()
        while time.monotonic() - began < seconds:
            # The database itself may still be on its way up.
            with suppress(psycopg.OperationalError):
                [(price,)] = self.rig.sql(
                    "SELECT price FROM sale_states WHERE sale_id = %s", self.sale_id
                )
                amount = START if price is None else price + STEP
                if self.bidders[0].ask_until_known(amount, ports=self.ports).kind is Kind.OK:
                    return time.monotonic() - began
            time.sleep(0.1)
        return None

    # --- the judgment ---------------------------------------------------------------------------

    def finish(self) -> Final:
        final = final_of(self.rig, self.sale_id)
        self.last = self.observer.stop()
        # What is in the log may be on the page up to five seconds later (INV-A22).
        deadline = time.monotonic() + 5
        while (self.last is None or self.last.seq < final.accepted) and (
            time.monotonic() < deadline
        ):
            time.sleep(0.1)
            self.last = self.observer.look(self.ports[0])
        self.observer.keep_checkpoint(self.ports[0])
        return final_of(self.rig, self.sale_id)

    def judge(self, final: Final, *, by_real_time: bool = True) -> list[str]:
        """Everything that the oracles say, each with its number."""
        history = self.history
        found = {
            "O1": oracles.replayed(final),
            "O2": oracles.answers_stand(history, final),
            "O3": oracles.chained(history.checkpoints, final.transcript),
            "O4": oracles.balanced([*history.books, final.books or {}]),
            "O5": oracles.one_way(history.seen, final),
            "O6": oracles.shown(self.last, history.seen, final),
            "O8": oracles.secret(self._captures(), (CANARY,)),
            "F08": oracles.the_second_clock_agrees(final),
        }
        if by_real_time:
            found["O2"] += oracles.the_end_is_the_end(history, final)
        if self.healed is not None:
            found["O7"] = oracles.alive(self.healed, final)
        elif final.undecided:
            found["O7"] = [f"{final.undecided} arrivals wait for a decision"]
        unresolved = history.unresolved()
        if unresolved:
            found["O2"].append(f"{len(unresolved)} bids were never resolved by asking again")
        return [f"{oracle}: {sentence}" for oracle, wrong in found.items() for sentence in wrong]

    def _captures(self) -> dict[str, bytes]:
        logs = {}
        for name, program in self.rig.programs.items():
            if program.log is not None:
                with suppress(OSError):
                    logs[f"log of {name}"] = program.log.read_bytes()
        return {**self.observer.captures, **logs}


def a_stage(
    rig: Rig,
    seed: int,
    *,
    bidders: int = 4,
    ends_in: float | None = None,
    ranks: Sequence[int | None] = (),
    legal_at: datetime | None = None,
    rate: float = 1.0,
    watched: bool = True,
    zone: str = "Asia/Shanghai",
    closes_at: datetime | None = None,
) -> Stage:
    """A sale that ends in `ends_in` real seconds, or in a court whose clock may be set."""
    world, now = rig.world, datetime.now(UTC)
    # What happened to the rig before this sale was made is none of its business.
    rig.run_sql("DELETE FROM beats")
    rehearsal_at = None
    if ends_in is None:
        rehearsal_at = legal_at or now
        closes_at = closes_at or now + timedelta(hours=2)
    else:
        closes_at = now + timedelta(seconds=ends_in)
    court = world.court(rehearsal_at=rehearsal_at, rate=rate, timezone=zone)
    sale = world.sale(
        court,
        opens_at=min(now, closes_at) - timedelta(hours=24),
        closes_at=closes_at,
        starting_price=START,
        increment=STEP,
        deposit=500,
        multiples_only=False,
    )
    [(public_id,)] = rig.sql("SELECT public_id FROM sales WHERE id = %s", sale)
    history, ports = History(), doors(rig)
    people = []
    for number in range(bidders):
        rank = ranks[number] if number < len(ranks) else None
        bidder = one_bidder(rig, sale, f"B{number + 1:02d}", history, rank=rank)
        bidder.port = ports[number % len(ports)]
        people.append(bidder)
    observer = Observer("observer", public_id, ports, history)
    if watched:
        observer.begin()
    return Stage(rig, court, sale, public_id, seed, history, people, observer)


def a_stage_that_ends_soon(rig: Rig, seed: int, seconds: float, **named: Any) -> Stage:
    """So many seconds before its end, however long a busy machine took to set it up."""
    longer = 2.0
    while True:
        stage = a_stage(rig, seed, ends_in=seconds + longer, **named)
        left = stage.ends_at().timestamp() - time.time()
        if left >= seconds:
            time.sleep(left - seconds)
            return stage
        stage.observer.stop()
        longer *= 2


def one_bidder(
    rig: Rig, sale_id: int, code: str, history: History, *, rank: int | None = None
) -> Bidder:
    """Somebody with a deposit and a browser that is signed in; named so that a leak would show."""
    email = f"{CANARY}-{sale_id}-{code}@bidders.example"
    person = rig.world.person(name=f"{CANARY} {code}", email=email)
    rig.world.bidder(sale_id, code, rank=rank, deposit=500, person_id=person)
    [(public_id,)] = rig.sql("SELECT public_id FROM sales WHERE id = %s", sale_id)
    cookie, token = signed_in(rig, person)
    return Bidder(code, public_id, cookie, token, doors(rig)[0], history)


def doors(rig: Rig) -> tuple[int, ...]:
    return tuple(one.door for one in rig.programs.values() if one.kind == "web" and one.door)
