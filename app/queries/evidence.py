"""What proves a ground of revocation, as files: by codes and roles, without a person (RULE-M6).

Each file is canonical JSON, or a text as it was made. A bundle tells how things stood when the
request was made, and nothing in it depends on when it is asked for: it is always the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select, text
from sqlalchemy.orm import Session

from app.models.bidding import Admission, Outcome, Registration, TranscriptLine
from app.models.cases import Party
from app.models.courts import LegalTimeSegment
from app.models.objections import Revocation
from app.models.records import AuditRecord, DocumentRecord, PublicNotice
from app.models.sales import PanelVote, PartyNotice, SaleRecord
from auction_engine.documents.moments import write_moment
from auction_engine.evidence.canonical import canonical
from auction_engine.sale.revocation import PROOFS, Ground, Proof

_STAYS = ("suspend", "resume", "resumption_announced", "withdraw")
# A platform that was silent for longer could not take bids (INV-A17).
_SILENCE_SECONDS = 5

Files = dict[str, bytes]


def evidence_for(session: Session, revocation: Revocation) -> Files:
    """The bundle of one request: everything that its ground needs, and a page about itself."""
    sale = session.get_one(SaleRecord, revocation.sale_id)
    proofs = sorted(PROOFS[Ground(revocation.ground)])
    files: Files = {
        "request.json": _json(
            {
                "sale": sale.public_id,
                "revocation": revocation.public_id,
                "ground": revocation.ground,
                "requested_at": write_moment(revocation.requested_at),
                "proofs": [proof.value for proof in proofs],
            }
        )
    }
    for proof in proofs:
        files |= _FINDERS[proof](session, sale, revocation)
    return files


def _announcement(_session: Session, sale: SaleRecord, _asked: Revocation) -> Files:
    content = (sale.announcement or "").encode()
    published = {"sha256": sale.announcement_hash, "published_at": _moment(sale.published_at)}
    return {"announcement.json": content, "announcement-published.json": _json(published)}


def _transcript(session: Session, sale: SaleRecord, _asked: Revocation) -> Files:
    lines = session.scalars(
        select(TranscriptLine.line)
        .where(TranscriptLine.sale_id == sale.id)
        .order_by(TranscriptLine.n)
    )
    return {"transcript.jsonl": "".join(f"{line}\n" for line in lines).encode()}


def _journal(session: Session, sale: SaleRecord, _asked: Revocation) -> Files:
    """Every arrival with the database's own stamp, and what was decided on it."""
    rows = session.execute(text("SELECT * FROM journal_of_sale(:sale)"), {"sale": sale.id})
    return {"journal.jsonl": _lines(rows)}


def _notices(session: Session, sale: SaleRecord, _asked: Revocation) -> Files:
    return {"notices.jsonl": _notice_lines(session, sale, None)}


def _stays(session: Session, sale: SaleRecord, _asked: Revocation) -> Files:
    return {"stays.jsonl": _notice_lines(session, sale, _STAYS)}


def _outages(session: Session, sale: SaleRecord, _asked: Revocation) -> Files:
    """Where the platform was silent while the sale ran, as far back as its beats are kept."""
    rows = session.execute(
        text("""
            WITH ran AS (
              SELECT min(l.at) AS began_at, (SELECT written_at FROM outcomes WHERE sale_id = :sale)
                AS ended_at
              FROM (SELECT min(written_at) AS at FROM public_notices WHERE sale_id = :sale) l),
            beat AS (
              SELECT at, lead(at) OVER (ORDER BY at) AS next FROM beats, ran
              WHERE at BETWEEN began_at AND ended_at
              AND (process LIKE 'web-%' OR NOT EXISTS
                (SELECT FROM beats WHERE process LIKE 'web-%')))
            SELECT at AS silent_from, next AS silent_until FROM beat
            WHERE next - at > make_interval(secs => :silence) ORDER BY at"""),
        {"sale": sale.id, "silence": _SILENCE_SECONDS},
    )
    # A silence on the side of most bidders, how large a share of them, and for how long.
    lost = session.execute(
        text("SELECT at, tenths_gone, back_at FROM lost_bidders WHERE sale_id = :sale ORDER BY at"),
        {"sale": sale.id},
    )
    return {"outages.jsonl": _lines(rows), "lost_bidders.jsonl": _lines(lost)}


def _rules(session: Session, sale: SaleRecord, _asked: Revocation) -> Files:
    """The rules by name, the terms they were applied to, and how the court's clock was set."""
    terms = {
        "rules": sale.rules,
        "round": sale.round,
        "property_kind": sale.property_kind,
        "currency": sale.currency,
        "starting_price": sale.starting_price,
        "increment": sale.increment,
        "multiples_only": sale.multiples_only,
        "deposit": sale.deposit,
        "opens_at": write_moment(sale.opens_at),
        "closes_at": write_moment(sale.closes_at),
    }
    segments = session.scalars(
        select(LegalTimeSegment)
        .where(LegalTimeSegment.court_id == sale.court_id)
        .order_by(LegalTimeSegment.id)
    )
    clock = [
        {
            "real_from": _moment(each.real_from),
            "legal_from": _moment(each.legal_from),
            "rate": str(each.rate),
        }
        for each in segments
    ]
    return {"rules.json": _json({"terms": terms, "clock": clock})}


def _audit(session: Session, sale: SaleRecord, asked: Revocation) -> Files:
    """Who did what to this sale by their part in it, without a person."""
    rows = session.execute(
        select(AuditRecord.at, AuditRecord.actor, AuditRecord.action, AuditRecord.details)
        .where(
            AuditRecord.court_id == sale.court_id,
            AuditRecord.subject == f"sale:{sale.public_id}",
            AuditRecord.at < asked.written_at,
        )
        .order_by(AuditRecord.id)
    )
    return {"audit.jsonl": _lines(rows)}


def _party_notices(session: Session, sale: SaleRecord, _asked: Revocation) -> Files:
    rows = session.execute(
        select(Party.role, PartyNotice.way, PartyNotice.at, PartyNotice.recorded_at)
        .join(Party, Party.id == PartyNotice.party_id)
        .where(PartyNotice.sale_id == sale.id)
        .order_by(PartyNotice.id)
    )
    return {"party-notices.jsonl": _lines(rows)}


def _documents(session: Session, sale: SaleRecord, asked: Revocation) -> Files:
    """The register of all documents with their hashes, and the text of the public ones."""
    found = session.scalars(
        select(DocumentRecord)
        .where(
            DocumentRecord.sale_id == sale.id,
            DocumentRecord.made_at <= asked.requested_at,
            # What is decided on a request is not evidence for it.
            DocumentRecord.kind != "revocation_ruling",
        )
        .order_by(DocumentRecord.id)
    ).all()
    register = [
        {
            "kind": each.kind,
            "version": each.version,
            "sha256": each.sha256,
            "made_at": _moment(each.made_at),
            "signed_at": _by_then(each.signed_at, asked),
            "served_at": _by_then(each.served_at, asked),
        }
        for each in found
    ]
    texts = {
        f"documents/{each.kind}-{each.version}.txt": each.content.encode()
        for each in found
        if each.audience == "public"
    }
    return {"documents.json": _json({"documents": register}), **texts}


def _admissions(session: Session, sale: SaleRecord, _asked: Revocation) -> Files:
    """Each code: its rank, whether it was excluded, when it was let in."""
    rows = session.execute(
        select(
            Registration.code,
            Registration.priority_rank,
            Registration.excluded,
            Registration.terms_hash,
            Registration.terms_accepted_at,
            Admission.at.label("admitted_at"),
        )
        .outerjoin(Admission, Admission.registration_id == Registration.id)
        .where(Registration.sale_id == sale.id)
        .order_by(Registration.code)
    )
    return {"admissions.jsonl": _lines(rows)}


def _panel(session: Session, sale: SaleRecord, _asked: Revocation) -> Files:
    rows = session.execute(
        select(PanelVote.terms_hash, PanelVote.in_favour, PanelVote.voted_at)
        .where(PanelVote.sale_id == sale.id)
        .order_by(PanelVote.id)
    )
    return {"panel.jsonl": _lines(rows)}


_FINDERS: Mapping[Proof, Callable[[Session, SaleRecord, Revocation], Files]] = {
    Proof.ANNOUNCEMENT: _announcement,
    Proof.TRANSCRIPT: _transcript,
    Proof.JOURNAL: _journal,
    Proof.NOTICES: _notices,
    Proof.STAYS: _stays,
    Proof.OUTAGES: _outages,
    Proof.RULES: _rules,
    Proof.AUDIT: _audit,
    Proof.PARTY_NOTICES: _party_notices,
    Proof.DOCUMENTS: _documents,
    Proof.ADMISSIONS: _admissions,
    Proof.PANEL: _panel,
}


def _notice_lines(session: Session, sale: SaleRecord, kinds: tuple[str, ...] | None) -> bytes:
    """What everybody was told of the sale up to its outcome; what came of the request is no
    evidence for it."""
    ended = session.get_one(Outcome, sale.id)
    query = select(
        PublicNotice.kind, PublicNotice.at, PublicNotice.written_at, PublicNotice.params
    ).where(PublicNotice.sale_id == sale.id, PublicNotice.written_at <= ended.written_at)
    if kinds is not None:
        query = query.where(PublicNotice.kind.in_(kinds))
    return _lines(session.execute(query.order_by(PublicNotice.id)))


def _lines(rows: Any) -> bytes:
    return "".join(f"{canonical(_plain(row))}\n" for row in rows).encode()


def _plain(row: Row[Any]) -> dict[str, Any]:
    return {
        name: _moment(value) if isinstance(value, datetime) else value
        for name, value in row._mapping.items()
    }


def _json(content: Any) -> bytes:
    return (canonical(json.loads(json.dumps(content))) + "\n").encode()


def _by_then(at: datetime | None, asked: Revocation) -> str | None:
    """What had happened when the request was made; what came later is not in the bundle."""
    return _moment(at) if at is not None and at <= asked.requested_at else None


def _moment(at: datetime | None) -> str | None:
    return write_moment(at) if at is not None else None
