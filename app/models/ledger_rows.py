"""Posting to the ledger. The database keeps the balance and refuses what does not balance.

A batch is three statements however many entries it holds: the entries, the accounts that are new,
the postings. Effects that are booked already are left out of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.models.ledger import LedgerAccount
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


@dataclass(frozen=True, slots=True)
class NewEntry:
    """What moved, why, and under which key; `at` is legal time."""

    key: str
    memo: str
    currency: str
    at: datetime
    postings: Sequence[Posting]
    reverses_id: int | None = None


_ENTRIES = text("""
    INSERT INTO ledger_entries (court_id, key, memo, at, reverses_id)
    SELECT :court, key, memo, at, reverses FROM unnest(
      CAST(:keys AS text[]), CAST(:memos AS text[]), CAST(:ats AS timestamptz[]),
      CAST(:reverses AS bigint[])
    ) WITH ORDINALITY AS new (key, memo, at, reverses, place)
    ORDER BY place
    ON CONFLICT (key) DO NOTHING RETURNING key, id""")

# In one order for everybody, so that two writers never wait for each other.
_ACCOUNTS = text("""
    INSERT INTO ledger_accounts (court_id, kind, subject, currency, balance)
    SELECT DISTINCT CAST(:court AS bigint), kind, subject, currency, 0 FROM unnest(
      CAST(:kinds AS text[]), CAST(:subjects AS text[]), CAST(:currencies AS text[])
    ) AS named (kind, subject, currency)
    WHERE NOT EXISTS (
      SELECT FROM ledger_accounts a WHERE a.court_id = :court AND a.kind = named.kind
      AND a.subject = named.subject AND a.currency = named.currency
    )
    ORDER BY kind, subject, currency
    ON CONFLICT (court_id, kind, subject, currency) DO NOTHING""")

_POSTINGS = text("""
    INSERT INTO ledger_postings (entry_id, account_id, amount)
    SELECT named.entry, a.id, named.amount FROM unnest(
      CAST(:entries AS bigint[]), CAST(:kinds AS text[]), CAST(:subjects AS text[]),
      CAST(:currencies AS text[]), CAST(:amounts AS bigint[])
    ) WITH ORDINALITY AS named (entry, kind, subject, currency, amount, place)
    JOIN ledger_accounts a ON a.court_id = :court AND a.kind = named.kind
      AND a.subject = named.subject AND a.currency = named.currency
    ORDER BY place
    RETURNING 1""")


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
    return bool(post_entries(session, court_id, [NewEntry(key, memo, currency, at, postings)]))


def post_entries(session: Session, court_id: int, entries: Sequence[NewEntry]) -> dict[str, int]:
    """Book several effects of a court, each once; the ids of those that were new, by their keys."""
    for entry in entries:
        ensure(sum(posting.amount for posting in entry.postings) == 0, "debits equal credits")
    ensure(len({entry.key for entry in entries}) == len(entries), "a batch names an effect once")
    # The statements below are plain SQL, before which nothing else would write what is pending.
    session.flush()
    booked = _add_entries(session, court_id, entries)
    lines = [
        (booked[entry.key], posting.account, entry.currency, posting.amount)
        for entry in entries
        if entry.key in booked
        for posting in entry.postings
    ]
    if lines:
        _add_postings(session, court_id, lines)
    return booked


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


def _add_entries(session: Session, court_id: int, entries: Sequence[NewEntry]) -> dict[str, int]:
    rows = session.execute(
        _ENTRIES,
        {
            "court": court_id,
            "keys": [entry.key for entry in entries],
            "memos": [entry.memo for entry in entries],
            "ats": [entry.at for entry in entries],
            "reverses": [entry.reverses_id for entry in entries],
        },
    )
    return {row.key: row.id for row in rows}


def _add_postings(
    session: Session, court_id: int, lines: Sequence[tuple[int, Account, str, int]]
) -> None:
    named = {
        "court": court_id,
        "kinds": [account.kind for _entry, account, _currency, _amount in lines],
        "subjects": [account.subject for _entry, account, _currency, _amount in lines],
        "currencies": [currency for _entry, _account, currency, _amount in lines],
    }
    session.execute(_ACCOUNTS, named)
    added = session.execute(
        _POSTINGS,
        {
            **named,
            "entries": [entry for entry, _account, _currency, _amount in lines],
            "amounts": [amount for _entry, _account, _currency, amount in lines],
        },
    )
    ensure(len(added.all()) == len(lines), "every posting has its account")
