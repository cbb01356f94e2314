"""Parties to a case: claim, expected share, plan, statement."""

from __future__ import annotations

from app.web.creditor import claims, in_kind, objections, plans, statement
from app.web.creditor.blueprint import bp

__all__ = ["bp", "claims", "in_kind", "objections", "plans", "statement"]
