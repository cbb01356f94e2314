"""Propose a change; a second person decides on it."""

from __future__ import annotations

import hashlib
from typing import Any

from sqlalchemy.orm import Session

from app.db import transaction
from app.models.account_rows import find_person, written_email
from app.models.courts import CourtRecord
from app.models.proposal_rows import add_proposal
from app.models.staff_rows import lock_court
from app.services.staff.fit import unfit_to_end, unfit_to_give, unfit_to_receive
from app.services.staff.rows import find_colleague, record_on_staff
from app.services.staff.terms import Actor, Proposed, StaffRefused


def propose_invitation(
    court_id: int, actor: Actor, email: str, role: str
) -> Proposed | StaffRefused:
    """Propose to ask somebody in, by their e-mail address; no letter leaves before two agreed."""
    with transaction() as session:
        court = lock_court(session, court_id)
        known = find_person(session, email)
        reason = unfit_to_give(session, court, actor, role) or unfit_to_receive(
            session, court, actor, known, role
        )
        if reason is not None:
            return reason
        address = written_email(email)
        payload = {"email": address, "role": role}
        subject = f"{court.public_id}:{_short(address)}:{role}"
        return _propose(session, court, actor, "invite", subject, payload)


def propose_role(
    court_id: int, actor: Actor, person_public_id: str, role: str
) -> Proposed | StaffRefused:
    """Propose a further role for somebody who works here already."""
    with transaction() as session:
        court = lock_court(session, court_id)
        person = find_colleague(session, court, person_public_id)
        if person is None:
            return StaffRefused.NO_SUCH_PERSON
        reason = unfit_to_give(session, court, actor, role) or unfit_to_receive(
            session, court, actor, person, role
        )
        if reason is not None:
            return reason
        payload = {"person": person.public_id, "role": role}
        subject = f"{court.public_id}:{person.public_id}:{role}"
        return _propose(session, court, actor, "give_role", subject, payload)


def propose_end(
    court_id: int, actor: Actor, person_public_id: str, role: str | None, reason: str
) -> Proposed | StaffRefused:
    """Propose that a role ends, or (`role` is None) that a person leaves the court altogether."""
    with transaction() as session:
        court = lock_court(session, court_id)
        person = find_colleague(session, court, person_public_id)
        if person is None:
            return StaffRefused.NO_SUCH_PERSON
        unfit = unfit_to_end(session, court, actor, person, role)
        if unfit is not None:
            return unfit
        if not reason.strip():
            return StaffRefused.REASON_MISSING
        kind = "end_all_roles" if role is None else "end_role"
        payload = {"person": person.public_id, "role": role, "reason": reason.strip()}
        subject = f"{court.public_id}:{person.public_id}:{role or 'all'}"
        return _propose(session, court, actor, kind, subject, payload, reason.strip())


def _propose(
    session: Session,
    court: CourtRecord,
    actor: Actor,
    kind: str,
    subject: str,
    payload: dict[str, Any],
    reason: str = "",
) -> Proposed | StaffRefused:
    public_id = add_proposal(
        session,
        kind=kind,
        subject=subject,
        payload={"court": court.public_id, "as": actor.capacity, **payload},
        proposed_by=actor.person_id,
        court_id=court.id,
        reason=reason,
    )
    if public_id is None:
        return StaffRefused.ALREADY_PROPOSED
    record_on_staff(session, court, actor, f"{kind}_proposed", public_id, role=payload["role"])
    return Proposed(public_id)


def _short(address: str) -> str:
    """An address in a proposal's subject: the same for the same, and not to be read."""
    return hashlib.sha256(address.encode()).hexdigest()[:32]
