"""Roles, proposals about people, and why one is refused: in words, for courts and operators."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.queries.people import OpenProposal
from app.services.letters_account import role_name
from app.services.staff.terms import StaffRefused

ROLES: dict[str, Any] = {
    "president": _l("president"),
    "judge": _l("judge"),
    "clerk": _l("clerk"),
    "finance": _l("finance officer"),
}
ROLE_HINTS: dict[str, Any] = {
    "president": _l(
        "Invites people, gives and ends roles. Cannot publish or pay out by that alone."
    ),
    "judge": _l("Sits in the panel, approves publication, suspends a sale."),
    "clerk": _l("Keeps the files, prepares sales and documents."),
    "finance": _l("Watches the account, drafts distribution plans and payments."),
}
REFUSED: dict[StaffRefused, Any] = {
    StaffRefused.NOT_ALLOWED: _l("You may not do this, or whoever proposed it no longer may"),
    StaffRefused.ROLE_UNKNOWN: _l("Choose a role"),
    StaffRefused.REASON_MISSING: _l("Say why"),
    StaffRefused.ONESELF: _l("Nobody decides about themself. Ask two colleagues"),
    StaffRefused.NO_SUCH_PERSON: _l("This person does not work for the court any more"),
    StaffRefused.NO_SUCH_ROLE: _l("This person does not have that role"),
    StaffRefused.NO_SUCH_PROPOSAL: _l("There is no such proposal"),
    StaffRefused.HAS_ROLE: _l("This person has that role already"),
    StaffRefused.IS_OPERATOR: _l("Operators of the platform cannot work for a court"),
    StaffRefused.ALREADY_PROPOSED: _l("This is proposed already and waits for a second person"),
    StaffRefused.SECOND_PERSON_NEEDED: _l("You proposed this yourself. A second person decides"),
    StaffRefused.DECIDED_ALREADY: _l("Somebody has decided on this already"),
    StaffRefused.SOMETHING_ELSE_SHOWN: _l(
        "What was proposed is not what you were shown. Read it again"
    ),
    StaffRefused.TOO_OLD: _l("This proposal is older than 30 days. Propose it anew"),
    StaffRefused.TOO_FEW_PRESIDENTS: _l(
        "The court would be left with fewer than two presidents. Appoint another one first"
    ),
    StaffRefused.COURT_HAS_PRESIDENTS: _l(
        "This court has two presidents. They choose its people themselves"
    ),
    StaffRefused.INVITATION_WORN_OUT: _l("This invitation is too old, was used or was taken back"),
    StaffRefused.OTHER_ADDRESS: _l(
        "This invitation was sent to another e-mail address. Sign in with that account"
    ),
    StaffRefused.HAS_ACCOUNT: _l("This address has an account already. Sign in to accept"),
}


def what_is_proposed(found: OpenProposal) -> str:
    """One sentence that says all there is in the payload."""
    payload = found.payload
    name = found.about.name if found.about is not None else payload.get("person", "")
    role = role_name(payload["role"]) if payload.get("role") else ""
    match found.proposal.kind:
        case "invite":
            return _(
                "Invite %(email)s to take the role: %(role)s", email=payload["email"], role=role
            )
        case "give_role":
            return _("Give %(name)s the role: %(role)s", name=name, role=role)
        case "end_role":
            return _("End the role of %(name)s: %(role)s", name=name, role=role)
        case _kind:
            return _("%(name)s leaves the court, and all their roles end", name=name)
