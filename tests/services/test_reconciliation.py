"""Our books, the provider's list and the bank's balance: equal, or a named item (INV-M5, M7)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.cli.reconciliation import reconcile_day
from app.db import transaction
from app.models.courts import Proposal
from app.models.deposit_rows import lock_deposit, owe_deposit_back
from app.models.reconciliation import OpenItem
from app.services.bank import NotImported, StatementRefusal
from app.services.reconciliation import (
    ItemRefusal,
    Reconciled,
    decide_closing,
    list_late_refunds,
    propose_closing,
    reconcile,
)
from tests.gateways.camt import balance
from tests.gateways.camt import statement as camt
from tests.services.money import Money
from tests.services.statements import Credit, Debit, take_in
from tests.world import NOON

DAY = date(2026, 11, 20)


def test_what_is_equal_on_all_sides_leaves_no_item(money: Money) -> None:
    money.outside.control("PUT", "/fees", percent_hundredths=290, fixed=200)
    _deposit_by_card(money)
    payout = money.outside.control("POST", "/payouts")
    _look(money)
    trace = payout["trace_id"]["value"]
    _statement(money, ("OPBD", "0.00"), Credit("67968.00", trace), ("CLBD", "67968.00"))
    money.work()

    found = _look(money)

    assert found.differences == 0
    assert _items(money) == []
    sides = money.world.rows("SELECT DISTINCT side, ours - theirs FROM reconciliations")
    assert sorted(sides) == [("bank", 0), ("provider", 0)]


def test_a_payment_that_names_nothing_of_ours_is_the_operators_item(money: Money) -> None:
    money.a_sale()
    money.pay_by_intent(amount=5_000, currency="cny")

    _look(money)

    assert set(_items(money)) == {
        ("payment_not_here", None, None, 5_000),
        ("provider_balance", None, 0, 5_000),
    }


def test_a_refund_made_by_hand_at_the_provider_is_the_courts_item(money: Money) -> None:
    _deposit_by_card(money)
    finance = money.appoint("finance")
    intent = money.one("SELECT intent_id FROM card_payments")
    money.outside.api("POST", "/v1/refunds", {"payment_intent": intent, "amount": 100})

    _look(money)

    assert ("refund_not_here", money.court, None, 100) in _items(money)
    assert money.one("SELECT owner_id FROM open_items WHERE kind = 'refund_not_here'") == finance


def test_a_payment_that_only_we_know_is_an_item_until_the_provider_lists_it(money: Money) -> None:
    _deposit_by_card(money)
    store = money.outside.server.account.store
    (movement,) = store.all_of("balance_transaction")
    store.change("DELETE FROM objects WHERE id = ?", movement["id"])

    _look(money)
    assert {item[0] for item in _items(money)} == {"payment_not_there", "provider_balance"}
    store.put(movement)
    _look(money)

    assert _items(money) == []
    assert money.world.rows("SELECT DISTINCT closed_how FROM open_items") == [("equal",)]


def test_refunds_are_equal_on_both_sides(money: Money) -> None:
    bidder = _deposit_by_card(money)
    _owe(money, bidder)
    money.work()

    assert _look(money).differences == 0


def test_a_closing_balance_that_is_not_ours_is_the_courts_item(money: Money) -> None:
    money.a_sale()
    _statement(money, ("OPBD", "10.00"), Credit("1.00", "x"), ("CLBD", "11.00"))
    money.work()
    assert _look(money).differences == 0
    money.look_away("UPDATE bank_credits SET state = 'new'")

    _look(money)

    assert ("bank_balance", money.court, 1_000, 1_100) in _items(money)


def test_a_debit_nobody_ordered_has_an_owner(money: Money) -> None:
    money.a_sale()
    finance = money.appoint("finance")
    take_in(money, Debit("12.00", "WHAT IS THIS"))
    money.work()

    _look(money)

    assert [item[0] for item in _items(money)] == ["bank_debit"]
    assert money.one("SELECT owner_id FROM open_items") == finance


def test_a_difference_that_stays_is_one_item_however_often_it_is_seen(money: Money) -> None:
    money.a_sale()
    money.pay_by_intent(amount=5_000, currency="cny")

    for _ in range(3):
        _look(money)

    assert money.one("SELECT count(*) FROM open_items") == 2


def test_two_persons_close_an_item_and_it_does_not_come_up_again(money: Money) -> None:
    item, one, other = _unknown_debit(money)

    proposal = _propose(money, item, one)
    closed = _decide(money, proposal, other)
    _look(money)

    assert isinstance(closed, OpenItem)
    assert money.world.rows("SELECT state, closed_how FROM open_items") == [
        ("closed", "two_persons")
    ]


def test_one_person_alone_closes_nothing(money: Money) -> None:
    item, one, _other = _unknown_debit(money)

    answer = _decide(money, _propose(money, item, one), one)

    assert answer is ItemRefusal.SAME_PERSON
    assert money.one("SELECT state FROM open_items") == "open"


def test_what_changed_since_it_was_proposed_is_not_closed(money: Money) -> None:
    item, one, other = _unknown_debit(money)
    proposal = _propose(money, item, one)
    money.sql("UPDATE open_items SET theirs = theirs + 1")

    answer = _decide(money, proposal, other)

    assert answer is ItemRefusal.CHANGED_MEANWHILE


def test_another_court_does_not_find_the_item(money: Money) -> None:
    item, one, _other = _unknown_debit(money)
    elsewhere = money.world.court()

    with money.as_court(elsewhere):
        answer = propose_closing(elsewhere, item, reason="ours", by=one)

    assert answer is ItemRefusal.NOT_OPEN


def test_a_statement_that_does_not_add_up_is_refused_whole(money: Money) -> None:
    money.a_sale()

    taken = _statement(money, ("OPBD", "10.00"), Credit("1.00", "x"), ("CLBD", "12.00"))

    assert taken == NotImported(StatementRefusal.DOES_NOT_ADD_UP, field="Bal")
    assert money.world.rows("SELECT FROM bank_statements") == []


def test_a_refund_past_its_day_is_a_breach_with_a_name_until_it_is_done(money: Money) -> None:
    """RULE-H3"""
    bidder = _deposit_by_card(money)
    _owe(money, bidder)
    money.world.hold_clock(money.court, NOON + timedelta(hours=24, seconds=1))

    with money.closer.app_context():
        assert list_late_refunds() == 1
    assert [item[0] for item in _items(money)] == ["refund_late"]
    money.work()
    with money.closer.app_context():
        assert list_late_refunds() == 0

    assert _items(money) == []


@pytest.mark.parametrize("differs", [False, True])
def test_the_command_says_whether_the_books_are_equal(money: Money, differs: bool) -> None:
    _deposit_by_card(money)
    if differs:
        take_in(money, Debit("12.00", "WHAT IS THIS"))
        money.work()
    money.closer.config["STRIPE_SECRET_KEY"] = ""

    result = money.closer.test_cli_runner().invoke(reconcile_day, ["--day", "2026-11-20"])

    assert result.exit_code == int(differs), result.output


def _deposit_by_card(money: Money) -> int:
    bidder = money.a_bidder(money.a_sale())
    money.pay(bidder)
    money.poll()
    money.work()
    return bidder


def _look(money: Money) -> Reconciled:
    with money.closer.app_context():
        return reconcile(DAY, money.provider)


def _items(money: Money) -> list[tuple[Any, ...]]:
    rows = money.world.rows(
        "SELECT kind, court_id, ours, theirs FROM open_items WHERE state = 'open' ORDER BY id"
    )
    return [tuple(row) for row in rows]


def _statement(
    money: Money, opening: tuple[str, str], credit: Credit, closing: tuple[str, str]
) -> Any:
    account = money.one("SELECT account_number FROM courts WHERE id = %s", money.court)
    told = camt(credit.written(), balances=balance(*opening) + balance(*closing))
    return take_in(money, content=told.replace(b"32050161863600000123", account.encode()))


def _unknown_debit(money: Money) -> tuple[str, int, int]:
    money.a_sale()
    one, other = money.appoint("finance"), money.appoint("finance")
    take_in(money, Debit("12.00", "WHAT IS THIS"))
    money.work()
    _look(money)
    return money.one("SELECT public_id FROM open_items"), one, other


def _propose(money: Money, item: str, by: int) -> str:
    with money.as_court(money.court):
        proposal = propose_closing(money.court, item, reason="The bank's own fee.", by=by)
    assert not isinstance(proposal, ItemRefusal), proposal
    return proposal


def _decide(money: Money, proposal: str, by: int) -> Any:
    with money.as_court(money.court):
        with transaction() as session:
            shown = session.scalars(
                select(Proposal.payload_hash).filter_by(public_id=proposal)
            ).one()
        return decide_closing(money.court, proposal, payload_hash=shown, approved=True, by=by)


def _owe(money: Money, bidder: int) -> None:
    with money.closer.app_context(), transaction() as session:
        deposit_id = money.one("SELECT id FROM deposits WHERE registration_id = %s", bidder)
        owe_deposit_back(
            session, lock_deposit(session, deposit_id), at=NOON, reason="outbid_at_close"
        )
