"""Clocks for rehearsals: an object whose metadata say `clock=NAME` is stamped by that clock.

A rehearsal court lives in legal time that can be held, stepped and sped up. What its bidders pay
must carry that time, and nobody else's payments may.
"""

import math
import time
from collections.abc import Mapping

from deploy.local.outside.stripe.store import Store


class Clocks:
    def __init__(self, store: Store) -> None:
        self._store = store

    def now(self, metadata: Mapping[str, str]) -> int:
        clock = self.all().get(metadata.get("clock", ""))
        if clock is None:
            return int(time.time())
        elapsed = time.time() - clock["real_from"]
        return math.floor(clock["legal_from"] + elapsed * clock["rate"])

    def set(self, name: str, *, legal_from: float, rate: float) -> None:
        """From this moment on the clock shows `legal_from` and runs at `rate`; 0 holds it still."""
        clock = {"real_from": time.time(), "legal_from": legal_from, "rate": rate}
        self._store.set("clocks", {**self.all(), name: clock})

    def remove(self, name: str) -> None:
        self._store.set("clocks", {n: c for n, c in self.all().items() if n != name})

    def all(self) -> dict[str, dict[str, float]]:
        return self._store.setting("clocks", {})
