"""The rest of a price may be announced in parts: days and percents before the last day (RULE-I1).

A draft may hold anything. What is published is held to the rule by the table as well: days rise
and come before the last one, percents leave something for it, and a sell-off, whose price was
prepaid, has no parts.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    op.add_column(
        "sales",
        sa.Column("balance_parts", postgresql.JSONB(), server_default="[]", nullable=False),
    )
    op.execute("""
        CREATE FUNCTION parts_are_in_order(parts jsonb, last_day bigint) RETURNS boolean
        LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
          SELECT CASE WHEN jsonb_typeof(parts) = 'array' THEN coalesce((
            SELECT bool_and(coalesce(days >= 1 AND percent >= 1 AND days < next_day, false))
              AND sum(percent) < 100
            FROM (
              SELECT days, percent, lead(days, 1, last_day) OVER (ORDER BY place) AS next_day
              FROM (
                SELECT (part ->> 'days')::bigint AS days, (part ->> 'percent')::bigint AS percent,
                  place
                FROM jsonb_array_elements(parts) WITH ORDINALITY AS each (part, place)
              ) AS read
            ) AS ordered
          ), false) ELSE false END
        $$""")
    op.execute("""
        ALTER TABLE sales ADD CONSTRAINT ck_sales_parts_in_order CHECK (
          state = 'draft' OR balance_parts = '[]'
          OR (round <> 'sell_off' AND parts_are_in_order(balance_parts, balance_due_days)))""")
