"""What the provider tells us unasked: a hint that is kept once, then looked into (SEC-T16).

The web keeps the hint and answers; the worker asks the provider how things are and believes that.
"""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy.dialects.postgresql import insert as upsert

from app.db import transaction
from app.gateways.payments import PaymentRefused, WebhookEvent
from app.models.money import ProviderEvent
from app.models.outbox_queue import Claim, finish, park
from app.models.outbox_rows import promise, record_act
from app.services.checkouts import Provider, Taken, take_checkout, take_payment
from app.services.disputes import take_dispute
from app.services.provider_books import take_payout
from app.services.refunds import take_refund

# Money that nothing of ours explains: an operator has to see it.
_ALARMS = frozenset({Taken.NOT_OURS, Taken.OTHER_MODE})


class Kept(StrEnum):
    NEW = "new"
    KNOWN = "known"


def keep_hint(event: WebhookEvent) -> Kept:
    """Store an event and the promise to look into it, in one transaction, once for its id."""
    with transaction() as session:
        stored = session.execute(
            upsert(ProviderEvent)
            .values(event_id=event.id, kind=event.kind[:80], object_id=event.object_id[:120])
            .on_conflict_do_nothing(index_elements=["event_id"])
            .returning(ProviderEvent.event_id)
        ).scalar_one_or_none()
        if stored is None:
            return Kept.KNOWN
        promise(
            session,
            kind="provider_event",
            key=f"event:{event.id}"[:120],
            payload={
                "kind": event.kind,
                "object_kind": event.object_kind,
                "object": event.object_id,
                "payment": event.payment_id,
                "checkout": event.checkout_id,
            },
        )
    return Kept.NEW


def look_into_hint(provider: Provider, claim: Claim) -> None:
    """Ask the provider about everything that the hint names, and record its answers."""
    try:
        answers = _ask(provider, claim)
    except PaymentRefused as unknown:
        # Rightly signed, and yet the provider does not know the thing: nothing is booked.
        _alarm(claim, str(unknown))
        return
    said = ", ".join(answer.value for answer in answers) or "nothing of ours"
    if _ALARMS.intersection(answers) and _tells_of_money(claim):
        _alarm(claim, said)
        return
    with transaction() as session:
        finish(session, claim.id, said)


def _ask(provider: Provider, claim: Claim) -> list[Taken]:
    hint, answers = claim.payload, []
    if hint["checkout"] is not None:
        checkout = provider.payments.fetch_checkout(hint["checkout"])
        answers.append(take_checkout(provider, checkout))
    elif hint["payment"] is not None:
        payment = provider.payments.fetch_payment(hint["payment"])
        answers.append(take_payment(provider, payment))
    if hint["object_kind"] == "dispute":
        answers.append(take_dispute(provider, provider.payments.fetch_dispute(hint["object"])))
    if hint["object_kind"] == "payout":
        take_payout(provider, provider.payments.fetch_payout(hint["object"]))
    if hint["object_kind"] == "refund":
        answers.append(take_refund(provider, provider.payments.fetch_refund(hint["object"])))
    return answers


def _tells_of_money(claim: Claim) -> bool:
    return str(claim.payload["kind"]) in (
        "payment_intent.succeeded",
        "checkout.session.completed",
        "charge.succeeded",
    )


def _alarm(claim: Claim, said: str) -> None:
    with transaction() as session:
        park(session, claim.id, said)
        record_act(
            session,
            actor="worker",
            action="webhook.unexplained",
            subject=f"outbox:{claim.public_id}",
            kind=claim.payload["kind"],
        )
