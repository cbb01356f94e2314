"""Who is let in when it is full, and what is made up when the channel lost something."""

from __future__ import annotations

import json
import time
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from app.gateways.live_pass import holder_of, new_pass
from app.web.live import hall as hall_module
from app.web.live.door import Door
from app.web.live.hall import Hall
from app.web.live.roll import bidders_here
from app.web.live.seats import SOCKETS_OF_A_BIDDER
from tests.web.test_gates_live import Page, hall, public_id
from tests.world import NOON, World

__all__ = ["hall"]

KEY = "key-of-the-passes-in-these-tests"
COMING_IN = {"PATH_INFO": "/socket.io/", "QUERY_STRING": "EIO=4&transport=websocket"}


@pytest.fixture
def test_settings(test_settings: dict[str, Any]) -> dict[str, Any]:
    return test_settings | {"LIVE_PASS_KEY": KEY, "VIEWERS_PER_PROCESS": 1}


def comes_in(hall: Hall, sale: str, written: str | None = None) -> str:
    page = Page(hall)
    page.send("40" + json.dumps({"sale": sale, "pass": written}))
    return page.read()


def test_a_full_house_turns_viewers_away_and_tells_them_to_poll(hall: Hall, world: World) -> None:
    sale = public_id(world, world.sale(world.court()))
    comes_in(hall, sale)

    answer = comes_in(hall, sale)

    assert answer.startswith("44")
    assert '"full"' in answer
    assert '"poll_every_s":3' in answer
    assert hall.house.viewers == 1


def test_one_socket_cannot_fill_the_house(hall: Hall, world: World) -> None:
    hall.house.most_viewers = 100
    sale = public_id(world, world.sale(world.court()))
    page = Page(hall)

    answers = [page.watch(sale) for _ in range(5)]

    assert [answer[:2] for answer in answers] == ["40"] + ["44"] * 4
    assert hall.house.viewers == 1
    page.send("1")
    assert hall.house.viewers == 0
    assert hall.house.audiences == {}


def test_a_full_house_has_room_for_a_bidder(hall: Hall, world: World) -> None:
    sale = public_id(world, world.sale(world.court()))
    comes_in(hall, sale)

    answer = comes_in(hall, sale, new_pass(KEY, sale, 7, time.time()))

    assert answer.startswith("40")
    assert len(hall.house.audiences[sale].bidders) == 1


def test_a_pass_fills_no_more_than_its_share(hall: Hall, world: World) -> None:
    sale = public_id(world, world.sale(world.court()))
    written = new_pass(KEY, sale, 7, time.time())

    answers = [comes_in(hall, sale, written) for _ in range(SOCKETS_OF_A_BIDDER + 1)]

    assert [answer[:2] for answer in answers] == ["40"] * SOCKETS_OF_A_BIDDER + ["44"]


def test_leaving_does_not_look_through_everybody_who_stays(hall: Hall, world: World) -> None:
    """FAULT-F41"""
    sale = public_id(world, world.sale(world.court()))
    page = Page(hall)
    page.watch(sale)
    rooms = hall.sockets.server.manager.rooms

    class Watched(dict):  # type: ignore[type-arg]
        def copy(self) -> Any:
            raise AssertionError("all rooms were looked through")

    rooms["/"] = Watched(rooms["/"])
    page.send("1")

    assert "/" not in rooms
    assert hall.house.audiences == {}


def test_a_place_that_is_left_is_free_again(hall: Hall, world: World) -> None:
    sale = public_id(world, world.sale(world.court()))
    page = Page(hall)
    page.watch(sale)

    page.send("1")

    assert comes_in(hall, sale).startswith("40")


@pytest.mark.parametrize(
    "written",
    [
        None,
        "",
        7,
        "x" * 500,
        "a.b.c",
        new_pass(KEY, "othersale0", 7, time.time()),
        new_pass("another key", "thissale00", 7, time.time()),
        new_pass(KEY, "thissale00", 7, time.time() - 86_400),
        new_pass(KEY, "thissale00", 7, time.time()).replace(".", ".9", 1),
    ],
    ids=["none", "empty", "a number", "long", "no pass", "other sale", "other key", "old", "later"],
)
def test_whoever_has_no_pass_for_this_sale_is_a_viewer(written: Any) -> None:
    assert holder_of(KEY, "thissale00", written, time.time()) is None


def test_a_pass_is_the_same_for_all_tabs_of_a_bidder_and_names_nobody() -> None:
    now = time.time()
    one, again = (holder_of(KEY, "s", new_pass(KEY, "s", 7, now), now) for _ in range(2))
    other = holder_of(KEY, "s", new_pass(KEY, "s", 8, now), now)

    assert one == again
    assert one != other
    assert one != "7"


def test_without_a_key_there_are_no_bidders() -> None:
    assert holder_of("", "s", new_pass("", "s", 7, time.time()), time.time()) is None


def test_a_crowd_that_comes_back_asks_the_database_once(
    hall: Hall, world: World, monkeypatch: Any
) -> None:
    sale = public_id(world, world.sale(world.court()))
    asked: list[str] = []
    real = hall_module.is_public
    monkeypatch.setattr(hall_module, "is_public", lambda one: asked.append(one) or real(one))

    for _ in range(5):
        comes_in(hall, sale)

    assert asked == [sale]


def test_a_database_that_does_not_answer_is_no_reason_to_hang(
    hall: Hall, world: World, monkeypatch: Any
) -> None:
    def dead(_sale: str) -> bool:
        raise OperationalError("", {}, Exception())

    monkeypatch.setattr(hall_module, "is_public", dead)

    assert '"try_again"' in comes_in(hall, "anything00")


def test_an_announcement_that_was_lost_is_made_up_at_the_beat(
    hall: Hall, world: World, app: Any
) -> None:
    """FAULT-F14: once by the server, not by every page."""
    from app.services.bidding.place import Offer, place_bid
    from app.web.desk import desk

    court = world.court(rehearsal_at=NOON - timedelta(hours=1))
    sale_id = world.sale(court, starting_price=100, increment=10)
    bidder, sale = world.bidder(sale_id, "B01"), public_id(world, sale_id)
    page = Page(hall)
    page.watch(sale)
    with hall._app.app_context():
        hall._beat_once(lambda _seconds: None)
    for amount in (100, 110):
        place_bid(desk(), Offer(sale_id, bidder, amount, None, uuid.uuid4()))

    with hall._app.app_context():
        hall._beat_once(lambda _seconds: None)
    hall.show_what_is_pending()

    heard = page.read()
    assert heard.index('"amount_minor":110') < heard.rindex('42["beat"')
    assert '"amount_minor":100' in heard
    assert hall.house.audiences[sale].told == 2


def test_a_beat_that_was_overtaken_while_it_waited_is_not_told(
    hall: Hall, world: World, app: Any
) -> None:
    """It is read half a second before it is told; a bid may be told of meanwhile (O5)."""
    court = world.court(rehearsal_at=NOON - timedelta(hours=1))
    sale = public_id(world, world.sale(court))
    page = Page(hall)
    page.watch(sale)
    update = {"sale": sale, "seq": 1, "bids": [], "status": "open"}

    with hall._app.app_context():
        hall._beat_once(lambda _seconds: hall.tell("sale", update))
    hall.show_what_is_pending()

    assert '42["beat"' not in page.read()


def test_a_beat_of_a_sealed_sale_does_not_count_its_bids(hall: Hall, world: World) -> None:
    sale = public_id(world, world.sale(world.court()))
    world.rows("UPDATE sale_states SET is_sealed = true, accepted = 3 RETURNING sale_id")
    page = Page(hall)
    page.watch(sale)

    with hall._app.app_context():
        hall._beat_once(lambda _seconds: None)

    assert hall.house.audiences[sale].told == 0


def test_a_socket_that_never_says_what_it_watches_is_let_go(hall: Hall, monkeypatch: Any) -> None:
    Page(hall)
    assert hall.house.waiting_too_long() == []

    later = time.monotonic() + 60
    monkeypatch.setattr(time, "monotonic", lambda: later)
    hall._clear_the_door()

    assert hall.house.at_the_door == {}
    assert all(socket.closed for socket in hall.sockets.server.eio.sockets.values())


def test_sockets_are_asked_in_turn_whether_they_are_there(hall: Hall) -> None:
    pages = [Page(hall) for _ in range(3)]
    moments = sorted(at for at, _sid in hall.pulse.due)
    assert moments[0] < moments[-1], "a crowd that came together is not asked together"

    hall.pulse.ask_whoever_is_due(moments[0])

    asked = [page for page in pages if hall.sockets.server.eio.sockets[page.sid].last_ping]
    assert len(asked) == 1
    assert asked[0].read() == "2"
    assert asked[0].send("3") == 200
    assert hall.sockets.server.eio.sockets[asked[0].sid].last_ping is None
    assert len(hall.pulse.due) == 3


def test_newcomers_get_plain_words_when_not_even_a_handshake_is_left() -> None:
    said: list[Any] = []
    door = Door(lambda *_: [b"in"], lambda: True)
    socket_io = COMING_IN

    words = b"".join(door(socket_io, lambda *answer: said.append(answer)))

    assert said[0][0].startswith("503")
    assert dict(said[0][1])["Retry-After"] == "3"
    assert b"snapshot.json" in words
    assert door({"PATH_INFO": "/healthz"}, lambda *_: None) == [b"in"]
    assert door({**socket_io, "QUERY_STRING": "sid=known"}, lambda *_: None) == [b"in"]


def test_a_bidder_who_can_hear_us_counts_once_and_whoever_does_not_answer_does_not(
    hall: Hall, world: World
) -> None:
    """FAULT-F41"""
    sale = public_id(world, world.sale(world.court()))
    for bidder in (7, 7, 8):
        comes_in(hall, sale, new_pass(KEY, sale, bidder, time.time()))
    sockets, now = hall.sockets.server.eio.sockets, time.time()

    before = bidders_here(hall.house, sockets, now)
    # Asked ten seconds ago, and silent.
    for socket_id, ticket in hall.house.tickets.items():
        if ticket.holder == holder_of(KEY, sale, new_pass(KEY, sale, 8, now), now):
            sockets[socket_id].last_ping = now - 10

    assert before == {sale: 2}
    assert bidders_here(hall.house, sockets, now) == {sale: 1}


def test_who_is_here_is_written_down_near_the_end(hall: Hall, world: World) -> None:
    """FAULT-F41"""
    now = datetime.now(UTC)
    court = world.court(rehearsal_at=None)
    sale_id = world.sale(
        court, opens_at=now - timedelta(days=2), closes_at=now + timedelta(minutes=5)
    )
    sale = public_id(world, sale_id)
    comes_in(hall, sale, new_pass(KEY, sale, 7, time.time()))

    hall.call_the_roll()

    assert world.rows("SELECT sale_id, bidders FROM attendance") == [(sale_id, 1)]
