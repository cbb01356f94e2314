"""What somebody sees of their own account, and a court of its own people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from app.extensions import db
from app.models.courts import CourtMembership, CourtRecord, Proposal, StaffInvitation
from app.models.people import Person, WebSession
from app.models.proposal_rows import payload_of
from app.models.records import AuditRecord

_HANDLE = 20


@dataclass(frozen=True, slots=True)
class OwnSession:
    handle: str
    browser: str
    started_at: datetime
    seen_at: datetime
    is_this: bool


def own_sessions(person_id: int, this: bytes | None, idle: timedelta) -> list[OwnSession]:
    """The sessions that still open something, the present one first."""
    rows = db.session.scalars(
        select(WebSession)
        .where(
            WebSession.person_id == person_id,
            WebSession.ended_at.is_(None),
            WebSession.expires_at > func.clock_timestamp(),
            WebSession.seen_at > func.clock_timestamp() - idle,
        )
        .order_by(WebSession.seen_at.desc())
    )
    found = [
        OwnSession(
            handle=row.id_hash.hex()[:_HANDLE],
            browser=row.agent_class,
            started_at=row.started_at,
            seen_at=row.seen_at,
            is_this=row.id_hash == this,
        )
        for row in rows
    ]
    return sorted(found, key=lambda row: not row.is_this)


def own_acts(person_id: int, limit: int = 20) -> list[AuditRecord]:
    """What was done with this account, by whoever was signed in to it."""
    return list(
        db.session.scalars(
            select(AuditRecord)
            .where(AuditRecord.person_id == person_id, AuditRecord.actor == "person")
            .order_by(AuditRecord.id.desc())
            .limit(limit)
        )
    )


@dataclass(frozen=True, slots=True)
class OwnCourt:
    court: CourtRecord
    roles: list[str]


def own_courts(person_id: int) -> list[OwnCourt]:
    rows = db.session.execute(
        select(CourtRecord, func.array_agg(CourtMembership.role))
        .join(CourtMembership, CourtMembership.court_id == CourtRecord.id)
        .where(CourtMembership.person_id == person_id, CourtMembership.ended_at.is_(None))
        .group_by(CourtRecord.id)
        .order_by(CourtRecord.id)
    )
    return [OwnCourt(court, sorted(roles)) for court, roles in rows]


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody who works for the court: each role with since when, and by which two persons."""

    person: Person
    roles: list[CourtMembership]


def colleagues(court_id: int) -> list[Colleague]:
    rows = db.session.execute(
        select(CourtMembership, Person)
        .join(Person, Person.id == CourtMembership.person_id)
        .where(CourtMembership.court_id == court_id, CourtMembership.ended_at.is_(None))
        .order_by(Person.name, Person.id, CourtMembership.id)
    ).all()
    people = {person.id: person for _role, person in rows}
    return [
        Colleague(person, [role for role, held_by in rows if held_by.id == person.id])
        for person in people.values()
    ]


@dataclass(frozen=True, slots=True)
class OpenProposal:
    proposal: Proposal
    payload: dict[str, Any]
    proposer: Person
    about: Person | None


def open_proposals(court_id: int | None, kinds: frozenset[str]) -> list[OpenProposal]:
    """What waits for a second person, the oldest first."""
    found = db.session.scalars(
        select(Proposal)
        .where(
            Proposal.court_id.is_not_distinct_from(court_id),
            Proposal.kind.in_(kinds),
            Proposal.approved.is_(None),
        )
        .order_by(Proposal.id)
    ).all()
    return [_with_people(proposal) for proposal in found]


def _with_people(proposal: Proposal) -> OpenProposal:
    payload = payload_of(proposal)
    about = db.session.scalars(
        select(Person).where(Person.public_id == payload.get("person"))
    ).one_or_none()
    return OpenProposal(proposal, payload, db.session.get_one(Person, proposal.proposed_by), about)


def open_invitations(court_id: int) -> list[StaffInvitation]:
    return list(
        db.session.scalars(
            select(StaffInvitation)
            .where(
                StaffInvitation.court_id == court_id,
                StaffInvitation.accepted_at.is_(None),
                StaffInvitation.withdrawn_at.is_(None),
                StaffInvitation.expires_at > func.clock_timestamp(),
            )
            .order_by(StaffInvitation.id)
        )
    )


def names_of(person_ids: set[int]) -> dict[int, str]:
    rows = db.session.execute(select(Person.id, Person.name).where(Person.id.in_(person_ids)))
    return {row.id: row.name for row in rows}


@dataclass(frozen=True, slots=True)
class CourtLine:
    """A court as the operator sees it: whether it can look after itself."""

    court: CourtRecord
    presidents: list[Person]
    staff: int
    invitations: list[StaffInvitation]


def all_courts() -> list[CourtLine]:
    courts = db.session.scalars(select(CourtRecord).order_by(CourtRecord.id)).all()
    return [court_line(court) for court in courts]


def court_line(court: CourtRecord) -> CourtLine:
    presidents = db.session.scalars(
        select(Person)
        .join(CourtMembership, CourtMembership.person_id == Person.id)
        .where(
            CourtMembership.court_id == court.id,
            CourtMembership.role == "president",
            CourtMembership.ended_at.is_(None),
        )
        .order_by(Person.name)
    ).all()
    staff = db.session.scalars(
        select(func.count(func.distinct(CourtMembership.person_id))).where(
            CourtMembership.court_id == court.id, CourtMembership.ended_at.is_(None)
        )
    ).one()
    return CourtLine(court, list(presidents), staff, open_invitations(court.id))


def find_court(public_id: str) -> CourtRecord | None:
    return db.session.scalars(
        select(CourtRecord).where(CourtRecord.public_id == public_id)
    ).one_or_none()
