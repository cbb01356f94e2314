"""A payout of the card provider that is several courts', in rows: divided, and passed on (INV-M2).

The whole sum lands on one court's account. That court owes each other its share, who has it due
from there; no entry touches the books of two courts, and each court's books balance by themselves.
The money follows by an ordinary transfer between their banks, under a reference of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from app.models.courts import CourtRecord
from app.models.deposit_rows import BANK, PROVIDER
from app.models.ledger_rows import Account, Posting, post_entry, transfer
from app.models.money import BankCredit, BankDebit, SuspenseItem
from app.models.provider_rows import end_by_machine
from app.models.reconciliation import CourtTransfer, ProviderPayout
from app.models.references import new_reference, read_reference
from app.models.suspense_rows import suspense_account


def shares_in(session: Session, provider_id: str) -> list[ProviderPayout]:
    """Every court's share of a payout, locked in one order for everybody."""
    return list(
        session.scalars(
            select(ProviderPayout)
            .filter_by(provider_id=provider_id)
            .order_by(ProviderPayout.court_id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    )


def find_shared_payout(session: Session, written: str) -> list[ProviderPayout]:
    """The shares of the payout of several courts whose trace number stands in what was written.

    The account that it lands on may be that of any of them, or of a court without a share.
    """
    words = written.split()
    if not words:
        return []
    provider_id = session.scalars(
        select(ProviderPayout.provider_id)
        .where(
            ~ProviderPayout.is_whole,
            ProviderPayout.state == "on_its_way",
            ProviderPayout.trace.in_(words),
        )
        .order_by(ProviderPayout.id)
        .limit(1)
    ).one_or_none()
    return shares_in(session, provider_id) if provider_id is not None else []


def are_all_of(shares: Sequence[ProviderPayout], credit: BankCredit) -> bool:
    """To the cent and in one currency; nothing of it is money that no court of ours explains."""
    return (
        bool(shares)
        and all(share.state == "on_its_way" and not share.is_whole for share in shares)
        and {share.currency for share in shares} == {credit.currency}
        and sum(share.amount for share in shares) == credit.amount
    )


def book_shares(
    session: Session,
    shares: Sequence[ProviderPayout],
    credit: BankCredit,
    at: datetime,
    *,
    debit: Account = BANK,
) -> None:
    """What lay with the provider for several courts lies with one court's bank now.

    `at` is that court's legal time; each other court's entry has its own.
    """
    courts = _courts(session, [credit.court_id, *(share.court_id for share in shares)])
    landed = courts[credit.court_id]
    for court_id in sorted(courts):
        share = next((share for share in shares if share.court_id == court_id), None)
        if court_id == credit.court_id:
            others = [share for share in shares if share.court_id != court_id]
            postings = [
                Posting(debit, credit.amount),
                *_out_of_clearing(share),
                *(_owed(courts[other.court_id], -other.amount) for other in others if other.amount),
            ]
        elif share is not None and share.amount:
            postings = [_owed(landed, share.amount), *_out_of_clearing(share)]
        else:
            continue
        post_entry(
            session,
            court_id=court_id,
            key=f"provider-payout:{share.public_id if share else credit.public_id}",
            memo=f"share of payout {shares[0].provider_id} of the card provider"[:200],
            currency=credit.currency,
            at=at if court_id == credit.court_id else _now_of(session, court_id),
            postings=postings,
        )
    credit.state = "matched"
    for share in shares:
        share.state, share.bank_credit_id, share.booked_at = "arrived", credit.id, at
        if share.court_id != credit.court_id and share.amount:
            session.add(_transfer_of(share, credit.court_id))
    session.flush()


def take_shares_out_of_suspense(
    session: Session, provider_id: str, at: datetime | None = None
) -> bool:
    """The bank's notice came before we knew whose the payout is: its money explains itself now."""
    shares = shares_in(session, provider_id)
    trace = shares[0].trace if shares else None
    if trace is None:
        return False
    for item, credit in session.execute(
        select(SuspenseItem, BankCredit)
        .join(BankCredit, BankCredit.id == SuspenseItem.bank_credit_id)
        .where(
            SuspenseItem.state == "open",
            BankCredit.reference.contains(trace, autoescape=True),
        )
        .with_for_update(of=SuspenseItem)
    ).all():
        if not are_all_of(shares, credit):
            continue
        now = at or _now_of(session, credit.court_id)
        book_shares(session, shares, credit, now, debit=suspense_account(item))
        end_by_machine(session, item, "provider_payout", now)
        return True
    return False


# --- passed on ----------------------------------------------------------------------------------


def lock_due_transfers(session: Session, court_id: int) -> list[tuple[CourtTransfer, CourtRecord]]:
    """What this court owes and no file has ordered yet, each with the court that it is for."""
    rows = session.execute(
        select(CourtTransfer, CourtRecord)
        .join(CourtRecord, CourtRecord.id == CourtTransfer.to_court_id)
        .where(CourtTransfer.from_court_id == court_id, waits_for_a_file())
        .order_by(CourtTransfer.id)
        .with_for_update(of=CourtTransfer, skip_locked=True)
    )
    return [(owed, payee) for owed, payee in rows]


def waits_for_a_file() -> ColumnElement[bool]:
    """Neither ordered nor paid by hand, nor come back: then somebody has to find out why first."""
    return (
        CourtTransfer.payment_file_id.is_(None)
        & CourtTransfer.paid_at.is_(None)
        & CourtTransfer.returned_at.is_(None)
        & ~is_perhaps_paid()
    )


def is_perhaps_paid() -> ColumnElement[bool]:
    """Whether this much left the court's account and nobody knows for what: perhaps for this
    transfer, by hand and with a mistyped reference. A file would pay it a second time."""
    return (
        select(BankDebit.id)
        .where(
            BankDebit.state == "unknown",
            BankDebit.court_id == CourtTransfer.from_court_id,
            BankDebit.amount == CourtTransfer.amount,
            BankDebit.currency == CourtTransfer.currency,
        )
        .correlate(CourtTransfer)
        .exists()
    )


def receive_transfer(session: Session, credit: BankCredit, at: datetime) -> bool:
    """Whether this credit is what another court owed us, to the cent; then it is booked, once."""
    owed = _transfer_named(session, read_reference(credit.reference) or credit.end_to_end_id)
    if owed is None or owed.received_at is not None:
        return False
    if not _is_all_of(owed, owed.to_court_id, credit):
        return False
    payer = _courts(session, [owed.from_court_id])[owed.from_court_id]
    moved = transfer(BANK, Account("due_from_court", payer.public_id), owed.amount)
    _book(session, owed, credit, f"court-transfer-in:{owed.public_id}", moved, at)
    owed.received_at = at
    credit.state = "matched"
    return True


def confirm_transfer(session: Session, debit: BankDebit, at: datetime) -> bool:
    """Whether this debit is what we owed another court, under its reference; booked once."""
    owed = _transfer_named(session, debit.end_to_end_id)
    if owed is None or owed.paid_at is not None:
        return False
    if not _is_all_of(owed, owed.from_court_id, debit):
        return False
    payee = _courts(session, [owed.to_court_id])[owed.to_court_id]
    moved = transfer(Account("owed_to_court", payee.public_id), BANK, owed.amount)
    key = f"court-transfer-out:{owed.public_id}:{debit.entry_reference}"
    _book(session, owed, debit, key, moved, at)
    owed.paid_at = at
    debit.state = "matched"
    return True


def take_transfer_back(session: Session, credit: BankCredit, at: datetime) -> bool:
    """Whether this is our transfer to another court, come back whole; then it is owed again."""
    owed = _transfer_named(session, credit.end_to_end_id)
    if owed is None or owed.paid_at is None or owed.received_at is not None:
        return False
    if not _is_all_of(owed, owed.from_court_id, credit):
        return False
    payee = _courts(session, [owed.to_court_id])[owed.to_court_id]
    moved = transfer(BANK, Account("owed_to_court", payee.public_id), owed.amount)
    key = f"court-transfer-back:{owed.public_id}:{credit.entry_reference}"
    _book(session, owed, credit, key, moved, at, " came back")
    owed.paid_at, owed.returned_at = None, at
    return True


def _is_all_of(owed: CourtTransfer, court_id: int, entry: BankCredit | BankDebit) -> bool:
    """Whether the bank moved on this court's account just what is owed."""
    wanted = (court_id, owed.amount, owed.currency)
    return wanted == (entry.court_id, entry.amount, entry.currency)


def _book(
    session: Session,
    owed: CourtTransfer,
    entry: BankCredit | BankDebit,
    key: str,
    postings: Sequence[Posting],
    at: datetime,
    how: str = "",
) -> None:
    post_entry(
        session,
        court_id=entry.court_id,
        key=key[:120],
        memo=f"share of a payout, transfer {owed.reference}{how}",
        currency=owed.currency,
        at=at,
        postings=postings,
    )


def _out_of_clearing(share: ProviderPayout | None) -> list[Posting]:
    return [Posting(PROVIDER, -share.amount)] if share is not None and share.amount else []


def _owed(other: CourtRecord, amount: int) -> Posting:
    """A court owes us what is positive; what is negative we owe it."""
    kind = "due_from_court" if amount > 0 else "owed_to_court"
    return Posting(Account(kind, other.public_id), amount)


def _transfer_of(share: ProviderPayout, landed: int) -> CourtTransfer:
    """Of a share below nought, refunds above charges, the court pays and does not get."""
    payer, payee = (landed, share.court_id) if share.amount > 0 else (share.court_id, landed)
    return CourtTransfer(
        payout_id=share.id,
        from_court_id=payer,
        to_court_id=payee,
        amount=abs(share.amount),
        currency=share.currency,
        reference=new_reference(),
    )


def _transfer_named(session: Session, reference: str | None) -> CourtTransfer | None:
    if reference is None:
        return None
    return session.scalars(
        select(CourtTransfer)
        .filter_by(reference=reference)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()


def _courts(session: Session, court_ids: Sequence[int]) -> dict[int, CourtRecord]:
    found = session.scalars(select(CourtRecord).where(CourtRecord.id.in_(court_ids)))
    return {court.id: court for court in found}


def _now_of(session: Session, court_id: int) -> datetime:
    """Legal time of the other court whose books are written beside ours."""
    return session.scalars(select(func.legal_time(court_id, func.clock_timestamp()))).one()
