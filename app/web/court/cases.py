"""Cases: open one, name its parties, describe what was seized (pages.md, 23).

Forms (POST, all with `csrf_token`; money `700,000.00` or `700000`, days `YYYY-MM-DD`):

    /court/<court>/cases/new                number, instrument, debtor_kind, opened_on
    /court/<court>/cases/<case>/parties/new role, name, email (optional: links an account)
    /court/<court>/parties/<party>/account  email
    /court/<court>/parties/<party>/bank-account  account_name, account_number, account_bank, source
    /court/<court>/cases/<case>/assets/new  property_kind, category, title, title_zh, description,
    /court/<court>/assets/<asset>             address, region, ownership, possession, burdens,
                                              defects, seized_on, picture, is_living_home (y),
                                              living_home_ground, is_purchase_restricted (y)
"""

from __future__ import annotations

from typing import Any

from flask import g, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from wtforms.validators import DataRequired, Optional

from app.extensions import db
from app.models.cases import AssetRecord, CaseRecord, Party
from app.queries.court_sale import case_file, list_cases
from app.services import cases as service
from app.services.cases import CaseRefusal, Description, NewCase, NewParty
from app.services.claims import AccountDetails, note_account
from app.web.assets import asset as asset_url
from app.web.bank_account import BankAccountFields
from app.web.claim_words import STEPS
from app.web.court import words
from app.web.court.blueprint import bp
from app.web.court.fields import CourtForm, DayField, area, choice, line, long_choice, options, tick
from app.web.court.frame import choices, done, form_page, found, here, may, me, status
from app.web.court.pictures import drawings
from app.web.gates import needs
from auction_engine.pricing.methods import FAMILIES


class CaseForm(CourtForm):
    number = line(
        lazy_gettext("Case number"),
        80,
        hint=lazy_gettext("As it stands on the file. Each number names one case of this court."),
        needed=lazy_gettext("Enter the case number"),
    )
    instrument = line(
        lazy_gettext("Enforceable instrument"),
        300,
        hint=lazy_gettext("For example: Civil judgment (2025) Civ. First 12"),
        needed=lazy_gettext("Enter the instrument that is enforced"),
    )
    debtor_kind = choice(lazy_gettext("The debtor is"), choices(words.DEBTOR_KINDS))
    opened_on = DayField(
        lazy_gettext("Opened on"),
        validators=[DataRequired(lazy_gettext("Enter the day on which the case was opened"))],
    )


class PartyForm(CourtForm):
    role = choice(lazy_gettext("Part in the case"), choices(words.PARTY_ROLES))
    name = line(lazy_gettext("Name or firm"), 200, needed=lazy_gettext("Enter the name"))
    email = line(
        lazy_gettext("E-mail address of their account (optional)"),
        254,
        hint=lazy_gettext(
            "Links the account: notices and plans then reach them here. They are told of it."
        ),
    )


class AccountForm(CourtForm):
    email = line(
        lazy_gettext("E-mail address of the account"),
        254,
        hint=lazy_gettext("Check it against the file. Whoever is linked reads this party's file."),
        needed=lazy_gettext("Enter an e-mail address"),
    )


class PaymentForm(CourtForm, BankAccountFields):
    source = line(
        lazy_gettext("How the court knows it"),
        200,
        hint=lazy_gettext("The paper with its date, or who said so in person. It is recorded."),
        needed=lazy_gettext("Say how the court knows the account"),
    )


class AssetForm(CourtForm):
    property_kind = choice(lazy_gettext("Kind of property"), choices(words.PROPERTY_KINDS))
    category = long_choice(lazy_gettext("Category"), choices(words.CATEGORIES))
    title = line(
        lazy_gettext("Title in English"), 200, needed=lazy_gettext("Enter a title in English")
    )
    title_zh = line(
        lazy_gettext("Title in Chinese"), 200, needed=lazy_gettext("Enter a title in Chinese")
    )
    description = area(lazy_gettext("Description"), hint=lazy_gettext("Size, state, year, parts"))
    address = line(lazy_gettext("Address"), 300)
    region = line(lazy_gettext("Region"), 100, hint=lazy_gettext("Bidders search by it."))
    ownership = area(
        lazy_gettext("Ownership"), hint=lazy_gettext("Who owns it, and what proves it")
    )
    possession = area(
        lazy_gettext("Possession"), hint=lazy_gettext("Who uses it, leases, who has the keys")
    )
    burdens = area(
        lazy_gettext("Burdens"),
        hint=lazy_gettext("What ends with the sale and what stays. Write so if there are none."),
    )
    defects = area(lazy_gettext("Known defects"), hint=lazy_gettext("Write so if none are known."))
    seized_on = DayField(lazy_gettext("Seized on (optional)"), validators=[Optional()])
    picture = long_choice(lazy_gettext("Drawing"), [])
    is_living_home = tick(lazy_gettext("The debtor or dependants live in it"))
    living_home_ground = area(
        lazy_gettext("Why it may be sold all the same"),
        500,
        hint=lazy_gettext(
            "For a home that people live in: other housing, or 5 to 8 years' rent set aside."
        ),
    )
    is_purchase_restricted = tick(
        lazy_gettext("Not everybody may buy a home here"),
        hint=lazy_gettext("The announcement then says who may, and what follows otherwise (D9)."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.picture.choices = options([("", _("One that fits the category")), *drawings()])


@bp.get("/<court>/cases")
def cases(court: str) -> str:
    wanted = request.args.get("q", "").strip()[:80]
    return render_template(
        "court/cases.html", cases=list_cases(db.session(), g.court.id, wanted), wanted=wanted
    )


@bp.route("/<court>/cases/new", methods=["GET", "POST"])
@needs("clerk", "judge")
def new_case(court: str) -> ResponseReturnValue:
    form = CaseForm()
    if form.validate_on_submit():
        answer = service.open_case(
            g.court.id,
            NewCase(
                form.number.data, form.instrument.data, form.debtor_kind.data, form.opened_on.data
            ),
            by=me(),
        )
        if not isinstance(answer, CaseRefusal):
            return done(_("The case is open."), "case", case=answer.public_id)
        form.number.errors = [words.refusal(answer)]
    return form_page(form, _("Open a case"), here("cases"))


@bp.get("/<court>/cases/<case>")
def case(court: str, case: str) -> str:
    record = found(CaseRecord, case)
    return render_template(
        "court/case.html", case=record, file=case_file(db.session(), record), classes=STEPS
    )


@bp.route("/<court>/cases/<case>/parties/new", methods=["GET", "POST"])
@needs("clerk", "judge")
def new_party(court: str, case: str) -> ResponseReturnValue:
    record = found(CaseRecord, case)
    form = PartyForm()
    if form.validate_on_submit():
        answer = service.add_party(
            record, NewParty(form.role.data, form.name.data, form.email.data or ""), by=me()
        )
        if not isinstance(answer, CaseRefusal):
            return done(_("The party is in the case."), "case", case=case)
        form.email.errors = [words.refusal(answer)]
    return form_page(form, _("Add a party"), here("case", case=case), caption=record.number)


@bp.route("/<court>/parties/<party>/account", methods=["GET", "POST"])
@needs("clerk", "judge")
def link_party(court: str, party: str) -> ResponseReturnValue:
    record = found(Party, party)
    of_case = db.session.get_one(CaseRecord, record.case_id)
    form = AccountForm()
    if form.validate_on_submit():
        answer = service.link_party(record, form.email.data, by=me())
        if not isinstance(answer, CaseRefusal):
            return done(_("The account is linked."), "case", case=of_case.public_id)
        form.email.errors = [words.refusal(answer)]
    back = here("case", case=of_case.public_id)
    return form_page(form, _("Link an account"), back, caption=record.name)


@bp.route("/<court>/parties/<party>/bank-account", methods=["GET", "POST"])
@needs("clerk")
def party_bank_account(court: str, party: str) -> ResponseReturnValue:
    """Written down by a clerk, who makes no plan final: whoever does looks at it again."""
    record = found(Party, party)
    of_case = db.session.get_one(CaseRecord, record.case_id)
    form = PaymentForm(obj=record)
    if form.validate_on_submit():
        details = AccountDetails(*form.written)
        note_account(record.id, details, source=form.source.data, by=me())
        return done(_("The account is saved."), "case", case=of_case.public_id)
    back = here("case", case=of_case.public_id)
    return form_page(form, _("Account for payments"), back, caption=record.name)


@bp.route("/<court>/cases/<case>/assets/new", methods=["GET", "POST"])
@needs("clerk", "judge")
def new_asset(court: str, case: str) -> ResponseReturnValue:
    record = found(CaseRecord, case)
    form = AssetForm()
    if form.validate_on_submit():
        answer = service.add_asset(record, _description(form), by=me())
        return done(_("The asset is in the case."), "asset", asset=answer.public_id)
    return _asset_page(form, record, None)


@bp.route("/<court>/assets/<asset>", methods=["GET", "POST"])
def asset(court: str, asset: str) -> ResponseReturnValue:
    record = found(AssetRecord, asset)
    form = AssetForm(obj=record)
    of_case = db.session.get_one(CaseRecord, record.case_id)
    if may("clerk", "judge") and form.validate_on_submit():
        service.describe_asset(record, _description(form), by=me())
        return done(_("The description is saved."), "asset", asset=asset)
    return _asset_page(form, of_case, record)


def _description(form: AssetForm) -> Description:
    return Description(
        property_kind=form.property_kind.data,
        category=form.category.data,
        title=form.title.data,
        title_zh=form.title_zh.data,
        description=form.description.data or "",
        address=form.address.data or "",
        region=form.region.data or "",
        ownership=form.ownership.data or "",
        possession=form.possession.data or "",
        burdens=form.burdens.data or "",
        defects=form.defects.data or "",
        seized_on=form.seized_on.data,
        picture=form.picture.data or "",
        is_living_home=form.is_living_home.data,
        living_home_ground=form.living_home_ground.data or "",
        is_purchase_restricted=form.is_purchase_restricted.data,
    )


def _asset_page(
    form: AssetForm, case: CaseRecord, record: AssetRecord | None
) -> ResponseReturnValue:
    file = case_file(db.session(), case)
    page = render_template(
        "court/asset.html",
        form=form,
        case=case,
        asset_record=record,
        current=file.current_sale_of(record) if record is not None else None,
        picture_url=asset_url(f"img/lots/{record.picture}.svg")
        if record is not None and record.picture
        else None,
        prices_are_found=g.court.rule_family in FAMILIES,
    )
    return page, status(form)
