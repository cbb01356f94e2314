"""Close a sale: the same drain with the end in view, and all that follows from its outcome.

One transaction. The end is data; whoever runs this only writes it down, twice or late without harm.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.gateways.clock import legal_now
from app.models.bidding import (
    AwardRecord,
    Buyer,
    Outcome,
    Registration,
    SaleStateRecord,
    TranscriptLine,
)
from app.models.confirmation_rows import add_confirmation
from app.models.courts import CourtRecord
from app.models.coverage_rows import hold_place_in_case, stop_what_is_not_needed
from app.models.deposit_rows import owe_deposit_back
from app.models.money import Deposit, Settlement
from app.models.outbox_rows import publish_notice, record_act, tell
from app.models.people import EnvelopeOpening, PersonEnvelope
from app.models.qualification_rows import add_named_buyers
from app.models.references import new_reference
from app.models.sale_rows import (
    lock_sale_state,
    phase_of,
    standing_offers_of,
    to_sale,
    to_terms,
)
from app.models.sales import PublicLot, SaleRecord
from app.services.bidding.drain import drain, public_message
from auction_engine.evidence.transcript import outcome_line
from auction_engine.invariants import ensure
from auction_engine.sale.closing import Outcome as Ended
from auction_engine.sale.closing import Status, outcome, revealed
from auction_engine.sale.offers import Offer
from auction_engine.sale.state import Sale

OpenEnvelope = Callable[[bytes], dict[str, Any]]


def close_if_due(
    session: Session, sale_id: int, open_envelope: OpenEnvelope
) -> dict[str, Any] | None:
    """Close the sale if its end has come; the message for those who watch, or None.

    The caller commits. `open_envelope` reads the winner's sealed identity and nobody else's.
    """
    state = lock_sale_state(session, sale_id)
    if state is None or session.get(Outcome, sale_id) is not None:
        return None
    # Read before the drain: whatever arrives later is later than this.
    now = legal_now(session, state.court_id)
    if state.status != "withdrawn" and (state.stayed_from is not None or now < state.closes_at):
        return None
    record = session.get_one(SaleRecord, sale_id)
    if not hold_place_in_case(session, record, state, now):
        # Another lot of the case ended before this one, and may make its price needless (C10).
        return None
    while drain(session, sale_id).count:
        pass
    offers = standing_offers_of(session, sale_id)
    sale = to_sale(state, to_terms(record))
    shown = revealed(sale, [offer for offer, _registration in offers], now)
    ended = outcome(shown, now)
    if ended is None:
        # What was drained moved the end, or stayed the sale: not today.
        return public_message(record.public_id, state, [])
    _reveal(state, shown, offers)
    _write_outcome(session, state, record, ended)
    _settle(session, state, record, ended, open_envelope, _waiting(state, sale, offers))
    if ended.standing.status is Status.SOLD:
        stop_what_is_not_needed(session, record, sold_at=ended.at, now=now)
    return public_message(record.public_id, state, [])


def carry_out_award(
    session: Session, sale_id: int, open_envelope: OpenEnvelope
) -> dict[str, Any] | None:
    """Do what the court decided on a best bid: it buys, or everybody gets their deposit back."""
    state = lock_sale_state(session, sale_id)
    decided = session.scalars(
        select(AwardRecord).where(AwardRecord.sale_id == sale_id).with_for_update()
    ).one_or_none()
    if state is None or decided is None or decided.carried_out_at is not None:
        return None
    record = session.get_one(SaleRecord, sale_id)
    at = legal_now(session, state.court_id)
    best = state.leader_registration_id if decided.decision == "approved" else None
    state.status = "sold" if best is not None else "unsold"
    waiting: set[int] = set()
    if best is not None:
        waiting = {best} | {
            registration
            for offer, registration in standing_offers_of(session, sale_id)
            if offer.reserve
        }
        _open_winner(session, record, best, at, open_envelope)
    for deposit in _held_deposits(session, sale_id):
        if deposit.registration_id not in waiting:
            owe_deposit_back(session, deposit, at=at, reason="outbid_at_close")
    if best is not None:
        _owe_balance(session, record, best, at, decided.price)
    decided.carried_out_at = at
    session.execute(
        update(PublicLot).where(PublicLot.sale_id == sale_id).values(phase=state.status)
    )
    publish_notice(
        session,
        court_id=record.court_id,
        sale_id=sale_id,
        kind=state.status,
        at=at,
        params={"price": decided.price if best else None, "currency": record.currency},
    )
    return public_message(record.public_id, state, [])


def _reveal(state: SaleStateRecord, shown: Sale, offers: Sequence[tuple[Offer, int]]) -> None:
    """From here on everybody sees what was bid; of an open sale everybody has.

    What was bid in a sale that is withdrawn stays sealed for ever.
    """
    if not state.is_sealed or shown.is_withdrawn:
        return
    state.is_sealed = False
    if shown.leader is None:
        return
    state.leader_code, state.leader_rank = shown.leader.code, shown.leader.priority_rank
    state.price = shown.price
    state.leader_registration_id = next(
        registration for offer, registration in offers if offer.bidder == shown.leader
    )


def _waiting(
    state: SaleStateRecord, sale: Sale, offers: Sequence[tuple[Offer, int]]
) -> frozenset[int]:
    """Whose deposits stay: the best bidder's, and of those who offered to stand in (LEC 652)."""
    if sale.is_withdrawn:
        return frozenset()
    stand_in = {registration for offer, registration in offers if offer.reserve}
    if not sale.terms.rules.course.second_bidder:
        stand_in = set()
    best = {state.leader_registration_id} if state.leader_registration_id else set()
    return frozenset(stand_in | best)


def _write_outcome(
    session: Session, state: SaleStateRecord, record: SaleRecord, ended: Ended
) -> None:
    at, standing = ended.at, ended.standing
    line = outcome_line(state.n + 1, state.head, ended)
    session.add(
        TranscriptLine(
            sale_id=record.id,
            n=line.n,
            prev=line.sealed["prev"],
            hash=line.hash,
            line=line.text,
        )
    )
    state.n, state.head = line.n, line.hash
    state.status = phase_of(standing.status)
    sold = standing.status is Status.SOLD
    session.add(
        Outcome(
            sale_id=record.id,
            court_id=record.court_id,
            status=standing.status.value,
            at=at,
            winner_registration_id=state.leader_registration_id if sold else None,
            winner_code=standing.winner,
            price=standing.price if sold else None,
            extensions=standing.extensions,
            accepted=standing.accepted,
            refused=standing.refused,
            n=line.n,
            head=line.hash,
        )
    )
    record.state = "withdrawn" if standing.status is Status.WITHDRAWN else "ended"
    session.execute(
        update(PublicLot)
        .where(PublicLot.sale_id == record.id)
        .values(phase=state.status, price=state.price, bids=state.accepted)
    )
    publish_notice(
        session,
        court_id=record.court_id,
        sale_id=record.id,
        kind=state.status,
        at=at,
        params={"price": standing.price if sold else None, "currency": record.currency},
    )
    record_act(
        session,
        actor="closer",
        action="sale.closed",
        subject=f"sale:{record.public_id}",
        court_id=record.court_id,
        status=state.status,
        head=line.hash,
    )
    session.flush()


def _settle(
    session: Session,
    state: SaleStateRecord,
    record: SaleRecord,
    ended: Ended,
    open_envelope: OpenEnvelope,
    waiting: frozenset[int],
) -> None:
    at, standing = ended.at, ended.standing
    winner = state.leader_registration_id if standing.status is Status.SOLD else None
    if winner is not None:
        _open_winner(session, record, winner, at, open_envelope)
    for deposit in _held_deposits(session, record.id):
        if deposit.registration_id not in waiting:
            owe_deposit_back(session, deposit, at=at, reason="outbid_at_close")
    if winner is not None:
        ensure(standing.price is not None, "a sold lot has a price")
        _owe_balance(session, record, winner, at, standing.price or 0)
        add_confirmation(session, record)


def _open_winner(
    session: Session,
    record: SaleRecord,
    registration_id: int,
    at: datetime,
    open_envelope: OpenEnvelope,
) -> None:
    """Open the one envelope that the law opens now, and leave a trace of it (RULE-H2, E13)."""
    envelope = session.get_one(PersonEnvelope, registration_id)
    person = open_envelope(envelope.sealed)
    session.add(
        EnvelopeOpening(
            registration_id=registration_id,
            ground="close",
            reference=f"sale:{record.public_id}",
        )
    )
    session.add(
        Buyer(
            sale_id=record.id,
            court_id=record.court_id,
            registration_id=registration_id,
            person_id=int(person["person_id"]),
            name=str(person["name"]),
            confirmed_at=at,
        )
    )
    add_named_buyers(session, sale_id=record.id, court_id=record.court_id, opened=person)


def _held_deposits(session: Session, sale_id: int) -> list[Deposit]:
    return list(
        session.scalars(
            select(Deposit)
            .where(Deposit.sale_id == sale_id, Deposit.state == "held")
            .order_by(Deposit.id)
            .with_for_update()
        )
    )


def _owe_balance(
    session: Session, record: SaleRecord, registration_id: int, at: datetime, price: int
) -> None:
    """Open the settlement: the deposit counts towards the price, once (RULE-H4, INV-M12)."""
    registration = session.get_one(Registration, registration_id)
    deposit = session.scalars(
        select(Deposit).where(Deposit.registration_id == registration_id)
    ).one_or_none()
    counted = min(deposit.amount, price) if deposit is not None else 0
    court = session.get_one(CourtRecord, record.court_id)
    due_at = _end_of_day(at, record.balance_due_days, ZoneInfo(court.timezone))
    settlement = Settlement(
        court_id=record.court_id,
        sale_id=record.id,
        registration_id=registration_id,
        price=price,
        currency=record.currency,
        deposit_applied=counted,
        due_at=due_at,
        reference=new_reference(),
    )
    session.add(settlement)
    session.flush()
    tell(
        session,
        kind="you_bought",
        key=f"you-bought:{record.public_id}",
        at=at,
        params={
            "sale": record.public_id,
            "code": registration.code,
            "price": price,
            "currency": record.currency,
            "balance": price - counted,
            "due_at": due_at.isoformat(),
            "reference": settlement.reference,
        },
        registration_id=registration_id,
        court_id=record.court_id,
        sale_id=record.id,
    )


def _end_of_day(moment: datetime, days: int, zone: ZoneInfo) -> datetime:
    """Midnight at the end of the n-th day after `moment`; the day itself does not count (Q1)."""
    day = moment.astimezone(zone).date() + timedelta(days=days + 1)
    return datetime.combine(day, time.min, zone)
