"""Money on its way back by card: asked for at least once, effective once (FAULT-F26, F30, F31).

The refund row and its key were written by the transaction that owed it. Here the provider is
asked, with that key and without a lock, and its answer is written down in one transaction. Dying
between any two steps leaves a promise that is due again and finds what was done before.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.db import transaction
from app.gateways.clock import legal_now, real_now
from app.gateways.payments import PaymentRefused, RefundStatus
from app.gateways.payments import Refund as Answer
from app.gateways.seal import Sealer
from app.models.money import CardPayment, Deposit, Refund
from app.models.outbox_queue import Claim, finish, park, pause_after, postpone
from app.models.refund_rows import note_refund_done, note_refund_failed
from app.services.checkouts import Provider, Taken

# Well within the day for which the provider remembers a key (INV-M8).
_YOUNG = timedelta(hours=12)
_OVER = frozenset({RefundStatus.FAILED, RefundStatus.CANCELED})


def deliver_refund(provider: Provider, claim: Claim) -> None:
    """Ask for a refund, or how one stands that was asked for; both with the same key."""
    with transaction() as session:
        refund = session.scalars(
            select(Refund).where(Refund.public_id == claim.payload["refund"])
        ).one()
        if refund.state in ("done", "failed") or refund.channel != "card":
            finish(session, claim.id, f"nothing to send: {refund.state} by {refund.channel}")
            return
        payment_id = _paid_with(session, refund)
        amount, key, reason = refund.amount, refund.key, refund.reason
        # After a restore even a first try may be the second: then the row is no longer young.
        is_new = claim.tries == 1 and real_now(session) - refund.created_at < _YOUNG
    try:
        answer = provider.payments.refund(payment_id, amount, key=key, reason=reason, is_new=is_new)
    except PaymentRefused as refused:
        with transaction() as session:
            park(session, claim.id, str(refused))
        return
    with transaction() as session:
        _close_promise(session, claim, answer)
        _take(session, answer)


def take_refund(provider: Provider, answer: Answer) -> Taken:
    """Record how a refund stands at the provider, whoever asked; forward only."""
    with transaction() as session:
        return _take(session, answer)


def give_account(registration_id: int, sealer: Sealer, *, name: str, number: str, bank: str) -> int:
    """A bidder says where money goes that its card did not take; it is sealed for the closing
    process. The number of refunds that can now be sent again by bank."""
    with transaction() as session:
        deposit = session.scalars(
            select(Deposit).where(Deposit.registration_id == registration_id).with_for_update()
        ).one()
        deposit.sealed_origin = sealer.seal({"name": name, "account": number, "bank": bank})
        return len(
            session.scalars(
                select(Refund.id).where(Refund.deposit_id == deposit.id, Refund.state == "failed")
            ).all()
        )


def _take(session: Session, answer: Answer) -> Taken:
    refund = session.scalars(
        select(Refund)
        .where(or_(Refund.key == (answer.key or ""), Refund.provider_id == answer.id))
        .with_for_update()
    ).one_or_none()
    if refund is None:
        # Made by hand in the provider's own pages.
        return Taken.NOT_OURS
    if refund.channel != "card":
        # It failed before, and goes by bank since: the card's news are old.
        return Taken.KNOWN
    now = legal_now(session, refund.court_id)
    refund.provider_id = answer.id
    if answer.status is RefundStatus.SUCCEEDED:
        done = note_refund_done(session, refund, answer.id, now)
        return Taken.RECORDED if done else Taken.KNOWN
    if answer.status in _OVER:
        failed = note_refund_failed(session, refund, now)
        return Taken.RECORDED if failed else Taken.KNOWN
    if refund.state == "due":
        refund.state = "sent"
        return Taken.RECORDED
    return Taken.KNOWN


def _close_promise(session: Session, claim: Claim, answer: Answer) -> None:
    said = f"{answer.id}: {answer.status.value}"
    if answer.status is RefundStatus.SUCCEEDED or answer.status in _OVER:
        finish(session, claim.id, said)
    else:
        postpone(session, claim.id, said, pause_after(claim.tries))


def _paid_with(session: Session, refund: Refund) -> str:
    """The payment at the provider that this refund gives back."""
    query = select(CardPayment.intent_id)
    if refund.card_payment_id is not None:
        query = query.where(CardPayment.id == refund.card_payment_id)
    else:
        query = query.where(CardPayment.deposit_id == refund.deposit_id, CardPayment.counted)
    return str(session.scalars(query).one())
