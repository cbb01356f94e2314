"""The door of a live process: who waits, and what those are told for whom there is no room.

A web socket's own refusal cannot be read by a page; Socket.IO's client then comes again by itself,
after a second or a few that are different for each page, and reads the snapshot meanwhile.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable
from typing import Any

from app.web.live.entrance import Entrance
from app.web.live.seats import SECONDS_BETWEEN_POLLS

_WORDS = (
    "Too many people are watching through this server. The sale is not affected.\n"
    "Prices stay public: read /sales/<sale>/snapshot.json every "
    f"{SECONDS_BETWEEN_POLLS} seconds, as the page does by itself.\n"
    "观看人数已满，拍卖不受影响。价格仍可按上述地址每 "
    f"{SECONDS_BETWEEN_POLLS} 秒查询一次。\n"
).encode()
_COME_AGAIN = (
    "Many people are coming in just now. Please come again in a moment; the sale is not affected.\n"
    "当前进入的人数较多，请稍后再试，拍卖不受影响。\n"
).encode()
# Of whoever is told to come again, not all in the same second.
_LATEST_RETURN_S = 5
# The session's cookie, whatever is before it (`sessions.py`): viewers have none.
_SESSION = "luochui="


class Door:
    """Before Engine.IO spends anything on a newcomer.

    Whoever brings a session has a line of their own, so a crowd of viewers does not hold up a
    bidder. A cookie that is made up gains a stranger a place in that line and nothing else.
    """

    def __init__(
        self,
        app: Callable[..., Iterable[bytes]],
        is_full: Callable[[], bool],
        for_viewers: Entrance,
        for_sessions: Entrance,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self._app, self._is_full, self._sleep = app, is_full, sleep
        self._for_viewers, self._for_sessions = for_viewers, for_sessions

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        if not _comes_in(environ):
            return self._app(environ, start_response)
        if self._is_full():
            return _later(start_response, _WORDS, SECONDS_BETWEEN_POLLS)
        has_session = _SESSION in environ.get("HTTP_COOKIE", "")
        entrance = self._for_sessions if has_session else self._for_viewers
        wait = entrance.seconds_to_wait()
        if wait is None:
            return _later(start_response, _COME_AGAIN, random.randint(1, _LATEST_RETURN_S))  # noqa: S311
        if wait:
            self._sleep(wait)
        return self._app(environ, start_response)


def _comes_in(environ: dict[str, Any]) -> bool:
    path, query = environ["PATH_INFO"], environ.get("QUERY_STRING", "")
    return path.startswith("/socket.io") and "sid=" not in query


def _later(start_response: Callable[..., Any], words: bytes, seconds: int) -> Iterable[bytes]:
    start_response(
        "503 Service Unavailable",
        [
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Length", str(len(words))),
            ("Retry-After", str(seconds)),
            ("Cache-Control", "no-store"),
        ],
    )
    return [words]
