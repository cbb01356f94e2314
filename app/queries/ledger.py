"""The books as a whole: they balance, or something is very wrong (INV-M1, M2)."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.models.courts import CourtRecord
from app.models.ledger import LedgerAccount, LedgerPosting


@dataclass(frozen=True, slots=True)
class TrialBalance:
    """All accounts of a court in one currency: `total` is zero."""

    court: str
    name_en: str
    name_zh: str
    currency: str
    accounts: int
    total: int


@dataclass(frozen=True, slots=True)
class KindBalance:
    """What stands on all accounts of a kind; debit is positive."""

    court: str
    name_en: str
    name_zh: str
    kind: str
    currency: str
    balance: int


def trial_balance(session: Session) -> list[TrialBalance]:
    """One line for each court and currency, all accounts together."""
    rows = session.execute(
        select(
            CourtRecord.public_id,
            CourtRecord.name_en,
            CourtRecord.name_zh,
            LedgerAccount.currency,
            func.count(),
            func.sum(LedgerAccount.balance),
        )
        .join(CourtRecord, CourtRecord.id == LedgerAccount.court_id)
        .group_by(CourtRecord.id, LedgerAccount.currency)
        .order_by(CourtRecord.name_en, CourtRecord.id, LedgerAccount.currency)
    )
    return [TrialBalance(*row[:5], total=int(row[5])) for row in rows]


def balances_by_kind(session: Session) -> list[KindBalance]:
    """What each court holds for others, and where it lies."""
    rows = session.execute(
        select(
            CourtRecord.public_id,
            CourtRecord.name_en,
            CourtRecord.name_zh,
            LedgerAccount.kind,
            LedgerAccount.currency,
            func.sum(LedgerAccount.balance),
        )
        .join(CourtRecord, CourtRecord.id == LedgerAccount.court_id)
        .group_by(CourtRecord.id, LedgerAccount.kind, LedgerAccount.currency)
        .order_by(CourtRecord.name_en, CourtRecord.id, LedgerAccount.currency, LedgerAccount.kind)
    )
    return [KindBalance(*row[:5], balance=int(row[5])) for row in rows]


def entries_out_of_balance(session: Session) -> int:
    """How many entries do not balance: the database refuses them, so this is nought (INV-M1)."""
    wrong = (
        select(LedgerPosting.entry_id)
        .join(LedgerAccount, LedgerAccount.id == LedgerPosting.account_id)
        .group_by(LedgerPosting.entry_id, LedgerAccount.currency)
        .having(func.sum(LedgerPosting.amount) != 0)
        .subquery()
    )
    return int(session.scalar(select(func.count()).select_from(wrong)) or 0)
