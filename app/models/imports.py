"""Listings taken over from elsewhere: drafts that say what they lack, never an invented value."""

from __future__ import annotations

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import db
from app.models.columns import Pk, PublicId, Written, court_key, person_key


class ListingDraft(db.Model):
    """One listing of one source, in our words; `missing` names what a sale would still need."""

    __tablename__ = "listing_drafts"
    __table_args__ = (UniqueConstraint("source", "source_key"),)

    id: Mapped[Pk]
    public_id: Mapped[PublicId]
    # The court whose name the source gives, where it works on this platform.
    court_id: Mapped[int | None] = mapped_column(court_key())
    source: Mapped[str] = mapped_column(String(60))
    source_key: Mapped[str] = mapped_column(String(60))
    title: Mapped[str] = mapped_column(String(600))
    content: Mapped[dict[str, object]] = mapped_column(JSONB)
    missing: Mapped[list[str]] = mapped_column(JSONB)
    file_sha256: Mapped[str] = mapped_column(String(64))
    imported_by: Mapped[int | None] = mapped_column(person_key())
    imported_at: Mapped[Written]
