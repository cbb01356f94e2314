"""What is fit: who may give which role to whom, and when one may end."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from app.models.courts import COURT_ROLES, CourtRecord
from app.models.people import Person
from app.models.staff_rows import count_presidents, roles_of
from app.services.staff.terms import PRESIDENTS_AT_LEAST, Actor, Capacity, StaffRefused


def unfit_to_give(
    session: Session, court: CourtRecord, actor: Actor, role: str
) -> StaffRefused | None:
    """Who may give which role: a president each, an operator only a president who is missing."""
    if role not in COURT_ROLES:
        return StaffRefused.ROLE_UNKNOWN
    if not holds(session, court, actor):
        return StaffRefused.NOT_ALLOWED
    if actor.capacity is Capacity.OPERATOR:
        if role != "president":
            return StaffRefused.NOT_ALLOWED
        if count_presidents(session, court.id) >= PRESIDENTS_AT_LEAST:
            return StaffRefused.COURT_HAS_PRESIDENTS
    return None


def unfit_to_receive(
    session: Session, court: CourtRecord, actor: Actor, person: Person | None, role: str
) -> StaffRefused | None:
    """Who cannot take the role; an address without an account can."""
    if person is None:
        return None
    if person.id == actor.person_id:
        return StaffRefused.ONESELF
    if person.is_operator:
        return StaffRefused.IS_OPERATOR
    if role in {held.role for held in roles_of(session, court.id, person.id)}:
        return StaffRefused.HAS_ROLE
    return None


def unfit_to_end(
    session: Session, court: CourtRecord, actor: Actor, person: Person, role: str | None
) -> StaffRefused | None:
    """A court keeps two presidents; only operators, who can invite others, may go below."""
    if not holds(session, court, actor):
        return StaffRefused.NOT_ALLOWED
    if person.id == actor.person_id:
        return StaffRefused.ONESELF
    held = {held.role for held in roles_of(session, court.id, person.id)}
    if role is not None and role not in held:
        return StaffRefused.NO_SUCH_ROLE
    if actor.capacity is Capacity.OPERATOR:
        return None if "president" in held else StaffRefused.NOT_ALLOWED
    ends_president = "president" in held and role in (None, "president")
    if ends_president and leaves_too_few(session, court, person):
        return StaffRefused.TOO_FEW_PRESIDENTS
    return None


def leaves_too_few(session: Session, court: CourtRecord, person: Person) -> bool:
    return count_presidents(session, court.id, without=person.id) < PRESIDENTS_AT_LEAST


def holds(session: Session, court: CourtRecord, actor: Actor) -> bool:
    """Whether the actor really is what they act as, now."""
    if actor.capacity is Capacity.OPERATOR:
        return session.get_one(Person, actor.person_id).is_operator
    return "president" in {held.role for held in roles_of(session, court.id, actor.person_id)}


def is_about(session: Session, payload: dict[str, Any], person_id: int) -> bool:
    person = session.get_one(Person, person_id)
    return person.public_id == payload.get("person") or person.email == payload.get("email")
