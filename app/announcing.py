"""The announcer of a process: one, made on first use."""

from __future__ import annotations

from flask import Flask

from app.db import engine_for
from app.gateways.announcer import Announcer, by_notify, by_redis


def announcer(app: Flask) -> Announcer:
    found: Announcer | None = app.extensions.get("luochui_announcer")
    if found is None:
        redis_url = app.config["REDIS_URL"]
        with app.app_context():
            role = "closer" if "closer" in app.config["DATABASE_URLS"] else "drain"
            publish = by_redis(redis_url) if redis_url else by_notify(engine_for(role))
        found = app.extensions["luochui_announcer"] = Announcer(publish)
    return found
