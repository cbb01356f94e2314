"""Asks sockets whether they are still there, a few at a time.

Engine.IO starts a greenlet for each question, and a crowd that came in together is asked
together: 5,000 at once held everything up for a second. Here one loop asks all of them in turn.
"""

from __future__ import annotations

import heapq
import logging
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from app.web.live.frames import Packet, text_frame
from app.web.live.seats import way_out_of

log = logging.getLogger(__name__)

_PING = Packet("2", text_frame(b"2"))
_QUESTIONS_IN_A_ROW = 100
_SECONDS_BETWEEN_LOOKS = 0.1


@dataclass(slots=True)
class Pulse:
    """`sockets` are Engine.IO's, by id; each is asked every `interval` seconds."""

    sockets: dict[str, Any]
    interval: float
    sleep: Callable[[float], object]
    due: list[tuple[float, str]] = field(default_factory=list)

    def begin(self, eio_sid: str) -> None:
        """Take over from Engine.IO; the first question comes at a moment of the socket's own."""
        socket = self.sockets[eio_sid]
        socket.schedule_ping = lambda: setattr(socket, "last_ping", None)
        first = time.monotonic() + random.uniform(0.1, 1.0) * self.interval  # noqa: S311
        heapq.heappush(self.due, (first, eio_sid))

    def run(self) -> None:
        while True:
            self.sleep(_SECONDS_BETWEEN_LOOKS)
            try:
                self.ask_whoever_is_due(time.monotonic())
            except Exception:
                log.warning("one socket could not be asked", exc_info=True)

    def ask_whoever_is_due(self, now: float) -> None:
        asked = 0
        while self.due and self.due[0][0] <= now:
            _at, eio_sid = heapq.heappop(self.due)
            socket = self.sockets.get(eio_sid)
            if socket is None or socket.closed:
                continue
            if socket.last_ping is None:
                # Engine.IO's own watch ends whoever does not answer this in time.
                socket.last_ping = time.time()
            way_out_of(socket).deliver(_PING)
            heapq.heappush(self.due, (now + self.interval, eio_sid))
            asked += 1
            if asked % _QUESTIONS_IN_A_ROW == 0:
                self.sleep(0)
