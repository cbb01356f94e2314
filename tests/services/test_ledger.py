"""The books: in balance at every moment, never short, never booked twice."""

from __future__ import annotations

import random

import psycopg
import pytest
from sqlalchemy.exc import DatabaseError

from app.cli.money import show_trial_balance
from app.db import transaction
from app.models.ledger_rows import Account, Posting, post_entry, transfer
from app.queries.ledger import entries_out_of_balance, trial_balance
from tests.services.money import Money
from tests.world import NOON, World


def test_a_whole_day_of_a_court_ends_in_balance(money: Money) -> None:
    """Many bidders, one buyer, refunds, one price: nothing is left of anybody else's money."""
    chance = random.Random(7)
    sale = money.a_sale()
    bidders = [money.a_bidder(sale, f"B{n:03d}") for n in range(5)]
    chance.shuffle(bidders)
    for bidder in bidders:
        money.pay(bidder)
    hints = [event for event in money.events() for _ in range(2)]
    chance.shuffle(hints)
    for event in hints:
        money.hint(event)
    money.work()
    for step, bidder in enumerate(bidders[:3]):
        money.bid(sale, bidder, 70_000_000 + step * 500_000)
    money.close(sale)

    money.work()

    with money.closer.app_context(), transaction() as session:
        assert [line.total for line in trial_balance(session)] == [0]
        assert entries_out_of_balance(session) == 0
    assert money.balances() == {"provider_clearing": 7_000_000, "deposits_held": -7_000_000}
    states = sorted(row[0] for row in money.world.rows("SELECT state FROM deposits"))
    assert states == ["held", "released", "released", "released", "released"]


def test_what_is_held_for_others_is_never_short(money: Money) -> None:
    court = money.world.court()

    with pytest.raises(DatabaseError, match="held_is_never_short"), transaction() as session:
        _post(session, court, transfer(Account("deposits_held", "x"), Account("bank"), 1))


def test_an_entry_under_its_key_is_booked_once(money: Money) -> None:
    court = money.world.court()
    booked = []

    for _ in range(2):
        with transaction() as session:
            both = transfer(Account("bank"), Account("suspense", "x"), 5)
            booked.append(_post(session, court, both))

    assert booked == [True, False]
    assert money.balances() == {"bank": 5, "suspense": -5}


def test_the_database_refuses_an_entry_that_does_not_balance(world: World) -> None:
    court = world.court()
    with psycopg.connect(world.url) as connection:
        (account,) = connection.execute(
            "INSERT INTO ledger_accounts (court_id, kind, subject, currency, balance)"
            " VALUES (%s, 'bank', '', 'CNY', 0) RETURNING id",
            [court],
        ).fetchone()
        (entry,) = connection.execute(
            "INSERT INTO ledger_entries (court_id, key, memo, at) VALUES (%s, 'k', 'm', now())"
            " RETURNING id",
            [court],
        ).fetchone()
        connection.execute(
            "INSERT INTO ledger_postings (entry_id, account_id, amount) VALUES (%s, %s, 1)",
            [entry, account],
        )
        with pytest.raises(psycopg.DatabaseError, match="does not balance"):
            connection.commit()


def test_the_command_prints_nought_for_each_court(money: Money) -> None:
    court = money.world.court()
    with transaction() as session:
        _post(session, court, transfer(Account("bank"), Account("suspense", "x"), 5))

    printed = money.closer.test_cli_runner().invoke(show_trial_balance)

    assert printed.exit_code == 0, printed.output
    public_id = money.one("SELECT public_id FROM courts")
    assert printed.output == f"{public_id} CNY 0 (2 accounts)\n"


def _post(session: object, court: int, postings: tuple[Posting, ...]) -> bool:
    return post_entry(
        session,  # type: ignore[arg-type]
        court_id=court,
        key="an effect",
        memo="a test",
        currency="CNY",
        at=NOON,
        postings=postings,
    )
