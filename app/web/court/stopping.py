"""What stops the sales of a case: enough sold, the debt paid, a bankruptcy (RULE-C10, L7, L9).

Forms (POST, all with `csrf_token`; money `700,000.00`, days `YYYY-MM-DD`):

    /court/<court>/cases/<case>/coverage          costs, sells_all_reference        (clerk, judge)
    /court/<court>/cases/<case>/debtor-payments   amount, currency, reference, received_at,
                                                  asked_at, item                    (clerk, finance)
    /court/<court>/debtor-payments/<payment>      decision (grant | refuse), also (several),
                                                  reason                            (judge)
    /court/<court>/cases/<case>/bankruptcy        reference, accepted_on            (judge)
    /court/<court>/bankruptcies/<bankruptcy>      decision (declare | lift | stop), reference
"""

from __future__ import annotations

from typing import Any

from flask import abort, g, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from sqlalchemy import select
from wtforms.validators import DataRequired, Optional

from app.extensions import db
from app.models.cases import CaseRecord
from app.models.stopping import Bankruptcy, DebtorPayment
from app.queries import stopping as queries
from app.services import debt_payments, standstill
from app.services.debt_payments import PaidDebt, PaymentRefusal
from app.services.standstill import StandstillRefusal
from app.web.amounts import AmountField
from app.web.court.blueprint import bp
from app.web.court.fields import (
    CourtForm,
    DayField,
    MomentField,
    area,
    choice,
    line,
    options,
    several,
)
from app.web.court.frame import done, error, form_errors, found, me
from app.web.court.stopping_words import BANKRUPTCY_STATES, PAYMENT_STATES
from app.web.desk import desk
from app.web.gates import needs


class CoverageForm(CourtForm):
    costs = AmountField(
        lazy_gettext("Costs beyond the enforcement fee"),
        description=lazy_gettext("Appraisal, storage, publication. Write 0 if there are none."),
        validators=[Optional()],
    )
    sells_all_reference = line(
        lazy_gettext("The debtor agrees that all lots are sold"),
        200,
        hint=lazy_gettext(
            "Where the consent stands in the file. Empty: the rest is stopped once enough is sold."
        ),
    )


class PaymentForm(CourtForm):
    amount = AmountField(
        lazy_gettext("Amount"), validators=[DataRequired(lazy_gettext("Enter an amount"))]
    )
    currency = line(lazy_gettext("Currency"), 3)
    reference = line(
        lazy_gettext("Receipt"),
        200,
        hint=lazy_gettext("The number of the court's receipt, or of the bank's entry."),
        needed=lazy_gettext("Enter the number of the receipt"),
    )
    item = line(
        lazy_gettext("Money in suspense (optional)"),
        16,
        hint=lazy_gettext("Its number on the finance desk, if it came to the court's account."),
    )
    received_at = MomentField(
        lazy_gettext("Received at"), validators=[DataRequired(lazy_gettext("Enter the moment"))]
    )
    asked_at = MomentField(
        lazy_gettext("The debtor asked to stop at"),
        validators=[DataRequired(lazy_gettext("Enter the moment"))],
    )


class PaymentDecisionForm(CourtForm):
    decision = choice(
        lazy_gettext("The court's decision"),
        [
            ("grant", lazy_gettext("Stop the sales")),
            ("refuse", lazy_gettext("Let the auction go on")),
        ],
    )
    also = several(lazy_gettext("Also stop these, whose auction day had begun"), [])
    reason = area(
        lazy_gettext("Reason"), 500, hint=lazy_gettext("Needed to refuse. It stays on the file.")
    )


class BankruptcyForm(CourtForm):
    reference = line(
        lazy_gettext("Bankruptcy court and case number"),
        200,
        needed=lazy_gettext("Enter court and number"),
    )
    accepted_on = DayField(
        lazy_gettext("Accepted on"), validators=[DataRequired(lazy_gettext("Enter the day"))]
    )


class BankruptcyEndForm(CourtForm):
    decision = choice(
        lazy_gettext("What happened"),
        [
            ("declare", lazy_gettext("The debtor is declared bankrupt: enforcement ends")),
            ("lift", lazy_gettext("The bankruptcy ended otherwise: sales may go on")),
            ("stop", lazy_gettext("Nothing new: stop what still runs in this case")),
        ],
    )
    reference = line(
        lazy_gettext("Decision and its number"),
        200,
    )


@bp.get("/<court>/cases/<case>/stopping")
def stopping(court: str, case: str) -> ResponseReturnValue:
    return _page(found(CaseRecord, case))


@bp.post("/<court>/cases/<case>/coverage")
@needs("clerk", "judge")
def set_coverage(court: str, case: str) -> ResponseReturnValue:
    record = found(CaseRecord, case)
    form = CoverageForm()
    if not form.validate():
        return _page(record, coverage=form)
    standstill.set_coverage(
        record,
        costs=form.costs.data or 0,
        sells_all_reference=form.sells_all_reference.data or "",
        by=me(),
    )
    return done(_("It is recorded."), "stopping", case=case)


@bp.post("/<court>/cases/<case>/debtor-payments")
@needs("clerk", "finance")
def record_debtor_payment(court: str, case: str) -> ResponseReturnValue:
    record = found(CaseRecord, case)
    form = PaymentForm()
    if not form.validate():
        return _page(record, payment=form)
    paid = PaidDebt(
        amount=form.amount.data,
        currency=(form.currency.data or "CNY").upper(),
        reference=form.reference.data,
        received_at=form.received_at.data,
        asked_at=form.asked_at.data,
        item=form.item.data or "",
    )
    answer = debt_payments.record_payment(record, paid, by=me())
    if isinstance(answer, PaymentRefusal):
        field = "item" if answer is PaymentRefusal.NO_SUCH_MONEY else "amount"
        if answer is PaymentRefusal.IN_THE_FUTURE:
            field = "received_at"
        return _page(record, payment=form, errors=error(answer, field))
    return done(_("The payment is recorded. A judge decides on it."), "stopping", case=case)


@bp.post("/<court>/debtor-payments/<payment>")
@needs("judge")
def decide_debtor_payment(court: str, payment: str) -> ResponseReturnValue:
    record = _found(DebtorPayment, payment)
    case = db.session.get_one(CaseRecord, record.case_id)
    form = PaymentDecisionForm()
    form.also.choices = options(_choices_of(record))
    if not form.validate():
        return _page(case, decision=form, decided=payment)
    if form.decision.data == "refuse":
        refused = debt_payments.refuse(record, reason=form.reason.data or "", by=me())
        if isinstance(refused, PaymentRefusal):
            return _page(case, decision=form, decided=payment, errors=error(refused, "decision"))
        return done(_("The request is refused."), "stopping", case=case.public_id)
    answer = debt_payments.grant(
        desk(), record, also=form.also.data or (), reason=form.reason.data or "", by=me()
    )
    if isinstance(answer, PaymentRefusal):
        field = "also" if answer is PaymentRefusal.NOTHING_CHOSEN else "decision"
        return _page(case, decision=form, decided=payment, errors=error(answer, field))
    return done(_stopped(len(answer.withdrawn), len(answer.late)), "stopping", case=case.public_id)


@bp.post("/<court>/cases/<case>/bankruptcy")
@needs("judge")
def record_bankruptcy(court: str, case: str) -> ResponseReturnValue:
    record = found(CaseRecord, case)
    form = BankruptcyForm()
    if not form.validate():
        return _page(record, bankruptcy=form)
    answer = standstill.record_bankruptcy(
        desk(),
        record,
        reference=form.reference.data,
        accepted_on=form.accepted_on.data,
        by=me(),
    )
    if isinstance(answer, StandstillRefusal):
        field = "accepted_on" if answer is StandstillRefusal.IN_THE_FUTURE else "reference"
        return _page(record, bankruptcy=form, errors=error(answer, field))
    return done(_stopped(len(answer.sales), len(answer.late)), "stopping", case=case)


@bp.post("/<court>/bankruptcies/<bankruptcy>")
@needs("judge")
def end_bankruptcy(court: str, bankruptcy: str) -> ResponseReturnValue:
    record = _found(Bankruptcy, bankruptcy)
    case = db.session.get_one(CaseRecord, record.case_id)
    form = BankruptcyEndForm()
    if not form.validate():
        return _page(case, ending=form)
    if form.decision.data == "stop":
        again = standstill.stop_what_runs(desk(), record.id, by=me())
        text = _stopped(len(again.sales), len(again.late))
        return done(text, "stopping", case=case.public_id)
    answer = standstill.end_bankruptcy(
        desk(),
        record,
        declared=form.decision.data == "declare",
        reference=form.reference.data or "",
        by=me(),
    )
    if isinstance(answer, StandstillRefusal):
        field = "reference" if answer is StandstillRefusal.NO_REFERENCE else "decision"
        return _page(case, ending=form, errors=error(answer, field))
    return done(_stopped(len(answer.sales), len(answer.late)), "stopping", case=case.public_id)


def _page(
    case: CaseRecord,
    *,
    coverage: CoverageForm | None = None,
    payment: PaymentForm | None = None,
    decision: PaymentDecisionForm | None = None,
    decided: str = "",
    bankruptcy: BankruptcyForm | None = None,
    ending: BankruptcyEndForm | None = None,
    errors: list[dict[str, str]] | None = None,
) -> ResponseReturnValue:
    session = db.session()
    session.expire_all()
    file = queries.stopping_file(session, case)
    given = [form for form in (coverage, payment, decision, bankruptcy, ending) if form is not None]
    renamed = {
        **({"reason": f"reason-{decided}"} if decision is not None else {}),
        **({"reference": "bankruptcy-reference"} if bankruptcy is not None else {}),
        **({"reference": "ending-reference", "decision": "ending"} if ending is not None else {}),
    }
    shown = [_at(renamed, each) for each in errors or form_errors(*given)]
    known = file.coverage
    page = render_template(
        "court/stopping.html",
        case=case,
        file=file,
        states=PAYMENT_STATES,
        bankruptcy_states=BANKRUPTCY_STATES,
        coverage=coverage
        or CoverageForm(
            formdata=None,
            costs=known.costs if known else None,
            sells_all_reference=known.sells_all_reference if known else "",
        ),
        payment=payment or PaymentForm(formdata=None, currency=file.currency),
        decisions=_decision_forms(file.payments, decision, decided),
        bankruptcy=bankruptcy or BankruptcyForm(formdata=None),
        ending=ending or BankruptcyEndForm(formdata=None),
        errors=shown,
    )
    return page, 409 if errors else 400 if shown else 200


def _at(renamed: dict[str, str], told: dict[str, str]) -> dict[str, str]:
    """Several forms on one page have fields of one name: an error leads to the right one."""
    field = told["href"].removeprefix("#")
    return {**told, "href": f"#{renamed.get(field, field)}"}


def _decision_forms(
    payments: list[DebtorPayment], given: PaymentDecisionForm | None, decided: str
) -> dict[str, PaymentDecisionForm]:
    forms = {}
    for each in payments:
        if each.state != "recorded":
            continue
        form = given if given is not None and each.public_id == decided else None
        forms[each.public_id] = form or PaymentDecisionForm(formdata=None)
        forms[each.public_id].also.choices = options(_choices_of(each))
    return forms


def _choices_of(payment: DebtorPayment) -> list[tuple[str, Any]]:
    """The sales about which the court has a choice; the others are stopped in any case."""
    return [
        (each.sale.public_id, queries.title_of(db.session(), each.sale))
        for each in debt_payments.stoppable_sales(db.session(), payment)
        if each.duty == "may"
    ]


def _found(kind: Any, public_id: str) -> Any:
    record = db.session.scalars(
        select(kind).where(kind.court_id == g.court.id, kind.public_id == public_id)
    ).one_or_none()
    if record is None:
        abort(404)
    return record


def _stopped(count: int, late: int) -> str:
    if late:
        return _(
            "Stopped: %(count)s. Not stopped: %(late)s, because they were over or not reached.",
            count=count,
            late=late,
        )
    return _("Stopped: %(count)s. Every depositor is told.", count=count)
