"""Objections at the court: taken in, ruled on, served, reviewed (RULE-M1, M2, L8).

Forms (POST, all with `csrf_token`; moments `YYYY-MM-DDTHH:MM`):

    /court/<court>/sales/<sale>/objections/new     kind, name, right_claimed, grounds (clerk, judge)
    /court/<court>/objections/<objection>/receive  stay (y)                           (clerk, judge)
    /court/<court>/objections/<objection>/decide   decision (uphold | dismiss), reason       (judge)
    /court/<court>/objections/<objection>/serve    served_at (empty: now)             (clerk, judge)
    /court/<court>/objections/<objection>/review   reference, filed_at                (clerk, judge)
    /court/<court>/objections/<objection>/reviewed outcome (confirmed | overturned), reference
"""

from __future__ import annotations

from typing import Any

from flask import abort, g, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from sqlalchemy import select
from wtforms.validators import DataRequired, Optional

from app.extensions import db
from app.models.cases import CaseRecord
from app.models.objections import Objection
from app.models.sales import SaleRecord
from app.queries import objections as queries
from app.services import objections as service
from app.services.objections import ObjectionRefusal, Stated
from app.web.court.blueprint import bp
from app.web.court.fields import CourtForm, MomentField, area, choice, line, tick
from app.web.court.frame import choices, done, error, form_errors, form_page, found, here, me
from app.web.desk import desk
from app.web.gates import needs
from app.web.objection_words import KINDS, STATES, explained


class EnterForm(CourtForm):
    kind = choice(lazy_gettext("Kind of objection"), choices(KINDS))
    name = line(lazy_gettext("Who objects"), 200, needed=lazy_gettext("Enter who objects"))
    right_claimed = line(
        lazy_gettext("Right that the third party claims"),
        300,
        hint=lazy_gettext("For example ownership, or a lease older than the seizure."),
    )
    grounds = area(lazy_gettext("Grounds"), 4000, needed=lazy_gettext("Enter the grounds"))


class ReceiveForm(CourtForm):
    stay = tick(
        lazy_gettext("Suspend what runs of this lot now"),
        hint=lazy_gettext("For a third party's objection this is the law (L8)."),
    )


class DecideForm(CourtForm):
    decision = choice(
        lazy_gettext("Ruling"),
        [("uphold", lazy_gettext("Uphold")), ("dismiss", lazy_gettext("Dismiss"))],
    )
    reason = area(
        lazy_gettext("Reason"),
        4000,
        hint=lazy_gettext("It stands in the ruling."),
        needed=lazy_gettext("Give a reason"),
    )


class ServeForm(CourtForm):
    served_at = MomentField(
        lazy_gettext("Served at"),
        description=lazy_gettext(
            "The moment on the proof of service. Empty: now, by the platform."
        ),
        validators=[Optional()],
    )


class ReviewForm(CourtForm):
    reference = line(
        lazy_gettext("Court and number"), 200, needed=lazy_gettext("Enter court and number")
    )
    filed_at = MomentField(
        lazy_gettext("Sought at"), validators=[DataRequired(lazy_gettext("Enter the moment"))]
    )


class ReviewedForm(CourtForm):
    outcome = choice(
        lazy_gettext("How the review ended"),
        [
            ("confirmed", lazy_gettext("The ruling stands")),
            ("overturned", lazy_gettext("The ruling is overturned")),
        ],
    )
    reference = line(
        lazy_gettext("Decision and its number"),
        500,
        needed=lazy_gettext("Enter the decision and its number"),
    )


@bp.get("/<court>/objections")
def objections(court: str) -> str:
    return render_template(
        "court/objections.html",
        files=queries.objections_of_court(db.session(), g.court.id),
        kinds=KINDS,
        states=STATES,
        explained=explained,
    )


@bp.route("/<court>/sales/<sale>/objections/new", methods=["GET", "POST"])
@needs("clerk", "judge")
def enter_objection(court: str, sale: str) -> ResponseReturnValue:
    """One that reached the court on paper."""
    record = found(SaleRecord, sale)
    form = EnterForm()
    if form.validate_on_submit():
        stated = Stated(form.kind.data, form.grounds.data, form.right_claimed.data or "")
        answer = service.enter_objection(record, stated, name=form.name.data, by=me())
        if isinstance(answer, Objection):
            return done(_("The objection is entered."), "objection", objection=answer.public_id)
        field = form.right_claimed if answer is ObjectionRefusal.NO_RIGHT else form.kind
        field.errors = [error(answer, "")[0]["text"]]
        page, _status = form_page(form, _("Enter an objection"), here("objections"))
        return page, 409
    return form_page(form, _("Enter an objection"), here("objections"))


@bp.get("/<court>/objections/<objection>")
def objection(court: str, objection: str) -> ResponseReturnValue:
    return _page(_found(objection))


@bp.post("/<court>/objections/<objection>/receive")
@needs("clerk", "judge")
def receive_objection(court: str, objection: str) -> ResponseReturnValue:
    record = _found(objection)
    form = ReceiveForm()
    answer = service.receive(desk(), record, stay=bool(form.stay.data), by=me())
    return _answer(record, answer, "receiving", form, "stay", _("The objection is taken in."))


@bp.post("/<court>/objections/<objection>/decide")
@needs("judge")
def decide_objection(court: str, objection: str) -> ResponseReturnValue:
    record = _found(objection)
    form = DecideForm()
    if not form.validate():
        return _page(record, deciding=form)
    answer = service.decide(
        record, uphold=form.decision.data == "uphold", reason=form.reason.data, by=me()
    )
    return _answer(record, answer, "deciding", form, "decision", _("The ruling is signed."))


@bp.post("/<court>/objections/<objection>/serve")
@needs("clerk", "judge")
def serve_objection(court: str, objection: str) -> ResponseReturnValue:
    record = _found(objection)
    form = ServeForm()
    if not form.validate():
        return _page(record, serving=form)
    answer = service.serve(record, served_at=form.served_at.data, by=me())
    return _answer(record, answer, "serving", form, "served_at", _("The service is recorded."))


@bp.post("/<court>/objections/<objection>/review")
@needs("clerk", "judge")
def review_objection(court: str, objection: str) -> ResponseReturnValue:
    record = _found(objection)
    form = ReviewForm()
    if not form.validate():
        return _page(record, reviewing=form)
    answer = service.note_review(
        record, reference=form.reference.data, filed_at=form.filed_at.data, by=me()
    )
    return _answer(record, answer, "reviewing", form, "filed_at", _("The review is recorded."))


@bp.post("/<court>/objections/<objection>/reviewed")
@needs("judge")
def end_review(court: str, objection: str) -> ResponseReturnValue:
    record = _found(objection)
    form = ReviewedForm()
    if not form.validate():
        return _page(record, reviewed=form)
    answer = service.end_review(
        record,
        overturned=form.outcome.data == "overturned",
        reference=form.reference.data,
        by=me(),
    )
    return _answer(record, answer, "reviewed", form, "outcome", _("The outcome is recorded."))


def _answer(
    record: Objection, answer: object, name: str, form: Any, field: str, said: str
) -> ResponseReturnValue:
    if not isinstance(answer, ObjectionRefusal):
        return done(said, "objection", objection=record.public_id)
    return _page(record, **{name: form}, errors=error(answer, field))


def _page(
    record: Objection, *, errors: list[dict[str, str]] | None = None, **given: Any
) -> ResponseReturnValue:
    session = db.session()
    session.expire_all()
    shown = errors or form_errors(*given.values())
    forms = {
        "receiving": ReceiveForm,
        "deciding": DecideForm,
        "serving": ServeForm,
        "reviewing": ReviewForm,
        "reviewed": ReviewedForm,
    }
    page = render_template(
        "court/objection.html",
        file=queries.objection_file(session, record),
        objection=record,
        case=session.get_one(CaseRecord, record.case_id),
        kinds=KINDS,
        states=STATES,
        explained=explained,
        errors=shown,
        **{name: given.get(name) or form(formdata=None) for name, form in forms.items()},
    )
    return page, 409 if errors else 400 if shown else 200


def _found(public_id: str) -> Objection:
    record = db.session.scalars(
        select(Objection).where(Objection.court_id == g.court.id, Objection.public_id == public_id)
    ).one_or_none()
    if record is None:
        abort(404)
    return record
