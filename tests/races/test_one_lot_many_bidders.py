"""Twenty threads bid on one lot against PostgreSQL; what comes out is one history."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from app.services.bidding.desk import Desk
from app.services.bidding.place import Accepted, Offer, Refused, place_bid
from auction_engine.evidence.verify import verify
from tests.desks import a_desk
from tests.world import NOON, World

BIDDERS = 20
BIDS_EACH = 12


@pytest.fixture
def desks(clean_database: dict[str, str]) -> Iterator[list[Desk]]:
    """Two web processes' desks, each with connections of its own."""
    with a_desk(clean_database) as one, a_desk(clean_database) as other:
        yield [one, other]


def test_twenty_threads_make_one_history(world: World, desks: list[Desk]) -> None:
    sale_id = _running_sale(world)
    registrations = [world.bidder(sale_id, f"B{n:02d}") for n in range(BIDDERS)]

    answers = _bid_all_at_once(desks, sale_id, registrations)

    accepted = [answer for answer in answers if isinstance(answer, Accepted)]
    assert len(answers) == BIDDERS * BIDS_EACH
    assert all(isinstance(answer, Accepted | Refused) for answer in answers)
    assert sorted(answer.seq for answer in accepted) == list(range(1, len(accepted) + 1))
    bids = world.rows("SELECT amount FROM bids WHERE sale_id = %s ORDER BY seq", sale_id)
    amounts = [amount for (amount,) in bids]
    assert amounts == sorted(set(amounts)), "prices rise strictly"
    arrived = world.rows(
        "SELECT arrived_at, arrivals.id FROM bids JOIN arrivals ON arrivals.id = arrival_id"
        " WHERE bids.sale_id = %s ORDER BY seq",
        sale_id,
    )
    assert arrived == sorted(arrived), "seq and arrival rise together (INV-A4)"
    _assert_journal_equals_replay(world, sale_id)


def test_the_same_key_from_two_processes_is_one_bid(world: World, desks: list[Desk]) -> None:
    sale_id = _running_sale(world)
    registration = world.bidder(sale_id, "B01")
    offer = Offer(sale_id, registration, 70_000_000, None, uuid.uuid4())

    answers = _together([lambda desk=desk: place_bid(desk, offer) for desk in desks * 8])

    assert len(set(answers)) == 1, "every asker gets the same answer"
    assert world.rows("SELECT count(*) FROM bids WHERE sale_id = %s", sale_id) == [(1,)]


def _running_sale(world: World) -> int:
    # The clock runs with real time: stamps differ, as in life.
    court = world.court(rehearsal_at=NOON - timedelta(hours=1), rate=1)
    return world.sale(court, starting_price=1_000, increment=10)


def _bid_all_at_once(desks: list[Desk], sale_id: int, registrations: list[int]) -> list[Any]:
    def bid(number: int, registration: int) -> list[Any]:
        desk = desks[number % len(desks)]
        return [
            place_bid(
                desk,
                # Stale and fresh prices mixed, as people send them.
                Offer(
                    sale_id, registration, 1_000 + 10 * (turn * 7 + number % 5), None, uuid.uuid4()
                ),
            )
            for turn in range(BIDS_EACH)
        ]

    many = _together([lambda n=n, r=r: bid(n, r) for n, r in enumerate(registrations)])
    return [answer for answers in many for answer in answers]


def _together(acts: list[Any]) -> list[Any]:
    results: list[Any] = [None] * len(acts)
    start = threading.Barrier(len(acts))

    def run(place: int) -> None:
        start.wait()
        results[place] = acts[place]()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results


def _assert_journal_equals_replay(world: World, sale_id: int) -> None:
    lines = world.rows("SELECT line FROM transcript_lines WHERE sale_id = %s ORDER BY n", sale_id)
    state = world.rows(
        "SELECT accepted, refused, price, leader_code, head FROM sale_states WHERE sale_id = %s",
        sale_id,
    )[0]
    undecided = world.rows("SELECT count(*) FROM undecided")
    transcript = "".join(f"{line}\n" for (line,) in lines).encode()

    result = verify(transcript, partial=True)

    assert undecided == [(0,)]
    assert (result.chain, result.replay, result.message) == ("ok", "ok", None)
    assert (result.head, result.lines) == (state[4], len(lines))
    assert state[0] + state[1] == BIDDERS * BIDS_EACH
