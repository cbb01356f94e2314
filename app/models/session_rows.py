"""Row operations on the sessions of browsers, for many at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import Connection, Row, text

_STILL_GOOD = text("""
    SELECT s.id_hash, held.version,
      s.seen_at < clock_timestamp() - CAST(:touch AS interval) AS is_due
    FROM unnest(CAST(:ids AS bytea[]), CAST(:versions AS text[])) AS held (id_hash, version)
    JOIN identity.sessions s ON s.id_hash = held.id_hash
    JOIN identity.people p ON p.id = s.person_id
    WHERE s.ended_at IS NULL AND s.expires_at > clock_timestamp()
    AND md5(s.content::text) = held.version
    AND p.active AND p.fs_uniquifier = s.content->>'_user_id'""")

_TOUCH = text("""
    UPDATE identity.sessions SET seen_at = clock_timestamp()
    WHERE id_hash = ANY (CAST(:ids AS bytea[])) AND ended_at IS NULL""")


def keep_sessions_awake(
    connection: Connection, held: Sequence[tuple[bytes, str]], touch_every: timedelta
) -> set[tuple[bytes, str]]:
    """Which sessions are alive and as they were read, by `id_hash` and version of the content.

    Whoever asks is at work: a session that was not seen for `touch_every` is seen now.
    """
    rows: Sequence[Row[tuple[bytes, str, bool]]] = connection.execute(
        _STILL_GOOD,
        {
            "ids": [id_hash for id_hash, _version in held],
            "versions": [version for _id_hash, version in held],
            "touch": touch_every,
        },
    ).all()
    if due := [row.id_hash for row in rows if row.is_due]:
        connection.execute(_TOUCH, {"ids": due})
    return {(bytes(row.id_hash), row.version) for row in rows}
