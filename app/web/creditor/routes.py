"""Parties to a case: claim, expected share, plan, statement."""

from __future__ import annotations

from flask import Blueprint

from app.web.gates import gated, signed_in

bp = gated(Blueprint("creditor", __name__, url_prefix="/claims"), signed_in)
