"""The door of a live process: what those are told for whom there is no room.

A web socket's own refusal cannot be read by a page; Socket.IO's client then comes again by itself,
after a second or a few that are different for each page, and reads the snapshot meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from app.web.live.seats import SECONDS_BETWEEN_POLLS

_WORDS = (
    "Too many people are watching through this server. The sale is not affected.\n"
    "Prices stay public: read /sales/<sale>/snapshot.json every "
    f"{SECONDS_BETWEEN_POLLS} seconds, as the page does by itself.\n"
    "观看人数已满，拍卖不受影响。价格仍可按上述地址每 "
    f"{SECONDS_BETWEEN_POLLS} 秒查询一次。\n"
).encode()


class Door:
    """Before Engine.IO spends anything on a newcomer."""

    def __init__(self, app: Callable[..., Iterable[bytes]], is_full: Callable[[], bool]) -> None:
        self._app, self._is_full = app, is_full

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        if _comes_in(environ) and self._is_full():
            return _later(start_response)
        return self._app(environ, start_response)


def _comes_in(environ: dict[str, Any]) -> bool:
    path, query = environ["PATH_INFO"], environ.get("QUERY_STRING", "")
    return path.startswith("/socket.io") and "sid=" not in query


def _later(start_response: Callable[..., Any]) -> Iterable[bytes]:
    start_response(
        "503 Service Unavailable",
        [
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Length", str(len(_WORDS))),
            ("Retry-After", str(SECONDS_BETWEEN_POLLS)),
            ("Cache-Control", "no-store"),
        ],
    )
    return [_WORDS]
