"""The bidding desk of this web process."""

from __future__ import annotations

from flask import Flask, current_app
from sqlalchemy import create_engine

from app.announcing import announcer
from app.db import engine_options
from app.services.bidding.desk import Desk


def desk() -> Desk:
    return desk_of(current_app._get_current_object())  # type: ignore[attr-defined]


def desk_of(app: Flask) -> Desk:
    """Made on first use: the journal has a connection to itself, deciding a small pool."""
    found: Desk | None = app.extensions.get("luochui_desk")
    if found is None:
        url = app.config["DATABASE_URLS"]["drain"]
        found = app.extensions["luochui_desk"] = Desk(
            journal=create_engine(url, **(engine_options("drain") | {"pool_size": 1})),
            decider=create_engine(url, **engine_options("drain")),
            announce=announcer(app).tell,
        )
    return found
