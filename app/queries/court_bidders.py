"""Who may bid, as the court's pages read it: the list, and after the close the buyer alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from app.models.bidding import BidRecord, Buyer, Outcome
from app.models.cases import Party
from app.models.qualification import (
    BidderDeclaration,
    ExclusionRecord,
    NamedBuyer,
    QualificationCheck,
    QualificationRecord,
)
from app.models.qualification_rows import named_buyers
from app.models.sales import LotRecord, PriorityClaim, SaleRecord
from auction_engine.sale.qualification import Silence, waivers


def find_entry(session: Session, court_id: int, public_id: str) -> ExclusionRecord | None:
    return session.scalars(
        select(ExclusionRecord).filter_by(court_id=court_id, public_id=public_id)
    ).one_or_none()


def find_qualification(
    session: Session, court_id: int, public_id: str
) -> QualificationRecord | None:
    return session.scalars(
        select(QualificationRecord).filter_by(court_id=court_id, public_id=public_id)
    ).one_or_none()


def entries_for(session: Session, sale: SaleRecord) -> Sequence[ExclusionRecord]:
    """The court's list for this lot and for the whole case, newest first."""
    lot = session.get_one(LotRecord, sale.lot_id)
    return session.scalars(
        select(ExclusionRecord)
        .where(
            ExclusionRecord.case_id == lot.case_id,
            or_(ExclusionRecord.lot_id.is_(None), ExclusionRecord.lot_id == lot.id),
        )
        .order_by(ExclusionRecord.state.desc(), ExclusionRecord.id.desc())
    ).all()


@dataclass(frozen=True, slots=True)
class BuyerFile:
    """What the court learns of the buyer, and of nobody else, once bidding is over (RULE-E13)."""

    named: list[NamedBuyer]
    declaration: BidderDeclaration | None
    # The judgment debtor may buy; a debtor under a consumption ban may not buy real property, and
    # that is for the court to look at (RULE-E7).
    is_debtor: bool
    listed: list[ExclusionRecord]
    checks: Sequence[QualificationCheck]


def buyer_file(session: Session, sale: SaleRecord) -> BuyerFile | None:
    buyer = session.get(Buyer, sale.id)
    if buyer is None:
        return None
    named = named_buyers(session, sale.id)
    return BuyerFile(
        named=named,
        declaration=session.get(BidderDeclaration, buyer.registration_id),
        is_debtor=_is_debtor(session, sale, buyer.person_id, [each.name for each in named]),
        listed=_listed(session, sale, [each.person_index for each in named if each.person_index]),
        checks=session.scalars(
            select(QualificationCheck)
            .where(QualificationCheck.sale_id == sale.id)
            .order_by(QualificationCheck.id.desc())
        ).all(),
    )


def silences(session: Session, sale: SaleRecord) -> tuple[Silence, ...] | None:
    """By rank, how many first rights were not used; None before the end (RULE-D7).

    From what everybody sees: bids carry a code and a rank. Which of a rank was silent stays sealed.
    """
    if session.get(Outcome, sale.id) is None:
        return None
    confirmed = session.scalars(
        select(PriorityClaim.rank).where(
            PriorityClaim.sale_id == sale.id, PriorityClaim.state == "confirmed"
        )
    ).all()
    bid = session.execute(
        select(BidRecord.code, func.min(BidRecord.rank))
        .where(BidRecord.sale_id == sale.id, BidRecord.rank.is_not(None))
        .group_by(BidRecord.code)
    ).all()
    ranks = [rank for rank in confirmed if rank is not None]
    return waivers(ranks, [rank for _code, rank in bid if rank in ranks])


def _is_debtor(session: Session, sale: SaleRecord, person_id: int, names: list[str]) -> bool:
    """By account, or by name where the court has not linked the party to one."""
    lot = session.get_one(LotRecord, sale.lot_id)
    found = session.scalars(
        select(Party.id)
        .where(
            Party.case_id == lot.case_id,
            Party.role == "debtor",
            or_(Party.person_id == person_id, Party.name.in_(names)),
        )
        .limit(1)
    ).first()
    return found is not None


def _listed(session: Session, sale: SaleRecord, people: list[bytes]) -> list[ExclusionRecord]:
    """Entries that the buyer matches: made after they registered, or they would not be here."""
    return [
        entry
        for entry in entries_for(session, sale)
        if entry.state == "standing" and entry.person_index in people
    ]
