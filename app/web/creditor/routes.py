"""Parties to a case: claim, expected share, plan, statement."""

from __future__ import annotations

from app.web.creditor import claims, plans, statement
from app.web.creditor.blueprint import bp

__all__ = ["bp", "claims", "plans", "statement"]
