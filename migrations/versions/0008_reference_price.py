"""Reference prices: how they were found, objected to and fixed (RULE-B1 to B15)."""

from __future__ import annotations

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    pass
