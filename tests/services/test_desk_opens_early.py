"""Whoever bids first in a process waits for nothing that could be done before."""

from __future__ import annotations

import uuid
from datetime import timedelta

from app.models.journal import Entry
from tests.desks import a_desk
from tests.world import NOON, World


def test_a_desk_that_was_opened_early_has_its_connections_and_has_entered_nothing(
    world: World, clean_database: dict[str, str]
) -> None:
    with a_desk(clean_database) as desk:
        desk.warm_up()

        kept = (desk._journal.pool.checkedin(), desk._decider.pool.checkedin())  # type: ignore[attr-defined]

    assert kept == (1, 1)
    assert world.rows("SELECT count(*) FROM arrivals") == [(0,)]


def test_a_desk_that_was_opened_early_takes_and_decides_bids(
    world: World, clean_database: dict[str, str]
) -> None:
    sale_id = world.sale(world.court(rehearsal_at=NOON - timedelta(hours=1)))
    registration_id = world.bidder(sale_id, "B1")
    entry = Entry(sale_id, "bid", uuid.uuid4(), registration_id=registration_id, amount=1)
    with a_desk(clean_database) as desk:
        desk.warm_up()

        entered = desk.enter(entry)
        decision = desk.decision(sale_id, entered.arrival_id)

    assert entered.is_new
    assert decision.arrival_id == entered.arrival_id
