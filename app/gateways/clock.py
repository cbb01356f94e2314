"""The two clocks. *Legal time* decides; *real time* spaces retries and ends sessions.

They are the same except in a rehearsal court, whose legal time a replay or a demonstration may
hold, step and speed up. Both are read from the database, never from the machine of the process.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, text
from sqlalchemy.orm import Session


def legal_now(connection: Session | Connection, court_id: int) -> datetime:
    """The moment by which arrivals, ends and statutory periods of this court are counted."""
    moment: datetime = connection.execute(
        text("SELECT legal_time(:court, clock_timestamp())"), {"court": court_id}
    ).scalar_one()
    return moment


def legal_times(connection: Session | Connection, court_ids: Iterable[int]) -> dict[int, datetime]:
    """The legal time of each of these courts, in one question."""
    rows = connection.execute(
        text(
            "SELECT court, legal_time(court, clock_timestamp()) AS now"
            " FROM unnest(CAST(:courts AS bigint[])) AS court"
        ),
        {"courts": sorted(set(court_ids))},
    )
    return {row.court: row.now for row in rows}


def real_now(connection: Session | Connection) -> datetime:
    moment: datetime = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
    return moment


def legal_clock(connection: Session | Connection, court_id: int) -> tuple[datetime, float]:
    """Legal time now, and how fast it runs: 1 in real courts, 0 where it is held."""
    row = connection.execute(
        text(
            "SELECT legal_time(:court, clock_timestamp()) AS now, coalesce((SELECT rate"
            " FROM legal_time_segments WHERE court_id = :court AND real_from <= clock_timestamp()"
            " ORDER BY real_from DESC, id DESC LIMIT 1), 1) AS rate"
        ),
        {"court": court_id},
    ).one()
    return row.now, float(row.rate)
