"""What the scheduler finds to do among running sales: each sweep is safe to run twice and late."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from app.models.bidding import SaleStateRecord
from app.models.outbox_rows import publish_notice
from app.models.sales import SaleRecord
from app.services.bidding.close import OpenEnvelope, carry_out_award, close_if_due
from app.services.bidding.drain import drain, public_message, sales_with_undecided

log = logging.getLogger(__name__)

Announce = Callable[[dict[str, Any]], None]

# A sale's moment is compared with its court's legal time; only rehearsal courts have their own.
_TO_OPEN = """
    SELECT s.sale_id FROM sale_states s JOIN courts c ON c.id = s.court_id
    WHERE s.status = 'announced' AND CASE WHEN c.is_rehearsal
      THEN s.opens_at <= legal_time(c.id, clock_timestamp())
      ELSE s.opens_at <= clock_timestamp() END"""
_TO_CLOSE = """
    SELECT s.sale_id FROM sale_states s JOIN courts c ON c.id = s.court_id
    WHERE (s.status IN ('announced', 'open') AND CASE WHEN c.is_rehearsal
        THEN s.closes_at <= legal_time(c.id, clock_timestamp())
        ELSE s.closes_at <= clock_timestamp() END)
      OR (s.status = 'withdrawn'
        AND NOT EXISTS (SELECT FROM outcomes o WHERE o.sale_id = s.sale_id))
    ORDER BY s.closes_at"""


_AWARDS = """
    SELECT sale_id FROM awards WHERE carried_out_at IS NULL ORDER BY id"""


def carry_out_awards(engine: Engine, announce: Announce, open_envelope: OpenEnvelope) -> int:
    """Do what courts decided on best bids that do not buy by themselves."""
    return _for_each(
        engine,
        _AWARDS,
        lambda session, sale_id: carry_out_award(session, sale_id, open_envelope),
        announce,
    )


def open_due(engine: Engine, announce: Announce) -> int:
    """Mark sales open whose time has come. Bids are decided by the moment, with or without it."""
    return _for_each(engine, _TO_OPEN, lambda session, sale_id: _open(session, sale_id), announce)


def close_due(engine: Engine, announce: Announce, open_envelope: OpenEnvelope) -> int:
    """Close every sale whose end has come; one that fails does not hold up the others."""
    return _for_each(
        engine,
        _TO_CLOSE,
        lambda session, sale_id: close_if_due(session, sale_id, open_envelope),
        announce,
    )


def drain_leftovers(engine: Engine, announce: Announce) -> int:
    """Decide what a process journalled and did not live to decide."""
    with Session(engine) as session:
        waiting = sales_with_undecided(session)
    for sale_id in waiting:
        with Session(engine) as session:
            drained = drain(session, sale_id)
            session.commit()
        if drained.message is not None:
            announce(drained.message)
    return len(waiting)


def beat(engine: Engine, process: str) -> None:
    """Write down that bids could be taken at this second (INV-A17); keep a week of it."""
    with engine.begin() as connection:
        connection.execute(
            text("INSERT INTO beats (at, process) VALUES (clock_timestamp(), :process)"),
            {"process": process},
        )


def forget_old_beats(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(
            text("DELETE FROM beats WHERE at < clock_timestamp() - interval '7 days'")
        )


def stay_what_the_outage_touched(
    engine: Engine, announce: Announce, longest_gap: timedelta = timedelta(seconds=30)
) -> int:
    """After a start: no sale is closed whose bidders could not reach the platform (RULE-L2).

    Looked at before any drain or close. A sale whose last five minutes met the gap in the beats
    gets a platform's stay that counts from the last beat; the court resumes it.
    """
    with engine.begin() as connection:
        gap = connection.execute(
            text(
                "SELECT max(at) AS down_at, clock_timestamp() AS up_at FROM beats"
                " HAVING clock_timestamp() - max(at) > :longest"
            ),
            {"longest": longest_gap},
        ).one_or_none()
        if gap is None:
            return 0
        touched = connection.execute(
            text(
                "SELECT s.sale_id, greatest(legal_time(s.court_id, :down), s.opens_at,"
                "   s.committed_at) AS since"
                " FROM sale_states s WHERE s.status IN ('announced', 'open')"
                " AND s.closes_at > legal_time(s.court_id, :down)"
                " AND s.closes_at - interval '5 minutes' < legal_time(s.court_id, :up)"
                # A clock that was held meanwhile lost no time.
                " AND legal_time(s.court_id, :down) < legal_time(s.court_id, :up)"
            ),
            {"down": gap.down_at, "up": gap.up_at},
        ).all()
        for sale in touched:
            connection.execute(
                text(
                    "SELECT enter_arrivals(jsonb_build_array(jsonb_build_object("
                    "'sale', CAST(:sale AS bigint), 'kind', 'suspend',"
                    " 'key', gen_random_uuid(), 'details', jsonb_build_object("
                    "'by', 'platform', 'reason', CAST(:reason AS text),"
                    " 'since', CAST(:since AS text)))))"
                ),
                {
                    "sale": sale.sale_id,
                    "reason": "The platform could not be reached near the end of the bidding",
                    "since": sale.since.isoformat(),
                },
            )
    drain_leftovers(engine, announce)
    return len(touched)


def _open(session: Session, sale_id: int) -> dict[str, Any] | None:
    state = session.get(SaleStateRecord, sale_id, with_for_update=True)
    if state is None or state.status != "announced":
        return None
    record = session.get_one(SaleRecord, sale_id)
    state.status = "open"
    session.execute(
        text("UPDATE public_lots SET phase = 'open' WHERE sale_id = :sale"), {"sale": sale_id}
    )
    publish_notice(
        session,
        court_id=state.court_id,
        sale_id=sale_id,
        kind="opened",
        at=state.opens_at,
        params={},
    )
    return public_message(record.public_id, state, [])


def _for_each(
    engine: Engine,
    query: str,
    act: Callable[[Session, int], dict[str, Any] | None],
    announce: Announce,
) -> int:
    with engine.connect() as connection:
        found = [row.sale_id for row in connection.execute(text(query))]
    for sale_id in found:
        try:
            with Session(engine) as session:
                message = act(session, sale_id)
                session.commit()
        except SQLAlchemyError:
            log.exception("sale %d could not be swept; it is tried again", sale_id)
            continue
        if message is not None:
            announce(message)
    return len(found)
