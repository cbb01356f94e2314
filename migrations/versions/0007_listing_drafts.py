"""Listings imported from elsewhere, as drafts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "listing_drafts",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("court_id", sa.BigInteger(), nullable=True),
        sa.Column("source", sa.String(length=60), nullable=False),
        sa.Column("source_key", sa.String(length=60), nullable=False),
        sa.Column("title", sa.String(length=600), nullable=False),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("missing", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("file_sha256", sa.String(length=64), nullable=False),
        sa.Column("imported_by", sa.BigInteger(), nullable=True),
        sa.Column(
            "imported_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["court_id"], ["courts.id"], name="fk_listing_drafts_court_id"),
        sa.ForeignKeyConstraint(
            ["imported_by"], ["identity.people.id"], name="fk_listing_drafts_imported_by"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_listing_drafts"),
        sa.UniqueConstraint("public_id", name="uq_listing_drafts_public_id"),
        sa.UniqueConstraint("source", "source_key", name="uq_listing_drafts_source_source_key"),
    )
    op.execute("GRANT SELECT, INSERT ON listing_drafts TO luochui_web")
    op.execute("GRANT USAGE ON SEQUENCE listing_drafts_id_seq TO luochui_web")
    op.execute("ALTER TABLE listing_drafts ENABLE ROW LEVEL SECURITY")
    op.execute("""
        CREATE POLICY staff ON listing_drafts TO luochui_web
        USING (court_id = current_court()) WITH CHECK (court_id = current_court())""")
    op.execute("""
        CREATE POLICY operator ON listing_drafts TO luochui_web
        USING (is_operator()) WITH CHECK (is_operator())""")
