"""How long deposits took to go back, court by court: sums of many, nothing of anybody (RULE-H3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection, text


@dataclass(frozen=True, slots=True)
class RefundTimes:
    """Of the last 90 days: half of a court's deposits were back within `median`, 95 in a hundred
    within `nearly_all`. The database leaves a court out that had fewer than five."""

    name_en: str
    name_zh: str
    refunds: int
    median: timedelta
    nearly_all: timedelta


def refund_times(connection: Connection) -> list[RefundTimes]:
    """The courts with the most refunds first."""
    rows = connection.execute(
        text(
            "SELECT name_en, name_zh, refunds, median, nearly_all FROM refund_times"
            " ORDER BY refunds DESC, court LIMIT 100"
        )
    )
    return [RefundTimes(*row) for row in rows]
