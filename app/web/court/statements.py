"""What the court states before it publishes, and the applicant's word where nothing is left.

Forms (POST, all with `csrf_token`):

    /court/<court>/sales/<sale>/statements             kind (sold_together | part_of_equity |
                                                       equity_without_documents | increment),
                                                       reason
    /court/<court>/sales/<sale>/no-surplus/tell        (nothing: tells the applicant now)
    /court/<court>/sales/<sale>/no-surplus/request     requested_on
"""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from wtforms.validators import DataRequired

from app.extensions import db
from app.models.checklist_statements import statements_of, surplus_facts
from app.models.sales import SaleRecord
from app.models.statements import SurplusNotice
from app.queries.court_sale import sale_file
from app.services import statements as service
from app.web.court import day_words
from app.web.court.blueprint import bp
from app.web.court.fields import CourtForm, DayField, area, choice
from app.web.court.frame import done, form_errors, found, may, me, now
from app.web.gates import needs


class ReasonForm(CourtForm):
    kind = choice(
        lazy_gettext("What the reason is for"),
        [(kind, text) for kind, text in day_words.STATEMENTS.items()],
    )
    reason = area(lazy_gettext("The court's reason"), 1000, needed=lazy_gettext("Give a reason"))


class RequestForm(CourtForm):
    requested_on = DayField(
        lazy_gettext("The applicant asked on"),
        description=lazy_gettext("The day on which the request reached the court."),
        validators=[DataRequired(lazy_gettext("Enter a day"))],
    )


@bp.route("/<court>/sales/<sale>/statements", methods=["GET", "POST"])
def statements(court: str, sale: str) -> ResponseReturnValue:
    record = found(SaleRecord, sale)
    form = ReasonForm()
    if may("clerk", "judge") and form.validate_on_submit():
        asset = sale_file(db.session(), record).asset
        service.state_reason(asset, form.kind.data, reason=form.reason.data, by=me())
        return done(_("The reason is on the record."), "statements", sale=sale)
    return _page(record, reason=form)


@bp.post("/<court>/sales/<sale>/no-surplus/tell")
@needs("clerk", "judge")
def tell_of_no_surplus(court: str, sale: str) -> ResponseReturnValue:
    record = found(SaleRecord, sale)
    answer = service.tell_of_no_surplus(record, by=me())
    if isinstance(answer, SurplusNotice):
        return done(_("The applicant is told."), "statements", sale=sale)
    return _page(record, refused=day_words.refusal(answer))


@bp.post("/<court>/sales/<sale>/no-surplus/request")
@needs("clerk", "judge")
def record_request(court: str, sale: str) -> ResponseReturnValue:
    record = found(SaleRecord, sale)
    form = RequestForm()
    if not form.validate():
        return _page(record, request_form=form)
    answer = service.record_request(record, form.requested_on.data, by=me())
    if isinstance(answer, SurplusNotice):
        return done(_("The request is on the record."), "statements", sale=sale)
    return _page(record, request_form=form, refused=day_words.refusal(answer))


def _page(
    record: SaleRecord,
    reason: ReasonForm | None = None,
    request_form: RequestForm | None = None,
    refused: str = "",
) -> ResponseReturnValue:
    session = db.session()
    file = sale_file(session, record)
    wrong = form_errors(*(form for form in (reason, request_form) if form is not None))
    errors = [{"text": refused, "href": "#surplus"}] if refused else wrong
    page = render_template(
        "court/statements.html",
        file=file,
        sale=record,
        stated=statements_of(session, file.asset.id),
        facts_now=surplus_facts(session, record, now()),
        notice=session.get(SurplusNotice, record.id),
        kinds=day_words.STATEMENTS,
        reason_form=reason or ReasonForm(formdata=None),
        request_form=request_form or RequestForm(formdata=None),
        errors=errors,
    )
    return page, 409 if refused else 400 if wrong else 200
