"""Claims in a case: entered for a creditor, decided by a judge.

Forms (POST, all with `csrf_token`; money `700,000.00` or `700000`, days `YYYY-MM-DD`):

    /court/<court>/cases/<case>/claims/new  party, claim_class, amount, currency, rank, on_assets
                                              (several), ground, seized_on, filed_on
    /court/<court>/claims/<claim>           decision (admit | refuse), admitted_amount,
                                              claim_class, rank, on_assets (several), reason
"""

from __future__ import annotations

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from wtforms.validators import DataRequired, Optional

from app.extensions import db
from app.models.cases import AssetRecord, CaseRecord, ClaimRecord, Party
from app.queries.court_sale import case_file
from app.services import cases as service
from app.services import claims as claims_service
from app.services.cases import EnteredClaim
from app.services.claims import Refused
from app.web.amounts import AmountField
from app.web.claim_words import STEPS
from app.web.court import words
from app.web.court.blueprint import bp
from app.web.court.fields import (
    CourtForm,
    DayField,
    OnlyIf,
    area,
    choice,
    court_zone,
    line,
    long_choice,
    options,
    rank_field,
    several,
)
from app.web.court.frame import choices, done, error, form_page, found, here, may, me, now, status
from app.web.gates import needs
from auction_engine.rulepacks.cn_waterfall import CN_WATERFALL

CLASSES = {each.name: STEPS[each.name] for each in CN_WATERFALL.classes}


class ClaimForm(CourtForm):
    party = long_choice(lazy_gettext("Creditor"), [])
    claim_class = long_choice(lazy_gettext("Class"), choices(CLASSES))
    amount = AmountField(
        lazy_gettext("Amount"), validators=[DataRequired(lazy_gettext("Enter an amount"))]
    )
    currency = line(lazy_gettext("Currency"), 3)
    rank = rank_field(lazy_gettext("Rank on the thing (optional)"))
    on_assets = several(lazy_gettext("On which assets"), [])
    ground = line(lazy_gettext("Ground"), 500, needed=lazy_gettext("Enter the ground"))
    seized_on = DayField(lazy_gettext("Seized on (optional)"), validators=[Optional()])
    filed_on = DayField(
        lazy_gettext("Received on"),
        validators=[DataRequired(lazy_gettext("Enter the day on which it was received"))],
    )


class DecisionForm(CourtForm):
    decision = choice(
        lazy_gettext("The court's decision"),
        [("admit", lazy_gettext("Admit")), ("refuse", lazy_gettext("Refuse"))],
    )
    admitted_amount = AmountField(
        lazy_gettext("Admitted amount"),
        validators=[
            OnlyIf("decision", "admit"),
            DataRequired(lazy_gettext("Enter the admitted amount")),
        ],
    )
    claim_class = long_choice(lazy_gettext("Class"), choices(CLASSES))
    rank = rank_field(lazy_gettext("Rank on the thing (optional)"))
    on_assets = several(lazy_gettext("On which assets"), [])
    reason = area(
        lazy_gettext("Reason"),
        500,
        hint=lazy_gettext("The creditor reads it. Needed for a refusal and for a cut."),
    )


@bp.route("/<court>/cases/<case>/claims/new", methods=["GET", "POST"])
@needs("clerk", "judge")
def new_claim(court: str, case: str) -> ResponseReturnValue:
    record = found(CaseRecord, case)
    file = case_file(db.session(), record)
    form = ClaimForm(currency="CNY")
    form.party.choices = options([(party.public_id, party.name) for party in file.parties])
    form.on_assets.choices = options(_assets(file.assets))
    if form.validate_on_submit():
        party = found(Party, form.party.data)
        answer = service.enter_claim(party, _entered(form), by=me())
        return done(_("The claim is entered."), "claim", claim=answer.public_id)
    if request.method == "GET" and not form.filed_on.data:
        form.filed_on.data = now().astimezone(court_zone()).date()
    return form_page(form, _("Enter a claim"), here("case", case=case), caption=record.number)


@bp.route("/<court>/claims/<claim>", methods=["GET", "POST"])
def claim(court: str, claim: str) -> ResponseReturnValue:
    record = found(ClaimRecord, claim)
    form = DecisionForm(obj=record)
    of_case = db.session.get_one(CaseRecord, record.case_id)
    form.on_assets.choices = options(_assets(case_file(db.session(), of_case).assets))
    if request.method == "GET" and record.state == "filed":
        form.admitted_amount.data = record.amount
    errors: list[dict[str, str]] = []
    if may("judge") and form.validate_on_submit():
        errors = _reason_missing(form, record)
        if not errors:
            answer = _decide(form, record)
            if not isinstance(answer, Refused):
                return done(_("The claim is decided."), "claim", claim=claim)
            errors = error(answer.reason, "admitted_amount")
    page = render_template(
        "court/claim.html",
        claim=record,
        party=db.session.get_one(Party, record.party_id),
        case=of_case,
        form=form,
        errors=errors,
        classes=CLASSES,
    )
    return page, status(form, errors)


def _reason_missing(form: DecisionForm, claim: ClaimRecord) -> list[dict[str, str]]:
    cut = form.admitted_amount.data is not None and form.admitted_amount.data < claim.amount
    if form.reason.data or not (form.decision.data == "refuse" or cut):
        return []
    return error("no_reason", "reason")


def _decide(form: DecisionForm, claim: ClaimRecord) -> ClaimRecord | Refused:
    if form.decision.data == "refuse":
        return claims_service.refuse_claim(claim.id, reason=form.reason.data, by=me())
    return claims_service.admit_claim(
        claim.id,
        amount=form.admitted_amount.data,
        claim_class=form.claim_class.data,
        rank=form.rank.data,
        on_assets=tuple(form.on_assets.data or ()),
        reason=form.reason.data or "",
        by=me(),
    )


def _entered(form: ClaimForm) -> EnteredClaim:
    return EnteredClaim(
        claim_class=form.claim_class.data,
        amount=form.amount.data,
        currency=(form.currency.data or "CNY").upper(),
        ground=form.ground.data,
        rank=form.rank.data,
        on_assets=tuple(form.on_assets.data or ()),
        seized_on=form.seized_on.data,
        filed_on=form.filed_on.data,
    )


def _assets(assets: list[AssetRecord]) -> list[tuple[str, str]]:
    return [(each.public_id, words.in_language(each.title, each.title_zh)) for each in assets]
