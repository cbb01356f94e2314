"""The desk for money without a place: two persons give it one, or it goes back.

The web only writes down what was decided; the worker, who may move money and admit bidders, does
it within a second or two, or says why it cannot be done.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db import transaction
from app.gateways.clock import legal_now
from app.models.bank_rows import Purpose, find_purpose, make_deposit_of_credit
from app.models.court_transfer_rows import are_all_of, book_shares, shares_in
from app.models.courts import Proposal
from app.models.deposit_rows import (
    hold_deposit,
    lock_deposit,
    owe_credit_back,
    owe_payment_back,
)
from app.models.dispute_rows import disputes_behind, make_good, missing
from app.models.money import (
    STATES_WITH_PRICE,
    BankCredit,
    CardPayment,
    Deposit,
    Refund,
    Settlement,
    SuspenseItem,
)
from app.models.open_item_rows import ItemKind, close_item
from app.models.outbox_rows import record_act
from app.models.proposal_rows import add_proposal, lock_proposal, mark_decided, payload_of
from app.models.provider_rows import (
    book_payout,
    find_payout_named,
    holds_this_share,
    is_this_payout,
)
from app.models.reconciliation import Dispute, ProviderPayout
from app.models.refund_rows import payee_of, send_again_by_bank
from app.models.round_rows import lock_taking
from app.models.rounds import Taking
from app.models.settlement_rows import balance_of_price, lock_settlement, receive_balance
from app.models.suspense_rows import ASSIGNMENT, Reason, lock_item, suspense_account
from app.models.taking_rows import (
    find_taking_by_reference,
    is_covered_with,
    receive_transfers,
    why_not_the_difference,
)
from app.services.promises import for_each

# An item that is a payout, or a difference for a taking, names neither a deposit nor a price.
_PAYOUT = "provider_payout"
_TAKING = "taking"


class DeskRefusal(StrEnum):
    """Why money in suspense cannot be dealt with so."""

    NOT_OPEN = "not_open"
    PROPOSED_ALREADY = "proposed_already"
    UNKNOWN_REFERENCE = "unknown_reference"
    OTHER_CURRENCY = "other_currency"
    TOO_LITTLE = "too_little"
    NOT_AWAITED = "not_awaited"
    ONLY_BACK = "only_back"
    SAME_PERSON = "same_person"
    NO_SUCH_PROPOSAL = "no_such_proposal"
    CHANGED_MEANWHILE = "changed_meanwhile"
    NO_ACCOUNT = "no_account"
    NOT_THE_PAYOUT = "not_the_payout"


def propose_assignment(
    court_id: int, item: str, *, reference: str, reason: str, by: int
) -> str | DeskRefusal:
    """Propose that money in suspense belongs to a deposit or a price; the proposal's public id."""
    with transaction() as session:
        row = _find(session, court_id, item)
        if row is None or row.state != "open":
            return DeskRefusal.NOT_OPEN
        purpose = _find_purpose(session, court_id, reference)
        refusal = _why_not(session, row, purpose)
        if refusal is not None or purpose is None:
            return refusal or DeskRefusal.UNKNOWN_REFERENCE
        proposal = add_proposal(
            session,
            kind=ASSIGNMENT,
            subject=f"suspense:{row.public_id}",
            payload={
                "item": row.public_id,
                "amount": row.amount,
                "currency": row.currency,
                "reference": _named(purpose),
            },
            proposed_by=by,
            court_id=court_id,
            reason=reason,
        )
        if proposal is None:
            return DeskRefusal.PROPOSED_ALREADY
        _note(session, row, "suspense.assignment_proposed", by, reference=_named(purpose))
    return proposal


def decide_assignment(
    court_id: int, proposal: str, *, payload_hash: str, approved: bool, reason: str, by: int
) -> SuspenseItem | DeskRefusal:
    """A second person approves what they were shown, or does not; the worker then books it."""
    with transaction() as session:
        found = lock_proposal(session, proposal, frozenset({ASSIGNMENT}), court_id)
        if found is None or found.approved is not None:
            return DeskRefusal.NO_SUCH_PROPOSAL
        if found.proposed_by == by:
            return DeskRefusal.SAME_PERSON
        if found.payload_hash != payload_hash:
            return DeskRefusal.CHANGED_MEANWHILE
        asked = payload_of(found)
        row = _find(session, court_id, asked["item"])
        if row is None or row.state != "open":
            return DeskRefusal.NOT_OPEN
        if approved:
            purpose = _find_purpose(session, court_id, asked["reference"])
            refusal = _why_not(session, row, purpose)
            if refusal is not None or purpose is None:
                return refusal or DeskRefusal.UNKNOWN_REFERENCE
            _hand_over(row, purpose, found)
        mark_decided(session, found, by=by, approved=approved, reason=reason)
        word = "approved" if approved else "refused"
        _note(session, row, f"suspense.assignment_{word}", by)
    return row


def return_money(court_id: int, item: str, *, reason: str, by: int) -> SuspenseItem | DeskRefusal:
    """Send money in suspense back to where it came from; one person may do that."""
    with transaction() as session:
        row = _find(session, court_id, item)
        if row is None or row.state != "open":
            return DeskRefusal.NOT_OPEN
        if row.refund_id is not None and not _has_account(session, row.refund_id):
            return DeskRefusal.NO_ACCOUNT
        row.state = "returning"
        row.last_answer = None
        _note(session, row, "suspense.return_decided", by, reason=reason)
    return row


def settle_decided() -> int:
    """What the desk decided, done; safe to run at any time, and twice."""
    with transaction() as session:
        found = session.scalars(
            select(SuspenseItem.id)
            .where(SuspenseItem.state.in_(("assigning", "returning")))
            .order_by(SuspenseItem.id)
        ).all()
    return for_each(found, _settle)


def _settle(session: Session, item_id: int) -> None:
    item = lock_item(session, item_id)
    now = legal_now(session, item.court_id)
    if item.state == "returning":
        _return(session, item, now)
    elif item.state == "assigning":
        _assign(session, item, now)


def _find(session: Session, court_id: int, public_id: str) -> SuspenseItem | None:
    found = session.scalars(
        select(SuspenseItem.id).filter_by(court_id=court_id, public_id=public_id)
    ).one_or_none()
    return lock_item(session, found) if found is not None else None


def _find_purpose(session: Session, court_id: int, written: str) -> Purpose | None:
    """By our reference; or by the provider's number of a payout whose trace the bank left out."""
    found = find_purpose(session, court_id, written)
    if found is not None:
        return found
    payout = find_payout_named(session, court_id, written)
    return Purpose(payout=payout) if payout is not None else None


def _named(purpose: Purpose) -> str:
    if purpose.payout is not None:
        return purpose.payout.provider_id
    named = purpose.deposit or purpose.settlement or purpose.taking
    assert named is not None
    return str(named.reference)


def _hand_over(item: SuspenseItem, purpose: Purpose, proposal: Proposal) -> None:
    item.state = "assigning"
    item.proposal_id = proposal.id
    item.deposit_id = purpose.deposit.id if purpose.deposit else None
    item.settlement_id = purpose.settlement.id if purpose.settlement else None
    item.by_machine = _PAYOUT if purpose.payout else _TAKING if purpose.taking else None
    item.last_answer = None


def _why_not(session: Session, item: SuspenseItem, purpose: Purpose | None) -> DeskRefusal | None:
    if item.refund_id is not None:
        return DeskRefusal.ONLY_BACK
    if purpose is None:
        return DeskRefusal.UNKNOWN_REFERENCE
    if purpose.payout is not None:
        return _why_not_payout(session, item, purpose.payout)
    if purpose.taking is not None:
        return _why_not_taking(session, item, purpose.taking)
    if purpose.deposit is not None:
        return _why_not_deposit(item, purpose.deposit)
    assert purpose.settlement is not None
    return _why_not_settlement(session, item, purpose.settlement)


def _why_not_payout(
    session: Session, item: SuspenseItem, payout: ProviderPayout
) -> DeskRefusal | None:
    """To the cent and as a whole; of what is other courts' in it each gets its share."""
    if payout.state != "on_its_way":
        return DeskRefusal.NOT_AWAITED
    if item.bank_credit_id is None:
        return DeskRefusal.NOT_THE_PAYOUT
    credit = session.get_one(BankCredit, item.bank_credit_id)
    is_it = is_this_payout(payout, credit) or holds_this_share(payout, credit)
    return None if is_it else DeskRefusal.NOT_THE_PAYOUT


def _why_not_taking(session: Session, item: SuspenseItem, taking: Taking) -> DeskRefusal | None:
    """More than is owed goes back in part; less is enough where short transfers wait beside it."""
    reason = why_not_the_difference(session, taking, item.amount, item.currency)
    if item.bank_credit_id is None or reason in (Reason.NOT_AWAITED, Reason.PAID_TWICE):
        return DeskRefusal.NOT_AWAITED
    if reason is Reason.OTHER_CURRENCY:
        return DeskRefusal.OTHER_CURRENCY
    return None if is_covered_with(session, taking, item) else DeskRefusal.TOO_LITTLE


def _why_not_deposit(item: SuspenseItem, deposit: Deposit) -> DeskRefusal | None:
    if deposit.state != "awaiting":
        return DeskRefusal.NOT_AWAITED
    if item.currency != deposit.currency:
        return DeskRefusal.OTHER_CURRENCY
    return DeskRefusal.TOO_LITTLE if item.amount < deposit.amount else None


def _why_not_settlement(
    session: Session, item: SuspenseItem, settlement: Settlement
) -> DeskRefusal | None:
    if not _is_awaited(settlement) and not _lost(session, settlement):
        return DeskRefusal.NOT_AWAITED
    return DeskRefusal.OTHER_CURRENCY if item.currency != settlement.currency else None


def _is_awaited(settlement: Settlement) -> bool:
    return settlement.state == "awaiting_balance" and balance_of_price(settlement) > 0


def _lost(session: Session, settlement: Settlement) -> list[Dispute]:
    """The disputes that took part of this price for good: its buyer owes that once more."""
    if settlement.state not in STATES_WITH_PRICE:
        return []
    behind = disputes_behind(session, settlement.sale_id)
    return [dispute for dispute in behind if dispute.state == "lost"]


def _assign(session: Session, item: SuspenseItem, now: datetime) -> None:
    """The purpose is looked at once more: since the approval it may have been paid otherwise."""
    if item.by_machine == _PAYOUT:
        _assign_payout(session, item, now)
        return
    if item.by_machine == _TAKING:
        _assign_taking(session, item, now)
        return
    purpose = Purpose(
        deposit=lock_deposit(session, item.deposit_id) if item.deposit_id else None,
        settlement=lock_settlement(session, item.settlement_id) if item.settlement_id else None,
    )
    refusal = _why_not(session, item, purpose)
    if refusal is not None:
        item.state, item.last_answer = "open", refusal.value
        return
    used = _use_for_deposit(session, item, purpose.deposit, now) if purpose.deposit else None
    if purpose.settlement is not None:
        used = _use_for_price(session, item, purpose.settlement, now)
    assert used is not None
    if used < item.amount:
        _send_back(session, item, item.amount - used, now, reason="more_than_asked")
    item.state, item.ended_at = "assigned", now


def _assign_payout(session: Session, item: SuspenseItem, now: datetime) -> None:
    asked = payload_of(session.get_one(Proposal, item.proposal_id))
    payout = find_payout_named(session, item.court_id, asked["reference"], lock=True)
    assert payout is not None
    refusal = _why_not_payout(session, item, payout) or _book_payout(session, item, payout, now)
    if refusal is not None:
        item.by_machine = None
        item.state, item.last_answer = "open", refusal.value
        return
    item.state, item.ended_at = "assigned", now


def _assign_taking(session: Session, item: SuspenseItem, now: datetime) -> None:
    asked = payload_of(session.get_one(Proposal, item.proposal_id))
    found = find_taking_by_reference(session, item.court_id, asked["reference"])
    assert found is not None
    taking = lock_taking(session, found.id)
    refusal = _why_not_taking(session, item, taking)
    if refusal is not None:
        item.by_machine = None
        item.state, item.last_answer = "open", refusal.value
        return
    receive_transfers(session, taking, item, now)


def _book_payout(
    session: Session, item: SuspenseItem, payout: ProviderPayout, now: datetime
) -> DeskRefusal | None:
    credit, debit = session.get_one(BankCredit, item.bank_credit_id), suspense_account(item)
    if payout.is_whole:
        book_payout(session, payout, credit, now, debit=debit)
        return None
    shares = shares_in(session, payout.provider_id)
    if not are_all_of(shares, credit):
        # Part of it is nobody's that we know of: the operator has to find out whose.
        return DeskRefusal.NOT_THE_PAYOUT
    book_shares(session, shares, credit, now, debit=debit)
    return None


def _use_for_deposit(session: Session, item: SuspenseItem, deposit: Deposit, now: datetime) -> int:
    debit = suspense_account(item)
    if item.bank_credit_id is not None:
        credit = session.get_one(BankCredit, item.bank_credit_id)
        credit.state, credit.deposit_id = "matched", deposit.id
        make_deposit_of_credit(session, deposit, credit, debit=debit, at=now)
    else:
        payment = session.get_one(CardPayment, item.card_payment_id)
        payment.counted, payment.deposit_id = True, deposit.id
        hold_deposit(session, deposit, channel="card", at=now, debit=debit)
    return deposit.amount


def _use_for_price(
    session: Session, item: SuspenseItem, settlement: Settlement, now: datetime
) -> int:
    if item.bank_credit_id is not None:
        credit = session.get_one(BankCredit, item.bank_credit_id)
        credit.state, credit.settlement_id = "matched", settlement.id
    else:
        payment = session.get_one(CardPayment, item.card_payment_id)
        payment.counted, payment.settlement_id = True, settlement.id
    if not _is_awaited(settlement):
        return _fill_holes(session, item, settlement, now)
    used = min(item.amount, balance_of_price(settlement))
    receive_balance(
        session,
        settlement,
        amount=used,
        debit=suspense_account(item),
        key=f"balance-from-suspense:{item.public_id}",
        at=now,
    )
    return used


def _fill_holes(session: Session, item: SuspenseItem, settlement: Settlement, now: datetime) -> int:
    """The price was paid, and taken back in part: this money takes that part's place."""
    left = item.amount
    for dispute in _lost(session, settlement):
        left -= make_good(
            session,
            dispute,
            debit=suspense_account(item),
            key=f"dispute-made-good:{dispute.public_id}:{item.public_id}",
            most=left,
            at=now,
        )
        if missing(session, dispute) == 0:
            subject = f"dispute:{dispute.public_id}"
            close_item(session, ItemKind.DISPUTE_LOST, subject, at=now, how="done")
    return item.amount - left


def _return(session: Session, item: SuspenseItem, now: datetime) -> None:
    if item.refund_id is not None:
        refund = session.get_one(Refund, item.refund_id, with_for_update=True)
        send_again_by_bank(session, refund, item, now)
    else:
        _send_back(session, item, item.amount, now, reason="not_ours_to_keep")
    item.state, item.ended_at = "returned", now


def _send_back(
    session: Session, item: SuspenseItem, amount: int, now: datetime, *, reason: str
) -> None:
    if item.bank_credit_id is not None:
        credit = session.get_one(BankCredit, item.bank_credit_id)
        if credit.state == "suspense":
            credit.state = "returned"
        owe_credit_back(
            session, credit, amount=amount, debit=suspense_account(item), at=now, reason=reason
        )
        return
    owe_payment_back(
        session,
        session.get_one(CardPayment, item.card_payment_id),
        amount=amount,
        currency=item.currency,
        debit=suspense_account(item),
        at=now,
        reason=reason,
    )


def _has_account(session: Session, refund_id: int) -> bool:
    """Whether somebody has said where a refund that came back may go."""
    refund = session.get_one(Refund, refund_id)
    if refund.bank_credit_id is not None:
        return False
    payee = payee_of(session, refund)
    return (
        session.scalars(
            select(Deposit.sealed_origin).where(Deposit.registration_id == payee)
        ).one_or_none()
        is not None
    )


def _note(session: Session, item: SuspenseItem, action: str, by: int, **details: object) -> None:
    record_act(
        session,
        actor="court",
        action=action,
        subject=f"suspense:{item.public_id}",
        court_id=item.court_id,
        person_id=by,
        **details,
    )
