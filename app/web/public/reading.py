"""Where public pages read: the replica where there is one that keeps up, else the primary."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from flask import current_app
from sqlalchemy import Connection, create_engine
from sqlalchemy.exc import OperationalError

from app.db import engine_for, engine_options
from app.gateways.replica import Replica


@contextmanager
def public_reads() -> Iterator[Connection]:
    """A connection for lists, searches and pages about lots. Never for a price that is bid on."""
    replica = _replica()
    if replica is None:
        with engine_for("public").connect() as connection:
            yield connection
        return
    engine = replica.engine()
    try:
        connection = engine.connect()
    except OperationalError:
        if engine is replica.primary:
            raise
        replica.failed()
        connection = replica.primary.connect()
    with connection:
        yield connection


def _replica() -> Replica | None:
    url = current_app.config["DATABASE_URL_PUBLIC_READS"]
    if not url:
        return None
    found: Replica | None = current_app.extensions.get("luochui_replica")
    if found is None:
        engines = current_app.extensions.setdefault("luochui_engines", {})
        options = engine_options("public")
        engines["public_reads"] = create_engine(url, **options)
        found = Replica(engine_for("public"), engines["public_reads"])
        current_app.extensions["luochui_replica"] = found
    return found
