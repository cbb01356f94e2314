"""No decision and no outcome while an earlier arrival is still on its way (INV-A4, A5).

Each test holds an arrival between its stamp and its commit, as a slow disk would, and lets
somebody decide meanwhile. Without the lock in `pass_barrier` the first goes red, without its bound
in `find_undecided` the second, without `pass_barriers` in the close the third.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app.db import engine_options
from app.gateways.seal import Opener
from app.models.journal import Entry, enter_arrivals
from app.models.sale_rows import LOCK_CLASS, pass_barrier
from app.services.bidding.close import close_if_due
from app.services.bidding.drain import drain
from tests.world import NOON, World

MINUTE = timedelta(minutes=1)


@pytest.fixture
def engine(clean_database: dict[str, str]) -> Iterator[Engine]:
    made = create_engine(clean_database["closer"], **engine_options("closer"))
    yield made
    made.dispose()


def test_a_bid_on_its_way_is_decided_before_a_later_one(world: World, engine: Engine) -> None:
    """RULE-G3"""
    court = world.court(rehearsal_at=NOON - MINUTE * 60)
    sale_id = world.sale(court, starting_price=100, increment=10)
    slow, quick = world.bidder(sale_id, "SLOW"), world.bidder(sale_id, "FAST")

    with Session(engine) as session:
        enter_arrivals(session, [_bid(sale_id, slow, 100)])
        _enter(engine, _bid(sale_id, quick, 100))
        deciding = _in_background(lambda: _drain(engine, sale_id))
        deciding.join(0.5)
        session.commit()
    deciding.join(10)
    _drain(engine, sale_id)

    assert world.rows("SELECT code FROM bids WHERE sale_id = %s", sale_id) == [("SLOW",)]


def test_what_came_after_the_barrier_waits_for_the_next_decision(
    world: World, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RULE-G3. Between the barrier and the reading, one is stamped and a later one committed."""
    court = world.court(rehearsal_at=NOON - MINUTE * 60)
    sale_id = world.sale(court, starting_price=100, increment=10)
    first, slow, quick = (world.bidder(sale_id, code) for code in ("B01", "SLOW", "FAST"))
    on_its_way = Session(engine)

    def pass_barrier_and_dawdle(session: Session, sale: int) -> int | None:
        last = pass_barrier(session, sale)
        enter_arrivals(on_its_way, [_bid(sale_id, slow, 110)])
        _enter(engine, _bid(sale_id, quick, 110))
        return last

    _enter(engine, _bid(sale_id, first, 100))
    with monkeypatch.context() as patched:
        patched.setattr("app.services.bidding.drain.pass_barrier", pass_barrier_and_dawdle)
        _drain(engine, sale_id)
    on_its_way.commit()
    on_its_way.close()
    _drain(engine, sale_id)

    bids = world.rows("SELECT code FROM bids WHERE sale_id = %s ORDER BY seq", sale_id)
    assert bids == [("B01",), ("SLOW",)]


def test_a_barrier_that_fails_keeps_nobody_out(world: World, engine: Engine) -> None:
    """The lock belongs to a connection, which goes back to the pool: a rollback keeps it."""
    sale_id = world.sale(world.court(rehearsal_at=NOON - MINUTE * 60))
    with world.engine.begin() as migrating, Session(engine) as session:
        migrating.exec_driver_sql("LOCK TABLE undecided IN ACCESS EXCLUSIVE MODE")
        session.execute(text("SET LOCAL lock_timeout = '100ms'"))
        with pytest.raises(OperationalError):
            pass_barrier(session, sale_id)

    held = f"SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = {LOCK_CLASS}"
    assert world.rows(held) == [(0,)]


def test_a_bid_stamped_before_the_end_is_in_the_outcome(world: World, engine: Engine) -> None:
    """RULE-G3, H1"""
    court = world.court(rehearsal_at=NOON - MINUTE)
    sale_id = world.sale(court, starting_price=100, increment=10)
    registration = world.bidder(sale_id, "B01")
    opener = Opener(world.settings["ENVELOPE_PRIVATE_KEY"])

    with Session(engine) as session:
        enter_arrivals(session, [_bid(sale_id, registration, 100)])
        world.hold_clock(court, NOON + MINUTE * 60)
        closing = _in_background(lambda: _close(engine, sale_id, opener))
        closing.join(0.5)
        session.commit()
    closing.join(10)
    _close(engine, sale_id, opener)

    outcome = world.rows("SELECT status, winner_code, price FROM outcomes")
    assert outcome == [("sold", "B01", 100)]


def _bid(sale_id: int, registration: int, amount: int) -> Entry:
    return Entry(sale_id, "bid", uuid.uuid4(), registration_id=registration, amount=amount)


def _enter(engine: Engine, entry: Entry) -> None:
    with Session(engine) as session:
        enter_arrivals(session, [entry])
        session.commit()


def _drain(engine: Engine, sale_id: int) -> None:
    with Session(engine) as session:
        drain(session, sale_id)
        session.commit()


def _close(engine: Engine, sale_id: int, opener: Opener) -> None:
    with Session(engine) as session:
        close_if_due(session, sale_id, opener.open)
        session.commit()


def _in_background(act: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=act)
    thread.start()
    return thread
