"""Money that nothing asked for, or not so: booked at once, and looked after until it has a place.

No path leads from here to a held deposit but the decision of two persons (INV-M6).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models.columns import new_public_id
from app.models.courts import CourtMembership
from app.models.ledger_rows import Account, post_entry, transfer
from app.models.money import SuspenseItem
from app.models.outbox_rows import record_act

# The kind of proposal by which two persons give such money a place.
ASSIGNMENT = "suspense.assign"

# Somebody has decided about other people's money within so many days.
DECIDE_WITHIN = timedelta(days=3)


class Reason(StrEnum):
    """Why money waits, in the words of the desk that looks at it."""

    UNKNOWN_REFERENCE = "unknown_reference"
    TOO_LITTLE = "too_little"
    TOO_MUCH = "too_much"
    OTHER_CURRENCY = "other_currency"
    PAID_TWICE = "paid_twice"
    PART_NOT_ALLOWED = "part_not_allowed"
    NOT_AWAITED = "not_awaited"
    NOT_ASKED_FOR = "not_asked_for"
    NO_BANK_REFERENCE = "no_bank_reference"
    UNDIVIDED = "undivided"
    REFUND_FAILED = "refund_failed"
    PAYMENT_RETURNED = "payment_returned"


def suspense_account(item: SuspenseItem) -> Account:
    return Account("suspense", item.public_id)


def put_in_suspense(
    session: Session,
    *,
    court_id: int,
    amount: int,
    currency: str,
    reason: Reason,
    debit: Account,
    at: datetime,
    bank_credit_id: int | None = None,
    card_payment_id: int | None = None,
    refund_id: int | None = None,
    owner_id: int | None = None,
) -> SuspenseItem:
    """Book money into suspense, with somebody to look after it and a day to have done so."""
    item = SuspenseItem(
        public_id=new_public_id(),
        court_id=court_id,
        bank_credit_id=bank_credit_id,
        card_payment_id=card_payment_id,
        refund_id=refund_id,
        amount=amount,
        currency=currency,
        reason=reason.value,
        owner_id=owner_id or _somebody_in_finance(session, court_id),
        since=at,
        due_at=at + DECIDE_WITHIN,
    )
    session.add(item)
    session.flush()
    post_entry(
        session,
        court_id=court_id,
        key=f"suspense:{item.public_id}",
        memo=f"in suspense: {reason.value}",
        currency=currency,
        at=at,
        postings=transfer(debit, suspense_account(item), amount),
    )
    record_act(
        session,
        actor="worker",
        action="money.in_suspense",
        subject=f"suspense:{item.public_id}",
        court_id=court_id,
        reason=reason.value,
        amount=amount,
        currency=currency,
    )
    return item


def lock_item(session: Session, item_id: int) -> SuspenseItem:
    return session.scalars(
        select(SuspenseItem)
        .where(SuspenseItem.id == item_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def _somebody_in_finance(session: Session, court_id: int) -> int | None:
    """Nobody in particular where the court has appointed nobody: then it is the whole desk's."""
    return session.scalars(
        select(CourtMembership.person_id)
        .where(
            CourtMembership.court_id == court_id,
            CourtMembership.role == "finance",
            CourtMembership.ended_at.is_(None),
        )
        .order_by(CourtMembership.id)
        .limit(1)
    ).one_or_none()
