"""How the platform is: whether bids can be taken, and how many sales run (RULE-A7)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text

from app.queries.lost_bidders import losses_of_a_day


@dataclass(frozen=True, slots=True)
class PlatformStatus:
    """`last_beat`: the last second in which closing was known to work; `gaps` of the last day."""

    last_beat: datetime | None
    seconds_since: float | None
    open_sales: int
    suspended_sales: int
    gaps: tuple[tuple[datetime, datetime], ...]
    # When most bidders of a running sale lost their connection at once, in the last day.
    losses: tuple[datetime, ...] = ()


def platform_status(connection: Connection) -> PlatformStatus:
    beat = connection.execute(
        text(
            "SELECT max(at) AS at, extract(epoch FROM clock_timestamp() - max(at)) AS ago"
            " FROM beats"
        )
    ).one()
    counts = connection.execute(
        text(
            "SELECT count(*) FILTER (WHERE status = 'open') AS open,"
            " count(*) FILTER (WHERE status = 'suspended') AS suspended FROM sale_states"
            " WHERE status IN ('open', 'suspended')"
        )
    ).one()
    gaps = connection.execute(
        text(
            "SELECT before, at FROM (SELECT at, lag(at) OVER (ORDER BY at) AS before FROM beats"
            " WHERE at > clock_timestamp() - interval '1 day') b"
            " WHERE at - before > interval '30 seconds' ORDER BY at DESC LIMIT 20"
        )
    ).all()
    return PlatformStatus(
        last_beat=beat.at,
        seconds_since=float(beat.ago) if beat.ago is not None else None,
        open_sales=counts.open,
        suspended_sales=counts.suspended,
        losses=losses_of_a_day(connection),
        gaps=tuple((gap.before, gap.at) for gap in gaps),
    )
