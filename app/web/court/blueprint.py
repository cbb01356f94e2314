"""The court's blueprint; its views stand in files of their own, gathered in `routes.py`."""

from __future__ import annotations

from flask import Blueprint

from app.web.gates import gated, staff

bp = gated(Blueprint("court", __name__, url_prefix="/court"), staff)
