"""A day off that is still to come can be taken out of a calendar; what was told stands (RULE-Q1).

A court may also state why an increment is larger than practice finds fit (RULE-C8).

Until when a party may object to a price is written down when it is told, so that no later change
of the calendar makes that day earlier (RULE-B9, Q4).
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '2s'")
    op.add_column("pricing_steps", sa.Column("answer_by", sa.Date(), nullable=True))
    op.drop_constraint("ck_asset_statements_kind_known", "asset_statements")
    op.create_check_constraint(
        op.f("ck_asset_statements_kind_known"),
        "asset_statements",
        "kind IN ('sold_together', 'part_of_equity', 'equity_without_documents', 'increment')",
    )
    op.execute("GRANT DELETE ON calendar_days TO luochui_web")
    op.execute("""
        CREATE FUNCTION keep_days_gone_by() RETURNS trigger LANGUAGE plpgsql
        SECURITY DEFINER SET search_path = public AS $$
        BEGIN
          IF OLD."on" <= (SELECT (legal_time(id, clock_timestamp()) AT TIME ZONE timezone)::date
                          FROM courts WHERE id = OLD.court_id) THEN
            RAISE EXCEPTION 'periods were counted over this day' USING ERRCODE = 'LC008';
          END IF;
          RETURN OLD;
        END $$""")
    op.execute("""
        CREATE TRIGGER still_to_come BEFORE DELETE ON calendar_days
        FOR EACH ROW EXECUTE FUNCTION keep_days_gone_by()""")
