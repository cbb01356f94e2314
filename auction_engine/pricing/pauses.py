"""Periods that a stay interrupts (RULE-B14).

The law is silent on the days of a stay. Here they do not count: what was left of the period when
the stay began is left when it ends.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from auction_engine.sale.deadlines import Deadline, WorkingDays, deadline


@dataclass(frozen=True, slots=True)
class Pause:
    """From the day of the stay to the day on which pricing goes on."""

    stayed_on: date
    resumed_on: date


def after_pauses(period: Deadline, pauses: Sequence[Pause], calendar: WorkingDays) -> Deadline:
    """`period` with the days that were left at each stay counted on from its end."""
    for pause in pauses:
        if period.counted_from <= pause.stayed_on <= period.due_on:
            left = max(0, (period.ends_on - pause.stayed_on).days)
            period = deadline(period.rule, pause.resumed_on, left, calendar)
    return period
