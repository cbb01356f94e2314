"""The plan of every query behind the pages, as PostgreSQL carried it out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, event, text

from app.queries import public_lots as queries
from app.queries.public_lots import Wanted
from app.services.bidding import sweeps
from bench.nation.reading import LISTS, SEARCHES


def keep_plans(public: Engine, closer: Engine, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as out:
        for title, asked in (("search", SEARCHES), ("list", LISTS)):
            for wanted in asked:
                named = {"words": wanted.get("q", ""), **wanted}
                named.pop("q", None)
                _write(out, f"{title} {wanted}", _explained(public, Wanted(**named)))
        _write(out, "courts and places to choose from", _explained(public, None))
        for name in ("_TO_OPEN", "_TO_CLOSE"):
            with closer.connect() as connection:
                rows = connection.execute(
                    text(f"EXPLAIN (ANALYZE, BUFFERS) {getattr(sweeps, name)}")
                )
                _write(out, f"scheduler {name}", ["\n".join(row[0] for row in rows)])


def _write(out: Any, title: str, plans: list[str]) -> None:
    out.write(f"## {title}\n\n" + "\n\n".join(plans) + "\n\n")


def _explained(engine: Engine, wanted: Wanted | None) -> list[str]:
    """Each statement is run as the page runs it, and once more to be explained."""
    plans: list[str] = []

    def explain(
        connection: Connection, cursor: Any, statement: str, given: Any, _context: Any, _many: bool
    ) -> None:
        if statement.startswith(("EXPLAIN", "SET ")):
            return
        rows = connection.exec_driver_sql(f"EXPLAIN (ANALYZE, BUFFERS) {statement}", given)
        plans.append("\n".join(row[0] for row in rows))

    with engine.connect() as connection:
        event.listen(connection, "before_cursor_execute", explain)
        if wanted is None:
            queries.choices(connection)
        else:
            queries.search(connection, wanted)
        event.remove(connection, "before_cursor_execute", explain)
    return plans
