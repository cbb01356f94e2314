"""Fees and payouts of the card provider: nothing stays in clearing for ever (INV-M5, M7)."""

from __future__ import annotations

from typing import Any

import pytest

from app.db import transaction
from app.models.deposit_rows import lock_deposit, owe_deposit_back
from app.services import provider_books
from app.services.provider_books import read_provider_books
from app.services.suspense import DeskRefusal
from tests.services.money import Money
from tests.services.statements import Credit, take_in
from tests.services.test_suspense import _decide, _propose
from tests.world import NOON

# 2.9 per cent and 2.00: of 70,000.00 that is 2,032.00.
FEES = {"percent_hundredths": 290, "fixed": 200, "dispute": 1_500}
FEE = 203_200


def test_the_banks_notice_moves_a_payout_from_the_provider_to_the_bank(money: Money) -> None:
    _paid_deposit(money)
    payout = _pay_out(money)
    assert money.balances()["provider_clearing"] == 7_000_000 - FEE

    take_in(money, Credit("67968.00", f"STRIPE {payout['trace_id']['value']}"))
    money.work()

    assert money.balances() == {
        "bank": 7_000_000 - FEE,
        "provider_fees": FEE,
        "deposits_held": -7_000_000,
    }
    assert money.world.rows("SELECT state, amount, fees FROM provider_payouts") == [
        ("arrived", 7_000_000 - FEE, FEE)
    ]
    assert money.one("SELECT state FROM bank_credits") == "matched"


def test_a_payout_that_the_bank_told_of_first_leaves_suspense_by_itself(money: Money) -> None:
    _paid_deposit(money)
    payout = money.outside.control("POST", "/payouts")
    take_in(money, Credit("67968.00", f"STRIPE {payout['trace_id']['value']}"))
    money.work()
    assert money.balances()["suspense"] == -(7_000_000 - FEE)

    _read(money)

    assert money.balances() == {
        "bank": 7_000_000 - FEE,
        "provider_fees": FEE,
        "deposits_held": -7_000_000,
    }
    assert money.world.rows("SELECT state, by_machine FROM suspense_items") == [
        ("assigned", "provider_payout")
    ]


def test_a_payout_of_another_amount_waits_for_a_person(money: Money) -> None:
    _paid_deposit(money)
    payout = _pay_out(money)

    take_in(money, Credit("67968.01", f"STRIPE {payout['trace_id']['value']}"))
    money.work()

    assert money.one("SELECT state FROM provider_payouts") == "on_its_way"
    assert money.balances()["suspense"] == -6_796_801


def test_a_notice_taken_in_twice_books_a_payout_once(money: Money) -> None:
    _paid_deposit(money)
    payout = _pay_out(money)
    credit = Credit("67968.00", payout["trace_id"]["value"])

    take_in(money, credit)
    money.work()
    take_in(money, credit, Credit("1.00", "something else"))
    money.work()

    assert money.balances()["bank"] == 7_000_000 - FEE + 100


def test_a_refund_gives_no_fee_back(money: Money) -> None:
    bidder = _paid_deposit(money)
    _owe(money, bidder)
    money.work()

    _read(money)
    _read(money)

    assert money.deposit(bidder)[0] == "released"
    assert money.balances() == {"provider_clearing": -FEE, "provider_fees": FEE}
    assert money.provider.payments.balance() == {"CNY": -FEE}


def test_books_read_twice_are_booked_once(money: Money) -> None:
    _paid_deposit(money)

    assert _read(money) == 1
    assert _read(money) == 0

    assert money.one("SELECT count(*) FROM ledger_entries WHERE key LIKE 'provider-fee:%%'") == 1


def test_a_look_each_minute_stops_where_nothing_is_new(
    money: Money, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(provider_books, "_AT_ONCE", 1)
    for _number in range(3):
        _paid_deposit(money)
    listed, asked_about = money.provider.payments.movements_between, []

    def counting(*span: Any) -> Any:
        for movement in listed(*span):
            asked_about.append(movement.id)
            yield movement

    monkeypatch.setattr(money.provider.payments, "movements_between", counting)
    taken = [_read(money, news_only=True), _read(money, news_only=True)]

    assert taken == [3, 0]
    assert len(asked_about) == 3 + 1


def test_a_payment_whose_every_hint_was_lost_is_found_in_the_books(money: Money) -> None:
    money.outside.control("PUT", "/fees", **FEES)
    bidder = money.a_bidder(money.a_sale())
    money.pay(bidder)

    _read(money)
    money.work()

    assert money.deposit(bidder) == ("held", "card")


def test_a_payout_that_failed_books_nothing_and_somebody_mends_it(money: Money) -> None:
    _paid_deposit(money)
    finance = money.appoint("finance")
    payout = _pay_out(money)

    money.outside.control("POST", f"/payouts/{payout['id']}/fail")
    _read(money)

    assert money.balances()["provider_clearing"] == 7_000_000 - FEE
    assert money.world.rows("SELECT kind, state, owner_id FROM open_items") == [
        ("payout_failed", "open", finance)
    ]


@pytest.mark.parametrize("written", ["from the provider", ""])
def test_two_persons_name_a_payout_whose_trace_the_bank_left_out(
    money: Money, written: str
) -> None:
    _paid_deposit(money)
    payout = _pay_out(money)
    take_in(money, Credit("67968.00", written))
    money.work()
    assert money.one("SELECT state FROM suspense_items") == "open"

    proposal = _propose(money, payout["id"])
    _decide(money, proposal)
    money.work()

    assert money.balances() == {
        "bank": 7_000_000 - FEE,
        "provider_fees": FEE,
        "deposits_held": -7_000_000,
    }
    assert money.one("SELECT state FROM provider_payouts") == "arrived"
    assert money.one("SELECT state FROM suspense_items") == "assigned"
    assert _propose(money, payout["id"]) is DeskRefusal.NOT_OPEN


def test_money_of_another_amount_is_not_named_a_payout(money: Money) -> None:
    _paid_deposit(money)
    payout = _pay_out(money)
    take_in(money, Credit("67968.01", "from the provider"))
    money.work()

    assert _propose(money, payout["id"]) is DeskRefusal.NOT_THE_PAYOUT
    assert _propose(money, "po_of_somebody") is DeskRefusal.UNKNOWN_REFERENCE


def _paid_deposit(money: Money) -> int:
    money.outside.control("PUT", "/fees", **FEES)
    bidder = money.a_bidder(money.a_sale())
    money.pay(bidder)
    money.poll()
    money.work()
    assert money.deposit(bidder) == ("held", "card")
    return bidder


def _pay_out(money: Money) -> dict[str, Any]:
    payout: dict[str, Any] = money.outside.control("POST", "/payouts")
    _read(money)
    return payout


def _read(money: Money, *, news_only: bool = False) -> int:
    with money.closer.app_context():
        return read_provider_books(money.provider, news_only=news_only)


def _owe(money: Money, bidder: int) -> None:
    with money.closer.app_context(), transaction() as session:
        deposit_id = money.one("SELECT id FROM deposits WHERE registration_id = %s", bidder)
        owe_deposit_back(
            session, lock_deposit(session, deposit_id), at=NOON, reason="outbid_at_close"
        )
