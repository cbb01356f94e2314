"""How often one bidder may bid: a bucket of tokens for each, so that a flood slows nobody else.

Each process counts for itself; the journal bears more than all buckets of all processes let in.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict

from flask import Flask

_BURST = 10
_MOST_REMEMBERED = 20_000


class Pace:
    """Lets `per_second` acts through on average and ten at once; nought lets everything through."""

    def __init__(self, per_second: float) -> None:
        self._per_second = per_second
        self._left: OrderedDict[int, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def seconds_to_wait(self, who: int, now: float) -> float:
        """Nought where `who` may act at `now`, which is then counted."""
        if not self._per_second:
            return 0.0
        with self._lock:
            left, since = self._left.pop(who, (float(_BURST), now))
            left = min(float(_BURST), left + (now - since) * self._per_second)
            wait = 0.0 if left >= 1 else (1 - left) / self._per_second
            self._left[who] = (left if wait else left - 1, now)
            if len(self._left) > _MOST_REMEMBERED:
                self._left.popitem(last=False)
        return wait


def seconds_to_wait(app: Flask, registration_id: int) -> float:
    """Whether this registration bids too fast (SEC-T8), by this process's own clock."""
    pace: Pace | None = app.extensions.get("luochui_pace")
    if pace is None:
        pace = app.extensions["luochui_pace"] = Pace(float(app.config["BIDS_PER_SECOND"]))
    return pace.seconds_to_wait(registration_id, time.monotonic())
