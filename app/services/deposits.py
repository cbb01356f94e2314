"""A bidder's deposit: by card or by bank, confirmed by the provider or the bank, and let go.

The right to bid begins when the platform has confirmed the money and the admission has entered
the sale's journal (RULE-E3, E4). A card's confirmation usually takes seconds; what is confirmed
after the end of the bidding secures nothing and goes straight back (FAULT-F29).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import TextClause, select, text
from sqlalchemy.orm import Session

from app.db import transaction
from app.gateways.clock import legal_now, real_now
from app.gateways.payments.values import MAX_CARD_AMOUNT_MINOR
from app.models.bidding import Arrival, Decision, Outcome, Registration, SaleStateRecord
from app.models.card_rows import Offered, add_offer, find_offer, withdraw_offers
from app.models.courts import CourtRecord
from app.models.deposit_rows import find_or_add_deposit, lock_deposit, owe_deposit_back
from app.models.exclusion_rows import is_excluded
from app.models.journal import enter_arrivals
from app.models.money import CardPayment, Deposit
from app.models.registration_rows import admission_entry, takes_part_elsewhere
from app.services.card_offers import CardOffer, await_offer
from app.services.promises import for_each

_PATIENCE_SECONDS = 4.0


class DepositRefusal(StrEnum):
    """Why a deposit cannot be paid, or not in this way."""

    EXCLUDED = "excluded"
    BIDDING_OVER = "bidding_over"
    PAID_ALREADY = "paid_already"
    NOTHING_DUE = "nothing_due"
    TOO_LARGE_FOR_CARD = "too_large_for_card"
    ONLY_BY_CARD = "only_by_card"
    SAME_PERSON = "same_person"


@dataclass(frozen=True, slots=True)
class BankInstructions:
    """What to write on the transfer. The amount is exact: another one waits for a person."""

    account_name: str
    account_number: str
    account_bank: str
    reference: str
    amount: int
    currency: str


def open_card_deposit(
    registration_id: int,
    offered: Offered,
    *,
    barred_as: Sequence[bytes] = (),
    patience_seconds: float = _PATIENCE_SECONDS,
) -> CardOffer | DepositRefusal:
    """The provider's page on which this deposit is paid; the same page as long as it is open.

    `barred_as` is what the payer's id number comes to under the platform's key: whoever bought
    this lot before and did not pay is turned away here, before any money moves (RULE-J4).
    """
    with transaction() as session:
        registration = session.get_one(Registration, registration_id)
        if registration.deposit_due > MAX_CARD_AMOUNT_MINOR:
            return DepositRefusal.TOO_LARGE_FOR_CARD
        deposit = _payable_deposit(session, registration, "card", barred_as)
        if isinstance(deposit, DepositRefusal):
            return deposit
        standing = find_offer(session, now=real_now(session), deposit_id=deposit.id)
        payment = standing or _wish(session, deposit, offered)
        public_id = payment.public_id
    return await_offer(public_id, patience_seconds)


def choose_bank_deposit(
    registration_id: int, *, barred_as: Sequence[bytes] = ()
) -> BankInstructions | DepositRefusal:
    """Where to transfer the deposit, and under which reference it is recognised."""
    with transaction() as session:
        registration = session.get_one(Registration, registration_id)
        deposit = _payable_deposit(session, registration, "bank", barred_as)
        if isinstance(deposit, DepositRefusal):
            return deposit
        court = session.get_one(CourtRecord, registration.court_id)
        return BankInstructions(
            account_name=court.account_name,
            account_number=court.account_number,
            account_bank=court.account_bank,
            reference=deposit.reference,
            amount=deposit.amount,
            currency=deposit.currency,
        )


def _payable_deposit(
    session: Session, registration: Registration, channel: str, barred_as: Sequence[bytes]
) -> Deposit | DepositRefusal:
    if registration.excluded is not None:
        return DepositRefusal.EXCLUDED
    if barred_as and is_excluded(session, registration.sale_id, barred_as) is not None:
        return DepositRefusal.EXCLUDED
    if registration.deposit_due == 0:
        return DepositRefusal.NOTHING_DUE
    if _is_over(session, registration):
        return DepositRefusal.BIDDING_OVER
    deposit = find_or_add_deposit(session, registration, channel)
    if deposit.state == "held" and deposit.taken_back_at is not None:
        # Paid by card once, so a card can hold it; a transfer would find no deposit to wait for.
        return deposit if channel == "card" else DepositRefusal.ONLY_BY_CARD
    if deposit.state != "awaiting":
        over = deposit.state == "cancelled"
        return DepositRefusal.BIDDING_OVER if over else DepositRefusal.PAID_ALREADY
    if takes_part_elsewhere(session, registration.id):
        return DepositRefusal.SAME_PERSON
    return deposit


def _is_over(session: Session, registration: Registration) -> bool:
    """Until the end, extensions included, a deposit may be paid; a stayed sale has no end yet."""
    state = session.get_one(SaleStateRecord, registration.sale_id)
    if state.withdrawn_at is not None or session.get(Outcome, registration.sale_id) is not None:
        return True
    now = legal_now(session, registration.court_id)
    return state.stayed_from is None and now >= state.closes_at


def _wish(session: Session, deposit: Deposit, offered: Offered) -> CardPayment:
    return add_offer(
        session,
        CardPayment(
            court_id=deposit.court_id,
            registration_id=deposit.registration_id,
            purpose="deposit",
            deposit_id=deposit.id,
            amount=deposit.amount,
            currency=deposit.currency,
        ),
        offered,
        reference=deposit.reference,
    )


# What the worker sweeps up: each is found in the data, done once, and safe to look for again.

_HELD_WITHOUT_ADMISSION = text(
    """
    SELECT d.id FROM deposits d WHERE d.state = 'held' AND NOT EXISTS (
      SELECT FROM arrivals a WHERE a.registration_id = d.registration_id AND a.kind = 'admit')
    LIMIT 100"""
)
_ADMISSION_REFUSED = text(
    """
    SELECT d.id FROM deposits d
    JOIN arrivals a ON a.registration_id = d.registration_id AND a.kind = 'admit'
    JOIN decisions x ON x.arrival_id = a.id AND NOT x.accepted
    WHERE d.state = 'held' LIMIT 100"""
)
_UNPAID_AT_THE_END = text(
    """
    SELECT d.id FROM deposits d JOIN outcomes o ON o.sale_id = d.sale_id
    WHERE d.state = 'awaiting' LIMIT 100"""
)


def admit_the_held() -> int:
    """Journal admissions that were lost on the way: no held deposit stays without one."""
    return for_each(_found(_HELD_WITHOUT_ADMISSION), _admit)


def return_the_refused() -> int:
    """Money that came too late, or from somebody excluded, is owed back at once."""
    return for_each(_found(_ADMISSION_REFUSED), _return_refused)


def cancel_the_unpaid() -> int:
    """After the end nothing is awaited any more; an open offer is withdrawn at the provider."""
    return for_each(_found(_UNPAID_AT_THE_END), _cancel)


def _found(query: TextClause) -> list[int]:
    with transaction() as session:
        return [row.id for row in session.execute(query)]


def _admit(session: Session, deposit_id: int) -> None:
    deposit = lock_deposit(session, deposit_id)
    registration = session.get_one(Registration, deposit.registration_id)
    enter_arrivals(session, [admission_entry(registration)])


def _return_refused(session: Session, deposit_id: int) -> None:
    deposit = lock_deposit(session, deposit_id)
    if deposit.state == "held":
        now = legal_now(session, deposit.court_id)
        reason = session.scalars(
            select(Decision.reason)
            .join(Arrival, Arrival.id == Decision.arrival_id)
            .where(Arrival.registration_id == deposit.registration_id, Arrival.kind == "admit")
        ).one()
        owe_deposit_back(session, deposit, at=now, reason=f"not_admitted_{reason}")


def _cancel(session: Session, deposit_id: int) -> None:
    deposit = lock_deposit(session, deposit_id)
    if deposit.state == "awaiting":
        deposit.state = "cancelled"
        deposit.ended_at = legal_now(session, deposit.court_id)
        withdraw_offers(session, deposit_id=deposit.id)
