"""The lines of a checklist: one rule each, with what a draft says and what it may say."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from auction_engine.sale.deadlines import ClockPeriod, Deadline

Measure = int | datetime | date | str


class LineState(StrEnum):
    SATISFIED = "satisfied"
    MISSING = "missing"
    VIOLATED = "violated"
    ADVICE = "advice"


@dataclass(frozen=True, slots=True)
class CheckLine:
    """One rule and the draft. `item` says which of its parts; `why` names what is still empty;
    `counted` is the reckoning behind a `limit` that is a day or a moment, `instead` the first day
    that would do where the draft's own does not."""

    rule: str
    item: str
    state: LineState
    article: str = ""
    given: Measure | None = None
    limit: Measure | None = None
    most: Measure | None = None
    why: str = ""
    counted: Deadline | ClockPeriod | None = None
    instead: Deadline | None = None

    @property
    def forbids_publication(self) -> bool:
        return self.state in (LineState.MISSING, LineState.VIOLATED)


@dataclass(frozen=True, slots=True)
class Checklist:
    lines: tuple[CheckLine, ...]

    @property
    def is_publishable(self) -> bool:
        return not any(line.forbids_publication for line in self.lines)

    @property
    def open_lines(self) -> tuple[CheckLine, ...]:
        return tuple(line for line in self.lines if line.forbids_publication)
