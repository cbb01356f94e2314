"""How a round ended and what may follow it, read from its rows; acts and takings, written there."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.models.bidding import Outcome
from app.models.calendar_rows import calendar_of, reads_strictly
from app.models.cases import AssetRecord
from app.models.courts import CourtRecord
from app.models.money import Settlement
from app.models.qualification import EquityTerms
from app.models.records import DocumentRecord
from app.models.rounds import InKindInquiry, RoundAct, Taking
from app.models.sales import LotRecord, SaleRecord
from auction_engine.rulepacks import sale_pack
from auction_engine.sale.calendar import day_of
from auction_engine.sale.kinds import PropertyKind, Round
from auction_engine.sale.rounds import (
    Before,
    DayBound,
    End,
    Following,
    day_bounds,
    following,
)

_SETTLED_BADLY = {
    "defaulted": End.DEFAULTED,
    "not_approved": End.NOT_APPROVED,
    "revoked": End.REVOKED,
}


def end_of(session: Session, sale: SaleRecord) -> End | None:
    """How a round ended, where something may follow; `end_of_sale` of migration 0010 says alike."""
    ended = session.get(Outcome, sale.id)
    if ended is None:
        return None
    if ended.status == "withdrawn":
        return End.WITHDRAWN
    if ended.status == "unsold":
        taking = find_taking(session, sale.id)
        if taking is None:
            return End.FAILED
        return End.TAKER_DEFAULTED if taking.state == "defaulted" else None
    state = session.scalars(
        select(Settlement.state).where(Settlement.sale_id == sale.id)
    ).one_or_none()
    return _SETTLED_BADLY.get(state or "")


def possible_rounds(session: Session, sale: SaleRecord) -> tuple[Following, ...]:
    """What the table lets follow `sale`; nothing while creditors are being asked (RULE-K6)."""
    end = end_of(session, sale)
    if end is None or (end is End.FAILED and is_being_asked(session, sale.id)):
        return ()
    return following(Round(sale.round), end)


def bounds_of(
    session: Session, sale: SaleRecord, found: Following, now: datetime
) -> tuple[DayBound, ...]:
    """The first and last days of a round that follows `sale`, were it announced now."""
    pack = sale_pack(sale.rules)
    rules = pack.staged
    ended = session.get_one(Outcome, sale.id)
    return day_bounds(
        rules,
        found,
        PropertyKind(sale.property_kind),
        announced_on=day_of(now, rules.utc_offset),
        before=Before(
            day_of(ended.at, rules.utc_offset),
            sale.reference_price_valid_until,
            calendar_of(session, sale.court_id),
        ),
        strict=reads_strictly(session.get_one(CourtRecord, sale.court_id), pack),
    )


def day_at_court(sale: SaleRecord, moment: datetime) -> date:
    return day_of(moment, sale_pack(sale.rules).staged.utc_offset)


def is_being_asked(session: Session, sale_id: int) -> bool:
    inquiry = find_inquiry(session, sale_id)
    return inquiry is not None and inquiry.state in ("asked", "ordered")


def find_inquiry(session: Session, sale_id: int) -> InKindInquiry | None:
    return session.scalars(
        select(InKindInquiry).where(InKindInquiry.sale_id == sale_id)
    ).one_or_none()


def lock_inquiry(session: Session, inquiry_id: int) -> InKindInquiry:
    return session.scalars(
        select(InKindInquiry)
        .where(InKindInquiry.id == inquiry_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def find_taking(session: Session, sale_id: int) -> Taking | None:
    return session.scalars(select(Taking).where(Taking.sale_id == sale_id)).one_or_none()


def lock_taking(session: Session, taking_id: int) -> Taking:
    return session.scalars(
        select(Taking)
        .where(Taking.id == taking_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def asset_of(session: Session, sale: SaleRecord) -> AssetRecord:
    return session.get_one(AssetRecord, session.get_one(LotRecord, sale.lot_id).asset_id)


def add_round_act(
    session: Session,
    asset: AssetRecord,
    *,
    kind: str,
    reason: str,
    note: str,
    by: int,
    at: datetime,
    sale: SaleRecord | None = None,
    to_round: Round | None = None,
    facts: dict[str, Any] | None = None,
) -> RoundAct:
    """Write down what was decided and why; it is never written again."""
    act = RoundAct(
        court_id=asset.court_id,
        case_id=asset.case_id,
        asset_id=asset.id,
        sale_id=sale.id if sale is not None else None,
        kind=kind,
        round=to_round.value if to_round is not None else None,
        reason=reason,
        note=note.strip(),
        facts=facts or {},
        decided_by=by,
        decided_at=at,
    )
    session.add(act)
    session.flush()
    return act


def acts_after(session: Session, sale_id: int) -> Sequence[RoundAct]:
    return session.scalars(
        select(RoundAct).where(RoundAct.sale_id == sale_id).order_by(RoundAct.id)
    ).all()


def acts_on(session: Session, asset_id: int, *kinds: str) -> Sequence[RoundAct]:
    return session.scalars(
        select(RoundAct)
        .where(RoundAct.asset_id == asset_id, RoundAct.kind.in_(kinds))
        .order_by(RoundAct.id)
    ).all()


def decided_directly(session: Session, sale: SaleRecord, asset_id: int) -> RoundAct | None:
    """The decision behind a sell-off that follows no auction, also where it is held again because
    its buyer did not pay (RULE-K14)."""
    first = sale
    while first.round == Round.SELL_OFF and first.previous_sale_id is not None:
        first = session.get_one(SaleRecord, first.previous_sale_id)
    if first.round != Round.SELL_OFF:
        return None
    return next(reversed(acts_on(session, asset_id, "direct_sell_off")), None)


def is_returned(session: Session, sale: SaleRecord) -> bool:
    return any(act.kind == "returned" for act in acts_after(session, sale.id))


def lacks_approval(session: Session, sale_id: int) -> bool:
    """Whether shares were sold that need an approval of which nothing is on the record yet
    (RULE-I8). Where it was refused, the sale has ended and there is nothing to rule on."""
    terms = session.get(EquityTerms, sale_id)
    if terms is None or not terms.approvals.strip():
        return False
    said = ("approved", "not_approved")
    return not any(act.kind in said for act in acts_after(session, sale_id))


def is_followed(session: Session, sale: SaleRecord) -> bool:
    """Whether the lot has a later round, drafted or held."""
    return (
        session.scalars(
            select(func.count())
            .select_from(SaleRecord)
            .where(SaleRecord.lot_id == sale.lot_id, SaleRecord.number > sale.number)
        ).one()
        > 0
    )


def taking_of_document(session: Session, document: DocumentRecord) -> Taking | None:
    """The taking that a ruling in kind is about, locked."""
    if document.kind != "in_kind_ruling" or document.sale_id is None:
        return None
    found = find_taking(session, document.sale_id)
    return lock_taking(session, found.id) if found is not None else None
