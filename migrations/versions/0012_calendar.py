"""The court's reading of days, and what it states before it publishes (RULE-Q2, C6, C9, C11, D9).

What the applicant was told, and that they asked for the sale all the same, is written once each:
the notice stands, the request is added to it.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

TABLES = ("asset_statements", "surplus_notices")


def upgrade() -> None:
    _columns()
    _tables()
    _kept()
    _rights()


def _columns() -> None:
    op.add_column(
        "courts",
        sa.Column("days_before", sa.String(length=10), server_default="default", nullable=False),
    )
    op.create_check_constraint(
        op.f("ck_courts_days_before_known"), "courts", "days_before IN ('default', 'strict')"
    )
    op.add_column(
        "assets",
        sa.Column(
            "is_purchase_restricted", sa.Boolean(), server_default=sa.false(), nullable=False
        ),
    )


def _tables() -> None:
    op.create_table(
        "asset_statements",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("court_id", sa.BigInteger(), nullable=False),
        sa.Column("asset_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("reason", sa.String(length=1000), nullable=False),
        sa.Column("stated_by", sa.BigInteger(), nullable=False),
        _written("stated_at"),
        sa.CheckConstraint(
            "kind IN ('sold_together', 'part_of_equity', 'equity_without_documents')",
            name=op.f("ck_asset_statements_kind_known"),
        ),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_asset_statements_gives_reason")),
        sa.ForeignKeyConstraint(["court_id"], ["courts.id"], name="fk_asset_statements_court_id"),
        sa.ForeignKeyConstraint(["asset_id"], ["assets.id"], name="fk_asset_statements_asset_id"),
        sa.ForeignKeyConstraint(
            ["stated_by"], ["identity.people.id"], name="fk_asset_statements_stated_by"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_asset_statements"),
        sa.UniqueConstraint("asset_id", "kind", name="uq_asset_statements_asset_id_kind"),
    )
    op.create_table(
        "surplus_notices",
        sa.Column("sale_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("court_id", sa.BigInteger(), nullable=False),
        sa.Column("starting_price", sa.BigInteger(), nullable=False),
        sa.Column("before", sa.BigInteger(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_by", sa.BigInteger(), nullable=False),
        sa.Column("answer_by", sa.Date(), nullable=False),
        sa.Column("requested_on", sa.Date(), nullable=True),
        sa.Column("recorded_by", sa.BigInteger(), nullable=True),
        _written("written_at"),
        sa.CheckConstraint(
            "requested_on IS NULL OR requested_on <= answer_by",
            name=op.f("ck_surplus_notices_requested_in_time"),
        ),
        sa.CheckConstraint(
            "(requested_on IS NULL) = (recorded_by IS NULL)",
            name=op.f("ck_surplus_notices_request_recorded_whole"),
        ),
        sa.ForeignKeyConstraint(["sale_id"], ["sales.id"], name="fk_surplus_notices_sale_id"),
        sa.ForeignKeyConstraint(["court_id"], ["courts.id"], name="fk_surplus_notices_court_id"),
        sa.ForeignKeyConstraint(
            ["told_by"], ["identity.people.id"], name="fk_surplus_notices_told_by"
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by"], ["identity.people.id"], name="fk_surplus_notices_recorded_by"
        ),
        sa.PrimaryKeyConstraint("sale_id", name="pk_surplus_notices"),
    )


def _written(name: str) -> sa.Column[object]:
    return sa.Column(
        name,
        sa.DateTime(timezone=True),
        server_default=sa.text("clock_timestamp()"),
        nullable=False,
    )


def _kept() -> None:
    """A notice and a request stand as they were written (RULE-C6)."""
    op.execute("""
        CREATE FUNCTION keep_surplus_notice() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF (NEW.sale_id, NEW.court_id, NEW.starting_price, NEW.before, NEW.told_at, NEW.told_by,
              NEW.answer_by) IS DISTINCT FROM
             (OLD.sale_id, OLD.court_id, OLD.starting_price, OLD.before, OLD.told_at, OLD.told_by,
              OLD.answer_by) OR OLD.requested_on IS NOT NULL THEN
            RAISE EXCEPTION 'what the applicant of sale % was told stands', OLD.sale_id
              USING ERRCODE = 'LC008';
          END IF;
          RETURN NEW;
        END $$""")
    op.execute("""
        CREATE TRIGGER stands BEFORE UPDATE ON surplus_notices
        FOR EACH ROW EXECUTE FUNCTION keep_surplus_notice()""")
    op.execute("""
        CREATE TRIGGER never_gone BEFORE DELETE OR TRUNCATE ON surplus_notices
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()""")


def _rights() -> None:
    op.execute(f"GRANT SELECT, INSERT, UPDATE ON {', '.join(TABLES)} TO luochui_web")
    op.execute(f"GRANT SELECT ON {', '.join(TABLES)} TO luochui_closer")
    op.execute("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO luochui_web")
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"""
            CREATE POLICY staff ON {table} TO luochui_web
            USING (court_id = current_court()) WITH CHECK (court_id = current_court())""")
        op.execute(
            f"CREATE POLICY system ON {table} TO luochui_drain, luochui_closer, luochui_notifier"
            " USING (true) WITH CHECK (true)"
        )
