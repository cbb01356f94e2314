"""The books of a court as of any past instant of writing: always the same answer (INV-M24).

Balances are summed from the postings themselves, not read from where the trigger keeps them, so
that a report also checks what is kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.models.courts import Proposal
from app.models.people import Person
from app.models.proposal_rows import REVERSAL, payload_of
from app.queries.finance import Proposed


@dataclass(frozen=True, slots=True)
class AccountBalance:
    """What moved on an account until the instant; the balance is debit less credit."""

    kind: str
    subject: str
    currency: str
    debit: int
    credit: int

    @property
    def balance(self) -> int:
        return self.debit - self.credit


@dataclass(frozen=True, slots=True)
class CourtBalance:
    """All accounts of a kind in one court."""

    court: str
    name_en: str
    name_zh: str
    kind: str
    currency: str
    balance: int


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One posting on an account, and what stood there after it."""

    kind: str
    subject: str
    currency: str
    posted_at: datetime
    at: datetime
    key: str
    memo: str
    amount: int
    balance: int


@dataclass(frozen=True, slots=True)
class JournalLine:
    """One posting of an entry; lines of an entry follow each other."""

    key: str
    memo: str
    at: datetime
    posted_at: datetime
    reverses: str | None
    kind: str
    subject: str
    currency: str
    amount: int


def settled_until(session: Session) -> datetime:
    """The latest instant of which everything is written: nothing is added before it any more."""
    found: datetime = session.scalars(text("SELECT ledger_settled_until()")).one()
    return found


def account_balances(
    session: Session, court_id: int, as_of: datetime, kind: str | None = None
) -> list[AccountBalance]:
    """Every account that was used until then, those that are nought again included."""
    rows = session.execute(
        text("""
            SELECT a.kind, a.subject, a.currency,
              sum(greatest(p.amount, 0))::bigint, sum(greatest(-p.amount, 0))::bigint
            FROM ledger_entries e
            JOIN ledger_postings p ON p.entry_id = e.id
            JOIN ledger_accounts a ON a.id = p.account_id
            WHERE e.court_id = :court AND e.posted_at <= :as_of
              AND (CAST(:kind AS text) IS NULL OR a.kind = :kind)
            GROUP BY a.kind, a.subject, a.currency
            ORDER BY a.currency COLLATE "C", a.kind COLLATE "C", a.subject COLLATE "C" """),
        {"court": court_id, "as_of": as_of, "kind": kind},
    )
    return [AccountBalance(*row) for row in rows]


def balances_of_all_courts(session: Session, as_of: datetime) -> list[CourtBalance]:
    rows = session.execute(
        text("""
            SELECT c.public_id, c.name_en, c.name_zh, a.kind, a.currency, sum(p.amount)::bigint
            FROM ledger_entries e
            JOIN courts c ON c.id = e.court_id
            JOIN ledger_postings p ON p.entry_id = e.id
            JOIN ledger_accounts a ON a.id = p.account_id
            WHERE e.posted_at <= :as_of
            GROUP BY c.id, a.kind, a.currency
            ORDER BY c.public_id COLLATE "C", a.currency COLLATE "C", a.kind COLLATE "C" """),
        {"as_of": as_of},
    )
    return [CourtBalance(*row) for row in rows]


def statement_lines(
    session: Session,
    court_id: int,
    kind: str,
    as_of: datetime,
    *,
    subject: str | None = None,
    last: int | None = None,
) -> list[StatementLine]:
    """The postings of a kind's accounts, or of one, in the order of writing; the `last` so many."""
    rows = session.execute(
        text("""
            SELECT kind, subject, currency, posted_at, at, key, memo, amount, balance FROM (
              SELECT a.kind, a.subject, a.currency, e.posted_at, e.at, e.key, e.memo, p.amount,
                p.id, sum(p.amount) OVER (
                  PARTITION BY a.id ORDER BY e.posted_at, p.id)::bigint AS balance
              FROM ledger_accounts a
              JOIN ledger_postings p ON p.account_id = a.id
              JOIN ledger_entries e ON e.id = p.entry_id
              WHERE a.court_id = :court AND e.court_id = :court AND a.kind = :kind
                AND e.posted_at <= :as_of
                AND (CAST(:subject AS text) IS NULL OR a.subject = :subject)
              ORDER BY e.posted_at DESC, p.id DESC LIMIT :last
            ) newest ORDER BY posted_at, id"""),
        {"court": court_id, "kind": kind, "as_of": as_of, "subject": subject, "last": last},
    )
    return [StatementLine(*row) for row in rows]


def journal(
    session: Session, court_id: int, as_of: datetime, key: str | None = None
) -> list[JournalLine]:
    """Every entry until then, or the one under `key`, in the order of writing."""
    rows = session.execute(
        text("""
            SELECT e.key, e.memo, e.at, e.posted_at, undone.key, a.kind, a.subject, a.currency,
              p.amount
            FROM ledger_entries e
            JOIN ledger_postings p ON p.entry_id = e.id
            JOIN ledger_accounts a ON a.id = p.account_id
            LEFT JOIN ledger_entries undone ON undone.id = e.reverses_id
            WHERE e.court_id = :court AND e.posted_at <= :as_of
              AND (CAST(:key AS text) IS NULL OR e.key = :key)
            ORDER BY e.posted_at, e.id, p.id"""),
        {"court": court_id, "as_of": as_of, "key": key},
    )
    return [JournalLine(*row) for row in rows]


def reversed_by(session: Session, court_id: int, key: str) -> str | None:
    """The key of the entry that undoes the one under `key`, if there is one."""
    return session.scalars(
        text("""
            SELECT later.key FROM ledger_entries later
            JOIN ledger_entries e ON e.id = later.reverses_id
            WHERE e.court_id = :court AND e.key = :key"""),
        {"court": court_id, "key": key},
    ).one_or_none()


def proposed_reversals(session: Session, court_id: int) -> list[Proposed]:
    """Entries that somebody wants undone and nobody has decided on."""
    rows = session.execute(
        select(Proposal, Person.name)
        .join(Person, Person.id == Proposal.proposed_by)
        .where(
            Proposal.court_id == court_id,
            Proposal.kind == REVERSAL,
            Proposal.approved.is_(None),
        )
        .order_by(Proposal.id)
    )
    return [Proposed(row, payload_of(row), name) for row, name in rows]


def balances_out_of_step(session: Session) -> int:
    """Accounts whose kept balance is not the sum of their postings: there are none (INV-M2)."""
    return int(
        session.scalars(
            text("""
                SELECT count(*) FROM ledger_accounts a WHERE a.balance <> (
                  SELECT coalesce(sum(amount), 0) FROM ledger_postings p WHERE p.account_id = a.id
                )""")
        ).one()
    )
