"""Everything the server remembers, in one SQLite file: it survives restarts and half-done work."""

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from deploy.local.outside.stripe.refusals import no_such

_TABLES = """
CREATE TABLE IF NOT EXISTS objects (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS objects_by_kind ON objects (kind, seq);
CREATE INDEX IF NOT EXISTS objects_by_payment
    ON objects (kind, json_extract(body, '$.payment_intent'), seq);
CREATE INDEX IF NOT EXISTS objects_by_status ON objects (kind, json_extract(body, '$.status'));
CREATE TABLE IF NOT EXISTS answers (
    key TEXT PRIMARY KEY,
    request TEXT NOT NULL,
    status INTEGER NOT NULL,
    body TEXT NOT NULL,
    answered_at REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS effects (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT,
    effect TEXT NOT NULL,
    object_id TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS deliveries (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    event_id TEXT NOT NULL,
    state TEXT NOT NULL,
    due_at REAL NOT NULL,
    rank INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    last_answer TEXT
);
CREATE INDEX IF NOT EXISTS deliveries_due ON deliveries (state, due_at, rank);
CREATE TABLE IF NOT EXISTS later (
    object_id TEXT NOT NULL,
    change TEXT NOT NULL,
    due_at REAL NOT NULL,
    PRIMARY KEY (object_id, change)
);
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""

# Past every place; and how many objects a list reads at a time.
_NEWEST = 2**62
_AT_ONCE = 200

_TABLE_NAMES = ("objects", "answers", "effects", "deliveries", "later", "settings")


class Store:
    """One connection, one writer at a time: requests are served one after the other."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.RLock()
        self._depth = 0
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._connection.row_factory = sqlite3.Row
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self._connection.executescript(_TABLES)

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing. A transaction inside a transaction is part of the outer one."""
        with self._lock:
            if self._depth:
                yield
                return
            self._connection.execute("BEGIN IMMEDIATE")
            self._depth = 1
            try:
                yield
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            else:
                self._connection.execute("COMMIT")
            finally:
                self._depth = 0

    def rows(self, sql: str, *values: Any) -> list[sqlite3.Row]:
        with self._lock:
            return self._connection.execute(sql, values).fetchall()

    def row(self, sql: str, *values: Any) -> sqlite3.Row | None:
        found = self.rows(sql, *values)
        return found[0] if found else None

    def change(self, sql: str, *values: Any) -> int:
        """How many rows a statement changed."""
        with self._lock:
            return self._connection.execute(sql, values).rowcount

    def put(self, thing: dict[str, Any]) -> None:
        """Keep an object, new or changed; it keeps its place in the lists."""
        self.change(
            "INSERT INTO objects (id, kind, body) VALUES (?, ?, ?)"
            " ON CONFLICT (id) DO UPDATE SET body = excluded.body",
            thing["id"],
            thing["object"],
            json.dumps(thing, ensure_ascii=False),
        )

    def find(self, kind: str, object_id: str) -> dict[str, Any] | None:
        row = self.row("SELECT body FROM objects WHERE id = ? AND kind = ?", object_id, kind)
        return json.loads(row["body"]) if row else None

    def find_any(self, object_id: str) -> dict[str, Any] | None:
        row = self.row("SELECT body FROM objects WHERE id = ?", object_id)
        return json.loads(row["body"]) if row else None

    def all_of(self, kind: str, *, payment_intent: str | None = None) -> list[dict[str, Any]]:
        """Every object of a kind, newest first."""
        sql = "SELECT body FROM objects WHERE kind = ?"
        values = [kind]
        if payment_intent is not None:
            sql += " AND json_extract(body, '$.payment_intent') = ?"
            values.append(payment_intent)
        return [json.loads(row["body"]) for row in self.rows(sql + " ORDER BY seq DESC", *values)]

    def each_of(
        self, kind: str, *, payment_intent: str | None = None, after: str | None = None
    ) -> Iterator[dict[str, Any]]:
        """Every object of a kind, newest first, or those older than `after`; read as needed."""
        older_than = self._place(kind, after) if after is not None else _NEWEST
        sql = "SELECT seq, body FROM objects WHERE kind = ? AND seq < ?"
        values: list[Any] = [kind, older_than]
        if payment_intent is not None:
            sql += " AND json_extract(body, '$.payment_intent') = ?"
            values.append(payment_intent)
        while found := self.rows(f"{sql} ORDER BY seq DESC LIMIT {_AT_ONCE}", *values):
            for row in found:
                yield json.loads(row["body"])
            values[1] = found[-1]["seq"]

    def _place(self, kind: str, object_id: str) -> int:
        row = self.row("SELECT seq FROM objects WHERE id = ? AND kind = ?", object_id, kind)
        if row is None:
            raise no_such("object", object_id, "starting_after")
        return int(row["seq"])

    def all_in_state(self, kind: str, status: str) -> list[dict[str, Any]]:
        found = self.rows(
            "SELECT body FROM objects WHERE kind = ? AND json_extract(body, '$.status') = ?",
            kind,
            status,
        )
        return [json.loads(row["body"]) for row in found]

    def setting(self, name: str, otherwise: Any) -> Any:
        row = self.row("SELECT value FROM settings WHERE name = ?", name)
        return json.loads(row["value"]) if row else otherwise

    def set(self, name: str, value: Any) -> None:
        self.change(
            "INSERT INTO settings (name, value) VALUES (?, ?)"
            " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            name,
            json.dumps(value, ensure_ascii=False),
        )

    def forget_everything(self) -> None:
        with self.transaction():
            for table in _TABLE_NAMES:
                self.change(f"DELETE FROM {table}")  # noqa: S608 - the names are ours
