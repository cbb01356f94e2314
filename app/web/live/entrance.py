"""How many newcomers a second a live process lets in, so that those who stay are not kept waiting.

A handshake costs a hundred times what a delivery costs. Where another live process died, its whole
crowd comes at once; let in as they come, they would hold up everybody's news for seconds.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

# So many that nobody waits. At 150, a third of a core, some of 500 who came back were lost again
# ten seconds later, in three runs of four, and why is not known; with no pace none were.
JOINS_PER_SECOND = 100_000.0
# Whoever comes alone, or with a few, does not wait.
_AT_ONCE = 20
# Who would wait longer is told to come again: a page that hears nothing for five seconds says that
# its link is lost.
LONGEST_WAIT_S = 3.0


class Entrance:
    """One line of newcomers, who are let in as they came."""

    def __init__(
        self,
        per_second: float = JOINS_PER_SECOND,
        longest_wait: float = LONGEST_WAIT_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._pause, self._longest, self._clock = 1 / per_second, longest_wait, clock
        self._next_turn = 0.0
        self._lock = threading.Lock()

    def seconds_to_wait(self) -> float | None:
        """Until this newcomer's turn, which is then theirs; None where the line is too long."""
        with self._lock:
            now = self._clock()
            turn = max(self._next_turn, now - _AT_ONCE * self._pause)
            wait = max(0.0, turn - now)
            if wait > self._longest:
                return None
            self._next_turn = turn + self._pause
            return wait
