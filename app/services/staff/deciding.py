"""The second person's word, and then the act itself."""

from __future__ import annotations

import secrets
from typing import Any

from sqlalchemy.orm import Session

from app.db import transaction
from app.gateways.clock import real_now
from app.models.account_rows import find_person, promise_letter
from app.models.courts import CourtRecord, Proposal, StaffInvitation
from app.models.people import Person
from app.models.proposal_rows import lock_proposal, mark_decided, payload_of
from app.models.staff_rows import hash_of_token, lock_court
from app.services.staff.fit import (
    holds,
    is_about,
    unfit_to_end,
    unfit_to_give,
    unfit_to_receive,
)
from app.services.staff.rows import (
    end_roles,
    find_colleague,
    give_role,
    named,
    record_on_staff,
)
from app.services.staff.terms import (
    INVITATION_LASTS,
    KINDS,
    PROPOSAL_LASTS,
    Actor,
    Decided,
    Link,
    StaffRefused,
)


def decide(
    court_id: int,
    actor: Actor,
    proposal_public_id: str,
    payload_hash: str,
    approve: bool,
    reason: str,
    link: Link,
) -> Decided | StaffRefused:
    """The second person's word on exactly what was shown to them, and then the act itself."""
    with transaction() as session:
        court = lock_court(session, court_id)
        proposal = lock_proposal(session, proposal_public_id, KINDS, court.id)
        if proposal is None:
            return StaffRefused.NO_SUCH_PROPOSAL
        unfit = _unfit_to_decide(session, court, actor, proposal, payload_hash)
        if unfit is not None:
            return unfit
        if approve:
            unfit = _too_old(session, proposal) or _carry_out(session, court, actor, proposal, link)
            if unfit is not None:
                return unfit
        mark_decided(session, proposal, by=actor.person_id, approved=approve, reason=reason)
        word = "approved" if approve else "refused"
        record_on_staff(session, court, actor, f"{proposal.kind}_{word}", proposal.public_id)
        return Decided(approve)


def _unfit_to_decide(
    session: Session, court: CourtRecord, actor: Actor, proposal: Proposal, payload_hash: str
) -> StaffRefused | None:
    payload = payload_of(proposal)
    if not holds(session, court, actor) or payload["as"] != actor.capacity:
        return StaffRefused.NOT_ALLOWED
    if proposal.approved is not None:
        return StaffRefused.DECIDED_ALREADY
    if proposal.payload_hash != payload_hash:
        return StaffRefused.SOMETHING_ELSE_SHOWN
    if proposal.proposed_by == actor.person_id:
        return StaffRefused.SECOND_PERSON_NEEDED
    if is_about(session, payload, actor.person_id):
        return StaffRefused.ONESELF
    return None


def _too_old(session: Session, proposal: Proposal) -> StaffRefused | None:
    is_old = proposal.proposed_at + PROPOSAL_LASTS <= real_now(session)
    return StaffRefused.TOO_OLD if is_old else None


def _carry_out(
    session: Session, court: CourtRecord, actor: Actor, proposal: Proposal, link: Link
) -> StaffRefused | None:
    """Do what was proposed, if it can still be done as things stand now."""
    payload = payload_of(proposal)
    proposer = Actor(proposal.proposed_by, actor.capacity)
    if not holds(session, court, proposer):
        return StaffRefused.NOT_ALLOWED
    if proposal.kind == "invite":
        return _carry_out_invitation(session, court, proposer, actor, payload, link)
    person = find_colleague(session, court, payload["person"])
    if person is None:
        return StaffRefused.NO_SUCH_PERSON
    if proposal.kind == "give_role":
        return _carry_out_role(session, court, proposer, actor, person, payload["role"])
    return _carry_out_end(session, court, actor, person, payload["role"], payload["reason"])


def _carry_out_invitation(
    session: Session,
    court: CourtRecord,
    proposer: Actor,
    actor: Actor,
    payload: dict[str, Any],
    link: Link,
) -> StaffRefused | None:
    email, role = payload["email"], payload["role"]
    known = find_person(session, email)
    unfit = unfit_to_give(session, court, actor, role) or unfit_to_receive(
        session, court, actor, known, role
    )
    if unfit is not None:
        return unfit
    token = secrets.token_urlsafe(32)
    session.add(
        StaffInvitation(
            court_id=court.id,
            email=email,
            role=role,
            token_hash=hash_of_token(token),
            invited_by=proposer.person_id,
            approved_by=actor.person_id,
            expires_at=real_now(session) + INVITATION_LASTS,
        )
    )
    promise_letter(
        session,
        "invitation",
        {**named(court), "role": role, "link": link(token)},
        email=email,
        locale=known.locale if known is not None else "zh",
        court_id=court.id,
    )
    return None


def _carry_out_role(
    session: Session,
    court: CourtRecord,
    proposer: Actor,
    actor: Actor,
    person: Person,
    role: str,
) -> StaffRefused | None:
    unfit = unfit_to_receive(session, court, actor, person, role)
    if unfit is not None:
        return unfit
    give_role(session, court, person, role, proposer.person_id, actor.person_id)
    promise_letter(
        session,
        "role_given",
        {**named(court), "role": role},
        person_id=person.id,
        court_id=court.id,
    )
    return None


def _carry_out_end(
    session: Session,
    court: CourtRecord,
    actor: Actor,
    person: Person,
    role: str | None,
    reason: str,
) -> StaffRefused | None:
    unfit = unfit_to_end(session, court, actor, person, role)
    if unfit is not None:
        return unfit
    end_roles(session, court, person, role, actor.person_id, reason)
    return None
