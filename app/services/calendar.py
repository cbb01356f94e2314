"""A court's days off, and the weekends on which it works (RULE-Q1, Q4)."""

from __future__ import annotations

from datetime import date

from sqlalchemy.dialects.postgresql import insert as upsert

from app.db import transaction
from app.models.courts import CalendarDay
from app.models.outbox_rows import record_act


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
