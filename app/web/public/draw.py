"""The lot among creditors who want the property in kind: seed, order, and how to draw it again.

Built from public notices alone: claims stand here by number, nobody by name (RULE-K5).
"""

from __future__ import annotations

from datetime import date

from flask import abort, render_template

from app.db import engine_for
from app.gateways.clock import legal_now
from app.queries import public_lots as queries
from app.web.page import follow_court_clock
from app.web.public.blueprint import bp

_KINDS = ("in_kind_asked", "in_kind_drawn", "in_kind_declined", "in_kind_taken")


@bp.get("/sales/<sale>/draw")
def draw(sale: str) -> str:
    with engine_for("public").connect() as connection:
        row = queries.lot_page(connection, sale)
        if row is None:
            abort(404)
        follow_court_clock(row.timezone, legal_now(connection, row.court_id))
        notices = queries.notices(connection, sale_id=row.sale_id)
    told = {notice.kind: notice for notice in notices if notice.kind in _KINDS}
    if "in_kind_asked" not in told:
        abort(404)
    return render_template(
        "public/draw.html",
        row=row,
        asked=told["in_kind_asked"],
        answer_by=date.fromisoformat(told["in_kind_asked"].params["answer_by"]),
        drawn=told.get("in_kind_drawn"),
        ended=told.get("in_kind_taken") or told.get("in_kind_declined"),
    )
