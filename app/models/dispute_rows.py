"""Disputed card payments in rows: money that left the provider, and who makes it good.

What a card holder's bank takes back stands on an account of its own until it is won back, covered
by money that was owed to the same payer anyway, or recovered. It is never taken out of what is
held for somebody else (INV-M2, FAULT-F31).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from app.models.columns import new_public_id
from app.models.deposit_rows import PROVIDER, owe_payment_back, refund_account
from app.models.ledger import LedgerEntry
from app.models.ledger_rows import Account, balance_of, post_entry, transfer
from app.models.money import CardPayment, Deposit, Refund, SuspenseItem
from app.models.reconciliation import Dispute
from app.models.records import OutboxItem
from app.models.suspense_rows import suspense_account


class Consequence(StrEnum):
    """What the money of a lost dispute had become."""

    OWED_BACK = "owed_back"
    IN_SUSPENSE = "in_suspense"
    DEPOSIT_HELD = "deposit_held"
    DEPOSIT_LOST = "deposit_lost"
    PART_OF_PRICE = "part_of_price"
    PAID_BACK_TWICE = "paid_back_twice"
    PAID_AGAIN = "paid_again"


def disputed_account(dispute: Dispute) -> Account:
    return Account("disputed", dispute.public_id)


def keep_dispute(
    session: Session,
    payment: CardPayment,
    *,
    provider_id: str,
    amount: int,
    currency: str,
    reason: str,
    answer_by: datetime | None,
    at: datetime,
) -> Dispute:
    """The dispute, written down once, locked."""
    session.execute(
        upsert(Dispute)
        .values(
            public_id=new_public_id(),
            court_id=payment.court_id,
            card_payment_id=payment.id,
            provider_id=provider_id,
            amount=amount,
            currency=currency,
            reason=reason[:80],
            state="open",
            opened_at=at,
            answer_by=answer_by,
        )
        .on_conflict_do_nothing(index_elements=["provider_id"])
    )
    return session.scalars(
        select(Dispute)
        .filter_by(provider_id=provider_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def book_opened(session: Session, dispute: Dispute, at: datetime) -> None:
    """The provider has given the money to the holder's bank already."""
    post_entry(
        session,
        court_id=dispute.court_id,
        key=f"dispute-opened:{dispute.public_id}",
        memo=f"dispute {dispute.public_id}: taken back by the card holder's bank",
        currency=dispute.currency,
        at=at,
        postings=transfer(disputed_account(dispute), PROVIDER, dispute.amount),
    )


def book_won(session: Session, dispute: Dispute, at: datetime) -> int:
    """The money is with the provider again; where we never saw it leave there is nothing to do.

    What the payer has made good meanwhile came twice: how much that is, for the caller to book.
    """
    if not _was_opened(session, dispute):
        return 0
    taken = missing(session, dispute)
    if taken == 0:
        return dispute.amount
    post_entry(
        session,
        court_id=dispute.court_id,
        key=f"dispute-won:{dispute.public_id}",
        memo=f"dispute {dispute.public_id} won",
        currency=dispute.currency,
        at=at,
        postings=transfer(PROVIDER, disputed_account(dispute), taken),
    )
    return dispute.amount - taken


def consequence_of(session: Session, dispute: Dispute, payment: CardPayment) -> Consequence:
    """What the payment's money is by now."""
    if missing(session, dispute) == 0:
        return Consequence.PAID_AGAIN
    if _unpaid_refund(session, payment) is not None:
        return Consequence.OWED_BACK
    if _in_suspense(session, payment) is not None:
        return Consequence.IN_SUSPENSE
    if payment.settlement_id is not None and payment.counted:
        return Consequence.PART_OF_PRICE
    deposit = session.get(Deposit, payment.deposit_id) if payment.counted else None
    if deposit is None or deposit.state == "released":
        return Consequence.PAID_BACK_TWICE
    return {
        "held": Consequence.DEPOSIT_HELD,
        "releasing": Consequence.OWED_BACK,
        "applied": Consequence.PART_OF_PRICE,
        "forfeited": Consequence.DEPOSIT_LOST,
    }.get(deposit.state, Consequence.DEPOSIT_HELD)


def cover(session: Session, dispute: Dispute, at: datetime) -> bool:
    """Make a lost dispute good with what was owed to the same payer; that is paid with it.

    The holder has this money already, by way of the bank: sending it once more would pay twice.
    """
    if missing(session, dispute) == 0:
        return False
    payment = session.get_one(CardPayment, dispute.card_payment_id)
    refund = _unpaid_refund(session, payment)
    if refund is not None and refund.amount <= dispute.amount:
        _book_cover(session, dispute, refund_account(refund.subject), refund.amount, at)
        _end_refund(session, refund, at)
        return True
    item = _in_suspense(session, payment)
    if item is not None and item.amount <= dispute.amount:
        _book_cover(session, dispute, suspense_account(item), item.amount, at)
        item.state = "returning"
        session.flush()
        item.state, item.ended_at = "returned", at
        if item.refund_id is not None:
            _end_failed_refund(session, item.refund_id, at)
        return True
    return False


def missing(session: Session, dispute: Dispute) -> int:
    """How much nobody has made good yet."""
    return balance_of(session, dispute.court_id, disputed_account(dispute), dispute.currency)


def is_taken_back(session: Session, deposit_id: int) -> bool:
    """Whether a deposit's money lies with the card holder's bank, for now or for good."""
    return bool(disputes_of_deposit(session, deposit_id))


def disputes_of_deposit(session: Session, deposit_id: int) -> list[Dispute]:
    """The disputes that took money of the payment which a deposit rests on, and still have it."""
    disputes = session.scalars(
        select(Dispute)
        .join(CardPayment, CardPayment.id == Dispute.card_payment_id)
        .where(CardPayment.deposit_id == deposit_id, CardPayment.counted, Dispute.state != "won")
        .order_by(Dispute.id)
    ).all()
    return [dispute for dispute in disputes if missing(session, dispute)]


def pay_again(session: Session, deposit: Deposit, payment: CardPayment, at: datetime) -> None:
    """A deposit that was taken back rests on a new payment from now on, and secures bids again.

    What the old payment still holds, and whatever comes back of it, goes back to its card.
    """
    old = session.scalars(
        select(CardPayment)
        .where(CardPayment.deposit_id == deposit.id, CardPayment.counted)
        .with_for_update()
    ).one()
    left = payment.amount
    for dispute in disputes_of_deposit(session, deposit.id):
        key = f"deposit-again:{payment.public_id}:{dispute.public_id}"
        left -= make_good(session, dispute, debit=PROVIDER, key=key, most=left, at=at)
    old.counted, payment.counted = False, True
    deposit.taken_back_at = None
    session.flush()
    if left:
        owe_payment_back(
            session,
            old,
            amount=left,
            currency=payment.currency,
            debit=PROVIDER,
            at=at,
            reason="paid_twice",
        )


@dataclass(frozen=True, slots=True)
class Hole:
    """What the proceeds of a sale lack. Until the banks have decided, it may still come back."""

    missing: int
    currency: str
    is_decided: bool
    # Until when the provider takes an answer to the first of the open disputes.
    answer_by: datetime | None


def disputes_behind(session: Session, sale_id: int) -> list[Dispute]:
    """The disputes by which the proceeds of a sale are less than the books of its price say."""
    return list(
        session.scalars(
            select(Dispute)
            .where(Dispute.id.in_(select(func.disputes_behind_sale(sale_id))))
            .order_by(Dispute.id)
        )
    )


def hole_in_proceeds(session: Session, sale_id: int) -> Hole | None:
    """What was taken back of the money that a plan of this sale would distribute."""
    disputes = disputes_behind(session, sale_id)
    if not disputes:
        return None
    waiting = [dispute.answer_by for dispute in disputes if dispute.state == "open"]
    return Hole(
        missing=sum(missing(session, dispute) for dispute in disputes),
        currency=disputes[0].currency,
        is_decided=not waiting,
        answer_by=min((by for by in waiting if by is not None), default=None),
    )


def make_good(
    session: Session, dispute: Dispute, *, debit: Account, key: str, most: int, at: datetime
) -> int:
    """Fill a hole with other money, as far as it goes; how much of it was used."""
    used = min(most, missing(session, dispute))
    if used:
        post_entry(
            session,
            court_id=dispute.court_id,
            key=key,
            memo=f"dispute {dispute.public_id}: paid once more",
            currency=dispute.currency,
            at=at,
            postings=transfer(debit, disputed_account(dispute), used),
        )
    return used


def ask_for_refunds_again(session: Session, payment: CardPayment) -> None:
    """While a payment is disputed the provider refunds nothing of it; now it would again.

    The provider repeats its first answer to a key, so a plain no has used the old key up (INV-M8).
    """
    for refund in _refunds(session, payment):
        parked = session.execute(
            update(OutboxItem)
            .where(OutboxItem.key == f"refund:{refund.subject}", OutboxItem.state == "parked")
            .values(state="due", next_try_at=func.clock_timestamp())
            .returning(OutboxItem.id)
        ).all()
        if parked and refund.state == "due":
            refund.key = f"refund-{new_public_id()}"


def _was_opened(session: Session, dispute: Dispute) -> bool:
    key = f"dispute-opened:{dispute.public_id}"
    return session.scalars(select(LedgerEntry.id).filter_by(key=key)).first() is not None


def _book_cover(
    session: Session, dispute: Dispute, debit: Account, amount: int, at: datetime
) -> None:
    post_entry(
        session,
        court_id=dispute.court_id,
        key=f"dispute-covered:{dispute.public_id}",
        memo=f"dispute {dispute.public_id}: the holder has this money already",
        currency=dispute.currency,
        at=at,
        postings=transfer(debit, disputed_account(dispute), amount),
    )


def _end_failed_refund(session: Session, refund_id: int, at: datetime) -> None:
    """The refund did not arrive, and the holder has the money by way of the bank."""
    refund = session.get_one(Refund, refund_id, with_for_update=True)
    # It went by way of the bank in the end: what is still told of the card's refund is old news.
    refund.state, refund.channel = "due", "bank"
    session.flush()
    _end_refund(session, refund, at)


def _end_refund(session: Session, refund: Refund, at: datetime) -> None:
    refund.state, refund.done_at = "done", at
    deposit = session.get(Deposit, refund.deposit_id) if refund.deposit_id else None
    if deposit is not None and deposit.state == "releasing":
        deposit.state, deposit.ended_at = "released", at
    session.execute(
        update(OutboxItem)
        .where(OutboxItem.key == f"refund:{refund.subject}", OutboxItem.state != "done")
        .values(
            state="done",
            done_at=func.clock_timestamp(),
            last_answer="the card holder's bank has taken this money back already",
        )
    )


def _refunds(session: Session, payment: CardPayment) -> list[Refund]:
    """What goes back of this payment: itself, or the deposit that it made."""
    of_this = Refund.card_payment_id == payment.id
    if payment.counted and payment.deposit_id is not None:
        of_this |= Refund.deposit_id == payment.deposit_id
    return list(session.scalars(select(Refund).where(of_this)))


def _unpaid_refund(session: Session, payment: CardPayment) -> Refund | None:
    """A refund that nobody has asked the provider for with success.

    One that is on its way may still arrive, and then it was paid; or fail, and lie in suspense.
    """
    for refund in _refunds(session, payment):
        if refund.channel == "card" and refund.state == "due" and refund.provider_id is None:
            session.refresh(refund, with_for_update=True)
            return refund if refund.state == "due" and refund.provider_id is None else None
    return None


def _in_suspense(session: Session, payment: CardPayment) -> SuspenseItem | None:
    """Money of this payment that waits: itself, or a refund of it that came back."""
    of_this = SuspenseItem.card_payment_id == payment.id
    refunds = [refund.id for refund in _refunds(session, payment) if refund.state == "failed"]
    if refunds:
        of_this |= SuspenseItem.refund_id.in_(refunds)
    return session.scalars(
        select(SuspenseItem)
        .where(of_this, SuspenseItem.state == "open")
        .order_by(SuspenseItem.id)
        .limit(1)
        .with_for_update()
    ).one_or_none()
