"""`court.people`: who works here in which role since when, what is proposed, and the second word.

Two presidents agree on every change; the pages of one person propose, that of a proposal decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import abort, flash, g, redirect, render_template, url_for
from flask import current_app as app
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from govuk_frontend_wtf.wtforms_widgets import GovRadioInput, GovTextInput
from wtforms import RadioField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, ValidationError

from app.gateways.account_rules import email_problem
from app.models.courts import COURT_ROLES
from app.queries.people import (
    Colleague,
    OpenProposal,
    colleagues,
    names_of,
    open_invitations,
    open_proposals,
)
from app.services.staff import deciding, leaving, proposing
from app.services.staff.terms import KINDS, Actor, Capacity, Decided, Proposed, StaffRefused
from app.web.court.blueprint import bp
from app.web.gates import needs, signed_in_person
from app.web.second_word import SecondWordForm
from app.web.staff_words import REFUSED, ROLE_HINTS, ROLES, what_is_proposed


def _role_field(field_id: str) -> RadioField:
    return RadioField(
        _l("Role"),
        id=field_id,
        choices=[SelectChoice(role, ROLES[role]) for role in COURT_ROLES],
        validators=[InputRequired(message=_l("Choose a role"))],
        widget=GovRadioInput(),
    )


def _role_hints(roles: Sequence[str]) -> list[dict[str, Any]]:
    return [{"hint": {"text": ROLE_HINTS[role]}} for role in roles]


def _reason_field(*, needed: bool) -> StringField:
    validators: list[Any] = [Length(max=300, message=_l("Use at most 300 characters"))]
    if needed:
        validators.insert(0, InputRequired(message=_l("Say why")))
    label = _l("Reason") if needed else _l("Reason (optional)")
    return StringField(label, validators=validators, widget=GovTextInput())


class InviteForm(FlaskForm):
    email = StringField(
        _l("E-mail address"),
        validators=[InputRequired(message=_l("Enter an e-mail address"))],
        description=_l("The address at the court. The invitation works with this address only."),
        widget=GovTextInput(),
        render_kw={"params": {"type": "email", "spellcheck": False, "autocomplete": "off"}},
    )
    role = _role_field("role")

    def validate_email(self, field: StringField) -> None:
        if email_problem((field.data or "").strip()) is not None:
            raise ValidationError(_l("Enter an e-mail address in the form name@example.org"))


class RoleForm(FlaskForm):
    role = _role_field("give-role")


class EndForm(FlaskForm):
    role = RadioField(
        _l("What ends"),
        validators=[InputRequired(message=_l("Choose what ends"))],
        widget=GovRadioInput(),
    )
    reason = _reason_field(needed=True)


class DecideForm(SecondWordForm):
    reason = _reason_field(needed=False)


@bp.get("/<court>/people")
def people(court: str) -> str:
    found = colleagues(g.court.id)
    givers = {role.granted_by for one in found for role in one.roles}
    givers |= {role.approved_by for one in found for role in one.roles}
    return render_template(
        "court/people.html",
        colleagues=found,
        names=names_of(givers),
        proposals=open_proposals(g.court.id, KINDS),
        invitations=open_invitations(g.court.id),
        what_is_proposed=what_is_proposed,
        role_words=ROLES,
        is_president="president" in g.court_roles,
        me=signed_in_person(),
        form=FlaskForm(),
    )


@bp.route("/<court>/people/invite", methods=["GET", "POST"])
@needs("president")
def invite(court: str) -> ResponseReturnValue:
    form = InviteForm()
    if form.validate_on_submit():
        answer = proposing.propose_invitation(g.court.id, _actor(), form.email.data, form.role.data)
        if isinstance(answer, Proposed):
            return _proposed()
        form.email.errors = [REFUSED[answer]]
    status = 400 if form.errors else 200
    return render_template(
        "court/people_invite.html", form=form, hints=_role_hints(COURT_ROLES)
    ), status


@bp.get("/<court>/people/<person>")
@needs("president")
def person(court: str, person: str) -> str:
    colleague = _colleague(person)
    return _person_page(
        colleague, _role_form(colleague, fresh=True), _end_form(colleague, fresh=True)
    )


@bp.post("/<court>/people/<person>/role")
@needs("president")
def give_role(court: str, person: str) -> ResponseReturnValue:
    colleague = _colleague(person)
    form = _role_form(colleague)
    if form.validate_on_submit():
        answer = proposing.propose_role(g.court.id, _actor(), person, form.role.data)
        if isinstance(answer, Proposed):
            return _proposed()
        form.role.errors = [REFUSED[answer]]
    return _person_page(colleague, form, _end_form(colleague, fresh=True)), 400


@bp.post("/<court>/people/<person>/end")
@needs("president")
def end_role(court: str, person: str) -> ResponseReturnValue:
    colleague = _colleague(person)
    form = _end_form(colleague)
    if form.validate_on_submit():
        role = None if form.role.data == "all" else form.role.data
        answer = proposing.propose_end(g.court.id, _actor(), person, role, form.reason.data)
        if isinstance(answer, Proposed):
            return _proposed()
        form.role.errors = [REFUSED[answer]]
    return _person_page(colleague, _role_form(colleague, fresh=True), form), 400


@bp.route("/<court>/people/proposals/<proposal>", methods=["GET", "POST"])
@needs("president")
def person_proposal(court: str, proposal: str) -> ResponseReturnValue:
    found = next(
        (one for one in open_proposals(g.court.id, KINDS) if one.proposal.public_id == proposal),
        None,
    )
    if found is None:
        abort(404)
    form, errors = DecideForm(), []
    if form.validate_on_submit():
        answer = _decide(proposal, form)
        if isinstance(answer, Decided):
            said = _("It is done.") if answer.approved else _("The proposal is turned down.")
            flash(said, "success")
            return redirect(url_for("court.people", court=court))
        errors = [{"text": REFUSED[answer]}]
    return _proposal_page(found, form, errors)


@bp.post("/<court>/people/resign")
def resign(court: str) -> ResponseReturnValue:
    """Give up one's own role: of the form's `role`; alone, because it only takes away."""
    form = _end_form(_colleague(signed_in_person().public_id), own=True)
    if not form.validate_on_submit():
        abort(400)
    refused = leaving.resign(g.court.id, signed_in_person().id, form.role.data, form.reason.data)
    if refused is not None:
        flash(REFUSED[refused])
        return redirect(url_for("court.people", court=court))
    flash(_("You have given up the role."), "success")
    return redirect(url_for("court.courts"))


@bp.get("/<court>/people/resign")
def ask_to_resign(court: str) -> str:
    form = _end_form(_colleague(signed_in_person().public_id), own=True, fresh=True)
    return render_template("court/people_resign.html", form=form)


@bp.post("/<court>/people/invitations/<invitation>/withdraw")
@needs("president")
def withdraw_invitation(court: str, invitation: str) -> ResponseReturnValue:
    if not FlaskForm().validate_on_submit():
        abort(400)
    refused = leaving.withdraw_invitation(g.court.id, _actor(), invitation)
    if refused is StaffRefused.NO_SUCH_PROPOSAL:
        abort(404)
    if refused is not None:
        flash(REFUSED[refused])
    else:
        flash(_("The invitation is taken back."), "success")
    return redirect(url_for("court.people", court=court))


def _actor() -> Actor:
    return Actor(signed_in_person().id, Capacity.PRESIDENT)


def _decide(proposal: str, form: DecideForm) -> Decided | StaffRefused:
    return deciding.decide(
        g.court.id,
        _actor(),
        proposal,
        form.payload_hash.data,
        form.word.data == "approve",
        form.reason.data or "",
        lambda token: app.config["PUBLIC_URL"] + url_for("account.invitation", token=token),
    )


def _proposed() -> ResponseReturnValue:
    flash(_("Proposed. A second president has to agree before anything changes."), "success")
    return redirect(url_for("court.people", court=g.court.public_id))


def _colleague(public_id: str) -> Colleague:
    """Somebody of this court; nobody else is known here."""
    found = [one for one in colleagues(g.court.id) if one.person.public_id == public_id]
    if not found:
        abort(404)
    return found[0]


def _end_form(colleague: Colleague, *, own: bool = False, fresh: bool = False) -> EndForm:
    form = EndForm(formdata=None) if fresh else EndForm()
    form.role.choices = [SelectChoice(held.role, ROLES[held.role]) for held in colleague.roles]
    if not own:
        everything = _("Everything: this person leaves the court")
        form.role.choices.append(SelectChoice("all", everything))
    return form


def _role_form(colleague: Colleague, *, fresh: bool = False) -> RoleForm:
    """The roles that are left to be given."""
    form = RoleForm(formdata=None) if fresh else RoleForm()
    held = {role.role for role in colleague.roles}
    left = [role for role in COURT_ROLES if role not in held]
    form.role.choices = [SelectChoice(role, ROLES[role]) for role in left]
    return form


def _person_page(colleague: Colleague, role_form: RoleForm, end_form: EndForm) -> str:
    return render_template(
        "court/people_person.html",
        colleague=colleague,
        role_form=role_form,
        end_form=end_form,
        form=role_form if role_form.errors else end_form,
        hints=_role_hints([choice.value for choice in role_form.role.choices]),
        role_words=ROLES,
        is_me=colleague.person.id == signed_in_person().id,
    )


def _proposal_page(found: OpenProposal, form: DecideForm, errors: list[Any]) -> ResponseReturnValue:
    form.payload_hash.data = found.proposal.payload_hash
    page = render_template(
        "court/people_proposal.html",
        found=found,
        sentence=what_is_proposed(found),
        form=form,
        errors=errors,
        is_mine=found.proposal.proposed_by == signed_in_person().id,
    )
    return page, 400 if errors or form.errors else 200
