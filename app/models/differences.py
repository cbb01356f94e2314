"""Where our books and the provider's, or the bank's, tell different things: found by SQL alone.

Each finding is one difference, named so that the next look knows it again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.models.open_item_rows import ItemKind


@dataclass(frozen=True, slots=True)
class Difference:
    kind: ItemKind
    subject: str
    court_id: int | None
    ours: int | None
    theirs: int | None
    currency: str


@dataclass(frozen=True, slots=True)
class Compared:
    """Two sums of one day that ought to be equal."""

    court_id: int | None
    currency: str
    ours: int
    theirs: int


# What a payment was booked as: where it was not as asked, suspense has what really came.
_PROVIDER = {
    ItemKind.PAYMENT_NOT_HERE: """
        SELECT m.provider_id, m.court_id, NULL, m.amount, m.currency FROM provider_movements m
        LEFT JOIN card_payments p ON p.id = m.card_payment_id
        WHERE m.category = 'charge' AND (p.id IS NULL OR p.state <> 'succeeded')""",
    ItemKind.PAYMENT_DIFFERS: """
        SELECT m.provider_id, m.court_id, coalesce(s.amount, p.amount), m.amount, m.currency
        FROM provider_movements m JOIN card_payments p ON p.id = m.card_payment_id
        LEFT JOIN suspense_items s ON s.card_payment_id = p.id
        WHERE m.category = 'charge' AND p.state = 'succeeded'
          AND (coalesce(s.amount, p.amount), coalesce(s.currency, p.currency))
            <> (m.amount, m.currency)""",
    ItemKind.PAYMENT_NOT_THERE: """
        SELECT 'payment:' || p.public_id, p.court_id, p.amount, NULL, p.currency
        FROM card_payments p WHERE p.state = 'succeeded' AND p.intent_id IS NOT NULL
          AND NOT EXISTS (SELECT FROM provider_movements m
            WHERE m.card_payment_id = p.id AND m.category = 'charge')""",
    ItemKind.REFUND_NOT_HERE: """
        SELECT m.provider_id, m.court_id, NULL, -m.amount, m.currency FROM provider_movements m
        WHERE m.category = 'refund'
          AND NOT EXISTS (SELECT FROM refunds r WHERE r.provider_id = m.source_id)""",
    ItemKind.REFUND_DIFFERS: """
        SELECT m.provider_id, m.court_id, r.amount, -m.amount, m.currency
        FROM provider_movements m JOIN refunds r ON r.provider_id = m.source_id
        WHERE m.category = 'refund' AND (r.amount, r.currency) <> (-m.amount, m.currency)""",
    ItemKind.REFUND_NOT_THERE: """
        SELECT 'refund:' || r.public_id, r.court_id, r.amount, NULL, r.currency FROM refunds r
        WHERE r.channel = 'card' AND r.state = 'done' AND r.provider_id IS NOT NULL
          AND NOT EXISTS (SELECT FROM provider_movements m
            WHERE m.source_id = r.provider_id AND m.category = 'refund')""",
    ItemKind.DISPUTE_NOT_HERE: """
        SELECT m.provider_id, m.court_id, NULL, -m.amount, m.currency FROM provider_movements m
        WHERE m.category = 'dispute'
          AND NOT EXISTS (SELECT FROM disputes d WHERE d.provider_id = m.source_id)""",
    ItemKind.PAYOUT_OVERDUE: """
        SELECT 'payout:' || o.public_id, o.court_id, 0, o.amount, o.currency
        FROM provider_payouts o
        WHERE o.state = 'on_its_way' AND o.arrives_on < CAST(:day AS date) - 3""",
}
PROVIDER_KINDS = tuple(_PROVIDER)

# Of a late refund only the court's own clock says that it is late (RULE-H3).
_LATE = text("""
    SELECT 'refund:' || r.public_id, r.court_id, r.amount, 0, r.currency FROM refunds r
    WHERE r.state IN ('due', 'sent', 'failed')
      AND r.due_at < legal_time(r.court_id, clock_timestamp())""")

_UNKNOWN_DEBITS = text("""
    SELECT 'debit:' || public_id, court_id, 0, amount, currency FROM bank_debits
    WHERE state = 'unknown'""")

# What the bank told of and our books have, against the ledger's own account.
_BOOKS = text("""
    WITH moved AS (
      SELECT court_id, currency, amount FROM bank_credits WHERE state <> 'new'
      UNION ALL
      SELECT court_id, currency, -amount FROM bank_debits WHERE state = 'matched'
    ), told AS (SELECT court_id, currency, sum(amount) AS total FROM moved GROUP BY 1, 2),
    kept AS (SELECT court_id, currency, sum(balance) AS total FROM ledger_accounts
      WHERE kind = 'bank' GROUP BY 1, 2)
    SELECT court_id, currency, coalesce(kept.total, 0), coalesce(told.total, 0)
    FROM told FULL JOIN kept USING (court_id, currency)
    WHERE EXISTS (SELECT FROM bank_statements s WHERE s.court_id = court_id)""")

# The closing balance, against the first known opening one and everything booked since.
_BALANCES = text("""
    WITH first AS (
      SELECT DISTINCT ON (court_id, currency) court_id, currency, "on", opening
      FROM bank_balances ORDER BY court_id, currency, "on", id
    ), last AS (
      SELECT DISTINCT ON (court_id, currency) court_id, currency, "on", closing
      FROM bank_balances WHERE "on" <= :day ORDER BY court_id, currency, "on" DESC, id DESC
    ), moved AS (
      SELECT court_id, currency, coalesce(booked_on, value_on) AS "on", amount
      FROM bank_credits WHERE state <> 'new'
      UNION ALL
      SELECT court_id, currency, coalesce(booked_on, value_on), -amount
      FROM bank_debits WHERE state = 'matched'
    )
    SELECT last.court_id, last.currency,
      first.opening + coalesce((SELECT sum(amount) FROM moved m
        WHERE m.court_id = last.court_id AND m.currency = last.currency
          AND m."on" BETWEEN first."on" AND last."on"), 0), last.closing
    FROM last JOIN first USING (court_id, currency)""")

_CLEARING = text("""
    SELECT currency, sum(total) FROM (
      SELECT currency, balance AS total FROM ledger_accounts WHERE kind = 'provider_clearing'
      UNION ALL
      SELECT currency, -amount FROM provider_payouts WHERE state = 'on_its_way'
    ) AS parts GROUP BY currency""")


def at_the_provider(session: Session, day: date) -> list[Difference]:
    """Payments, refunds, disputes and payouts that only one side knows, or knows otherwise."""
    return [
        Difference(kind, *row)
        for kind, query in _PROVIDER.items()
        for row in session.execute(text(query), {"day": day} if ":day" in query else {})
    ]


def late_refunds(session: Session) -> list[Difference]:
    return [Difference(ItemKind.REFUND_LATE, *row) for row in session.execute(_LATE)]


def unexplained_debits(session: Session) -> list[Difference]:
    return [Difference(ItemKind.BANK_DEBIT, *row) for row in session.execute(_UNKNOWN_DEBITS)]


def bank_accounts(session: Session) -> list[Compared]:
    return [_compared(*row) for row in session.execute(_BOOKS)]


def bank_balances(session: Session, day: date) -> list[Compared]:
    return [_compared(*row) for row in session.execute(_BALANCES, {"day": day})]


def lying_at_the_provider(session: Session) -> dict[str, int]:
    """What our books say lies there; a payout on its way has left the provider already."""
    return {currency: int(total) for currency, total in session.execute(_CLEARING)}


def _compared(court_id: int, currency: str, ours: object, theirs: object) -> Compared:
    return Compared(court_id, currency, int(str(ours)), int(str(theirs)))
