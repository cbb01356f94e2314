"""Whether the streaming replica may answer for the primary: it is there, and hardly behind.

Only lists, searches and pages about lots are read there; nothing that decides ever is, and no
snapshot.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from dataclasses import dataclass, field

from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError

log = logging.getLogger(__name__)

SECONDS_BETWEEN_LOOKS = 1.0
# A replica that knows what the primary had written so long ago is fresh enough for a list.
MOST_SECONDS_BEHIND = 3.0


@dataclass(slots=True)
class Replica:
    """Compares places in the write-ahead log: a quiet primary does not make a replica look late."""

    primary: Engine
    replica: Engine
    _written: deque[tuple[float, int]] = field(default_factory=deque)
    _looked_at: float = -1e9
    _may_answer: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def engine(self) -> Engine:
        """Where to read now."""
        is_due = time.monotonic() - self._looked_at >= SECONDS_BETWEEN_LOOKS
        # One looks; the others go on with what was seen last.
        if is_due and self._lock.acquire(blocking=False):
            try:
                self._look()
            finally:
                self._lock.release()
        return self.replica if self._may_answer else self.primary

    def failed(self) -> None:
        """Somebody met a replica that does not answer: nobody else tries until the next look."""
        self._may_answer, self._looked_at = False, time.monotonic()

    def _look(self) -> None:
        self._looked_at = time.monotonic()
        before = self._may_answer
        try:
            self._written.append(
                (time.monotonic(), _place(self.primary, "pg_current_wal_insert_lsn()"))
            )
            replayed = _place(self.replica, "pg_last_wal_replay_lsn()")
        except SQLAlchemyError:
            self._may_answer = False
            log.warning("the replica does not answer; the primary does", exc_info=before)
            return
        self._may_answer = replayed >= self._needed(time.monotonic())
        if before != self._may_answer:
            log.warning("public pages are read from the %s", ("primary", "replica")[not before])

    def _needed(self, now: float) -> int:
        """What the primary had written `MOST_SECONDS_BEHIND` ago, or the oldest that we know."""
        while len(self._written) > 1 and self._written[1][0] <= now - MOST_SECONDS_BEHIND:
            self._written.popleft()
        return self._written[0][1]


def _place(engine: Engine, function: str) -> int:
    with engine.connect() as connection:
        found = connection.execute(text(f"SELECT {function} - '0/0'::pg_lsn")).scalar_one()
    return int(found) if found is not None else -1
