"""A court's days off, the weekends on which it works, and its reading of days (RULE-Q1 to Q4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert as upsert

from app.db import transaction
from app.gateways.clock import legal_now
from app.models.courts import CalendarDay, CourtRecord
from app.models.outbox_rows import record_act
from auction_engine.sale.deadlines import Reading


class CalendarRefusal(StrEnum):
    READ_SO_ALREADY = "read_so_already"
    NOT_THERE = "not_there"
    GONE_BY = "gone_by"


@dataclass(frozen=True, slots=True)
class DayOff:
    """A day that is not what its weekday says."""

    on: date
    works: bool
    name: str


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a file: so many days are new, so many were there and stay as they are."""

    new: int
    there: int


def set_day(court_id: int, on: date, *, works: bool, name: str, by: int) -> None:
    """Enter a day that is not what its weekday says; entered again, it is replaced."""
    values = {"works": works, "name": name}
    with transaction() as session:
        session.execute(
            upsert(CalendarDay)
            .values(court_id=court_id, on=on, **values)
            .on_conflict_do_update(index_elements=["court_id", "on"], set_=values)
        )
        record_act(
            session,
            actor="court",
            action="calendar.day_set",
            subject=f"day:{on.isoformat()}",
            court_id=court_id,
            person_id=by,
            works=works,
        )


def remove_day(court_id: int, on: date, *, by: int) -> CalendarRefusal | None:
    """Let a day that is still to come be again what its weekday says.

    Periods that were counted over a day gone by stand, so such a day stays. A date that was told
    or published does not move: it was written down when it was told.
    """
    with transaction() as session:
        court = session.get_one(CourtRecord, court_id)
        today = legal_now(session, court_id).astimezone(ZoneInfo(court.timezone)).date()
        if on <= today:
            return CalendarRefusal.GONE_BY
        gone = session.execute(
            delete(CalendarDay)
            .where(CalendarDay.court_id == court_id, CalendarDay.on == on)
            .returning(CalendarDay.works, CalendarDay.name)
        ).one_or_none()
        if gone is None:
            return CalendarRefusal.NOT_THERE
        record_act(
            session,
            actor="court",
            action="calendar.day_removed",
            subject=f"day:{on.isoformat()}",
            court_id=court_id,
            person_id=by,
            works=gone.works,
            name=gone.name,
        )
    return None


def take_days(court_id: int, days: Sequence[DayOff], *, by: int) -> Taken:
    """Enter the days of a file, all in one transaction. A day that is there stays as it is: the
    court's own word stands before a file's."""
    with transaction() as session:
        new = 0
        for day in days:
            new += len(
                session.execute(
                    upsert(CalendarDay)
                    .values(court_id=court_id, on=day.on, works=day.works, name=day.name)
                    .on_conflict_do_nothing(index_elements=["court_id", "on"])
                    .returning(CalendarDay.id)
                ).all()
            )
        if new:
            record_act(
                session,
                actor="court",
                action="calendar.imported",
                subject=f"court:{court_id}",
                court_id=court_id,
                person_id=by,
                new=new,
                days=[day.on.isoformat() for day in days],
            )
    return Taken(new, len(days) - new)


def read_days_before(
    court_id: int, reading: Reading, *, reason: str, by: int
) -> CalendarRefusal | None:
    """Let "so many days before" be read this way from now on (RULE-Q2).

    What is published stands; every draft is held against the new reading at once.
    """
    with transaction() as session:
        court = session.get_one(CourtRecord, court_id, with_for_update=True)
        if court.days_before == reading:
            return CalendarRefusal.READ_SO_ALREADY
        before, court.days_before = court.days_before, reading.value
        record_act(
            session,
            actor="court",
            action="court.days_before_set",
            subject=f"court:{court.public_id}",
            court_id=court_id,
            person_id=by,
            before=before,
            after=reading.value,
            reason=reason,
        )
    return None
