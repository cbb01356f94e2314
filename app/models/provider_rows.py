"""The provider's books in rows: its movements once each, its fees, and what it pays out."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from app.models.columns import new_public_id
from app.models.deposit_rows import BANK, PROVIDER
from app.models.ledger_rows import Account, post_entry, transfer
from app.models.money import BankCredit, CardPayment, Refund, SuspenseItem
from app.models.reconciliation import Dispute, ProviderMovement, ProviderPayout
from app.models.suspense_rows import suspense_account

FEES = Account("provider_fees")


def court_behind(
    session: Session, payment_id: str | None, source_id: str | None
) -> tuple[int, int] | None:
    """The court and the card payment of ours that a movement belongs to."""
    found = session.execute(
        select(CardPayment.court_id, CardPayment.id).where(
            CardPayment.intent_id == (payment_id or "")
        )
    ).one_or_none()
    if found is None and source_id is not None:
        found = session.execute(
            select(CardPayment.court_id, CardPayment.id)
            .join(Dispute, Dispute.card_payment_id == CardPayment.id)
            .where(Dispute.provider_id == source_id)
        ).one_or_none()
    return (found[0], found[1]) if found is not None else None


def add_movement(
    session: Session,
    *,
    provider_id: str,
    behind: tuple[int, int] | None,
    category: str,
    source_id: str | None,
    amount: int,
    fee: int,
    currency: str,
    at: datetime,
) -> bool:
    """Keep a movement; False where it is kept already."""
    added = session.execute(
        upsert(ProviderMovement)
        .values(
            provider_id=provider_id,
            court_id=behind[0] if behind else None,
            card_payment_id=behind[1] if behind else None,
            category=category[:40],
            source_id=source_id,
            amount=amount,
            fee=fee,
            currency=currency,
            at=at,
        )
        .on_conflict_do_nothing(index_elements=["provider_id"])
        .returning(ProviderMovement.id)
    )
    return added.scalar_one_or_none() is not None


def book_fee(
    session: Session, court_id: int, *, movement: str, fee: int, currency: str, at: datetime
) -> None:
    """The fee is the court's to bear: what is held for others stays whole (INV-M2).

    A refund gives none of it back, so none is booked back with it.
    """
    if fee == 0:
        return
    post_entry(
        session,
        court_id=court_id,
        key=f"provider-fee:{movement}"[:120],
        memo=f"fee of the card provider, {movement}"[:200],
        currency=currency,
        at=at,
        postings=transfer(FEES, PROVIDER, fee),
    )


def keep_payout(
    session: Session,
    *,
    provider_id: str,
    court_id: int,
    amount: int,
    fees: int,
    currency: str,
    trace: str | None,
    is_whole: bool,
    arrives_on: date,
) -> ProviderPayout:
    """A court's share of a payout, written down once, locked."""
    session.execute(
        upsert(ProviderPayout)
        .values(
            public_id=new_public_id(),
            provider_id=provider_id,
            court_id=court_id,
            amount=amount,
            fees=fees,
            currency=currency,
            trace=trace,
            is_whole=is_whole,
            arrives_on=arrives_on,
            state="on_its_way",
        )
        .on_conflict_do_nothing(index_elements=["provider_id", "court_id"])
    )
    return session.scalars(
        select(ProviderPayout)
        .filter_by(provider_id=provider_id, court_id=court_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def find_payout_in(session: Session, court_id: int, written: str) -> ProviderPayout | None:
    """The payout whose trace number stands in what the bank wrote."""
    words = written.split()
    if not words:
        return None
    return session.scalars(
        select(ProviderPayout)
        .where(
            ProviderPayout.court_id == court_id,
            ProviderPayout.state == "on_its_way",
            ProviderPayout.trace.in_(words),
        )
        .order_by(ProviderPayout.id)
        .limit(1)
        .with_for_update()
    ).one_or_none()


def is_this_payout(payout: ProviderPayout, credit: BankCredit) -> bool:
    """To the cent, in its currency, and no part of somebody else's."""
    ours = (payout.amount, payout.currency)
    return payout.is_whole and ours == (credit.amount, credit.currency)


def book_payout(
    session: Session,
    payout: ProviderPayout,
    credit: BankCredit,
    at: datetime,
    *,
    debit: Account = BANK,
) -> None:
    """The bank says that it arrived: what lay with the provider lies with the bank now."""
    post_entry(
        session,
        court_id=payout.court_id,
        key=f"provider-payout:{payout.public_id}",
        memo=f"payout {payout.provider_id} of the card provider"[:200],
        currency=payout.currency,
        at=at,
        postings=transfer(debit, PROVIDER, payout.amount),
    )
    credit.state = "matched"
    payout.state, payout.bank_credit_id, payout.booked_at = "arrived", credit.id, at


def take_out_of_suspense(session: Session, payout: ProviderPayout, at: datetime) -> bool:
    """The bank's notice came before we knew of the payout: its money explains itself now."""
    if payout.trace is None or payout.state != "on_its_way":
        return False
    for item, credit in session.execute(
        select(SuspenseItem, BankCredit)
        .join(BankCredit, BankCredit.id == SuspenseItem.bank_credit_id)
        .where(
            SuspenseItem.court_id == payout.court_id,
            SuspenseItem.state == "open",
            BankCredit.reference.contains(payout.trace, autoescape=True),
        )
        .with_for_update(of=SuspenseItem)
    ).all():
        if not is_this_payout(payout, credit):
            continue
        book_payout(session, payout, credit, at, debit=suspense_account(item))
        end_by_machine(session, item, "provider_payout", at)
        return True
    return False


def end_by_machine(session: Session, item: SuspenseItem, because: str, at: datetime) -> None:
    """Money in suspense that found its place without anybody's judgement."""
    item.by_machine, item.state = because, "assigning"
    session.flush()
    item.state, item.ended_at = "assigned", at
    session.flush()


def refund_behind(session: Session, provider_id: str | None) -> Refund | None:
    return session.scalars(select(Refund).where(Refund.provider_id == provider_id)).one_or_none()
