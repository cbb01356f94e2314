"""Of a property taken in kind the difference is distributed by a plan, like a price (RULE-K5).

The plan divides the whole price. What the property itself pays of its taker's share stands beside
the money of the taker's line; the pool is the money.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"


def upgrade() -> None:
    op.add_column(
        "plan_lines", sa.Column("in_kind", sa.BigInteger(), server_default="0", nullable=False)
    )
    op.create_check_constraint(
        op.f("ck_plan_lines_property_pays_a_claim"),
        "plan_lines",
        "in_kind >= 0 AND (in_kind = 0 OR kind = 'claim')",
    )
    # As in 0005: money and property together never exceed the claim (INV-M15).
    op.execute("""
        CREATE OR REPLACE FUNCTION check_line_within_claim() RETURNS trigger LANGUAGE plpgsql
        SECURITY DEFINER SET search_path = public AS $$
        BEGIN
          IF NEW.claim_id IS NOT NULL AND NEW.amount + NEW.in_kind > (
            SELECT coalesce(admitted_amount, 0) FROM claims WHERE id = NEW.claim_id
          ) THEN
            RAISE EXCEPTION 'a line of plan % exceeds its claim', NEW.plan_id
              USING ERRCODE = 'LC007';
          END IF;
          RETURN NEW;
        END $$""")
