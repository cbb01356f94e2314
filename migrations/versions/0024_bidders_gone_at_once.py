"""How many bidders hold a line to the platform, and where most of them lost it at once (FAULT-F41).

What live processes count is worth something for a minute and nothing after a crash, so it is
written beside the log. How many bidders there are is nobody's business before the end (RULE-A8):
courts and operators read how large a share went, in tenths, and the counts stay with the closer.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"

SEEN = "id, court_id, sale_id, at, noticed_at, tenths_gone, back_at"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '2s'")
    op.create_table(
        "attendance",
        sa.Column("sale_id", sa.BigInteger(), nullable=False),
        sa.Column("process", sa.String(length=40), nullable=False),
        sa.Column(
            "at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("bidders", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("at", "sale_id", "process", name="pk_attendance"),
        sa.CheckConstraint("bidders >= 0", name="bidders_not_negative"),
        prefixes=["UNLOGGED"],
    )
    _moment = sa.DateTime(timezone=True)
    op.create_table(
        "lost_bidders",
        sa.Column("id", sa.BigInteger(), primary_key=True),
        sa.Column("court_id", sa.BigInteger(), sa.ForeignKey("courts.id"), nullable=False),
        sa.Column("sale_id", sa.BigInteger(), sa.ForeignKey("sales.id"), nullable=False),
        sa.Column("at", _moment, nullable=False),
        sa.Column(
            "noticed_at", _moment, server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column("were_here", sa.BigInteger(), nullable=False),
        sa.Column("stayed", sa.BigInteger(), nullable=False),
        sa.Column(
            "tenths_gone",
            sa.BigInteger(),
            sa.Computed("(were_here - stayed) * 10 / were_here", persisted=True),
            nullable=False,
        ),
        sa.Column("back_at", _moment),
        sa.CheckConstraint("stayed >= 0 AND stayed < were_here", name="some_were_lost"),
    )
    op.create_index("ix_lost_bidders_court_id", "lost_bidders", ["court_id"])
    # One alarm at a time: the next one comes after they were back.
    op.create_index(
        "uq_lost_bidders_open",
        "lost_bidders",
        ["sale_id"],
        unique=True,
        postgresql_where=sa.text("back_at IS NULL"),
    )
    _rights()


def _rights() -> None:
    op.execute("GRANT INSERT ON attendance TO luochui_public")
    op.execute("GRANT SELECT, DELETE ON attendance TO luochui_closer")
    op.execute("GRANT SELECT, INSERT, UPDATE (stayed, back_at) ON lost_bidders TO luochui_closer")
    op.execute("GRANT USAGE ON SEQUENCE lost_bidders_id_seq TO luochui_closer")
    op.execute(f"GRANT SELECT ({SEEN}) ON lost_bidders TO luochui_web")
    # Everybody may know that it happened, and not in which sale.
    op.execute("GRANT SELECT (noticed_at) ON lost_bidders TO luochui_public")
    op.execute("ALTER TABLE lost_bidders ENABLE ROW LEVEL SECURITY")
    op.execute("""
        CREATE POLICY staff ON lost_bidders FOR SELECT TO luochui_web
        USING (court_id = current_court())""")
    op.execute("""
        CREATE POLICY operator_reads ON lost_bidders FOR SELECT TO luochui_web
        USING (is_operator())""")
    op.execute(
        "CREATE POLICY public_reads ON lost_bidders FOR SELECT TO luochui_public USING (true)"
    )
    op.execute("""
        CREATE POLICY system ON lost_bidders TO luochui_closer
        USING (true) WITH CHECK (true)""")


def downgrade() -> None:
    op.drop_table("lost_bidders")
    op.drop_table("attendance")
