"""A court at its desk: the court stands in the address, its staff at the gate."""

from __future__ import annotations

from flask import Blueprint

from app.web.gates import gated, staff

bp = gated(Blueprint("court", __name__, url_prefix="/court"), staff)
