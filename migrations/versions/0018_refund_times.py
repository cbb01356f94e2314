"""How long deposits take to go back, for everybody to see and for nobody to be seen in (RULE-H3).

The view holds sums of at least five refunds of a court and nothing of a single one. It is read
with its owner's rights, so the public role needs no look into the refunds themselves.
"""

from __future__ import annotations

from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    op.create_index(
        "ix_refunds_done",
        "refunds",
        ["court_id", "done_at"],
        postgresql_where="state = 'done' AND deposit_id IS NOT NULL",
    )
    # A refund falls due 24 hours after the moment from which it was owed.
    op.execute("""
        CREATE VIEW refund_times AS
        SELECT c.id AS court_id, c.public_id AS court, c.name_en, c.name_zh, c.is_rehearsal,
          count(*) AS refunds,
          percentile_disc(0.5) WITHIN GROUP (ORDER BY r.took) AS median,
          percentile_disc(0.95) WITHIN GROUP (ORDER BY r.took) AS nearly_all
        FROM courts c
        CROSS JOIN LATERAL (
          SELECT legal_time(c.id, clock_timestamp()) - interval '90 days' AS since) w
        CROSS JOIN LATERAL (
          SELECT greatest(done_at - (due_at - interval '24 hours'), interval '0') AS took
          FROM refunds
          WHERE court_id = c.id AND state = 'done' AND deposit_id IS NOT NULL
            AND done_at > w.since) r
        GROUP BY c.id
        HAVING count(*) >= 5""")
    op.execute("GRANT SELECT ON refund_times TO luochui_public")
