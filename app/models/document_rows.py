"""Documents as they were made: a text, its version, its hash. The text never changes again."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.models.many_rows import insert_many
from app.models.records import DocumentRecord


@dataclass(frozen=True, slots=True)
class NewDocument:
    """A text that is about to become a document."""

    court_id: int
    kind: str
    subject: str
    audience: str
    title: str
    content: str
    at: datetime
    case_id: int | None = None
    sale_id: int | None = None
    made_by: int | None = None


_NEWEST = text("""
    SELECT court_id, kind, subject, max(version) AS version FROM documents
    JOIN unnest(CAST(:courts AS bigint[]), CAST(:kinds AS text[]), CAST(:subjects AS text[]))
      AS about (court_id, kind, subject) USING (court_id, kind, subject)
    GROUP BY court_id, kind, subject""")


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
    new = NewDocument(
        court_id, kind, subject, audience, title, content, at, case_id, sale_id, made_by
    )
    document = DocumentRecord(**_document_row(new, _newest_versions(session, [new])))
    session.add(document)
    session.flush()
    return document


def add_documents(session: Session, new: Sequence[NewDocument]) -> None:
    """Several at once, about different subjects."""
    versions = _newest_versions(session, new)
    insert_many(session, DocumentRecord, [_document_row(each, versions) for each in new])


def _document_row(new: NewDocument, versions: dict[tuple[int, str, str], int]) -> dict[str, Any]:
    return {
        "court_id": new.court_id,
        "case_id": new.case_id,
        "sale_id": new.sale_id,
        "kind": new.kind,
        "subject": new.subject,
        "version": versions.get((new.court_id, new.kind, new.subject), 0) + 1,
        "audience": new.audience,
        "title": new.title,
        "content": new.content,
        "sha256": hashlib.sha256(new.content.encode()).hexdigest(),
        "made_by": new.made_by,
        "made_at": new.at,
    }


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


def _newest_versions(
    session: Session, new: Sequence[NewDocument]
) -> dict[tuple[int, str, str], int]:
    rows = session.execute(
        _NEWEST,
        {
            "courts": [each.court_id for each in new],
            "kinds": [each.kind for each in new],
            "subjects": [each.subject for each in new],
        },
    )
    return {(row.court_id, row.kind, row.subject): row.version for row in rows}
