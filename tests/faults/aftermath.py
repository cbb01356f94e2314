"""The database after an experiment, read past every right and policy, as values for the oracles."""

from __future__ import annotations

from typing import Any

from tests.faults.oracles import Entry, Final
from tests.faults.rig import Rig

_ENTRIES = """
    SELECT a.id, a.kind, a.key::text, a.arrived_at, r.code, a.amount, a.details, d.at, d.accepted,
           d.reason, d.seq, d.closes_at, d.n,
           CASE WHEN current_setting('track_commit_timestamp') = 'on'
             THEN pg_xact_commit_timestamp(a.xmin) END
    FROM arrivals a LEFT JOIN decisions d ON d.arrival_id = a.id
    LEFT JOIN registrations r ON r.id = a.registration_id
    WHERE a.sale_id = %s ORDER BY a.id"""
_SALE = """
    SELECT s.public_id, s.opens_at, s.closes_at, s.starting_price, s.increment, t.price,
           t.leader_code, t.closes_at, t.accepted, t.status
    FROM sales s JOIN sale_states t ON t.sale_id = s.id WHERE s.id = %s"""
_MESSAGES = """
    SELECT r.code, m.kind FROM messages m JOIN registrations r ON r.id = m.registration_id
    WHERE m.sale_id = %s"""


def final_of(rig: Rig, sale_id: int) -> Final:
    [sale] = rig.sql(_SALE, sale_id)
    registrations = rig.sql(
        "SELECT code, priority_rank FROM registrations WHERE sale_id = %s", sale_id
    )
    return Final(
        public_id=sale[0],
        opens_at=sale[1],
        closes_at=sale[2],
        starting_price=sale[3],
        increment=sale[4],
        price=sale[5],
        leader=sale[6],
        ends_at=sale[7],
        accepted=sale[8],
        status=sale[9],
        ranks=dict(registrations),
        entries=tuple(Entry(*row) for row in rig.sql(_ENTRIES, sale_id)),
        bids=tuple(
            rig.sql("SELECT seq, code, amount FROM bids WHERE sale_id = %s ORDER BY seq", sale_id)
        ),
        transcript=tuple(
            line
            for (line,) in rig.sql(
                "SELECT line FROM transcript_lines WHERE sale_id = %s ORDER BY n", sale_id
            )
        ),
        undecided=_one(rig, "SELECT count(*) FROM undecided WHERE sale_id = %s", sale_id),
        outcomes=tuple(
            rig.sql(
                "SELECT status, winner_code, price, written_at FROM outcomes WHERE sale_id = %s",
                sale_id,
            )
        ),
        books=books(rig),
        depositors=frozenset(
            code
            for (code,) in rig.sql(
                "SELECT r.code FROM deposits d JOIN registrations r ON r.id = d.registration_id"
                " WHERE d.sale_id = %s",
                sale_id,
            )
        ),
        messages=tuple(rig.sql(_MESSAGES, sale_id)),
    )


def books(rig: Rig) -> dict[str, int]:
    """Debits less credits of the whole ledger, by currency: nought at every moment (INV-M2)."""
    rows = rig.sql(
        "SELECT a.currency, sum(p.amount) FROM ledger_postings p"
        " JOIN ledger_accounts a ON a.id = p.account_id GROUP BY 1"
    )
    return {currency: int(amount) for currency, amount in rows}


def _one(rig: Rig, statement: str, *values: Any) -> int:
    return int(rig.sql(statement, *values)[0][0])
