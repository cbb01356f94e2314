"""Why a card was declined, so that the bidder's page can say it and what to do instead."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    op.add_column("card_payments", sa.Column("declined_as", sa.String(60)))
