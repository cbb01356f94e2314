"""Disputes: a card holder tells the bank to take a payment back (FAULT-F31).

Opened, the money has left the provider. Won, it is back. Lost, it is made good by what was owed to
the same payer; where it had become something else, a deposit that secures a sale, a price, a lost
deposit, the court's finance is told and has an open item until two persons close it.

A deposit whose money is gone secures no further bid, counts towards no price, and can be paid once
more while bidding runs; bids made before stand (RULE-E3, docs/who-may-bid.md).
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db import transaction
from app.gateways.clock import legal_now
from app.gateways.payments import Dispute as Told
from app.gateways.payments import DisputeStatus
from app.models.bidding import Outcome, SaleStateRecord
from app.models.card_rows import lock_payment_behind
from app.models.courts import CourtMembership
from app.models.deposit_rows import PROVIDER, lock_deposit, owe_payment_back
from app.models.dispute_rows import (
    ask_for_refunds_again,
    book_opened,
    book_won,
    consequence_of,
    cover,
    is_taken_back,
    keep_dispute,
    missing,
)
from app.models.money import CardPayment, Deposit, Refund, Settlement
from app.models.open_item_rows import ItemKind, close_item, raise_item
from app.models.outbox_rows import record_act, tell
from app.models.reconciliation import Dispute
from app.models.sales import SaleRecord
from app.models.settlement_rows import count_deposit
from app.models.suspense_rows import Reason, put_in_suspense
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
                Refund.state.in_(("due", "failed")),
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
    _take_deposit_back(session, dispute, payment, now)
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
    over = book_won(session, dispute, now)
    dispute.state, dispute.closed_at = "won", now
    session.flush()
    if over:
        _give_over_back(session, payment, over, now)
    _give_deposit_back(session, dispute, payment, now)
    ask_for_refunds_again(session, payment)
    close_item(session, ItemKind.DISPUTE_OPEN, _subject(dispute), at=now, how="done")
    _note(session, dispute, "dispute.won")


def _lose(session: Session, dispute: Dispute, payment: CardPayment, now: datetime) -> None:
    dispute.consequence = consequence_of(session, dispute, payment).value
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


def _take_deposit_back(
    session: Session, dispute: Dispute, payment: CardPayment, now: datetime
) -> None:
    """The deposit is a name without money: no further bids, and nothing towards the price."""
    deposit = _held_deposit(session, payment)
    if deposit is None or deposit.taken_back_at is not None or not missing(session, dispute):
        return
    deposit.taken_back_at = now
    settlement = _settlement_of(session, deposit)
    if settlement is not None:
        count_deposit(settlement, deposit)
    is_running = session.get(Outcome, deposit.sale_id) is None
    _tell_bidder(session, dispute, deposit, "deposit_taken_back", now, can_cure=is_running)
    if is_running:
        _tell_court_of_sale(session, dispute, deposit, now)


def _give_deposit_back(
    session: Session, dispute: Dispute, payment: CardPayment, now: datetime
) -> None:
    """Its money is there again: it secures bids, or counts towards the price, as before."""
    deposit = _held_deposit(session, payment)
    if deposit is None or deposit.taken_back_at is None or is_taken_back(session, deposit.id):
        return
    deposit.taken_back_at = None
    settlement = _settlement_of(session, deposit)
    if settlement is not None:
        count_deposit(settlement, deposit)
    _tell_bidder(session, dispute, deposit, "deposit_back", now)


def _held_deposit(session: Session, payment: CardPayment) -> Deposit | None:
    if payment.deposit_id is None or not payment.counted:
        return None
    deposit = lock_deposit(session, payment.deposit_id)
    return deposit if deposit.state == "held" else None


def _settlement_of(session: Session, deposit: Deposit) -> Settlement | None:
    return session.scalars(
        select(Settlement).filter_by(registration_id=deposit.registration_id).with_for_update()
    ).one_or_none()


def _give_over_back(session: Session, payment: CardPayment, over: int, now: datetime) -> None:
    """The payer has paid once more, and the bank's decision brings the first payment back."""
    returned = session.scalars(select(Refund.id).filter_by(card_payment_id=payment.id)).first()
    if returned is None:
        owe_payment_back(
            session,
            payment,
            amount=over,
            currency=payment.currency,
            debit=PROVIDER,
            at=now,
            reason="paid_twice",
        )
        return
    # A part of it went back before; the rest is for a person to send.
    put_in_suspense(
        session,
        court_id=payment.court_id,
        amount=over,
        currency=payment.currency,
        reason=Reason.PAID_TWICE,
        debit=PROVIDER,
        at=now,
        card_payment_id=payment.id,
    )


def _tell_bidder(
    session: Session,
    dispute: Dispute,
    deposit: Deposit,
    kind: str,
    at: datetime,
    **more: object,
) -> None:
    sale = session.get_one(SaleRecord, deposit.sale_id)
    tell(
        session,
        kind=kind,
        key=f"{kind}:{dispute.public_id}",
        at=at,
        params={
            "sale": sale.public_id,
            "amount": deposit.amount,
            "currency": deposit.currency,
            **more,
        },
        registration_id=deposit.registration_id,
        court_id=deposit.court_id,
        sale_id=deposit.sale_id,
    )


def _tell_court_of_sale(session: Session, dispute: Dispute, deposit: Deposit, at: datetime) -> None:
    """Whoever runs the sale learns that it happened and whether it bears on the leading bid.

    Not whose deposit it is, nor under which code: before the first bid even that is secret (E13).
    """
    sale = session.get_one(SaleRecord, deposit.sale_id)
    state = session.get_one(SaleStateRecord, deposit.sale_id)
    leads = not state.is_sealed and state.leader_registration_id == deposit.registration_id
    for person_id in _staff(session, deposit.court_id, ("judge", "clerk", "finance")):
        tell(
            session,
            kind="deposit_gone",
            key=f"deposit-gone:{dispute.public_id}:{person_id}",
            at=at,
            params={
                "sale": sale.public_id,
                "amount": deposit.amount,
                "currency": deposit.currency,
                "leads": leads,
            },
            person_id=person_id,
            court_id=deposit.court_id,
            sale_id=deposit.sale_id,
        )


def _staff(session: Session, court_id: int, roles: tuple[str, ...]) -> list[int]:
    return list(
        session.scalars(
            select(CourtMembership.person_id)
            .where(
                CourtMembership.court_id == court_id,
                CourtMembership.role.in_(roles),
                CourtMembership.ended_at.is_(None),
            )
            .distinct()
        )
    )


def _cover_late(session: Session, dispute_id: int, covered: list[int]) -> None:
    dispute = session.get_one(Dispute, dispute_id, with_for_update=True)
    now = legal_now(session, dispute.court_id)
    if missing(session, dispute) and cover(session, dispute, now):
        close_item(session, ItemKind.DISPUTE_LOST, _subject(dispute), at=now, how="done")
        _note(session, dispute, "dispute.covered")
        covered.append(dispute_id)


def _tell_court(session: Session, dispute: Dispute, left: int, at: datetime) -> None:
    """Finance and judges: the deposit or the price that they count on is not there any more."""
    roles = ("finance", "judge") if left else ("finance",)
    for person_id in _staff(session, dispute.court_id, roles):
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
