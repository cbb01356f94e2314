"""Refunds in rows: done once for each way they went, or back with us and looked after."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models.columns import new_public_id
from app.models.deposit_rows import cash_of, refund_account
from app.models.ledger_rows import NewEntry, post_entries, post_entry, transfer
from app.models.money import CardPayment, Deposit, Refund, SuspenseItem
from app.models.outbox_rows import tell
from app.models.suspense_rows import Reason, put_in_suspense, suspense_account


@dataclass(frozen=True, slots=True)
class Arrived:
    """A refund, locked, whose money has left us; `evidence` is the provider's or the bank's own
    number for that, `at` is legal time."""

    refund: Refund
    evidence: str
    at: datetime


def note_refund_done(session: Session, refund: Refund, evidence: str, at: datetime) -> bool:
    """The money has left us; False where that is known, or where it came back since."""
    return note_refunds_done(session, [Arrived(refund, evidence, at)]) == 1


def note_refunds_done(session: Session, arrived: Sequence[Arrived]) -> int:
    """The money of several refunds has left us; how many of them were not done before."""
    new = [one for one in arrived if one.refund.state not in ("done", "failed")]
    for one in new:
        one.refund.state, one.refund.done_at = "done", one.at
    _release_deposits(session, new)
    by_court: defaultdict[int, list[NewEntry]] = defaultdict(list)
    for one in new:
        by_court[one.refund.court_id].append(_paid(one))
    # Last, because a whole court's refunds meet at the account that the money leaves; and in one
    # order for everybody, so that two batches never wait for each other.
    for court_id in sorted(by_court):
        post_entries(session, court_id, by_court[court_id])
    return len(new)


def _release_deposits(session: Session, arrived: Sequence[Arrived]) -> None:
    at = {one.refund.deposit_id: one.at for one in arrived if one.refund.deposit_id is not None}
    if not at:
        return
    for deposit in session.scalars(select(Deposit).where(Deposit.id.in_(at)).order_by(Deposit.id)):
        if deposit.state == "releasing":
            deposit.state, deposit.ended_at = "released", at[deposit.id]


def _paid(one: Arrived) -> NewEntry:
    refund = one.refund
    return NewEntry(
        f"refund-done:{refund.public_id}:{one.evidence}"[:120],
        f"refund {refund.public_id} paid",
        refund.currency,
        one.at,
        transfer(refund_account(refund.subject), cash_of(refund.channel), refund.amount),
    )


def note_refund_failed(session: Session, refund: Refund, at: datetime) -> bool:
    """The money is with us again: it never vanishes, it waits for another way (FAULT-F31)."""
    if refund.state == "failed":
        return False
    # Where it was thought to have arrived, it came back into the till; else it never left.
    was_done = refund.state == "done"
    put_in_suspense(
        session,
        court_id=refund.court_id,
        amount=refund.amount,
        currency=refund.currency,
        reason=Reason.REFUND_FAILED,
        debit=cash_of(refund.channel) if was_done else refund_account(refund.subject),
        at=at,
        refund_id=refund.id,
    )
    refund.state, refund.done_at = "failed", None
    registration_id = payee_of(session, refund)
    if registration_id is not None:
        tell(
            session,
            kind="refund_failed",
            key=f"refund-failed:{refund.public_id}:{refund.key}",
            at=at,
            params={"amount": refund.amount, "currency": refund.currency},
            registration_id=registration_id,
            court_id=refund.court_id,
        )
    return True


def send_again_by_bank(session: Session, refund: Refund, item: SuspenseItem, at: datetime) -> None:
    """A failed refund goes out by bank, under a new name: the old one is used up (INV-M20)."""
    post_entry(
        session,
        court_id=refund.court_id,
        key=f"refund-again:{item.public_id}",
        memo=f"refund {refund.public_id} sent again",
        currency=refund.currency,
        at=at,
        postings=transfer(suspense_account(item), refund_account(refund.subject), refund.amount),
    )
    refund.state, refund.channel = "due", "bank"
    refund.key = f"refund-{new_public_id()}"
    refund.payment_file_id = None
    refund.bank_reference = None


def payee_of(session: Session, refund: Refund) -> int | None:
    """The registration to which this money belongs, where it is known to belong to one."""
    if refund.deposit_id is not None:
        return session.get_one(Deposit, refund.deposit_id).registration_id
    if refund.card_payment_id is not None:
        return session.get_one(CardPayment, refund.card_payment_id).registration_id
    return None
