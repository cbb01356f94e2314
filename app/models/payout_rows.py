"""Payouts to creditors and debtors on their way: ordered in a file, confirmed by the bank."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models.cases import Party
from app.models.ledger_rows import Account, post_entry, transfer
from app.models.outbox_rows import record_act, tell
from app.models.plans import Payout, Plan


def lock_payout(session: Session, court_id: int, reference: str) -> Payout | None:
    """The payout that a payment file or the bank names; `reference` is its end-to-end id."""
    return session.scalars(
        select(Payout)
        .where(Payout.court_id == court_id, Payout.reference == reference)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()


def mark_paid(session: Session, reference: str, bank_reference: str, at: datetime) -> bool:
    """The bank's debit notice confirms a payout: booked once; False where it is known already."""
    payout = session.scalars(
        select(Payout).where(Payout.reference == reference).with_for_update()
    ).one()
    if payout.state == "paid":
        return False
    if payout.state == "failed":
        payout.state = "due"
        session.flush()
    if payout.state == "due":
        # Paid by hand under the same reference: it went without a file of ours.
        payout.state = "sent"
        session.flush()
    payout.state = "paid"
    payout.bank_reference = bank_reference
    payout.paid_at = at
    post_entry(
        session,
        court_id=payout.court_id,
        key=f"payout-paid:{payout.public_id}:{bank_reference}"[:120],
        memo=f"payout {payout.public_id} paid",
        currency=payout.currency,
        at=at,
        postings=transfer(Account("payable", payout.public_id), Account("bank"), payout.amount),
    )
    _tell_payee(session, payout, "payout_paid", at)
    return True


def mark_returned(session: Session, payout: Payout, credit: str, at: datetime) -> None:
    """The payee's bank sent it back: it is owed again, and somebody has to find out why."""
    post_entry(
        session,
        court_id=payout.court_id,
        key=f"payout-returned:{payout.public_id}:{credit}"[:120],
        memo=f"payout {payout.public_id} came back",
        currency=payout.currency,
        at=at,
        postings=transfer(Account("bank"), Account("payable", payout.public_id), payout.amount),
    )
    payout.state = "failed"
    payout.paid_at = None
    payout.bank_reference = None
    record_act(
        session,
        actor="worker",
        action="payout.returned",
        subject=f"payout:{payout.public_id}",
        court_id=payout.court_id,
    )
    _tell_payee(session, payout, "payout_returned", at)


def _tell_payee(session: Session, payout: Payout, kind: str, at: datetime) -> None:
    party = session.get(Party, payout.party_id) if payout.party_id is not None else None
    if party is None or party.person_id is None:
        return
    plan = session.get_one(Plan, payout.plan_id)
    tell(
        session,
        kind=kind,
        key=f"{kind}:{payout.public_id}:{payout.reference}",
        at=at,
        params={
            "plan": plan.public_id,
            "amount": payout.amount,
            "currency": payout.currency,
            "reference": payout.reference,
        },
        person_id=party.person_id,
        court_id=payout.court_id,
        sale_id=plan.sale_id,
    )
