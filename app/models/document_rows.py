"""Documents as they were made: a text, its version, its hash. The text never changes again."""

from __future__ import annotations

import hashlib
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.models.records import DocumentRecord


def add_document(
    session: Session,
    *,
    court_id: int,
    kind: str,
    subject: str,
    audience: str,
    title: str,
    content: str,
    at: datetime,
    case_id: int | None = None,
    sale_id: int | None = None,
    made_by: int | None = None,
) -> DocumentRecord:
    """Write a document; one of the same kind about the same subject becomes the next version."""
    document = DocumentRecord(
        court_id=court_id,
        case_id=case_id,
        sale_id=sale_id,
        kind=kind,
        subject=subject,
        version=_next_version(session, court_id, kind, subject),
        audience=audience,
        title=title,
        content=content,
        sha256=hashlib.sha256(content.encode()).hexdigest(),
        made_by=made_by,
        made_at=at,
    )
    session.add(document)
    session.flush()
    return document


def current_document(
    session: Session, court_id: int, kind: str, subject: str
) -> DocumentRecord | None:
    """The newest version of a document, or None."""
    return session.scalars(
        select(DocumentRecord)
        .where(
            DocumentRecord.court_id == court_id,
            DocumentRecord.kind == kind,
            DocumentRecord.subject == subject,
        )
        .order_by(DocumentRecord.version.desc())
        .limit(1)
    ).one_or_none()


def lock_document(session: Session, document_id: int) -> DocumentRecord:
    return session.scalars(
        select(DocumentRecord)
        .where(DocumentRecord.id == document_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def _next_version(session: Session, court_id: int, kind: str, subject: str) -> int:
    newest = session.scalars(
        select(func.max(DocumentRecord.version)).where(
            DocumentRecord.court_id == court_id,
            DocumentRecord.kind == kind,
            DocumentRecord.subject == subject,
        )
    ).one()
    return (newest or 0) + 1
