"""A sale of shares ends where the authority does not approve the buyer (RULE-I8).

Its money goes back, the buyer stays out of the lot, and the same round may be held again: the last
was in the table of rounds from the beginning (migration 0010), without an act that leads there.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"

# What migration 0009 allows, and that a buyer may not be approved before the ruling.
SETTLEMENTS = (
    "awaiting_balance>paid",
    "awaiting_balance>defaulted",
    "paid>ruled",
    "ruled>delivered",
    "awaiting_balance>revoked",
    "paid>revoked",
    "ruled>revoked",
    "delivered>revoked",
    "awaiting_balance>not_approved",
    "paid>not_approved",
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '2s'")
    op.add_column(
        "settlements", sa.Column("money_back_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.execute("DROP TRIGGER transitions ON settlements")
    allowed = ", ".join(f"'{pair}'" for pair in SETTLEMENTS)
    op.execute(f"""
        CREATE TRIGGER transitions BEFORE UPDATE OF state ON settlements
        FOR EACH ROW EXECUTE FUNCTION keep_to_transitions({allowed})""")
    _check(
        "settlements",
        "state_known",
        "state IN ('awaiting_balance', 'paid', 'defaulted', 'ruled', 'delivered', 'revoked',"
        " 'not_approved')",
    )
    _check(
        "settlements",
        "paid_means_paid",
        "state IN ('awaiting_balance', 'defaulted', 'revoked', 'not_approved')"
        " OR deposit_applied + paid = price",
    )
    _check(
        "round_acts",
        "kind_known",
        "kind IN ('new_round', 'returned', 'direct_sell_off', 'taken_by_agreement', 'approved',"
        " 'not_approved')",
    )
    _check(
        "exclusions",
        "ground_known",
        "ground IN ('defaulted', 'not_approved', 'court_staff', 'platform_staff', 'auxiliary',"
        " 'close_relative')",
    )
    op.execute("""
        CREATE OR REPLACE FUNCTION end_of_sale(of_sale bigint) RETURNS text LANGUAGE sql STABLE
        SECURITY DEFINER SET search_path = public AS
        $$ SELECT CASE
             WHEN o.status = 'withdrawn' THEN 'withdrawn'
             WHEN o.status = 'unsold' AND t.id IS NULL THEN 'failed'
             WHEN o.status = 'unsold' AND t.state = 'defaulted' THEN 'taker_defaulted'
             WHEN s.state IN ('defaulted', 'not_approved', 'revoked') THEN s.state
           END
           FROM outcomes o
           LEFT JOIN settlements s ON s.sale_id = o.sale_id
           LEFT JOIN takings t ON t.sale_id = o.sale_id
           WHERE o.sale_id = of_sale $$""")


def _check(table: str, name: str, holds: str) -> None:
    op.execute(f"ALTER TABLE {table} DROP CONSTRAINT ck_{table}_{name}")
    op.execute(f"ALTER TABLE {table} ADD CONSTRAINT ck_{table}_{name} CHECK ({holds})")
