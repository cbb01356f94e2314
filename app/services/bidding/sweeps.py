"""What the scheduler finds to do among running sales: each sweep is safe to run twice and late."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import groupby
from typing import Any

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from app.models.bidding import SaleStateRecord
from app.models.live_message import public_message
from app.models.outbox_rows import publish_notice
from app.models.sales import SaleRecord
from app.services.bidding.close import carry_out_award, close_if_due, close_together
from app.services.bidding.drain import drain, sales_with_undecided
from app.services.bidding.outages import bids_can_be_taken, stay_what_an_outage_touched
from app.services.bidding.settle import OpenEnvelope
from app.services.bidding.steady_clock import SteadyClock, stay_what_a_jump_touched

log = logging.getLogger(__name__)

Announce = Callable[[dict[str, Any]], None]

# Both find what may be due; whether it is, is decided with the sale locked. A sale's moment is
# compared with its court's legal time, and only rehearsal courts have their own. Each part reads
# an index from its beginning, however many sales there ever were.
_TO_OPEN = """
    WITH rehearsals AS MATERIALIZED (
      SELECT id, legal_time(id, clock_timestamp()) AS now FROM courts WHERE is_rehearsal)
    SELECT s.sale_id FROM sale_states s
    WHERE s.status = 'announced' AND s.opens_at <= (SELECT clock_timestamp())
      AND s.court_id NOT IN (SELECT id FROM rehearsals)
    UNION ALL
    SELECT s.sale_id FROM sale_states s JOIN rehearsals c ON c.id = s.court_id
    WHERE s.status = 'announced' AND s.opens_at <= c.now"""
_TO_CLOSE = """
    WITH rehearsals AS MATERIALIZED (
      SELECT id, legal_time(id, clock_timestamp()) AS now FROM courts WHERE is_rehearsal)
    SELECT sale_id FROM sale_states
    WHERE status IN ('announced', 'open') AND closes_at <= (SELECT clock_timestamp())
      AND court_id NOT IN (SELECT id FROM rehearsals)
    UNION ALL
    SELECT r.sale_id FROM sale_states r JOIN rehearsals c ON c.id = r.court_id
    WHERE r.status IN ('announced', 'open') AND r.closes_at <= c.now
    UNION ALL
    SELECT sale_id FROM sale_states WHERE status = 'withdrawn' AND NOT is_over"""
_CASES = """
    SELECT sales.id AS sale_id, lots.case_id FROM sales JOIN lots ON lots.id = sales.lot_id
    WHERE sales.id = ANY (:sales) ORDER BY sales.court_id, lots.case_id, sales.id"""

# So many sales share a commit and the questions before it. A bid in one of them that turns out
# not to be over waits for the others: a fifth of a second at worst.
_TOGETHER = 40
# Unless a case has more lots.
_MOST_TOGETHER = 200
# While one batch waits for the database, the next one is being worked out.
_LANES = 2
# What lies further back was looked at when this scheduler began to lead.
_LOOK_BACK = timedelta(minutes=15)


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


def close_due(
    engine: Engine,
    announce: Announce,
    open_envelope: OpenEnvelope,
    clock: SteadyClock | None = None,
    lanes: int = _LANES,
) -> int:
    """Close every sale whose end has come; how many were moved on.

    In batches, several at once. A sale that fails, or for which somebody decides just now, does
    not hold up the others: it is tried by itself afterwards.
    """
    moved = 0
    batches = _may_be_closed(engine, clock)
    with ThreadPoolExecutor(lanes) as pool:
        while batches:
            done = list(
                pool.map(
                    lambda batch: _close_batch(engine, announce, open_envelope, batch, clock),
                    batches,
                )
            )
            moved += sum(done)
            batches = _may_be_closed(engine, clock)
            if not any(done):
                # Each waits for somebody: for a lot of its case, for whoever decides in it.
                break
    return moved + sum(
        _close_one(engine, announce, open_envelope, sale_id, clock)
        for batch in batches
        for sale_id in batch
    )


def _may_be_closed(engine: Engine, clock: SteadyClock | None) -> list[list[int]]:
    """What may be due, if its bidders could reach the platform and the clock runs evenly.

    Asked for every round: what is due now was not when the first began, and while a herd is
    closed an outage may begin. What an outage or a jump touched is stayed, before and not after
    the look for what is due: nothing came due in between.
    """
    if clock is not None:
        stay_what_a_jump_touched(engine, clock)
    batches = _batches(engine)
    return batches if batches and _may_close(engine) else []


def _may_close(engine: Engine) -> bool:
    """First whether bidders could reach the platform; where not, what that touched is stayed."""
    with engine.connect() as connection:
        if not bids_can_be_taken(connection):
            return False
    stay_what_an_outage_touched(engine, look_back=_LOOK_BACK)
    return True


def _batches(engine: Engine) -> list[list[int]]:
    """What may be due: each court's sales side by side, because they share accounts.

    The lots of a case stay in one batch, or two batches would wait for each other's case.
    """
    with engine.connect() as connection:
        due = connection.execute(text(_TO_CLOSE)).scalars().all()
        found = connection.execute(text(_CASES), {"sales": due}).all() if due else []
    batches: list[list[int]] = [[]]
    for _case, lots in groupby(found, key=lambda row: row.case_id):
        sales = [row.sale_id for row in lots]
        if len(batches[-1]) + len(sales) > _TOGETHER:
            batches.append([])
        batches[-1] += sales
    return [
        batch[first : first + _MOST_TOGETHER]
        for batch in batches
        for first in range(0, len(batch), _MOST_TOGETHER)
    ]


def _close_batch(
    engine: Engine,
    announce: Announce,
    open_envelope: OpenEnvelope,
    sale_ids: list[int],
    clock: SteadyClock | None,
) -> int:
    try:
        with Session(engine) as session:
            messages = close_together(session, sale_ids, open_envelope, skip_locked=True)
            if _is_in_doubt(session, clock):
                return 0
            session.commit()
    except Exception:
        # One of them cannot be closed, and took the others' transaction with it.
        log.warning("%d sales were not closed together; now one by one", len(sale_ids))
        return sum(_close_one(engine, announce, open_envelope, each, clock) for each in sale_ids)
    for message in messages:
        announce(message)
    return len(messages)


def _is_in_doubt(session: Session, clock: SteadyClock | None) -> bool:
    """Whether the moment at which this was closed, or that bids could come until then, is in
    doubt: then nothing of it is kept, and the next round stays what was touched."""
    connection = session.connection()
    has_jumped = clock is not None and clock.jump(connection) is not None
    return has_jumped or not bids_can_be_taken(connection)


def _close_one(
    engine: Engine,
    announce: Announce,
    open_envelope: OpenEnvelope,
    sale_id: int,
    clock: SteadyClock | None,
) -> int:
    """Whatever is wrong with one sale, the sweep survives it and says so."""
    try:
        with Session(engine) as session:
            # Long enough to come after whoever decides just now, too short to be held by one that
            # is stuck.
            session.execute(text("SET LOCAL lock_timeout = '2s'"))
            message = close_if_due(session, sale_id, open_envelope)
            if _is_in_doubt(session, clock):
                return 0
            session.commit()
    except Exception:
        log.exception("sale %d could not be closed; it is tried again", sale_id)
        return 0
    if message is not None:
        announce(message)
    return int(message is not None)


def drain_leftovers(engine: Engine, announce: Announce) -> int:
    """Decide what a process journalled and did not live to decide."""
    with Session(engine) as session:
        waiting = sales_with_undecided(session)
    return _act_on(
        engine, waiting, lambda session, sale_id: drain(session, sale_id).message, announce
    )


def beat(engine: Engine, process: str) -> None:
    """Write down that ends could be written at this second (INV-R8); a week of it is kept."""
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
    return _act_on(engine, found, act, announce)


def _act_on(
    engine: Engine,
    sale_ids: Sequence[int],
    act: Callable[[Session, int], dict[str, Any] | None],
    announce: Announce,
) -> int:
    """Each in a transaction of its own. One that fails holds up neither the others nor a scheduler
    that begins to lead."""
    for sale_id in sale_ids:
        try:
            with Session(engine) as session:
                message = act(session, sale_id)
                session.commit()
        except Exception:
            log.exception("sale %d could not be swept; it is tried again", sale_id)
            continue
        if message is not None:
            announce(message)
    return len(sale_ids)
