"""Entrusted appraisal: three appraisers in an order, and at most sixty days each (RULE-B7)."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from auction_engine.pricing.pauses import Pause, after_pauses
from auction_engine.sale.calendar import latest_day_before
from auction_engine.sale.deadlines import Deadline, WorkingDays, deadline

APPRAISERS: Final = 3
DAYS_TO_REPORT: Final = 30
# For a new report because the price expired before the first announcement (RULE-B12).
DAYS_TO_RENEW: Final = 15
ASKED_DAYS_BEFORE: Final = 5
MOST_EXTENSIONS: Final = 2
MOST_DAYS_EXTENDED: Final = 15
DAYS_TO_FILE_BACK: Final = 3


@dataclass(frozen=True, slots=True)
class Instruction:
    """What one appraiser was asked for. `extensions` are the days granted, in their order."""

    appraiser: str
    instructed_on: date
    days: int = DAYS_TO_REPORT
    extensions: tuple[int, ...] = ()
    pauses: tuple[Pause, ...] = ()


class LongerRefused(StrEnum):
    """Why an appraiser gets no more time."""

    ASKED_TOO_LATE = "asked_too_late"
    TWICE_ALREADY = "twice_already"
    TOO_MANY_DAYS = "too_many_days"


def report_deadline(instruction: Instruction, calendar: WorkingDays) -> Deadline:
    """Until when the appraiser reports: 30 days and what was granted, 60 at the most (RULE-B7).

    Extensions lengthen the period, not the day it rolls to: only its last day rolls.
    """
    days = instruction.days + sum(instruction.extensions)
    return after_pauses(
        deadline("B7", instruction.instructed_on, days, calendar), instruction.pauses, calendar
    )


def reasons_not_to_extend(
    instruction: Instruction, *, asked_on: date, days: int, calendar: WorkingDays
) -> tuple[LongerRefused, ...]:
    """Everything that stands against more time: asked 5 days before the end, at most twice, at
    most 15 days each (RULE-B7)."""
    last = latest_day_before(
        report_deadline(instruction, calendar).due_on, ASKED_DAYS_BEFORE, strict=False
    )
    found = {
        LongerRefused.ASKED_TOO_LATE: asked_on > last,
        LongerRefused.TWICE_ALREADY: len(instruction.extensions) >= MOST_EXTENSIONS,
        LongerRefused.TOO_MANY_DAYS: not 1 <= days <= MOST_DAYS_EXTENDED,
    }
    return tuple(reason for reason, holds in found.items() if holds)


def file_back_deadline(instruction: Instruction, calendar: WorkingDays) -> Deadline:
    """Until when an appraiser without a report gives the file back (RULE-B7)."""
    ended_on = report_deadline(instruction, calendar).due_on
    return deadline("B7", ended_on, DAYS_TO_FILE_BACK, calendar)


def next_appraiser(order: Sequence[str], tried: Sequence[str]) -> str | None:
    """The first in the order who was not instructed yet; None when all were (RULE-B7)."""
    return next((name for name in order if name not in tried), None)


def drawn_order(candidates: Sequence[str], seed: str) -> tuple[str, ...]:
    """Three appraisers in the order a lot gives them (RULE-B7).

    Who knows seed and candidates can draw again: each name is ranked by its hash with the seed.
    The seed must come from chance, outside, after the candidates stand.
    """

    def ticket(name: str) -> tuple[str, str]:
        return hashlib.sha256(f"{seed}\n{name}".encode()).hexdigest(), name

    return tuple(sorted(set(candidates), key=ticket)[:APPRAISERS])
