"""The bidding desk of this web process."""

from __future__ import annotations

import logging
import threading

from flask import Flask, current_app
from sqlalchemy import create_engine

from app.announcing import announcer
from app.db import engine_options
from app.services.bidding.desk import Desk

log = logging.getLogger(__name__)


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


def warm_up_from(app: Flask) -> None:
    """Beside everything else, as soon as the process begins: nobody who comes waits for it."""
    threading.Thread(target=_warm_up, args=(app,), daemon=True, name="warm-up").start()


def _warm_up(app: Flask) -> None:
    try:
        desk_of(app).warm_up()
    except Exception:
        log.warning("the desk could not be opened early; the first bid opens it", exc_info=True)
