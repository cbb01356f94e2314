"""A deposit that comes in several short transfers (FAULT-F31, INV-M6)."""

from __future__ import annotations

import pytest

from app.services.deposits import BankInstructions, choose_bank_deposit
from tests.services.money import Money
from tests.services.statements import Credit, take_in


def test_short_transfers_are_added_up_until_they_are_the_deposit(money: Money) -> None:
    """RULE-E5"""
    reference = _reference(money)

    for amount in ("30000.00", "30000.00"):
        take_in(money, Credit(amount, reference))
        money.work()
    assert money.deposit(money.bidder)[0] == "awaiting"
    assert not money.is_admitted(money.bidder)
    take_in(money, Credit("10000.00", reference))
    money.work()

    assert money.deposit(money.bidder) == ("held", "bank")
    assert money.is_admitted(money.bidder)
    assert money.balances() == {"bank": 7_000_000, "deposits_held": -7_000_000}
    assert set(money.world.rows("SELECT state, by_machine FROM suspense_items")) == {
        ("assigned", "added_up")
    }
    assert money.world.rows("SELECT DISTINCT state FROM bank_credits") == [("matched",)]


def test_transfers_of_one_notice_are_added_up_as_well(money: Money) -> None:
    reference = _reference(money)

    take_in(money, Credit("69999.99", reference), Credit("0.01", reference))
    money.work()

    assert money.deposit(money.bidder) == ("held", "bank")


@pytest.mark.parametrize(("second", "over"), [("50000.00", 1_000_000), ("80000.00", 4_000_000)])
def test_what_the_parts_are_too_much_goes_back(money: Money, second: str, over: int) -> None:
    reference = _reference(money)

    take_in(money, Credit("30000.00", reference))
    money.work()
    take_in(money, Credit(second, reference))
    money.work()

    assert money.deposit(money.bidder) == ("held", "bank")
    assert money.balances() == {
        "bank": 7_000_000 + over,
        "deposits_held": -7_000_000,
        "refunds_payable": -over,
    }
    assert money.world.rows("SELECT amount, state, channel FROM refunds") == [(over, "due", "bank")]


def test_a_short_transfer_alone_waits_with_an_owner_and_a_day(money: Money) -> None:
    reference = _reference(money)
    finance = money.appoint("finance")

    take_in(money, Credit("69999.99", reference))
    money.work()

    assert money.deposit(money.bidder)[0] == "awaiting"
    ((owner, dated),) = money.world.rows("SELECT owner_id, due_at > since FROM suspense_items")
    assert (owner, dated) == (finance, True)


def test_whoever_the_reference_belongs_to_learns_that_a_transfer_waits_and_why(
    money: Money,
) -> None:
    reference = _reference(money)

    take_in(money, Credit("70000.01", reference))
    money.work()

    told = money.world.rows(
        "SELECT registration_id, params ->> 'reason', (params ->> 'amount')::int FROM messages"
        " WHERE kind = 'transfer_waits'"
    )
    assert told == [(money.bidder, "too_much", 7_000_001)]


def test_nobody_is_told_of_a_transfer_that_found_its_place(money: Money) -> None:
    reference = _reference(money)

    take_in(money, Credit("70000.00", reference), Credit("1.00", "nobody knows this"))
    money.work()

    assert money.one("SELECT count(*) FROM messages WHERE kind = 'transfer_waits'") == 0


def test_another_currency_adds_nothing(money: Money) -> None:
    reference = _reference(money)

    take_in(money, Credit("30000.00", reference), Credit("40000.00", reference, "EUR"))
    money.work()

    assert money.deposit(money.bidder)[0] == "awaiting"
    assert money.one("SELECT count(*) FROM suspense_items WHERE state = 'open'") == 2


def test_parts_under_anothers_reference_are_anothers(money: Money) -> None:
    sale = money.a_sale()
    one, other = money.a_bidder(sale, "B001"), money.a_bidder(sale, "B002")

    take_in(money, Credit("30000.00", _told(money, one)), Credit("40000.00", _told(money, other)))
    money.work()

    assert [money.deposit(each)[0] for each in (one, other)] == ["awaiting", "awaiting"]


def _reference(money: Money) -> str:
    money.bidder = money.a_bidder(money.a_sale())
    return _told(money, money.bidder)


def _told(money: Money, bidder: int) -> str:
    with money.as_bidder(bidder):
        told = choose_bank_deposit(bidder)
    assert isinstance(told, BankInstructions)
    return told.reference
