"""Balanced entries, in batches and one by one, each batch waited for until it is on the disk."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from sqlalchemy.orm import Session

from app.models.ledger_rows import Account, NewEntry, post_entries, transfer
from bench.ledger.rows import add_court
from bench.platform import Platform


def entries_per_second(platform: Platform, *, count: int, batch: int) -> float:
    """As the closer writes them: its own role, each entry between two accounts, one of them new."""
    from app.db import engine_for

    court = add_court(platform.admin, f"Entries in batches of {batch}")
    closer = platform.app("closer")
    with closer.app_context(), Session(engine_for("closer")) as session:
        _post(session, court, 0, batch)
        began = time.perf_counter()
        for first in range(batch, batch + count, batch):
            _post(session, court, first, min(batch, batch + count - first))
        took = time.perf_counter() - began
        session.close()
        engine_for("closer").dispose()
    return count / took


def _post(session: Session, court: int, first: int, count: int) -> None:
    now = datetime.now(UTC)
    post_entries(
        session,
        court,
        [
            NewEntry(
                f"deposit-held:{court}-{number}",
                f"deposit {number} held",
                "CNY",
                now,
                transfer(Account("bank"), Account("deposits_held", f"{number}"), 7_000_000),
            )
            for number in range(first, first + count)
        ],
    )
    session.commit()
