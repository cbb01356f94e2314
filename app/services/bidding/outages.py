"""No sale is closed whose bidders could not reach the platform (RULE-L2, INV-A17).

Every web process writes a beat each second, by the way its bids would go. Where none of them did
for a while near an end, the sale is stayed by the platform, from the last beat on; the court lets
it go on. Nobody has to notice: the same question is asked before anything is closed.
"""

from __future__ import annotations

import logging
import os
import threading
from datetime import datetime, timedelta

from flask import Flask
from sqlalchemy import Connection, Engine, text

from app.db import engine_for
from app.services.bidding.platform_stays import stay

log = logging.getLogger(__name__)

REASON = "The platform could not be reached near the end of the bidding"
# Courts have annulled sales over nineteen lost seconds.
LONGEST_GAP = timedelta(seconds=15)
# While no beat comes nothing is closed; it may be the beginning of a gap.
SILENT_AFTER = timedelta(seconds=4)
SECONDS_BETWEEN_BEATS = 1.0

# Beats of the processes that take bids. Where none ever did, those of any process.
_BEATS = """
    SELECT at FROM beats WHERE at <= clock_timestamp() AND (process LIKE 'web-%'
    OR NOT EXISTS (SELECT FROM beats WHERE process LIKE 'web-%'))"""
_GAPS = f"""
    WITH beat AS ({_BEATS}),
    since AS (SELECT coalesce(max(at), '-infinity') AS at FROM beat
              WHERE at < clock_timestamp() - CAST(:back AS interval)),
    gap AS (SELECT beat.at AS down_at,
              coalesce(lead(beat.at) OVER (ORDER BY beat.at), clock_timestamp()) AS up_at
            FROM beat, since WHERE beat.at >= since.at)
    SELECT down_at, up_at FROM gap WHERE up_at - down_at > :longest ORDER BY down_at"""  # noqa: S608
_TOUCHED = """
    SELECT s.sale_id, greatest(legal_time(s.court_id, :down), s.opens_at, s.committed_at) AS since
    FROM sale_states s WHERE s.status IN ('announced', 'open')
    AND s.closes_at > legal_time(s.court_id, :down)
    AND s.closes_at - interval '5 minutes' < legal_time(s.court_id, :up)
    AND s.opens_at < legal_time(s.court_id, :up)
    -- A clock that was held meanwhile lost no time.
    AND legal_time(s.court_id, :down) < legal_time(s.court_id, :up)"""


def stay_what_an_outage_touched(
    engine: Engine,
    longest_gap: timedelta = LONGEST_GAP,
    look_back: timedelta = timedelta(days=1),
) -> int:
    """Stay every sale whose last five minutes met a gap in the beats; how many there were."""
    with engine.begin() as connection:
        gaps = connection.execute(text(_GAPS), {"longest": longest_gap, "back": look_back}).all()
        touched: dict[int, datetime] = {}
        for gap in gaps:
            for sale in connection.execute(text(_TOUCHED), {"down": gap.down_at, "up": gap.up_at}):
                touched.setdefault(sale.sale_id, sale.since)
        stay(connection, touched, REASON)
    if touched:
        log.warning("%d sales are stayed: the platform could not be reached", len(touched))
    return len(touched)


def bids_can_be_taken(connection: Connection) -> bool:
    """Whether a web process beat just now; true where none ever did."""
    silent = connection.execute(
        text(
            "SELECT clock_timestamp() - max(at) FROM beats"
            # After a clock stepped back, what was written before lies in the future.
            " WHERE process LIKE 'web-%' AND at <= clock_timestamp()"
        )
    ).scalar_one()
    return silent is None or silent < SILENT_AFTER


def beat_from(app: Flask) -> None:
    """Beat for this web process for as long as it lives."""
    threading.Thread(target=_beat, args=(app,), daemon=True, name="beat").start()


def _beat(app: Flask) -> None:
    process, pause = f"web-{os.getpid()}", threading.Event()
    with app.app_context():
        engine = engine_for("drain")
    is_silent = False
    while True:
        try:
            with engine.begin() as connection:
                connection.execute(
                    text("INSERT INTO beats (at, process) VALUES (clock_timestamp(), :process)"),
                    {"process": process},
                )
            is_silent = False
        except Exception:
            if not is_silent:
                log.warning("no beat could be written; bids cannot be taken", exc_info=True)
            is_silent = True
        pause.wait(SECONDS_BETWEEN_BEATS)
