"""The provider's books in rows: its movements once each, its fees, and what it pays out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from app.models.columns import new_public_id
from app.models.deposit_rows import BANK, PROVIDER
from app.models.ledger_rows import Account, NewEntry, post_entries, post_entry, transfer
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


@dataclass(frozen=True, slots=True)
class NewMovement:
    """A movement as the provider lists it, and the ids by which a payment of ours is found."""

    provider_id: str
    payment_id: str | None
    category: str
    source_id: str | None
    amount: int
    fee: int
    currency: str
    at: datetime


_MOVEMENTS = text("""
    INSERT INTO provider_movements
      (provider_id, court_id, card_payment_id, category, source_id, amount, fee, currency, at)
    SELECT told.provider_id, coalesce(paid.court_id, disputed.court_id),
      coalesce(paid.id, disputed.id), told.category, told.source_id, told.amount, told.fee,
      told.currency, told.at
    FROM unnest(
      CAST(:provider_ids AS text[]), CAST(:payment_ids AS text[]), CAST(:categories AS text[]),
      CAST(:source_ids AS text[]), CAST(:amounts AS bigint[]), CAST(:fees AS bigint[]),
      CAST(:currencies AS text[]), CAST(:ats AS timestamptz[])
    ) WITH ORDINALITY AS told
      (provider_id, payment_id, category, source_id, amount, fee, currency, at, place)
    LEFT JOIN card_payments paid ON paid.intent_id = told.payment_id
    LEFT JOIN disputes d ON paid.id IS NULL AND d.provider_id = told.source_id
    LEFT JOIN card_payments disputed ON disputed.id = d.card_payment_id
    ORDER BY told.place
    ON CONFLICT (provider_id) DO NOTHING
    RETURNING provider_id, court_id""")


def unknown_among(session: Session, provider_ids: Sequence[str]) -> set[str]:
    """Which of these movements we have not kept yet."""
    known = session.scalars(
        select(ProviderMovement.provider_id).where(ProviderMovement.provider_id.in_(provider_ids))
    )
    return set(provider_ids).difference(known)


def add_movements(session: Session, told: Sequence[NewMovement]) -> dict[str, int | None]:
    """Keep movements; the court behind each that was not kept before, None where there is none."""
    added = session.execute(
        _MOVEMENTS,
        {
            "provider_ids": [one.provider_id for one in told],
            "payment_ids": [one.payment_id for one in told],
            "categories": [one.category[:40] for one in told],
            "source_ids": [one.source_id for one in told],
            "amounts": [one.amount for one in told],
            "fees": [one.fee for one in told],
            "currencies": [one.currency for one in told],
            "ats": [one.at for one in told],
        },
    )
    return {row.provider_id: row.court_id for row in added}


def book_fees(
    session: Session, court_id: int, movements: Sequence[NewMovement], at: datetime
) -> None:
    """A fee is the court's to bear: what is held for others stays whole (INV-M2).

    A refund gives none of it back, so none is booked back with it.
    """
    fees = [
        NewEntry(
            f"provider-fee:{one.provider_id}"[:120],
            f"fee of the card provider, {one.provider_id}"[:200],
            one.currency,
            at,
            transfer(FEES, PROVIDER, one.fee),
        )
        for one in movements
        if one.fee
    ]
    if fees:
        post_entries(session, court_id, fees)


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
    total: int,
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
            total=total,
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


def find_payout_named(
    session: Session, court_id: int, number: str, *, lock: bool = False
) -> ProviderPayout | None:
    """The payout with the provider's own number, whatever the bank wrote.

    Only the worker locks it, who books it; a desk may read it and change nothing.
    """
    query = select(ProviderPayout).filter_by(court_id=court_id, provider_id=number.strip())
    if lock:
        query = query.with_for_update()
    return session.scalars(query.execution_options(populate_existing=True)).one_or_none()


def is_this_payout(payout: ProviderPayout, credit: BankCredit) -> bool:
    """To the cent, in its currency, and no part of somebody else's."""
    ours = (payout.amount, payout.currency)
    return payout.is_whole and ours == (credit.amount, credit.currency)


def holds_this_share(payout: ProviderPayout, credit: BankCredit) -> bool:
    """Whether the credit is the whole payout of several courts in which this one has a share."""
    whole = (payout.total, payout.currency)
    return not payout.is_whole and whole == (credit.amount, credit.currency)


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
