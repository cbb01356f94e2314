"""What a batch decided, written at once: one statement carries everything a decision leaves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.models.bidding import SaleStateRecord

# Rows travel as one JSON text for each table: cheaper to write and to read than as many parameters
# as there are values. A decision takes its arrival out of the queue in the same statement, and the
# public face of the sale is kept in step with its state where there is something to show.
_WRITE = text("""
    WITH taken AS (
      INSERT INTO decisions (sale_id, arrival_id, at, accepted, reason, minimum, seq, closes_at, n)
      SELECT :sale, one.* FROM json_to_recordset(CAST(:decisions AS json)) AS one (
        arrival_id bigint, at timestamptz, accepted boolean, reason text, minimum bigint,
        seq bigint, closes_at timestamptz, n bigint)
      RETURNING arrival_id
    ), decided AS (
      DELETE FROM undecided USING taken WHERE undecided.arrival_id = taken.arrival_id
    ), told AS (
      INSERT INTO transcript_lines (sale_id, n, prev, hash, line)
      SELECT :sale, one.* FROM json_to_recordset(CAST(:lines AS json)) AS one (
        n bigint, prev text, hash text, line text)
    ), stands AS (
      INSERT INTO bids (sale_id, seq, arrival_id, registration_id, code, rank, amount, at,
                        closes_at, reserve)
      SELECT :sale, one.* FROM json_to_recordset(CAST(:bids AS json)) AS one (
        seq bigint, arrival_id bigint, registration_id bigint, code text, rank bigint,
        amount bigint, at timestamptz, closes_at timestamptz, reserve boolean)
    )
    UPDATE public_lots SET phase = :phase, price = :price, bids = :shown, closes_at = :closes_at
    WHERE sale_id = :sale AND :shows
""")


def write_decisions(
    session: Session,
    state: SaleStateRecord,
    decisions: Sequence[dict[str, Any]],
    *,
    lines: Sequence[dict[str, Any]],
    bids: Sequence[dict[str, Any]],
    shows: bool,
) -> None:
    """Write decisions with the lines and the bids that came of them; `state` is where they led."""
    session.execute(
        _WRITE,
        {
            "sale": state.sale_id,
            "decisions": orjson.dumps(decisions).decode(),
            "lines": orjson.dumps(lines).decode(),
            "bids": orjson.dumps(bids).decode(),
            "shows": shows,
            "phase": state.status,
            "price": state.price,
            # A sealed sale shows no bid.
            "shown": 0 if state.is_sealed else state.accepted,
            "closes_at": state.closes_at,
        },
    )
