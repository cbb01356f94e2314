"""A web process that is killed while a crowd bids, and how its bidders go on."""

from __future__ import annotations

import threading
import time
from typing import Any

from bench.hot_lot.crowd import Crowd, Tally, took
from bench.hot_lot.server import Running
from bench.ledger.bids import percentile_ms


class Loss:
    """`kill_in` once, before the crowd bids; then `figures`."""

    def __init__(self, web: Running, crowd: Crowd) -> None:
        self._web, self._crowd = web, crowd
        self._killed_at = 0.0
        # Whose server it is, and when each of them had the next decision, at another one.
        self._theirs = {
            number
            for number, (connection, _headers) in enumerate(crowd.browsers)
            if connection.port == web.port
        }
        self._back: dict[int, float] = {}
        crowd.noted = self._note

    def kill_in(self, seconds: float) -> None:
        threading.Timer(seconds, self._kill).start()

    def figures(self, tally: Tally) -> dict[str, Any]:
        back = [at - self._killed_at for at in self._back.values()]
        browsers = [connection for connection, _headers in self._crowd.browsers]
        return {
            "bidders": len(self._theirs),
            "back": len(back),
            "back_p50_s": round(percentile_ms(back, 0.5) / 1000, 2) if back else None,
            "all_back_s": round(max(back), 2) if len(back) == len(self._theirs) else None,
            "asked_again": sum(connection.asked_again for connection in browsers),
            "decided_per_s": round(tally.decided / tally.seconds),
            **took(tally),
        }

    def _kill(self) -> None:
        self._killed_at = time.monotonic()
        self._web.kill()

    def _note(self, number: int) -> None:
        if number in self._theirs and number not in self._back and self._killed_at:
            connection, _headers = self._crowd.browsers[number]
            if connection.port != self._web.port:
                self._back[number] = time.monotonic()
