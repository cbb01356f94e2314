"""The bidders' blueprint; its views stand in files of their own, gathered in `routes.py`."""

from __future__ import annotations

from flask import Blueprint

from app.web.gates import gated, signed_in

bp = gated(Blueprint("bidder", __name__, url_prefix="/bid"), signed_in)
