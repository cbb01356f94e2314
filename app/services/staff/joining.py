"""An invitation taken up, by the link in a letter."""

from __future__ import annotations

from sqlalchemy.orm import Session

from app.db import Tenant, act_for, transaction
from app.gateways.clock import real_now
from app.gateways.credentials import hash_password
from app.models.account_rows import add_person, find_person, record_own_act
from app.models.courts import CourtRecord, StaffInvitation
from app.models.outbox_rows import record_act
from app.models.people import Person
from app.models.staff_rows import (
    find_court_of_invitation,
    hash_of_token,
    lock_court,
    lock_invitation,
    roles_of,
)
from app.services.staff.rows import give_role
from app.services.staff.terms import Invited, Joined, StaffRefused


def look_at_invitation(token: str) -> Invited | None:
    """What the holder of the link is asked to do; None when the link leads nowhere."""
    with transaction() as session:
        invitation = _open_invitation(session, token)
        if invitation is None:
            return None
        court = session.get_one(CourtRecord, invitation.court_id)
        owner = find_person(session, invitation.email)
        return Invited(
            court_en=court.name_en,
            court_zh=court.name_zh,
            court_public_id=court.public_id,
            role=invitation.role,
            email=invitation.email,
            has_account=owner is not None and owner.confirmed_at is not None,
        )


def accept(token: str, person_id: int) -> Joined | StaffRefused:
    """Take the role with the account that the invitation was sent to."""
    with transaction() as session:
        invitation = _open_invitation(session, token)
        if invitation is None:
            return StaffRefused.INVITATION_WORN_OUT
        person = session.get_one(Person, person_id)
        if person.email != invitation.email:
            return StaffRefused.OTHER_ADDRESS
        return _join(session, invitation, person)


def accept_as_new(token: str, name: str, password: str, locale: str) -> Joined | StaffRefused:
    """Take the role with a new account. The link came by mail, so it confirms the address."""
    hashed = hash_password(password)
    with transaction() as session:
        invitation = _open_invitation(session, token)
        if invitation is None:
            return StaffRefused.INVITATION_WORN_OUT
        person = add_person(
            session,
            email=invitation.email,
            name=name,
            phone=None,
            hashed=hashed,
            locale=locale,
        )
        if person is None:
            return StaffRefused.HAS_ACCOUNT
        person.confirmed_at = real_now(session)
        record_own_act(session, person, "account_confirmed")
        return _join(session, invitation, person)


def _open_invitation(session: Session, token: str) -> StaffInvitation | None:
    """The invitation that this link opens, if it still does; locked.

    The link stands for the right to see this one row: the tenant becomes its court.
    """
    token_hash = hash_of_token(token)
    court_id = find_court_of_invitation(session, token_hash)
    if court_id is None:
        return None
    act_for(Tenant(court_id=court_id))
    invitation = lock_invitation(session, token_hash)
    if invitation is None or invitation.accepted_at or invitation.withdrawn_at:
        return None
    return invitation if real_now(session) < invitation.expires_at else None


def _join(session: Session, invitation: StaffInvitation, person: Person) -> Joined | StaffRefused:
    court = lock_court(session, invitation.court_id)
    if person.id in (invitation.invited_by, invitation.approved_by):
        return StaffRefused.ONESELF
    if person.is_operator:
        return StaffRefused.IS_OPERATOR
    if invitation.role in {held.role for held in roles_of(session, court.id, person.id)}:
        return StaffRefused.HAS_ROLE
    assert invitation.approved_by is not None, "an invitation is sent when two agreed"
    give_role(
        session, court, person, invitation.role, invitation.invited_by, invitation.approved_by
    )
    invitation.accepted_by, invitation.accepted_at = person.id, real_now(session)
    record_act(
        session,
        actor="person",
        action="role_accepted",
        subject=f"person:{person.public_id}",
        court_id=court.id,
        person_id=person.id,
        role=invitation.role,
        invitation=invitation.public_id,
    )
    return Joined(person.id, court.public_id, invitation.role)
