"""What a sale asks of its bidders, and whether the buyer has it (RULE-D9, E7, E11, E12, D7).

Forms (POST, all with `csrf_token`):

    /court/<court>/sales/<sale>/asks                      kind, asks, consequence
    /court/<court>/sales/<sale>/asks/<qualification>/drop (nothing)
    /court/<court>/sales/<sale>/equity          subscribed, paid_in, contribution_due_on, approvals
    /court/<court>/sales/<sale>/check                     outcome (met | not_met), reason
"""

from __future__ import annotations

from typing import Any

from flask import abort, g, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from wtforms.validators import DataRequired, InputRequired, ValidationError

from app.extensions import db
from app.models.cases import AssetRecord
from app.models.draft_rows import DraftHeld
from app.models.qualification_rows import equity_terms_of, qualifications_of
from app.models.sales import LotRecord, SaleRecord
from app.queries.court_bidders import buyer_file, find_qualification, silences
from app.queries.court_sale import sale_file
from app.services import qualification as service
from app.web.amounts import AmountField
from app.web.court import bidder_words
from app.web.court.blueprint import bp
from app.web.court.fields import CourtForm, DayField, area, choice, line
from app.web.court.frame import done, form_errors, found, me
from app.web.gates import needs
from auction_engine.sale.qualification import Asks, missing_statements


class AskForm(CourtForm):
    kind = choice(
        lazy_gettext("What is asked"),
        [(kind.value, bidder_words.ASKS[kind]) for kind in Asks],
    )
    asks = line(
        lazy_gettext("In the words of the announcement"),
        500,
        hint=lazy_gettext("Every bidder declares this sentence, so write it from their side."),
        needed=lazy_gettext("Enter what is asked"),
    )
    consequence = line(
        lazy_gettext("What follows if it is not so"),
        500,
        hint=lazy_gettext("For example: no ruling is made, the sale is void, damages are owed."),
        needed=lazy_gettext("Enter what follows"),
    )


class EquityForm(CourtForm):
    subscribed = AmountField(
        lazy_gettext("Subscribed capital"),
        validators=[DataRequired(lazy_gettext("Enter the subscribed capital"))],
    )
    paid_in = AmountField(
        lazy_gettext("Of it paid in"),
        validators=[InputRequired(lazy_gettext("Enter what is paid in, or 0"))],
    )
    contribution_due_on = DayField(
        lazy_gettext("The rest is due by"),
        description=lazy_gettext("Where not everything is paid in."),
    )
    approvals = line(
        lazy_gettext("Approvals that a buyer needs"),
        500,
        hint=lazy_gettext("Write “none” where there are none."),
        needed=lazy_gettext("Enter the approvals, or “none”"),
    )

    def validate_paid_in(self, field: Any) -> None:
        subscribed = self.subscribed.data
        if isinstance(subscribed, int) and isinstance(field.data, int) and field.data > subscribed:
            raise ValidationError(_("No more can be paid in than was subscribed"))

    def validate_contribution_due_on(self, field: Any) -> None:
        is_whole = self.paid_in.data == self.subscribed.data
        if not is_whole and field.data is None:
            raise ValidationError(_("Enter when the rest is due"))


class CheckForm(CourtForm):
    outcome = choice(
        lazy_gettext("Does the buyer have what was asked?"), list(bidder_words.OUTCOMES.items())
    )
    reason = area(
        lazy_gettext("What was looked at, and what it showed"),
        1000,
        needed=lazy_gettext("Say what was looked at"),
    )


@bp.get("/<court>/sales/<sale>/asks")
def qualification(court: str, sale: str) -> ResponseReturnValue:
    return _page(found(SaleRecord, sale))


@bp.post("/<court>/sales/<sale>/asks", endpoint="ask_qualification")
@needs("judge", "clerk")
def ask(court: str, sale: str) -> ResponseReturnValue:
    record, form = found(SaleRecord, sale), AskForm()
    if not form.validate():
        return _page(record, ask=form)
    answer = service.ask(
        record,
        Asks(form.kind.data),
        asks=form.asks.data,
        consequence=form.consequence.data,
        by=me(),
    )
    if isinstance(answer, DraftHeld):
        return _page(record, ask=form, refused=answer)
    return done(_("It becomes part of the announcement."), "qualification", sale=sale)


@bp.post("/<court>/sales/<sale>/asks/<qualification>/drop", endpoint="drop_qualification")
@needs("judge", "clerk")
def drop(court: str, sale: str, qualification: str) -> ResponseReturnValue:
    record = found(SaleRecord, sale)
    asked = find_qualification(db.session(), g.court.id, qualification)
    if asked is None or asked.sale_id != record.id:
        abort(404)
    refused = service.ask_no_more(record, asked, by=me())
    if refused is not None:
        return _page(record, refused=refused)
    return done(_("It is asked no more."), "qualification", sale=sale)


@bp.post("/<court>/sales/<sale>/equity", endpoint="state_equity")
@needs("judge", "clerk")
def equity(court: str, sale: str) -> ResponseReturnValue:
    record, form = found(SaleRecord, sale), EquityForm()
    if not form.validate():
        return _page(record, equity=form)
    stated = service.Equity(
        subscribed=form.subscribed.data,
        paid_in=form.paid_in.data,
        contribution_due_on=form.contribution_due_on.data,
        approvals=form.approvals.data,
    )
    refused = service.state_equity(record, stated, by=me())
    if refused is not None:
        return _page(record, equity=form, refused=refused)
    return done(_("It becomes part of the announcement."), "qualification", sale=sale)


@bp.post("/<court>/sales/<sale>/check", endpoint="check_qualification")
@needs("judge")
def check(court: str, sale: str) -> ResponseReturnValue:
    record, form = found(SaleRecord, sale), CheckForm()
    if not form.validate():
        return _page(record, check=form)
    answer = service.record_check(
        record, met=form.outcome.data == "met", reason=form.reason.data, by=me()
    )
    if isinstance(answer, service.CheckRefusal):
        return _page(record, check=form, refused=answer)
    return done(_("The check is written down."), "qualification", sale=sale)


def _page(
    sale: SaleRecord,
    *,
    ask: AskForm | None = None,
    equity: EquityForm | None = None,
    check: CheckForm | None = None,
    refused: object = None,
) -> ResponseReturnValue:
    session = db.session()
    errors = form_errors(*(form for form in (ask, equity, check) if form is not None))
    if refused is not None:
        errors = [{"text": bidder_words.refusal(refused), "href": "#asked"}]
    stated = equity_terms_of(session, sale.id)
    asset = session.get_one(AssetRecord, session.get_one(LotRecord, sale.lot_id).asset_id)
    page = render_template(
        "court/qualification.html",
        file=sale_file(session, sale),
        sale=sale,
        asked=qualifications_of(session, sale.id),
        stated=stated,
        missing=missing_statements(asset.category, has_equity_terms=stated is not None),
        buyer=buyer_file(session, sale),
        silences=silences(session, sale),
        ask=ask or AskForm(formdata=None),
        equity=equity or EquityForm(formdata=None, obj=stated),
        check=check or CheckForm(formdata=None),
        bidder_words=bidder_words,
        errors=errors,
    )
    return page, 409 if refused is not None else 400 if errors else 200
