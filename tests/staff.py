"""A court with people in it, for tests that are about who may do what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from app.models.courts import CourtMembership, CourtRecord


@dataclass(frozen=True)
class StaffedCourt:
    id: int
    public_id: str
    chen: int
    liu: int
    clerk: int


def appoint(world: Any, court_id: int, person_id: int, *roles: str) -> int:
    """Give roles as two operators would have; the person's id again."""
    first, second = world.person("First operator"), world.person("Second operator")
    with world.session() as session:
        for role in roles:
            session.add(
                CourtMembership(
                    court_id=court_id,
                    person_id=person_id,
                    role=role,
                    granted_by=first,
                    approved_by=second,
                )
            )
        session.commit()
    return person_id


def staffed_court(world: Any, **options: Any) -> StaffedCourt:
    """Presidents Chen and Liu, and a clerk."""
    court_id = world.court(**options)
    people = [
        appoint(world, court_id, world.person(name), role)
        for name, role in (("Chen", "president"), ("Liu", "president"), ("Zhao", "clerk"))
    ]
    with world.session() as session:
        public_id = session.get_one(CourtRecord, court_id).public_id
    return StaffedCourt(court_id, public_id, *people)


def roles(world: Any, court_id: int, person_id: int) -> set[str]:
    rows = world.rows(
        "SELECT role FROM court_memberships WHERE court_id = %s AND person_id = %s"
        " AND ended_at IS NULL",
        court_id,
        person_id,
    )
    return {role for (role,) in rows}


def public_id(world: Any, person_id: int) -> str:
    [(found,)] = world.rows("SELECT public_id FROM identity.people WHERE id = %s", person_id)
    return str(found)


def email(world: Any, person_id: int) -> str:
    [(found,)] = world.rows("SELECT email FROM identity.people WHERE id = %s", person_id)
    return str(found)
