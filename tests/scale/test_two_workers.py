"""Two web workers behind nginx, joined by Redis: the loss of one, or of Redis, costs no bid."""

from __future__ import annotations

import json
import shutil
import socket
import threading
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from bench.fan_out import wire
from bench.hot_lot.rows import BROWSER, TERMS, Bidder, Lot, add_bidders, add_hot_lot
from bench.ledger.rows import INCREMENT, STARTING_PRICE
from bench.platform import Platform, running_platform
from tests.scale.front import Front, nginx, platform_behind_nginx, wait_for

pytestmark = [
    pytest.mark.skipif(nginx() is None, reason="there is no nginx (apt install nginx-light)"),
    pytest.mark.skipif(shutil.which("redis-server") is None, reason="there is no redis-server"),
]


@dataclass
class Scene:
    platform: Platform
    front: Front
    lot: Lot
    bidders: list[Bidder]
    accepted: list[str] = field(default_factory=list)
    other: list[tuple[int, Any]] = field(default_factory=list)
    took: list[float] = field(default_factory=list)

    def bid(self, count: int) -> None:
        """One after the other, each above the one before, two bidders in turn."""
        for _ in range(count):
            number = len(self.accepted)
            key = str(uuid.uuid4())
            began = time.monotonic()
            status, told = self._post(self.bidders[number % 2], STARTING_PRICE, number, key)
            while status == 202:
                # Nobody knows yet: the page asks again with the same key.
                status, told = self._post(self.bidders[number % 2], STARTING_PRICE, number, key)
            self.took.append(time.monotonic() - began)
            if status == 201:
                self.accepted.append(key)
            else:
                self.other.append((status, told))

    def _post(self, bidder: Bidder, start: int, number: int, key: str) -> tuple[int, Any]:
        amount = (start + number * INCREMENT) / 100
        body = {"amount": f"{amount:.2f}", "key": key, "terms_hash": TERMS}
        asked = urllib.request.Request(  # noqa: S310
            f"{self.front.url}/bid/{self.lot.public_id}/bid",
            data=json.dumps(body).encode(),
            headers={
                "Content-Type": "application/json",
                "Accept": "application/json",
                "User-Agent": BROWSER,
                "X-CSRFToken": bidder.token,
                "Origin": self.front.url,
                "Sec-Fetch-Site": "same-origin",
                "Cookie": bidder.cookie,
            },
        )
        try:
            with urllib.request.urlopen(asked, timeout=15) as answer:  # noqa: S310
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as failure:
            return failure.code, failure.read()[:300]

    def written(self) -> list[str]:
        with self.platform.admin.connect() as connection:
            found = connection.execute(
                text(
                    "SELECT a.key FROM bids b JOIN arrivals a ON a.id = b.arrival_id"
                    " WHERE b.sale_id = :sale ORDER BY b.seq"
                ),
                {"sale": self.lot.sale_id},
            )
            return [str(key) for key in found.scalars()]


@pytest.fixture(scope="module")
def running(tmp_path_factory: Any) -> Iterator[tuple[Platform, Front]]:
    folder: Path = tmp_path_factory.mktemp("front")
    with running_platform(durable=False) as platform, platform_behind_nginx(platform, folder) as on:
        yield platform, on


@pytest.fixture
def scene(running: tuple[Platform, Front]) -> Scene:
    from app import create_app

    platform, front = running
    settings = {"DATABASE_URLS": platform.urls, "PUBLIC_URL": front.url, **platform.keys}
    app = create_app("web", settings)
    lot = add_hot_lot(platform)
    bidders = add_bidders(platform, app, lot, 2)
    with app.app_context():
        from app.extensions import db

        db.engine.dispose()
    return Scene(platform, front, lot, bidders)


class Viewer:
    """A stranger's socket through nginx; comes back when it is lost, as a page does."""

    def __init__(self, scene: Scene) -> None:
        self.scene, self.seqs, self.over = scene, [0], threading.Event()
        self.joined = threading.Event()
        self.thread = threading.Thread(target=self._watch, daemon=True)
        self.thread.start()
        assert self.joined.wait(20)

    def _watch(self) -> None:
        while not self.over.is_set():
            try:
                self._watch_once()
            except OSError:
                time.sleep(0.2)

    def _watch_once(self) -> None:
        front = self.scene.front
        with socket.create_connection(("127.0.0.1", front.port), timeout=10) as line:
            line.sendall(wire.request(front.port, front.url, socketio=True))
            rest = b""
            while b"\r\n\r\n" not in rest:
                rest += _some(line)
            rest = rest.partition(b"\r\n\r\n")[2]
            while not self.over.is_set():
                frames, rest = wire.frames_in(rest)
                for frame in frames:
                    self._hear(line, wire.payload(frame))
                rest += _some(line)

    def _hear(self, line: socket.socket, said: bytes) -> None:
        if said[:1] == b"0":
            line.send(wire.masked(b"40" + json.dumps({"sale": self.scene.lot.public_id}).encode()))
        elif said[:2] == b"40":
            self.joined.set()
        elif said == b"2":
            line.send(wire.masked(b"3"))
        elif said[:2] == b"42":
            self.seqs.append(json.loads(said[2:])[1]["seq"])

    def wait_until_seen(self, seq: int) -> None:
        deadline = time.monotonic() + 12
        while self.seqs[-1] < seq:
            assert time.monotonic() < deadline, f"seen {self.seqs[-1]} of {seq}"
            time.sleep(0.05)

    def end(self) -> None:
        self.over.set()
        self.thread.join(12)


def _some(line: socket.socket) -> bytes:
    came = line.recv(65_536)
    if not came:
        raise OSError("the line is lost")
    return came


@pytest.fixture
def viewer(scene: Scene) -> Iterator[Viewer]:
    made = Viewer(scene)
    yield made
    made.end()


def test_a_bid_at_either_worker_is_seen_through_either_live_process(
    scene: Scene, viewer: Viewer
) -> None:
    scene.bid(6)

    viewer.wait_until_seen(6)
    assert scene.other == []
    assert scene.written() == scene.accepted


def test_redis_dead_in_the_middle_costs_no_bid_and_viewers_still_see_all(
    scene: Scene, viewer: Viewer
) -> None:
    """FAULT-F13: what its loss swallows, the beat makes up."""
    scene.bid(4)
    scene.front.processes["redis"].kill()

    scene.bid(6)

    assert scene.other == []
    assert scene.written() == scene.accepted
    viewer.wait_until_seen(10)
    assert max(scene.took) < 3
    assert viewer.seqs == sorted(viewer.seqs)


def test_a_worker_killed_in_the_middle_costs_no_bid(scene: Scene) -> None:
    """FAULT-F01: nginx asks the other with the same key, and gets the same answer."""
    bidding = threading.Thread(target=scene.bid, args=(24,))
    bidding.start()
    while len(scene.accepted) < 8:
        assert bidding.is_alive()
        time.sleep(0.01)

    scene.front.processes["web-1"].kill()
    bidding.join(60)

    assert scene.other == []
    assert len(scene.accepted) == 24
    assert scene.written() == scene.accepted


def test_a_live_process_killed_sends_its_viewers_to_the_other(scene: Scene) -> None:
    viewer = Viewer(scene)
    scene.bid(1)
    viewer.wait_until_seen(1)

    scene.front.processes["live-1"].kill()
    scene.bid(2)

    viewer.wait_until_seen(3)
    viewer.end()


def test_pages_of_strangers_come_from_the_worker_that_is_left(scene: Scene) -> None:
    wait_for(f"{scene.front.url}/how-it-works")
