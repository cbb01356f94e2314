"""Web processes beat: what counts for an outage is whether bids could be taken (INV-A17).

Until now the closing process alone wrote that the platform was there. It could be, while nobody
reached a page; and it could be dead, while everybody bid.
"""

from __future__ import annotations

from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '2s'")
    op.execute("GRANT INSERT ON beats TO luochui_drain")


def downgrade() -> None:
    op.execute("REVOKE INSERT ON beats FROM luochui_drain")
