"""Parties to a case: claim, expected share, plan, statement."""

from __future__ import annotations

import csv
import io
from typing import Any

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import Row, select

from app.extensions import db
from app.models.cases import ClaimRecord
from app.models.plans import Plan
from app.models.sales import PublicLot
from app.queries import creditor as queries
from app.services import claims as claim_service
from app.services import distribution
from app.services.claims import AccountDetails, ClaimForm
from app.web.claim_words import CLAIM_CLASSES, CLAIM_STATES, PAYOUT_STATES, PLAN_STATES, STEPS
from app.web.creditor.forms import AccountFields, ClaimFields, ObjectionFields
from app.web.creditor.words import REFUSALS
from app.web.csv_cells import safe_cell
from app.web.gates import (
    ask_for_second_factor,
    gated,
    has_second_factor,
    signed_in,
    signed_in_person,
)
from auction_engine.evidence.canonical import canonical

bp = gated(Blueprint("creditor", __name__, url_prefix="/claims"), signed_in)


@bp.context_processor
def _words() -> dict[str, Any]:
    return {
        "claim_classes": CLAIM_CLASSES,
        "claim_states": CLAIM_STATES,
        "plan_states": PLAN_STATES,
        "payout_states": PAYOUT_STATES,
        "step_names": STEPS,
    }


@bp.get("/")
def claims() -> str:
    rows = queries.my_claims(db.session())
    return render_template("creditor/claims.html", rows=rows)


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
    return _claim_page(row, _account_form(row))


@bp.post("/<claim>/account")
def account(claim: str) -> ResponseReturnValue:
    """Where the money goes; asked for with a fresh second factor, because it is worth stealing."""
    row = _claim_row(claim)
    if not has_second_factor():
        return ask_for_second_factor()
    form = AccountFields()
    if not form.validate_on_submit():
        return _claim_page(row, form)
    claim_service.set_account(
        row.Party.id,
        AccountDetails(
            form.account_name.data or "",
            form.account_number.data or "",
            form.account_bank.data or "",
        ),
        by=signed_in_person().id,
    )
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


@bp.get("/plans/<plan>")
def plan(plan: str) -> str:
    return _plan_page(_plan(plan), ObjectionFields())


@bp.post("/plans/<plan>/objection")
def object_to(plan: str) -> ResponseReturnValue:
    found = _plan(plan)
    service = queries.my_service(db.session(), found)
    form = ObjectionFields()
    if not form.validate_on_submit():
        return _plan_page(found, form)
    if service is None:
        abort(404)
    answer = distribution.object_to_plan(
        found.id, service.party_id, grounds=form.grounds.data or "", by=signed_in_person().id
    )
    if isinstance(answer, distribution.Refused):
        form.form_errors.append(str(REFUSALS[answer.reason]))
        return _plan_page(found, form), 409
    flash(_("Your objection was received in time. The court will answer it."), "success")
    return redirect(url_for("creditor.plan", plan=plan))


@bp.get("/plans/<plan>/distribution.json")
def plan_file(plan: str) -> Response:
    """The engine's input: whoever runs it gets the plan (`python -m auction_engine distribute`)."""
    found = _plan(plan)
    response = Response(canonical(found.request) + "\n", mimetype="application/json")
    response.headers["Content-Disposition"] = f'attachment; filename="plan-{plan}.json"'
    return response


@bp.get("/statement")
def statement() -> str:
    return render_template("creditor/statement.html", rows=queries.my_payouts(db.session()))


@bp.get("/statement.csv")
def statement_file() -> Response:
    written = io.StringIO()
    table = csv.writer(written, quoting=csv.QUOTE_ALL)
    table.writerow(["case", "plan", "reference", "amount_minor", "currency", "state", "paid_at"])
    for row in queries.my_payouts(db.session()):
        payout = row.Payout
        cells = [
            row.CaseRecord.number,
            row.Plan.public_id,
            payout.reference,
            payout.amount,
            payout.currency,
            payout.state,
            payout.paid_at.isoformat() if payout.paid_at else "",
        ]
        table.writerow([safe_cell(cell) for cell in cells])
    response = Response(written.getvalue(), mimetype="text/csv")
    response.headers["Content-Disposition"] = 'attachment; filename="statement.csv"'
    return response


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


def _plan(public_id: str) -> Plan:
    found = queries.plan_for(db.session(), public_id)
    if found is None:
        abort(404)
    return found


def _account_form(row: Row[Any]) -> AccountFields:
    party = row.Party
    return AccountFields(
        formdata=None,
        account_name=party.account_name or party.name,
        account_number=party.account_number,
        account_bank=party.account_bank,
    )


def _claim_page(row: Row[Any], form: AccountFields) -> str:
    session = db.session()
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
        payouts=[r.Payout for r in queries.my_payouts(session) if r.Plan.case_id == claim.case_id],
        form=form,
    )


def _plan_page(found: Plan, form: ObjectionFields) -> str:
    session = db.session()
    mine = {row.ClaimRecord.id for row in queries.my_claims(session)}
    mine_public = frozenset(row.ClaimRecord.public_id for row in queries.my_claims(session))
    return render_template(
        "creditor/plan.html",
        plan=found,
        lines=queries.lines_of(session, found),
        mine=mine,
        rows=queries.waterfall_rows(dict(found.result), mine_public),
        service=queries.my_service(session, found),
        objection=queries.my_objection(session, found),
        form=form,
        is_open=request.method == "POST",
    )
