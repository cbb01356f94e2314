"""The answer when the house is full: plain words, and how to follow the sale without a socket."""

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


class TurnAway:
    """Before Engine.IO spends anything on a newcomer whom there is no room for."""

    def __init__(self, app: Callable[..., Iterable[bytes]], is_full: Callable[[], bool]) -> None:
        self._app, self._is_full = app, is_full

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        comes_in = environ["PATH_INFO"].startswith("/socket.io") and "sid=" not in environ.get(
            "QUERY_STRING", ""
        )
        if not comes_in or not self._is_full():
            return self._app(environ, start_response)
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
