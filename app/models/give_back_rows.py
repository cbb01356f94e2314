"""The money of a sale that comes to nothing goes back to its buyer: deposit and parts of the price.

What still lies on the price's account goes back the way it came; what was paid out since somebody
has to call back, and the answer says how much that is (RULE-M3, I8).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models.card_rows import withdraw_offers
from app.models.deposit_rows import add_deposit_refund, owe_deposit_back, refund_account
from app.models.ledger_rows import balance_of, post_entry, transfer
from app.models.money import Deposit, Refund, Settlement
from app.models.sales import SaleRecord
from app.models.settlement_rows import owe_parts_back, price_account


@dataclass(slots=True)
class Purse:
    """What still lies on the price's account, and what became of the buyer's money."""

    left: int
    returned: int = 0
    to_call_back: int = 0

    def takes(self, amount: int) -> bool:
        """Whether so much is still here to go back; what is not has to be called back."""
        if amount > self.left:
            self.to_call_back += amount
            return False
        self.left -= amount
        self.returned += amount
        return amount > 0


def give_back(
    session: Session, settlement: Settlement, sale: SaleRecord, *, at: datetime, reason: str
) -> Purse:
    """Owe the buyer everything that is still here; open offers to pay are withdrawn."""
    held = -balance_of(session, sale.court_id, price_account(sale), settlement.currency)
    purse = Purse(left=held)
    withdraw_offers(session, settlement_id=settlement.id)
    _give_deposit_back(session, settlement, sale, purse, at, reason)
    owe_parts_back(session, settlement, sale, at=at, reason=reason, goes=purse.takes)
    return purse


def _give_deposit_back(
    session: Session,
    settlement: Settlement,
    sale: SaleRecord,
    purse: Purse,
    at: datetime,
    reason: str,
) -> None:
    """The buyer's deposit: as any other while it is held, out of the price once it became part."""
    deposit = session.scalars(
        select(Deposit)
        .where(Deposit.registration_id == settlement.registration_id)
        .with_for_update()
    ).one_or_none()
    if deposit is None:
        return
    if deposit.state == "held":
        purse.returned += deposit.amount
        owe_deposit_back(session, deposit, at=at, reason=reason)
        return
    amount = settlement.deposit_applied
    if deposit.state != "applied" or amount == 0:
        return
    sent_before = session.scalars(select(Refund.id).where(Refund.deposit_id == deposit.id)).first()
    if sent_before is not None:
        # Its rest went back when the price was paid, and a deposit has one refund: by hand.
        purse.to_call_back += amount
        return
    if not purse.takes(amount):
        return
    post_entry(
        session,
        court_id=sale.court_id,
        key=f"deposit-out-of-price:{deposit.public_id}",
        memo=f"deposit {deposit.public_id} out of the price of sale {sale.public_id}",
        currency=deposit.currency,
        at=at,
        postings=transfer(price_account(sale), refund_account(deposit.public_id), amount),
    )
    add_deposit_refund(session, deposit, amount, reason=reason, at=at)
