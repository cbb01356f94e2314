"""Suspending a running sale, letting it go on, taking it back (RULE-L1 to L6).

The act itself goes through the journal of the sale, in order with the bids (`bidding.acts`). This
adds what the court owes to those who wait: the same notice to every depositor at the same moment.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy.orm import Session

from app.db import transaction
from app.gateways.clock import legal_now
from app.models.act_rows import announced_resumption, tell_of_act, untold_acts
from app.models.bidding import SaleStateRecord
from app.models.depositor_rows import tell_depositors
from app.models.draft_rows import record_about
from app.models.outbox_rows import publish_notice
from app.models.records import PublicNotice
from app.models.sale_rows import to_sale, to_terms
from app.models.sales import PublicLot, SaleRecord
from app.models.stop_rows import Standstill, standstill
from app.services.bidding import acts, told_acts
from app.services.bidding.acts import ActAnswer
from app.services.bidding.desk import Desk
from app.services.promises import for_each
from auction_engine.sale.events import Resume
from auction_engine.sale.stays import OutOfPlace, resume
from auction_engine.sale.stopping import Ground


class StayRefusal(StrEnum):
    NOT_SUSPENDED = "not_suspended"
    NOT_ANNOUNCED = "not_announced"
    BEFORE_ANNOUNCED_TIME = "before_announced_time"
    IN_THE_PAST = "in_the_past"
    TOO_LITTLE_TIME = "too_little_time"
    BANKRUPTCY = Standstill.BANKRUPTCY
    THIRD_PARTY = Standstill.THIRD_PARTY


@dataclass(frozen=True, slots=True)
class Announced:
    resumes_at: datetime
    closes_at: datetime


def suspend_sale(
    desk: Desk, sale: SaleRecord, *, reason: str, key: uuid.UUID, by: int
) -> ActAnswer:
    """Stay a sale now. `reason` is public at once and for ever, and names nobody."""
    return told_acts.suspend(desk, sale.id, reason=reason, key=key, by=by)


def announce_resumption(
    sale: SaleRecord, *, resumes_at: datetime, closes_at: datetime | None, by: int
) -> Announced | StayRefusal:
    """Say when bidding goes on and when it then ends, before it does (RULE-L5).

    Without `closes_at` the end is the time that was left, at least five minutes.
    """
    with transaction() as session:
        state = _state(session, sale.id)
        if state is None or state.stayed_from is None or state.withdrawn_at is not None:
            return StayRefusal.NOT_SUSPENDED
        now = legal_now(session, state.court_id)
        # A clerk writes whole minutes: "now" lies up to a minute back.
        if resumes_at < now - timedelta(minutes=1):
            return StayRefusal.IN_THE_PAST
        record = session.get_one(SaleRecord, sale.id)
        # Judged at the moment at which bidding is to go on: a period may end before it.
        held = standstill(session, record, max(resumes_at, now))
        if held is not None:
            return StayRefusal(held)
        resumed = resume(to_sale(state, to_terms(record)), Resume(max(resumes_at, now), closes_at))
        if isinstance(resumed, OutOfPlace):
            return StayRefusal.TOO_LITTLE_TIME
        announced = Announced(resumes_at, resumed.closes_at)
        _publish_resumption(session, record, announced, now, by)
    return announced


def resume_sale(
    desk: Desk, sale: SaleRecord, *, key: uuid.UUID, by: int
) -> ActAnswer | StayRefusal:
    """Let bidding go on as it was announced: not before that moment, and to that end."""
    sale_id = sale.id
    with transaction() as session:
        announced = _announced(session, sale_id)
    if isinstance(announced, StayRefusal):
        return announced
    answer = acts.resume(desk, sale_id, closes_at=announced.closes_at, key=key)
    told_acts.follow_up(sale_id, "resume", answer, key, by)
    return answer


def withdraw_sale(
    desk: Desk, sale: SaleRecord, *, ground: Ground, reason: str, key: uuid.UUID, by: int
) -> ActAnswer:
    """Take a sale back for good on a legal ground; deposits go back as after every end (L6)."""
    return told_acts.withdraw(desk, sale.id, ground=ground, reason=reason, key=key, by=by)


def tell_of_acts() -> int:
    """For the scheduler: whoever was not told of an act is told now, without harm if all were.

    A stay by the platform itself is told here, and so is one whose web process died right after.
    """
    with transaction() as session:
        notices = [notice.id for notice in untold_acts(session)]
    return for_each(notices, _tell_of_notice)


def _tell_of_notice(session: Session, number: int) -> None:
    tell_of_act(session, session.get_one(PublicNotice, number))


def _state(session: Session, sale_id: int) -> SaleStateRecord | None:
    """Read only: the drain alone writes here, and the journal decides again when it resumes."""
    return session.get(SaleStateRecord, sale_id, populate_existing=True)


def _announced(session: Session, sale_id: int) -> Announced | StayRefusal:
    state = _state(session, sale_id)
    record = session.get_one(SaleRecord, sale_id)
    if state is None or state.stayed_from is None:
        return StayRefusal.NOT_SUSPENDED
    notice = announced_resumption(session, sale_id, state.stayed_from)
    if notice is None:
        return StayRefusal.NOT_ANNOUNCED
    announced = Announced(
        datetime.fromisoformat(str(notice.params["resumes_at"])),
        datetime.fromisoformat(str(notice.params["closes_at"])),
    )
    now = legal_now(session, record.court_id)
    if now < announced.resumes_at:
        return StayRefusal.BEFORE_ANNOUNCED_TIME
    held = standstill(session, record, now)
    return StayRefusal(held) if held is not None else announced


def _publish_resumption(
    session: Session, sale: SaleRecord, announced: Announced, now: datetime, by: int
) -> None:
    lot = session.get_one(PublicLot, sale.id)
    params = {
        "sale": sale.public_id,
        "title": lot.title,
        "title_zh": lot.title_zh,
        "resumes_at": announced.resumes_at.isoformat(),
        "closes_at": announced.closes_at.isoformat(),
    }
    publish_notice(
        session,
        court_id=sale.court_id,
        sale_id=sale.id,
        kind="resumption_announced",
        at=now,
        params=params,
    )
    tell_depositors(
        session,
        court_id=sale.court_id,
        sale_id=sale.id,
        kind="sale_resumption_announced",
        key=f"resumption:{sale.public_id}:{now.isoformat()}",
        at=now,
        params=params,
    )
    record_about(
        session,
        sale,
        "sale.resumption_announced",
        by,
        resumes_at=params["resumes_at"],
        closes_at=params["closes_at"],
    )
