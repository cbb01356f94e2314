"""Work that is done now and then by one of several workers: the provider's books, the comparison.

Whoever moves the moment on does the work. Each worker reading all of the provider's books for
itself took the processor from the refunds of a closing hour, and brought no news.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.create_table(
        "turns",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_turns"),
    )
    op.execute("GRANT SELECT, INSERT, UPDATE ON turns TO luochui_closer")
