"""When something goes wrong: what it was, whether anything is lost, and what to do now.

A page for people, the same words as JSON for scripts. Nothing internal is told; a failure of ours
gets a reference that stands in the log beside its trace.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Flask, current_app, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError, DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException

from app.extensions import db
from app.services.bidding.desk import Unreachable


@dataclass(frozen=True, slots=True)
class Words:
    heading: Any
    sentences: tuple[Any, ...]


WORDS: dict[int, Words] = {
    400: Words(
        _("The request could not be understood"),
        (_("Nothing was changed. Go back, reload the page and try again."),),
    ),
    401: Words(
        _("Sign in first"),
        (_("This needs an account. Nothing was sent; sign in and come back."),),
    ),
    403: Words(
        _("This page is not for you"),
        (_("You are signed in, but this is somebody else's. Nothing was changed."),),
    ),
    404: Words(
        _("There is no such page"),
        (
            _("If you typed the address, check it. If you followed a link, it may be old."),
            _("Pages that belong to somebody else are shown to nobody but them."),
        ),
    ),
    405: Words(
        _("This page cannot be used like that"), (_("Nothing was changed. Go back one page."),)
    ),
    409: Words(
        _("This changed meanwhile"),
        (_("Somebody was faster. Nothing of yours was saved; look at the present state first."),),
    ),
    413: Words(_("The file is too large"), (_("Files may have up to 16 MB. Nothing was saved."),)),
    429: Words(
        _("Too many requests"),
        (_("Wait a minute and try again. Nothing of this request was saved."),),
    ),
    500: Words(
        _("Something went wrong on our side"),
        (
            _("It is not your fault. We have written down what happened."),
            _("If you placed a bid, look at My bids before you try again: it may stand."),
        ),
    ),
    503: Words(
        _("The platform cannot answer right now"),
        (
            _("Running sales are not closed while nobody can reach them. Deposits are safe."),
            _("If you placed a bid, it may stand. Ask again in a minute; do not bid anew."),
            _("A new end is published before a suspended sale goes on."),
        ),
    ),
}


# Under this name a request says what it was called in the log (`deadline.py` tells a bidder).
REFERENCE = "luochui.reference"

_AWAY = (OperationalError, PoolTimeout, Unreachable)


def register_errors(app: Flask) -> None:
    app.register_error_handler(CSRFError, _stale_form)
    app.register_error_handler(HTTPException, _http)
    for away in _AWAY:
        app.register_error_handler(away, _database_away)
    app.register_error_handler(DataError, _unheard_of)
    app.register_error_handler(Exception, _ours)


def _http(error: HTTPException) -> ResponseReturnValue:
    code = error.code or 500
    if error.response is not None or code < 400:
        return error
    # What fails once the view has answered, while its session is written, comes wrapped.
    failure = getattr(error, "original_exception", None)
    if failure is not None:
        return _database_away(failure) if isinstance(failure, _AWAY) else _ours(failure)
    return _answer(code, headers=dict(error.get_headers()) if code == 429 else None)


def _stale_form(_error: CSRFError) -> ResponseReturnValue:
    """The form's token is old or missing: most often the page stood open for too long."""
    return _answer(400)


def _unheard_of(error: DataError) -> ResponseReturnValue:
    """A NUL byte, in an address or a field, is in no text that the database could know."""
    if "NUL" not in str(error.orig):
        return _ours(error)
    _forget_transaction()
    return _answer(400)


def _database_away(error: Exception) -> ResponseReturnValue:
    reference = _new_reference()
    current_app.logger.warning(
        "reference %s: the database did not answer: %s", reference, type(error).__name__
    )
    _forget_transaction()
    return _answer(503, reference=reference, headers={"Retry-After": "30"})


def _ours(error: Exception) -> ResponseReturnValue:
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return _database_away(error)
    if current_app.config["TESTING"]:
        raise error
    reference = _new_reference()
    current_app.logger.error(
        "reference %s: %s %s", reference, request.method, request.endpoint, exc_info=error
    )
    _forget_transaction()
    return _answer(500, reference=reference)


def _new_reference() -> str:
    reference = request.environ[REFERENCE] = secrets.token_hex(4)
    return reference


def _forget_transaction() -> None:
    """What was half done is undone, so that the page of the error can still ask who is looking."""
    try:
        db.session.rollback()
    except Exception:
        db.session.remove()


def _answer(
    code: int, *, reference: str | None = None, headers: dict[str, str] | None = None
) -> ResponseReturnValue:
    words = WORDS.get(code, WORDS[500 if code >= 500 else 400])
    if request.accept_mimetypes.best == "application/json" or request.is_json:
        content = {
            "error": code,
            "message": str(words.heading),
            "what_now": [str(sentence) for sentence in words.sentences],
            "reference": reference,
        }
        return jsonify(content), code, headers or {}
    return _page(code, words.heading, words.sentences, reference), code, headers or {}


def _page(code: int, heading: Any, sentences: Sequence[Any], reference: str | None) -> str:
    try:
        return render_template(
            "layout/error.html", heading=heading, sentences=sentences, reference=reference
        )
    except (DBAPIError, PoolTimeout):
        # Even asking who is looking needs the database; then the plain words must do.
        lines = "".join(f"<p>{sentence}</p>" for sentence in sentences)
        return f"<!doctype html><title>{heading}</title><h1>{heading}</h1>{lines}<p>{code}</p>"
