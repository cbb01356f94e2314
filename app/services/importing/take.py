"""Take a file over: all of its rows, or with `accept_valid` those that can be taken."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from app.db import transaction
from app.models.columns import new_public_id
from app.models.courts import CourtRecord
from app.models.imports import ListingDraft
from app.models.outbox_rows import record_act
from app.services.importing.files import read_file
from app.services.importing.rows import Draft, Problem, Row, read_row
from app.services.importing.sources import Source


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a file. Nothing was taken where a row was refused and none may be left."""

    source: str
    rows: int
    refused: tuple[Row, ...]
    added: int
    known: int


def take_listings(
    content: bytes,
    *,
    accept_valid: bool = False,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> Taken:
    """Import one file in one transaction; the same file twice adds nothing."""
    source, raw = read_file(content)
    rows = _read(source, raw, progress)
    refused = tuple(row for row in rows if row.draft is None)
    if refused and not accept_valid:
        return Taken(source.id, len(rows), refused, added=0, known=0)
    drafts = [row.draft for row in rows if row.draft is not None]
    sha256 = hashlib.sha256(content).hexdigest()
    with transaction() as session:
        added = sum(_add(session, source, draft, sha256) for draft in drafts)
        record_act(
            session,
            actor="operator",
            action="listings.imported",
            subject=f"file:{sha256[:16]}",
            source=source.id,
            added=added,
            refused=len(refused),
        )
    return Taken(source.id, len(rows), refused, added=added, known=len(drafts) - added)


def _read(source: Source, raw: list[object], progress: Callable[[int, int], None]) -> list[Row]:
    rows: list[Row] = []
    seen: set[str] = set()
    for place, record in enumerate(raw, start=1):
        row = read_row(source, place, record)
        if row.draft is not None and row.key in seen:
            row = _twice(source, row)
        seen.add(row.key)
        rows.append(row)
        progress(place, len(raw))
    return rows


def _twice(source: Source, row: Row) -> Row:
    return Row(row.place, row.key, None, (Problem(source.key, "stands in the file already"),))


def _add(session: Session, source: Source, draft: Draft, sha256: str) -> bool:
    court_name = draft.content.get("court_name")
    court_id = session.scalars(
        select(CourtRecord.id).where(CourtRecord.name_zh == court_name)
    ).first()
    added = session.execute(
        upsert(ListingDraft)
        .values(
            public_id=new_public_id(),
            court_id=court_id,
            source=source.id,
            source_key=draft.key,
            title=draft.title,
            content=draft.content,
            missing=list(draft.missing),
            file_sha256=sha256,
        )
        .on_conflict_do_nothing(index_elements=["source", "source_key"])
        .returning(ListingDraft.id)
    )
    return added.scalar_one_or_none() is not None
