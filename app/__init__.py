"""The platform: one application factory for every process."""

from __future__ import annotations

from typing import Any

from flask import Flask

import app.models  # noqa: F401  (the tables, before anything asks for them)
from app.db import engine_options
from app.extensions import db, migrate
from config import settings


def create_app(role: str = "web", overrides: dict[str, Any] | None = None) -> Flask:
    """An application whose database session is that of `role` (see `app.db`)."""
    flask_app = Flask(
        "app",
        static_folder=None,
        template_folder="../templates",
    )
    flask_app.config.update(settings())
    flask_app.config.update(overrides or {})
    flask_app.config["DATABASE_ROLE"] = role
    urls = flask_app.config["DATABASE_URLS"]
    flask_app.config["SQLALCHEMY_DATABASE_URI"] = urls.get(role, "postgresql://")
    flask_app.config["SQLALCHEMY_ENGINE_OPTIONS"] = engine_options(role)
    db.init_app(flask_app)
    migrate.init_app(flask_app, db, directory="migrations")
    return flask_app
