"""What a bidder's pages read: a sale, one's own registration in it, one's own bids and lots."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Row, exists, func, select
from sqlalchemy.orm import Session

from app.gateways.clock import legal_now
from app.models.bidding import (
    Admission,
    Arrival,
    BidRecord,
    Decision,
    Outcome,
    Registration,
    SaleStateRecord,
    TranscriptLine,
)
from app.models.courts import CourtRecord
from app.models.money import CardPayment, Deposit, Refund, Settlement
from app.models.records import Message
from app.models.sales import PriorityClaim, ProxyRequest, PublicLot, SaleRecord
from auction_engine.rulepacks import sale_pack
from auction_engine.rulepacks.pack import CourseRules, Mechanic

# A page shows so many of the newest bids; the full log is a link away.
_BIDS_ON_A_PAGE = 200


@dataclass(frozen=True, slots=True)
class SaleView:
    """A published sale as it stands at `now`, legal time of its court."""

    terms: SaleRecord
    state: SaleStateRecord
    lot: PublicLot
    court: CourtRecord
    now: datetime

    @property
    def is_sealed(self) -> bool:
        """Whether bids are hidden now: no longer once a sealed sale is over."""
        return self.state.is_sealed


@dataclass(frozen=True, slots=True)
class Place:
    """One's own place in a sale: the registration and what hangs on it."""

    registration: Registration
    deposit: Deposit | None
    is_admitted: bool
    has_bid: bool


def find_sale(session: Session, public_id: str) -> SaleView | None:
    """A sale by its public id; None for a draft and for what does not exist."""
    found = session.execute(
        select(SaleRecord, SaleStateRecord, PublicLot, CourtRecord)
        .join(SaleStateRecord, SaleStateRecord.sale_id == SaleRecord.id)
        .join(PublicLot, PublicLot.sale_id == SaleRecord.id)
        .join(CourtRecord, CourtRecord.id == SaleRecord.court_id)
        .where(SaleRecord.public_id == public_id)
    ).one_or_none()
    if found is None:
        return None
    return SaleView(*found, now=legal_now(session, found[0].court_id))


@dataclass(frozen=True, slots=True)
class FrozenTerms:
    """What a bid is held against; it never changes after publication (INV-A14)."""

    sale_id: int
    court_id: int
    public_id: str
    terms_hash: str
    currency: str
    increment: int
    rules: str

    @property
    def course(self) -> CourseRules:
        return sale_pack(self.rules).course

    @property
    def are_sealed(self) -> bool:
        return self.course.mechanic is Mechanic.SEALED


def find_terms(session: Session, public_id: str) -> FrozenTerms | None:
    found = session.execute(
        select(
            SaleRecord.id,
            SaleRecord.court_id,
            SaleRecord.public_id,
            SaleRecord.announcement_hash,
            SaleRecord.currency,
            SaleRecord.increment,
            SaleRecord.rules,
        ).where(SaleRecord.public_id == public_id, SaleRecord.state != "draft")
    ).one_or_none()
    return FrozenTerms(*found) if found is not None else None


def find_place(session: Session, registration_id: int) -> Place | None:
    found = session.execute(
        select(
            Registration,
            Deposit,
            exists().where(Admission.registration_id == Registration.id),
            exists().where(BidRecord.registration_id == Registration.id),
        )
        .outerjoin(Deposit, Deposit.registration_id == Registration.id)
        .where(Registration.id == registration_id)
    ).one_or_none()
    return Place(*found) if found is not None else None


def newest_bids(session: Session, sale_id: int) -> Sequence[BidRecord]:
    return session.scalars(
        select(BidRecord)
        .where(BidRecord.sale_id == sale_id)
        .order_by(BidRecord.seq.desc())
        .limit(_BIDS_ON_A_PAGE)
    ).all()


def find_outcome(session: Session, sale_id: int) -> Outcome | None:
    return session.get(Outcome, sale_id)


def priority_claim(session: Session, sale_id: int, person_id: int) -> PriorityClaim | None:
    return session.scalars(
        select(PriorityClaim).filter_by(sale_id=sale_id, person_id=person_id)
    ).one_or_none()


def proxy_request(session: Session, sale_id: int, person_id: int) -> ProxyRequest | None:
    return session.scalars(
        select(ProxyRequest).filter_by(sale_id=sale_id, person_id=person_id)
    ).one_or_none()


@dataclass(frozen=True, slots=True)
class Attempt:
    """One's own bid as it arrived, and what became of it."""

    key: uuid.UUID
    amount: int | None
    typed: str | None
    arrived_at: datetime
    decision: Decision | None
    line: TranscriptLine | None


def _attempts(registration_id: int) -> select:
    return (
        select(Arrival, Decision, TranscriptLine)
        .outerjoin(Decision, Decision.arrival_id == Arrival.id)
        .outerjoin(
            TranscriptLine,
            (TranscriptLine.sale_id == Arrival.sale_id) & (TranscriptLine.n == Decision.n),
        )
        .where(Arrival.registration_id == registration_id, Arrival.kind == "bid")
    )


def _as_attempt(row: Row[tuple[Arrival, Decision | None, TranscriptLine | None]]) -> Attempt:
    arrival, decision, line = row
    return Attempt(arrival.key, arrival.amount, arrival.typed, arrival.arrived_at, decision, line)


def find_attempt(session: Session, registration_id: int, key: uuid.UUID) -> Attempt | None:
    """The bid under `key`, if it is this registration's."""
    row = session.execute(_attempts(registration_id).where(Arrival.key == key)).one_or_none()
    return _as_attempt(row) if row is not None else None


def attempts(session: Session, registration_id: int) -> list[Attempt]:
    """All of one's own bids in a sale, accepted and refused, newest first."""
    ordered = _attempts(registration_id).order_by(Arrival.arrived_at.desc(), Arrival.id.desc())
    return [_as_attempt(row) for row in session.execute(ordered)]


@dataclass(frozen=True, slots=True)
class MyLot:
    """A sale in which the person is registered, and how it stands for them."""

    place: Place
    lot: PublicLot
    state: SaleStateRecord
    court: CourtRecord
    outcome: Outcome | None
    settlement: Settlement | None
    terms: SaleRecord
    unread: int


def my_lots(session: Session, registration_ids: Sequence[int]) -> list[MyLot]:
    """Every sale one is registered in: what still runs by its end, then what is over."""
    unread = (
        select(func.count())
        .where(Message.registration_id == Registration.id, Message.read_at.is_(None))
        .scalar_subquery()
    )
    rows = session.execute(
        select(
            Registration,
            Deposit,
            exists().where(Admission.registration_id == Registration.id),
            exists().where(BidRecord.registration_id == Registration.id),
            PublicLot,
            SaleStateRecord,
            CourtRecord,
            Outcome,
            Settlement,
            SaleRecord,
            unread,
        )
        .join(SaleRecord, SaleRecord.id == Registration.sale_id)
        .join(PublicLot, PublicLot.sale_id == Registration.sale_id)
        .join(SaleStateRecord, SaleStateRecord.sale_id == Registration.sale_id)
        .join(CourtRecord, CourtRecord.id == Registration.court_id)
        .outerjoin(Deposit, Deposit.registration_id == Registration.id)
        .outerjoin(Outcome, Outcome.sale_id == Registration.sale_id)
        .outerjoin(Settlement, Settlement.registration_id == Registration.id)
        .where(Registration.id.in_(registration_ids))
        .order_by(Outcome.at.desc().nulls_first(), SaleStateRecord.closes_at)
    ).all()
    return [MyLot(Place(*row[:4]), *row[4:]) for row in rows]


def find_settlement(session: Session, registration_id: int) -> Settlement | None:
    return session.scalars(
        select(Settlement).filter_by(registration_id=registration_id)
    ).one_or_none()


def refunds_of(session: Session, deposit_id: int) -> Sequence[Refund]:
    """What went back of a deposit, or goes back: usually one, never more than was paid."""
    return session.scalars(
        select(Refund).filter_by(deposit_id=deposit_id).order_by(Refund.id)
    ).all()


def all_refunds(session: Session, registration_id: int) -> Sequence[Refund]:
    """What goes back to a bidder, of a deposit or of a card payment.

    Of a transfer towards a price the finance desk alone knows: whose account it was is sealed.
    """
    deposits = select(Deposit.id).where(Deposit.registration_id == registration_id)
    payments = select(CardPayment.id).where(CardPayment.registration_id == registration_id)
    return session.scalars(
        select(Refund)
        .where(Refund.deposit_id.in_(deposits) | Refund.card_payment_id.in_(payments))
        .order_by(Refund.id)
    ).all()


def newest_card_payment(session: Session, registration_id: int, purpose: str) -> CardPayment | None:
    return session.scalars(
        select(CardPayment)
        .filter_by(registration_id=registration_id, purpose=purpose)
        .order_by(CardPayment.id.desc())
        .limit(1)
    ).one_or_none()


def counted_card_payments(session: Session, settlement_id: int) -> Sequence[CardPayment]:
    """What went into a price by card."""
    return session.scalars(
        select(CardPayment)
        .where(CardPayment.settlement_id == settlement_id, CardPayment.counted)
        .order_by(CardPayment.id)
    ).all()


def newest_notice(session: Session, registration_id: int, kind: str) -> Message | None:
    return session.scalars(
        select(Message)
        .filter_by(registration_id=registration_id, kind=kind)
        .order_by(Message.id.desc())
        .limit(1)
    ).one_or_none()


def messages(session: Session) -> list[tuple[Message, PublicLot | None]]:
    """The tenant's inbox, newest first, each with the lot it is about."""
    rows = session.execute(
        select(Message, PublicLot)
        .outerjoin(PublicLot, PublicLot.sale_id == Message.sale_id)
        .order_by(Message.at.desc(), Message.id.desc())
    )
    return [(message, lot) for message, lot in rows]
