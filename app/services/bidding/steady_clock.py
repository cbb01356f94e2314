"""The clock gate: a clock that jumps stays lots and never closes them (faults.md, P7, FAULT-F21).

The database's clock decides over every end. It is compared with a clock that cannot be set, the
monotonic one of the closing process: where the two part, the lots about to close are stayed.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, text

from app.services.bidding.platform_stays import stay

log = logging.getLogger(__name__)

REASON = "The platform's clock jumped near the end of the bidding"
LARGEST_STEP = timedelta(seconds=0.5)
# A clock that is being corrected by its time server runs this much faster or slower; no more.
_SLEW = 0.001
# An answer that took longer says too little about when it was given.
_SLOWEST_LOOK = 0.25

_ABOUT_TO_CLOSE = """
    SELECT s.sale_id, greatest(least(legal_time(s.court_id, :expected),
             legal_time(s.court_id, :found)), s.opens_at, s.committed_at) AS since
    FROM sale_states s WHERE s.status IN ('announced', 'open')
    AND s.opens_at < legal_time(s.court_id, :later)
    AND s.closes_at > legal_time(s.court_id, :earlier)
    AND s.closes_at < legal_time(s.court_id, :later) + interval '10 minutes'
    -- A clock that is held, as in a rehearsal, has not moved.
    AND legal_time(s.court_id, :earlier) < legal_time(s.court_id, :later)"""


@dataclass(frozen=True, slots=True)
class Jump:
    """Where the database's clock should be by the other one, and where it is."""

    expected: datetime
    found: datetime


@dataclass(slots=True)
class SteadyClock:
    """Watches the database's clock from one process; several threads may look."""

    monotonic: Callable[[], float] = time.monotonic
    # What the database said last, and when by the other clock.
    _last: tuple[datetime, float] | None = field(default=None, init=False)

    def jump(self, connection: Connection) -> Jump | None:
        """Look at both clocks; the jump since the last look, if there was one."""
        before = self.monotonic()
        found: datetime = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
        after = self.monotonic()
        uncertain = (after - before) / 2
        middle = before + uncertain
        last = self._last
        if last is None:
            self._last = (found, middle)
            return None
        if uncertain * 2 > _SLOWEST_LOOK:
            return None
        passed = middle - last[1]
        expected = last[0] + timedelta(seconds=passed)
        if abs(found - expected) > LARGEST_STEP + timedelta(seconds=uncertain):
            return Jump(expected, found)
        # What a time server may have corrected meanwhile is taken over, and no more.
        most = timedelta(seconds=abs(passed) * _SLEW)
        correction = min(max(found - expected, -most), most)
        self._last = (expected + correction, middle)
        return None

    def believe_again(self) -> None:
        """What stood near its end is stayed; from here on the clock counts as it is."""
        self._last = None


def stay_what_a_jump_touched(engine: Engine, clock: SteadyClock) -> int:
    """Stay every lot that closes within ten minutes by either clock; how many there were."""
    with engine.begin() as connection:
        jump = clock.jump(connection)
        if jump is None:
            return 0
        earlier, later = sorted((jump.expected, jump.found))
        moments = {
            "expected": jump.expected,
            "found": jump.found,
            "earlier": earlier,
            "later": later,
        }
        rows = connection.execute(text(_ABOUT_TO_CLOSE), moments).all()
        stay(connection, {row.sale_id: row.since for row in rows}, REASON)
    clock.believe_again()
    log.error(
        "the database's clock jumped by %s s; %d sales are stayed",
        (jump.found - jump.expected).total_seconds(),
        len(rows),
    )
    return len(rows)
