"""The terms of a sale under a law without rounds: a value, a deposit, and a fixed time.

Forms (POST, with `csrf_token`), at the addresses of `lots.py`: currency, reference_price (the
value), deposit, opens_at, viewing, conditions, taxes. The end follows from the opening.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from wtforms.validators import DataRequired

from app.models.cases import AssetRecord
from app.models.draft_rows import DraftHeld
from app.models.sales import SaleRecord
from app.services import listing
from app.services.listing import ListingRefusal, Terms
from app.web.amounts import AmountField
from app.web.court import words
from app.web.court.fields import CourtForm, MomentField, area, line
from app.web.court.frame import done, form_page, here, me
from auction_engine.rulepacks.pack import RulePack, TimedDraft
from auction_engine.sale.kinds import PropertyKind
from auction_engine.sale.timed_publication import least_deposit


class TimedTermsForm(CourtForm):
    currency = line(lazy_gettext("Currency"), 3, needed=lazy_gettext("Enter a currency"))
    reference_price = AmountField(
        lazy_gettext("Value"),
        description=lazy_gettext("What the thing is worth, less older burdens. It is public."),
        validators=[DataRequired(lazy_gettext("Enter the value"))],
    )
    deposit = AmountField(
        lazy_gettext("Deposit"),
        description=lazy_gettext("A share of the value. Empty: as the law fixes it."),
    )
    opens_at = MomentField(
        lazy_gettext("Bidding opens"),
        validators=[DataRequired(lazy_gettext("Enter when bidding opens"))],
    )
    viewing = area(lazy_gettext("Viewing"), hint=lazy_gettext("When, where, how to book"))
    conditions = area(
        lazy_gettext("Conditions for bidders"),
        hint=lazy_gettext("Who may bid, and what happens to whoever may not"),
    )
    taxes = area(lazy_gettext("Taxes"), hint=lazy_gettext("Which there are and who bears them"))


def new_sale(asset: AssetRecord, pack: RulePack) -> ResponseReturnValue:
    form = TimedTermsForm(currency="EUR")
    if form.validate_on_submit():
        answer = listing.draft_sale(asset, _terms(form, pack, asset.property_kind), by=me())
        if not isinstance(answer, ListingRefusal):
            return done(_("The draft is made."), "prepare", sale=answer.public_id)
        form.reference_price.errors = [words.refusal(answer)]
    return _page(form, asset, here("asset", asset=asset.public_id), pack)


def change(sale: SaleRecord, asset: AssetRecord, pack: RulePack) -> ResponseReturnValue:
    form = TimedTermsForm(obj=sale)
    if form.validate_on_submit():
        answer = listing.change_draft(sale, _terms(form, pack, sale.property_kind), by=me())
        if not isinstance(answer, DraftHeld):
            return done(_("The draft is saved."), "prepare", sale=sale.public_id)
        form.reference_price.errors = [words.refusal(answer)]
    return _page(form, asset, here("prepare", sale=sale.public_id), pack)


def _page(form: Any, asset: AssetRecord, back: str, pack: RulePack) -> ResponseReturnValue:
    title = words.in_language(asset.title, asset.title_zh)
    caption = _("%(title)s, under %(law)s", title=title, law=pack.id)
    return form_page(form, _("Terms of the sale"), back, caption=caption)


def _terms(form: TimedTermsForm, pack: RulePack, kind: str) -> Terms:
    """Everything that the law fixes is filled in: the end, and the deposit where none was set."""
    draft = pack.draft
    assert isinstance(draft, TimedDraft) and pack.award is not None
    value, opens_at = form.reference_price.data, form.opens_at.data
    assert value is not None and opens_at is not None
    by_law = least_deposit(draft, PropertyKind(kind), value)
    return Terms(
        currency=(form.currency.data or "").upper(),
        reference_price=value,
        reference_price_method="appraisal",
        reference_price_valid_until=None,
        starting_price=1,
        increment=1,
        multiples_only=False,
        deposit=by_law if form.deposit.data is None else form.deposit.data,
        opens_at=opens_at,
        closes_at=opens_at + timedelta(days=draft.bidding_days),
        balance_due_days=pack.award.payment_days[PropertyKind(kind)],
        viewing=form.viewing.data or "",
        conditions=form.conditions.data or "",
        taxes=form.taxes.data or "",
        publication_items=[],
        warnings=[],
    )
