"""The difference that a creditor pays for a property taken in kind, in rows (RULE-K5).

It goes to the court's account, as a price does (RULE-I1, I2), and is held with what the sale
brought, for those who are paid before the creditor.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models.ledger_rows import Account, post_entry, transfer
from app.models.outbox_rows import record_act
from app.models.rounds import Taking
from app.models.sales import SaleRecord
from app.models.settlement_rows import price_account
from app.models.suspense_rows import Reason


def find_taking_by_reference(session: Session, court_id: int, reference: str) -> Taking | None:
    """Read and not locked: a desk may look at it, and the worker locks it."""
    return session.scalars(
        select(Taking).filter_by(court_id=court_id, reference=reference)
    ).one_or_none()


def why_not_the_difference(taking: Taking, amount: int, currency: str) -> Reason | None:
    """Why this much cannot be taken as the difference; None where it can."""
    if taking.state != "awaiting_difference":
        return Reason.NOT_AWAITED if taking.state == "defaulted" else Reason.PAID_TWICE
    if currency != taking.currency:
        return Reason.OTHER_CURRENCY
    if amount == taking.difference:
        return None
    return Reason.TOO_LITTLE if amount < taking.difference else Reason.TOO_MUCH


def receive_difference(
    session: Session,
    taking: Taking,
    *,
    debit: Account,
    key: str,
    bank_reference: str,
    at: datetime,
) -> None:
    """Book it, once; from now on the court may rule (RULE-I2)."""
    sale = session.get_one(SaleRecord, taking.sale_id)
    post_entry(
        session,
        court_id=taking.court_id,
        key=key,
        memo=f"difference of taking {taking.public_id}",
        currency=taking.currency,
        at=at,
        postings=transfer(debit, price_account(sale), taking.difference),
    )
    taking.state, taking.paid_at = "paid", at
    taking.paid_reference = bank_reference[:140]
    record_act(
        session,
        actor="worker",
        action="in_kind.difference_paid",
        subject=f"sale:{sale.public_id}",
        court_id=taking.court_id,
        reference=taking.paid_reference,
    )
