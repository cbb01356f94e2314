"""Card payments in rows: our wish first, with its key; what the provider says of it later."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.models.columns import new_public_id
from app.models.money import CardPayment, Deposit
from app.models.outbox_rows import promise


@dataclass(frozen=True, slots=True)
class Offered:
    """What the payer is shown, and where they come back to. It is sent as it was first asked."""

    title: str
    success_url: str
    cancel_url: str
    locale: str


def find_offer(session: Session, *, now: datetime, **purpose: int) -> CardPayment | None:
    """The offer that still stands for a deposit or a settlement; `now` is real time."""
    return session.scalars(
        select(CardPayment)
        .filter_by(**purpose)
        .where(
            or_(
                CardPayment.state == "opening",
                (CardPayment.state == "open") & (CardPayment.expires_at > now),
            )
        )
        .order_by(CardPayment.id.desc())
        .limit(1)
    ).one_or_none()


def add_offer(
    session: Session, payment: CardPayment, offered: Offered, *, reference: str
) -> CardPayment:
    """Write down a payment that is wished for, and promise that the provider will offer it."""
    payment.public_id = new_public_id()
    payment.key = f"checkout-{payment.public_id}"
    session.add(payment)
    session.flush()
    promise(
        session,
        kind="checkout",
        key=f"checkout:{payment.public_id}",
        payload={
            "act": "open",
            "payment": payment.public_id,
            "reference": reference,
            "title": offered.title,
            "success_url": offered.success_url,
            "cancel_url": offered.cancel_url,
            "locale": offered.locale,
        },
        court_id=payment.court_id,
    )
    return payment


def withdraw_offers(session: Session, **purpose: int) -> None:
    """Promise that no open offer for a deposit or a settlement stays payable."""
    for payment in session.scalars(
        select(CardPayment).filter_by(**purpose).where(CardPayment.state.in_(("opening", "open")))
    ):
        promise(
            session,
            kind="checkout",
            key=f"checkout-expire:{payment.public_id}",
            payload={"act": "expire", "payment": payment.public_id},
            court_id=payment.court_id,
        )


def lock_payment(session: Session, public_id: str) -> CardPayment | None:
    return session.scalars(
        select(CardPayment)
        .where(CardPayment.public_id == public_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()


def lock_payment_behind(
    session: Session, intent_id: str, metadata: Mapping[str, str]
) -> CardPayment | None:
    """Our row of a payment at the provider: by its id, or by the name that we gave it."""
    known = session.scalars(
        select(CardPayment.public_id).where(CardPayment.intent_id == intent_id)
    ).one_or_none()
    found = lock_payment(session, known or metadata.get("payment", ""))
    if found is None or found.intent_id not in (None, intent_id):
        return None
    return found


def stranger(
    session: Session, deposit: Deposit, *, intent_id: str, amount: int, currency: str
) -> CardPayment:
    """A payment that names a deposit of ours, but that we never asked for."""
    payment = CardPayment(
        court_id=deposit.court_id,
        registration_id=deposit.registration_id,
        purpose="deposit",
        deposit_id=deposit.id,
        amount=amount,
        currency=currency,
        key=f"unasked-{intent_id}"[:64],
        intent_id=intent_id,
        state="open",
    )
    session.add(payment)
    session.flush()
    return payment
