"""One web socket: bytes go out at once or wait in a small space, and nobody waits with them.

Engine.IO's own sockets have a queue and a writing greenlet each, and encode for each; here a
broadcast is one system call a socket. Engine.IO still speaks its own words (open, ping) through
`send`, and reads through `wait`.
"""

from __future__ import annotations

import select
import socket
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from wsproto.connection import Connection, ConnectionType
from wsproto.events import BytesMessage, CloseConnection, Ping, TextMessage
from wsproto.utilities import LocalProtocolError, RemoteProtocolError, generate_accept_token

from app.web.live.frames import CLOSE_FRAME, Packet, pong_frame, text_frame
from app.web.live.inbound import Budget

# What a socket that does not read may owe us, and for how long.
MOST_WAITING = 64 * 1024
SECONDS_TO_CATCH_UP = 5.0
# Of a slow socket the kernel keeps as much again; it doubles what it is told.
_KERNEL_BUFFER = 32 * 1024
_LONGEST_WORD = 4096


class Line:
    """A web socket as Engine.IO wants one, and the way out for every broadcast."""

    def __init__(self, handler: Callable[[Any], Any], server: Any) -> None:
        self._handler, self._server = handler, server
        self._conversation = Connection(ConnectionType.SERVER)
        self._budget = Budget(time.monotonic())
        self._heard: deque[str] = deque()
        self._half_heard = ""
        self._waiting = bytearray()
        self._is_emptying = False
        self.closed = False
        # The Engine.IO socket this is the line of; whoever broadcasts finds it there.
        handler.__self__.line = self  # type: ignore[attr-defined]

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        key = environ.get("HTTP_SEC_WEBSOCKET_KEY", "")
        if environ.get("HTTP_SEC_WEBSOCKET_VERSION") != "13" or not key:
            start_response("400 Bad Request", [("Content-Type", "text/plain")])
            return [b"not a web socket"]
        # Engine.IO gives `socket` a time limit by this name: silence ends the line.
        self.socket = environ.get("gunicorn.socket") or environ["werkzeug.socket"]
        # Past gevent's waiting: what does not go out at once is put aside.
        self._way_out = getattr(self.socket, "_sock", self.socket)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _KERNEL_BUFFER)
        self._push(_accepted(key.encode()))
        try:
            self._handler(self)
        finally:
            self.closed = True
        # The server that gave us the socket must not answer on it.
        if "gunicorn.socket" in environ:
            raise StopIteration
        raise ConnectionError

    def deliver(self, packet: Packet) -> None:
        self._push(packet.frame)

    def send(self, said: str | bytes) -> None:
        """What Engine.IO itself says."""
        if self.closed:
            raise OSError("this line is closed")
        self._push(text_frame(said.encode() if isinstance(said, str) else bytes(said)))

    def wait(self) -> str | None:
        """The next thing the client says, or None at the end."""
        while not self._heard:
            if self.closed:
                return None
            try:
                came = self.socket.recv(_LONGEST_WORD)
            except OSError:
                came = b""
            if not came or not self._understand(came):
                self.drop()
                return None
        return self._heard.popleft()

    def close(self) -> None:
        """A farewell, where it goes out at once, and the end."""
        if not self.closed and not self._waiting:
            self._push(CLOSE_FRAME)
        self.drop()

    def drop(self) -> None:
        """The end, without a word: whoever reads or writes here notices at once."""
        self.closed = True
        self._waiting.clear()
        try:
            self._way_out.shutdown(socket.SHUT_RDWR)
        except OSError:
            return  # it has ended already

    def _understand(self, came: bytes) -> bool:
        """Take in what came; False when the socket must end: it says goodbye, nonsense, or much."""
        try:
            self._conversation.receive_data(came)
            for event in self._conversation.events():
                if isinstance(event, CloseConnection) or not self._take(event):
                    return False
        except (LocalProtocolError, RemoteProtocolError, UnicodeDecodeError):
            return False
        return True

    def _take(self, event: Any) -> bool:
        if not self._budget.allows(time.monotonic()):
            return False
        if isinstance(event, Ping):
            self._push(pong_frame(bytes(event.payload)))
        elif isinstance(event, BytesMessage):
            return False
        elif isinstance(event, TextMessage):
            self._half_heard += event.data
            if len(self._half_heard) > _LONGEST_WORD:
                return False
            if event.message_finished:
                self._heard.append(self._half_heard)
                self._half_heard = ""
        return True

    def _push(self, frame: bytes) -> None:
        if self.closed:
            return
        if self._waiting:
            self._put_aside(frame)
            return
        try:
            sent = self._way_out.send(frame, socket.MSG_DONTWAIT)
        except BlockingIOError:
            sent = 0
        except OSError:
            self.drop()
            return
        if sent < len(frame):
            self._put_aside(frame[sent:])

    def _put_aside(self, rest: bytes) -> None:
        if len(self._waiting) + len(rest) > MOST_WAITING:
            self.drop()
            return
        self._waiting += rest
        if not self._is_emptying:
            self._is_emptying = True
            self._server.start_background_task(self._empty)

    def _empty(self) -> None:
        """Send what waits as the client reads; whoever has not caught up in time is let go."""
        deadline = time.monotonic() + SECONDS_TO_CATCH_UP
        ready = select.poll()
        ready.register(self._way_out.fileno(), select.POLLOUT)
        try:
            while self._waiting and not self.closed:
                left = deadline - time.monotonic()
                if left <= 0 or not ready.poll(left * 1000):
                    self.drop()
                    return
                sent = self._way_out.send(bytes(self._waiting[:16_384]), socket.MSG_DONTWAIT)
                del self._waiting[:sent]
        except BlockingIOError:
            self.drop()
        except OSError:
            self.drop()
        finally:
            self._is_emptying = False


def _accepted(key: bytes) -> bytes:
    """Yes to a web socket, and to no extension: compressed, each socket's bytes would differ."""
    return (
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: " + generate_accept_token(key) + b"\r\n\r\n"
    )
