"""Award: the court decides on a best bid that does not buy by itself (docs/packs.md, LEC 650, 670).

The decision is written by the court and carried out by the closing process, which alone can open
the buyer's envelope.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.db import transaction
from app.gateways.clock import legal_now
from app.models.bidding import AwardRecord, Outcome, SaleStateRecord
from app.models.cases import AssetRecord, ClaimRecord
from app.models.courts import CourtRecord
from app.models.draft_rows import lock_sale_record, record_about
from app.models.sales import LotRecord, SaleRecord
from auction_engine.rulepacks import sale_pack
from auction_engine.sale.award import Award, AwardAnswer, Facts, award
from auction_engine.sale.kinds import PropertyKind


class AwardRefusal(StrEnum):
    NOT_PENDING = "not_pending"
    DECIDED_ALREADY = "award_decided_already"
    DEBTORS_CHANCE_RUNS = "debtors_chance_runs"
    NO_REASON = "no_reason"


@dataclass(frozen=True, slots=True)
class Pending:
    """A best bid that waits: what the law makes of it, and the facts that this rests on."""

    facts: Facts
    answer: AwardAnswer


def pending_award(session: Session, sale: SaleRecord) -> Pending | None:
    """What the engine says of the best bid; None where there is nothing to decide."""
    outcome = session.get(Outcome, sale.id)
    rules = sale_pack(sale.rules).award
    if outcome is None or outcome.status != "pending_award" or rules is None:
        return None
    facts = _facts(session, sale, outcome)
    return Pending(facts, award(rules, facts))


def decide_award(
    sale: SaleRecord, *, approved: bool, reason: str, by: int
) -> AwardRecord | AwardRefusal:
    """Approve or refuse; approval waits for the end of the debtor's chance."""
    with transaction() as session:
        locked = lock_sale_record(session, sale.id)
        pending = pending_award(session, locked)
        if pending is None:
            return AwardRefusal.NOT_PENDING
        if find_award(session, sale.id) is not None:
            return AwardRefusal.DECIDED_ALREADY
        now = legal_now(session, locked.court_id)
        zone = ZoneInfo(session.get_one(CourtRecord, locked.court_id).timezone)
        until = pending.answer.debtor_until
        if approved and until is not None and now.astimezone(zone).date() <= until:
            return AwardRefusal.DEBTORS_CHANCE_RUNS
        weighed = pending.answer.award is Award.BY_DECISION or not approved
        if weighed and not reason.strip():
            return AwardRefusal.NO_REASON
        record = AwardRecord(
            court_id=locked.court_id,
            sale_id=locked.id,
            decision="approved" if approved else "refused",
            answer=_written(pending.answer),
            price=pending.answer.price,
            reason=reason.strip(),
            decided_by=by,
            decided_at=now,
        )
        session.add(record)
        session.flush()
        record_about(session, locked, f"award.{record.decision}", by, price=record.price)
    return record


def find_award(session: Session, sale_id: int) -> AwardRecord | None:
    return session.scalars(select(AwardRecord).where(AwardRecord.sale_id == sale_id)).one_or_none()


def _facts(session: Session, sale: SaleRecord, outcome: Outcome) -> Facts:
    """The debt is what the court admitted in the case; a home is what the asset says it is."""
    lot = session.get_one(LotRecord, sale.lot_id)
    state = session.get_one(SaleStateRecord, sale.id)
    zone = ZoneInfo(session.get_one(CourtRecord, sale.court_id).timezone)
    debt = session.scalars(
        select(func.coalesce(func.sum(ClaimRecord.admitted_amount), 0)).where(
            ClaimRecord.case_id == lot.case_id, ClaimRecord.state == "admitted"
        )
    ).one()
    assert state.price is not None and sale.reference_price is not None
    return Facts(
        kind=PropertyKind(sale.property_kind),
        value=sale.reference_price,
        price=state.price,
        debt=int(debt),
        is_home=session.get_one(AssetRecord, lot.asset_id).is_living_home,
        bidder_is_creditor=False,
        closed_on=outcome.at.astimezone(zone).date(),
    )


def _written(answer: AwardAnswer) -> dict[str, Any]:
    return {
        key: value.isoformat() if isinstance(value, date) else value
        for key, value in asdict(answer).items()
        if value is not None
    }
