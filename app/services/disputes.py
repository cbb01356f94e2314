"""Disputes: a card holder tells the bank to take a payment back (FAULT-F31).

Opened, the money has left the provider. Won, it is back. Lost, it is made good by what was owed to
the same payer; where it had become something else, a deposit that secures a sale, a price, a lost
deposit, the court's finance is told and has an open item until two persons close it.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db import transaction
from app.gateways.clock import legal_now
from app.gateways.payments import Dispute as Told
from app.gateways.payments import DisputeStatus
from app.models.card_rows import lock_payment_behind
from app.models.courts import CourtMembership
from app.models.dispute_rows import (
    ask_for_refunds_again,
    book_opened,
    book_won,
    consequence_of,
    cover,
    keep_dispute,
    missing,
)
from app.models.money import CardPayment, Refund
from app.models.open_item_rows import ItemKind, close_item, raise_item
from app.models.outbox_rows import record_act, tell
from app.models.reconciliation import Dispute
from app.services.checkouts import Provider, Taken
from app.services.promises import for_each


def take_dispute(provider: Provider, told: Told) -> Taken:
    """Book a dispute as the provider shows it now, whoever tells of it and how often."""
    with transaction() as session:
        payment = lock_payment_behind(session, told.payment_id, {})
        if payment is None:
            return Taken.NOT_OURS
        now = legal_now(session, payment.court_id)
        lost = told.status is DisputeStatus.LOST
        if not lost and told.withdrawn_minor <= 0 and told.status is not DisputeStatus.WON:
            # A question of the bank, or a warning: no money has moved.
            return Taken.NOT_PAID
        dispute = keep_dispute(
            session,
            payment,
            provider_id=told.id,
            amount=told.amount_minor,
            currency=told.currency,
            reason=told.reason,
            answer_by=told.answer_by,
            at=now,
        )
        if dispute.state != "open":
            return Taken.KNOWN
        return _go_on(session, dispute, payment, told.status, now)


def cover_lost() -> int:
    """Lost disputes whose payer is owed the money by now: a loser's deposit, after the end."""
    with transaction() as session:
        found = session.scalars(
            select(Dispute.id)
            .join(CardPayment, CardPayment.id == Dispute.card_payment_id)
            .join(
                Refund,
                (Refund.card_payment_id == CardPayment.id)
                | ((Refund.deposit_id == CardPayment.deposit_id) & CardPayment.counted),
            )
            .where(
                Dispute.state == "lost",
                Refund.channel == "card",
                Refund.state.in_(("due", "sent")),
            )
        ).all()
    covered: list[int] = []

    def cover_late(session: Session, dispute_id: int) -> None:
        _cover_late(session, dispute_id, covered)

    for_each(found, cover_late)
    # What cannot be covered is no work done: the sweep must not look again at once.
    return len(covered)


def _go_on(
    session: Session,
    dispute: Dispute,
    payment: CardPayment,
    status: DisputeStatus,
    now: datetime,
) -> Taken:
    if status is DisputeStatus.WON:
        _win(session, dispute, payment, now)
        return Taken.RECORDED
    book_opened(session, dispute, now)
    if status is DisputeStatus.LOST:
        _lose(session, dispute, payment, now)
        return Taken.RECORDED
    new = raise_item(
        session,
        ItemKind.DISPUTE_OPEN,
        _subject(dispute),
        court_id=dispute.court_id,
        at=now,
        ours=dispute.amount,
        theirs=0,
        currency=dispute.currency,
    )
    return Taken.RECORDED if new else Taken.KNOWN


def _win(session: Session, dispute: Dispute, payment: CardPayment, now: datetime) -> None:
    book_won(session, dispute, now)
    dispute.state, dispute.closed_at = "won", now
    session.flush()
    ask_for_refunds_again(session, payment)
    close_item(session, ItemKind.DISPUTE_OPEN, _subject(dispute), at=now, how="done")
    _note(session, dispute, "dispute.won")


def _lose(session: Session, dispute: Dispute, payment: CardPayment, now: datetime) -> None:
    dispute.consequence = consequence_of(session, payment).value
    dispute.state, dispute.closed_at = "lost", now
    session.flush()
    cover(session, dispute, now)
    close_item(session, ItemKind.DISPUTE_OPEN, _subject(dispute), at=now, how="done")
    _note(session, dispute, "dispute.lost", consequence=dispute.consequence)
    left = missing(session, dispute)
    if left:
        raise_item(
            session,
            ItemKind.DISPUTE_LOST,
            _subject(dispute),
            court_id=dispute.court_id,
            at=now,
            ours=left,
            theirs=0,
            currency=dispute.currency,
        )
    _tell_court(session, dispute, left, now)


def _cover_late(session: Session, dispute_id: int, covered: list[int]) -> None:
    dispute = session.get_one(Dispute, dispute_id, with_for_update=True)
    now = legal_now(session, dispute.court_id)
    if missing(session, dispute) and cover(session, dispute, now):
        close_item(session, ItemKind.DISPUTE_LOST, _subject(dispute), at=now, how="done")
        _note(session, dispute, "dispute.covered")
        covered.append(dispute_id)


def _tell_court(session: Session, dispute: Dispute, left: int, at: datetime) -> None:
    """Finance and judges: the deposit or the price that they count on is not there any more."""
    for person_id in session.scalars(
        select(CourtMembership.person_id)
        .where(
            CourtMembership.court_id == dispute.court_id,
            CourtMembership.role.in_(("finance", "judge") if left else ("finance",)),
            CourtMembership.ended_at.is_(None),
        )
        .distinct()
    ):
        tell(
            session,
            kind="dispute_lost",
            key=f"dispute-lost:{dispute.public_id}:{person_id}",
            at=at,
            params={
                "dispute": dispute.public_id,
                "amount": dispute.amount,
                "currency": dispute.currency,
                "missing": left,
                "consequence": dispute.consequence or "",
            },
            person_id=person_id,
            court_id=dispute.court_id,
        )


def _note(session: Session, dispute: Dispute, action: str, **details: object) -> None:
    record_act(
        session,
        actor="worker",
        action=action,
        subject=f"dispute:{dispute.public_id}",
        court_id=dispute.court_id,
        **details,
    )


def _subject(dispute: Dispute) -> str:
    return f"dispute:{dispute.public_id}"
