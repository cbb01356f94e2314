"""Payouts of several courts, and what courts owe one another because of them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session, aliased

from app.models.court_transfer_rows import is_perhaps_paid
from app.models.courts import CourtRecord
from app.models.money import BankCredit
from app.models.reconciliation import CourtTransfer, ProviderPayout

_NEWEST_SHARES = 100


@dataclass(frozen=True, slots=True)
class Share:
    """One court's part of a payout, and how far it is passed on where it landed elsewhere."""

    court: CourtRecord
    share: ProviderPayout
    transfer: CourtTransfer | None


@dataclass(frozen=True, slots=True)
class SharedPayout:
    """A payout of several courts; `unexplained` is what of it no court's movement explains."""

    provider_id: str
    currency: str
    total: int
    unexplained: int
    arrives_on: date
    state: str
    landed: CourtRecord | None
    shares: list[Share]


@dataclass(frozen=True, slots=True)
class Between:
    """What one court owes another: `other` is the one that is not ours."""

    transfer: CourtTransfer
    other: CourtRecord
    we_pay: bool
    is_perhaps_paid: bool = False

    @property
    def step(self) -> str:
        """How far the transfer is at the court that pays it."""
        if self.transfer.returned_at is not None:
            return "returned"
        if self.transfer.payment_file_id is not None:
            return "ordered"
        return "perhaps_paid" if self.is_perhaps_paid else "due"


def shared_payouts(session: Session) -> list[SharedPayout]:
    """The newest, for the operator; who paid in is nowhere in it."""
    landed = aliased(CourtRecord)
    rows = session.execute(
        select(ProviderPayout, CourtRecord, CourtTransfer, landed)
        .join(CourtRecord, CourtRecord.id == ProviderPayout.court_id)
        .outerjoin(CourtTransfer, CourtTransfer.payout_id == ProviderPayout.id)
        .outerjoin(BankCredit, BankCredit.id == ProviderPayout.bank_credit_id)
        .outerjoin(landed, landed.id == BankCredit.court_id)
        .where(~ProviderPayout.is_whole)
        .order_by(ProviderPayout.id.desc())
        .limit(_NEWEST_SHARES)
    )
    by_payout: defaultdict[str, list[Row[Any]]] = defaultdict(list)
    for row in rows:
        by_payout[row[0].provider_id].append(row)
    return [_payout(found) for found in by_payout.values()]


def between_courts(session: Session, court_id: int) -> list[Between]:
    """What this court owes another or has due from it, until each bank has said so."""
    payer, payee = aliased(CourtRecord), aliased(CourtRecord)
    rows = session.execute(
        select(CourtTransfer, payer, payee, is_perhaps_paid())
        .join(payer, payer.id == CourtTransfer.from_court_id)
        .join(payee, payee.id == CourtTransfer.to_court_id)
        .where(
            ((CourtTransfer.from_court_id == court_id) & CourtTransfer.paid_at.is_(None))
            | ((CourtTransfer.to_court_id == court_id) & CourtTransfer.received_at.is_(None))
        )
        .order_by(CourtTransfer.id)
    )
    return [
        Between(
            transfer,
            to if payer_of.id == court_id else payer_of,
            payer_of.id == court_id,
            perhaps_paid,
        )
        for transfer, payer_of, to, perhaps_paid in rows
    ]


def _payout(rows: list[Row[Any]]) -> SharedPayout:
    first, landed = rows[0][0], rows[0][3]
    shares = [Share(court, share, transfer) for share, court, transfer, _landed in reversed(rows)]
    known = sum(one.share.amount for one in shares)
    total = known if first.total is None else first.total
    return SharedPayout(
        provider_id=first.provider_id,
        currency=first.currency,
        total=total,
        unexplained=total - known,
        arrives_on=first.arrives_on,
        state=first.state,
        landed=landed,
        shares=shares,
    )
