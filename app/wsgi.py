"""What the servers load: `app.wsgi:web` for pages and bids, `app.wsgi:live` for sockets, and
`app.wsgi:pages` where the front sends strangers alone.

Each is made when asked for, so that a process holds only its own. Gunicorn's gevent worker
patches the standard library before it loads this module; nothing here is imported earlier.
"""

from __future__ import annotations

from typing import Any


def __getattr__(name: str) -> Any:
    from app import create_app
    from config import settings

    if name in ("web", "pages"):
        return _web(takes_bids=name == "web")
    if name == "live":
        return _live()
    if name == "app":
        # The command line: the first role that this process was given a password for.
        urls = settings()["DATABASE_URLS"]
        order = ("web", "closer", "notifier", "migrator", "public")
        role = next((role for role in order if role in urls), "web")
        return create_app(role)
    raise AttributeError(name)


def _web(*, takes_bids: bool) -> Any:
    """The application of a web process; one that bids reach says each second that it takes them.

    Were those heard that no bid reaches, nobody would notice that the others are gone (RULE-L2).
    """
    from app import create_app
    from app.gateways.payments import PaymentsConfig, problems_in_hints
    from app.services.bidding.outages import beat_from
    from app.web.bidders_first import BiddersFirst
    from app.web.deadline import Deadline
    from app.web.desk import warm_up_from
    from config import SettingsUnfit

    app = create_app("web")
    problems = problems_in_hints(PaymentsConfig.from_settings(app.config))
    if problems:
        raise SettingsUnfit(" ".join(["The web process does not start.", *problems]))
    app.wsgi_app = BiddersFirst(Deadline(app.wsgi_app))  # type: ignore[method-assign]
    if takes_bids:
        beat_from(app)
    warm_up_from(app)
    return app


def _live() -> Any:
    """The application of the live process: a socket server and a health answer, no pages."""
    from app import create_app
    from app.web.live import Hall

    app = create_app("public")
    hall = app.extensions["luochui_hall"] = Hall(app)
    app.add_url_rule("/healthz", "healthz", lambda: {"status": "ok"})
    hall.start()
    return app
