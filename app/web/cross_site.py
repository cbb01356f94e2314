"""Requests that somebody else's page, or somebody else's name for us, sent: turned away unread.

The token in each form is the first defence, the cookie's SameSite the second; this is the third,
and the one that needs nothing from the page (SEC-T3).
"""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Flask, Response, abort, current_app, request
from werkzeug.exceptions import SecurityError

_CHANGES_NOTHING = frozenset({"GET", "HEAD", "OPTIONS"})


def register_cross_site_check(app: Flask) -> None:
    app.before_request(_refuse_other_names)
    app.before_request(_refuse_other_sites)


def _refuse_other_names() -> Response | None:
    """A name that is not ours is answered in plain text: no page can be made under it (SEC-S4)."""
    if isinstance(request.routing_exception, SecurityError):
        return Response("This is not our name.\n", 400, mimetype="text/plain")
    return None


def _refuse_other_sites() -> None:
    if request.method not in _CHANGES_NOTHING and _is_from_another_site():
        abort(403)


def _is_from_another_site() -> bool:
    """A browser says where a request comes from; servers that call our hooks say nothing."""
    said = request.headers.get("Sec-Fetch-Site")
    if said is not None:
        return said not in ("same-origin", "none")
    origin = request.headers.get("Origin")
    return origin is not None and _place(origin) != _place(current_app.config["PUBLIC_URL"])


def _place(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc
