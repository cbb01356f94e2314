"""The books as files: tables for a spreadsheet, and plain text that an accounting program reads.

The same instant gives the same bytes, whenever and by whomever it is asked for (INV-M24).
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from app.models.chart import CHART, KINDS, Kind, Side
from app.queries.ledger_reports import AccountBalance, CourtBalance, JournalLine, StatementLine
from app.web.csv_cells import safe_cell

_PLAIN = re.compile(r"[A-Za-z0-9-]+", re.ASCII)


def instant(at: datetime) -> str:
    """To the microsecond and in UTC: it names a report for good."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def read_instant(typed: str) -> datetime | None:
    """An instant as `instant` writes it, or any other ISO 8601; UTC where it names no offset."""
    try:
        read = datetime.fromisoformat(typed)
        return (read if read.tzinfo else read.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def trial_balance_csv(balances: Sequence[AccountBalance], as_of: datetime) -> str:
    """One line for each account, and one for each currency in which everything adds up to 0."""
    rows: list[Sequence[object]] = [
        (instant(as_of), one.kind, one.subject, one.currency, one.debit, one.credit, one.balance)
        for one in balances
    ]
    for currency, each in groupby(balances, key=lambda one: one.currency):
        all_of_it = list(each)
        debit, credit = sum(one.debit for one in all_of_it), sum(one.credit for one in all_of_it)
        rows.append((instant(as_of), "total", "", currency, debit, credit, debit - credit))
    head = ("as_of", "kind", "subject", "currency", "debit_minor", "credit_minor", "balance_minor")
    return _table(head, rows)


def courts_csv(balances: Sequence[CourtBalance], as_of: datetime) -> str:
    rows = [(instant(as_of), one.court, one.kind, one.currency, one.balance) for one in balances]
    return _table(("as_of", "court", "kind", "currency", "balance_minor"), rows)


def statement_csv(lines: Sequence[StatementLine], as_of: datetime) -> str:
    rows = [
        (
            *(instant(as_of), line.kind, line.subject, line.currency),
            *(instant(line.posted_at), instant(line.at), line.key, line.memo),
            *(line.amount, line.balance),
        )
        for line in lines
    ]
    head = (
        *("as_of", "kind", "subject", "currency", "posted_at", "legal_at", "key", "memo"),
        *("amount_minor", "balance_minor"),
    )
    return _table(head, rows)


def beancount(lines: Sequence[JournalLine], *, court: str, zone: ZoneInfo, as_of: datetime) -> str:
    """The whole journal for beancount, with our balances in it: it says if it finds others.

    An entry stands on its legal day in the court's zone, with the moment of writing beside it.
    """
    written = [
        f"; The books of court {court} as of {instant(as_of)}.",
        "; Debit is positive. Accounts are named by the chart in docs/ledger.md.",
        f'option "title" "Court {court}"',
    ]
    if lines:
        days = [line.at.astimezone(zone).date() for line in lines]
        written += _openings(lines, min(days).isoformat())
        for _key, postings in groupby(lines, key=lambda line: line.key):
            written += _transaction(list(postings), zone)
        written += _assertions(lines, (max(days) + timedelta(days=1)).isoformat())
    return "\n".join(written) + "\n"


def account_name(kind: str, subject: str) -> str:
    """`Liabilities:DepositsHeld:N-7k3…`; what is no plain word is written in hexadecimal."""
    if not subject:
        return _root(KINDS[kind])
    part = f"N-{subject}" if _PLAIN.fullmatch(subject) else f"X-{subject.encode().hex()}"
    return f"{_root(KINDS[kind])}:{part}"


def _root(kind: Kind) -> str:
    if kind.name == "provider_fees":
        return f"Expenses:{kind.title}"
    return f"{'Assets' if kind.side is Side.DEBIT else 'Liabilities'}:{kind.title}"


def _openings(lines: Sequence[JournalLine], day: str) -> list[str]:
    meanings = {_root(kind): kind.meaning for kind in CHART}
    opened: list[str] = []
    for root in sorted({_root(KINDS[line.kind]) for line in lines}):
        opened += ["", f"; {meanings[root]}"]
        names = {
            account_name(one.kind, one.subject) for one in lines if _root(KINDS[one.kind]) == root
        }
        opened += [f"{day} open {name}" for name in sorted(names)]
    return opened


def _transaction(postings: Sequence[JournalLine], zone: ZoneInfo) -> list[str]:
    first = postings[0]
    written = [
        "",
        f"{first.at.astimezone(zone).date().isoformat()} * {_quoted(first.memo)}",
        f"  key: {_quoted(first.key)}",
        f"  legal-at: {_quoted(instant(first.at))}",
        f"  posted-at: {_quoted(instant(first.posted_at))}",
    ]
    if first.reverses:
        written.append(f"  reverses: {_quoted(first.reverses)}")
    return written + [
        f"  {account_name(one.kind, one.subject)}  {_amount(one.amount)} {one.currency}"
        for one in postings
    ]


def _assertions(lines: Sequence[JournalLine], day: str) -> list[str]:
    totals: dict[tuple[str, str], int] = {}
    for line in lines:
        named = account_name(line.kind, line.subject), line.currency
        totals[named] = totals.get(named, 0) + line.amount
    return ["", "; What stands on each account then."] + [
        f"{day} balance {name}  {_amount(total)} {currency}"
        for (name, currency), total in sorted(totals.items())
    ]


def _amount(minor: int) -> str:
    whole, rest = divmod(abs(minor), 100)
    return f"{'-' if minor < 0 else ''}{whole}.{rest:02d}"


def _quoted(written: str) -> str:
    plain = " ".join(written.split())
    return '"' + plain.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    written = io.StringIO()
    table = csv.writer(written, quoting=csv.QUOTE_ALL)
    table.writerow(head)
    for row in rows:
        table.writerow([safe_cell(cell) for cell in row])
    return written.getvalue()
