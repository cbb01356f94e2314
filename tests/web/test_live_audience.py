"""Bidders hear first and everything; viewers hear what came together. The log is never thinned."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import orjson

from app.gateways.announcer import merged
from app.web.live.audience import MOST_BIDS_AT_ONCE, Audience
from app.web.live.frames import Packet


@dataclass
class Listener:
    heard: list[dict[str, Any]] = field(default_factory=list)
    events: list[str] = field(default_factory=list)

    def deliver(self, packet: Packet) -> None:
        event, message = orjson.loads(packet.text[2:])
        self.events.append(event)
        self.heard.append(message)


def update(seq: int, *, bids: int = 1, price: int | None = None) -> dict[str, Any]:
    told = [{"seq": number} for number in range(seq - bids + 1, seq + 1)]
    return {"sale": "s", "seq": seq, "bids": told, "price_minor": price or seq * 100}


def beat(seq: int) -> dict[str, Any]:
    return {"sale": "s", "seq": seq}


def shown(audience: Audience) -> list[str]:
    packets = audience.take_pending()
    for packet in packets:
        for seat in audience.viewers.values():
            seat.deliver(packet)
    return [packet.text for packet in packets]


def test_bidders_hear_at_once_and_viewers_when_it_is_their_turn() -> None:
    bidder, viewer = Listener(), Listener()
    audience = Audience({"b": bidder}, {"v": viewer})

    audience.tell("sale", update(1))
    heard_before = len(viewer.heard)
    shown(audience)

    assert (len(bidder.heard), heard_before, len(viewer.heard)) == (1, 0, 1)


def test_what_viewers_missed_meanwhile_comes_as_one_message_with_every_bid() -> None:
    bidder, viewer = Listener(), Listener()
    audience = Audience({"b": bidder}, {"v": viewer})

    for seq in (1, 2, 3):
        audience.tell("sale", update(seq))
    shown(audience)

    assert [message["seq"] for message in bidder.heard] == [1, 2, 3]
    assert [message["seq"] for message in viewer.heard] == [3]
    assert [bid["seq"] for bid in viewer.heard[0]["bids"]] == [1, 2, 3]


def test_everybody_gets_the_same_bytes_when_nothing_was_merged() -> None:
    packets: list[Packet] = []

    @dataclass
    class Keeps:
        def deliver(self, packet: Packet) -> None:
            packets.append(packet)

    audience = Audience({"b": Keeps()}, {"v": Keeps()})
    audience.tell("sale", update(1))
    packets.extend(audience.take_pending())

    assert packets[0] is packets[1]


def test_a_beat_comes_behind_the_update_that_it_knows_of() -> None:
    viewer = Listener()
    audience = Audience({}, {"v": viewer})

    audience.tell("beat", beat(2))
    audience.tell("sale", update(2))
    shown(audience)

    assert viewer.events == ["sale", "beat"]


def test_a_beat_that_an_update_has_overtaken_is_not_told() -> None:
    """Number, price and end only ever go forward (O5); that we are there, the update says."""
    viewer = Listener()
    audience = Audience({}, {"v": viewer})

    audience.tell("beat", beat(2))
    audience.tell("sale", update(3))
    shown(audience)

    assert viewer.events == ["sale"]


def test_an_announcement_that_was_overtaken_is_no_step_back() -> None:
    """What was made up for at a beat may still come, late (FAULT-F13, O5)."""
    bidder, viewer = Listener(), Listener()
    audience = Audience({"b": bidder}, {"v": viewer})

    for seq in (10, 3):
        audience.tell("sale", update(seq))
        shown(audience)

    assert [message["seq"] for message in bidder.heard] == [10]
    assert [message["seq"] for message in viewer.heard] == [10]


def test_too_many_bids_for_one_message_leave_a_gap_that_seq_shows() -> None:
    viewer = Listener()
    audience = Audience({}, {"v": viewer})

    audience.tell("sale", update(1))
    audience.tell("sale", update(MOST_BIDS_AT_ONCE + 2, bids=MOST_BIDS_AT_ONCE + 1))
    shown(audience)

    assert viewer.heard[0]["bids"] == []
    assert viewer.heard[0]["seq"] == MOST_BIDS_AT_ONCE + 2


def test_an_older_message_that_comes_later_does_not_take_the_price_back() -> None:
    """Several processes decide for one sale, and their announcements overtake each other."""
    newer, older = update(5, price=500), update(4, bids=2, price=400)

    both = merged(newer, older)

    assert (both["seq"], both["price_minor"]) == (5, 500)
    assert [bid["seq"] for bid in both["bids"]] == [3, 4, 5]


def test_nothing_is_kept_for_viewers_where_there_are_none() -> None:
    audience = Audience({"b": Listener()}, {})

    audience.tell("sale", update(1))

    assert audience.take_pending() == []
