"""Money on its way back by card: asked for at least once, effective once (FAULT-F26, F30, F31).

The refund row and its key were written by the transaction that owed it. Here the provider is
asked, with that key and without a lock, and its answer is written down in one transaction. Dying
between any two steps leaves a promise that is due again and finds what was done before.

After a closing hour thousands are due at once (RULE-H3). So promises are claimed several at a
time, asked for side by side (`refund_desk`), and what was answered is booked together: the account
through which all refunds of a court pass is locked once for many. Each still has a promise and a
key of its own, and one that cannot be booked does not hold up those beside it.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, or_, select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from app.db import transaction
from app.gateways.clock import legal_now
from app.gateways.payments import PaymentRefused, PaymentsUnavailable, RefundStatus
from app.gateways.payments import Refund as Answer
from app.gateways.seal import Sealer
from app.models.money import Deposit, Refund
from app.models.outbox_queue import (
    Claim,
    Report,
    again,
    claim_some,
    hopeless,
    kept,
    pause_after,
    report,
)
from app.models.refund_rows import Arrived, note_refund_failed, note_refunds_done
from app.services.checkouts import Provider, Taken
from auction_engine.invariants import ensure

log = logging.getLogger(__name__)

# Well within the day for which the provider remembers a key (INV-M8).
_YOUNG = timedelta(hours=12)
_OVER = frozenset({RefundStatus.FAILED, RefundStatus.CANCELED})


@dataclass(frozen=True, slots=True)
class Asking:
    """What the provider is asked for: all of it was written down when the money was owed."""

    claim: Claim
    payment_id: str
    amount: int
    key: str
    reason: str
    is_new: bool


@dataclass(frozen=True, slots=True)
class Answered:
    """A promise with what the provider said to it, or why there is no answer."""

    claim: Claim
    answer: Answer | Exception


def claim_refunds(many: int) -> list[Asking] | None:
    """What to ask for the most urgent refunds, which are ours alone for a while; None where none
    is due."""
    with transaction() as session:
        claims = claim_some(session, ("refund",), many)
    if not claims:
        return None
    with transaction() as session:
        found = _look(session, claims)
        looked = [_what_to_ask(claim, found[claim.id]) for claim in claims]
        report(session, [one for one in looked if isinstance(one, Report)])
    return [one for one in looked if isinstance(one, Asking)]


def ask(provider: Provider, asking: Asking) -> Answered:
    """Ask for a refund, or how one stands that was asked for; both with the same key.

    Needs no database, so any thread may do it.
    """
    try:
        answer = provider.payments.refund(
            asking.payment_id,
            asking.amount,
            key=asking.key,
            reason=asking.reason,
            is_new=asking.is_new,
        )
    except Exception as failure:
        if not isinstance(failure, PaymentRefused | PaymentsUnavailable):
            log.exception("refund %s could not be asked for", asking.key)
        return Answered(asking.claim, failure)
    return Answered(asking.claim, answer)


def book_answers(answered: Sequence[Answered]) -> None:
    """Write down what the provider said, in one transaction; where that fails, each for itself.

    What cannot be booked is logged and tried again, and does not hold up what was beside it.
    """
    try:
        _book(answered)
        return
    except Exception:
        log.exception("%d answers of the provider were not booked together", len(answered))
    for one in answered:
        try:
            _book([one])
        except Exception as failure:
            log.exception("promise %s could not be kept", one.claim.key)
            _try_later(one.claim, failure)


def take_refund(provider: Provider, answer: Answer) -> Taken:
    """Record how a refund stands at the provider, whoever asked; forward only."""
    with transaction() as session:
        return _take(session, [answer])[0]


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


_LOOK = text("""
    SELECT named.claim, r.state, r.channel, r.amount, r.key, r.reason,
      coalesce(direct.intent_id, counted.intent_id) AS payment_id,
      clock_timestamp() - r.created_at < :young AS is_young
    FROM unnest(CAST(:claims AS bigint[]), CAST(:refunds AS text[])) AS named (claim, refund)
    JOIN refunds r ON r.public_id = named.refund
    LEFT JOIN card_payments direct ON direct.id = r.card_payment_id
    LEFT JOIN card_payments counted ON r.card_payment_id IS NULL
      AND counted.deposit_id = r.deposit_id AND counted.counted""")


def _look(session: Session, claims: Sequence[Claim]) -> dict[int, list[Row[Any]]]:
    """How each refund stands, and the payment at the provider that it gives back."""
    rows = session.execute(
        _LOOK,
        {
            "claims": [claim.id for claim in claims],
            "refunds": [str(claim.payload["refund"]) for claim in claims],
            "young": _YOUNG,
        },
    )
    found: defaultdict[int, list[Row[Any]]] = defaultdict(list)
    for row in rows:
        found[row.claim].append(row)
    return found


def _what_to_ask(claim: Claim, found: Sequence[Row[Any]]) -> Asking | Report:
    if len(found) != 1 or (found[0].channel == "card" and found[0].payment_id is None):
        log.error("promise %s: no payment, or several, to give back", claim.key)
        return again(claim.id, "no payment, or several, to give back", pause_after(claim.tries))
    (refund,) = found
    if refund.state in ("done", "failed") or refund.channel != "card":
        return kept(claim.id, f"nothing to send: {refund.state} by {refund.channel}")
    return Asking(
        claim=claim,
        payment_id=refund.payment_id,
        amount=refund.amount,
        key=refund.key,
        reason=refund.reason,
        # After a restore even a first try may be the second: then the row is no longer young.
        is_new=claim.tries == 1 and refund.is_young,
    )


def _book(answered: Sequence[Answered]) -> None:
    with transaction() as session:
        report(session, [_became(one) for one in answered])
        _take(session, [one.answer for one in answered if not isinstance(one.answer, Exception)])


def _became(answered: Answered) -> Report:
    """What the answer makes of the promise; a provider that does not answer is asked again."""
    claim, answer = answered.claim, answered.answer
    if isinstance(answer, PaymentRefused):
        return hopeless(claim.id, str(answer))
    if isinstance(answer, PaymentsUnavailable):
        return again(claim.id, str(answer), pause_after(claim.tries))
    if isinstance(answer, Exception):
        return again(claim.id, type(answer).__name__, pause_after(claim.tries))
    said = f"{answer.id}: {answer.status.value}"
    if answer.status is RefundStatus.SUCCEEDED or answer.status in _OVER:
        return kept(claim.id, said)
    return again(claim.id, said, pause_after(claim.tries))


def _try_later(claim: Claim, failure: Exception) -> None:
    is_ours = isinstance(failure, SQLAlchemyError)
    said = "the database did not take it" if is_ours else type(failure).__name__
    with transaction() as session:
        report(session, [again(claim.id, said, pause_after(claim.tries))])


def _take(session: Session, answers: Sequence[Answer]) -> list[Taken]:
    ours = _lock_those_of(session, answers)
    moments = {
        court_id: legal_now(session, court_id)
        for court_id in sorted({refund.court_id for refund in ours if refund is not None})
    }
    taken, arrived = [], []
    for answer, refund in zip(answers, ours, strict=True):
        taken.append(_take_one(session, answer, refund, moments))
        if taken[-1] is Taken.RECORDED and answer.status is RefundStatus.SUCCEEDED:
            assert refund is not None
            arrived.append(Arrived(refund, answer.id, moments[refund.court_id]))
    note_refunds_done(session, arrived)
    return taken


def _lock_those_of(session: Session, answers: Sequence[Answer]) -> list[Refund | None]:
    """Our refund behind each answer: by the key that we sent, or by the provider's number."""
    found = session.scalars(
        select(Refund)
        .where(
            or_(
                Refund.key.in_([answer.key or "" for answer in answers]),
                Refund.provider_id.in_([answer.id for answer in answers]),
            )
        )
        .order_by(Refund.id)
        .with_for_update()
    ).all()
    by_key = {refund.key: refund for refund in found}
    by_number = {refund.provider_id: refund for refund in found}
    ours = []
    for answer in answers:
        keyed, numbered = by_key.get(answer.key or ""), by_number.get(answer.id)
        ensure(keyed is None or numbered in (None, keyed), "an answer is about one refund")
        ours.append(keyed or numbered)
    return ours


def _take_one(
    session: Session, answer: Answer, refund: Refund | None, moments: dict[int, datetime]
) -> Taken:
    """What an answer says of a refund; one that has arrived is booked with the others."""
    if refund is None:
        # Made by hand in the provider's own pages.
        return Taken.NOT_OURS
    if refund.channel != "card":
        # It failed before, and goes by bank since: the card's news are old.
        return Taken.KNOWN
    refund.provider_id = answer.id
    if answer.status is RefundStatus.SUCCEEDED:
        return Taken.KNOWN if refund.state in ("done", "failed") else Taken.RECORDED
    if answer.status in _OVER:
        failed = note_refund_failed(session, refund, moments[refund.court_id])
        return Taken.RECORDED if failed else Taken.KNOWN
    if refund.state == "due":
        refund.state = "sent"
        return Taken.RECORDED
    return Taken.KNOWN
