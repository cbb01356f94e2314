"""A stay by the platform itself: entered in the journal of each sale, like every other act."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, text

_STAY = """
    SELECT enter_arrivals(jsonb_build_array(jsonb_build_object(
      'sale', CAST(:sale AS bigint), 'kind', 'suspend', 'key', gen_random_uuid(),
      'details', jsonb_build_object('by', 'platform', 'reason', CAST(:reason AS text),
                                    'since', CAST(:since AS text)))))"""


def stay(connection: Connection, sales: Mapping[int, datetime], reason: str) -> None:
    """Stay each of `sales` from its moment on. The caller commits; whoever drains decides."""
    for sale_id, since in sorted(sales.items()):
        connection.execute(
            text(_STAY), {"sale": sale_id, "reason": reason, "since": since.isoformat()}
        )
