"""The court's calendar and its reading of days, as rows (RULE-Q1 to Q4)."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models.courts import CalendarDay, CourtRecord
from auction_engine.rulepacks.pack import RulePack, StagedDraft
from auction_engine.sale.deadlines import Deadline, Reading, WorkingDays
from auction_engine.sale.draft_days import opens_from
from auction_engine.sale.kinds import PropertyKind, Round


def calendar_of(session: Session, court_id: int) -> WorkingDays:
    """The court's own working days and holidays (RULE-Q4)."""
    days = calendar_days(session, court_id)
    return WorkingDays(
        off=frozenset(day.on for day in days if not day.works),
        worked=frozenset(day.on for day in days if day.works),
    )


def calendar_days(session: Session, court_id: int) -> list[CalendarDay]:
    return list(
        session.scalars(
            select(CalendarDay).where(CalendarDay.court_id == court_id).order_by(CalendarDay.on)
        )
    )


def opens_earliest(
    court: CourtRecord, rules: RulePack, sale_round: str, kind: str, announced_on: date
) -> Deadline | None:
    """The first day of opening if it is announced on `announced_on`, for whoever drafts (RULE-D1);
    None under a law without rounds."""
    if not isinstance(rules.draft, StagedDraft):
        return None
    return opens_from(
        rules.draft,
        Round(sale_round),
        PropertyKind(kind),
        announced_on,
        strict=reads_strictly(court, rules),
    )


def reads_strictly(court: CourtRecord, rules: RulePack) -> bool:
    """Whether "so many days before" asks for full days between (RULE-Q2): the court says so, or
    the law that the sale names does."""
    if court.days_before == Reading.STRICT:
        return True
    return "days_before" in rules.switches and rules.reading("days_before") == Reading.STRICT
