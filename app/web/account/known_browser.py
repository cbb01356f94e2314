"""A browser in which somebody once gave a second factor is known by a cookie of its own.

Whoever guesses passwords elsewhere uses up their own tries and not this browser's: nobody can be
locked out of their account by somebody else's guessing (SEC-T7).
"""

from __future__ import annotations

import secrets

from flask import current_app, request
from flask.wrappers import Response
from itsdangerous import BadData, URLSafeTimedSerializer

from app.gateways.credentials import derived_key, digest
from app.models.account_rows import written_email
from app.web.sessions import is_plain_loopback

_ONE_YEAR = 31_536_000


def remember_browser(response: Response, email: str) -> Response:
    mark = known_mark(email) or secrets.token_urlsafe(12)
    response.set_cookie(
        _name(),
        _signer().dumps([_name_of(email), mark]),
        max_age=_ONE_YEAR,
        httponly=True,
        secure=not is_plain_loopback(current_app._get_current_object()),  # type: ignore[attr-defined]
        samesite="Lax",
        path="/",
    )
    return response


def known_mark(email: str) -> str | None:
    """What this browser is called, if this person gave a second factor in it."""
    try:
        person, mark = _signer().loads(request.cookies.get(_name(), ""), max_age=_ONE_YEAR)
    except (BadData, ValueError):
        return None
    return str(mark) if person == _name_of(email) else None


def _name_of(email: str) -> str:
    """The cookie names nobody to whoever else may read it."""
    return digest("known browser", written_email(email))[:32]


def _name() -> str:
    is_plain = is_plain_loopback(current_app._get_current_object())  # type: ignore[attr-defined]
    return "luochui-known" if is_plain else "__Host-luochui-known"


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(derived_key("known browser"))
