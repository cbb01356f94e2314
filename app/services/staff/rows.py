"""What is written when a role begins or ends."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.models.account_rows import end_sessions, promise_letter
from app.models.courts import CourtMembership, CourtRecord
from app.models.outbox_rows import record_act
from app.models.people import Person
from app.models.staff_rows import roles_of
from app.services.staff.terms import Actor


def find_colleague(session: Session, court: CourtRecord, public_id: str) -> Person | None:
    """Somebody who works for this court now."""
    return session.scalars(
        select(Person).where(
            Person.public_id == public_id,
            select(CourtMembership.id)
            .where(
                CourtMembership.court_id == court.id,
                CourtMembership.person_id == Person.id,
                CourtMembership.ended_at.is_(None),
            )
            .exists(),
        )
    ).one_or_none()


def give_role(
    session: Session, court: CourtRecord, person: Person, role: str, first: int, second: int
) -> None:
    session.add(
        CourtMembership(
            court_id=court.id,
            person_id=person.id,
            role=role,
            granted_by=first,
            approved_by=second,
        )
    )
    session.flush()


def end_roles(
    session: Session, court: CourtRecord, person: Person, role: str | None, by: int, reason: str
) -> None:
    """End one role or all of them, on the record; who leaves is signed out everywhere."""
    ended = [
        held for held in roles_of(session, court.id, person.id) if role is None or held.role == role
    ]
    now = session.scalars(select(func.clock_timestamp())).one()
    for held in ended:
        held.ended_at, held.ended_by, held.end_reason = now, by, reason[:300]
    session.flush()
    if not roles_of(session, court.id, person.id):
        end_sessions(session, person.id, "left_court")
    names = [held.role for held in ended]
    record_act(
        session,
        actor="court",
        action="roles_ended",
        subject=f"person:{person.public_id}",
        court_id=court.id,
        person_id=by,
        roles=names,
    )
    promise_letter(
        session,
        "roles_ended",
        {**named(court), "roles": names, "reason": reason},
        person_id=person.id,
        court_id=court.id,
    )


def record_on_staff(
    session: Session, court: CourtRecord, actor: Actor, action: str, subject: str, **details: Any
) -> None:
    record_act(
        session,
        actor=actor.capacity,
        action=action,
        subject=f"proposal:{subject}",
        court_id=court.id,
        person_id=actor.person_id,
        **details,
    )


def named(court: CourtRecord) -> dict[str, str]:
    return {"court_en": court.name_en, "court_zh": court.name_zh}
