"""Objections, and what stops or undoes a sale (RULE-L6 to L9, M1 to M6)."""

from __future__ import annotations

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    pass
