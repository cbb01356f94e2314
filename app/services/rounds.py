"""What ends the course of rounds: the return to the debtor, and what goes without an auction."""

from __future__ import annotations

from dataclasses import asdict
from enum import StrEnum
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db import transaction
from app.gateways.clock import legal_now
from app.models.cases import AssetRecord, CaseRecord, Party
from app.models.document_rows import add_document
from app.models.document_texts import asset_text, document_text, title_of
from app.models.draft_rows import CURRENT, last_sale_of, lock_sale_record, record_about
from app.models.outbox_rows import publish_notice, record_act, tell
from app.models.round_rows import (
    add_round_act,
    asset_of,
    end_of,
    find_inquiry,
    is_followed,
    is_returned,
)
from app.models.rounds import RoundAct
from app.models.sales import LotRecord, SaleRecord
from auction_engine.sale.in_kind import (
    DirectSellOff,
    Unlawful,
    against_direct_sell_off,
    against_taking_by_agreement,
    least_direct_price,
    price_basis,
)
from auction_engine.sale.rounds import End


class RoundRefusal(StrEnum):
    NOT_A_FAILED_SELL_OFF = "not_a_failed_sell_off"
    CREDITORS_NOT_ASKED = "creditors_not_asked"
    RETURNED_ALREADY = "returned_already"
    FOLLOWED_ALREADY = "followed_already"
    NO_NOTE = "no_note"
    ASSET_IN_SALE = "asset_in_sale"
    NO_APPROVAL_NEEDED = "no_approval_needed"
    RULED_ALREADY = "ruled_already"


def return_to_debtor(sale: SaleRecord, *, note: str, by: int) -> RoundAct | RoundRefusal:
    """End the sealing and give the property back: nobody bought it, nobody takes it (RULE-K13).

    Only after the creditors were asked once more, and none took it; `note` says which other
    measures were looked at.
    """
    if not note.strip():
        return RoundRefusal.NO_NOTE
    with transaction() as session:
        locked = lock_sale_record(session, sale.id)
        refusal = _reason_not_to_return(session, locked)
        if refusal is not None:
            return refusal
        now = legal_now(session, locked.court_id)
        asset = asset_of(session, locked)
        act = add_round_act(
            session,
            asset,
            kind="returned",
            reason="no_taker",
            note=note,
            by=by,
            at=now,
            sale=locked,
        )
        document = add_document(
            session,
            court_id=locked.court_id,
            case_id=asset.case_id,
            sale_id=locked.id,
            kind="return_decision",
            subject=f"sale:{locked.public_id}",
            audience="public",
            title=title_of("return_decision", asset.title),
            content=document_text(session, "return_decision", locked, note=note.strip(), at=now),
            at=now,
            made_by=by,
        )
        document.signed_by, document.signed_at = by, now
        publish_notice(
            session,
            court_id=locked.court_id,
            sale_id=locked.id,
            kind="returned_to_debtor",
            at=now,
            params={"sale": locked.public_id},
        )
        _tell_parties(session, locked, asset, act)
        record_about(session, locked, "property.returned", by, document=document.public_id)
    return act


def decide_direct_sell_off(
    asset: AssetRecord, sale: DirectSellOff, *, currency: str, note: str, by: int
) -> RoundAct | RoundRefusal | tuple[Unlawful, ...]:
    """Sell off without an auction, if every condition holds; all that fail come back (RULE-K14)."""
    against = against_direct_sell_off(sale)
    if against:
        return against
    basis = price_basis(sale)
    assert basis is not None
    facts = {key: value for key, value in asdict(sale).items() if value is not None}
    facts |= {"basis": basis.value, "least": least_direct_price(sale), "currency": currency}
    return _without_auction(
        asset, "direct_sell_off", sale.ground.value, note, facts, currency=currency, by=by
    )


def decide_taking_by_agreement(
    asset: AssetRecord,
    taker: Party,
    *,
    price: int,
    currency: str,
    debtor_agrees: bool,
    creditor_agrees: bool,
    is_unsaleable: bool,
    harms_others: bool,
    note: str,
    by: int,
) -> RoundAct | RoundRefusal | tuple[Unlawful, ...]:
    """A creditor takes it in kind without an auction, by agreement (RULE-K15, CI 489, 490)."""
    against = against_taking_by_agreement(
        debtor_agrees=debtor_agrees,
        creditor_agrees=creditor_agrees,
        is_unsaleable=is_unsaleable,
        harms_others=harms_others,
    )
    if against:
        return against
    reason = "both_agree" if debtor_agrees else "unsaleable"
    facts = {"price": price, "currency": currency, "taker": taker.public_id}
    return _without_auction(
        asset,
        "taken_by_agreement",
        reason,
        note,
        facts,
        currency=currency,
        by=by,
        taker=taker.name,
    )


def _without_auction(
    asset: AssetRecord,
    kind: str,
    reason: str,
    note: str,
    facts: dict[str, Any],
    *,
    currency: str,
    by: int,
    taker: str = "",
) -> RoundAct | RoundRefusal:
    if not note.strip():
        return RoundRefusal.NO_NOTE
    with transaction() as session:
        session.get_one(AssetRecord, asset.id, with_for_update=True)
        if _is_in_sale(session, asset):
            return RoundRefusal.ASSET_IN_SALE
        now = legal_now(session, asset.court_id)
        act = add_round_act(
            session, asset, kind=kind, reason=reason, note=note, by=by, at=now, facts=facts
        )
        document = add_document(
            session,
            court_id=asset.court_id,
            case_id=asset.case_id,
            kind="without_auction_decision",
            subject=f"asset:{asset.public_id}",
            audience="parties",
            title=title_of("without_auction_decision", asset.title),
            content=asset_text(
                session,
                "without_auction_decision",
                asset,
                currency=currency,
                act=act,
                price=facts["price"],
                taker=taker,
            ),
            at=now,
            made_by=by,
        )
        document.signed_by, document.signed_at = by, now
        record_act(
            session,
            actor="court",
            action=f"property.{kind}",
            subject=f"asset:{asset.public_id}",
            court_id=asset.court_id,
            person_id=by,
            case=session.get_one(CaseRecord, asset.case_id).public_id,
            document=document.public_id,
        )
    return act


def _is_in_sale(session: Session, asset: AssetRecord) -> bool:
    lot = session.scalars(select(LotRecord).where(LotRecord.asset_id == asset.id)).first()
    last = last_sale_of(session, lot.id) if lot is not None else None
    return last is not None and last.state in CURRENT


def _reason_not_to_return(session: Session, sale: SaleRecord) -> RoundRefusal | None:
    if sale.round != "sell_off" or end_of(session, sale) is not End.FAILED:
        return RoundRefusal.NOT_A_FAILED_SELL_OFF
    if is_returned(session, sale):
        return RoundRefusal.RETURNED_ALREADY
    if is_followed(session, sale):
        return RoundRefusal.FOLLOWED_ALREADY
    inquiry = find_inquiry(session, sale.id)
    if inquiry is None or inquiry.state != "declined":
        return RoundRefusal.CREDITORS_NOT_ASKED
    return None


def _tell_parties(session: Session, sale: SaleRecord, asset: AssetRecord, act: RoundAct) -> None:
    for party in session.scalars(
        select(Party).where(Party.case_id == asset.case_id, Party.person_id.is_not(None))
    ):
        tell(
            session,
            kind="returned_to_debtor",
            key=f"returned:{act.public_id}:{party.public_id}",
            at=act.decided_at,
            params={
                "sale": sale.public_id,
                "title": asset.title,
                "title_zh": asset.title_zh,
            },
            person_id=party.person_id,
            court_id=sale.court_id,
            sale_id=sale.id,
        )
