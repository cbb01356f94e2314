"""A distribution plan as a party reads it: the lines, an objection, the account for the money."""

from __future__ import annotations

from flask import Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.extensions import db
from app.models.plans import Plan
from app.queries import creditor as queries
from app.services import distribution
from app.web.creditor.blueprint import account_form, bp, keep_time_of, save_account
from app.web.creditor.forms import AccountFields, ObjectionFields
from app.web.creditor.words import REFUSALS
from app.web.gates import ask_for_second_factor, has_second_factor, signed_in_person
from auction_engine.evidence.canonical import canonical


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
        found.id, service.Party.id, grounds=form.grounds.data or "", by=signed_in_person().id
    )
    if isinstance(answer, distribution.Refused):
        form.form_errors.append(str(REFUSALS[answer.reason]))
        return _plan_page(found, form), 409
    flash(_("Your objection was received in time. The court will answer it."), "success")
    return redirect(url_for("creditor.plan", plan=plan))


@bp.post("/plans/<plan>/account")
def plan_account(plan: str) -> ResponseReturnValue:
    """For whoever the plan gives something without a claim: the debtor with a surplus."""
    found = _plan(plan)
    service = queries.my_service(db.session(), found)
    if service is None:
        abort(404)
    if not has_second_factor():
        return ask_for_second_factor()
    form = AccountFields()
    if not form.validate_on_submit():
        return _plan_page(found, ObjectionFields(formdata=None), form)
    save_account(form, service.Party)
    flash(_("The account is saved."), "success")
    return redirect(url_for("creditor.plan", plan=plan))


@bp.get("/plans/<plan>/distribution.json")
def plan_file(plan: str) -> Response:
    """The engine's input: whoever runs it gets the plan (`python -m auction_engine distribute`)."""
    found = _plan(plan)
    response = Response(canonical(found.request) + "\n", mimetype="application/json")
    response.headers["Content-Disposition"] = f'attachment; filename="plan-{plan}.json"'
    return response


def _plan(public_id: str) -> Plan:
    found = queries.plan_for(db.session(), public_id)
    if found is None:
        abort(404)
    return found


def _plan_page(
    found: Plan, objection: ObjectionFields, account: AccountFields | None = None
) -> str:
    session = db.session()
    case, court = queries.case_of(session, found)
    keep_time_of(court)
    mine = [row.ClaimRecord for row in queries.my_claims(session)]
    service = queries.my_service(session, found)
    if account is None and service is not None:
        account = account_form(service.Party)
    return render_template(
        "creditor/plan.html",
        plan=found,
        case=case,
        court=court,
        lines=queries.lines_of(session, found),
        mine={claim.id for claim in mine},
        rows=queries.waterfall_rows(
            dict(found.result), frozenset(claim.public_id for claim in mine)
        ),
        party=service.Party if service else None,
        service=service.PlanService if service else None,
        objection=queries.my_objection(session, found),
        form=objection,
        account_form=account,
        is_open=request.method == "POST",
    )
