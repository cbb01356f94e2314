"""A database that fails as it does in life, at one place."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from tests.world import World


@contextmanager
def refusing(world: World, act: str, table: str, state: str) -> Iterator[None]:
    """The database fails with `state` at every `act` on `table`."""
    with psycopg.connect(world.url, autocommit=True) as connection:
        connection.execute(
            "CREATE FUNCTION fails() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            f" RAISE EXCEPTION 'a failure' USING ERRCODE = '{state}'; END $$"
        )
        connection.execute(f"CREATE TRIGGER fails BEFORE {act} ON {table} EXECUTE FUNCTION fails()")
        try:
            yield
        finally:
            connection.execute(f"DROP TRIGGER fails ON {table}; DROP FUNCTION fails()")
