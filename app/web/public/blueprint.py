"""The public blueprint; its views stand in files of their own, gathered in `routes.py`."""

from __future__ import annotations

from flask import Blueprint

from app.web.gates import gated, open_to_all

bp = gated(Blueprint("public", __name__), open_to_all)
