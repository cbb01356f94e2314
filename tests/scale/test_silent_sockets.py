"""A hundred sockets that never read, beside one that does (FAULT-F18)."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field

import pytest

from app.gateways.announcer import by_notify
from bench.fan_out import wire
from bench.fan_out.bids import bidding
from bench.fan_out.servers import ORIGIN, Server, live_servers
from bench.platform import Platform, running_platform

SILENT = 100
MESSAGES = 60


@dataclass
class Socket:
    """Joined; from then on it reads when told to, or never."""

    line: socket.socket
    rest: bytes = b""
    frames: list[bytes] = field(default_factory=list)

    def read_until(self, mark: bytes) -> None:
        while not any(mark in frame for frame in self.frames):
            came = self.line.recv(65_536)
            assert came, "the server hung up"
            whole, self.rest = wire.frames_in(self.rest + came)
            self.frames += whole

    def was_let_go(self) -> bool:
        try:
            while self.line.recv(65_536):
                pass
        except ConnectionError:
            return True
        except TimeoutError:
            return False
        return True


def joined(stack: ExitStack, port: int, sale: str) -> Socket:
    line = stack.enter_context(socket.socket())
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    line.settimeout(10)
    line.connect(("127.0.0.1", port))
    line.sendall(wire.request(port, ORIGIN, socketio=True))
    head = b""
    while b"\r\n\r\n" not in head:
        head += line.recv(4096)
    made = Socket(line, head.partition(b"\r\n\r\n")[2])
    line.sendall(wire.masked(b"40" + json.dumps({"sale": sale}).encode()))
    made.read_until(b"40{")
    return made


@pytest.fixture(scope="module")
def platform() -> Iterator[Platform]:
    with running_platform(durable=False) as running:
        yield running


def test_sockets_that_never_read_are_let_go_and_hold_nobody_up(platform: Platform) -> None:
    with (
        bidding(platform) as sale,
        live_servers(platform, 1) as [server],
        ExitStack() as stack,
    ):
        silent = [joined(stack, server.port, sale.public_id) for _ in range(SILENT)]
        reader = joined(stack, server.port, sale.public_id)
        memory = server.rss_mb()

        late = [_tell(platform, sale.public_id, number, reader) for number in range(2, MESSAGES)]

        assert max(late) < 1.0
        assert all(one.was_let_go() for one in silent)
        assert server.rss_mb() - memory < 50
        assert _still_serves(server)


def _tell(platform: Platform, sale: str, number: int, reader: Socket) -> float:
    """Seconds until the one who reads has a message as long as a message may be."""
    message = {"sale": sale, "seq": number, "bids": [], "padding": "x" * 7_000}
    began = time.monotonic()
    by_notify(platform.admin)(json.dumps(message))
    reader.read_until(f'"seq":{number},"bids"'.encode())
    reader.frames.clear()
    return time.monotonic() - began


def _still_serves(server: Server) -> bool:
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as line:
        line.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
        return b" 200 " in line.recv(4096)
