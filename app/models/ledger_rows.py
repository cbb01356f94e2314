"""Posting to the ledger. The database keeps the balance and refuses what does not balance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from app.models.ledger import LedgerAccount, LedgerEntry, LedgerPosting
from auction_engine.invariants import ensure


@dataclass(frozen=True, slots=True)
class Account:
    """An account of a court's chart by name: `deposits_held` of deposit `abc`, `bank`, …"""

    kind: str
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Posting:
    """Debit is positive, credit negative."""

    account: Account
    amount: int


def transfer(debit: Account, credit: Account, amount: int) -> tuple[Posting, Posting]:
    """The plain entry: `amount` to `debit`, from `credit`."""
    return Posting(debit, amount), Posting(credit, -amount)


def post_entry(
    session: Session,
    *,
    court_id: int,
    key: str,
    memo: str,
    currency: str,
    at: datetime,
    postings: Sequence[Posting],
) -> bool:
    """Book an effect under its `key`, once; False where it is booked already (INV-M5).

    `at` is legal time. The accounts are opened as they are needed and locked in one order.
    """
    ensure(sum(posting.amount for posting in postings) == 0, "debits equal credits")
    entry_id = session.execute(
        upsert(LedgerEntry)
        .values(court_id=court_id, key=key, memo=memo, at=at)
        .on_conflict_do_nothing(index_elements=["key"])
        .returning(LedgerEntry.id)
    ).scalar_one_or_none()
    if entry_id is None:
        return False
    ordered = sorted(postings, key=lambda p: (p.account.kind, p.account.subject))
    for posting in ordered:
        session.execute(
            insert(LedgerPosting).values(
                entry_id=entry_id,
                account_id=_account_id(session, court_id, posting.account, currency),
                amount=posting.amount,
            )
        )
    return True


def balance_of(session: Session, court_id: int, account: Account, currency: str) -> int:
    """What stands on an account now, debit positive; 0 where it was never used."""
    return (
        session.scalars(
            select(LedgerAccount.balance).where(
                LedgerAccount.court_id == court_id,
                LedgerAccount.kind == account.kind,
                LedgerAccount.subject == account.subject,
                LedgerAccount.currency == currency,
            )
        ).one_or_none()
        or 0
    )


def _account_id(session: Session, court_id: int, account: Account, currency: str) -> int:
    named = {
        "court_id": court_id,
        "kind": account.kind,
        "subject": account.subject,
        "currency": currency,
    }
    session.execute(
        upsert(LedgerAccount)
        .values(**named)
        .on_conflict_do_nothing(index_elements=["court_id", "kind", "subject", "currency"])
    )
    return session.scalars(select(LedgerAccount.id).filter_by(**named)).one()
