"""Shares that need an authority's approval: the buyer has it, or the sale ends (RULE-I8, EQ 15).

Without the approval there is no ruling. A buyer who is refused it, or does not get it in a
reasonable time, gets deposit and price back, stays out of the lot, and the round is held again. A
buyer who knew that they were unfit and does not pay defaults like anybody else (RULE-J1).
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db import transaction
from app.gateways.clock import legal_now
from app.models.draft_rows import lock_sale_record, record_about
from app.models.exclusion_rows import exclude_buyers
from app.models.give_back_rows import give_back
from app.models.money import Settlement
from app.models.outbox_rows import publish_notice, record_act, tell
from app.models.round_rows import add_round_act, asset_of, lacks_approval
from app.models.rounds import RoundAct
from app.models.sales import SaleRecord
from app.models.settlement_rows import lock_settlement
from app.services.promises import for_each
from app.services.rounds import RoundRefusal
from auction_engine.sale.exclusion import Ground

REASON = "not_approved"


class WhyNotApproved(StrEnum):
    REFUSED = "approval_refused"
    NOT_IN_TIME = "approval_not_in_time"


def record_approval(sale: SaleRecord, *, note: str, by: int) -> RoundAct | RoundRefusal:
    """The buyer of shares has the approval that they need; now there may be a ruling."""
    if not note.strip():
        return RoundRefusal.NO_NOTE
    with transaction() as session:
        locked = lock_sale_record(session, sale.id)
        if not lacks_approval(session, locked.id):
            return RoundRefusal.NO_APPROVAL_NEEDED
        act = _act(session, locked, "approved", "approved", note, by)
        record_about(session, locked, "buyer.approved", by)
    return act


def end_without_approval(
    sale: SaleRecord, why: WhyNotApproved, *, note: str, by: int
) -> RoundAct | RoundRefusal:
    """The buyer is not approved: the sale ends with this reason, and the same round may follow."""
    if not note.strip():
        return RoundRefusal.NO_NOTE
    with transaction() as session:
        locked = lock_sale_record(session, sale.id)
        settlement = _lock_settlement_of(session, locked)
        if settlement is None or not lacks_approval(session, locked.id):
            return RoundRefusal.NO_APPROVAL_NEEDED
        if settlement.state not in ("awaiting_balance", "paid"):
            return RoundRefusal.RULED_ALREADY
        act = _act(session, locked, "not_approved", why.value, note, by)
        settlement.state = "not_approved"
        exclude_buyers(session, locked.id, at=act.decided_at, by=by, ground=Ground.NOT_APPROVED)
        _announce(session, locked, settlement, act)
        record_about(session, locked, "buyer.not_approved", by, why=why.value)
    return act


def return_money() -> int:
    """Send back what buyers paid who were not approved; safe to run at any time, and twice."""
    with transaction() as session:
        found = session.scalars(
            select(Settlement.id).where(
                Settlement.state == "not_approved", Settlement.money_back_at.is_(None)
            )
        ).all()
    return for_each(found, _return)


def _return(session: Session, settlement_id: int) -> None:
    settlement = lock_settlement(session, settlement_id)
    if settlement.state != "not_approved" or settlement.money_back_at is not None:
        return
    sale = session.get_one(SaleRecord, settlement.sale_id)
    now = legal_now(session, settlement.court_id)
    purse = give_back(session, settlement, sale, at=now, reason=REASON)
    settlement.money_back_at = now
    record_act(
        session,
        actor="worker",
        action="buyer.money_returned",
        subject=f"sale:{sale.public_id}",
        court_id=sale.court_id,
        returned=purse.returned,
        to_call_back=purse.to_call_back,
    )


def _lock_settlement_of(session: Session, sale: SaleRecord) -> Settlement | None:
    return session.scalars(
        select(Settlement).where(Settlement.sale_id == sale.id).with_for_update()
    ).one_or_none()


def _act(
    session: Session, sale: SaleRecord, kind: str, reason: str, note: str, by: int
) -> RoundAct:
    return add_round_act(
        session,
        asset_of(session, sale),
        kind=kind,
        reason=reason,
        note=note,
        by=by,
        at=legal_now(session, sale.court_id),
        sale=sale,
    )


def _announce(session: Session, sale: SaleRecord, settlement: Settlement, act: RoundAct) -> None:
    params: dict[str, object] = {"sale": sale.public_id}
    at: datetime = act.decided_at
    publish_notice(
        session,
        court_id=sale.court_id,
        sale_id=sale.id,
        kind="buyer_not_approved",
        at=at,
        params=params,
    )
    tell(
        session,
        kind="buyer_not_approved",
        key=f"buyer-not-approved:{act.public_id}",
        at=at,
        params={**params, "why": act.reason, "reason": act.note},
        registration_id=settlement.registration_id,
        court_id=sale.court_id,
        sale_id=sale.id,
    )
