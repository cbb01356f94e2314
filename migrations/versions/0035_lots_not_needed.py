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


def downgrade() -> None:
    op.execute("DELETE FROM outbox WHERE kind = 'covered_case'")
    _know(_BEFORE)


def _know(kinds: tuple[str, ...]) -> None:
    listed = ", ".join(f"'{kind}'" for kind in kinds)
    op.execute("ALTER TABLE outbox DROP CONSTRAINT ck_outbox_kind_known")
    # What is there is known already, so the table is not read while it is locked.
    op.execute(
        "ALTER TABLE outbox ADD CONSTRAINT ck_outbox_kind_known"
        f" CHECK (kind IN ({listed})) NOT VALID"
    )
    op.execute("ALTER TABLE outbox VALIDATE CONSTRAINT ck_outbox_kind_known")
