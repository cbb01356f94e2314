"""Bidding stops before the disk is full, and not in the middle of a bid (FAULT-F33).

Only where the closing process stands on the database's machine and was told which disk that is
(`DATABASE_DISK`); elsewhere whoever runs the database watches it. A full disk loses nothing that
was confirmed either way; this spares bidders the silence.
"""

from __future__ import annotations

import logging
import shutil
from dataclasses import dataclass

from sqlalchemy import Engine, text

from app.services.bidding.platform_stays import stay

log = logging.getLogger(__name__)

REASON = "The platform's storage is full"


@dataclass(frozen=True, slots=True)
class LeastFree:
    """What must stay free of a disk: a share of it, and never less than a number of MiB.

    The database writes its log in pieces of 16 MiB; four of them must fit on the smallest disk.
    """

    percent: float = 10.0
    mib: int = 64

    def bytes_of(self, total: int) -> int:
        return max(int(total * self.percent / 100), self.mib * 2**20)


_RUNNING = """
    SELECT sale_id, greatest(legal_time(court_id, clock_timestamp()), committed_at) AS since
    FROM sale_states WHERE status IN ('announced', 'open')
    AND opens_at <= legal_time(court_id, clock_timestamp())
    AND closes_at > legal_time(court_id, clock_timestamp())"""


def stay_what_a_full_disk_threatens(engine: Engine, folder: str, least: LeastFree) -> int:
    """Stay every sale that runs where less is free than must be; how many there were."""
    if not folder:
        return 0
    disk = shutil.disk_usage(folder)
    if disk.free >= least.bytes_of(disk.total):
        return 0
    with engine.begin() as connection:
        rows = connection.execute(text(_RUNNING)).all()
        stay(connection, {row.sale_id: row.since for row in rows}, REASON)
    if rows:
        log.error("the disk is nearly full; %d sales are stayed", len(rows))
    return len(rows)
