"""Objecting to a sale, or asking to undo one: by a party, or by anybody who is signed in.

Forms (POST, all with `csrf_token`): `kind, right_claimed, grounds` for an objection (RULE-M1, M2);
`ground, grounds` for a request to revoke (RULE-M3).
"""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from govuk_frontend_wtf.wtforms_widgets import (
    GovRadioInput,
    GovSubmitInput,
    GovTextArea,
    GovTextInput,
)
from sqlalchemy import select
from wtforms import RadioField, StringField, SubmitField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length

from app.extensions import db
from app.models.courts import CourtRecord
from app.models.objections import Objection, Revocation
from app.models.sales import PublicLot
from app.queries.objections import my_objections
from app.queries.revocations import my_requests
from app.services import objections as objection_service
from app.services import revocations as revocation_service
from app.services.objections import ObjectionRefusal, Stated
from app.services.revocations import RevocationRefusal
from app.services.stop_words import REVOCATION_GROUNDS
from app.web.creditor.blueprint import bp, keep_time_of
from app.web.gates import signed_in_person
from app.web.objection_words import KINDS, REFUSALS, REVOCATION_STATES, STATES

_GROUNDS = [
    InputRequired(message=lazy_gettext("Say what is wrong")),
    Length(max=4000, message=lazy_gettext("Use 4,000 characters or fewer")),
]


def _choices(named: dict[str, Any]) -> list[SelectChoice]:
    return [SelectChoice(value, label) for value, label in named.items()]


class ObjectionFields(FlaskForm):
    """`kind, right_claimed, grounds`."""

    kind = RadioField(
        lazy_gettext("What do you object to?"),
        choices=_choices(
            {
                "conduct": lazy_gettext("Something that the court or its helpers did or left out"),
                "third_party": lazy_gettext("The property is mine, or I have a right in it"),
            }
        ),
        widget=GovRadioInput(),
        validators=[InputRequired(message=lazy_gettext("Choose what you object to"))],
    )
    right_claimed = StringField(
        lazy_gettext("Your right in the property, if you have one"),
        widget=GovTextInput(),
        description=lazy_gettext("For example ownership, or a lease older than the seizure."),
        validators=[Length(max=300, message=lazy_gettext("Use 300 characters or fewer"))],
    )
    grounds = TextAreaField(
        lazy_gettext("What is wrong, and what proves it"),
        widget=GovTextArea(),
        validators=_GROUNDS,
    )
    submit = SubmitField(lazy_gettext("File the objection"), widget=GovSubmitInput())


class RevocationFields(FlaskForm):
    """`ground, grounds`."""

    ground = RadioField(
        lazy_gettext("On which ground should the sale be revoked?"),
        description=lazy_gettext("The law knows these and no others (art. 31)."),
        choices=_choices(REVOCATION_GROUNDS),
        widget=GovRadioInput(),
        validators=[InputRequired(message=lazy_gettext("Choose the ground"))],
    )
    grounds = TextAreaField(
        lazy_gettext("What happened, and what proves it"),
        widget=GovTextArea(),
        validators=_GROUNDS,
    )
    submit = SubmitField(lazy_gettext("Ask the court to revoke"), widget=GovSubmitInput())


@bp.get("/objections")
def objections() -> str:
    session = db.session()
    return render_template(
        "creditor/objections.html",
        rows=my_objections(session),
        requests=my_requests(session),
        kinds=KINDS,
        states=STATES,
        revocation_states=REVOCATION_STATES,
        grounds=REVOCATION_GROUNDS,
    )


@bp.route("/objections/new/<sale>", methods=["GET", "POST"])
def object_to_sale(sale: str) -> ResponseReturnValue:
    lot = _lot(sale)
    person = signed_in_person()
    form = ObjectionFields()
    if not form.validate_on_submit():
        return _form_page(form, lot, "objection"), 400 if form.errors else 200
    stated = Stated(form.kind.data, form.grounds.data or "", form.right_claimed.data or "")
    answer = objection_service.file_objection(
        lot.sale_id, stated, person_id=person.id, name=person.name
    )
    if isinstance(answer, ObjectionRefusal):
        field = form.right_claimed if answer is ObjectionRefusal.NO_RIGHT else form.kind
        field.errors = [str(REFUSALS[answer])]
        return _form_page(form, lot, "objection"), 409
    flash(
        _("Your objection is filed. Its number is %(number)s.", number=answer.public_id), "success"
    )
    return redirect(url_for("creditor.objection", objection=answer.public_id))


@bp.get("/objections/<objection>")
def objection(objection: str) -> str:
    record = _mine(Objection, objection)
    keep_time_of(db.session.get_one(CourtRecord, record.court_id))
    return render_template(
        "creditor/objection.html",
        objection=record,
        lot=db.session.get_one(PublicLot, record.sale_id),
        kinds=KINDS,
        states=STATES,
    )


@bp.post("/objections/<objection>/withdraw")
def withdraw_objection(objection: str) -> ResponseReturnValue:
    record = _mine(Objection, objection)
    answer = objection_service.withdraw(record, by=signed_in_person().id)
    if isinstance(answer, ObjectionRefusal):
        flash(str(REFUSALS[answer]), "error")
    else:
        flash(_("The objection is taken back."), "success")
    return redirect(url_for("creditor.objection", objection=objection))


@bp.route("/revocations/new/<sale>", methods=["GET", "POST"])
def ask_to_revoke(sale: str) -> ResponseReturnValue:
    lot = _lot(sale)
    person = signed_in_person()
    form = RevocationFields()
    if not form.validate_on_submit():
        return _form_page(form, lot, "revocation"), 400 if form.errors else 200
    answer = revocation_service.request_revocation(
        lot.sale_id,
        ground=form.ground.data,
        grounds=form.grounds.data or "",
        person_id=person.id,
        name=person.name,
    )
    if isinstance(answer, RevocationRefusal):
        form.ground.errors = [str(REFUSALS[answer])]
        return _form_page(form, lot, "revocation"), 409
    flash(_("Your request is filed. Its number is %(number)s.", number=answer.public_id), "success")
    return redirect(url_for("creditor.revocation", revocation=answer.public_id))


@bp.get("/revocations/<revocation>")
def revocation(revocation: str) -> str:
    record = _mine(Revocation, revocation)
    keep_time_of(db.session.get_one(CourtRecord, record.court_id))
    return render_template(
        "creditor/revocation.html",
        revocation=record,
        lot=db.session.get_one(PublicLot, record.sale_id),
        states=REVOCATION_STATES,
        grounds=REVOCATION_GROUNDS,
    )


def _form_page(form: FlaskForm, lot: PublicLot, about: str) -> str:
    return render_template("creditor/object.html", form=form, lot=lot, about=about)


def _lot(sale: str) -> PublicLot:
    lot = db.session.scalars(select(PublicLot).where(PublicLot.public_id == sale)).one_or_none()
    if lot is None:
        abort(404)
    return lot


def _mine(kind: Any, public_id: str) -> Any:
    """Row-level security shows nobody's but one's own."""
    record = db.session.scalars(select(kind).where(kind.public_id == public_id)).one_or_none()
    if record is None:
        abort(404)
    return record
