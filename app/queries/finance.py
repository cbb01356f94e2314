"""What a court's finance desk shows: money without a place, money on its way, the bank's files.

No name of a bidder is here, and no code: a deposit is known by its public id alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from app.models.court_transfer_rows import waits_for_a_file
from app.models.courts import CourtRecord, Proposal
from app.models.ledger import LedgerAccount
from app.models.money import (
    BankCredit,
    BankDebit,
    BankStatement,
    CardPayment,
    Forfeiture,
    PaymentFile,
    Refund,
    Settlement,
    SuspenseItem,
)
from app.models.part_rows import next_part
from app.models.people import Person
from app.models.plans import Payout
from app.models.proceeds_rows import find_paid_resale
from app.models.proposal_rows import payload_of
from app.models.reconciliation import CourtTransfer
from app.models.records import OutboxItem
from app.models.sales import PublicLot, SaleRecord
from app.models.suspense_rows import ASSIGNMENT

_NEWEST = 20


@dataclass(frozen=True, slots=True)
class Waiting:
    """Money in suspense, as the desk sees it."""

    item: SuspenseItem
    source: str
    written: str
    value_on: date | None
    owner: str | None
    is_late: bool


@dataclass(frozen=True, slots=True)
class Proposed:
    """An assignment that waits for a second person, exactly as it was proposed."""

    proposal: Proposal
    content: dict[str, Any]
    proposer: str


@dataclass(frozen=True, slots=True)
class Decided:
    """An assignment as two persons made it, or as the second refused it."""

    proposal: Proposal
    content: dict[str, Any]
    proposer: str
    decider: str


@dataclass(frozen=True, slots=True)
class GoingBack:
    """A refund on its way, and what was last answered about it."""

    refund: Refund
    promise: OutboxItem | None
    is_late: bool


@dataclass(frozen=True, slots=True)
class StatementLine:
    """A file from the bank and what became of its movements; `unexplained` are debits."""

    statement: BankStatement
    new: int
    matched: int
    suspense: int
    unexplained: int


@dataclass(frozen=True, slots=True)
class Owed:
    """A price that is not paid yet."""

    settlement: Settlement
    sale: SaleRecord
    lot: PublicLot
    # What is missing now and since when: of a price in parts, the nearest part.
    balance: int
    due_at: datetime
    is_late: bool


@dataclass(frozen=True, slots=True)
class Lost:
    """A lost deposit, and whether the resale is paid by which its use is reckoned."""

    forfeiture: Forfeiture
    sale: SaleRecord
    lot: PublicLot
    resale: SaleRecord | None


def in_suspense(session: Session, court_id: int, now: datetime) -> list[Waiting]:
    rows = session.execute(
        select(SuspenseItem, BankCredit, Person.name)
        .outerjoin(BankCredit, BankCredit.id == SuspenseItem.bank_credit_id)
        .outerjoin(Person, Person.id == SuspenseItem.owner_id)
        .where(
            SuspenseItem.court_id == court_id,
            SuspenseItem.state.in_(("open", "assigning", "returning")),
        )
        .order_by(SuspenseItem.due_at, SuspenseItem.id)
    )
    return [_waiting(item, credit, owner, now) for item, credit, owner in rows]


def find_waiting(session: Session, court_id: int, public_id: str, now: datetime) -> Waiting | None:
    row = session.execute(
        select(SuspenseItem, BankCredit, Person.name)
        .outerjoin(BankCredit, BankCredit.id == SuspenseItem.bank_credit_id)
        .outerjoin(Person, Person.id == SuspenseItem.owner_id)
        .where(SuspenseItem.court_id == court_id, SuspenseItem.public_id == public_id)
    ).one_or_none()
    return _waiting(*row, now) if row is not None else None


def _waiting(
    item: SuspenseItem, credit: BankCredit | None, owner: str | None, now: datetime
) -> Waiting:
    source = "bank" if credit is not None else "card" if item.card_payment_id else "refund"
    return Waiting(
        item=item,
        source=source,
        written=credit.reference if credit is not None else "",
        value_on=credit.value_on if credit is not None else None,
        owner=owner,
        is_late=item.state == "open" and now > item.due_at,
    )


def proposed_assignments(
    session: Session, court_id: int, item: str | None = None
) -> list[Proposed]:
    query = (
        select(Proposal, Person.name)
        .join(Person, Person.id == Proposal.proposed_by)
        .where(
            Proposal.court_id == court_id,
            Proposal.kind == ASSIGNMENT,
            Proposal.approved.is_(None),
        )
        .order_by(Proposal.id)
    )
    if item is not None:
        query = query.where(Proposal.subject == f"suspense:{item}")
    return [Proposed(row, payload_of(row), name) for row, name in session.execute(query)]


def decided_assignment(session: Session, court_id: int, item: str) -> Decided | None:
    """What was decided last about money in suspense."""
    first, second = aliased(Person), aliased(Person)
    row = session.execute(
        select(Proposal, first.name, second.name)
        .join(first, first.id == Proposal.proposed_by)
        .join(second, second.id == Proposal.decided_by)
        .where(
            Proposal.court_id == court_id,
            Proposal.kind == ASSIGNMENT,
            Proposal.subject == f"suspense:{item}",
        )
        .order_by(Proposal.id.desc())
        .limit(1)
    ).one_or_none()
    return Decided(row[0], payload_of(row[0]), row[1], row[2]) if row is not None else None


def going_back(session: Session, court_id: int, now: datetime) -> list[GoingBack]:
    """Refunds that are not done, the most urgent first; at most a page of them."""
    rows = session.execute(
        select(Refund, OutboxItem)
        .outerjoin(OutboxItem, OutboxItem.key == func.concat("refund:", Refund.subject))
        .where(Refund.court_id == court_id, Refund.state.in_(("due", "sent")))
        .order_by(Refund.due_at, Refund.id)
        .limit(200)
    )
    return [GoingBack(refund, promise, now > refund.due_at) for refund, promise in rows]


def count_going_back(session: Session, court_id: int, now: datetime) -> tuple[int, int]:
    """How many refunds are not done, and how many of them are late (RULE-H3)."""
    row = session.execute(
        select(func.count(), func.count().filter(Refund.due_at < now)).where(
            Refund.court_id == court_id, Refund.state.in_(("due", "sent"))
        )
    ).one()
    return int(row[0]), int(row[1])


def due_by_bank(session: Session, court_id: int) -> dict[str, tuple[int, int]]:
    """What the next payment file would hold: number and sum for each currency."""
    found: dict[str, tuple[int, int]] = {}
    of_court: tuple[tuple[Any, Any], ...] = (
        (
            Refund,
            (Refund.court_id == court_id) & (Refund.state == "due") & (Refund.channel == "bank"),
        ),
        (Payout, (Payout.court_id == court_id) & (Payout.state == "due")),
        (CourtTransfer, (CourtTransfer.from_court_id == court_id) & waits_for_a_file()),
    )
    for table, is_due in of_court:
        rows = session.execute(
            select(table.currency, func.count(), func.sum(table.amount))
            .where(is_due)
            .group_by(table.currency)
        )
        for currency, count, total in rows:
            before = found.get(currency, (0, 0))
            found[currency] = (before[0] + int(count), before[1] + int(total))
    return dict(sorted(found.items()))


def payment_files(session: Session, court_id: int) -> Sequence[PaymentFile]:
    return session.scalars(
        select(PaymentFile)
        .where(PaymentFile.court_id == court_id)
        .order_by(PaymentFile.id.desc())
        .limit(_NEWEST)
    ).all()


def find_payment_file(session: Session, court_id: int, public_id: str) -> PaymentFile | None:
    return session.scalars(
        select(PaymentFile).filter_by(court_id=court_id, public_id=public_id)
    ).one_or_none()


def last_request(session: Session, court_id: int) -> OutboxItem | None:
    """The last wish for a payment file: still to be made, or what came of it."""
    return session.scalars(
        select(OutboxItem)
        .where(OutboxItem.court_id == court_id, OutboxItem.kind == "payment_file")
        .order_by(OutboxItem.id.desc())
        .limit(1)
    ).one_or_none()


def statements(session: Session, court_id: int) -> list[StatementLine]:
    def counted(table: Any, state: str) -> Any:
        return (
            select(func.count())
            .where(table.statement_id == BankStatement.id, table.state == state)
            .scalar_subquery()
        )

    rows = session.execute(
        select(
            BankStatement,
            counted(BankCredit, "new") + counted(BankDebit, "new"),
            counted(BankCredit, "matched") + counted(BankDebit, "matched"),
            counted(BankCredit, "suspense"),
            counted(BankDebit, "unknown"),
        )
        .where(BankStatement.court_id == court_id)
        .order_by(BankStatement.id.desc())
        .limit(_NEWEST)
    )
    return [StatementLine(*row) for row in rows]


def unexplained_debits(session: Session, court_id: int) -> Sequence[BankDebit]:
    return session.scalars(
        select(BankDebit)
        .where(BankDebit.court_id == court_id, BankDebit.state == "unknown")
        .order_by(BankDebit.value_on, BankDebit.id)
        .limit(200)
    ).all()


def disputed_payments(session: Session, court_id: int) -> Sequence[CardPayment]:
    return session.scalars(
        select(CardPayment)
        .where(CardPayment.court_id == court_id, CardPayment.disputed_at.is_not(None))
        .order_by(CardPayment.disputed_at)
    ).all()


def prices_owed(session: Session, court: CourtRecord, now: datetime) -> list[Owed]:
    rows = session.execute(
        select(Settlement, SaleRecord, PublicLot)
        .join(SaleRecord, SaleRecord.id == Settlement.sale_id)
        .join(PublicLot, PublicLot.sale_id == Settlement.sale_id)
        .where(Settlement.court_id == court.id, Settlement.state == "awaiting_balance")
    )
    owed = [_owed(*row, court.timezone, now) for row in rows]
    return sorted(owed, key=lambda one: (one.due_at, one.settlement.id))


def _owed(
    settlement: Settlement, sale: SaleRecord, lot: PublicLot, timezone: str, now: datetime
) -> Owed:
    part = next_part(settlement, sale, timezone)
    due_at = part.due_at if part is not None else settlement.due_at
    missing = part.missing if part is not None else 0
    return Owed(settlement, sale, lot, missing, due_at, is_late=now >= due_at)


def lost_deposits(session: Session, court_id: int) -> list[Lost]:
    rows = session.execute(
        select(Forfeiture, SaleRecord, PublicLot)
        .join(Settlement, Settlement.id == Forfeiture.settlement_id)
        .join(SaleRecord, SaleRecord.id == Settlement.sale_id)
        .join(PublicLot, PublicLot.sale_id == Settlement.sale_id)
        .where(Forfeiture.court_id == court_id)
        .order_by(Forfeiture.id.desc())
    )
    return [
        Lost(forfeiture, sale, lot, _resale(session, forfeiture, sale))
        for forfeiture, sale, lot in rows
    ]


def _resale(session: Session, lost: Forfeiture, sale: SaleRecord) -> SaleRecord | None:
    if lost.resale_sale_id is not None:
        return session.get(SaleRecord, lost.resale_sale_id)
    found = find_paid_resale(session, sale)
    return session.get_one(SaleRecord, found.sale_id) if found is not None else None


def balances(session: Session, court_id: int) -> list[tuple[str, str, int]]:
    """Kind, currency and balance of what this court holds; debit is positive."""
    rows = session.execute(
        select(LedgerAccount.kind, LedgerAccount.currency, func.sum(LedgerAccount.balance))
        .where(LedgerAccount.court_id == court_id)
        .group_by(LedgerAccount.kind, LedgerAccount.currency)
        .having(func.sum(LedgerAccount.balance) != 0)
        .order_by(LedgerAccount.currency, LedgerAccount.kind)
    )
    return [(kind, currency, int(total)) for kind, currency, total in rows]
