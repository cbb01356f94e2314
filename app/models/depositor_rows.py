"""Telling all who hold a deposit on a sale, in one statement and under one moment (RULE-L3).

On a restart in another country only the leaders were told; here nobody is told before the others.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

# Who was admitted once is told, also when the deposit is on its way back meanwhile. An id made of
# hexadecimal digits is a public id like any other.
_TELL = text("""
    WITH told AS (
      SELECT r.id, :key || ':' || r.public_id AS key
      FROM deposits d JOIN registrations r ON r.id = d.registration_id
      WHERE d.sale_id = :sale AND d.held_at IS NOT NULL
    ), messages AS (
      INSERT INTO messages (public_id, court_id, registration_id, sale_id, key, kind, params, at)
      SELECT left(replace(gen_random_uuid()::text, '-', ''), 16), :court, told.id, :sale,
             told.key, :kind, CAST(:params AS jsonb), :at
      FROM told ON CONFLICT DO NOTHING
    )
    INSERT INTO outbox (public_id, kind, key, court_id, payload, deadline_at, tries, state)
    SELECT left(replace(gen_random_uuid()::text, '-', ''), 16), 'letter', 'letter:' || told.key,
           :court, jsonb_build_object('message', CAST(:kind AS text), 'params',
             CAST(:params AS jsonb), 'person_id', NULL, 'registration_id', told.id, 'at',
             CAST(:written_at AS text)), :at, 0, 'due'
    FROM told ON CONFLICT (key) DO NOTHING""")


def tell_depositors(
    session: Session,
    *,
    court_id: int,
    sale_id: int,
    kind: str,
    key: str,
    at: datetime,
    params: dict[str, Any],
) -> None:
    """Leave the same notice with every depositor of a sale; under the same `key` only once.

    Codes alone: nobody can tell from it who holds a deposit, not even how many do.
    """
    session.execute(
        _TELL,
        {
            "court": court_id,
            "sale": sale_id,
            "kind": kind,
            "key": key,
            "at": at,
            "written_at": at.isoformat(),
            "params": json.dumps(params, ensure_ascii=False),
        },
    )
