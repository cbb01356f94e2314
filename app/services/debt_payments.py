"""The debtor pays in full and asks to stop: recorded by one, decided by a judge (RULE-L7).

Where money and request were there before the day of the auction, the court has no choice.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db import transaction
from app.gateways.clock import legal_now
from app.models.cases import CaseRecord
from app.models.columns import new_public_id
from app.models.courts import CourtRecord
from app.models.coverage_rows import brought_in, debts_of
from app.models.ledger_rows import Account, post_entry, transfer
from app.models.money import SuspenseItem
from app.models.outbox_rows import record_act
from app.models.sales import SaleRecord
from app.models.stop_rows import lock_case, running_sales
from app.models.stopping import DebtorPayment
from app.models.suspense_rows import lock_item, suspense_account
from app.services.bidding import told_acts
from app.services.bidding.acts import Done
from app.services.bidding.desk import Desk
from auction_engine.sale.stopping import Duty, Ground, Payment, duty_to_stop

# Public in both languages, and the same in every case: it names nobody and no sum.
REASON = "被执行人已清偿债务及费用。The debtor has paid the debt and the costs."
_WITHDRAWALS = uuid.UUID("0b7c3a52-6c0d-4f4e-8f0e-1f7700000007")


class PaymentRefusal(StrEnum):
    CASE_ENDED = "case_ended"
    IN_THE_FUTURE = "in_the_future"
    NOTHING_ADMITTED = "nothing_admitted"
    OTHER_CURRENCY = "other_currency"
    NO_SUCH_MONEY = "no_such_money"
    OTHER_AMOUNT = "other_amount"
    DECIDED_ALREADY = "decided_already"
    SAME_PERSON = "same_person"
    NOT_FULL = "not_full"
    MUST_BE_GRANTED = "must_be_granted"
    NOTHING_CHOSEN = "nothing_chosen"
    NO_REASON = "no_reason"


@dataclass(frozen=True, slots=True)
class PaidDebt:
    """What the court writes down. `item` is money in suspense, if it came through our account."""

    amount: int
    currency: str
    reference: str
    received_at: datetime
    asked_at: datetime
    item: str = ""


@dataclass(frozen=True, slots=True)
class Stoppable:
    """A sale that the payment may stop, and whether the court has a choice."""

    sale: SaleRecord
    duty: Duty
    auction_on: date


@dataclass(frozen=True, slots=True)
class Granted:
    """`late` are sales that were over, or could not be reached, when they were to be withdrawn."""

    withdrawn: Sequence[str]
    late: Sequence[str]


def record_payment(case: CaseRecord, paid: PaidDebt, *, by: int) -> DebtorPayment | PaymentRefusal:
    """Write down the debtor's money and request, beside what was owed at that moment."""
    with transaction() as session:
        locked = lock_case(session, case.id)
        now = legal_now(session, locked.court_id)
        if locked.state != "open":
            return PaymentRefusal.CASE_ENDED
        if max(paid.received_at, paid.asked_at) > now:
            return PaymentRefusal.IN_THE_FUTURE
        debts = debts_of(session, case.id, paid.currency)
        if debts is None:
            return PaymentRefusal.OTHER_CURRENCY
        if debts.admitted == 0:
            return PaymentRefusal.NOTHING_ADMITTED
        item = _money_in_suspense(session, locked, paid)
        if isinstance(item, PaymentRefusal):
            return item
        payment = DebtorPayment(
            public_id=new_public_id(),
            court_id=locked.court_id,
            case_id=locked.id,
            amount=paid.amount,
            currency=paid.currency,
            reference=paid.reference,
            received_at=paid.received_at,
            asked_at=paid.asked_at,
            debts=debts.admitted,
            costs=debts.costs,
            covered_before=sum(brought_in(session, locked.id, paid.currency)),
            recorded_by=by,
            recorded_at=now,
        )
        session.add(payment)
        session.flush()
        if item is not None:
            item.debtor_payment_id = payment.id
        _record(session, payment, "debt_payment.recorded", by, amount=paid.amount)
    return payment


def grant(
    desk: Desk, payment: DebtorPayment, *, also: Collection[str], reason: str, by: int
) -> Granted | PaymentRefusal:
    """Stop every sale that must be stopped, and those that may be and are chosen (`also`).

    The decision is written first; the withdrawals follow it through the journal under keys of
    their own, so that pressing the button again finishes what a lost connection left.
    """
    with transaction() as session:
        locked = _lock(session, payment)
        refusal = _why_not_grant(locked, by)
        if refusal is not None:
            return refusal
        stoppable = stoppable_sales(session, locked)
        chosen = [
            each for each in stoppable if each.duty is Duty.MUST or each.sale.public_id in also
        ]
        if stoppable and not chosen and locked.state == "recorded":
            return PaymentRefusal.NOTHING_CHOSEN
        if locked.state == "recorded":
            _decide(session, locked, "granted", reason, by)
            _book(session, locked)
        targets = [(each.sale.id, each.sale.public_id) for each in chosen]
        named = locked.public_id
    return _withdraw(desk, named, targets, by)


def refuse(payment: DebtorPayment, *, reason: str, by: int) -> DebtorPayment | PaymentRefusal:
    """Let the auction go on although the debtor paid: only where the law leaves a choice."""
    if not reason.strip():
        return PaymentRefusal.NO_REASON
    with transaction() as session:
        locked = _lock(session, payment)
        if locked.state != "recorded":
            return PaymentRefusal.DECIDED_ALREADY
        if locked.recorded_by == by:
            return PaymentRefusal.SAME_PERSON
        musts = [each for each in stoppable_sales(session, locked) if each.duty is Duty.MUST]
        if as_paid(locked).is_full and musts:
            return PaymentRefusal.MUST_BE_GRANTED
        _decide(session, locked, "refused", reason, by)
        item = _item_of(session, locked)
        if item is not None:
            # It is for the finance desk again to find its place, or to send it back.
            item.debtor_payment_id = None
    return locked


def stoppable_sales(session: Session, payment: DebtorPayment) -> list[Stoppable]:
    """The running sales of the case; the day of the auction is the day on which it opens."""
    zone = ZoneInfo(session.get_one(CourtRecord, payment.court_id).timezone)

    def day(moment: datetime) -> date:
        return moment.astimezone(zone).date()

    paid_on, asked_on = day(payment.received_at), day(payment.asked_at)
    return [
        Stoppable(sale, duty_to_stop(paid_on, asked_on, day(sale.opens_at)), day(sale.opens_at))
        for sale, _state in running_sales(session, payment.case_id)
    ]


def as_paid(payment: DebtorPayment) -> Payment:
    """The payment as the rule reads it."""
    return Payment(
        amount=payment.amount,
        covered_before=payment.covered_before,
        debts=payment.debts,
        costs=payment.costs,
    )


def _why_not_grant(payment: DebtorPayment, by: int) -> PaymentRefusal | None:
    if payment.state == "refused":
        return PaymentRefusal.DECIDED_ALREADY
    if payment.recorded_by == by:
        return PaymentRefusal.SAME_PERSON
    if not as_paid(payment).is_full:
        return PaymentRefusal.NOT_FULL
    return None


def _withdraw(desk: Desk, payment: str, targets: Sequence[tuple[int, str]], by: int) -> Granted:
    withdrawn: list[str] = []
    late: list[str] = []
    for sale_id, public_id in targets:
        answer = told_acts.withdraw(
            desk,
            sale_id,
            ground=Ground.DEBT_PAID,
            reason=REASON,
            key=uuid.uuid5(_WITHDRAWALS, f"{payment}:{public_id}"),
            by=by,
            payment=payment,
        )
        (withdrawn if isinstance(answer, Done) else late).append(public_id)
    return Granted(withdrawn, late)


def _lock(session: Session, payment: DebtorPayment) -> DebtorPayment:
    lock_case(session, payment.case_id)
    return session.scalars(
        select(DebtorPayment)
        .where(DebtorPayment.id == payment.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def _decide(session: Session, payment: DebtorPayment, state: str, reason: str, by: int) -> None:
    now = legal_now(session, payment.court_id)
    payment.state = state
    payment.decided_by = by
    payment.decided_at = now
    payment.reason = reason.strip()[:500]
    _record(session, payment, f"debt_payment.{state}", by)


def _money_in_suspense(
    session: Session, case: CaseRecord, paid: PaidDebt
) -> SuspenseItem | PaymentRefusal | None:
    """The money named by `paid.item`, whole and unspoken for."""
    if not paid.item:
        return None
    found = session.scalars(
        select(SuspenseItem.id).filter_by(court_id=case.court_id, public_id=paid.item)
    ).one_or_none()
    item = lock_item(session, found) if found is not None else None
    if (
        item is None
        or item.state != "open"
        or item.bank_credit_id is None
        or item.debtor_payment_id is not None
    ):
        return PaymentRefusal.NO_SUCH_MONEY
    if (item.amount, item.currency) != (paid.amount, paid.currency):
        return PaymentRefusal.OTHER_AMOUNT
    return item


def _item_of(session: Session, payment: DebtorPayment) -> SuspenseItem | None:
    found = session.scalars(
        select(SuspenseItem.id).where(SuspenseItem.debtor_payment_id == payment.id)
    ).one_or_none()
    return lock_item(session, found) if found is not None else None


def _book(session: Session, payment: DebtorPayment) -> None:
    """Money that lies in suspense is held for the case's creditors from now on (INV-M5)."""
    item = _item_of(session, payment)
    if item is None or item.state != "open":
        return
    case = session.get_one(CaseRecord, payment.case_id)
    at = legal_now(session, payment.court_id)
    post_entry(
        session,
        court_id=payment.court_id,
        key=f"debtor-payment:{payment.public_id}",
        memo=f"payment {payment.public_id} of the debtor",
        currency=payment.currency,
        at=at,
        postings=transfer(
            suspense_account(item), Account("price_held", f"case-{case.public_id}"), payment.amount
        ),
    )
    item.state = "assigning"
    session.flush()
    item.state, item.ended_at = "assigned", at


def _record(
    session: Session, payment: DebtorPayment, action: str, by: int, **details: object
) -> None:
    case = session.get_one(CaseRecord, payment.case_id)
    record_act(
        session,
        actor="court",
        action=action,
        subject=f"debtor_payment:{payment.public_id}",
        court_id=payment.court_id,
        person_id=by,
        case=case.public_id,
        **details,
    )
