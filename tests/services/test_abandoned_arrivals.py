"""A bid whose sender was told "we do not know" is never entered later by itself (FAULT-F15)."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import timedelta

import psycopg
import pytest
from sqlalchemy import create_engine

from app.db import engine_options
from app.models.journal import Entry
from app.models.sale_rows import LOCK_CLASS
from app.services.bidding.desk import Desk, Unreachable
from tests.world import NOON, World


@pytest.fixture
def impatient(clean_database: dict[str, str]) -> Iterator[Desk]:
    """A desk that waits a quarter of a second for the journal."""
    engines = [create_engine(clean_database["drain"], **engine_options("drain")) for _ in range(2)]
    desk = Desk(*engines, announce=lambda _message: None, seconds_to_wait=0.25)
    yield desk
    desk.close()


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
