"""Telling the parties of a sale before it is announced, and proving it (RULE-D6)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from app.db import transaction
from app.gateways.clock import legal_now
from app.models.cases import AssetRecord, Party
from app.models.checklist_rows import last_notice
from app.models.draft_rows import (
    DraftHeld,
    case_of,
    lock_sale_record,
    reason_not_to_change,
    record_about,
)
from app.models.outbox_rows import publish_notice, tell
from app.models.sales import LotRecord, PartyNotice, SaleRecord


class NoticeRefusal(StrEnum):
    IN_THE_FUTURE = "in_the_future"


@dataclass(frozen=True, slots=True)
class Notice:
    """How a party was told. For somebody unreachable `note` is the reason, and it is public."""

    way: str
    at: datetime
    note: str = ""


def record_notice(
    sale: SaleRecord, party: Party, notice: Notice, *, by: int
) -> PartyNotice | DraftHeld | NoticeRefusal:
    """Write down how and when a party was told; an earlier entry for this party is replaced."""
    with transaction() as session:
        locked = lock_sale_record(session, sale.id)
        refusal = reason_not_to_change(session, locked)
        if refusal is not None:
            return refusal
        now = legal_now(session, locked.court_id)
        if notice.at > now:
            return NoticeRefusal.IN_THE_FUTURE
        row = _put_notice(session, locked, party, notice, by)
        if notice.way == "unreachable":
            _notify_by_publication(session, locked, party, notice, now)
    return row


def tell_linked_parties(sale: SaleRecord, *, by: int) -> int | DraftHeld:
    """Tell every party who has an account and was not told yet, now and with proof."""
    with transaction() as session:
        locked = lock_sale_record(session, sale.id)
        refusal = reason_not_to_change(session, locked)
        if refusal is not None:
            return refusal
        now = legal_now(session, locked.court_id)
        waiting = _linked_and_untold(session, locked)
        for party in waiting:
            _put_notice(session, locked, party, Notice("electronic", now), by)
            _tell_of_plan(session, locked, party, now)
    return len(waiting)


def _put_notice(
    session: Session, sale: SaleRecord, party: Party, notice: Notice, by: int
) -> PartyNotice:
    values = {"way": notice.way, "at": notice.at, "note": notice.note, "recorded_by": by}
    session.execute(
        upsert(PartyNotice)
        .values(court_id=sale.court_id, sale_id=sale.id, party_id=party.id, **values)
        .on_conflict_do_update(index_elements=["sale_id", "party_id"], set_=values)
    )
    sale.parties_notified_at = last_notice(session, sale.id)
    record_about(session, sale, "party.told", by, party=party.public_id, way=notice.way)
    return session.scalars(
        select(PartyNotice)
        .where(PartyNotice.sale_id == sale.id, PartyNotice.party_id == party.id)
        .execution_options(populate_existing=True)
    ).one()


def _notify_by_publication(
    session: Session, sale: SaleRecord, party: Party, notice: Notice, now: datetime
) -> None:
    """Who cannot be reached is told in public, with the reason and without a name."""
    publish_notice(
        session,
        court_id=sale.court_id,
        kind="party_unreachable",
        at=now,
        params={
            "case": case_of(session, sale).number,
            "role": party.role,
            "reason": notice.note,
        },
    )


def _linked_and_untold(session: Session, sale: SaleRecord) -> list[Party]:
    told = select(PartyNotice.party_id).where(PartyNotice.sale_id == sale.id)
    return list(
        session.scalars(
            select(Party)
            .where(
                Party.case_id == case_of(session, sale).id,
                Party.person_id.is_not(None),
                Party.id.not_in(told),
            )
            .order_by(Party.id)
        )
    )


def _tell_of_plan(session: Session, sale: SaleRecord, party: Party, now: datetime) -> None:
    lot = session.get_one(LotRecord, sale.lot_id)
    asset = session.get_one(AssetRecord, lot.asset_id)
    tell(
        session,
        kind="sale_planned",
        key=f"sale-planned:{sale.public_id}:{party.public_id}",
        at=now,
        params={
            "sale": sale.public_id,
            "case": case_of(session, sale).public_id,
            "title": asset.title,
            "title_zh": asset.title_zh,
            "round": sale.round,
            "starting_price": sale.starting_price,
            "currency": sale.currency,
            "opens_at": sale.opens_at.isoformat(),
        },
        person_id=party.person_id,
        court_id=sale.court_id,
    )
