"""`court.courts`: the courts somebody works for."""

from __future__ import annotations

from flask import render_template

from app.queries.people import own_courts
from app.web.court.blueprint import bp
from app.web.gates import signed_in_person
from app.web.staff_words import ROLES


@bp.get("/")
def courts() -> str:
    found = own_courts(signed_in_person().id)
    return render_template("court/courts.html", courts=found, role_words=ROLES)
