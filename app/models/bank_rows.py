"""Movements of a court's bank account in rows: stored once each, then matched or put in suspense.

A credit is matched by a reference of ours, the exact amount and the currency, and by nothing
else (RULE-E5); who paid is sealed and plays no part (architecture, *sealed identities*).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models.cases import Party
from app.models.court_transfer_rows import (
    are_all_of,
    book_shares,
    confirm_transfer,
    find_shared_payout,
    receive_transfer,
    take_transfer_back,
)
from app.models.deposit_rows import BANK, hold_deposit, owe_credit_back
from app.models.ledger_rows import Account, Posting, post_entry
from app.models.money import (
    BankCredit,
    BankDebit,
    BankStatement,
    Deposit,
    Refund,
    Settlement,
    SuspenseItem,
)
from app.models.outbox_rows import tell
from app.models.payout_rows import lock_payout, mark_paid, mark_returned
from app.models.provider_rows import book_payout, end_by_machine, find_payout_in, is_this_payout
from app.models.reconciliation import ProviderPayout
from app.models.references import read_reference
from app.models.refund_rows import note_refund_done, note_refund_failed
from app.models.round_rows import lock_taking
from app.models.rounds import InKindInquiry, Taking
from app.models.settlement_rows import receive_balance, why_not_received
from app.models.suspense_rows import Reason, put_in_suspense, suspense_account
from app.models.taking_rows import (
    find_taking_by_reference,
    is_covered_with,
    receive_credit,
    receive_transfers,
    why_not_the_difference,
)


@dataclass(frozen=True, slots=True)
class Purpose:
    """What a reference stands for, locked: a deposit or a settlement of ours, or, where a person
    names it, a payout of the card provider."""

    deposit: Deposit | None = None
    settlement: Settlement | None = None
    payout: ProviderPayout | None = None
    taking: Taking | None = None


def find_purpose(session: Session, court_id: int, written: str) -> Purpose | None:
    """The deposit, price or taking of this court whose reference stands in what was written."""
    reference = read_reference(written)
    if reference is None:
        return None
    deposit = session.scalars(
        select(Deposit).filter_by(court_id=court_id, reference=reference).with_for_update()
    ).one_or_none()
    if deposit is not None:
        return Purpose(deposit=deposit)
    settlement = session.scalars(
        select(Settlement).filter_by(court_id=court_id, reference=reference).with_for_update()
    ).one_or_none()
    if settlement is not None:
        return Purpose(settlement=settlement)
    taking = find_taking_by_reference(session, court_id, reference)
    return Purpose(taking=taking) if taking is not None else None


def match_credit(session: Session, credit: BankCredit, at: datetime) -> None:
    """Give a new credit its place: a deposit, a price, a payment of ours come back, or suspense."""
    if credit.end_to_end_id is not None and _take_back(session, credit, at):
        credit.state = "matched"
        return
    if credit.doubt is not None:
        _suspend(session, credit, Reason(credit.doubt), at)
        return
    payout = find_payout_in(session, credit.court_id, credit.reference)
    if payout is not None and is_this_payout(payout, credit):
        book_payout(session, payout, credit, at)
        return
    shares = find_shared_payout(session, credit.reference)
    if are_all_of(shares, credit):
        book_shares(session, shares, credit, at)
        return
    if receive_transfer(session, credit, at):
        return
    purpose = find_purpose(session, credit.court_id, credit.reference)
    if purpose is None:
        _suspend(session, credit, Reason.UNKNOWN_REFERENCE, at)
        return
    if purpose.deposit is not None:
        _match_deposit(session, credit, purpose.deposit, at)
    elif purpose.settlement is not None:
        _match_settlement(session, credit, purpose.settlement, at)
    elif purpose.taking is not None:
        _match_taking(session, credit, purpose.taking.id, at)
    if credit.state == "suspense":
        _tell_payer(session, credit, purpose, at)


def match_debit(session: Session, debit: BankDebit, at: datetime) -> None:
    """A debit confirms the payment of ours whose end-to-end id it brings back, to the cent."""
    refund = _refund_named(session, debit.court_id, debit.end_to_end_id)
    payout = lock_payout(session, debit.court_id, debit.end_to_end_id or "")
    ours = refund or payout
    if ours is None and confirm_transfer(session, debit, at):
        return
    if ours is None or (ours.amount, ours.currency) != (debit.amount, debit.currency):
        debit.state = "unknown"
        return
    debit.state = "matched"
    if refund is not None and refund.channel == "bank":
        refund.bank_reference = debit.entry_reference
        note_refund_done(session, refund, debit.entry_reference, at)
    elif payout is not None:
        mark_paid(session, payout.reference, debit.entry_reference, at)


def _match_deposit(session: Session, credit: BankCredit, deposit: Deposit, at: datetime) -> None:
    if deposit.state == "cancelled":
        # It secures nothing any more, whatever the amount: straight back.
        credit.state, credit.deposit_id = "matched", deposit.id
        owe_credit_back(
            session, credit, amount=credit.amount, debit=BANK, at=at, reason="paid_too_late"
        )
        return
    reason = _why_not_the_deposit(credit, deposit)
    if reason in (Reason.TOO_LITTLE, Reason.TOO_MUCH):
        _match_part(session, credit, deposit, reason, at)
        return
    if reason is not None:
        _suspend(session, credit, reason, at)
        return
    credit.state, credit.deposit_id = "matched", deposit.id
    make_deposit_of_credit(session, deposit, credit, debit=BANK, at=at)


def _match_part(
    session: Session, credit: BankCredit, deposit: Deposit, reason: Reason, at: datetime
) -> None:
    """Short transfers under one reference are added up; once the sum is there it is the deposit.

    A single short one waits with its owner and its day; a single one that is too large is for
    two persons to say. What the parts are more than the deposit goes back (RULE-E5, FAULT-F31).
    """
    before = _parts_of(session, deposit)
    _suspend(session, credit, reason, at)
    if not before:
        return
    parts = [*before, *_parts_of(session, deposit, newest=credit.id)]
    over = sum(item.amount for item, _credit in parts) - deposit.amount
    if over < 0:
        return
    together = _add_up(session, deposit, parts, at)
    # The whole deposit goes back to one account: the one that the largest part came from.
    _item, largest = max(parts, key=lambda part: (part[0].amount, -part[0].id))
    make_deposit_of_credit(session, deposit, largest, debit=together, at=at)
    if over:
        owe_credit_back(
            session, credit, amount=over, debit=together, at=at, reason="more_than_asked"
        )


def _parts_of(
    session: Session, deposit: Deposit, newest: int | None = None
) -> list[tuple[SuspenseItem, BankCredit]]:
    """Short transfers for this deposit that wait in suspense; or the newest one, whatever size."""
    query = (
        select(SuspenseItem, BankCredit)
        .join(BankCredit, BankCredit.id == SuspenseItem.bank_credit_id)
        .where(
            SuspenseItem.court_id == deposit.court_id,
            SuspenseItem.state == "open",
            SuspenseItem.currency == deposit.currency,
            BankCredit.reference == deposit.reference,
        )
        .order_by(SuspenseItem.id)
        .with_for_update()
    )
    if newest is not None:
        query = query.where(BankCredit.id == newest)
    else:
        query = query.where(SuspenseItem.reason == Reason.TOO_LITTLE.value)
    return [(item, credit) for item, credit in session.execute(query)]


def _add_up(
    session: Session,
    deposit: Deposit,
    parts: list[tuple[SuspenseItem, BankCredit]],
    at: datetime,
) -> Account:
    """Bring the parts together on the account of the first; all of them have their place now."""
    together = suspense_account(parts[0][0])
    rest = [Posting(suspense_account(item), item.amount) for item, _credit in parts[1:]]
    post_entry(
        session,
        court_id=deposit.court_id,
        key=f"parts-added:{deposit.public_id}",
        memo=f"short transfers for deposit {deposit.public_id}",
        currency=deposit.currency,
        at=at,
        postings=[*rest, Posting(together, -sum(posting.amount for posting in rest))],
    )
    for item, credit in parts:
        item.deposit_id = credit.deposit_id = deposit.id
        credit.state = "matched"
        end_by_machine(session, item, "added_up", at)
    return together


def make_deposit_of_credit(
    session: Session, deposit: Deposit, credit: BankCredit, *, debit: Account, at: datetime
) -> None:
    """Hold a deposit that came by bank; where it came from, it goes back to."""
    deposit.sealed_origin = credit.sealed_payer
    hold_deposit(session, deposit, channel="bank", at=at, debit=debit)


def _why_not_the_deposit(credit: BankCredit, deposit: Deposit) -> Reason | None:
    if credit.currency != deposit.currency:
        return Reason.OTHER_CURRENCY
    if deposit.state != "awaiting":
        return Reason.PAID_TWICE
    if credit.amount < deposit.amount:
        return Reason.TOO_LITTLE
    return Reason.TOO_MUCH if credit.amount > deposit.amount else None


def _match_settlement(
    session: Session, credit: BankCredit, settlement: Settlement, at: datetime
) -> None:
    reason = why_not_received(session, settlement, credit.amount, credit.currency)
    if reason is not None:
        _suspend(session, credit, reason, at)
        return
    credit.state, credit.settlement_id = "matched", settlement.id
    receive_balance(
        session,
        settlement,
        amount=credit.amount,
        debit=BANK,
        key=f"balance-by-bank:{credit.public_id}",
        at=at,
    )


def _match_taking(session: Session, credit: BankCredit, taking_id: int, at: datetime) -> None:
    taking = lock_taking(session, taking_id)
    reason = why_not_the_difference(session, taking, credit.amount, credit.currency)
    if reason is None:
        receive_credit(session, taking, credit, at)
        return
    _suspend(session, credit, reason, at)
    item = _item_of(session, credit)
    # As with a deposit: short transfers under one reference are added up.
    if reason is Reason.TOO_LITTLE and is_covered_with(session, taking, item):
        receive_transfers(session, taking, item, at)


def _take_back(session: Session, credit: BankCredit, at: datetime) -> bool:
    """Whether this credit is a payment of ours that came back whole, and was booked as such."""
    refund = _refund_named(session, credit.court_id, credit.end_to_end_id)
    if refund is not None:
        if (refund.state, refund.amount, refund.currency) != (
            "done",
            credit.amount,
            credit.currency,
        ):
            return False
        return note_refund_failed(session, refund, at)
    if take_transfer_back(session, credit, at):
        return True
    payout = lock_payout(session, credit.court_id, credit.end_to_end_id or "")
    if payout is None or (payout.state, payout.amount, payout.currency) != (
        "paid",
        credit.amount,
        credit.currency,
    ):
        return False
    mark_returned(session, payout, credit.entry_reference, at)
    return True


def _refund_named(session: Session, court_id: int, end_to_end_id: str | None) -> Refund | None:
    return session.scalars(
        select(Refund)
        .where(Refund.court_id == court_id, Refund.key == (end_to_end_id or ""))
        .with_for_update()
    ).one_or_none()


def _tell_payer(session: Session, credit: BankCredit, purpose: Purpose, at: datetime) -> None:
    """Whoever the reference was given to learns that the money is here, and waits, and why."""
    item = _item_of(session, credit)
    params = {
        "amount": credit.amount,
        "currency": credit.currency,
        "reason": item.reason,
        "decide_by": item.due_at.isoformat(),
    }
    if purpose.taking is not None:
        _tell_taker(session, purpose.taking, item, params, at)
        return
    asked = purpose.deposit or purpose.settlement
    assert asked is not None
    tell(
        session,
        kind="transfer_waits",
        key=f"transfer-waits:{item.public_id}",
        at=at,
        params=params,
        registration_id=asked.registration_id,
        court_id=credit.court_id,
        sale_id=asked.sale_id,
    )


def _tell_taker(
    session: Session, taking: Taking, item: SuspenseItem, params: dict[str, Any], at: datetime
) -> None:
    taker = session.get_one(Party, taking.party_id)
    if taker.person_id is None:
        return
    inquiry = session.get_one(InKindInquiry, taking.inquiry_id)
    tell(
        session,
        kind="difference_waits",
        key=f"transfer-waits:{item.public_id}",
        at=at,
        params=params | {"inquiry": inquiry.public_id},
        person_id=taker.person_id,
        court_id=taking.court_id,
        sale_id=taking.sale_id,
    )


def _item_of(session: Session, credit: BankCredit) -> SuspenseItem:
    return session.scalars(select(SuspenseItem).filter_by(bank_credit_id=credit.id)).one()


def _suspend(session: Session, credit: BankCredit, reason: Reason, at: datetime) -> None:
    credit.state = "suspense"
    statement = session.get_one(BankStatement, credit.statement_id)
    put_in_suspense(
        session,
        court_id=credit.court_id,
        amount=credit.amount,
        currency=credit.currency,
        reason=reason,
        debit=BANK,
        at=at,
        bank_credit_id=credit.id,
        owner_id=statement.imported_by,
    )
