"""Listings that were imported for this court: what each says, and what it still lacks."""

from __future__ import annotations

from typing import Any

from flask import g, render_template
from flask_babel import lazy_gettext as _
from sqlalchemy import select

from app.extensions import db
from app.models.imports import ListingDraft
from app.web.court.blueprint import bp

# What an imported listing may say or lack, in the words of the forms that ask for it.
FIELDS: dict[str, Any] = {
    "title": _("Title"),
    "court_name": _("Court"),
    "case_number": _("Case number"),
    "property_kind": _("Kind of property"),
    "round": _("Round"),
    "reference_price": _("Reference price"),
    "starting_price": _("Starting price"),
    "deposit": _("Deposit"),
    "increment": _("Increment"),
}
AMOUNTS = ("reference_price", "starting_price", "deposit", "increment")


@bp.get("/<court>/imported")
def imported(court: str) -> str:
    drafts = db.session.scalars(
        select(ListingDraft)
        .where(ListingDraft.court_id == g.court.id)
        .order_by(ListingDraft.id.desc())
        .limit(200)
    ).all()
    return render_template(
        "court/imported.html", drafts=drafts, field_names=FIELDS, amounts=AMOUNTS
    )
