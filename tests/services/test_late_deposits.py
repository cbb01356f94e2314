"""Until bidding really ends, extensions included, a confirmed deposit admits (RULE-E4)."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine
from sqlalchemy.orm import Session

from app.db import engine_options
from app.models.deposit_rows import hold_deposit, lock_deposit
from app.models.journal import Entry, enter_arrivals
from app.services.bidding.drain import drain
from tests.world import NOON, World

MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)
PRICE, STEP = 70_000_000, 500_000


@pytest.fixture
def engine(clean_database: dict[str, str]) -> Iterator[Engine]:
    made = create_engine(clean_database["closer"], **engine_options("closer"))
    yield made
    made.dispose()


@pytest.fixture
def do(engine: Engine) -> Any:
    """One transaction of the closing process, and everything that is undecided after it."""

    def do(sale_id: int, *steps: Any) -> None:
        with Session(engine) as session:
            for step in steps:
                step(session)
            session.commit()
        with Session(engine) as session:
            while drain(session, sale_id).count:
                pass
            session.commit()

    return do


def bids(sale_id: int, registration_id: int, amount: int) -> Any:
    entry = Entry(sale_id, "bid", uuid.uuid4(), registration_id=registration_id, amount=amount)
    return lambda session: enter_arrivals(session, [entry])


def an_extended_sale(world: World, do: Any) -> tuple[int, int]:
    """A bid two minutes before the announced end: it is now three minutes after it (RULE-G5)."""
    court_id = world.court(rehearsal_at=NOON - 2 * MINUTE)
    sale_id = world.sale(court_id)
    do(sale_id, bids(sale_id, world.bidder(sale_id, "B01"), PRICE))
    assert world.rows("SELECT closes_at FROM sale_states") == [(NOON + 3 * MINUTE,)]
    return court_id, sale_id


def an_awaited_deposit(world: World, sale_id: int, code: str) -> tuple[int, int]:
    registration_id = world.bidder(sale_id, code, deposit=None, admitted=False)
    [(deposit_id,)] = world.rows(
        "INSERT INTO deposits (public_id, court_id, sale_id, registration_id, amount, currency,"
        " channel, reference, state) SELECT %s, court_id, id, %s, 7000000, 'CNY', 'bank', %s,"
        " 'awaiting' FROM sales WHERE id = %s RETURNING id",
        code,
        registration_id,
        code,
        sale_id,
    )
    return registration_id, deposit_id


@pytest.mark.parametrize(("before_the_end", "admits"), [(30 * SECOND, True), (0 * SECOND, False)])
def test_a_deposit_confirmed_before_the_extended_end_admits(
    world: World, do: Any, before_the_end: timedelta, admits: bool
) -> None:
    """RULE-E4: the announced end has passed both times; the extended one has not, or just has."""
    court_id, sale_id = an_extended_sale(world, do)
    registration_id, deposit_id = an_awaited_deposit(world, sale_id, "NEW")
    at = NOON + 3 * MINUTE - before_the_end
    world.hold_clock(court_id, at)

    do(
        sale_id,
        lambda session: hold_deposit(
            session, lock_deposit(session, deposit_id), channel="bank", at=at
        ),
    )
    do(sale_id, bids(sale_id, registration_id, PRICE + STEP))

    admitted = world.rows("SELECT 1 FROM admissions WHERE registration_id = %s", registration_id)
    assert bool(admitted) is admits
    leads = [(PRICE + STEP, "NEW")] if admits else [(PRICE, "B01")]
    assert world.rows("SELECT price, leader_code FROM sale_states") == leads
