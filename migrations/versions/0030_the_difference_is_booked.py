"""What a creditor pays beyond its share of a property taken in kind goes through the books (RULE-K5).

It comes to the court's account under a reference of its own, like any price, and is held for those
who are paid before the creditor. The worker marks it as paid; nobody at a desk does.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"


def upgrade() -> None:
    op.add_column("takings", sa.Column("reference", sa.String(24)))
    # As `references.new_reference` writes them, for those that are awaited already.
    op.execute("""
        UPDATE takings SET reference = 'LC' || lpad(drawn.n::text, 12, '0')
          || lpad((98 - drawn.n * 100 % 97)::text, 2, '0')
        FROM (SELECT id, floor(random() * 1e12)::bigint AS n FROM takings) AS drawn
        WHERE drawn.id = takings.id AND state = 'awaiting_difference'""")
    op.create_unique_constraint("uq_takings_reference", "takings", ["reference"])
    op.drop_constraint("ck_suspense_items_by_machine_known", "suspense_items")
    op.create_check_constraint(
        op.f("ck_suspense_items_by_machine_known"),
        "suspense_items",
        "by_machine IS NULL OR by_machine IN ('added_up', 'provider_payout', 'taking')",
    )
    op.execute("GRANT UPDATE (state, paid_at, paid_reference) ON takings TO luochui_closer")
