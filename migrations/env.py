"""Alembic's entry: migrations run as the migrator role, with short waits (stack.md, P12)."""

from __future__ import annotations

from alembic import context
from flask import current_app
from sqlalchemy import create_engine

from app.db import engine_options
from app.extensions import db

OURS = {None, "public", "identity"}


def run() -> None:
    url = current_app.config["DATABASE_URLS"]["migrator"]
    engine = create_engine(url, connect_args=engine_options("migrator")["connect_args"])
    with engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=db.metadata,
            include_schemas=True,
            include_name=lambda name, kind, _parents: kind != "schema" or name in OURS,
            compare_server_default=False,
            transaction_per_migration=True,
        )
        with context.begin_transaction():
            context.run_migrations()
    engine.dispose()


run()
