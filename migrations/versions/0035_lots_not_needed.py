"""Property taken in kind stops the lots that its case no longer needs: a promise of its own.

Title passes at a desk, which writes into no journal; the scheduler keeps the promise (RULE-C10).
"""

from __future__ import annotations

from alembic import op

revision = "0035"
down_revision = "0034"

_BEFORE = ("provider_event", "checkout", "refund", "payment_file", "letter")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '2s'")
    _know((*_BEFORE, "covered_case"))
    # Of what passed before this was promised.
    op.execute("""
        INSERT INTO outbox (public_id, kind, key, court_id, payload, tries, state)
        SELECT public_id, 'covered_case', 'covered-case:' || public_id, court_id,
               jsonb_build_object('taking', id), 0, 'due'
        FROM takings WHERE state = 'served' ON CONFLICT (key) DO NOTHING""")


def downgrade() -> None:
    op.execute("DELETE FROM outbox WHERE kind = 'covered_case'")
    _know(_BEFORE)


def _know(kinds: tuple[str, ...]) -> None:
    listed = ", ".join(f"'{kind}'" for kind in kinds)
    op.execute("ALTER TABLE outbox DROP CONSTRAINT ck_outbox_kind_known")
    op.execute(f"ALTER TABLE outbox ADD CONSTRAINT ck_outbox_kind_known CHECK (kind IN ({listed}))")
