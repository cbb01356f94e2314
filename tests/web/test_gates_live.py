"""Sockets: who may open one, which room they get, and what their own noise costs (SEC-S3 to S6).

Spoken over the protocol itself, so that no test client is in the way of the checks.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.db import close_engines
from app.web import live
from app.web.live import BURST, Hall

OURS = "http://127.0.0.1:8000"


@pytest.fixture
def hall(
    clean_database: dict[str, str], test_settings: dict[str, Any], monkeypatch: Any
) -> Iterator[Hall]:
    from app import create_app

    app = create_app("public", test_settings | {"SOCKET_ASYNC_MODE": "threading"})
    yield Hall(app)
    with app.app_context():
        close_engines(app.extensions)


class Page:
    """A page that watches, without a browser: long polling, packet by packet."""

    def __init__(self, hall: Hall, **headers: str) -> None:
        self.hall = hall
        self.headers = {"Origin": OURS} | {name.title(): value for name, value in headers.items()}
        self.headers = {name: value for name, value in self.headers.items() if value}
        self.client = hall._app.test_client()
        self.handshake = self._get()
        self.sid = ""
        if self.handshake.status_code == 200:
            self.sid = json.loads(self.handshake.text[1:])["sid"]

    def _get(self, **query: str) -> Any:
        return self.client.get(
            "/socket.io/",
            query_string={"EIO": "4", "transport": "polling"} | query,
            headers=self.headers,
        )

    def send(self, *packets: str) -> int:
        answer = self.client.post(
            "/socket.io/",
            query_string={"EIO": "4", "transport": "polling", "sid": self.sid},
            data="\x1e".join(packets),
            content_type="text/plain",
            headers=self.headers,
        )
        return int(answer.status_code)

    def read(self) -> str:
        return str(self._get(sid=self.sid).text)

    def watch(self, sale: Any) -> str:
        self.send("40" + json.dumps({"sale": sale}))
        return self.read()


def public_id(world: Any, sale: int) -> str:
    return str(world.rows("SELECT public_id FROM sales WHERE id = %s", sale)[0][0])


def rooms(hall: Hall) -> set[str]:
    return set(hall.house.audiences)


def test_a_page_of_ours_watches_the_sale_it_names(hall: Hall, world: Any) -> None:
    sale = public_id(world, world.sale(world.court()))

    answer = Page(hall).watch(sale)

    assert answer.startswith("40")
    assert rooms(hall) == {sale}


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:8000.evil"])
def test_a_page_from_elsewhere_is_turned_away(hall: Hall, origin: str) -> None:
    assert Page(hall, origin=origin).handshake.status_code == 400


def test_without_an_origin_nobody_watches(hall: Hall, world: Any) -> None:
    sale = public_id(world, world.sale(world.court()))

    answer = Page(hall, origin="").watch(sale)

    assert answer.startswith("44")
    assert "origin_missing" in answer
    assert rooms(hall) == set()


def test_a_forged_host_with_its_own_origin_is_turned_away(hall: Hall) -> None:
    page = Page(hall, origin="http://evil.example", host="evil.example")

    assert page.handshake.status_code == 400


@pytest.mark.parametrize("wanted", ["court-7-private", "", None, 7, ["x"], "0000000000"])
def test_a_room_is_a_public_sale_or_nothing(hall: Hall, world: Any, wanted: Any) -> None:
    world.sale(world.court())

    answer = Page(hall).watch(wanted)

    assert "no_such_sale" in answer
    assert rooms(hall) == set()


def test_a_socket_cannot_ask_for_another_room(hall: Hall, world: Any) -> None:
    court = world.court()
    mine, other = (public_id(world, world.sale(court)) for _ in range(2))
    page = Page(hall)
    page.watch(mine)

    page.send(*(f'42["{event}","{other}"]' for event in ("join", "watch", "subscribe", "sale")))

    assert rooms(hall) == {mine}


def test_a_flood_ends_its_own_socket_and_nobody_elses(hall: Hall, world: Any) -> None:
    sale = public_id(world, world.sale(world.court()))
    noisy, quiet = Page(hall), Page(hall)
    noisy.watch(sale)
    quiet.watch(sale)

    statuses = [noisy.send(*["42[" + '"x"' + "]"] * 15) for _ in range(1 + BURST // 15)]
    statuses.append(noisy.send('42["x"]'))
    hall.tell("beat", {"sale": sale, "seq": 0})
    hall.show_what_is_pending()

    assert statuses[0] == 200
    assert statuses[-1] == 400
    assert '"beat"' in quiet.read()


def test_a_socket_carries_no_session_so_a_sign_out_has_nothing_to_end(hall: Hall) -> None:
    written = "".join(file.read_text() for file in Path(live.__path__[0]).glob("*.py"))

    assert hall.sockets.server_options["cors_allowed_origins"] == [OURS]
    assert "flask_login" not in written
    assert "current_user" not in written
    assert "current_session" not in written
    assert hall._app.config["DATABASE_ROLE"] == "public"
