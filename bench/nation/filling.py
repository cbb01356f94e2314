# ruff: noqa: S608  (statements are put together from constants of this file)
"""A nation's lots, written in bulk: statements over series of numbers instead of services.

As the superuser with `session_replication_role = replica`: no trigger runs and no foreign key is
looked up, or it would take a day. Checks and unique keys hold. Every row is the one that services
would have written, but there is no transcript, no bidder and no money for lots that have ended.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from sqlalchemy import Connection, Engine, text

from bench.nation.names import CITIES, DISTRICTS, ROADS_EN, ROADS_ZH, THINGS, WAYS

COURTS = 3_000
CHUNK = 50_000
BIDDERS_OF_A_LOT = 2

_TABLES = (
    "cases", "assets", "lots", "sales", "sale_states", "public_lots", "outcomes", "public_notices",
)  # fmt: skip


def fill(engine: Engine, lots: int, live: int, *, most_chunks: int | None = None) -> bool:
    """Go on filling; whether everything is there. Safe to stop and to call again."""
    with engine.begin() as connection:
        _as_bulk(connection)
        _begin(connection, lots, live)
    for number, (first, last) in enumerate(_missing(engine, lots)):
        if most_chunks is not None and number >= most_chunks:
            return False
        with engine.begin() as connection:
            _as_bulk(connection)
            _write(connection, first, last, lots, live)
    return _finish(engine, one_only=most_chunks is not None)


def live_lots(engine: Engine) -> list[tuple[int, int, int, list[int]]]:
    """Of every lot that is open: sale, starting price, increment, registrations."""
    with engine.connect() as connection:
        rows = connection.execute(
            text(
                "SELECT s.id, s.starting_price, s.increment, array_agg(r.id ORDER BY r.id)"
                " FROM sales s JOIN sale_states t ON t.sale_id = s.id AND t.status = 'open'"
                " JOIN registrations r ON r.sale_id = s.id GROUP BY s.id ORDER BY s.id"
            )
        ).all()
    return [(row[0], row[1], row[2], list(row[3])) for row in rows]


def freshen(engine: Engine) -> None:
    """Let what is live end in the next hours and days, however old the data are."""
    with engine.begin() as connection:
        _as_bulk(connection)
        for table, key, phase in (
            ("sale_states", "sale_id", "status"),
            ("public_lots", "sale_id", "phase"),
        ):
            connection.execute(
                text(
                    f"UPDATE {table} SET opens_at = moved.opens_at,"
                    " closes_at = moved.opens_at + interval '24 hours'"
                    f" FROM (SELECT {key} AS id, {_OPENS} AS opens_at FROM {table}"
                    f" CROSS JOIN LATERAL (SELECT {key} AS g) numbered"
                    f" WHERE {phase} IN ('open', 'announced', 'suspended')) moved"
                    f" WHERE {key} = moved.id".replace("{phase}", phase)
                )
            )
        connection.execute(
            text(
                "UPDATE sales SET opens_at = t.opens_at, closes_at = t.closes_at FROM sale_states t"
                " WHERE t.sale_id = sales.id AND t.status IN ('open', 'announced', 'suspended')"
            )
        )
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM (ANALYZE) sale_states, public_lots, sales"))


def _as_bulk(connection: Connection) -> None:
    connection.execute(text("SET LOCAL session_replication_role = replica"))
    connection.execute(text("SET LOCAL maintenance_work_mem = '2GB'"))


def _begin(connection: Connection, lots: int, live: int) -> None:
    """Courts and words, and indexes put aside until the rows are there; once."""
    connection.execute(text("CREATE SCHEMA IF NOT EXISTS bench"))
    if connection.execute(text("SELECT to_regclass('bench.places')")).scalar_one() is not None:
        return
    connection.execute(
        text(
            "CREATE TABLE bench.places AS SELECT (row_number() OVER ()) - 1 AS n,"
            " c->>0 AS city_zh, c->>1 AS city_en, d->>0 AS district_zh, d->>1 AS district_en"
            " FROM jsonb_array_elements(CAST(:cities AS jsonb)) c,"
            " jsonb_array_elements(CAST(:districts AS jsonb)) d"
        ),
        {"cities": json.dumps(CITIES), "districts": json.dumps(DISTRICTS)},
    )
    connection.execute(
        text(
            "CREATE TABLE bench.things AS SELECT t->>0 AS category, t->>1 AS kind, t->>2 AS zh,"
            " t->>3 AS en, sum((t->>4)::int) OVER (ORDER BY n) - (t->>4)::int AS low,"
            " sum((t->>4)::int) OVER (ORDER BY n) AS high"
            " FROM jsonb_array_elements(CAST(:things AS jsonb)) WITH ORDINALITY AS e (t, n)"
        ),
        {"things": json.dumps(THINGS)},
    )
    connection.execute(
        text(
            "INSERT INTO courts (id, public_id, name_en, name_zh, region, contact, account_name,"
            " account_number, account_bank, timezone, is_rehearsal)"
            " SELECT g, substr(md5('court' || g), 1, 12),"
            " city_en || ' ' || district_en || ' People''s Court No. ' || (g - 1) / 300 + 1,"
            " city_zh || district_zh || '第' || (g - 1) / 300 + 1 || '人民法院',"
            " city_zh || district_zh,"
            " 'desk@court.example', 'Court', '62220000' || g, 'Bank', 'Asia/Shanghai', false"
            " FROM generate_series(1, :courts) g JOIN bench.places p ON p.n = (g - 1) % 300"
        ),
        {"courts": max(3, min(COURTS, lots // 8))},
    )
    listed = ", ".join(f"'{name}'" for name in _TABLES)
    connection.execute(
        text(
            "CREATE TABLE bench.indexes AS SELECT indexname, indexdef FROM pg_indexes"
            f" WHERE schemaname = 'public' AND tablename IN ({listed}) AND indexname NOT IN"
            " (SELECT conname FROM pg_constraint)"
        )
    )
    for name in connection.execute(text("SELECT indexname FROM bench.indexes")).scalars().all():
        connection.execute(text(f"DROP INDEX {name}"))


def _missing(engine: Engine, lots: int) -> Iterator[tuple[int, int]]:
    with engine.connect() as connection:
        there = connection.execute(text("SELECT coalesce(max(id), 0) FROM sales")).scalar_one()
    for first in range(there + 1, lots + 1, CHUNK):
        yield first, min(lots, first + CHUNK - 1)


def _share(seed: int) -> str:
    """A number from 0 to 1 that hangs on the lot's number and on nothing else."""
    return f"((hashint8extended(g, {seed}) & 2147483647) / 2147483648.0)"


# Of a live lot: two thirds opened within the last 22 hours, the others open in the next month.
_OPENS = (
    "CASE WHEN {phase} = 'announced' THEN clock_timestamp() + " + _share(11) + " * interval '30 d'"
    " ELSE clock_timestamp() - " + _share(12) + " * interval '22 hours' END"
)


def _write(connection: Connection, first: int, last: int, lots: int, live: int) -> None:
    roads = {
        "roads_zh": ROADS_ZH,
        "roads_en": [name.replace("-", " ") for name in ROADS_EN],
        "ways_zh": [zh for zh, _en in WAYS],
        "ways_en": [en for _zh, en in WAYS],
    }
    courts = connection.execute(text("SELECT count(*) FROM courts")).scalar_one()
    connection.execute(
        text(_CHUNK),
        {"first": first, "last": last, "ended": lots - live, "courts": courts, **roads},
    )
    for statement in _INSERTS:
        connection.execute(text(statement))
    connection.execute(text("DROP TABLE chunk"))


# A lot's number g decides all about it: the older, the lower. The newest are live.
_CHUNK = f"""
    CREATE TEMP TABLE chunk AS
    SELECT n.*, n.starting AS price0, p.city_zh || p.district_zh AS region, th.category, th.kind,
      p.city_zh || p.district_zh || n.road_zh || n.house || '号' || th.zh AS title_zh,
      th.en || ', ' || n.road_en || ' ' || n.house || ', ' || p.city_en AS title,
      CASE WHEN phase IN ('open', 'announced', 'suspended')
        THEN {_OPENS.replace("{phase}", "phase")}
        ELSE ended_at - interval '24 hours' END AS opens_at
    FROM (
      SELECT g, 1 + floor(:courts * power({_share(1)}, 1.5))::bigint AS court,
        CASE WHEN g > :ended THEN
          CASE WHEN {_share(2)} < 0.62 THEN 'open' WHEN {_share(2)} < 0.98 THEN 'announced'
            ELSE 'suspended' END
        WHEN {_share(2)} < 0.45 THEN 'sold' WHEN {_share(2)} < 0.93 THEN 'unsold'
        ELSE 'withdrawn' END AS phase,
        (floor(exp(9.2 + 9 * {_share(3)})) * 1000)::bigint AS starting,
        CASE WHEN {_share(4)} < 0.6 THEN 'first' WHEN {_share(4)} < 0.9 THEN 'second'
          ELSE 'sell_off' END AS round,
        clock_timestamp() - (1 + :ended - g)::float8 / :ended * interval '3650 days' AS ended_at,
        (CAST(:roads_zh AS text[]))[1 + floor(20 * {_share(5)})]
          || (CAST(:ways_zh AS text[]))[1 + floor(4 * {_share(6)})] AS road_zh,
        (CAST(:roads_en AS text[]))[1 + floor(20 * {_share(5)})] || ' '
          || (CAST(:ways_en AS text[]))[1 + floor(4 * {_share(6)})] AS road_en,
        1 + floor(900 * {_share(7)})::int AS house, floor(100 * {_share(8)})::int AS thing
      FROM generate_series(CAST(:first AS bigint), CAST(:last AS bigint)) g
    ) n
    JOIN bench.places p ON p.n = (n.court - 1) % 300
    JOIN bench.things th ON n.thing >= th.low AND n.thing < th.high"""

_LIVE = "phase IN ('open', 'announced', 'suspended')"
_PRICE = "CASE WHEN phase = 'sold' THEN starting + starting / 1000 * (g % 400) END"

_INSERTS = (
    # Ten lots to a case, which share its thing: nothing that is measured reads either.
    "INSERT INTO cases (id, public_id, court_id, number, instrument, debtor_kind, opened_on,"
    " state) SELECT g, substr(md5('case' || g), 1, 12), court, '执' || g, 'Civil judgment',"
    " 'natural_person', opens_at::date - 90, 'open' FROM chunk WHERE g % 10 = 0",
    "INSERT INTO assets (id, public_id, court_id, case_id, property_kind, category, title,"
    " title_zh, description, address, region, ownership, possession, burdens, defects, picture,"
    " is_living_home, living_home_ground) SELECT g,"
    " substr(md5('asset' || g), 1, 12), court, g, kind, category,"
    " title, title_zh, '', '', region, '', '', '', '', '', false, '' FROM chunk WHERE g % 10 = 0",
    "INSERT INTO lots (id, public_id, court_id, case_id, asset_id)"
    " SELECT g, substr(md5('lot' || g), 1, 12), court, (g + 9) / 10 * 10, (g + 9) / 10 * 10"
    " FROM chunk",
    "INSERT INTO sales (id, public_id, court_id, lot_id, number, state, rules, property_kind,"
    " round, currency, reference_price_method, starting_price, increment, multiples_only, deposit,"
    " opens_at, closes_at, balance_due_days, viewing, conditions, taxes, publication_items,"
    " warnings, announcement, announcement_hash, published_at)"
    " SELECT g, substr(md5('sale' || g), 1, 12), court, g, 1, CASE WHEN phase = 'withdrawn' THEN"
    f" 'withdrawn' WHEN {_LIVE} THEN 'published' ELSE 'ended' END, 'cn-2016-18',"
    " kind, round, 'CNY', '', starting, greatest(starting / 200, 1), false, starting / 10,"
    " opens_at, opens_at + interval '24 hours', 10, '', '', '', '[]', '[]',"
    " '{\"title\": \"' || title || '\"}', repeat('0', 64), opens_at - interval '31 days'"
    " FROM chunk",
    "INSERT INTO sale_states (sale_id, court_id, status, opens_at, closes_at, accepted, refused,"
    " extensions, n, head, is_over) SELECT g, court, phase, opens_at,"
    f" opens_at + interval '24 hours', 0, 0, 0, 0, repeat('0', 64), NOT ({_LIVE}) FROM chunk",
    "INSERT INTO public_lots (sale_id, public_id, lot_public_id, court_id, phase, round, number,"
    " property_kind, category, title, title_zh, region, picture, currency, reference_price,"
    " starting_price, price, bids, opens_at, closes_at, published_at, announcement,"
    " announcement_hash) SELECT g, substr(md5('sale' || g), 1, 12), substr(md5('lot' || g), 1, 12),"
    " court, phase, round, 1, kind, category, title, title_zh, region, '', 'CNY',"
    f" starting * 10 / 7, starting, {_PRICE},"
    " CASE WHEN phase = 'sold' THEN 1 + g % 40 ELSE 0 END, opens_at,"
    " opens_at + interval '24 hours', opens_at - interval '31 days',"
    " jsonb_build_object('title', title, 'title_zh', title_zh, 'rules', 'cn-2016-18',"
    " 'filler', repeat('看样 ', 40)),"
    " repeat('0', 64) FROM chunk",
    "INSERT INTO outcomes (sale_id, court_id, status, at, winner_registration_id, winner_code,"
    " price, extensions, accepted, refused, n, head) SELECT g, court, phase, ended_at,"
    f" CASE WHEN phase = 'sold' THEN g END, CASE WHEN phase = 'sold' THEN 'K7Q4' END, {_PRICE}, 0,"
    f" 1 + g % 40, 0, 2, repeat('0', 64) FROM chunk WHERE NOT ({_LIVE})",
    "INSERT INTO public_notices (public_id, court_id, sale_id, kind, params, at)"
    " SELECT substr(md5('notice' || g), 1, 12), court, g, phase, '{}', ended_at FROM chunk"
    f" WHERE NOT ({_LIVE}) AND g % 10 = 0 ORDER BY g",
    # What the next line of a transcript follows; nothing that is measured reads it.
    "INSERT INTO transcript_lines (sale_id, n, prev, hash, line)"
    " SELECT g, 0, repeat('0', 64), repeat('0', 64), '{}' FROM chunk WHERE phase = 'open'",
    "INSERT INTO registrations (court_id, sale_id, public_id, code, blind_index, deposit_due,"
    " currency, terms_hash, terms_accepted_at) SELECT court, g,"
    " substr(md5('reg' || g || b), 1, 12), 'B0' || b, sha256(convert_to('b' || g || b, 'UTF8')),"
    " starting / 10, 'CNY', repeat('0', 64),"
    f" opens_at FROM chunk, generate_series(1, {BIDDERS_OF_A_LOT}) b WHERE phase = 'open'",
    "INSERT INTO arrivals (sale_id, kind, registration_id, key, arrived_at)"
    " SELECT r.sale_id, 'admit', r.id, gen_random_uuid(), opens_at FROM registrations r"
    " JOIN chunk ON g = r.sale_id",
    "INSERT INTO admissions (registration_id, sale_id, arrival_id, at)"
    " SELECT a.registration_id, a.sale_id, a.id, a.arrived_at FROM arrivals a"
    " JOIN chunk ON g = a.sale_id",
)  # fmt: skip


def _finish(engine: Engine, *, one_only: bool) -> bool:
    """The indexes that were put aside, sequences, statistics."""
    with engine.connect() as connection:
        left = connection.execute(
            text(
                "SELECT indexdef FROM bench.indexes b"
                " WHERE NOT EXISTS (SELECT FROM pg_indexes i WHERE i.indexname = b.indexname)"
            )
        ).scalars()
        missing = list(left)
    for definition in missing:
        with engine.begin() as connection:
            _as_bulk(connection)
            connection.execute(text(definition))
        if one_only:
            return False
    with engine.begin() as connection:
        for table in ("courts", "cases", "assets", "lots", "sales"):
            connection.execute(
                text(
                    f"SELECT setval(pg_get_serial_sequence('{table}', 'id'),"
                    f" (SELECT max(id) FROM {table}))"
                )
            )
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM (ANALYZE)"))
    return True
