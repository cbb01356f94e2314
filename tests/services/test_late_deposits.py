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
from app.services import checkouts
from app.services.bidding.drain import drain
from app.services.card_offers import CardOffer
from tests.services.money import Money
from tests.world import NOON, World

MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)
PRICE, STEP = 70_000_000, 500_000
EXTENDED_END = NOON + 3 * MINUTE


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


def an_old_offer_in_the_last_minute(money: Money) -> tuple[int, int, CardOffer]:
    """The end was extended by a bid; somebody opened the provider's page an hour ago."""
    sale = money.a_sale()
    leader, late = money.world.bidder(sale, "B001"), money.a_bidder(sale, "B002")
    offer = money.offer(late)
    money.bid(sale, leader, PRICE)
    money.work()
    assert money.one("SELECT closes_at FROM sale_states") == EXTENDED_END
    money.sql(
        "UPDATE card_payments SET created_at = created_at - interval '1 hour',"
        " polled_at = clock_timestamp() - interval '2 seconds'"
    )
    money.world.hold_clock(money.court, EXTENDED_END - 3 * SECOND)
    return sale, late, offer


def test_a_card_confirmed_three_seconds_before_the_extended_end_admits_without_its_webhook(
    money: Money,
) -> None:
    """RULE-E4, FAULT-F29: the provider is asked every second then; what it tells is what counts."""
    sale, late, offer = an_old_offer_in_the_last_minute(money)
    money.outside.pay(offer.url)
    money.world.hold_clock(money.court, EXTENDED_END - SECOND)

    checkouts.poll_open_offers(money.provider)
    money.bid(sale, late, PRICE + STEP)
    money.work()
    money.world.hold_clock(money.court, EXTENDED_END + 37 * SECOND)
    hear(money)

    assert money.is_admitted(late)
    assert money.world.rows("SELECT price, leader_code FROM sale_states") == [
        (PRICE + STEP, "B002")
    ]
    # The webhook forty seconds later finds everything done.
    assert money.one("SELECT count(*) FROM arrivals WHERE kind = 'admit'") == 2
    assert money.deposit(late) == ("held", "card")


def test_the_webhook_forty_seconds_later_admits_while_the_end_has_moved_on(money: Money) -> None:
    """RULE-E4: until bidding really ends; here nobody could ask the provider before."""
    sale, late, offer = an_old_offer_in_the_last_minute(money)
    money.outside.pay(offer.url)
    money.bid(sale, money.one("SELECT leader_registration_id FROM sale_states"), PRICE + STEP)
    money.world.hold_clock(money.court, EXTENDED_END + 37 * SECOND)

    hear(money)
    money.bid(sale, late, PRICE + 2 * STEP)
    money.work()

    assert money.is_admitted(late)
    assert money.one("SELECT leader_code FROM sale_states") == "B002"


@pytest.mark.parametrize("paid", [-3, 1], ids=["confirmed before", "confirmed after"])
def test_what_we_learn_of_after_the_end_admits_nobody_and_goes_back_whole(
    money: Money, paid: int
) -> None:
    """RULE-E4, H3: bidding is over for everybody; whoever could not bid gets all of it back."""
    sale, late, offer = an_old_offer_in_the_last_minute(money)
    money.world.hold_clock(money.court, EXTENDED_END + paid * SECOND)
    money.outside.pay(offer.url)
    money.close(sale, at=EXTENDED_END + 10 * SECOND)
    money.world.hold_clock(money.court, EXTENDED_END + 37 * SECOND)

    hear(money)

    assert not money.is_admitted(late)
    assert money.world.rows("SELECT price, leader_code FROM sale_states") == [(PRICE, "B001")]
    assert money.world.rows(
        "SELECT amount, state FROM refunds WHERE channel = 'card'"
        " AND card_payment_id IS NOT NULL OR deposit_id IN"
        " (SELECT id FROM deposits WHERE registration_id = %s)",
        late,
    ) == [(7_000_000, "done")]
    assert [refund["amount"] for refund in money.outside.server.account.store.all_of("refund")] == [
        7_000_000
    ]


def hear(money: Money) -> None:
    """The webhooks arrive at last."""
    for event in money.events():
        money.hint(event)
    money.work()
