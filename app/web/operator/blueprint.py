"""The operator's blueprint; its views stand in files of their own, gathered in `routes.py`."""

from __future__ import annotations

from flask import Blueprint

from app.web.gates import gated, operator

bp = gated(Blueprint("operator", __name__, url_prefix="/operator"), operator)
