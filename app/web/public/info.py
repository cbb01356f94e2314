"""Pages that explain: how a sale works, how to check one, who to ask."""

from __future__ import annotations

from flask import render_template

from app.db import engine_for
from app.gateways.clock import real_now
from app.queries.refund_times import refund_times
from app.queries.status import platform_status
from app.web.public.blueprint import bp


@bp.get("/verify")
def verify() -> str:
    return render_template("public/verify.html")


@bp.get("/how-it-works")
def how_it_works() -> str:
    return render_template("public/how_it_works.html")


@bp.get("/status")
def status() -> str:
    with engine_for("public").connect() as connection:
        return render_template(
            "public/status.html",
            status=platform_status(connection),
            at=real_now(connection),
            refunds=refund_times(connection),
        )


@bp.get("/contact")
def contact() -> str:
    return render_template("public/contact.html")


@bp.get("/privacy")
def privacy() -> str:
    return render_template("public/privacy.html")


@bp.get("/accessibility")
def accessibility() -> str:
    return render_template("public/accessibility.html")
