"""The announcement of a sale: everything its public page shows, out of the rows of its draft.

Written once, canonically, when publication is proposed; its SHA-256 is what a judge approves and
what anybody can check (docs/announcement.md explains each key).
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models.bidding import Outcome
from app.models.cases import AssetRecord, CaseRecord, Party
from app.models.checklist_statements import is_without_floor, statements_of
from app.models.courts import CourtRecord
from app.models.panel_rows import confirmed_priority, terms_hash, votes_on
from app.models.part_rows import announced_parts
from app.models.qualification_rows import equity_in_words, qualifications_in_words
from app.models.round_rows import decided_directly
from app.models.sales import LotRecord, PartyNotice, SaleRecord
from app.models.statements import STATEMENT_KINDS
from auction_engine.documents.moments import write_moment
from auction_engine.rulepacks import sale_pack
from auction_engine.rulepacks.pack import StagedDraft
from auction_engine.sale.kinds import Round
from auction_engine.sale.limits import guided_increment

FORMAT = "luochui-announcement/1"

# The payment provider takes at most eight digits; larger deposits go by bank alone.
LARGEST_CARD_AMOUNT = 99_999_999


def announcement_of(session: Session, sale: SaleRecord) -> dict[str, Any]:
    """The announcement as the draft stands. It names no bidder and no purchaser."""
    lot = session.get_one(LotRecord, sale.lot_id)
    case = session.get_one(CaseRecord, lot.case_id)
    asset = session.get_one(AssetRecord, lot.asset_id)
    court = session.get_one(CourtRecord, sale.court_id)
    return {
        "format": FORMAT,
        "rules": sale.rules,
        "sale": sale.public_id,
        "lot": lot.public_id,
        "number": sale.number,
        "round": sale.round,
        "previous": _previous(session, sale),
        **_without_auction(session, sale, asset),
        "court": _court(court),
        "case": {"id": case.public_id, "number": case.number, "instrument": case.instrument},
        "property": _property(asset),
        "viewing": sale.viewing,
        "conditions": sale.conditions,
        "qualifications": qualifications_in_words(session, sale.id),
        "equity": equity_in_words(session, sale.id),
        **_reasons(session, sale, asset),
        "taxes": sale.taxes,
        "price": _price(sale),
        "deposit": _deposit(sale),
        "balance": {"due_days": sale.balance_due_days, **announced_parts(sale)},
        "bidding": _bidding(sale),
        "priority_purchasers": [
            {"nature": claim.nature, "rank": claim.rank}
            for claim in confirmed_priority(session, sale.id)
        ],
        "notifications": _notifications(session, sale),
        "panel": _panel(session, sale),
        "publication_items": sorted(sale.publication_items),
        "warnings": sorted(sale.warnings),
    }


def _previous(session: Session, sale: SaleRecord) -> dict[str, Any] | None:
    if sale.previous_sale_id is None:
        return None
    previous = session.get_one(SaleRecord, sale.previous_sale_id)
    ended = session.get(Outcome, previous.id)
    return {
        "sale": previous.public_id,
        "round": previous.round,
        "starting_price": previous.starting_price,
        "ended": ended.status if ended else previous.state,
        "ended_at": write_moment(ended.at) if ended else None,
    }


def _without_auction(session: Session, sale: SaleRecord, asset: AssetRecord) -> dict[str, Any]:
    """On which ground it is sold off at once; no key in every other sale (RULE-K14)."""
    decision = decided_directly(session, sale, asset.id)
    return {"direct_sell_off": {"ground": decision.reason}} if decision is not None else {}


def _court(court: CourtRecord) -> dict[str, Any]:
    return {
        "id": court.public_id,
        "name_en": court.name_en,
        "name_zh": court.name_zh,
        "region": court.region,
        "contact": court.contact,
        "timezone": court.timezone,
        "is_rehearsal": court.is_rehearsal,
        "account_name": court.account_name,
        "account_number": court.account_number,
        "account_bank": court.account_bank,
    }


def _property(asset: AssetRecord) -> dict[str, Any]:
    return {
        "id": asset.public_id,
        "kind": asset.property_kind,
        "category": asset.category,
        "title": asset.title,
        "title_zh": asset.title_zh,
        "description": asset.description,
        "address": asset.address,
        "region": asset.region,
        "ownership": asset.ownership,
        "possession": asset.possession,
        "burdens": asset.burdens,
        "defects": asset.defects,
        "is_living_home": asset.is_living_home,
        "living_home_ground": asset.living_home_ground,
        "picture": asset.picture,
    }


def _reasons(session: Session, sale: SaleRecord, asset: AssetRecord) -> dict[str, Any]:
    """Why just this is sold, and so (RULE-C5, C8, C9, C11): the reasons that the court stated and
    that bear on this round; no key where there is none."""
    stated = statements_of(session, asset.id)
    bears = {
        "equity_without_documents": is_without_floor(session, sale, asset),
        "increment": sale.increment > guided_increment(sale.starting_price),
    }
    told = [
        {"for": kind, "reason": stated[kind].reason}
        for kind in STATEMENT_KINDS
        if kind in stated and bears.get(kind, True)
    ]
    return {"reasons": told} if told else {}


def _price(sale: SaleRecord) -> dict[str, Any]:
    valid_until = sale.reference_price_valid_until
    return {
        "currency": sale.currency,
        "reference_price": sale.reference_price,
        "reference_price_method": sale.reference_price_method,
        "reference_price_valid_until": valid_until.isoformat() if valid_until else None,
        "starting_price": sale.starting_price,
        "increment": sale.increment,
        "multiples_only": sale.multiples_only,
    }


def _deposit(sale: SaleRecord) -> dict[str, Any]:
    asked: dict[str, Any] = {"amount": sale.deposit, "ways": _ways(sale)}
    if sale.round == "sell_off":
        # The whole price is paid in advance, and the deposit is what a defaulting buyer loses
        # of it (RULE-K9, K11).
        asked["prepayment"] = sale.starting_price
    return asked


def _ways(sale: SaleRecord) -> list[str]:
    asked = sale.starting_price if sale.round == "sell_off" else sale.deposit
    return ["card", "bank"] if asked <= LARGEST_CARD_AMOUNT else ["bank"]


def _bidding(sale: SaleRecord) -> dict[str, Any]:
    course = sale_pack(sale.rules).course
    extension = course.extension
    clock = course.first_bid_clock.get(Round(sale.round))
    return {
        "mechanic": course.mechanic.value,
        "opens_at": write_moment(sale.opens_at),
        "closes_at": write_moment(sale.closes_at),
        "extension_window_seconds": _seconds(extension.window if extension else None),
        "extension_length_seconds": _seconds(extension.length if extension else None),
        "extension_cap_seconds": _seconds(extension.cap if extension else None),
        # In a sell-off the first bid sets the end this much later (RULE-K10).
        "sell_off_bidding_seconds": _seconds(clock),
    }


def _seconds(length: timedelta | None) -> int | None:
    return None if length is None else int(length.total_seconds())


def _notifications(session: Session, sale: SaleRecord) -> list[dict[str, Any]]:
    """Who was told, by role and not by name; a reason where somebody could not be reached."""
    rows = session.execute(
        select(PartyNotice, Party.role)
        .join(Party, Party.id == PartyNotice.party_id)
        .where(PartyNotice.sale_id == sale.id)
        .order_by(Party.role, PartyNotice.at, PartyNotice.id)
    )
    return [
        {
            "role": role,
            "way": notice.way,
            "at": write_moment(notice.at),
            "reason": notice.note if notice.way == "unreachable" else "",
        }
        for notice, role in rows
    ]


def _panel(session: Session, sale: SaleRecord) -> dict[str, Any]:
    votes = votes_on(session, sale.id, terms_hash(session, sale))
    return {
        "members": len(votes),
        "in_favour": sum(vote.in_favour for vote in votes),
        "items": sorted(_panel_items(sale)),
    }


def _panel_items(sale: SaleRecord) -> frozenset[str]:
    """What a panel has to decide; not every law asks for one (RULE-A10)."""
    draft = sale_pack(sale.rules).draft
    return draft.panel_items[Round(sale.round)] if isinstance(draft, StagedDraft) else frozenset()
