"""Who may bid: exclusions, relatives, joint purchase, qualification (RULE-E, F)."""

from __future__ import annotations

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    pass
