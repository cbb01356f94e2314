"""What a court states before it publishes, and the applicant whom nothing would be left for."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from app.db import transaction
from app.gateways.clock import legal_now
from app.models.calendar_rows import calendar_of
from app.models.cases import AssetRecord, Party
from app.models.checklist_statements import answer_by, surplus_facts
from app.models.draft_rows import (
    DraftHeld,
    case_of,
    lock_sale_record,
    reason_not_to_change,
    record_about,
)
from app.models.outbox_rows import record_act, tell
from app.models.sales import LotRecord, SaleRecord
from app.models.statements import AssetStatement, SurplusNotice


class SurplusRefusal(StrEnum):
    """Why the applicant is not told, or their request not taken."""

    SOMETHING_LEFT = "something_left"
    TOLD_ALREADY = "told_already"
    NOT_TOLD = "not_told"
    REQUESTED_ALREADY = "requested_already"
    BEFORE_NOTICE = "before_notice"
    IN_THE_FUTURE = "in_the_future"
    TOO_LATE = "too_late"


def state_reason(asset: AssetRecord, kind: str, *, reason: str, by: int) -> None:
    """Write down why just this is sold: together, or so much of it (RULE-C9, C11)."""
    with transaction() as session:
        values = {"reason": reason, "stated_by": by}
        session.execute(
            upsert(AssetStatement)
            .values(court_id=asset.court_id, asset_id=asset.id, kind=kind, **values)
            .on_conflict_do_update(index_elements=["asset_id", "kind"], set_=values)
        )
        record_act(
            session,
            actor="court",
            action="asset.reason_stated",
            subject=f"asset:{asset.public_id}",
            court_id=asset.court_id,
            person_id=by,
            kind=kind,
            reason=reason,
        )


def tell_of_no_surplus(sale: SaleRecord, *, by: int) -> SurplusNotice | SurplusRefusal | DraftHeld:
    """Tell the applicant that this reserve leaves nothing for them; five days run (RULE-C6)."""
    with transaction() as session:
        locked = lock_sale_record(session, sale.id)
        refusal = reason_not_to_change(session, locked)
        if refusal is not None:
            return refusal
        if session.get(SurplusNotice, locked.id) is not None:
            return SurplusRefusal.TOLD_ALREADY
        now = legal_now(session, locked.court_id)
        facts = surplus_facts(session, locked, now)
        if not facts.leaves_nothing:
            return SurplusRefusal.SOMETHING_LEFT
        notice = SurplusNotice(
            sale_id=locked.id,
            court_id=locked.court_id,
            starting_price=locked.starting_price,
            before=facts.before,
            told_at=now,
            told_by=by,
            answer_by=answer_by(facts.today, calendar_of(session, locked.court_id)).on,
        )
        session.add(notice)
        _tell_applicants(session, locked, notice, now)
        record_about(session, locked, "applicant.told_of_no_surplus", by, before=facts.before)
    return notice


def record_request(
    sale: SaleRecord, on: date, *, by: int
) -> SurplusNotice | SurplusRefusal | DraftHeld:
    """Record that the applicant asked for the sale all the same, in time (RULE-C6)."""
    with transaction() as session:
        locked = lock_sale_record(session, sale.id)
        refusal = reason_not_to_change(session, locked)
        if refusal is not None:
            return refusal
        notice = session.get(SurplusNotice, locked.id)
        if notice is None:
            return SurplusRefusal.NOT_TOLD
        against = _reason_against(session, locked, notice, on)
        if against is not None:
            return against
        notice.requested_on, notice.recorded_by = on, by
        record_about(session, locked, "applicant.asked_for_sale", by, on=on.isoformat())
    return notice


def _reason_against(
    session: Session, sale: SaleRecord, notice: SurplusNotice, on: date
) -> SurplusRefusal | None:
    if notice.requested_on is not None:
        return SurplusRefusal.REQUESTED_ALREADY
    if on > surplus_facts(session, sale, legal_now(session, sale.court_id)).today:
        return SurplusRefusal.IN_THE_FUTURE
    if on < surplus_facts(session, sale, notice.told_at).today:
        return SurplusRefusal.BEFORE_NOTICE
    return SurplusRefusal.TOO_LATE if on > notice.answer_by else None


def _tell_applicants(
    session: Session, sale: SaleRecord, notice: SurplusNotice, now: datetime
) -> None:
    lot = session.get_one(LotRecord, sale.lot_id)
    asset = session.get_one(AssetRecord, lot.asset_id)
    for party in session.scalars(
        select(Party).where(
            Party.case_id == lot.case_id,
            Party.role == "applicant",
            Party.person_id.is_not(None),
        )
    ):
        tell(
            session,
            kind="no_surplus",
            key=f"no-surplus:{sale.public_id}:{party.public_id}",
            at=now,
            params={
                "case": case_of(session, sale).public_id,
                "title": asset.title,
                "title_zh": asset.title_zh,
                "starting_price": notice.starting_price,
                "before": notice.before,
                "currency": sale.currency,
                "answer_by": notice.answer_by.isoformat(),
            },
            person_id=party.person_id,
            court_id=sale.court_id,
        )
