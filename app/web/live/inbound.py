"""What a socket may say: nothing that is needed, so little that is endured (SEC-S6)."""

from __future__ import annotations

import threading
import time
from typing import Any

import socketio

# A page sends nothing but the protocol's own answers; a burst of these is somebody playing.
MESSAGES_PER_SECOND = 5
BURST = 20


class Budget:
    """How much one socket may still say."""

    __slots__ = ("_left", "_since")

    def __init__(self, now: float) -> None:
        self._left, self._since = float(BURST), now

    def allows(self, now: float) -> bool:
        refilled = self._left + (now - self._since) * MESSAGES_PER_SECOND
        self._left, self._since = min(float(BURST), refilled) - 1, now
        return self._left >= 0


def limit_polled_messages(server: socketio.Server) -> None:
    """End a socket that talks too much by long polling, before anything it says is looked at.

    Web sockets count for themselves, frame by frame (`Line`).
    """
    budgets: dict[str, Budget] = {}
    lock = threading.Lock()
    handle, leave = server._handle_eio_message, server._handle_eio_disconnect

    def handle_message(eio_sid: str, data: Any) -> Any:
        socket = server.eio.sockets.get(eio_sid)
        if socket is None or socket.closed:
            return None
        now = time.monotonic()
        with lock:
            allowed = budgets.setdefault(eio_sid, Budget(now)).allows(now)
        if not allowed:
            # Nobody waits until whoever floods has read our farewell: they may never read.
            socket.close(wait=False)
            server.eio.sockets.pop(eio_sid, None)
            return None
        return handle(eio_sid, data)

    def handle_disconnect(eio_sid: str, *reason: Any) -> Any:
        with lock:
            budgets.pop(eio_sid, None)
        return leave(eio_sid, *reason)

    server.eio.on("message", handle_message)
    server.eio.on("disconnect", handle_disconnect)
