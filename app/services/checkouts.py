"""Card payments at the provider: offered, asked about, and booked as the provider says they are.

Each function calls the provider first and without a lock, then writes down in one transaction
what it learnt. A webhook, a poll and a retry therefore all end in the same rows (FAULT-F27), and a
deposit by card is frozen with the provider as the law wants it (RULE-E5).
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.db import transaction
from app.gateways.clock import legal_now, real_now
from app.gateways.payments import (
    Checkout,
    CheckoutStatus,
    Payment,
    PaymentRefused,
    Payments,
    PaymentStatus,
    PaymentsUnavailable,
)
from app.models.card_rows import lock_payment, lock_payment_behind, stranger
from app.models.courts import CourtMembership
from app.models.deposit_rows import (
    PROVIDER,
    hold_deposit,
    lock_deposit,
    owe_payment_back,
)
from app.models.dispute_rows import pay_again
from app.models.money import CardPayment, Deposit, Settlement
from app.models.outbox_queue import Claim, finish, park
from app.models.outbox_rows import record_act, tell
from app.models.settlement_rows import lock_settlement, receive_balance, why_not_received
from app.models.suspense_rows import Reason, put_in_suspense
from app.services.promises import NotYet
from auction_engine.invariants import ensure

log = logging.getLogger(__name__)


class Taken(StrEnum):
    """What became of a payment that the provider was asked about."""

    RECORDED = "recorded"
    KNOWN = "known already"
    NOT_PAID = "not paid"
    NOT_OURS = "a payment that names nothing of ours"
    OTHER_MODE = "a test payment here, or a real one where only tests belong"


@dataclass(frozen=True, slots=True)
class Provider:
    """The provider's connection, and whether it moves real money."""

    payments: Payments
    live: bool


def deliver_checkout(provider: Provider, claim: Claim) -> None:
    """Keep the promise to open an offer, or to withdraw one."""
    if claim.payload["act"] == "expire":
        _withdraw(provider, claim)
    else:
        _open(provider, claim)


def _open(provider: Provider, claim: Claim) -> None:
    asked = claim.payload
    with transaction() as session:
        row = session.scalars(select(CardPayment).filter_by(public_id=asked["payment"])).one()
        if row.state != "opening":
            finish(session, claim.id, "opened already")
            return
        metadata = _metadata(session, row)
        amount, currency, key = row.amount, row.currency, row.key
    try:
        checkout = provider.payments.open_checkout(
            amount_minor=amount,
            currency=currency,
            title=asked["title"],
            reference=asked["reference"],
            metadata=metadata,
            success_url=asked["success_url"],
            cancel_url=asked["cancel_url"],
            locale=asked["locale"],
            key=key,
        )
    except PaymentRefused as refused:
        _note_refused(claim, refused)
        return
    with transaction() as session:
        _note_open(session, asked["payment"], checkout)
        finish(session, claim.id, f"open as {checkout.id}")


def _metadata(session: Session, payment: CardPayment) -> dict[str, str]:
    """What a payment carries at the provider: names of things, and of nobody."""
    subject: Deposit | Settlement
    if payment.deposit_id is not None:
        subject = session.get_one(Deposit, payment.deposit_id)
    else:
        subject = session.get_one(Settlement, payment.settlement_id)
    return {"payment": payment.public_id, payment.purpose: subject.public_id}


def _note_open(session: Session, public_id: str, checkout: Checkout) -> None:
    payment = lock_payment(session, public_id)
    if payment is None or payment.state != "opening":
        return
    payment.state = "open"
    payment.checkout_id = checkout.id
    payment.url = checkout.url
    payment.expires_at = checkout.expires_at


def _note_refused(claim: Claim, refused: PaymentRefused) -> None:
    with transaction() as session:
        payment = lock_payment(session, claim.payload["payment"])
        if payment is not None and payment.state == "opening":
            payment.state = "failed"
        park(session, claim.id, str(refused))


def _withdraw(provider: Provider, claim: Claim) -> None:
    with transaction() as session:
        row = session.scalars(
            select(CardPayment).filter_by(public_id=claim.payload["payment"])
        ).one()
        checkout_id, state = row.checkout_id, row.state
        if state == "opening":
            # It has to be open before it can be withdrawn; the other promise comes first.
            raise NotYet("the offer is still being opened")
        if checkout_id is None or state != "open":
            finish(session, claim.id, "nothing to withdraw")
            return
    checkout = provider.payments.expire_checkout(checkout_id, key=f"expire-{row.public_id}")
    answer = take_checkout(provider, checkout)
    with transaction() as session:
        finish(session, claim.id, f"{checkout.status.value}: {answer.value}")


def take_checkout(provider: Provider, checkout: Checkout) -> Taken:
    """Record how an offer stands; one that was paid leads to its payment."""
    if checkout.payment_id is not None and checkout.status is CheckoutStatus.COMPLETE:
        return take_payment(provider, provider.payments.fetch_payment(checkout.payment_id))
    with transaction() as session:
        payment = session.scalars(
            select(CardPayment).where(CardPayment.checkout_id == checkout.id).with_for_update()
        ).one_or_none()
        if payment is None:
            return Taken.NOT_OURS
        payment.polled_at = real_now(session)
        if checkout.status is CheckoutStatus.EXPIRED and payment.state == "open":
            payment.state = "expired"
            return Taken.RECORDED
    return Taken.NOT_PAID


def take_payment(provider: Provider, seen: Payment) -> Taken:
    """Book a payment as the provider shows it, once, whoever tells of it and how often."""
    if seen.live is not provider.live:
        return Taken.OTHER_MODE
    with transaction() as session:
        payment = lock_payment_behind(session, seen.id, seen.metadata)
        if payment is None:
            payment = _adopt(session, seen)
        if payment is None:
            return Taken.NOT_OURS
        return _record(session, payment, seen)


def _adopt(session: Session, seen: Payment) -> CardPayment | None:
    """A payment nobody asked for, where its metadata at least lead to a deposit's court."""
    deposit = session.scalars(
        select(Deposit).where(Deposit.public_id == seen.metadata.get("deposit", ""))
    ).one_or_none()
    if deposit is None or seen.status is not PaymentStatus.SUCCEEDED:
        return None
    return stranger(
        session, deposit, intent_id=seen.id, amount=seen.received_minor, currency=seen.currency
    )


def _record(session: Session, payment: CardPayment, seen: Payment) -> Taken:
    now = legal_now(session, payment.court_id)
    payment.polled_at = real_now(session)
    if seen.disputed and payment.disputed_at is None:
        payment.disputed_at = now
        _tell_finance(session, payment, now)
    payment.refunded = min(seen.refunded_minor, payment.amount)
    if payment.state == "succeeded":
        return Taken.KNOWN
    if seen.status is PaymentStatus.CANCELED and payment.state == "open":
        payment.state = "expired"
        return Taken.RECORDED
    if seen.status is not PaymentStatus.SUCCEEDED:
        payment.declined_as = seen.declined_as and seen.declined_as[:60]
        return Taken.NOT_PAID
    if payment.state == "opening":
        # The hint overtook our own note that the offer is open.
        payment.state = "open"
        session.flush()
    payment.state = "succeeded"
    payment.intent_id = seen.id
    payment.paid_at = seen.paid_at
    session.flush()
    _book(session, payment, seen, now)
    return Taken.RECORDED


def _book(session: Session, payment: CardPayment, seen: Payment, now: datetime) -> None:
    reason = _why_not_as_asked(session, payment, seen)
    if reason is not None:
        put_in_suspense(
            session,
            court_id=payment.court_id,
            amount=seen.received_minor,
            currency=seen.currency,
            reason=reason,
            debit=PROVIDER,
            at=now,
            card_payment_id=payment.id,
        )
    elif payment.deposit_id is not None:
        _book_deposit(session, payment, now)
    else:
        _book_balance(session, payment, now)


def _why_not_as_asked(session: Session, payment: CardPayment, seen: Payment) -> Reason | None:
    """Amount, currency and purpose must all be as we asked, or a person looks at it (INV-M6)."""
    if payment.key.startswith("unasked-") or seen.metadata != _metadata(session, payment):
        return Reason.NOT_ASKED_FOR
    if seen.currency != payment.currency:
        return Reason.OTHER_CURRENCY
    received = min(seen.received_minor, seen.amount_minor)
    if received < payment.amount:
        return Reason.TOO_LITTLE
    return Reason.TOO_MUCH if seen.received_minor > payment.amount else None


def _book_deposit(session: Session, payment: CardPayment, now: datetime) -> None:
    deposit = lock_deposit(session, payment.deposit_id or 0)
    if deposit.state == "awaiting":
        ensure(deposit.amount == payment.amount, "a deposit is paid as a whole or not at all")
        payment.counted = True
        hold_deposit(session, deposit, channel="card", at=now)
        return
    if deposit.state == "held" and deposit.taken_back_at is not None:
        pay_again(session, deposit, payment, now)
        return
    cancelled = deposit.state == "cancelled"
    owe_payment_back(
        session,
        payment,
        amount=payment.amount,
        currency=payment.currency,
        debit=PROVIDER,
        at=now,
        reason="paid_too_late" if cancelled else "paid_twice",
    )


def _book_balance(session: Session, payment: CardPayment, now: datetime) -> None:
    settlement = lock_settlement(session, payment.settlement_id or 0)
    reason = why_not_received(session, settlement, payment.amount, payment.currency)
    if reason is None:
        payment.counted = True
        receive_balance(
            session,
            settlement,
            amount=payment.amount,
            debit=PROVIDER,
            key=f"balance-by-card:{payment.public_id}",
            at=now,
        )
        return
    owe_payment_back(
        session,
        payment,
        amount=payment.amount,
        currency=payment.currency,
        debit=PROVIDER,
        at=now,
        reason="not_awaited" if reason is Reason.NOT_AWAITED else "paid_twice",
    )


def _tell_finance(session: Session, payment: CardPayment, at: datetime) -> None:
    """A holder has asked the bank to take a payment back: the court's finance must answer."""
    for person_id in session.scalars(
        select(CourtMembership.person_id).where(
            CourtMembership.court_id == payment.court_id,
            CourtMembership.role == "finance",
            CourtMembership.ended_at.is_(None),
        )
    ):
        tell(
            session,
            kind="payment_disputed",
            key=f"payment-disputed:{payment.public_id}:{person_id}",
            at=at,
            params={
                "payment": payment.public_id,
                "amount": payment.amount,
                "currency": payment.currency,
            },
            person_id=person_id,
            court_id=payment.court_id,
        )
    record_act(
        session,
        actor="worker",
        action="payment.disputed",
        subject=f"payment:{payment.public_id}",
        court_id=payment.court_id,
    )


# An offer is asked about every five seconds at first, later as often as it is old: a webhook that
# never comes costs the bidder seconds, and a forgotten offer costs the provider little. Before a
# sale's end, extensions included, it is asked about every second, however old it is: a deposit that
# the provider confirms three seconds before the end admits (RULE-E4), webhook or not (FAULT-F29).
_TO_POLL = text(
    """
    WITH waiting AS (
      SELECT p.id, p.polled_at, p.created_at, EXISTS (
        SELECT FROM deposits d JOIN sale_states s ON s.sale_id = d.sale_id
        WHERE d.id = p.deposit_id AND s.stayed_from IS NULL AND s.withdrawn_at IS NULL
          AND s.closes_at - legal_time(s.court_id, clock_timestamp())
            BETWEEN interval '0' AND interval '90 seconds') AS ends_soon
      FROM card_payments p WHERE p.state = 'open' AND p.checkout_id IS NOT NULL
    )
    UPDATE card_payments SET polled_at = clock_timestamp() WHERE id IN (
      SELECT p.id FROM card_payments p JOIN waiting w ON w.id = p.id
      WHERE w.polled_at IS NULL OR w.polled_at < clock_timestamp() - CASE WHEN w.ends_soon
        THEN interval '1 second'
        ELSE least(greatest((clock_timestamp() - w.created_at) / 20, interval '5 seconds'),
          interval '5 minutes') END
      ORDER BY w.ends_soon DESC, w.polled_at NULLS FIRST LIMIT 20
      FOR UPDATE OF p SKIP LOCKED
    ) RETURNING checkout_id"""
)


def poll_open_offers(provider: Provider) -> int:
    """Ask about offers whose webhooks may have been lost."""
    with transaction() as session:
        waiting = [row.checkout_id for row in session.execute(_TO_POLL)]
    for checkout_id in waiting:
        try:
            take_checkout(provider, provider.payments.fetch_checkout(checkout_id))
        except PaymentsUnavailable:
            raise
        except Exception:
            # Near an end a deposit behind it may have a second left.
            log.exception("an offer could not be taken; the others are")
    return len(waiting)
