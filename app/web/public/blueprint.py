"""The public blueprint; its views stand in files of their own, gathered in `routes.py`."""

from __future__ import annotations

from flask import Blueprint

from app.web.gates import gated, open_to_all
from app.web.public.kept_pages import answer_from_kept, keep_page, let_the_next_one_in

bp = gated(Blueprint("public", __name__), open_to_all)
bp.before_request(answer_from_kept)
bp.after_request(keep_page)
bp.teardown_request(let_the_next_one_in)
