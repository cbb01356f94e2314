"""Who was told of a sale before it, and who has a first right to buy (RULE-D6, F1).

Forms (POST, all with `csrf_token`):

    /court/<court>/sales/<sale>/notices         party, way, at, note
    /court/<court>/sales/<sale>/notices/linked  (nothing: tells every linked party now)
    /court/<court>/sales/<sale>/priority        party, ground
    /court/<court>/priority/<claim>             decision (confirm | refuse), rank, nature
"""

from __future__ import annotations

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from wtforms.validators import DataRequired

from app.extensions import db
from app.models.cases import Party
from app.models.draft_rows import DraftHeld
from app.models.sales import PriorityClaim, SaleRecord
from app.queries.court_sale import (
    parties_with_notices,
    priority_claims,
    sale_file,
)
from app.services import party_notices, priority
from app.services.party_notices import Notice, NoticeRefusal
from app.services.priority import PriorityRefusal
from app.web.court import words
from app.web.court.blueprint import bp
from app.web.court.fields import (
    CourtForm,
    MomentField,
    OnlyIf,
    choice,
    line,
    long_choice,
    options,
    rank_field,
)
from app.web.court.frame import choices, done, error, form_errors, found, may, me, refused, status
from app.web.gates import needs


class NoticeForm(CourtForm):
    party = long_choice(lazy_gettext("Party"), [])
    way = choice(lazy_gettext("How"), choices(words.NOTICE_WAYS))
    at = MomentField(
        lazy_gettext("Received at"),
        description=lazy_gettext("The moment on the proof of receipt, or of the waiver."),
        validators=[DataRequired(lazy_gettext("Enter the moment"))],
    )
    note = line(
        lazy_gettext("Note"),
        300,
        hint=lazy_gettext("For somebody who could not be reached: the reason. It is published."),
    )


class PriorityForm(CourtForm):
    party = long_choice(
        lazy_gettext("Party"), [], hint=lazy_gettext("Only parties with a linked account")
    )
    ground = line(
        lazy_gettext("Ground of the first right"), 500, needed=lazy_gettext("Enter the ground")
    )


class PriorityDecisionForm(CourtForm):
    decision = choice(
        lazy_gettext("The court's decision"),
        [("confirm", lazy_gettext("Confirm")), ("refuse", lazy_gettext("Refuse"))],
    )
    rank = rank_field(lazy_gettext("Rank, 1 is the best"), OnlyIf("decision", "confirm"))
    nature = long_choice(lazy_gettext("Nature of the right"), choices(words.NATURES))


@bp.route("/<court>/sales/<sale>/notices", methods=["GET", "POST"])
def notices(court: str, sale: str) -> ResponseReturnValue:
    record = found(SaleRecord, sale)
    file = sale_file(db.session(), record)
    rows = parties_with_notices(db.session(), record, file.case.id)
    form = NoticeForm()
    form.party.choices = options(
        [(party.public_id, f"{party.name} ({words.PARTY_ROLES[party.role]})") for party, _n in rows]
    )
    errors: list[dict[str, str]] = []
    if may("clerk", "judge") and form.validate_on_submit():
        party = found(Party, form.party.data)
        notice = Notice(form.way.data, form.at.data, form.note.data or "")
        answer = party_notices.record_notice(record, party, notice, by=me())
        if not isinstance(answer, DraftHeld | NoticeRefusal):
            return done(_("It is recorded who was told."), "notices", sale=sale)
        errors = error(answer, "at")
    page = render_template(
        "court/notices.html", file=file, sale=record, rows=rows, form=form, errors=errors
    )
    return page, status(form, errors)


@bp.post("/<court>/sales/<sale>/notices/linked")
@needs("clerk", "judge")
def tell_linked(court: str, sale: str) -> ResponseReturnValue:
    record = found(SaleRecord, sale)
    answer = party_notices.tell_linked_parties(record, by=me())
    if isinstance(answer, DraftHeld):
        return refused(answer, "notices", sale=sale)
    return done(_("Everybody with an account is told."), "notices", sale=sale)


@bp.route("/<court>/sales/<sale>/priority", methods=["GET", "POST"], endpoint="priority")
def first_rights(court: str, sale: str) -> ResponseReturnValue:
    record = found(SaleRecord, sale)
    form = PriorityForm()
    file = sale_file(db.session(), record)
    rows = parties_with_notices(db.session(), record, file.case.id)
    form.party.choices = options(
        [(party.public_id, party.name) for party, _n in rows if party.person_id is not None]
    )
    errors: list[dict[str, str]] = []
    if may("clerk", "judge") and form.validate_on_submit():
        party = found(Party, form.party.data)
        answer = priority.enter_priority(record, party, form.ground.data, by=me())
        if not isinstance(answer, DraftHeld | PriorityRefusal):
            return done(_("The first right is entered."), "priority", sale=sale)
        errors = error(answer, "party")
    return _priority_page(record, form, PriorityDecisionForm(formdata=None), errors)


@bp.post("/<court>/priority/<claim>")
@needs("judge")
def decide_priority(court: str, claim: str) -> ResponseReturnValue:
    record = found(PriorityClaim, claim)
    sale = db.session.get_one(SaleRecord, record.sale_id)
    form = PriorityDecisionForm()
    if not form.validate():
        return _priority_page(sale, PriorityForm(formdata=None), form, [])
    if form.decision.data == "confirm":
        answer = priority.confirm_priority(
            record, rank=form.rank.data, nature=form.nature.data, by=me()
        )
    else:
        answer = priority.refuse_priority(record, by=me())
    if isinstance(answer, DraftHeld | PriorityRefusal):
        return refused(answer, "priority", sale=sale.public_id)
    return done(_("The first right is decided."), "priority", sale=sale.public_id)


def _priority_page(
    record: SaleRecord,
    form: PriorityForm,
    decision: PriorityDecisionForm,
    errors: list[dict[str, str]],
) -> ResponseReturnValue:
    file = sale_file(db.session(), record)
    rows = parties_with_notices(db.session(), record, file.case.id)
    form.party.choices = options(
        [(party.public_id, party.name) for party, _n in rows if party.person_id is not None]
    )
    decided = (request.view_args or {}).get("claim")
    shown = (
        errors
        or form_errors(form)
        or [{**each, "href": f"{each['href']}-{decided}"} for each in form_errors(decision)]
    )
    page = render_template(
        "court/priority.html",
        file=file,
        sale=record,
        claims=priority_claims(db.session(), record),
        form=form,
        decision=decision,
        decided_claim=decided,
        fresh=PriorityDecisionForm(formdata=None),
        errors=shown,
    )
    return page, 400 if shown else 200
