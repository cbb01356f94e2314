"""One application factory for every process."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flask import Flask
from govuk_frontend_wtf.main import WTFormsHelpers
from jinja2 import ChoiceLoader, FileSystemLoader, PackageLoader, PrefixLoader
from werkzeug.middleware.proxy_fix import ProxyFix

import app.models  # noqa: F401  (the tables, before anything asks for them)
from app.cli import register_commands
from app.db import engine_options
from app.extensions import babel, csrf, db, limiter, migrate
from config import settings

ROOT = Path(__file__).resolve().parent.parent


def create_app(role: str = "web", overrides: dict[str, Any] | None = None) -> Flask:
    """An application whose database session is that of `role` (see `app.db`).

    The web's pages are registered for the role `web` alone: no other process can serve them.
    """
    flask_app = Flask("app", static_folder=None, template_folder=str(ROOT / "templates"))
    register_commands(flask_app)
    flask_app.config.update(settings())
    flask_app.config.update(overrides or {})
    flask_app.config["DATABASE_ROLE"] = role
    urls = flask_app.config["DATABASE_URLS"]
    flask_app.config["SQLALCHEMY_DATABASE_URI"] = urls.get(role, "postgresql://")
    flask_app.config["SQLALCHEMY_ENGINE_OPTIONS"] = engine_options(role)
    db.init_app(flask_app)
    migrate.init_app(flask_app, db, directory=str(ROOT / "migrations"))
    _add_words(flask_app)
    if role == "web":
        _add_web(flask_app)
    return flask_app


def _add_words(flask_app: Flask) -> None:
    """Two languages in every process: the notifier writes letters in both."""
    from app.web.page import chosen_language, page_zone

    catalogues = sorted(str(path) for path in (ROOT / "app/translations").glob("*"))
    flask_app.config["BABEL_TRANSLATION_DIRECTORIES"] = ";".join(catalogues)
    babel.init_app(flask_app, locale_selector=chosen_language, timezone_selector=page_zone)


def _add_web(flask_app: Flask) -> None:
    from app.web import register_web
    from app.web.bidder.counter import Counter

    flask_app.jinja_loader = ChoiceLoader(  # type: ignore[assignment]
        [
            FileSystemLoader(ROOT / "templates"),
            PrefixLoader(
                {
                    "govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja"),
                    "govuk_frontend_wtf": PackageLoader("govuk_frontend_wtf"),
                }
            ),
        ]
    )
    flask_app.wsgi_app = Counter(flask_app, flask_app.wsgi_app)  # type: ignore[method-assign]
    _trust_proxies(flask_app)
    WTFormsHelpers(flask_app)
    csrf.init_app(flask_app)
    limiter.init_app(flask_app)
    register_web(flask_app)


def _trust_proxies(flask_app: Flask) -> None:
    """The address of a visitor comes from the proxies we put there ourselves, or from the line."""
    hops = flask_app.config["TRUSTED_PROXY_HOPS"]
    if hops:
        flask_app.wsgi_app = ProxyFix(flask_app.wsgi_app, x_for=hops, x_proto=hops)  # type: ignore[method-assign]
