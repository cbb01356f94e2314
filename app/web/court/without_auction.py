"""Disposing of a thing without an auction: sold off at once, or taken in kind by agreement.

Forms (POST, with `csrf_token`; money `700,000.00` or `700000`):

    /court/<court>/assets/<asset>/direct-sell-off      ground, all_agree (y), price, agreed_price,
                                                       market_price, appraisal, currency, note
    /court/<court>/assets/<asset>/direct-sell-off/draft    (nothing: the sell-off is drafted)
    /court/<court>/assets/<asset>/in-kind-by-agreement taker, price, currency, debtor_agrees (y),
                                                       creditor_agrees (y), is_unsaleable (y),
                                                       harms_others (y), note
"""

from __future__ import annotations

from flask import g, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from wtforms.validators import DataRequired, Optional

from app.extensions import db
from app.models.cases import AssetRecord, CaseRecord, Party
from app.models.round_rows import acts_on
from app.queries.court_sale import case_file
from app.services import rounds as service
from app.services.direct_sell_off import draft_direct_sell_off
from app.services.listing import ListingRefusal
from app.services.rounds import RoundRefusal
from app.web.amounts import AmountField
from app.web.court import round_words
from app.web.court.blueprint import bp
from app.web.court.fields import CourtForm, area, line, long_choice, options, tick
from app.web.court.frame import done, error, form_errors, found, me
from app.web.gates import needs
from auction_engine.sale.in_kind import DirectGround, DirectSellOff, Unlawful

# Which field a condition is about.
_FIELDS = {
    Unlawful.CONSENT_MISSING: "all_agree",
    Unlawful.HARMS_OTHERS: "harms_others",
    Unlawful.NOT_A_MOVABLE: "ground",
    Unlawful.BASIS_MISSING: "appraisal",
}


class DirectForm(CourtForm):
    ground = long_choice(
        lazy_gettext("Ground"),
        [(each.value, round_words.REASONS[each.value]) for each in DirectGround],
    )
    all_agree = tick(lazy_gettext("All parties and right holders have agreed in writing"))
    currency = line(lazy_gettext("Currency"), 3, needed=lazy_gettext("Enter a currency"))
    price = AmountField(
        lazy_gettext("Price"), validators=[DataRequired(lazy_gettext("Enter the price"))]
    )
    agreed_price = AmountField(lazy_gettext("Agreed price (optional)"), validators=[Optional()])
    market_price = AmountField(lazy_gettext("Market price (optional)"), validators=[Optional()])
    appraisal = AmountField(
        lazy_gettext("Appraisal (optional)"),
        description=lazy_gettext("Without the other two the price is at least one half of it."),
        validators=[Optional()],
    )
    note = area(
        lazy_gettext("In the court's own words"),
        1000,
        needed=lazy_gettext("Say why, in the court's own words."),
    )


class AgreementForm(CourtForm):
    taker = long_choice(lazy_gettext("Creditor"), [])
    currency = line(lazy_gettext("Currency"), 3, needed=lazy_gettext("Enter a currency"))
    price = AmountField(
        lazy_gettext("Price"), validators=[DataRequired(lazy_gettext("Enter the price"))]
    )
    debtor_agrees = tick(lazy_gettext("The debtor agrees"))
    creditor_agrees = tick(lazy_gettext("The creditor agrees"))
    is_unsaleable = tick(lazy_gettext("It cannot be auctioned or sold off"))
    harms_others = tick(lazy_gettext("It harms other creditors or somebody else"))
    note = area(
        lazy_gettext("In the court's own words"),
        1000,
        needed=lazy_gettext("Say why, in the court's own words."),
    )


@bp.get("/<court>/assets/<asset>/without-auction")
def without_auction(court: str, asset: str) -> ResponseReturnValue:
    return _page(found(AssetRecord, asset))


@bp.post("/<court>/assets/<asset>/direct-sell-off")
@needs("judge")
def direct_sell_off(court: str, asset: str) -> ResponseReturnValue:
    record = found(AssetRecord, asset)
    form = DirectForm()
    if not form.validate():
        return _page(record, direct=form)
    answer = service.decide_direct_sell_off(
        record,
        DirectSellOff(
            ground=DirectGround(form.ground.data),
            is_movable=record.property_kind == "movable",
            all_agree=form.all_agree.data,
            price=form.price.data,
            agreed_price=form.agreed_price.data,
            market_price=form.market_price.data,
            appraisal=form.appraisal.data,
        ),
        currency=form.currency.data.upper(),
        note=form.note.data,
        by=me(),
    )
    return _answered(record, answer, direct=form)


@bp.post("/<court>/assets/<asset>/direct-sell-off/draft")
@needs("clerk", "judge")
def draft_direct(court: str, asset: str) -> ResponseReturnValue:
    record = found(AssetRecord, asset)
    answer = draft_direct_sell_off(record, by=me())
    if isinstance(answer, ListingRefusal):
        return _page(record, errors=error(answer, "record"))
    return done(_("The draft is made."), "terms", sale=answer.public_id)


@bp.post("/<court>/assets/<asset>/in-kind-by-agreement")
@needs("judge")
def in_kind_by_agreement(court: str, asset: str) -> ResponseReturnValue:
    record = found(AssetRecord, asset)
    form = _agreement(record)
    if not form.validate():
        return _page(record, agreement=form)
    answer = service.decide_taking_by_agreement(
        record,
        found(Party, form.taker.data),
        price=form.price.data,
        currency=form.currency.data.upper(),
        debtor_agrees=form.debtor_agrees.data,
        creditor_agrees=form.creditor_agrees.data,
        is_unsaleable=form.is_unsaleable.data,
        harms_others=form.harms_others.data,
        note=form.note.data,
        by=me(),
    )
    return _answered(record, answer, agreement=form)


def _answered(
    record: AssetRecord,
    answer: object,
    *,
    direct: DirectForm | None = None,
    agreement: AgreementForm | None = None,
) -> ResponseReturnValue:
    if isinstance(answer, tuple):
        errors = [
            {
                "text": str(round_words.UNLAWFUL[each.value]),
                "href": f"#{_field(each, is_direct=direct is not None)}",
            }
            for each in answer
        ]
        return _page(record, direct=direct, agreement=agreement, errors=errors)
    if isinstance(answer, RoundRefusal):
        return _page(record, direct=direct, agreement=agreement, errors=error(answer, "note"))
    return done(_("The decision is recorded."), "without_auction", asset=record.public_id)


def _field(unlawful: Unlawful, *, is_direct: bool) -> str:
    if unlawful is Unlawful.CONSENT_MISSING and not is_direct:
        return "creditor_agrees"
    return _FIELDS.get(unlawful, "price")


def _agreement(record: AssetRecord, *, empty: bool = False) -> AgreementForm:
    form = AgreementForm(formdata=None, currency="CNY") if empty else AgreementForm()
    case = db.session.get_one(CaseRecord, record.case_id)
    parties = case_file(db.session(), case).parties
    form.taker.choices = options(
        [
            (party.public_id, party.name)
            for party in parties
            if party.role in ("applicant", "creditor")
        ]
    )
    return form


def _page(
    record: AssetRecord,
    *,
    direct: DirectForm | None = None,
    agreement: AgreementForm | None = None,
    errors: list[dict[str, str]] | None = None,
) -> ResponseReturnValue:
    session = db.session()
    given = [form for form in (direct, agreement) if form is not None]
    shown = errors or form_errors(*given)
    if agreement is not None:
        # The second form of the page has ids of its own.
        shown = [{**each, "href": each["href"].replace("#", "#agreed-", 1)} for each in shown]
    acts = acts_on(session, record.id, "direct_sell_off", "taken_by_agreement")
    page = render_template(
        "court/without_auction.html",
        thing=record,
        case=session.get_one(CaseRecord, record.case_id),
        acts=acts,
        may_draft=any(act.kind == "direct_sell_off" for act in acts)
        and not g.court_roles.isdisjoint({"clerk", "judge"}),
        direct=direct or DirectForm(formdata=None, currency="CNY"),
        agreement=agreement or _agreement(record, empty=True),
        round_words=round_words,
        errors=shown,
    )
    return page, 409 if errors else 400 if shown else 200
