"""What every page has: language, time, navigation, and headers that keep it to itself."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

from flask import Flask, Response, current_app, g, request, session, url_for
from flask_babel import gettext as _

from app.web.assets import asset, vendor
from app.web.formats import register_formats
from app.web.gates import viewer, works_for_a_court
from app.web.sale_words import how_it_ends, is_sold_by_value
from app.web.sessions import IDLE, current_session

LANGUAGES = {"en": "English", "zh": "中文"}


def register_pages(app: Flask) -> None:
    """Context, filters and headers for all templates of `app`."""
    register_formats(app, server_now)
    app.context_processor(_context)
    app.before_request(_keep_language)
    app.after_request(_guard_response)


def server_now() -> datetime:
    """Real time, for showing; what decides anything is read from the database."""
    if "server_now" not in g:
        g.server_now = datetime.now(UTC)
    now: datetime = g.server_now
    return now


def follow_court_clock(timezone: str, legal_time: datetime | None = None) -> None:
    """Pages about one court give its local time, and say "today" by its legal time where that is
    another than the real one (a rehearsal)."""
    g.page_zone = timezone
    if legal_time is not None:
        g.server_now = legal_time


def page_zone() -> str | None:
    """The zone in which this page gives moments; None for the platform's own."""
    zone: str | None = g.get("page_zone")
    return zone


def chosen_language() -> str:
    """The language of this request: asked for, chosen before, or the browser's."""
    if request:
        for asked in (request.args.get("lang"), session.get("lang"), request.cookies.get("lang")):
            if asked in LANGUAGES:
                return asked
        return request.accept_languages.best_match(["zh", "en"], "en") or "en"
    return "en"


def csp_nonce() -> str:
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    nonce: str = g.csp_nonce
    return nonce


def _keep_language() -> None:
    asked = request.args.get("lang")
    if asked in LANGUAGES:
        g.new_language = asked


def _context() -> dict[str, Any]:
    return {
        "locale": chosen_language(),
        "language_links": _language_links(),
        "navigation": _navigation(),
        "server_now": server_now(),
        "csp_nonce": csp_nonce(),
        "live_url": current_app.config["LIVE_URL"],
        "viewer": viewer(),
        "session_seconds": _session_seconds(),
        "asset": asset,
        "vendor": vendor,
        "how_it_ends": how_it_ends,
        "is_sold_by_value": is_sold_by_value,
    }


def _session_seconds() -> int:
    """For how long whoever is signed in stays so, if this page is the last that they touch."""
    kept = current_session().kept
    if kept is None:
        return int(IDLE.total_seconds())
    idle_left = IDLE if kept.is_due_for_touch else kept.idle_left
    return int(min(idle_left, kept.whole_left).total_seconds())


def _language_links() -> list[tuple[str, str, str, bool]]:
    if request.url_rule is None:
        return []
    current = chosen_language()
    arguments = request.args.to_dict()
    return [
        (
            code,
            name,
            f"{request.path}?{urlencode({**arguments, 'lang': code})}",
            code == current,
        )
        for code, name in LANGUAGES.items()
    ]


def _navigation() -> list[tuple[str, str, bool]]:
    """The main menu of whoever is looking; entries whose page does not exist are left out."""
    person = viewer()
    wanted = [(_("Sales"), "public.home"), (_("Notices"), "public.notices")]
    if person is None:
        wanted += [
            (_("Sign in"), "account.sign_in"),
            (_("Register"), "account.register"),
        ]
    else:
        wanted += [
            (_("My lots"), "bidder.my_lots"),
            (_("My claims"), "creditor.claims"),
        ]
        if works_for_a_court(person):
            wanted.append((_("Court desk"), "court.courts"))
        if person.is_operator:
            wanted.append((_("Operator"), "operator.overview"))
        wanted.append((_("My account"), "account.overview"))
    return [
        (text, url_for(endpoint), request.endpoint == endpoint)
        for text, endpoint in wanted
        if endpoint in current_app.view_functions
    ]


def _guard_response(response: Response) -> Response:
    """The same headers on every route, proven by a test over `url_map` (SEC T18, T20)."""
    live = urlsplit(current_app.config["LIVE_URL"])
    socket = f"{'wss' if live.scheme == 'https' else 'ws'}://{live.netloc}"
    response.headers.setdefault(
        "Content-Security-Policy",
        "default-src 'self'; "
        f"script-src 'self' 'nonce-{csp_nonce()}'; style-src 'self' 'nonce-{csp_nonce()}'; "
        f"img-src 'self' data:; connect-src 'self' {socket}; font-src 'self'; "
        "object-src 'none'; base-uri 'none'; form-action 'self' "
        f"{current_app.config['OUTSIDE_URL'] or 'https://checkout.stripe.com'}; "
        "frame-ancestors 'none'",
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    response.headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=(), payment=()"
    if current_app.config["PRODUCTION"]:
        response.headers["Strict-Transport-Security"] = "max-age=63072000; includeSubDomains"
    if viewer() is not None:
        response.headers["Cache-Control"] = "no-store"
    if "new_language" in g:
        response.set_cookie(
            "lang",
            g.new_language,
            max_age=31_536_000,
            samesite="Lax",
            secure=current_app.config["PRODUCTION"],
        )
    return response
