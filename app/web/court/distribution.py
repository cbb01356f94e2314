"""`court.distribution`: the pool, the claims, the plan, and two persons for it (pages.md, 27).

Forms: `draft` takes `cost_name` and `cost_amount` (lists, in step); `serve` and `finalise` take
`plan`, the public id of the plan that was looked at.
"""

from __future__ import annotations

from typing import Any

from flask import abort, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from sqlalchemy import select

from app.extensions import db
from app.models.cases import AssetRecord, CaseRecord
from app.models.dispute_rows import hole_in_proceeds
from app.models.money import Settlement
from app.models.open_claim_rows import find_admitted_claims
from app.models.plan_rows import find_settlement
from app.models.plans import Payout, Plan, PlanObjection, PlanService
from app.models.proceeds_rows import find_proceeds
from app.models.round_rows import find_taking
from app.models.rounds import Taking
from app.models.sales import LotRecord, SaleRecord
from app.models.taking_rows import owed_by_taker
from app.queries.creditor import lines_of, waterfall_rows
from app.services import distribution as service
from app.services.distribution import Refusal, Refused
from app.web.amounts import read_amount, write_amount
from app.web.claim_words import PAYOUT_STATES, PLAN_STATES, STEPS
from app.web.court import words
from app.web.court.blueprint import bp
from app.web.gates import needs, signed_in_person
from auction_engine.money.fees import enforcement_fee

REFUSALS: dict[Refusal, Any] = {
    Refusal.NOT_PAID: lazy_gettext("The price is not fully paid yet."),
    Refusal.NO_CLAIMS: lazy_gettext("No claim is admitted in this case."),
    Refusal.NO_ORDER: lazy_gettext(
        "The platform holds no order of payment for the law of this sale."
        " The court decides who is paid, and records it in the case."
    ),
    Refusal.WRONG_STATE: lazy_gettext(
        "The plan has moved on meanwhile. Look at its present state."
    ),
    Refusal.SAME_PERSON: lazy_gettext(
        "Whoever drafted the plan cannot make it final. Ask a colleague."
    ),
    Refusal.COSTS_EXCEED_PRICE: lazy_gettext("The costs are higher than the price."),
    Refusal.DIFFERENCE_MISSING: lazy_gettext(
        "By this plan the creditor who took the property owes more than has come."
    ),
    Refusal.NO_OWNER: lazy_gettext(
        "Something is left over, and the case names no debtor whose it is. Enter the owner as a"
        " debtor in the case, then draft again."
    ),
    Refusal.SEVERAL_OWNERS: lazy_gettext(
        "Something is left over, and the case names several debtors. Choose below whose property"
        " it was, then draft again."
    ),
    Refusal.MONEY_CHANGED: lazy_gettext(
        "What is held for this sale has changed since the draft. Draft the plan again."
    ),
    Refusal.OTHER_LOT_PAID: lazy_gettext(
        "Other lots of this case pay these claims otherwise than when this plan was drafted."
        " Draft it again."
    ),
    Refusal.OTHER_LOT_OBJECTED_TO: lazy_gettext(
        "This plan builds on the plan of another lot of this case, to which somebody objected."
        " Settle that plan first."
    ),
    Refusal.TAKEN_BACK: words.REFUSALS["taken_back"],
    Refusal.BANKRUPTCY: words.REFUSALS["bankruptcy_stays_the_case"],
    Refusal.THIRD_PARTY: words.REFUSALS["third_party_objects"],
}


@bp.get("/<court>/sales/<sale>/distribution")
def distribution(court: str, sale: str) -> str:
    return _page(_sale(sale))


@bp.post("/<court>/sales/<sale>/distribution/draft")
@needs("finance", "judge", "clerk")
def draft_distribution(court: str, sale: str) -> ResponseReturnValue:
    record = _sale(sale)
    costs, errors = _costs()
    if errors:
        return _page(record, errors), 400
    answer = service.draft_plan(
        record.id,
        costs=costs,
        by=signed_in_person().id,
        surplus_to=request.form.get("surplus_to", ""),
    )
    return _after(record, answer, _("The plan is drafted. Look through it, then serve it."))


@bp.post("/<court>/sales/<sale>/distribution/serve")
@needs("finance", "judge", "clerk")
def serve_distribution(court: str, sale: str) -> ResponseReturnValue:
    record = _sale(sale)
    answer = service.serve_plan(_plan(record).id, by=signed_in_person().id)
    return _after(record, answer, _("The plan is served on every creditor and on the debtor."))


@bp.post("/<court>/sales/<sale>/distribution/finalise")
@needs("finance", "judge")
def finalise_distribution(court: str, sale: str) -> ResponseReturnValue:
    record = _sale(sale)
    answer = service.finalise_plan(_plan(record).id, by=signed_in_person().id)
    return _after(record, answer, _("The plan is final. Its payments are due."))


def _sale(public_id: str) -> SaleRecord:
    record = db.session.scalars(
        select(SaleRecord).where(
            SaleRecord.public_id == public_id, SaleRecord.court_id == g.court.id
        )
    ).one_or_none()
    if record is None:
        abort(404)
    return record


def _plan(record: SaleRecord) -> Plan:
    """The plan that the form was made for; another one means that it was replaced meanwhile."""
    found = db.session.scalars(
        select(Plan).where(
            Plan.sale_id == record.id, Plan.public_id == request.form.get("plan", "")
        )
    ).one_or_none()
    if found is None:
        abort(404)
    return found


def _costs() -> tuple[list[tuple[str, int]], list[dict[str, str]]]:
    costs, errors = [], []
    names, typed = request.form.getlist("cost_name"), request.form.getlist("cost_amount")
    for place, (name, amount) in enumerate(zip(names, typed, strict=False), start=1):
        name = name.strip()[:60]
        if not name and not amount.strip():
            continue
        minor = read_amount(amount)
        if not name or minor is None or name in {known for known, _amount in costs}:
            text = _("Cost %(place)s needs a name of its own and an amount", place=place)
            errors.append({"text": text, "href": f"#cost-amount-{place}"})
            continue
        costs.append((name, minor))
    return costs, errors


def _after(record: SaleRecord, answer: Plan | Refused, done: str) -> ResponseReturnValue:
    if isinstance(answer, Refused):
        return _page(record, [{"text": _words(answer), "href": "#plan"}]), 409
    flash(done, "success")
    return redirect(url_for("court.distribution", court=g.court.public_id, sale=record.public_id))


def _words(refused: Refused) -> str:
    if refused.reason is Refusal.OBJECTION_PERIOD_RUNS:
        return _(
            "Parties may object until %(moment)s. The plan cannot become final before.",
            moment=refused.until.isoformat() if refused.until else "",
        )
    if refused.reason is Refusal.ACCOUNT_MISSING:
        return _(
            "%(who)s has not named an account yet. They can on their page of the plan, or a clerk"
            " writes it down in the case.",
            who=refused.who,
        )
    return str(REFUSALS[refused.reason])


def _suggested_fee(settlement: Settlement | None, taking: Taking | None) -> str:
    sold = settlement or taking
    return write_amount(enforcement_fee(sold.price)) if sold is not None else ""


def _page(record: SaleRecord, errors: list[dict[str, str]] | None = None) -> str:
    session = db.session()
    lot = session.get_one(LotRecord, record.lot_id)
    settlement = find_settlement(session, record.id)
    taking = find_taking(session, record.id)
    proceeds = find_proceeds(session, record)
    is_in_money = taking is not None and (taking.difference > 0 or proceeds is not None)
    plan = session.scalars(
        select(Plan).where(Plan.sale_id == record.id, Plan.state != "replaced")
    ).one_or_none()
    of_plan = plan.id if plan is not None else 0
    return render_template(
        "court/distribution.html",
        sale=record,
        case=session.get_one(CaseRecord, lot.case_id),
        thing=session.get_one(AssetRecord, lot.asset_id),
        settlement=settlement,
        # A price is the first thing to look at; without one, what came for a property in kind.
        taking=taking if settlement is None and taking is not None and is_in_money else None,
        proceeds=proceeds,
        owed=owed_by_taker(session, taking) if taking is not None else 0,
        hole=hole_in_proceeds(session, record.id),
        debtors=service.debtors_of(session, lot.case_id),
        claims=find_admitted_claims(session, lot.case_id),
        suggested_fee=_suggested_fee(settlement, taking),
        plan=plan,
        lines=lines_of(session, plan) if plan else [],
        rows=waterfall_rows(dict(plan.result), frozenset()) if plan else [],
        served=session.scalars(select(PlanService).where(PlanService.plan_id == of_plan)).all(),
        objections=session.scalars(
            select(PlanObjection).where(PlanObjection.plan_id == of_plan)
        ).all(),
        payouts=session.scalars(
            select(Payout).where(Payout.plan_id == of_plan).order_by(Payout.id)
        ).all(),
        is_outdated=plan is not None and service.is_outdated(session, plan),
        is_drafter=plan is not None and plan.drafted_by == signed_in_person().id,
        step_names=STEPS,
        plan_states=PLAN_STATES,
        payout_states=PAYOUT_STATES,
        errors=errors,
    )
