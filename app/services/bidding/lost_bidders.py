"""Where most bidders of a sale lose their connection at once, the court is told (FAULT-F41).

Their network may have failed and not ours; from here it only looks like silence. Live processes
write down how many bidders of each sale near its end can hear them, and the closing process
compares. A failure of our own stays a sale by itself (`outages.py`, RULE-L2). One of theirs is the
court's to judge: it may stop the sale (RULE-L1), the platform only reports.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import Engine, text

log = logging.getLogger(__name__)

# Of the bidders who were there within the last half minute so many went: two people who have seen
# enough close their pages, too, so smaller sales say nothing.
LARGE_SHARE = 0.6
FEWEST = 3
AT_ONCE = timedelta(seconds=30)
# Whoever comes back by then was not lost: a live process that is killed or deployed.
SECONDS_TO_COME_BACK = timedelta(seconds=6)

# Only near an end does it matter who can hear us; and nothing else is written down.
_PRESENT = """
    INSERT INTO attendance (sale_id, process, bidders)
    SELECT s.sale_id, :process, here.bidders
    FROM jsonb_to_recordset(CAST(:present AS jsonb)) AS here (sale text, bidders int)
    JOIN public_lots l ON l.public_id = here.sale
    JOIN sale_states s ON s.sale_id = l.sale_id
    CROSS JOIN LATERAL (SELECT legal_time(s.court_id, clock_timestamp()) AS now) legal
    WHERE s.status IN ('announced', 'open') AND s.opens_at <= legal.now
    AND legal.now BETWEEN s.closes_at - interval '10 minutes' AND s.closes_at"""
# How many were there together, in pieces of four seconds, because each process counts every two.
# Whoever moves from one process to another in a piece counts for two in it: so the largest number
# that was there in two pieces at least.
_SEEN = """
    WITH seen AS (
      SELECT * FROM attendance WHERE at > clock_timestamp() - CAST(:at_once AS interval)),
    together AS (
      SELECT sale_id, sum(most) AS bidders FROM (
        SELECT sale_id, process, date_bin('4 seconds', at, 'epoch') AS during,
          max(bidders) AS most FROM seen GROUP BY 1, 2, 3) by_process
      GROUP BY sale_id, during),
    before AS (
      SELECT sale_id, bidders FROM (
        SELECT *, row_number() OVER (PARTITION BY sale_id ORDER BY bidders DESC) AS place
        FROM together) placed
      WHERE place = 2),
    still AS (
      SELECT sale_id, sum(most) AS bidders FROM (
        SELECT sale_id, process, max(bidders) AS most FROM seen
        WHERE at > clock_timestamp() - CAST(:to_come_back AS interval) GROUP BY 1, 2) by_process
      GROUP BY sale_id)"""
_LOST = f"""{_SEEN}
    INSERT INTO lost_bidders (court_id, sale_id, at, were_here, stayed)
    SELECT s.court_id, s.sale_id, legal_time(s.court_id, clock_timestamp()), before.bidders,
      coalesce(still.bidders, 0)
    FROM before LEFT JOIN still USING (sale_id) JOIN sale_states s USING (sale_id)
    WHERE s.status IN ('announced', 'open')
    AND s.closes_at > legal_time(s.court_id, clock_timestamp())
    AND before.bidders >= :fewest
    AND before.bidders - coalesce(still.bidders, 0) >= before.bidders * :share
    -- They do not fall silent all in one second.
    ON CONFLICT (sale_id) WHERE back_at IS NULL DO UPDATE SET stayed = excluded.stayed
    WHERE lost_bidders.stayed > excluded.stayed
    RETURNING sale_id, xmax = 0 AS is_new"""  # noqa: S608
_BACK = f"""{_SEEN}
    UPDATE lost_bidders lost SET back_at = legal_time(lost.court_id, clock_timestamp())
    FROM still WHERE still.sale_id = lost.sale_id AND lost.back_at IS NULL
    AND still.bidders > lost.were_here * (1 - :share)"""  # noqa: S608


def write_who_is_here(engine: Engine, process: str, present: Mapping[str, int]) -> None:
    """For a live process: how many bidders can hear it, by the public id of their sale."""
    if not present:
        return
    listed = [{"sale": sale, "bidders": bidders} for sale, bidders in present.items()]
    with engine.begin() as connection:
        connection.execute(text(_PRESENT), {"process": process, "present": json.dumps(listed)})


def notice_lost_bidders(engine: Engine) -> int:
    """Write an alarm for each sale that most of its bidders lost at once; how many there were."""
    share = {"share": LARGE_SHARE, "at_once": AT_ONCE, "to_come_back": SECONDS_TO_COME_BACK}
    with engine.begin() as connection:
        connection.execute(text(_BACK), share)
        found = connection.execute(text(_LOST), share | {"fewest": FEWEST}).all()
    new = [row.sale_id for row in found if row.is_new]
    for sale_id in new:
        log.warning("most bidders of sale %d lost their connection at once", sale_id)
    return len(new)


def forget_who_was_here(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(
            text("DELETE FROM attendance WHERE at < clock_timestamp() - interval '1 hour'")
        )
