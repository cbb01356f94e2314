"""A creditor says whether they take the property in kind (RULE-K5, K6).

POST /claims/in-kind/<inquiry>   claim, wants (yes | no)
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from flask import abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from govuk_frontend_wtf.wtforms_widgets import GovRadioInput, GovSubmitInput
from wtforms import HiddenField, RadioField, SubmitField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired

from app.extensions import db
from app.gateways.clock import legal_now
from app.models.cases import AssetRecord, ClaimRecord
from app.models.courts import CourtRecord
from app.models.in_kind_rows import last_answers
from app.models.round_rows import day_at_court, find_taking
from app.models.rounds import InKindInquiry
from app.models.sales import LotRecord, SaleRecord
from app.queries import creditor as queries
from app.services import in_kind as service
from app.services.in_kind import InKindRefusal
from app.web.creditor.blueprint import bp, keep_time_of
from app.web.creditor.words import REFUSALS
from app.web.gates import signed_in_person


class AnswerFields(FlaskForm):
    claim = HiddenField()
    wants = RadioField(
        lazy_gettext("Do you take the property at this price?"),
        choices=[
            SelectChoice("yes", lazy_gettext("Yes, I take it in settlement of this claim")),
            SelectChoice("no", lazy_gettext("No")),
        ],
        widget=GovRadioInput(),
        validators=[InputRequired(message=lazy_gettext("Choose yes or no"))],
    )
    submit = SubmitField(lazy_gettext("Send the answer"), widget=GovSubmitInput())


@bp.get("/in-kind/<inquiry>")
def in_kind(inquiry: str) -> str:
    record, claims = _asked(inquiry)
    return _page(record, claims, AnswerFields(formdata=None))


@bp.post("/in-kind/<inquiry>")
def answer_in_kind(inquiry: str) -> ResponseReturnValue:
    record, claims = _asked(inquiry)
    form = AnswerFields()
    claim = next((each for each in claims if each.public_id == form.claim.data), None)
    if claim is None and form.claim.data:
        abort(404)
    if not form.validate_on_submit() or claim is None:
        return _page(record, claims, form), 400
    answer = service.answer(
        record.id, claim, wants=form.wants.data == "yes", by=signed_in_person().id
    )
    if isinstance(answer, InKindRefusal):
        form.form_errors.append(str(REFUSALS[answer]))
        return _page(record, claims, form), 409
    flash(_("Your answer is recorded. Until the last day you may change it."), "success")
    return redirect(url_for("creditor.in_kind", inquiry=inquiry))


def _asked(public_id: str) -> tuple[InKindInquiry, list[ClaimRecord]]:
    """The inquiry and the viewer's own admitted claims in its case, or nothing at all."""
    session = db.session()
    record = session.query(InKindInquiry).filter_by(public_id=public_id).one_or_none()
    if record is None:
        abort(404)
    claims = [
        row.ClaimRecord
        for row in queries.my_claims(session)
        if row.ClaimRecord.case_id == record.case_id and row.ClaimRecord.state == "admitted"
    ]
    if not claims:
        abort(404)
    return record, claims


def _page(record: InKindInquiry, claims: Sequence[ClaimRecord], form: AnswerFields) -> str:
    session = db.session()
    court = session.get_one(CourtRecord, record.court_id)
    keep_time_of(court)
    sale = session.get_one(SaleRecord, record.sale_id)
    lot = session.get_one(LotRecord, sale.lot_id)
    today: date = day_at_court(sale, legal_now(session, court.id))
    return render_template(
        "creditor/in_kind.html",
        inquiry=record,
        sale=sale,
        thing=session.get_one(AssetRecord, lot.asset_id),
        court=court,
        claims=[(claim, _form_for(claim, form)) for claim in claims],
        answers=last_answers(session, record.id),
        is_open=record.state == "asked" and today <= record.answer_by,
        places={place["claim"]: number for number, place in enumerate(record.places, start=1)},
        taking=find_taking(session, sale.id),
        form=form,
    )


def _form_for(claim: ClaimRecord, sent: AnswerFields) -> Any:
    """The form of one claim; what was sent stays with the claim it was sent for."""
    if sent.claim.data == claim.public_id:
        return sent
    form = AnswerFields(formdata=None)
    form.claim.data = claim.public_id
    return form
