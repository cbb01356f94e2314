"""Deposits in rows: held once the money is certain, owed back with a deadline, let go at the end.

Every step is taken on a locked row and only from the state that allows it (INV-M4).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from app.models.bidding import Registration
from app.models.columns import new_public_id
from app.models.journal import enter_arrivals
from app.models.ledger_rows import Account, NewEntry, post_entries, post_entry, transfer
from app.models.many_rows import change_many, insert_many
from app.models.money import BankCredit, CardPayment, Deposit, Refund
from app.models.outbox_rows import Promise, Told, promise_all, tell_all
from app.models.references import new_reference
from app.models.registration_rows import admission_entry, take_part
from auction_engine.invariants import ensure

# Losers' deposits go back within a day of the end (RULE-H3); other people's money no later.
RELEASE_WITHIN = timedelta(hours=24)

# What a refund says when it is owed; the rest comes to it on its way.
_OWED = (
    "public_id",
    "court_id",
    "deposit_id",
    "card_payment_id",
    "bank_credit_id",
    "subject",
    "channel",
    "amount",
    "currency",
    "key",
    "reason",
    "due_at",
)

BANK = Account("bank")
PROVIDER = Account("provider_clearing")


def deposit_account(deposit: Deposit) -> Account:
    return Account("deposits_held", deposit.public_id)


def refund_account(subject: str) -> Account:
    """What is owed back to somebody; `subject` is the public id of what goes back."""
    return Account("refunds_payable", subject)


def find_or_add_deposit(session: Session, registration: Registration, channel: str) -> Deposit:
    """The deposit of a registration, locked. While nothing was paid its channel may change."""
    session.execute(
        upsert(Deposit)
        .values(
            public_id=new_public_id(),
            court_id=registration.court_id,
            sale_id=registration.sale_id,
            registration_id=registration.id,
            amount=registration.deposit_due,
            currency=registration.currency,
            channel=channel,
            reference=new_reference(),
            state="awaiting",
        )
        .on_conflict_do_nothing(index_elements=["registration_id"])
    )
    deposit = session.scalars(
        select(Deposit).where(Deposit.registration_id == registration.id).with_for_update()
    ).one()
    if deposit.state == "awaiting":
        deposit.channel = channel
    return deposit


def lock_deposit(session: Session, deposit_id: int) -> Deposit:
    return session.scalars(
        select(Deposit)
        .where(Deposit.id == deposit_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def hold_deposit(
    session: Session,
    deposit: Deposit,
    *,
    channel: str,
    at: datetime,
    debit: Account | None = None,
) -> None:
    """The money is there: the deposit is held, and the bidder's admission is journalled.

    One transaction, so that no held deposit is without its admission. Whether the admission came
    before the end is decided by the journal's own stamp, not by `at` (RULE-E4). `debit` is where
    the money lies, if not with the bank or the provider. Where somebody behind it takes part
    already under another registration, it secures nothing and goes straight back.
    """
    ensure(deposit.state == "awaiting", "a deposit is held once")
    deposit.channel = channel
    deposit.state = "held"
    deposit.held_at = at
    if deposit.amount > 0:
        post_entry(
            session,
            court_id=deposit.court_id,
            key=f"deposit-held:{deposit.public_id}",
            memo=f"deposit {deposit.public_id} held",
            currency=deposit.currency,
            at=at,
            postings=transfer(debit or cash_of(channel), deposit_account(deposit), deposit.amount),
        )
    session.flush()
    if not take_part(session, deposit.registration_id):
        owe_deposit_back(session, deposit, at=at, reason="not_admitted_same_person")
        return
    registration = session.get_one(Registration, deposit.registration_id)
    enter_arrivals(session, [admission_entry(registration)])


def cash_of(channel: str) -> Account:
    """Where money of a channel lies."""
    return BANK if channel == "bank" else PROVIDER


def owe_deposit_back(session: Session, deposit: Deposit, *, at: datetime, reason: str) -> None:
    """Turn a held deposit into money due to the bidder, with its deadline and its promise."""
    owe_deposits_back(session, [(deposit, at)], reason=reason)


def owe_deposits_back(
    session: Session, ended: Sequence[tuple[Deposit, datetime]], *, reason: str
) -> None:
    """The same of several deposits, each as of its own moment, in a few statements for all."""
    change_many(
        session,
        [
            (deposit, {"state": "releasing", "release_due_at": at + RELEASE_WITHIN})
            for deposit, at in ended
        ],
    )
    # An applicant creditor without a deposit has nothing to get back (RULE-E6).
    change_many(
        session,
        [
            (deposit, {"state": "released", "ended_at": at})
            for deposit, at in ended
            if deposit.amount == 0
        ],
    )
    owed = [(deposit, at) for deposit, at in ended if deposit.amount > 0]
    by_court: dict[int, list[NewEntry]] = {}
    for deposit, at in owed:
        by_court.setdefault(deposit.court_id, []).append(_owed_back(deposit, at))
    for court_id, entries in sorted(by_court.items()):
        post_entries(session, court_id, entries)
    refunds = [_refund_of(deposit, deposit.amount, reason, at) for deposit, at in owed]
    add_refunds(session, refunds)
    tell_all(
        session,
        [
            _return_told(refund, at, deposit.registration_id, deposit.sale_id)
            for refund, (deposit, at) in zip(refunds, owed, strict=True)
        ],
    )


def _owed_back(deposit: Deposit, at: datetime) -> NewEntry:
    return NewEntry(
        key=f"deposit-owed-back:{deposit.public_id}",
        memo=f"deposit {deposit.public_id} owed back",
        currency=deposit.currency,
        at=at,
        postings=transfer(
            deposit_account(deposit), refund_account(deposit.public_id), deposit.amount
        ),
    )


def _refund_of(deposit: Deposit, amount: int, reason: str, at: datetime) -> Refund:
    """`amount` of a deposit, by the way it came, owed since `at`."""
    return Refund(
        court_id=deposit.court_id,
        deposit_id=deposit.id,
        subject=deposit.public_id,
        channel=deposit.channel,
        amount=amount,
        currency=deposit.currency,
        reason=reason,
        due_at=at + RELEASE_WITHIN,
    )


def owe_rest_of_deposit(
    session: Session,
    deposit: Deposit,
    amount: int,
    at: datetime,
    reason: str = "more_than_the_price",
) -> None:
    """A deposit larger than the price leaves a rest, which is booked as payable by the caller.

    So does a prepaid price of which a defaulting buyer loses the stated deposit only (RULE-K11).
    """
    refund = _refund_of(deposit, amount, reason, at)
    add_refund(session, refund)
    tell_all(session, [_return_told(refund, at, deposit.registration_id, deposit.sale_id)])


def owe_payment_back(
    session: Session,
    payment: CardPayment,
    *,
    amount: int,
    currency: str,
    debit: Account,
    at: datetime,
    reason: str,
) -> None:
    """A card payment that became nothing goes back to its card; `debit` is where it lies now.

    The amount is what was really paid, which may be another one than we had asked for.
    """
    post_entry(
        session,
        court_id=payment.court_id,
        key=f"payment-owed-back:{payment.public_id}",
        memo=f"card payment {payment.public_id} owed back",
        currency=currency,
        at=at,
        postings=transfer(debit, refund_account(payment.public_id), amount),
    )
    refund = Refund(
        court_id=payment.court_id,
        card_payment_id=payment.id,
        subject=payment.public_id,
        channel="card",
        amount=amount,
        currency=currency,
        reason=reason,
        due_at=at + RELEASE_WITHIN,
    )
    add_refund(session, refund)
    tell_all(session, [_return_told(refund, at, payment.registration_id)])


def owe_credit_back(
    session: Session,
    credit: BankCredit,
    *,
    amount: int,
    debit: Account,
    at: datetime,
    reason: str,
) -> None:
    """A bank credit, or what is left of it, goes back to the account it came from."""
    post_entry(
        session,
        court_id=credit.court_id,
        key=f"credit-owed-back:{credit.public_id}",
        memo=f"bank credit {credit.public_id} owed back",
        currency=credit.currency,
        at=at,
        postings=transfer(debit, refund_account(credit.public_id), amount),
    )
    add_refund(
        session,
        Refund(
            court_id=credit.court_id,
            bank_credit_id=credit.id,
            subject=credit.public_id,
            channel="bank",
            amount=amount,
            currency=credit.currency,
            reason=reason,
            due_at=at + RELEASE_WITHIN,
        ),
    )


def add_deposit_refund(
    session: Session, deposit: Deposit, amount: int, *, reason: str, at: datetime
) -> None:
    """`amount` of a deposit goes back; the caller booked it as payable, and tells of it."""
    add_refund(session, _refund_of(deposit, amount, reason, at))


def add_refund(session: Session, refund: Refund) -> None:
    """Owe a refund; by card it is promised to the provider, by bank it waits for a file."""
    add_refunds(session, [refund])


def add_refunds(session: Session, refunds: Sequence[Refund]) -> None:
    """Several at once. Written and not kept: who wants to go on with one reads its row."""
    for refund in refunds:
        refund.public_id = new_public_id()
        refund.key = f"refund-{refund.subject}"
    insert_many(
        session, Refund, [{name: getattr(refund, name) for name in _OWED} for refund in refunds]
    )
    promise_all(
        session,
        [
            Promise(
                kind="refund",
                key=f"refund:{refund.subject}",
                payload={"refund": refund.public_id},
                court_id=refund.court_id,
                deadline_at=refund.due_at,
            )
            for refund in refunds
            if refund.channel == "card"
        ],
    )


def _return_told(
    refund: Refund, at: datetime, registration_id: int, sale_id: int | None = None
) -> Told:
    """The letter that says what goes back, and by when."""
    return Told(
        kind="deposit_returns",
        key=f"deposit-returns:{refund.subject}",
        at=at,
        params={
            "amount": refund.amount,
            "currency": refund.currency,
            "due_at": refund.due_at.isoformat(),
            "reason": refund.reason,
        },
        registration_id=registration_id,
        court_id=refund.court_id,
        sale_id=sale_id,
    )
