"""The crowd that watches: thousands of sockets in one process that only counts.

`python -m bench.fan_out.crowd` reads one JSON line of what to open, prints `ready` when all are
joined, counts from the line `start` to the line `stop`, and prints one JSON object. It speaks just
enough WebSocket and Socket.IO to join and to answer pings, and looks into each different frame
once: all sockets get the same bytes, so the crowd costs little beside the server it measures.
"""

from __future__ import annotations

import json
import random
import select
import socket
import sys
import time
from array import array
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from bench.fan_out import wire

# How many sockets shake hands at once: a crowd comes in through a door.
AT_THE_DOOR = 100
# A page that lost its server comes back after a moment, not all in the same one.
SECONDS_UNTIL_BACK = (0.5, 1.5)
SECONDS_TO_JOIN = 120.0


@dataclass(slots=True)
class Watcher:
    """One socket: how far it is, and what has come in half."""

    line: socket.socket
    port: int
    joined: bool = False
    upgraded: bool = False
    rest: bytes = b""


@dataclass(slots=True)
class Crowd:
    ports: list[int]
    origin: str
    # None: a bare server, where whoever is connected watches.
    sale: str | None
    wanted: int
    ready: select.epoll = field(default_factory=select.epoll)
    watchers: dict[int, Watcher] = field(default_factory=dict)
    seen: dict[bytes, array[float]] = field(default_factory=dict)
    counting: bool = False
    joined: int = 0
    refused: int = 0
    lost: int = 0
    put_off: int = 0
    let_in: int = 0
    turn: int = 0
    shaking: int = 0
    back_at: deque[float] = field(default_factory=deque)
    all_back_at: float = 0.0

    def step(self, patience: float) -> None:
        """Let in whoever waits at the door, and read what has come."""
        now = time.monotonic()
        while self.back_at and self.back_at[0] <= now:
            self.back_at.popleft()
            self._open()
        while self.let_in < self.wanted and self.shaking < AT_THE_DOOR:
            self.let_in += 1
            self._open()
        for number, _event in self.ready.poll(patience, 512):
            watcher = self.watchers.get(number)
            if watcher is not None:
                self._read(watcher)

    def _open(self) -> None:
        port = self.ports[self.turn % len(self.ports)]
        self.turn += 1
        self.shaking += 1
        try:
            line = socket.create_connection(("127.0.0.1", port), timeout=10)
        except OSError:
            self.shaking -= 1
            self._come_back()
            return
        line.sendall(wire.request(port, self.origin, socketio=self.sale is not None))
        line.setblocking(False)
        self.watchers[line.fileno()] = Watcher(line, port)
        self.ready.register(line.fileno(), select.EPOLLIN)

    def _come_back(self) -> None:
        self.back_at.append(time.monotonic() + random.uniform(*SECONDS_UNTIL_BACK))
        self.back_at = deque(sorted(self.back_at))

    def _read(self, watcher: Watcher) -> None:
        try:
            came = watcher.line.recv(65_536)
        except BlockingIOError:
            return
        except OSError:
            came = b""
        if not came:
            self._lose(watcher)
            return
        if not watcher.rest and self.counting:
            at = self.seen.get(came)
            if at is not None:
                at.append(time.monotonic())
                return
        self._take(watcher, watcher.rest + came)

    def _take(self, watcher: Watcher, came: bytes) -> None:
        if not watcher.upgraded:
            head, end, came = came.partition(b"\r\n\r\n")
            if not end:
                watcher.rest = head
                return
            if b" 503 " in head.split(b"\r\n", 1)[0]:
                # Too many come in at once: as a page does it, again in a moment.
                self.put_off += 1
                self._lose(watcher)
                return
            if b" 101 " not in head.split(b"\r\n", 1)[0]:
                raise SystemExit(f"no upgrade: {head[:200]!r}")
            watcher.upgraded = True
            if self.sale is None:
                self._join(watcher)
        frames, watcher.rest = wire.frames_in(came)
        for frame in frames:
            self._hear(watcher, frame)

    def _hear(self, watcher: Watcher, frame: bytes) -> None:
        said = wire.payload(frame)
        if frame[0] & 0x0F == wire.PING:
            watcher.line.send(wire.masked(said, wire.PONG))
        elif frame[0] & 0x0F == wire.CLOSE:
            self._lose(watcher)
        elif said == b"2":
            watcher.line.send(wire.masked(b"3"))
        elif said[:1] == b"0" and not watcher.joined and self.sale is not None:
            watcher.line.send(wire.masked(b"40" + json.dumps({"sale": self.sale}).encode()))
        elif said[:2] == b"44":
            self.refused += 1
            self._lose(watcher, comes_back=False)
        elif said[:2] == b"40" and not watcher.joined:
            self._join(watcher)
        elif self.counting:
            self.seen.setdefault(frame, array("d")).append(time.monotonic())

    def _join(self, watcher: Watcher) -> None:
        watcher.joined = True
        self.shaking -= 1
        self.joined += 1
        if self.joined == self.wanted:
            self.all_back_at = time.monotonic()

    def _lose(self, watcher: Watcher, *, comes_back: bool = True) -> None:
        self.watchers.pop(watcher.line.fileno(), None)
        watcher.line.close()
        if watcher.joined:
            self.joined -= 1
            self.lost += 1
        else:
            self.shaking -= 1
        if comes_back:
            self._come_back()


def main() -> None:
    asked = json.loads(sys.stdin.readline())
    crowd = Crowd(asked["ports"], asked["origin"], asked["sale"], asked["sockets"])
    until = time.monotonic() + SECONDS_TO_JOIN
    while crowd.joined + crowd.refused < crowd.wanted and time.monotonic() < until:
        crowd.step(0.5)
    print(json.dumps({"joined": crowd.joined, "refused": crowd.refused}), flush=True)
    orders = select.poll()
    orders.register(sys.stdin, select.POLLIN)
    while True:
        crowd.step(0.02)
        if not orders.poll(0):
            continue
        order = sys.stdin.readline().strip()
        if order == "start":
            crowd.counting = True
        elif order == "stop" or not order:
            break
    print(json.dumps(_report(crowd)), flush=True)


def _report(crowd: Crowd) -> dict[str, Any]:
    return {
        "joined": crowd.joined,
        "lost": crowd.lost,
        "put_off": crowd.put_off,
        "all_back_at": crowd.all_back_at,
        "heard": [
            {"said": wire.payload(frame).decode(), "at": at.tolist()}
            for frame, at in crowd.seen.items()
        ],
    }


if __name__ == "__main__":
    main()
