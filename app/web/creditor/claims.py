"""Claims of somebody: filed, followed, taken back; and the plans that were served on them."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import Row, select

from app.extensions import db
from app.models.cases import ClaimRecord
from app.models.sales import PublicLot
from app.queries import creditor as queries
from app.services import claims as claim_service
from app.services.claims import ClaimForm
from app.web.creditor.blueprint import account_form, bp, keep_time_of, save_account
from app.web.creditor.forms import AccountFields, ClaimFields
from app.web.creditor.words import REFUSALS
from app.web.gates import ask_for_second_factor, has_second_factor, signed_in_person


@bp.get("/")
def claims() -> str:
    session = db.session()
    return render_template(
        "creditor/claims.html", rows=queries.my_claims(session), plans=queries.my_plans(session)
    )


@bp.route("/file/<sale>", methods=["GET", "POST"])
def file(sale: str) -> ResponseReturnValue:
    """File a claim to the case of a published sale."""
    lot = _public_lot(sale)
    person = signed_in_person()
    form = ClaimFields()
    if not form.validate_on_submit():
        return render_template("creditor/file.html", form=form, lot=lot)
    assert form.amount.data is not None
    filed = claim_service.file_claim(
        lot.sale_id,
        ClaimForm(
            claim_class=form.claim_class.data,
            amount=form.amount.data,
            ground=form.ground.data or "",
            seized_on=form.seized_on.data,
        ),
        person_id=person.id,
        name=person.name,
        currency=lot.currency,
    )
    if isinstance(filed, claim_service.Refused):
        form.form_errors.append(str(REFUSALS[filed.reason]))
        return render_template("creditor/file.html", form=form, lot=lot), 409
    flash(_("Your claim is filed. Its number is %(number)s.", number=filed.public_id), "success")
    return redirect(url_for("creditor.claim", claim=filed.public_id))


@bp.get("/<claim>")
def claim(claim: str) -> str:
    row = _claim_row(claim)
    return _claim_page(row, account_form(row.Party))


@bp.post("/<claim>/account")
def account(claim: str) -> ResponseReturnValue:
    """Where the money goes; asked for with a fresh second factor, because it is worth stealing."""
    row = _claim_row(claim)
    if not has_second_factor():
        return ask_for_second_factor()
    form = AccountFields()
    if not form.validate_on_submit():
        return _claim_page(row, form)
    save_account(form, row.Party)
    flash(_("The account is saved."), "success")
    return redirect(url_for("creditor.claim", claim=claim))


@bp.post("/<claim>/withdraw")
def withdraw(claim: str) -> ResponseReturnValue:
    row = _claim_row(claim)
    answer = claim_service.withdraw_claim(row.ClaimRecord.id, by=signed_in_person().id)
    if isinstance(answer, claim_service.Refused):
        flash(str(REFUSALS[answer.reason]), "error")
    else:
        flash(_("The claim is withdrawn."), "success")
    return redirect(url_for("creditor.claim", claim=claim))


def _public_lot(sale: str) -> PublicLot:
    lot = db.session.scalars(select(PublicLot).where(PublicLot.public_id == sale)).one_or_none()
    if lot is None:
        abort(404)
    return lot


def _claim_row(public_id: str) -> Row[Any]:
    row = queries.find_claim(db.session(), public_id)
    if row is None:
        abort(404)
    return row


def _claim_page(row: Row[Any], form: AccountFields) -> str:
    session = db.session()
    keep_time_of(row.CourtRecord)
    claim: ClaimRecord = row.ClaimRecord
    sales = queries.sales_of_case(session, row.CaseRecord.id)
    counts = claim.state in ("filed", "admitted")
    return render_template(
        "creditor/claim.html",
        claim=claim,
        case=row.CaseRecord,
        court=row.CourtRecord,
        party=row.Party,
        sales=sales,
        outlook=(
            queries.outlook(session, row.CaseRecord, claim, sales[0]) if sales and counts else None
        ),
        plans=queries.plans_of_case(session, row.CaseRecord.id),
        inquiries=(
            queries.inquiries_of_case(session, row.CaseRecord.id)
            if claim.state == "admitted"
            else []
        ),
        payouts=[r.Payout for r in queries.my_payouts(session) if r.Plan.case_id == claim.case_id],
        form=form,
    )
