"""Creditors take the property in kind after a round has failed (RULE-K5, K6, K16).

Asked by the court with a published seed; answered by creditors for their own claims; drawn where
ranks are equal; recorded for the first in the order; ruled once the difference is there, which the
bank tells of and the worker books.
"""

from __future__ import annotations

import secrets
from datetime import date, timedelta
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db import transaction
from app.gateways.clock import legal_now
from app.gateways.seal import index_of_id_number
from app.models.calendar_rows import calendar_of
from app.models.cases import ClaimRecord, Party
from app.models.document_rows import add_document
from app.models.document_texts import document_text, title_of
from app.models.draft_rows import case_of, lock_sale_record, record_about
from app.models.exclusion_rows import exclude
from app.models.in_kind_rows import asked_claims, share_at
from app.models.outbox_rows import publish_notice, tell
from app.models.people import Person
from app.models.records import DocumentRecord
from app.models.references import new_reference
from app.models.round_rows import (
    asset_of,
    day_at_court,
    end_of,
    find_inquiry,
    is_followed,
    is_returned,
    lock_inquiry,
    lock_taking,
)
from app.models.rounds import InKindAnswer, InKindInquiry, Taking
from app.models.sales import SaleRecord
from app.models.stop_rows import Standstill, standstill
from app.models.taking_rows import money_waits_for, owed_by_taker
from auction_engine.rulepacks import sale_pack
from auction_engine.sale.exclusion import Ground
from auction_engine.sale.in_kind import Taker, difference_due, order_of_takers
from auction_engine.sale.rounds import End, in_kind_answer_by

# A seed nobody can choose: the platform draws it, and publishes it before anybody answers.
_SEED_BYTES = 32


class InKindRefusal(StrEnum):
    NOT_FAILED = "not_failed"
    ASKED_ALREADY = "asked_already"
    FOLLOWED_ALREADY = "followed_already"
    NO_CREDITOR = "no_creditor"
    NOT_ASKED = "not_asked"
    ANSWERS_MAY_COME = "answers_may_come"
    ANSWER_TOO_LATE = "answer_too_late"
    NOT_FIRST = "not_first"
    NOT_FIT_TO_OWN = "not_fit_to_own"
    NO_DIFFERENCE = "no_difference"
    DIFFERENCE_MISSING = "difference_missing"
    NOT_DUE_YET = "difference_not_due_yet"
    NO_REFERENCE = "no_reference"
    MONEY_WAITS = "money_waits"
    FURTHER_SUM_OWED = "further_sum_owed"
    BANKRUPTCY = Standstill.BANKRUPTCY
    THIRD_PARTY = Standstill.THIRD_PARTY


def ask_creditors(sale: SaleRecord, *, by: int) -> InKindInquiry | InKindRefusal:
    """Ask every creditor of the case whether they take it at the failed round's price."""
    with transaction() as session:
        locked = lock_sale_record(session, sale.id)
        refusal = _reason_not_to_ask(session, locked)
        if refusal is not None:
            return refusal
        now = legal_now(session, locked.court_id)
        asked_on = day_at_court(locked, now)
        rules = sale_pack(locked.rules).staged
        last = in_kind_answer_by(rules, asked_on, calendar_of(session, locked.court_id))
        inquiry = InKindInquiry(
            court_id=locked.court_id,
            case_id=case_of(session, locked).id,
            sale_id=locked.id,
            price=locked.starting_price,
            currency=locked.currency,
            seed=secrets.token_hex(_SEED_BYTES),
            asked_at=now,
            answer_by=last.due_on,
            asked_by=by,
            state="asked",
        )
        session.add(inquiry)
        session.flush()
        if not asked_claims(session, inquiry):
            session.rollback()
            return InKindRefusal.NO_CREDITOR
        _announce(session, locked, inquiry, "in_kind_asked", seed=inquiry.seed)
        _tell_creditors(session, locked, inquiry)
        record_about(session, locked, "in_kind.asked", by, inquiry=inquiry.public_id)
    return inquiry


def answer(
    inquiry_id: int, claim: ClaimRecord, *, wants: bool, by: int
) -> InKindAnswer | InKindRefusal:
    """A creditor's yes or no for an own claim; until the last day it may be changed."""
    with transaction() as session:
        inquiry = session.get_one(InKindInquiry, inquiry_id, populate_existing=True)
        if inquiry.state != "asked" or claim.state != "admitted":
            return InKindRefusal.NOT_ASKED
        now = legal_now(session, inquiry.court_id)
        if _day(session, inquiry, now) > inquiry.answer_by:
            return InKindRefusal.ANSWER_TOO_LATE
        given = InKindAnswer(
            court_id=inquiry.court_id,
            inquiry_id=inquiry.id,
            claim_id=claim.id,
            party_id=claim.party_id,
            wants=wants,
            answered_at=now,
            answered_by=by,
        )
        session.add(given)
    return given


def draw(inquiry: InKindInquiry, *, by: int) -> InKindInquiry | InKindRefusal:
    """Put those who want it into their order, once nobody can answer any more (RULE-K5, K6)."""
    with transaction() as session:
        locked = lock_inquiry(session, inquiry.id)
        if locked.state != "asked":
            return InKindRefusal.NOT_ASKED
        now = legal_now(session, locked.court_id)
        asked = asked_claims(session, locked)
        if _day(session, locked, now) <= locked.answer_by and any(
            each.wants is None for each in asked
        ):
            return InKindRefusal.ANSWERS_MAY_COME
        takers = [Taker(each.claim.public_id, each.rank) for each in asked if each.wants]
        locked.places = [
            {"claim": place.claim, "rank": place.rank, "ticket": place.ticket}
            for place in order_of_takers(locked.seed, takers)
        ]
        locked.state = "ordered" if takers else "declined"
        locked.drawn_at, locked.drawn_by = now, by
        sale = session.get_one(SaleRecord, locked.sale_id)
        kind = "in_kind_drawn" if takers else "in_kind_declined"
        _announce(session, sale, locked, kind, seed=locked.seed, places=locked.places)
        record_about(session, sale, f"in_kind.{locked.state}", by, inquiry=locked.public_id)
    return locked


def give_up_taking(inquiry: InKindInquiry, *, note: str, by: int) -> InKindInquiry | InKindRefusal:
    """None of those in the order takes it after all; the course goes on (RULE-K6)."""
    if not note.strip():
        return InKindRefusal.NO_REFERENCE
    with transaction() as session:
        locked = lock_inquiry(session, inquiry.id)
        if locked.state != "ordered":
            return InKindRefusal.NOT_ASKED
        locked.state = "declined"
        sale = session.get_one(SaleRecord, locked.sale_id)
        record_about(session, sale, "in_kind.given_up", by, note=note.strip())
    return locked


def record_taking(
    inquiry: InKindInquiry, claim: str, *, fit_to_own: bool, pay_days: int, by: int
) -> Taking | InKindRefusal:
    """The first in the order takes it, and owes what the price exceeds their share (RULE-K5).

    A creditor who may not own such a property does not get it in this way either (RULE-E11).
    """
    if not fit_to_own:
        return InKindRefusal.NOT_FIT_TO_OWN
    with transaction() as session:
        locked = lock_inquiry(session, inquiry.id)
        sale = session.get_one(SaleRecord, locked.sale_id)
        if locked.state != "ordered" or is_followed(session, sale):
            return InKindRefusal.NOT_ASKED
        if locked.places[0]["claim"] != claim:
            return InKindRefusal.NOT_FIRST
        # Taking it in kind disposes of it as a sale does (RULE-L9, M2).
        held = standstill(session, sale, legal_now(session, locked.court_id))
        if held is not None:
            return InKindRefusal(held)
        taking = _taking(session, locked, sale, claim, pay_days, by)
        session.add(taking)
        locked.state = "taken"
        session.flush()
        _tell_taker(session, sale, taking)
        _announce(session, sale, locked, "in_kind_taken", places=locked.places)
        record_about(session, sale, "in_kind.taken", by, claim=claim, difference=taking.difference)
    return taking


def decide_taker_default(
    taking: Taking, *, reference: str, key: str, by: int
) -> Taking | InKindRefusal:
    """The difference was not paid: sold again, without this creditor (RULE-K16)."""
    if not reference.strip():
        return InKindRefusal.NO_REFERENCE
    with transaction() as session:
        locked = lock_taking(session, taking.id)
        if locked.state != "awaiting_difference" or locked.pay_by is None:
            return InKindRefusal.NO_DIFFERENCE
        sale = session.get_one(SaleRecord, locked.sale_id)
        now = legal_now(session, locked.court_id)
        if day_at_court(sale, now) <= locked.pay_by:
            return InKindRefusal.NOT_DUE_YET
        # Perhaps it is the difference: the desk says first whose it is, or sends it back.
        if money_waits_for(session, locked):
            return InKindRefusal.MONEY_WAITS
        locked.state, locked.defaulted_at = "defaulted", now
        locked.default_reference = reference.strip()[:200]
        party = session.get_one(Party, locked.party_id)
        person = session.get(Person, party.person_id) if party.person_id else None
        if person is not None and person.id_number:
            index = index_of_id_number(key, person.id_number)
            exclude(session, sale.lot_id, index, Ground.DEFAULTED, at=now, name=party.name, by=by)
        record_about(session, sale, "in_kind.default_decided", by, reference=reference.strip())
    return locked


def draft_in_kind_ruling(taking: Taking, *, by: int) -> DocumentRecord | InKindRefusal:
    """Draft the ruling that gives the property to the creditor; title passes with its service."""
    with transaction() as session:
        locked = lock_taking(session, taking.id)
        if locked.state != "paid":
            return InKindRefusal.DIFFERENCE_MISSING
        if owed_by_taker(session, locked):
            return InKindRefusal.FURTHER_SUM_OWED
        sale = session.get_one(SaleRecord, locked.sale_id)
        asset = asset_of(session, sale)
        document = add_document(
            session,
            court_id=sale.court_id,
            case_id=locked.case_id,
            sale_id=sale.id,
            kind="in_kind_ruling",
            subject=f"sale:{sale.public_id}",
            audience="court",
            title=title_of("in_kind_ruling", asset.title),
            content=document_text(
                session,
                "in_kind_ruling",
                sale,
                taker=session.get_one(Party, locked.party_id).name,
                taking=locked,
            ),
            at=legal_now(session, sale.court_id),
            made_by=by,
        )
        record_about(session, sale, "document.drafted", by, kind=document.kind)
    return document


def _reason_not_to_ask(session: Session, sale: SaleRecord) -> InKindRefusal | None:
    if end_of(session, sale) is not End.FAILED:
        return InKindRefusal.NOT_FAILED
    if find_inquiry(session, sale.id) is not None:
        return InKindRefusal.ASKED_ALREADY
    if is_followed(session, sale) or is_returned(session, sale):
        return InKindRefusal.FOLLOWED_ALREADY
    return None


def _taking(
    session: Session,
    inquiry: InKindInquiry,
    sale: SaleRecord,
    claim: str,
    pay_days: int,
    by: int,
) -> Taking:
    row = session.scalars(select(ClaimRecord).where(ClaimRecord.public_id == claim)).one()
    due = share_at(session, inquiry, asset_of(session, sale), claim)
    difference = difference_due(price=inquiry.price, due_to_taker=due)
    now = legal_now(session, sale.court_id)
    return Taking(
        court_id=sale.court_id,
        case_id=inquiry.case_id,
        sale_id=sale.id,
        inquiry_id=inquiry.id,
        claim_id=row.id,
        party_id=row.party_id,
        price=inquiry.price,
        due_to_taker=due,
        difference=difference,
        currency=inquiry.currency,
        pay_by=day_at_court(sale, now) + timedelta(days=pay_days) if difference else None,
        reference=new_reference() if difference else None,
        state="awaiting_difference" if difference else "paid",
        recorded_by=by,
        recorded_at=now,
        paid_at=None if difference else now,
    )


def _day(session: Session, inquiry: InKindInquiry, now: object) -> date:
    sale = session.get_one(SaleRecord, inquiry.sale_id)
    return day_at_court(sale, now)  # type: ignore[arg-type]


def _announce(
    session: Session, sale: SaleRecord, inquiry: InKindInquiry, kind: str, **more: object
) -> None:
    """Everybody can see what was asked and drawn; claims stand there by number, never by name."""
    publish_notice(
        session,
        court_id=sale.court_id,
        sale_id=sale.id,
        kind=kind,
        at=inquiry.drawn_at or inquiry.asked_at,
        params={
            "sale": sale.public_id,
            "price": inquiry.price,
            "currency": inquiry.currency,
            "answer_by": inquiry.answer_by.isoformat(),
            **more,
        },
    )


def _tell_creditors(session: Session, sale: SaleRecord, inquiry: InKindInquiry) -> None:
    parties = {asked.claim.party_id for asked in asked_claims(session, inquiry)}
    for party in session.scalars(
        select(Party).where(Party.id.in_(parties), Party.person_id.is_not(None))
    ):
        tell(
            session,
            kind="in_kind_asked",
            key=f"in-kind-asked:{inquiry.public_id}:{party.public_id}",
            at=inquiry.asked_at,
            params=_told(session, sale, inquiry),
            person_id=party.person_id,
            court_id=sale.court_id,
            sale_id=sale.id,
        )


def _tell_taker(session: Session, sale: SaleRecord, taking: Taking) -> None:
    party = session.get_one(Party, taking.party_id)
    inquiry = session.get_one(InKindInquiry, taking.inquiry_id)
    if party.person_id is None:
        return
    tell(
        session,
        kind="in_kind_taken",
        key=f"in-kind-taken:{taking.public_id}",
        at=taking.recorded_at,
        params=_told(session, sale, inquiry)
        | {
            "difference": taking.difference,
            "pay_by": taking.pay_by.isoformat() if taking.pay_by else "",
            "reference": taking.reference or "",
        },
        person_id=party.person_id,
        court_id=sale.court_id,
        sale_id=sale.id,
    )


def _told(session: Session, sale: SaleRecord, inquiry: InKindInquiry) -> dict[str, object]:
    asset = asset_of(session, sale)
    return {
        "inquiry": inquiry.public_id,
        "sale": sale.public_id,
        "title": asset.title,
        "title_zh": asset.title_zh,
        "price": inquiry.price,
        "currency": inquiry.currency,
        "answer_by": inquiry.answer_by.isoformat(),
    }
