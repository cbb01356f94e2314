"""One socket among thousands: whoever does not read, or talks, ends alone (SEC-S6, FAULT-F18)."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from wsproto.connection import Connection, ConnectionType
from wsproto.events import Ping, TextMessage

from app.web.live import line as line_module
from app.web.live.frames import packet
from app.web.live.inbound import BURST
from app.web.live.line import MOST_WAITING, Line

HANDSHAKE = {
    "HTTP_SEC_WEBSOCKET_KEY": "dGhlIHNhbXBsZSBub25jZQ==",
    "HTTP_SEC_WEBSOCKET_VERSION": "13",
}


class Watched:
    """A line with its other end in our hands; `heard` is what Engine.IO would get."""

    def __init__(self) -> None:
        self.ours, theirs = socket.socketpair()
        self.ours.settimeout(5)
        self.heard: list[str] = []
        self.threads: list[threading.Thread] = []
        server = SimpleNamespace(start_background_task=self._start)
        self.line = Line(self.serve, server)
        environ = {**HANDSHAKE, "werkzeug.socket": theirs}
        self.theirs = theirs
        self._start(self._answer, environ)
        assert b" 101 " in self.ours.recv(4096)
        self.client = Connection(ConnectionType.CLIENT)

    def serve(self, line: Line) -> None:
        while (said := line.wait()) is not None:
            self.heard.append(said)

    def _answer(self, environ: dict[str, Any]) -> None:
        with pytest.raises(ConnectionError):
            self.line(environ, lambda *_: None)

    def _start(self, work: Callable[..., None], *given: Any) -> None:
        thread = threading.Thread(target=work, args=given, daemon=True)
        self.threads.append(thread)
        thread.start()

    def say(self, event: Any) -> None:
        self.ours.sendall(self.client.send(event))

    def read(self, count: int) -> list[str]:
        said: list[str] = []
        whole = ""
        while len(said) < count:
            came = self.ours.recv(65_536)
            assert came, "the line has ended"
            self.client.receive_data(came)
            for event in self.client.events():
                whole += event.data
                if event.message_finished:
                    said, whole = [*said, whole], ""
        return said

    def end(self) -> None:
        self.ours.close()
        for thread in self.threads:
            thread.join(5)
        self.theirs.close()


@pytest.fixture
def watched() -> Iterator[Watched]:
    made = Watched()
    yield made
    made.end()


def wait_until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 5
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.parametrize("size", [1, 100, 125, 126, 20_000])
def test_a_message_of_any_length_is_read_as_it_was_told(watched: Watched, size: int) -> None:
    watched.line.deliver(packet("sale", {"s": "x" * size}))

    assert watched.read(1) == ['42["sale",{"s":"' + "x" * size + '"}]']


def test_chinese_goes_over_the_wire_as_it_is(watched: Watched) -> None:
    watched.line.deliver(packet("sale", {"stay": {"reason": "电力中断"}}))

    assert watched.read(1) == ['42["sale",{"stay":{"reason":"电力中断"}}]']


def test_whoever_does_not_read_is_let_go_and_nobody_waits_for_them(watched: Watched) -> None:
    told = packet("sale", {"bids": "x" * 4_000})
    began = time.monotonic()

    for _ in range(200):
        watched.line.deliver(told)

    assert time.monotonic() - began < 0.5
    assert watched.line.closed
    assert len(watched.line._waiting) == 0


def test_what_waits_for_a_slow_reader_is_bounded(watched: Watched) -> None:
    told, most = packet("sale", {"bids": "x" * 4_000}), 0

    for _ in range(200):
        watched.line.deliver(told)
        most = max(most, len(watched.line._waiting))

    assert 0 < most <= MOST_WAITING


def test_a_slow_reader_who_catches_up_misses_nothing(watched: Watched) -> None:
    told = [packet("sale", {"seq": number, "more": "x" * 2_000}) for number in range(40)]
    for one in told:
        watched.line.deliver(one)
        time.sleep(0.001)

    heard = watched.read(40)

    assert heard == [one.text for one in told]
    assert not watched.line.closed


def test_what_waits_goes_out_before_what_is_told_later(watched: Watched) -> None:
    held: list[Callable[[], None]] = []
    watched.line._server = SimpleNamespace(start_background_task=held.append)
    told = [packet("sale", {"seq": number, "more": "x" * 2_000}) for number in range(40)]
    given = iter(told)
    while not watched.line._waiting:
        watched.line.deliver(next(given))

    heard = watched.read(8)  # there is room again, and somebody is still waiting for it
    for one in given:
        watched.line.deliver(one)
    watched._start(held[0])
    heard += watched.read(len(told) - len(heard))

    assert heard == [one.text for one in told]


def test_whoever_does_not_catch_up_in_time_is_let_go(watched: Watched, monkeypatch: Any) -> None:
    monkeypatch.setattr(line_module, "SECONDS_TO_CATCH_UP", 0.1)
    while not watched.line._waiting:
        watched.line.deliver(packet("sale", {"bids": "x" * 4_000}))

    wait_until(lambda: watched.line.closed)


@pytest.mark.parametrize("noise", [Ping(b""), TextMessage("3"), TextMessage('42["x"]')])
def test_a_flood_of_any_kind_ends_its_own_socket(watched: Watched, noise: Any) -> None:
    """Also one that Engine.IO would not count: pings, and answers to pings nobody sent."""
    try:
        for _ in range(BURST * 3):
            watched.say(noise)
    except OSError:
        pass  # it was ended while we were still talking

    wait_until(lambda: watched.line.closed)
    assert len(watched.heard) <= BURST + 1


def test_a_page_that_answers_its_pings_stays(watched: Watched) -> None:
    for _ in range(5):
        watched.say(TextMessage("3"))

    wait_until(lambda: len(watched.heard) == 5)
    assert not watched.line.closed


def test_a_word_without_an_end_ends_the_socket(watched: Watched) -> None:
    for _ in range(10):
        try:
            watched.say(TextMessage("x" * 1_000, message_finished=False))
        except OSError:
            break

    wait_until(lambda: watched.line.closed)


def test_compression_is_not_offered_so_that_all_get_the_same_bytes() -> None:
    ours, theirs = socket.socketpair()
    environ = {
        **HANDSHAKE,
        "HTTP_SEC_WEBSOCKET_EXTENSIONS": "permessage-deflate",
        "werkzeug.socket": theirs,
    }

    class Ends:
        def serve(self, _line: Line) -> None:
            return

    with pytest.raises(ConnectionError):
        Line(Ends().serve, None)(environ, lambda *_: None)

    assert b"extensions" not in ours.recv(4096).lower()
    ours.close()
    theirs.close()
