"""What the outside tells us: signed, deduplicated, and only a hint."""

from __future__ import annotations

from flask import Blueprint

from app.web.gates import gated, open_to_all

bp = gated(Blueprint("webhooks", __name__, url_prefix="/hooks"), open_to_all)
