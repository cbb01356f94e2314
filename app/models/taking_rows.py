"""The difference that a creditor pays for a property taken in kind, in rows (RULE-K5).

It goes to the court's account, as a price does (RULE-I1, I2), and is held with what the sale
brought, for those who are paid before the creditor.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models.ledger_rows import Account, balance_of, post_entry, transfer
from app.models.outbox_rows import record_act
from app.models.plans import Plan
from app.models.rounds import Taking
from app.models.sales import SaleRecord
from app.models.settlement_rows import price_account
from app.models.suspense_rows import Reason

IS_PAID = ("paid", "ruled", "served")


def find_taking_by_reference(session: Session, court_id: int, reference: str) -> Taking | None:
    """Read and not locked: a desk may look at it, and the worker locks it."""
    return session.scalars(
        select(Taking).filter_by(court_id=court_id, reference=reference)
    ).one_or_none()


def received_for(session: Session, taking: Taking) -> int:
    """What came for the property and is not distributed yet."""
    sale = session.get_one(SaleRecord, taking.sale_id)
    return -balance_of(session, taking.court_id, price_account(sale), taking.currency)


def owed_by_taker(session: Session, taking: Taking) -> int:
    """The difference; after it, what the plan in the making lacks in money, because by its costs
    and claims the taker's share is lower than what the property counted for (DIST section 8)."""
    if taking.state == "awaiting_difference":
        return taking.difference
    if taking.state not in IS_PAID:
        return 0
    needed = session.scalars(
        select(Plan.pool).where(Plan.sale_id == taking.sale_id, Plan.state == "draft")
    ).one_or_none()
    return max(0, needed - received_for(session, taking)) if needed is not None else 0


def why_not_the_difference(
    session: Session, taking: Taking, amount: int, currency: str
) -> Reason | None:
    """Why this much cannot be taken as what the taker owes; None where it can."""
    owed = owed_by_taker(session, taking)
    if not owed:
        return Reason.NOT_AWAITED if taking.state == "defaulted" else Reason.PAID_TWICE
    if currency != taking.currency:
        return Reason.OTHER_CURRENCY
    if amount == owed:
        return None
    return Reason.TOO_LITTLE if amount < owed else Reason.TOO_MUCH


def receive_difference(
    session: Session,
    taking: Taking,
    *,
    amount: int,
    debit: Account,
    key: str,
    bank_reference: str,
    at: datetime,
) -> None:
    """Book what came for what the taker owes, once; after it the court may rule (RULE-I2)."""
    sale = session.get_one(SaleRecord, taking.sale_id)
    post_entry(
        session,
        court_id=taking.court_id,
        key=key,
        memo=f"difference of taking {taking.public_id}",
        currency=taking.currency,
        at=at,
        postings=transfer(debit, price_account(sale), amount),
    )
    if taking.state == "awaiting_difference":
        taking.state, taking.paid_at = "paid", at
        taking.paid_reference = bank_reference[:140]
    record_act(
        session,
        actor="worker",
        action="in_kind.difference_paid",
        subject=f"sale:{sale.public_id}",
        court_id=taking.court_id,
        reference=bank_reference[:140],
        amount=amount,
    )
