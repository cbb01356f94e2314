"""The edge: one package per audience, each behind its gate."""

from __future__ import annotations

from importlib import import_module

from flask import Flask

from app.web import assets
from app.web.cross_site import register_cross_site_check
from app.web.errors import register_errors
from app.web.gates import ensure_every_route_has_a_gate
from app.web.identity import register_identity
from app.web.page import register_pages

AUDIENCES = ("public", "account", "bidder", "court", "creditor", "operator", "webhooks")


def register_web(app: Flask) -> None:
    """Register each audience's blueprint (`app.web.<audience>.routes.bp`), then count gates."""
    register_cross_site_check(app)
    register_identity(app)
    register_pages(app)
    register_errors(app)
    app.register_blueprint(assets.bp)
    for audience in AUDIENCES:
        app.register_blueprint(import_module(f"app.web.{audience}.routes").bp)
    ensure_every_route_has_a_gate(app)
