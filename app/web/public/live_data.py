"""What pages ask while they watch: the clock, the snapshot, the evidence."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Response, abort, request
from sqlalchemy import Engine

from app.db import engine_for
from app.gateways.clock import real_now
from app.queries.live_sale import find_transcript, transcript_lines
from app.queries.live_sale import snapshot as read_snapshot
from app.web.public.blueprint import bp
from app.web.public.snapshots import snapshots


@bp.get("/healthz")
def healthz() -> dict[str, str]:
    """Whether this process serves; the database is asked for, so that a dead one shows."""
    with engine_for("public").connect() as connection:
        return {"status": "ok", "now": real_now(connection).isoformat()}


@bp.get("/time")
def time() -> dict[str, object]:
    """The database's clock, and a rehearsal sale's own (`?sale=`): never this machine's."""
    with engine_for("public").connect() as connection:
        found = read_snapshot(connection, request.args.get("sale", ""))
        now = real_now(connection)
    if found is None:
        return {"now": now.isoformat(), "legal": now.isoformat(), "rate": 1.0}
    return {"now": found["now"], "legal": found["legal"], "rate": found["rate"]}


@bp.get("/sales/<sale>/snapshot.json")
def snapshot(sale: str) -> dict[str, object]:
    """How the sale stands, with the bids behind `?after=`; the repair of every gap."""
    after = request.args.get("after", "0")
    number = int(after) if after.isascii() and after.isdecimal() and len(after) < 19 else 0
    found = snapshots().answer(sale, number)
    if found is None:
        abort(404)
    return found


@bp.get("/sales/<sale>/transcript.jsonl")
def transcript(sale: str) -> Response:
    """The evidence, to be checked anywhere with `python -m auction_engine verify`."""
    engine = engine_for("public")
    with engine.connect() as connection:
        sale_id = find_transcript(connection, sale)
    if sale_id is None:
        abort(404)
    response = Response(_lines(engine, sale_id), mimetype="application/jsonl")
    response.headers["Content-Disposition"] = f'attachment; filename="sale-{sale}.jsonl"'
    response.headers["Cache-Control"] = "no-cache"
    return response


def _lines(engine: Engine, sale_id: int) -> Iterator[str]:
    with engine.connect() as connection:
        yield from transcript_lines(connection, sale_id)
