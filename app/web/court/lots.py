"""Preparing a lot: its terms, and the checklist of the law (pages.md, 24).

Forms (POST, all with `csrf_token`; money `700,000.00` or `700000`; moments `YYYY-MM-DDTHH:MM` in
the court's time zone, or with seconds and an offset):

    /court/<court>/assets/<asset>/sales/new   currency, reference_price, reference_price_method,
    /court/<court>/sales/<sale>/terms           reference_price_valid_until, starting_price,
                                                increment, multiples_only (y), deposit, opens_at,
                                                closes_at, balance_due_days, part_days_1,
                                                part_percent_1 (up to 3), viewing, conditions,
                                                taxes, publication_items (several), warnings
                                                (several)
    /court/<court>/sales/<sale>/next-round      (nothing: drafts the round that follows)

Notices and first rights are in `told.py`, panel and publication in `publishing.py`.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import g, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from wtforms.validators import DataRequired, NumberRange, Optional, ValidationError

from app.extensions import db
from app.models.calendar_rows import opens_earliest
from app.models.cases import AssetRecord, CaseRecord
from app.models.checklist_rows import hold_against_rules
from app.models.draft_rows import DraftHeld, reason_not_to_change
from app.models.pricing_rows import procedure_of
from app.models.sales import SaleRecord
from app.queries.court_sale import (
    parties_with_notices,
    sale_file,
)
from app.services import listing
from app.services.listing import ListingRefusal, Terms
from app.web.amounts import AmountField
from app.web.court import timed_terms, words
from app.web.court.blueprint import bp
from app.web.court.fields import (
    CourtForm,
    DayField,
    MomentField,
    WholeNumber,
    area,
    court_zone,
    line,
    long_choice,
    several,
    tick,
)
from app.web.court.frame import choices, done, error, found, me, now, refused, status
from app.web.court.part_fields import PartFields
from app.web.gates import needs
from auction_engine.rulepacks import sale_pack
from auction_engine.rulepacks.pack import TimedDraft
from auction_engine.sale.deadlines import Deadline

# What a pricing procedure answers in the drafter's place.
PRICE_FIELDS = ("reference_price", "reference_price_method", "reference_price_valid_until")


class TermsForm(PartFields, CourtForm):
    currency = line(lazy_gettext("Currency"), 3, needed=lazy_gettext("Enter a currency"))
    reference_price = AmountField(lazy_gettext("Reference price"), validators=[Optional()])
    reference_price_method = long_choice(
        lazy_gettext("How the reference price was found"),
        [("", lazy_gettext("Not yet")), *choices(words.METHODS)],
    )
    reference_price_valid_until = DayField(
        lazy_gettext("Reference price valid until"), validators=[Optional()]
    )
    starting_price = AmountField(
        lazy_gettext("Starting price"),
        description=lazy_gettext("It is the reserve, and it is public."),
        validators=[DataRequired(lazy_gettext("Enter the starting price"))],
    )
    increment = AmountField(
        lazy_gettext("Increment"),
        validators=[DataRequired(lazy_gettext("Enter the increment"))],
    )
    multiples_only = tick(lazy_gettext("Bids rise by whole increments only"))
    deposit = AmountField(
        lazy_gettext("Deposit"),
        description=lazy_gettext("Between 5 and 20 percent of the starting price."),
        validators=[DataRequired(lazy_gettext("Enter the deposit"))],
    )
    opens_at = MomentField(
        lazy_gettext("Bidding opens"),
        validators=[DataRequired(lazy_gettext("Enter when bidding opens"))],
    )
    closes_at = MomentField(
        lazy_gettext("Bidding ends"),
        description=lazy_gettext("At least 24 hours later. Late bids extend it by five minutes."),
        validators=[DataRequired(lazy_gettext("Enter when bidding ends"))],
    )
    balance_due_days = WholeNumber(
        lazy_gettext("Days for paying the balance"),
        validators=[
            NumberRange(1, 365, message=lazy_gettext("Enter a number of days from 1 to 365"))
        ],
    )
    viewing = area(lazy_gettext("Viewing"), hint=lazy_gettext("When, where, how to book"))
    conditions = area(
        lazy_gettext("Conditions for bidders"),
        hint=lazy_gettext("Who may bid, and what happens to whoever may not"),
    )
    taxes = area(lazy_gettext("Taxes"), hint=lazy_gettext("Which there are and who bears them"))
    publication_items = several(lazy_gettext("What is published (art. 13)"), choices(words.ITEMS))
    warnings = several(lazy_gettext("Warnings (art. 14)"), choices(words.WARNINGS))

    def validate_closes_at(self, field: Any) -> None:
        opens_at = self.opens_at.data
        if opens_at is not None and field.data is not None and field.data <= opens_at:
            raise ValidationError(_("The end lies after the opening"))

    def validate(self, extra_validators: Any = None) -> bool:
        return bool(super().validate(extra_validators)) and self.are_parts_right(
            self.balance_due_days.data
        )


# --- drafts -------------------------------------------------------------------------------------


@bp.route("/<court>/assets/<asset>/sales/new", methods=["GET", "POST"])
@needs("clerk", "judge")
def new_sale(court: str, asset: str) -> ResponseReturnValue:
    record = found(AssetRecord, asset)
    law = listing.law_of(db.session(), record.court_id, record.case_id)
    if law is not None and isinstance(law.draft, TimedDraft):
        return timed_terms.new_sale(record, law)
    form = TermsForm(currency="CNY", balance_due_days=10, multiples_only=True)
    leave_price_to_procedure(form, record)
    if form.validate_on_submit():
        answer = listing.draft_sale(record, _terms(form), by=me())
        if not isinstance(answer, ListingRefusal):
            return done(_("The draft is made."), "prepare", sale=answer.public_id)
        return _terms_page(form, record, None, error(answer, "starting_price"))
    return _terms_page(form, record, None)


@bp.route("/<court>/sales/<sale>/terms", methods=["GET", "POST"])
@needs("clerk", "judge")
def terms(court: str, sale: str) -> ResponseReturnValue:
    record = found(SaleRecord, sale)
    asset, pack = sale_file(db.session(), record).asset, sale_pack(record.rules)
    if isinstance(pack.draft, TimedDraft):
        return timed_terms.change(record, asset, pack)
    form = TermsForm(obj=record)
    if not form.is_submitted():
        form.show_parts(record)
    if record.round == "first":
        leave_price_to_procedure(form, asset)
    if form.validate_on_submit():
        answer = listing.change_draft(record, _terms(form), by=me())
        if not isinstance(answer, DraftHeld):
            return done(_("The draft is saved."), "prepare", sale=sale)
        return _terms_page(form, asset, record, error(answer, "starting_price"))
    return _terms_page(form, asset, record)


@bp.get("/<court>/sales/<sale>/prepare")
def prepare(court: str, sale: str) -> str:
    record = found(SaleRecord, sale)
    session = db.session()
    file = sale_file(session, record)
    return render_template(
        "court/prepare.html",
        file=file,
        sale=record,
        checklist=hold_against_rules(session, record, now()) if record.state == "draft" else None,
        parties=_party_names(record, file.case),
        held=reason_not_to_change(session, record),
    )


@bp.post("/<court>/sales/<sale>/next-round")
@needs("clerk", "judge")
def next_round(court: str, sale: str) -> ResponseReturnValue:
    record = found(SaleRecord, sale)
    answer = listing.draft_next_round(record, by=me())
    if isinstance(answer, ListingRefusal):
        return refused(answer, "after", sale=sale)
    return done(_("The next round is drafted within the limits."), "prepare", sale=answer.public_id)


def leave_price_to_procedure(form: TermsForm, asset: AssetRecord) -> None:
    """Where a procedure finds the reference price, nobody types one (RULE-B2)."""
    if procedure_of(db.session(), asset.id) is not None:
        for name in PRICE_FIELDS:
            delattr(form, name)


def _typed(field: Any) -> Any:
    return field.data if field is not None else None


def _terms(form: TermsForm) -> Terms:
    return Terms(
        currency=form.currency.data.upper(),
        reference_price=_typed(form.reference_price),
        reference_price_method=_typed(form.reference_price_method) or "",
        reference_price_valid_until=_typed(form.reference_price_valid_until),
        starting_price=form.starting_price.data,
        increment=form.increment.data,
        multiples_only=form.multiples_only.data,
        deposit=form.deposit.data,
        opens_at=form.opens_at.data,
        closes_at=form.closes_at.data,
        balance_due_days=form.balance_due_days.data,
        viewing=form.viewing.data or "",
        conditions=form.conditions.data or "",
        taxes=form.taxes.data or "",
        publication_items=list(form.publication_items.data or ()),
        warnings=list(form.warnings.data or ()),
        balance_parts=form.parts(),
    )


def _terms_page(
    form: TermsForm,
    asset: AssetRecord,
    sale: SaleRecord | None,
    errors: list[dict[str, str]] | None = None,
) -> ResponseReturnValue:
    page = render_template(
        "court/prepare_terms.html",
        form=form,
        asset_record=asset,
        case=db.session.get_one(CaseRecord, asset.case_id),
        sale=sale,
        errors=errors or [],
        shortest_bidding=timedelta(hours=24),
        opening=_earliest_opening(asset, sale),
        pricing=procedure_of(db.session(), asset.id) if form.reference_price is None else None,
    )
    return page, status(form, errors)


def _earliest_opening(asset: AssetRecord, sale: SaleRecord | None) -> Deadline | None:
    """The first day of opening if it were announced today, with its reckoning (RULE-D1)."""
    law = listing.law_of(db.session(), asset.court_id, asset.case_id)
    rules = sale_pack(sale.rules) if sale is not None else law
    if rules is None:
        return None
    return opens_earliest(
        g.court,
        rules,
        sale.round if sale is not None else "first",
        asset.property_kind,
        now().astimezone(court_zone()).date(),
    )


def _party_names(record: SaleRecord, case: CaseRecord) -> dict[str, str]:
    rows = parties_with_notices(db.session(), record, case.id)
    return {party.public_id: party.name for party, _notice in rows}
