"""Publishing a sale: a clerk proposes exactly one text, a judge approves exactly that text.

What is published was shown to two persons under its hash, and no rule stood against it at the
moment of publication (RULE-A5, D1 to D6; INV-A14).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db import transaction
from app.gateways.clock import legal_now
from app.models.announcement_rows import announcement_of
from app.models.cases import AssetRecord, Party
from app.models.checklist_rows import Checklist, hold_against_rules, last_notice
from app.models.courts import Proposal
from app.models.document_rows import add_document
from app.models.draft_rows import case_of, lock_sale_record, record_about
from app.models.outbox_rows import publish_notice, tell
from app.models.pending_rows import PUBLISH, pending_publication, publication_subject
from app.models.publication_rows import add_public_sale
from app.models.sales import LotRecord, SaleRecord
from auction_engine.evidence.canonical import canonical, digest


class PublicationRefusal(StrEnum):
    NOT_A_DRAFT = "not_a_draft"
    PROPOSED_ALREADY = "proposed_already"
    NOTHING_PROPOSED = "nothing_proposed"
    SAME_PERSON = "same_person"
    CHANGED_MEANWHILE = "changed_meanwhile"
    NO_REASON = "no_reason"


@dataclass(frozen=True, slots=True)
class NotPublishable:
    """Rules stand against it; the checklist says which."""

    checklist: Checklist


@dataclass(frozen=True, slots=True)
class Proposed:
    hash: str


@dataclass(frozen=True, slots=True)
class Published:
    hash: str
    published_at: datetime


@dataclass(frozen=True, slots=True)
class SentBack:
    reason: str


def propose_publication(
    sale: SaleRecord, *, by: int
) -> Proposed | NotPublishable | PublicationRefusal:
    """Put the announcement as it stands before a judge; until then the draft is held still."""
    with transaction() as session:
        locked = lock_sale_record(session, sale.id)
        if locked.state != "draft":
            return PublicationRefusal.NOT_A_DRAFT
        if pending_publication(session, locked) is not None:
            return PublicationRefusal.PROPOSED_ALREADY
        checklist = hold_against_rules(session, locked, legal_now(session, locked.court_id))
        if not checklist.is_publishable:
            return NotPublishable(checklist)
        announcement = announcement_of(session, locked)
        proposal = Proposal(
            court_id=locked.court_id,
            kind=PUBLISH,
            subject=publication_subject(locked),
            payload=canonical(announcement),
            payload_hash=digest(announcement),
            proposed_by=by,
        )
        session.add(proposal)
        record_about(
            session, locked, "publication.proposed", by, announcement=proposal.payload_hash
        )
        shown = proposal.payload_hash
    return Proposed(shown)


def approve_publication(
    sale: SaleRecord, *, announcement_hash: str, by: int
) -> Published | NotPublishable | PublicationRefusal:
    """Publish what was proposed, if it is still what stands and no rule is against it now."""
    with transaction() as session:
        locked = lock_sale_record(session, sale.id)
        proposal = pending_publication(session, locked)
        if proposal is None:
            return PublicationRefusal.NOTHING_PROPOSED
        if proposal.proposed_by == by:
            return PublicationRefusal.SAME_PERSON
        standing = digest(announcement_of(session, locked))
        if not announcement_hash == proposal.payload_hash == standing:
            return PublicationRefusal.CHANGED_MEANWHILE
        now = legal_now(session, locked.court_id)
        checklist = hold_against_rules(session, locked, now)
        if not checklist.is_publishable:
            return NotPublishable(checklist)

        # From here on it is published: nothing below may turn it down.
        proposal.approved, proposal.decided_by, proposal.decided_at = True, by, now
        _freeze(session, locked, proposal, now)
        _announce(session, locked, proposal, now, by)
    return Published(announcement_hash, now)


def send_back(sale: SaleRecord, *, reason: str, by: int) -> SentBack | PublicationRefusal:
    """Give the draft back to be changed. Whoever proposed cannot decide on it, not even so."""
    if not reason.strip():
        return PublicationRefusal.NO_REASON
    with transaction() as session:
        locked = lock_sale_record(session, sale.id)
        proposal = pending_publication(session, locked)
        if proposal is None:
            return PublicationRefusal.NOTHING_PROPOSED
        if proposal.proposed_by == by:
            return PublicationRefusal.SAME_PERSON
        proposal.approved, proposal.decided_by = False, by
        proposal.decided_at = legal_now(session, locked.court_id)
        proposal.decision_reason = reason.strip()
        record_about(session, locked, "publication.sent_back", by)
    return SentBack(reason.strip())


def _freeze(session: Session, sale: SaleRecord, proposal: Proposal, now: datetime) -> None:
    """One update: before it the draft may change, after it nothing may (trigger of 0005)."""
    sale.state = "published"
    sale.announcement = proposal.payload
    sale.announcement_hash = proposal.payload_hash
    sale.published_at = now
    sale.parties_notified_at = last_notice(session, sale.id)
    session.flush()
    add_public_sale(session, sale)


def _announce(
    session: Session, sale: SaleRecord, proposal: Proposal, now: datetime, by: int
) -> None:
    case = case_of(session, sale)
    asset = session.get_one(AssetRecord, session.get_one(LotRecord, sale.lot_id).asset_id)
    document = add_document(
        session,
        court_id=sale.court_id,
        case_id=case.id,
        sale_id=sale.id,
        kind="announcement",
        subject=publication_subject(sale),
        audience="public",
        title=asset.title,
        content=proposal.payload,
        at=now,
        made_by=proposal.proposed_by,
    )
    document.signed_by, document.signed_at, document.served_at = by, now, now
    params = {
        "sale": sale.public_id,
        "title": asset.title,
        "title_zh": asset.title_zh,
        "round": sale.round,
        "starting_price": sale.starting_price,
        "currency": sale.currency,
        "opens_at": sale.opens_at.isoformat(),
        "closes_at": sale.closes_at.isoformat(),
    }
    publish_notice(
        session,
        court_id=sale.court_id,
        sale_id=sale.id,
        kind="announced",
        at=now,
        params=params,
    )
    for party_id, person_id in session.execute(
        select(Party.public_id, Party.person_id).where(
            Party.case_id == case.id, Party.person_id.is_not(None)
        )
    ):
        tell(
            session,
            kind="sale_announced",
            key=f"sale-announced:{sale.public_id}:{party_id}",
            at=now,
            params=params,
            person_id=person_id,
            court_id=sale.court_id,
            sale_id=sale.id,
        )
    record_about(session, sale, "sale.published", by, announcement=sale.announcement_hash)
