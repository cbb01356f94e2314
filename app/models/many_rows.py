"""Many rows in one statement, whatever their number: they travel as one JSON text.

Row by row, the mapper and the driver need more time for a row than PostgreSQL does. What the
database checks for a row it checks for these: types, constraints, triggers and policies.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any, cast

import orjson
from sqlalchemy import (
    ARRAY,
    BigInteger,
    Column,
    ColumnElement,
    Table,
    TextClause,
    any_,
    literal,
    text,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

Row = Mapping[str, Any]

_DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]


def is_any_of(column: ColumnElement[int], ids: Iterable[int]) -> ColumnElement[bool]:
    """`column IN (ids)` as one array: the statement stays the same however many there are, and is
    prepared once."""
    return column == any_(literal(list(ids), ARRAY(BigInteger)))


def insert_many(
    session: Session, model: type[Any], rows: Sequence[Row], *, on_conflict: str = ""
) -> None:
    """Insert rows that all name the same columns; the model's defaults fill in the others.

    `on_conflict` is the clause for rows that are there already. Nothing is asked back.
    """
    if not rows:
        return
    table = cast(Table, model.__table__)
    filled = _with_defaults(table, rows)
    session.flush()
    session.execute(_insertion(table, tuple(filled[0]), on_conflict), {"rows": _as_json(filled)})


def update_many(session: Session, model: type[Any], rows: Sequence[Row]) -> None:
    """Write into each row, found by its primary key, what else the given row names.

    Objects in the session do not learn of it.
    """
    if not rows:
        return
    table = cast(Table, model.__table__)
    session.flush()
    session.execute(_change(table, tuple(rows[0])), {"rows": _as_json(rows)})


def change_many(session: Session, changes: Sequence[tuple[Any, Row]]) -> None:
    """`update_many` of objects in the session, which then know what stands in their rows."""
    if not changes:
        return
    model = type(changes[0][0])
    keys = [column.name for column in cast(Table, model.__table__).primary_key]
    # What is new has no key before.
    session.flush()
    update_many(
        session,
        model,
        [{**{key: getattr(changed, key) for key in keys}, **new} for changed, new in changes],
    )
    for changed, new in changes:
        for name, value in new.items():
            set_committed_value(changed, name, value)


def _with_defaults(table: Table, rows: Sequence[Row]) -> list[dict[str, Any]]:
    named = rows[0].keys()
    missing = [
        column
        for column in table.columns
        if column.default is not None and column.name not in named
    ]
    return [{**row, **{column.name: _default_of(column) for column in missing}} for row in rows]


def _default_of(column: Column[Any]) -> Any:
    default = cast(Any, column.default)
    return default.arg(None) if default.is_callable else default.arg


@cache
def _insertion(table: Table, columns: tuple[str, ...], on_conflict: str) -> TextClause:
    into = ", ".join(columns)
    return text(
        f"INSERT INTO {table.fullname} ({into}) SELECT {into}"  # noqa: S608  (names of the model)
        f" FROM json_to_recordset(CAST(:rows AS json)) AS one ({_typed(table, columns)})"
        f" {on_conflict}"
    )


@cache
def _change(table: Table, columns: tuple[str, ...]) -> TextClause:
    keys = [column.name for column in table.primary_key]
    sets = ", ".join(f"{name} = one.{name}" for name in columns if name not in keys)
    found = " AND ".join(f"changed.{name} = one.{name}" for name in keys)
    return text(
        f"UPDATE {table.fullname} AS changed SET {sets}"  # noqa: S608  (names of the model)
        f" FROM json_to_recordset(CAST(:rows AS json)) AS one ({_typed(table, columns)})"
        f" WHERE {found}"
    )


def _typed(table: Table, columns: tuple[str, ...]) -> str:
    return ", ".join(f"{name} {table.c[name].type.compile(_DIALECT)}" for name in columns)


def _as_json(rows: Sequence[Row]) -> str:
    return orjson.dumps(list(rows), default=_as_text).decode()


def _as_text(value: object) -> str:
    if isinstance(value, bytes):
        return f"\\x{value.hex()}"
    raise TypeError(f"no way to write {type(value)}")
