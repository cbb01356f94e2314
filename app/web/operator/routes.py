"""The operator of the platform: queues, balances, clock; never a name, never a bid."""

from __future__ import annotations

from flask import Blueprint

from app.web.gates import gated, operator

bp = gated(Blueprint("operator", __name__, url_prefix="/operator"), operator)
