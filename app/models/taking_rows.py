"""The difference that a creditor pays for a property taken in kind, in rows (RULE-K5).

It goes to the court's account, as a price does (RULE-I1, I2), and is held with what the sale
brought, for those who are paid before the creditor.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models.deposit_rows import BANK, owe_credit_back
from app.models.ledger_rows import Posting, post_entry
from app.models.money import BankCredit, SuspenseItem
from app.models.outbox_rows import record_act
from app.models.plans import Plan
from app.models.provider_rows import end_by_machine
from app.models.references import read_reference
from app.models.rounds import Taking
from app.models.sales import SaleRecord
from app.models.settlement_rows import held_for_distribution, price_account
from app.models.suspense_rows import Reason, lock_item, suspense_account

# Of a taking: the difference is here, or there is none.
STATES_WITH_DIFFERENCE = ("paid", "ruled", "served")


def find_taking_by_reference(session: Session, court_id: int, reference: str) -> Taking | None:
    """Read and not locked: a desk may look at it, and the worker locks it."""
    return session.scalars(
        select(Taking).filter_by(court_id=court_id, reference=reference)
    ).one_or_none()


def owed_by_taker(session: Session, taking: Taking) -> int:
    """The difference; after it, what the plan in the making lacks in money, because by its costs
    and claims the taker's share is lower than what the property counted for (DIST section 8)."""
    if taking.state == "awaiting_difference":
        return taking.difference
    if taking.state not in STATES_WITH_DIFFERENCE:
        return 0
    needed = session.scalars(
        select(Plan.pool).where(Plan.sale_id == taking.sale_id, Plan.state == "draft")
    ).one_or_none()
    sale = session.get_one(SaleRecord, taking.sale_id)
    held = held_for_distribution(session, sale, taking.currency)
    return max(0, needed - held) if needed is not None else 0


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


def receive_credit(session: Session, taking: Taking, credit: BankCredit, at: datetime) -> None:
    """A transfer of just what the taker owes."""
    credit.state = "matched"
    paid = [Posting(BANK, credit.amount)]
    key = f"difference-by-bank:{credit.public_id}"
    receive_difference(session, taking, paid, key=key, bank_reference=credit.entry_reference, at=at)


def short_transfers(session: Session, taking: Taking) -> list[SuspenseItem]:
    """Transfers under the reference of a taking, each less than was owed, that wait in suspense."""
    rows = session.execute(
        select(SuspenseItem, BankCredit.reference)
        .join(BankCredit, BankCredit.id == SuspenseItem.bank_credit_id)
        .where(
            SuspenseItem.court_id == taking.court_id,
            SuspenseItem.state == "open",
            SuspenseItem.currency == taking.currency,
            SuspenseItem.reason == Reason.TOO_LITTLE.value,
        )
        .order_by(SuspenseItem.id)
    )
    return [item for item, written in rows if read_reference(written) == taking.reference]


def is_covered_with(session: Session, taking: Taking, item: SuspenseItem) -> bool:
    """Whether an item and the short transfers that wait are together what the taker owes."""
    waiting = [each.amount for each in short_transfers(session, taking) if each.id != item.id]
    return item.amount + sum(waiting) >= owed_by_taker(session, taking)


def receive_transfers(session: Session, taking: Taking, item: SuspenseItem, at: datetime) -> None:
    """Take what is owed out of an item, and out of short transfers as far as it does not reach.

    What is more than is owed goes back to the account that it came from (RULE-K5).
    """
    left, paid, numbers, used_up = owed_by_taker(session, taking), [], [], []
    others = [lock_item(session, each.id) for each in short_transfers(session, taking)]
    for each in [item, *(other for other in others if other.id != item.id)]:
        if left == 0 or (each is not item and each.state != "open"):
            continue
        used = min(each.amount, left)
        left -= used
        credit = session.get_one(BankCredit, each.bank_credit_id)
        credit.state = "matched"
        paid.append(Posting(suspense_account(each), used))
        numbers.append(credit.entry_reference)
        used_up.append((each, credit, each.amount - used))
    key = f"difference-from-suspense:{item.public_id}"
    receive_difference(session, taking, paid, key=key, bank_reference=", ".join(numbers), at=at)
    for each, credit, over in used_up:
        if over:
            account = suspense_account(each)
            owe_credit_back(
                session, credit, amount=over, debit=account, at=at, reason="more_than_asked"
            )
        end_by_machine(session, each, "taking", at)


def money_waits_for(session: Session, taking: Taking) -> bool:
    """Whether money under the reference of a taking is here and has no place yet."""
    written = session.scalars(
        select(BankCredit.reference).where(
            BankCredit.court_id == taking.court_id, BankCredit.state.in_(("new", "suspense"))
        )
    )
    return any(read_reference(each) == taking.reference for each in written)


def receive_difference(
    session: Session,
    taking: Taking,
    paid: Sequence[Posting],
    *,
    key: str,
    bank_reference: str,
    at: datetime,
) -> None:
    """Book what came for what the taker owes, once; after it the court may rule (RULE-I2)."""
    sale = session.get_one(SaleRecord, taking.sale_id)
    amount = sum(posting.amount for posting in paid)
    post_entry(
        session,
        court_id=taking.court_id,
        key=key,
        memo=f"difference of taking {taking.public_id}",
        currency=taking.currency,
        at=at,
        postings=[*paid, Posting(price_account(sale), -amount)],
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
