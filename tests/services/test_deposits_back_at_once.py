"""Losers' deposits of a sale are owed back in so many statements, however many they are (H3)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, select

from app.db import transaction
from app.extensions import db
from app.models.deposit_rows import owe_deposits_back
from app.models.money import Deposit
from tests.world import NOON, World

# The locks and the states; entries, accounts and postings; the refunds and their promises; the
# letters and theirs. A wave of ends in one second is paced by this number.
FOR_A_SALE = 9


@pytest.mark.parametrize("many", [2, 25])
def test_the_deposits_of_a_sale_are_owed_back_in_nine_statements(
    closer: Flask, world: World, many: int
) -> None:
    sale = world.sale(world.court())
    for number in range(many):
        world.bidder(sale, f"B{number:03d}", admitted=False)

    with closer.app_context(), transaction() as session, _statements() as sent:
        held = session.scalars(select(Deposit).order_by(Deposit.id).with_for_update()).all()
        owe_deposits_back(session, [(deposit, NOON) for deposit in held], reason="outbid_at_close")
        session.flush()

    assert len(sent) == FOR_A_SALE, sent
    assert world.rows("SELECT count(*) FROM refunds WHERE state = 'due'") == [(many,)]
    assert world.rows("SELECT count(*) FROM outbox WHERE kind = 'refund'") == [(many,)]
    assert world.rows(
        "SELECT sum(balance) FROM ledger_accounts WHERE kind = 'refunds_payable'"
    ) == [(-many * 7_000_000,)]


@contextmanager
def _statements() -> Iterator[list[str]]:
    """Every statement that the closing process sends meanwhile."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        sent.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
