"""What all pages of a court's desk share: its name, its legal time, and finding its things."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeVar

from flask import abort, current_app, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.extensions import db
from app.gateways.clock import legal_now
from app.models.cases import AssetRecord, CaseRecord, ClaimRecord, Party
from app.models.records import DocumentRecord
from app.models.rounds import InKindInquiry, Taking
from app.models.sales import PriorityClaim, SaleRecord
from app.queries.court_sale import find
from app.web.court import words
from app.web.court.blueprint import bp
from app.web.gates import signed_in_person
from app.web.page import follow_court_clock

Record = TypeVar(
    "Record",
    CaseRecord,
    Party,
    AssetRecord,
    ClaimRecord,
    SaleRecord,
    PriorityClaim,
    DocumentRecord,
    InKindInquiry,
    Taking,
)


@bp.context_processor
def _frame() -> dict[str, Any]:
    if "court" not in g:
        return {}
    return {
        "court": g.court,
        "roles": g.court_roles,
        "words": words,
        "in_language": words.in_language,
        "here": here,
        "pages": current_app.view_functions,
    }


def keep_court_time() -> None:
    if "court" in g:
        legal = legal_now(db.session(), g.court.id) if g.court.is_rehearsal else None
        follow_court_clock(g.court.timezone, legal)


bp.before_request(keep_court_time)


def found(kind: type[Record], public_id: str) -> Record:
    """A thing of this court, or 404: what belongs to another court does not exist here."""
    record = find(db.session(), kind, g.court.id, public_id)
    if record is None:
        abort(404)
    return record


def here(endpoint: str, **values: Any) -> str:
    """The address of a page of this court."""
    return url_for(f"court.{endpoint}", court=g.court.public_id, **values)


def now() -> datetime:
    return legal_now(db.session(), g.court.id)


def me() -> int:
    return signed_in_person().id


def done(text: str, endpoint: str, **values: Any) -> ResponseReturnValue:
    """Say that it is done, and go on to a page that may be reloaded."""
    flash(text, "success")
    return redirect(here(endpoint, **values))


def error(reason: object, field: str) -> list[dict[str, str]]:
    """A refusal as the error summary shows it, with the field that it is about."""
    return [{"text": words.refusal(reason), "href": f"#{field}"}]


def refused(reason: object, endpoint: str, **values: Any) -> ResponseReturnValue:
    """For a form of one button: what was refused stands on the page it came from."""
    flash(words.refusal(reason), "refused")
    return redirect(here(endpoint, **values))


def may(*roles: str) -> bool:
    """On pages that everybody of the court may read: whether this one may act, or 404."""
    if request.method != "POST":
        return False
    if g.court_roles.isdisjoint(roles):
        abort(404)
    return True


def form_errors(*forms: Any) -> list[dict[str, str]]:
    """What is wrong in these forms, for the summary at the top of the page."""
    return [
        {"text": messages[0], "href": f"#{name}"}
        for form in forms
        for name, messages in form.errors.items()
    ]


def status(form: Any, errors: list[dict[str, str]] | None = None) -> int:
    return 400 if form.errors or errors else 200


def form_page(form: Any, heading: str, back: str, *, caption: str = "") -> ResponseReturnValue:
    page = render_template(
        "court/case_form.html", form=form, heading=heading, back=back, form_caption=caption
    )
    return page, status(form)


def choices(named: Mapping[str, Any]) -> list[tuple[str, Any]]:
    return list(named.items())
