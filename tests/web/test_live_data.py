"""What a page asks while it watches."""

from __future__ import annotations

import uuid
from datetime import timedelta

from flask import Flask

from app.services.bidding.place import Accepted, Offer, place_bid
from app.web.desk import desk
from tests.world import NOON, World


def test_the_snapshot_brings_the_bids_behind_the_last_seen(app: Flask, world: World) -> None:
    """RULE-A2, E13"""
    court = world.court(rehearsal_at=NOON - timedelta(hours=1))
    sale_id = world.sale(court, starting_price=100, increment=10)
    bidder = world.bidder(sale_id, "B01")
    for amount in (100, 110, 120):
        assert isinstance(
            place_bid(desk(), Offer(sale_id, bidder, amount, None, uuid.uuid4())), Accepted
        )
    public_id = world.rows("SELECT public_id FROM sales")[0][0]

    answer = app.test_client().get(f"/sales/{public_id}/snapshot.json?after=2").get_json()

    assert answer["seq"] == 3
    assert [bid["amount_minor"] for bid in answer["bids"]] == [120]
    assert (answer["leader"], answer["price_minor"], answer["status"]) == ("B01", 120, "open")
    assert answer["rate"] == 0, "the rehearsal clock is held"


def test_the_evidence_can_be_taken_home_and_checked(app: Flask, world: World) -> None:
    """RULE-A2, A3"""
    from auction_engine.evidence.verify import verify

    court = world.court(rehearsal_at=NOON - timedelta(hours=1))
    sale_id = world.sale(court, starting_price=100, increment=10)
    bidder = world.bidder(sale_id, "B01")
    place_bid(desk(), Offer(sale_id, bidder, 100, None, uuid.uuid4()))
    public_id = world.rows("SELECT public_id FROM sales")[0][0]

    taken = app.test_client().get(f"/sales/{public_id}/transcript.jsonl").data

    assert verify(taken, partial=True).holds


def test_a_sale_that_does_not_exist_is_not_found(app: Flask) -> None:
    client = app.test_client()

    assert client.get("/sales/nothing000/snapshot.json").status_code == 404
    assert client.get("/sales/nothing000/transcript.jsonl").status_code == 404
