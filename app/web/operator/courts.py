"""`operator.courts`: courts on the platform; two operators open one and ask its presidents in.

What happens inside a court is the court's. Operators come back only when it has fewer than two
presidents, or one of them cannot be reached.
"""

from __future__ import annotations

from typing import Any

from flask import abort, current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from govuk_frontend_wtf.wtforms_widgets import GovRadioInput, GovSelect, GovTextInput
from wtforms import RadioField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, ValidationError

from app.gateways.account_rules import email_problem
from app.models.courts import CourtRecord
from app.queries.people import (
    OpenProposal,
    all_courts,
    colleagues,
    court_line,
    find_court,
    open_proposals,
)
from app.services import courts as service
from app.services.courts import CourtDeclined, CourtOpened, CourtProposed, CourtRefused, NewCourt
from app.services.staff import deciding, leaving, proposing
from app.services.staff.terms import KINDS, Actor, Capacity, Decided, Proposed, StaffRefused
from app.web.gates import signed_in_person
from app.web.operator.blueprint import bp
from app.web.second_word import SecondWordForm
from app.web.staff_words import REFUSED, what_is_proposed

COURT_REFUSED: dict[CourtRefused, Any] = {
    CourtRefused.NOT_ALLOWED: _l("Only operators open courts"),
    CourtRefused.REHEARSAL_IN_PRODUCTION: _l("There are no rehearsal courts in production"),
    CourtRefused.NAME_TAKEN: _l("A court of this name is open already"),
    CourtRefused.LAW_UNKNOWN: _l("Choose the law by which the court works"),
    CourtRefused.ZONE_UNKNOWN: _l("Enter a time zone such as Asia/Shanghai"),
    CourtRefused.ALREADY_PROPOSED: _l("This court is proposed already and waits for a colleague"),
    CourtRefused.NO_SUCH_PROPOSAL: _l("There is no such proposal"),
    CourtRefused.DECIDED_ALREADY: _l("Somebody has decided on this already"),
    CourtRefused.SOMETHING_ELSE_SHOWN: _l(
        "What was proposed is not what you were shown. Read it again"
    ),
    CourtRefused.SECOND_PERSON_NEEDED: _l("You proposed this yourself. A second person decides"),
}
FIELDS: dict[str, Any] = {
    "name_zh": _l("Name in Chinese"),
    "name_en": _l("Name in English"),
    "region": _l("Region"),
    "contact": _l("Contact for the public"),
    "account_name": _l("Account holder"),
    "account_number": _l("Account number"),
    "account_bank": _l("Bank"),
    "timezone": _l("Time zone"),
    "rule_family": _l("Law"),
    "is_rehearsal": _l("Rehearsal court"),
}
LAWS: dict[str, Any] = {
    "cn": _l("China: online judicial sales"),
    "es": _l("Spain: portal auctions"),
    "generic": _l("A plain English auction"),
}


def _text(name: str, most: int, hint: Any = "", **params: Any) -> StringField:
    return StringField(
        FIELDS[name],
        validators=[
            InputRequired(message=_l("Enter this")),
            Length(max=most, message=_l("This is too long")),
        ],
        description=hint,
        filters=[lambda written: written.strip() if written else written],
        widget=GovTextInput(),
        render_kw={"params": params},
    )


class CourtForm(FlaskForm):
    name_zh = _text("name_zh", 200)
    name_en = _text("name_en", 200)
    region = _text("region", 100)
    contact = _text("contact", 300, _l("Telephone, e-mail and hours, as they stand on each lot."))
    account_name = _text("account_name", 200)
    account_number = _text("account_number", 64)
    account_bank = _text("account_bank", 200)
    timezone = _text("timezone", 64, _l("For example Asia/Shanghai."))
    rule_family = SelectField(
        FIELDS["rule_family"],
        choices=[SelectChoice(family, name) for family, name in LAWS.items()],
        default="cn",
        description=_l("The day on which a proceeding began decides which version applies."),
        widget=GovSelect(),
    )
    is_rehearsal = RadioField(
        _l("What kind of court"),
        choices=[
            SelectChoice("no", _l("A court that sells")),
            SelectChoice("yes", _l("A rehearsal court: nothing binds, and its clock can be held")),
        ],
        validators=[InputRequired(message=_l("Choose what kind of court"))],
        widget=GovRadioInput(),
    )

    def court(self) -> NewCourt:
        typed = {name: self[name].data for name in FIELDS if name != "is_rehearsal"}
        return NewCourt(**typed, is_rehearsal=self.is_rehearsal.data == "yes")


class PresidentForm(FlaskForm):
    email = StringField(
        _l("E-mail address of the president"),
        validators=[InputRequired(message=_l("Enter an e-mail address"))],
        widget=GovTextInput(),
        render_kw={"params": {"type": "email", "spellcheck": False, "autocomplete": "off"}},
    )

    def validate_email(self, field: StringField) -> None:
        if email_problem((field.data or "").strip()) is not None:
            raise ValidationError(_l("Enter an e-mail address in the form name@example.org"))


class EndForm(FlaskForm):
    president = RadioField(
        _l("Whose roles end"),
        validators=[InputRequired(message=_l("Choose whose roles end"))],
        widget=GovRadioInput(),
    )
    reason = StringField(
        _l("Reason"),
        validators=[
            InputRequired(message=_l("Say why")),
            Length(max=300, message=_l("Use at most 300 characters")),
        ],
        description=_l("With the letter of the court that asks for it."),
        widget=GovTextInput(),
    )


@bp.get("/courts")
def courts() -> str:
    return render_template(
        "operator/courts.html",
        lines=all_courts(),
        proposals=open_proposals(None, service.KINDS),
        me=signed_in_person(),
    )


@bp.route("/courts/new", methods=["GET", "POST"])
def new_court() -> ResponseReturnValue:
    form = CourtForm(timezone="Asia/Shanghai")
    if form.validate_on_submit():
        answer = service.propose_court(
            signed_in_person().id, form.court(), production=current_app.config["PRODUCTION"]
        )
        if isinstance(answer, CourtProposed):
            flash(_("Proposed. A second operator has to agree before the court opens."), "success")
            return redirect(url_for("operator.courts"))
        _field_of(form, answer).errors = [COURT_REFUSED[answer]]
    return render_template("operator/courts_new.html", form=form), 400 if form.errors else 200


def _field_of(form: CourtForm, refused: CourtRefused) -> Any:
    if refused is CourtRefused.ZONE_UNKNOWN:
        return form.timezone
    if refused is CourtRefused.LAW_UNKNOWN:
        return form.rule_family
    return form.is_rehearsal if refused is CourtRefused.REHEARSAL_IN_PRODUCTION else form.name_zh


@bp.route("/courts/proposals/<proposal>", methods=["GET", "POST"])
def court_proposal(proposal: str) -> ResponseReturnValue:
    found = _open(None, service.KINDS, proposal)
    form, errors = SecondWordForm(), []
    if form.validate_on_submit():
        answer = service.decide_court(
            signed_in_person().id,
            proposal,
            form.payload_hash.data,
            form.word.data == "approve",
            "",
            production=current_app.config["PRODUCTION"],
        )
        if isinstance(answer, CourtOpened):
            flash(_("The court is open. Ask its two presidents in."), "success")
            return redirect(url_for("operator.court", court=answer.public_id))
        if isinstance(answer, CourtDeclined):
            flash(_("The proposal is turned down."), "success")
            return redirect(url_for("operator.courts"))
        errors = [{"text": COURT_REFUSED[answer]}]
    rows = [(label, _shown(found.payload[name])) for name, label in FIELDS.items()]
    return _proposal_page(found, form, errors, found.payload["name_zh"], rows)


@bp.get("/courts/<court>")
def court(court: str) -> str:
    record = _court(court)
    return _court_page(record, PresidentForm(formdata=None), _end_form(record, fresh=True))


@bp.post("/courts/<court>/invite")
def invite_president(court: str) -> ResponseReturnValue:
    record, form = _court(court), PresidentForm()
    if form.validate_on_submit():
        answer = proposing.propose_invitation(record.id, _actor(), form.email.data, "president")
        if isinstance(answer, Proposed):
            return _proposed(record)
        form.email.errors = [REFUSED[answer]]
    return _court_page(record, form, _end_form(record, fresh=True)), 400


@bp.post("/courts/<court>/end")
def end_president(court: str) -> ResponseReturnValue:
    record = _court(court)
    form = _end_form(record)
    if form.validate_on_submit():
        answer = proposing.propose_end(
            record.id, _actor(), form.president.data, None, form.reason.data
        )
        if isinstance(answer, Proposed):
            return _proposed(record)
        form.president.errors = [REFUSED[answer]]
    return _court_page(record, PresidentForm(formdata=None), form), 400


@bp.route("/courts/<court>/proposals/<proposal>", methods=["GET", "POST"])
def person_proposal(court: str, proposal: str) -> ResponseReturnValue:
    record = _court(court)
    found = _open(record.id, KINDS, proposal)
    if found.payload["as"] != Capacity.OPERATOR:
        abort(404)
    form, errors = SecondWordForm(), []
    if form.validate_on_submit():
        answer = _decide(record, proposal, form)
        if isinstance(answer, Decided):
            said = _("It is done.") if answer.approved else _("The proposal is turned down.")
            flash(said, "success")
            return redirect(url_for("operator.court", court=court))
        errors = [{"text": REFUSED[answer]}]
    rows = [(_("Court"), record.name_zh), (_("Reason"), found.proposal.reason or _("none given"))]
    return _proposal_page(found, form, errors, what_is_proposed(found), rows)


@bp.post("/courts/<court>/invitations/<invitation>/withdraw")
def withdraw_invitation(court: str, invitation: str) -> ResponseReturnValue:
    record = _court(court)
    if not FlaskForm().validate_on_submit():
        abort(400)
    refused = leaving.withdraw_invitation(record.id, _actor(), invitation)
    if refused is StaffRefused.NO_SUCH_PROPOSAL:
        abort(404)
    flash(REFUSED[refused] if refused is not None else _("The invitation is taken back."))
    return redirect(url_for("operator.court", court=court))


def _actor() -> Actor:
    return Actor(signed_in_person().id, Capacity.OPERATOR)


def _court(public_id: str) -> CourtRecord:
    found = find_court(public_id)
    if found is None:
        abort(404)
    return found


def _open(court_id: int | None, kinds: frozenset[str], public_id: str) -> OpenProposal:
    found = [one for one in open_proposals(court_id, kinds) if one.proposal.public_id == public_id]
    if not found:
        abort(404)
    return found[0]


def _decide(record: CourtRecord, proposal: str, form: SecondWordForm) -> Decided | StaffRefused:
    return deciding.decide(
        record.id,
        _actor(),
        proposal,
        form.payload_hash.data,
        form.word.data == "approve",
        "",
        lambda token: current_app.config["PUBLIC_URL"] + url_for("account.invitation", token=token),
    )


def _end_form(record: CourtRecord, *, fresh: bool = False) -> EndForm:
    form = EndForm(formdata=None) if fresh else EndForm()
    form.president.choices = [
        SelectChoice(one.person.public_id, one.person.name)
        for one in colleagues(record.id)
        if "president" in {held.role for held in one.roles}
    ]
    return form


def _proposed(record: CourtRecord) -> ResponseReturnValue:
    flash(_("Proposed. A second operator has to agree before anything changes."), "success")
    return redirect(url_for("operator.court", court=record.public_id))


def _court_page(record: CourtRecord, invite: PresidentForm, end: EndForm) -> str:
    return render_template(
        "operator/courts_one.html",
        line=court_line(record),
        proposals=[
            one
            for one in open_proposals(record.id, KINDS)
            if one.payload["as"] == Capacity.OPERATOR
        ],
        what_is_proposed=what_is_proposed,
        laws=LAWS,
        invite=invite,
        end=end,
        form=invite if invite.errors else end,
        me=signed_in_person(),
    )


def _proposal_page(
    found: OpenProposal,
    form: SecondWordForm,
    errors: list[Any],
    sentence: str,
    rows: list[tuple[Any, Any]],
) -> ResponseReturnValue:
    form.payload_hash.data = found.proposal.payload_hash
    page = render_template(
        "operator/courts_proposal.html",
        found=found,
        sentence=sentence,
        rows=rows,
        form=form,
        errors=errors,
        is_mine=found.proposal.proposed_by == signed_in_person().id,
    )
    return page, 400 if errors or form.errors else 200


def _shown(value: Any) -> Any:
    if isinstance(value, str) and value in LAWS:
        return LAWS[value]
    return {True: _("yes"), False: _("no")}.get(value, value) if isinstance(value, bool) else value
