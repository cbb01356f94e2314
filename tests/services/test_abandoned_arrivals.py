"""A bid whose sender was told "we do not know" is never entered later by itself (FAULT-F15)."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator
from datetime import timedelta

import psycopg
import pytest
from sqlalchemy import event

from app.models.journal import Entry
from app.models.sale_rows import LOCK_CLASS
from app.services.bidding.desk import Desk, Unreachable
from tests.desks import a_desk
from tests.world import NOON, World


@pytest.fixture
def impatient(clean_database: dict[str, str]) -> Iterator[Desk]:
    """A desk that waits a quarter of a second for the journal."""
    with a_desk(clean_database, seconds_to_wait=0.25) as desk:
        yield desk


def test_what_still_waits_when_its_sender_gives_up_is_dropped(
    world: World, impatient: Desk, clean_database: dict[str, str]
) -> None:
    sale_id = world.sale(world.court(rehearsal_at=NOON - timedelta(hours=1)))
    registration_id = world.bidder(sale_id, "B1")
    on_its_way, behind, again = (
        Entry(sale_id, "bid", uuid.uuid4(), registration_id=registration_id, amount=amount)
        for amount in (1, 2, 3)
    )

    with psycopg.connect(clean_database["drain"]) as other:
        # Somebody holds the sale: the journal's statement cannot end.
        other.execute("SELECT pg_advisory_xact_lock(%s, %s)", (LOCK_CLASS, sale_id))
        for entry in (on_its_way, behind):
            with pytest.raises(Unreachable):
                impatient.enter(entry)
    entered = impatient.enter(again)

    assert entered.is_new
    # The first was in the hands of the database, which may keep it; the second never left.
    amounts = world.rows("SELECT amount FROM arrivals WHERE kind = 'bid' ORDER BY id")
    assert amounts == [(1,), (3,)]


def test_a_desk_that_closes_waits_for_the_statement_that_is_on_its_way(
    world: World, clean_database: dict[str, str]
) -> None:
    """Otherwise its connection would be lost: the pool it goes back to is nobody's any more."""
    sale_id = world.sale(world.court(rehearsal_at=NOON - timedelta(hours=1)))
    registration_id = world.bidder(sale_id, "B1")
    entry = Entry(sale_id, "bid", uuid.uuid4(), registration_id=registration_id, amount=1)
    under_way = []

    with (
        psycopg.connect(clean_database["drain"]) as other,
        a_desk(clean_database, seconds_to_wait=0.05) as desk,
    ):
        event.listen(desk._journal, "checkout", lambda *_: under_way.append("out"))
        event.listen(desk._journal, "checkin", lambda *_: under_way.append("in"))
        other.execute("SELECT pg_advisory_xact_lock(%s, %s)", (LOCK_CLASS, sale_id))
        with pytest.raises(Unreachable):
            desk.enter(entry)
        threading.Timer(0.6, other.rollback).start()

    assert under_way == ["out", "in"]
