"""The long way of a bid that holds no pass yet: a few at once, in the order in which they came.

It costs some milliseconds of the processor and a connection. After a restart in the last minute
everybody comes so in the same second; all at once they would share both, wait for connections that
nobody gives back, and all be answered as late as the last one.
"""

from __future__ import annotations

from gevent.lock import Semaphore

# As many as keep the processor busy while some wait for the database: with twice as many the first
# was answered later and the last no sooner.
AT_ONCE = 4
# Shorter than a bid's deadline (`deadline.py`): whoever waited so long tries without a turn.
_PATIENCE_S = 6.0


class LongWay:
    """The line of one process, whose requests are greenlets of one thread.

    Whoever waits here may be given up by the deadline at any moment, and must neither lose a turn
    nor end another's. The standard library's semaphore looks away in the middle of a release where
    greenlets share its thread: then one that is given up frees a lock that another one holds.
    """

    def __init__(self, at_once: int = AT_ONCE) -> None:
        self._free = Semaphore(at_once)

    def wait_for_turn(self) -> Turn:
        return Turn(self._free if self._free.acquire(timeout=_PATIENCE_S) else None)


class Turn:
    """Somebody's place on the long way, until `end`; ending twice is ending once."""

    def __init__(self, held: Semaphore | None) -> None:
        self._held = held

    @property
    def has_ended(self) -> bool:
        return self._held is None

    def end(self) -> None:
        held, self._held = self._held, None
        if held is not None:
            held.release()
