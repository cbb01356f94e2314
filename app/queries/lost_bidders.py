"""Where most bidders lost their connection at once: what court, operator and public see of it.

Of how many bidders, nobody sees: how large a share went, in tenths, and everybody that it happened
(RULE-A8, FAULT-F41).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text
from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class Loss:
    """In which sale, when by its court's clock, how many tenths of those who were there, and
    since when most of them are back."""

    sale: str
    court_en: str
    court_zh: str
    at: datetime
    tenths: int
    back_at: datetime | None


_IN_RUNNING_SALES = """
    SELECT l.public_id, c.name_en, c.name_zh, lost.at, lost.tenths_gone, lost.back_at
    FROM lost_bidders lost
    JOIN public_lots l ON l.sale_id = lost.sale_id
    JOIN sale_states s ON s.sale_id = lost.sale_id
    JOIN courts c ON c.id = lost.court_id
    WHERE s.status IN ('announced', 'open')
    AND lost.noticed_at > clock_timestamp() - interval '1 hour'
    AND (CAST(:court AS bigint) IS NULL OR lost.court_id = :court)
    AND (CAST(:sale AS text) IS NULL OR l.public_id = :sale)
    ORDER BY lost.noticed_at DESC"""


def losses_in_running_sales(
    session: Session, *, court_id: int | None = None, sale: str | None = None
) -> list[Loss]:
    """The newest first; those of one court, of one sale, or for the operator of all."""
    rows = session.execute(text(_IN_RUNNING_SALES), {"court": court_id, "sale": sale})
    return [Loss(*row) for row in rows]


def losses_of_a_day(connection: Connection) -> tuple[datetime, ...]:
    """For everybody: when it was noticed; in which sale is not said."""
    rows = connection.execute(
        text(
            "SELECT noticed_at FROM lost_bidders"
            " WHERE noticed_at > clock_timestamp() - interval '1 day'"
            " ORDER BY noticed_at DESC LIMIT 20"
        )
    ).all()
    return tuple(row.noticed_at for row in rows)
