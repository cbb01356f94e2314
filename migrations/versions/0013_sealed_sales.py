"""Sales whose bids are hidden until the end, and awards that need a decision.

What is sealed is kept from everybody by the database itself, the court included: a policy hides
bids and transcript lines of a sealed sale until it is over. A bidder sees their own.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"

SYSTEM = "luochui_drain, luochui_closer, luochui_notifier"
# Few sales are sealed and run: asked once a query, not once a row.
_HIDDEN = "SELECT h.sale_id FROM sale_states h WHERE h.is_sealed"


def upgrade() -> None:
    op.add_column(
        "courts",
        sa.Column("rule_family", sa.String(length=20), server_default="cn", nullable=False),
    )
    op.execute("GRANT SELECT (rule_family) ON courts TO luochui_public")
    op.add_column(
        "courts",
        sa.Column(
            "readings",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
    )
    # An id that names how open questions are read is as long as it takes.
    op.execute("ALTER TABLE sales ALTER COLUMN rules TYPE varchar(400)")
    op.add_column("bids", sa.Column("reserve", sa.Boolean(), server_default="f", nullable=False))
    op.add_column(
        "sale_states", sa.Column("is_sealed", sa.Boolean(), server_default="f", nullable=False)
    )
    op.add_column(
        "sale_states", sa.Column("bids_rise", sa.Boolean(), server_default="t", nullable=False)
    )
    op.add_column("sale_states", sa.Column("moved_end", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_sale_states_sealed",
        "sale_states",
        ["sale_id"],
        postgresql_where=sa.text("is_sealed"),
    )
    op.execute("GRANT SELECT (is_sealed) ON sale_states TO luochui_public")
    _follow()
    _pending()
    _hide()
    _awards()


def _follow() -> None:
    """As before (0003), but where a law keeps lower bids they need not rise (INV-A4)."""
    op.execute("""
        CREATE OR REPLACE FUNCTION follow_last_bid() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE last bids;
        BEGIN
          SELECT * INTO last FROM bids WHERE sale_id = NEW.sale_id ORDER BY seq DESC LIMIT 1;
          IF NEW.seq <> coalesce(last.seq, 0) + 1 OR NEW.at < last.at OR (
             NEW.amount < last.amount AND coalesce(
               (SELECT bids_rise FROM sale_states WHERE sale_id = NEW.sale_id), true)) THEN
            RAISE EXCEPTION 'bid % of sale % does not follow bid %',
              NEW.seq, NEW.sale_id, last.seq USING ERRCODE = 'LC002';
          END IF;
          RETURN NEW;
        END $$""")


def _pending() -> None:
    """Bidding is over, and whether the best bid buys is still to be decided."""
    for table, column, words in (
        ("sale_states", "status", "announced open suspended sold pending_award unsold withdrawn"),
        ("outcomes", "status", "sold pending_award unsold withdrawn"),
        ("public_lots", "phase", "announced open suspended sold pending_award unsold withdrawn"),
    ):
        known = ", ".join(f"'{word}'" for word in words.split())
        op.execute(f"ALTER TABLE {table} ALTER COLUMN {column} TYPE varchar(16)")
        op.execute(f"ALTER TABLE {table} DROP CONSTRAINT ck_{table}_{column}_known")
        op.create_check_constraint(f"{column}_known", table, f"{column} IN ({known})")


def _hide() -> None:
    for table in ("bids", "transcript_lines"):
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY system ON {table} TO {SYSTEM} USING (true) WITH CHECK (true)")
        op.execute(
            f"CREATE POLICY shown ON {table} FOR SELECT TO luochui_web, luochui_public"
            f" USING (sale_id NOT IN ({_HIDDEN}))"
        )
    op.execute(
        "CREATE POLICY own ON bids FOR SELECT TO luochui_web"
        " USING (registration_id = ANY (current_registrations()))"
    )
    # The first line is written at publication.
    op.execute(
        "CREATE POLICY begins ON transcript_lines FOR INSERT TO luochui_web WITH CHECK (n = 0)"
    )


def _awards() -> None:
    op.create_table(
        "awards",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("court_id", sa.BigInteger(), nullable=False),
        sa.Column("sale_id", sa.BigInteger(), nullable=False),
        sa.Column("decision", sa.String(length=12), nullable=False),
        sa.Column("answer", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(length=1000), nullable=False),
        sa.Column("decided_by", sa.BigInteger(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("carried_out_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "decision IN ('approved', 'refused')", name=op.f("ck_awards_decision_known")
        ),
        sa.CheckConstraint("price >= 1", name=op.f("ck_awards_price_positive")),
        sa.ForeignKeyConstraint(["court_id"], ["courts.id"], name="fk_awards_court_id"),
        sa.ForeignKeyConstraint(["sale_id"], ["sales.id"], name="fk_awards_sale_id"),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["identity.people.id"], name="fk_awards_decided_by"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_awards"),
        sa.UniqueConstraint("public_id", name="uq_awards_public_id"),
        sa.UniqueConstraint("sale_id", name="uq_awards_sale_id"),
    )
    op.create_index("ix_awards_court_id", "awards", ["court_id"])
    # A decision stands: it is carried out once, and nothing else about it ever changes.
    op.execute("""
        CREATE FUNCTION keep_award() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF TG_OP = 'DELETE' OR OLD.carried_out_at IS NOT NULL
             OR to_jsonb(NEW) - 'carried_out_at' <> to_jsonb(OLD) - 'carried_out_at' THEN
            RAISE EXCEPTION 'the award of sale % stands', OLD.sale_id USING ERRCODE = 'LC001';
          END IF;
          RETURN NEW;
        END $$""")
    op.execute(
        "CREATE TRIGGER stands BEFORE UPDATE OR DELETE ON awards"
        " FOR EACH ROW EXECUTE FUNCTION keep_award()"
    )
    op.execute("ALTER TABLE awards ENABLE ROW LEVEL SECURITY")
    op.execute("GRANT SELECT, INSERT ON awards TO luochui_web")
    op.execute("GRANT SELECT ON awards TO luochui_closer")
    op.execute("GRANT UPDATE (carried_out_at) ON awards TO luochui_closer")
    op.execute("GRANT USAGE ON SEQUENCE awards_id_seq TO luochui_web")
    op.execute("""
        CREATE POLICY staff ON awards TO luochui_web
        USING (court_id = current_court()) WITH CHECK (court_id = current_court())""")
    op.execute(f"CREATE POLICY system ON awards TO {SYSTEM} USING (true) WITH CHECK (true)")
