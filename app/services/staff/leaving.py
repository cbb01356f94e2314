"""What one person does alone, because it only takes away."""

from __future__ import annotations

from sqlalchemy import select

from app.db import transaction
from app.gateways.clock import real_now
from app.models.courts import StaffInvitation
from app.models.people import Person
from app.models.staff_rows import lock_court, roles_of
from app.services.staff.fit import holds, leaves_too_few
from app.services.staff.rows import end_roles, record_on_staff
from app.services.staff.terms import Actor, StaffRefused


def resign(court_id: int, person_id: int, role: str, reason: str) -> StaffRefused | None:
    """Give up a role: the one change that a person makes alone, as it only takes away."""
    with transaction() as session:
        court = lock_court(session, court_id)
        person = session.get_one(Person, person_id)
        if role not in {held.role for held in roles_of(session, court.id, person_id)}:
            return StaffRefused.NO_SUCH_ROLE
        if role == "president" and leaves_too_few(session, court, person):
            return StaffRefused.TOO_FEW_PRESIDENTS
        end_roles(session, court, person, role, person_id, reason.strip() or "resigned")
        return None


def withdraw_invitation(
    court_id: int, actor: Actor, invitation_public_id: str
) -> StaffRefused | None:
    """Take an invitation back; one person suffices, as it only takes away."""
    with transaction() as session:
        court = lock_court(session, court_id)
        if not holds(session, court, actor):
            return StaffRefused.NOT_ALLOWED
        invitation = session.scalars(
            select(StaffInvitation)
            .where(
                StaffInvitation.public_id == invitation_public_id,
                StaffInvitation.court_id == court.id,
            )
            .with_for_update()
        ).one_or_none()
        if invitation is None:
            return StaffRefused.NO_SUCH_PROPOSAL
        if invitation.accepted_at is not None or invitation.withdrawn_at is not None:
            return StaffRefused.INVITATION_WORN_OUT
        invitation.withdrawn_at = real_now(session)
        record_on_staff(session, court, actor, "invitation_withdrawn", invitation.public_id)
        return None
