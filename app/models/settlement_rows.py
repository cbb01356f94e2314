"""The price of a sold lot in rows: received in parts or whole, paid once, held for distribution."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models.deposit_rows import (
    deposit_account,
    owe_credit_back,
    owe_payment_back,
    owe_rest_of_deposit,
    refund_account,
)
from app.models.ledger_rows import Account, Posting, balance_of, post_entry, transfer
from app.models.money import BankCredit, CardPayment, Deposit, Forfeiture, Settlement
from app.models.outbox_rows import record_act, tell
from app.models.sales import SaleRecord
from app.models.suspense_rows import Reason
from auction_engine.invariants import ensure
from auction_engine.money.lost_deposit import kept_of_prepaid


def lock_settlement(session: Session, settlement_id: int) -> Settlement:
    return session.scalars(
        select(Settlement)
        .where(Settlement.id == settlement_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def balance_of_price(settlement: Settlement) -> int:
    """What the buyer still owes (INV-M12)."""
    return settlement.price - settlement.deposit_applied - settlement.paid


def price_account(sale: SaleRecord) -> Account:
    """What is held for distribution: the price, and what a lost deposit adds to it."""
    return Account("price_held", sale.public_id)


def held_for_distribution(session: Session, sale: SaleRecord, currency: str) -> int:
    """What lies on the price's account now."""
    return -balance_of(session, sale.court_id, price_account(sale), currency)


def why_not_received(
    session: Session, settlement: Settlement, amount: int, currency: str
) -> Reason | None:
    """Why this much cannot be taken as payment of the price; None where it can."""
    left = balance_of_price(settlement)
    if settlement.state != "awaiting_balance" or left == 0:
        return Reason.NOT_AWAITED if settlement.state == "defaulted" else Reason.PAID_TWICE
    if currency != settlement.currency:
        return Reason.OTHER_CURRENCY
    if amount > left:
        return Reason.TOO_MUCH
    if amount < left and not _takes_parts(session, settlement):
        return Reason.PART_NOT_ALLOWED
    return None


def receive_balance(
    session: Session, settlement: Settlement, *, amount: int, debit: Account, key: str, at: datetime
) -> None:
    """Take money towards the price; with the last of it the price is paid (RULE-I1)."""
    ensure(settlement.state == "awaiting_balance", "only an awaited balance is received")
    ensure(amount <= balance_of_price(settlement), "never more than the price")
    sale = session.get_one(SaleRecord, settlement.sale_id)
    post_entry(
        session,
        court_id=settlement.court_id,
        key=key,
        memo=f"balance of sale {sale.public_id}",
        currency=settlement.currency,
        at=at,
        postings=transfer(debit, price_account(sale), amount),
    )
    settlement.paid += amount
    if balance_of_price(settlement) == 0:
        complete_price(session, settlement, at)


def count_deposit(settlement: Settlement, deposit: Deposit) -> None:
    """While the price is awaited: a deposit counts towards it as long as its money is there."""
    if settlement.state != "awaiting_balance":
        return
    settlement.deposit_applied = 0
    if deposit.taken_back_at is None:
        settlement.deposit_applied = min(deposit.amount, balance_of_price(settlement))


def complete_price(session: Session, settlement: Settlement, at: datetime) -> None:
    """The price is there: the deposit becomes part of it, once (RULE-H4, INV-M4, M12)."""
    ensure(balance_of_price(settlement) == 0, "paid means paid")
    sale = session.get_one(SaleRecord, settlement.sale_id)
    deposit = _held_deposit(session, settlement)
    if deposit is not None:
        _apply_deposit(session, settlement, deposit, sale, at)
    settlement.state = "paid"
    settlement.paid_at = at
    record_act(
        session,
        actor="worker",
        action="price.paid",
        subject=f"sale:{sale.public_id}",
        court_id=settlement.court_id,
    )
    tell(
        session,
        kind="price_paid",
        key=f"price-paid:{settlement.public_id}",
        at=at,
        params={
            "sale": sale.public_id,
            "price": settlement.price,
            "currency": settlement.currency,
        },
        registration_id=settlement.registration_id,
        court_id=settlement.court_id,
        sale_id=settlement.sale_id,
    )


def owe_parts_back(
    session: Session,
    settlement: Settlement,
    sale: SaleRecord,
    *,
    at: datetime,
    reason: str,
    goes: Callable[[int], bool] = lambda _amount: True,
) -> None:
    """Each part paid towards the price goes back the way it came, if `goes` lets its amount."""
    for payment in session.scalars(
        select(CardPayment)
        .where(CardPayment.settlement_id == settlement.id, CardPayment.counted)
        .order_by(CardPayment.id)
    ):
        if goes(payment.amount):
            owe_payment_back(
                session,
                payment,
                amount=payment.amount,
                currency=payment.currency,
                debit=price_account(sale),
                at=at,
                reason=reason,
            )
    for credit in session.scalars(
        select(BankCredit)
        .where(BankCredit.settlement_id == settlement.id, BankCredit.state == "matched")
        .order_by(BankCredit.id)
    ):
        if goes(credit.amount):
            owe_credit_back(
                session,
                credit,
                amount=credit.amount,
                debit=price_account(sale),
                at=at,
                reason=reason,
            )


def kept_deposit(sale: SaleRecord, paid: int) -> int:
    """What a buyer who does not pay loses: in a sell-off, where the whole price was prepaid, only
    the deposit that the notice states (RULE-J1, K11)."""
    if sale.round != "sell_off":
        return paid
    return kept_of_prepaid(paid=paid, stated_deposit=sale.deposit)


def forfeited_into(session: Session, sale_id: int) -> int:
    """What the lost deposit of an earlier buyer adds to the proceeds of this sale (RULE-J2)."""
    used = session.scalars(
        select(Forfeiture).where(Forfeiture.resale_sale_id == sale_id, Forfeiture.state == "used")
    )
    return sum(forfeiture.amount for forfeiture in used)


def _apply_deposit(
    session: Session, settlement: Settlement, deposit: Deposit, sale: SaleRecord, at: datetime
) -> None:
    deposit.state = "applied"
    deposit.ended_at = at
    if deposit.amount == 0:
        return
    over = deposit.amount - settlement.deposit_applied
    postings = [Posting(deposit_account(deposit), deposit.amount)]
    if settlement.deposit_applied:
        postings.append(Posting(price_account(sale), -settlement.deposit_applied))
    if over:
        postings.append(Posting(refund_account(deposit.public_id), -over))
    post_entry(
        session,
        court_id=settlement.court_id,
        key=f"deposit-applied:{deposit.public_id}",
        memo=f"deposit {deposit.public_id} counted towards the price",
        currency=deposit.currency,
        at=at,
        postings=postings,
    )
    if over:
        owe_rest_of_deposit(session, deposit, over, at)


def _held_deposit(session: Session, settlement: Settlement) -> Deposit | None:
    return session.scalars(
        select(Deposit)
        .where(Deposit.registration_id == settlement.registration_id, Deposit.state == "held")
        .with_for_update()
    ).one_or_none()


def _takes_parts(session: Session, settlement: Settlement) -> bool:
    """Whether the announcement said that the price may be paid in parts."""
    return bool(session.get_one(SaleRecord, settlement.sale_id).balance_parts)
