"""Connections: one database role per kind of process, one transaction per operation.

What each role may do is in `migrations/versions/0006_rights_and_row_level_security.py`. A process
holds the passwords of its own roles only.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from flask import current_app, has_request_context, request
from greenlet import GreenletExit
from psycopg.errors import InsufficientPrivilege
from sqlalchemy import Connection, Engine, ExceptionContext, create_engine, event, text
from sqlalchemy.orm import Session, SessionTransaction

from app.extensions import db

_log = logging.getLogger(__name__)

# How long the database may keep each role waiting. A bid that cannot be decided within these is
# answered "unknown, ask again" (FAULT-F04); a page is answered with an apology.
_LIMITS = {
    "web": "-c statement_timeout=8000 -c lock_timeout=4000",
    # What is searched for decides which way is short: planned each time, never compiled.
    "public": "-c statement_timeout=4000 -c lock_timeout=1000"
    " -c plan_cache_mode=force_custom_plan -c jit=off",
    "drain": "-c statement_timeout=10000 -c lock_timeout=8000",
    "closer": "-c statement_timeout=60000 -c lock_timeout=10000",
    "notifier": "-c statement_timeout=30000 -c lock_timeout=5000",
    "migrator": "-c statement_timeout=120000 -c lock_timeout=2000",
}

# A machine that lost its power answers nothing and resets nothing. Whoever waits for it hears so
# within these, and not after the two hours, or the quarter of one, that the kernel would wait.
LINE_DEAD_AFTER = {
    "connect_timeout": 5,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}


@dataclass(frozen=True, slots=True)
class Tenant:
    """On whose behalf the rows of this transaction are read: row-level security asks for it."""

    court_id: int | None = None
    person_id: int | None = None
    registration_ids: tuple[int, ...] = ()
    is_operator: bool = False


def engine_options(role: str) -> dict[str, object]:
    """The pool and the time limits of a role; `synchronous_commit` is never left to the server."""
    return {
        "connect_args": {
            "options": f"{_LIMITS[role]} -c idle_in_transaction_session_timeout=15000"
            " -c synchronous_commit=on -c TimeZone=UTC",
            **LINE_DEAD_AFTER,
            "application_name": f"luochui-{role}",
        },
        "pool_size": 8,
        "max_overflow": 8,
        "pool_timeout": 4,
        "pool_pre_ping": role != "drain",
        # What was read and written stands in no log, whatever fails; nor does the row that the
        # database quotes (`Line`).
        "hide_parameters": True,
    }


class Line(psycopg.Connection[Any]):
    """A connection that ends with the request that is given up while it waits (`web/deadline.py`).

    It stands in the middle of an exchange then: whoever used it next would meet what was left.

    What the database says of a failure is shortened here, before anybody can write it down: all
    that print an error and its trace, the log of each process among them, print these words.
    """

    def wait(self, *exchange: Any, **limits: Any) -> Any:
        try:
            return super().wait(*exchange, **limits)
        except GreenletExit:
            self.pgconn.finish()
            raise
        except psycopg.Error as failure:
            _forget_row(failure)
            raise


def _forget_row(failure: psycopg.Error) -> None:
    """A row that breaks a constraint is quoted in the detail, with names and addresses; what cannot
    be read as a number or a day, in the message itself (class 22)."""
    said = failure.diag.message_primary
    if said is None:
        return
    state = failure.sqlstate or ""
    failure.args = (f"{state}: {'a value does not fit' if state.startswith('22') else said}",)


@event.listens_for(Engine, "do_connect")
def _connect(_dialect: Any, _record: Any, words: Sequence[Any], named: dict[str, Any]) -> Line:
    return Line.connect(*words, **named)


def engine_for(role: str) -> Engine:
    """The engine of another role than the process's own, made on first use."""
    engines: dict[str, Engine] = current_app.extensions.setdefault("luochui_engines", {})
    if role not in engines:
        url = current_app.config["DATABASE_URLS"].get(role)
        if url is None:
            raise RuntimeError(f"this process has no DATABASE_URL_{role.upper()}")
        engines[role] = create_engine(url, **engine_options(role))
    return engines[role]


def close_engines(app_extensions: dict[str, object]) -> None:
    engines = app_extensions.pop("luochui_engines", {})
    for engine in engines.values():  # type: ignore[attr-defined]
        engine.dispose()


@contextmanager
def transaction() -> Iterator[Session]:
    """One operation of a service: everything in it is committed together, or nothing is."""
    session = db.session()
    try:
        yield session
        session.commit()
    except BaseException:
        session.rollback()
        raise


def act_for(tenant: Tenant) -> None:
    """From here on, in this request, rows are read and written on behalf of `tenant`."""
    session = db.session()
    session.info["tenant"] = tenant
    if session.in_transaction():
        _tell_database(tenant, session.connection())


def acting_for() -> Tenant:
    return db.session().info.get("tenant", Tenant())


@event.listens_for(Session, "after_begin")
def _tell_database_at_begin(
    session: Session, _transaction: SessionTransaction, connection: Connection
) -> None:
    tenant = session.info.get("tenant")
    if tenant is not None:
        _tell_database(tenant, connection)


@event.listens_for(Engine, "handle_error")
def _write_down_what_was_refused(context: ExceptionContext) -> None:
    """An attempt at what a role may not read or change leaves a line in the log (RULE-A8).

    The statement has no values in it: whoever reads the log learns what was tried, and no secret.
    """
    if isinstance(context.original_exception, InsufficientPrivilege):
        role = context.engine.url.username if context.engine is not None else "?"
        where = request.path if has_request_context() else "outside a request"
        _log.warning("refused by the database: %s at %s: %s", role, where, context.statement)


def _tell_database(tenant: Tenant, connection: Connection) -> None:
    connection.execute(
        text(
            "SELECT set_config('luochui.court', :court, true),"
            " set_config('luochui.person', :person, true),"
            " set_config('luochui.registrations', :registrations, true),"
            " set_config('luochui.operator', :operator, true)"
        ),
        {
            "court": str(tenant.court_id or ""),
            "person": str(tenant.person_id or ""),
            "registrations": _array(tenant.registration_ids),
            "operator": "on" if tenant.is_operator else "",
        },
    )


def _array(ids: Sequence[int]) -> str:
    return "{" + ",".join(str(number) for number in ids) + "}"
