"""Rounds after a failure: taking in kind, sell-off, return, default (RULE-J, K)."""

from __future__ import annotations

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    pass
