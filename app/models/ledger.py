"""The double-entry ledger: append-only, balanced by constraint, balances kept by trigger.

Debit is positive, credit negative. What the platform holds for others is a credit balance, so an
account of such a kind never rises above zero (INV-M2).
"""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import db
from app.models.chart import CREDIT_KINDS, DEBIT_KINDS
from app.models.columns import Currency, Minor, Moment, Pk, Written, court_key, one_of

_MAY_RISE = ", ".join(f"'{kind}'" for kind in DEBIT_KINDS)


class LedgerAccount(db.Model):
    """`kind` is a line of the chart (`app.models.chart`), `subject` names whose money it is."""

    __tablename__ = "ledger_accounts"
    __table_args__ = (
        UniqueConstraint("court_id", "kind", "subject", "currency"),
        one_of("kind", *DEBIT_KINDS, *CREDIT_KINDS),
        CheckConstraint(f"kind IN ({_MAY_RISE}) OR balance <= 0", name="held_is_never_short"),
    )

    id: Mapped[Pk]
    court_id: Mapped[int] = mapped_column(court_key())
    kind: Mapped[str] = mapped_column(String(20))
    subject: Mapped[str] = mapped_column(String(60), default="")
    currency: Mapped[Currency]
    balance: Mapped[Minor] = mapped_column(default=0)


class LedgerEntry(db.Model):
    """`key` names the effect, so the same effect cannot be booked twice (INV-M5).

    `at` is legal time, `posted_at` the moment of writing, stamped by the database so that what was
    written until an instant is known once and for all (INV-M24). `reverses_id`: this entry undoes
    another one, posting for posting; nothing is ever undone twice (INV-M3).
    """

    __tablename__ = "ledger_entries"
    __table_args__ = (Index("ix_ledger_entries_court_id_posted_at", "court_id", "posted_at"),)

    id: Mapped[Pk]
    court_id: Mapped[int] = mapped_column(court_key(), index=True)
    key: Mapped[str] = mapped_column(String(120), unique=True)
    memo: Mapped[str] = mapped_column(String(200))
    at: Mapped[Moment]
    reverses_id: Mapped[int | None] = mapped_column(ForeignKey("ledger_entries.id"), unique=True)
    posted_at: Mapped[Written]


class LedgerPosting(db.Model):
    __tablename__ = "ledger_postings"
    __table_args__ = (
        CheckConstraint("amount <> 0", name="amount_moves"),
        Index("ix_ledger_postings_account_id", "account_id"),
    )

    id: Mapped[Pk]
    entry_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("ledger_entries.id"), index=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("ledger_accounts.id"))
    amount: Mapped[Minor]
