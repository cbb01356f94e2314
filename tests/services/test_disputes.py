"""A card holder's bank takes a payment back: nothing vanishes, nobody pays twice (FAULT-F31)."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

import pytest

from app import worker
from app.services import settlement as settlements
from app.services.disputes import cover_lost
from app.services.provider_books import read_provider_books
from app.services.settlement import SettlementRefusal
from tests.services.money import Money

FEES = {"dispute": 1_500}


def test_an_opened_dispute_takes_the_money_and_the_fee_out_of_clearing(money: Money) -> None:
    finance = _held(money)

    _dispute(money)

    assert money.balances() == {
        "provider_clearing": -1_500,
        "provider_fees": 1_500,
        "disputed": 7_000_000,
        "deposits_held": -7_000_000,
    }
    assert money.provider.payments.balance() == {"CNY": -1_500}
    assert _items(money) == [("dispute_open", "open", finance)]


def test_a_won_dispute_brings_the_money_back_and_keeps_the_fee(money: Money) -> None:
    _held(money)
    dispute = _dispute(money)

    _close(money, dispute, "won")

    assert money.balances() == {
        "provider_clearing": 7_000_000 - 1_500,
        "provider_fees": 1_500,
        "deposits_held": -7_000_000,
    }
    assert [row[:2] for row in _items(money)] == [("dispute_open", "closed")]
    assert money.one("SELECT state FROM disputes") == "won"


def test_a_lost_dispute_of_a_deposit_that_secures_a_sale_is_somebodys_to_act_on(
    money: Money,
) -> None:
    finance = _held(money)
    judge = money.appoint("judge")

    _close(money, _dispute(money), "lost")

    assert money.balances()["disputed"] == 7_000_000
    assert ("dispute_lost", "open", finance) in _items(money)
    assert money.one("SELECT consequence FROM disputes") == "deposit_held"
    told = money.world.rows("SELECT person_id FROM messages WHERE kind = 'dispute_lost'")
    assert {row[0] for row in told} == {finance, judge}


def test_a_losers_deposit_that_the_bank_took_back_is_not_paid_a_second_time(money: Money) -> None:
    _held(money)
    _close(money, _dispute(money), "lost")

    money.close(money.one("SELECT sale_id FROM deposits"))
    money.work()

    assert money.deposit(money.bidder)[0] == "released"
    assert money.balances() == {"provider_clearing": -1_500, "provider_fees": 1_500}
    assert money.one("SELECT state FROM refunds") == "done"
    assert money.outside.server.account.store.all_of("refund") == []
    assert {row[:2] for row in _items(money)} == {
        ("dispute_open", "closed"),
        ("dispute_lost", "closed"),
    }
    assert money.one("SELECT count(*) FROM outbox WHERE kind = 'refund' AND state <> 'done'") == 0


def test_a_refund_that_waited_for_a_dispute_goes_once_it_is_won(money: Money) -> None:
    """The provider refunds nothing that is disputed: the promise is parked, not lost."""
    _held(money)
    dispute = _dispute(money)
    money.close(money.one("SELECT sale_id FROM deposits"))
    money.work()
    assert money.one("SELECT state FROM outbox WHERE kind = 'refund'") == "parked"

    _close(money, dispute, "won")
    money.work()

    assert money.deposit(money.bidder)[0] == "released"
    assert money.balances() == {"provider_clearing": -1_500, "provider_fees": 1_500}
    assert len(money.outside.server.account.store.all_of("refund")) == 1


def test_a_refund_that_waited_for_a_lost_dispute_is_done_by_it(money: Money) -> None:
    _held(money)
    dispute = _dispute(money)
    money.close(money.one("SELECT sale_id FROM deposits"))
    money.work()

    _close(money, dispute, "lost")
    money.work()

    assert money.deposit(money.bidder)[0] == "released"
    assert money.one("SELECT consequence FROM disputes") == "owed_back"
    assert money.balances() == {"provider_clearing": -1_500, "provider_fees": 1_500}
    assert money.outside.server.account.store.all_of("refund") == []


def test_a_lost_dispute_that_nothing_can_cover_lets_the_worker_rest(money: Money) -> None:
    """More is owed back than was taken: it is found at every look, and is no work done."""
    _held(money)
    _close(money, _dispute(money), "lost")
    money.sql("UPDATE disputes SET amount = amount - 1")
    money.close(money.one("SELECT sale_id FROM deposits"))

    turns = 0
    while worker.sweep(money.closer) and turns < 5:
        turns += 1

    assert turns < 5
    assert cover_lost() == 0
    assert money.balances()["disputed"] == 7_000_000
    assert money.one("SELECT state FROM refunds") == "due"


def test_a_chargeback_after_forfeiture_stays_visible_and_the_lost_deposit_is_not_used(
    money: Money,
) -> None:
    """FAULT-F31: the court keeps its decision, and does not hand on money that is gone."""
    money.outside.control("PUT", "/fees", **FEES)
    sale, money.bidder = money.a_buyer()
    finance = money.appoint("finance")
    money.world.hold_clock(money.court, money.one("SELECT due_at FROM settlements") + _A_DAY)
    judge = money.appoint("judge")
    with money.as_court(money.court):
        settlements.decide_default(sale, by=judge, reference="Exec. 12-3")
    money.work()
    assert money.deposit(money.bidder)[0] == "forfeited"

    _close(money, _dispute(money), "lost")

    assert money.deposit(money.bidder)[0] == "forfeited"
    assert money.balances() == {
        "provider_clearing": -1_500,
        "provider_fees": 1_500,
        "disputed": 7_000_000,
        "forfeited": -7_000_000,
    }
    assert money.one("SELECT consequence FROM disputes") == "deposit_lost"
    assert ("dispute_lost", "open", finance) in _items(money)
    with money.as_court(money.court):
        answer = settlements.use_forfeiture(sale, costs=0, by=judge)
    assert answer is SettlementRefusal.TAKEN_BACK


def test_a_disputed_payment_in_suspense_ends_with_the_dispute(money: Money) -> None:
    money.outside.control("PUT", "/fees", **FEES)
    money.bidder = money.a_bidder(money.a_sale())
    money.offer(money.bidder)
    deposit = money.one("SELECT public_id FROM deposits")
    money.pay_by_intent(amount=7_000_000, currency="cny", **{"metadata[deposit]": deposit})
    money.work()
    assert money.balances()["suspense"] == -7_000_000

    _close(money, _dispute(money), "lost")

    assert money.balances() == {"provider_clearing": -1_500, "provider_fees": 1_500}
    assert money.one("SELECT state FROM suspense_items") == "returned"


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("outcome", ["won", "lost"])
def test_dispute_hints_in_any_order_end_in_one_ledger(
    money: Money, outcome: str, seed: int
) -> None:
    """FAULT-F27: once, twice, never, reversed; the books read at night say the rest."""
    chance = random.Random(seed)
    _held(money)
    dispute = _open(money)
    opened = money.events()
    money.outside.control("POST", f"/disputes/{dispute['id']}/close", outcome=outcome)
    closed = [event for event in money.events() if event not in opened]
    hints = [event for event in (*opened, *closed) for _ in range(chance.randint(0, 2))]
    chance.shuffle(hints)

    for event in hints:
        money.hint(event)
        if chance.random() < 0.5:
            money.work()
    money.work()
    _read(money)

    back = 7_000_000 if outcome == "won" else 0
    expected = {
        "provider_clearing": back - 1_500,
        "provider_fees": 1_500,
        "deposits_held": -7_000_000,
    }
    if outcome == "lost":
        expected["disputed"] = 7_000_000
    assert money.balances() == expected
    assert money.one("SELECT count(*) FROM disputes WHERE state = %s", outcome) == 1


_A_DAY = timedelta(days=1)


def _held(money: Money) -> int:
    money.outside.control("PUT", "/fees", **FEES)
    money.bidder = money.a_bidder(money.a_sale())
    finance = money.appoint("finance")
    money.pay(money.bidder)
    money.poll()
    money.work()
    assert money.deposit(money.bidder) == ("held", "card")
    return finance


def _open(money: Money) -> dict[str, Any]:
    intent = money.one("SELECT intent_id FROM card_payments WHERE state = 'succeeded'")
    dispute: dict[str, Any] = money.outside.control("POST", "/disputes", payment_intent=intent)
    return dispute


def _dispute(money: Money) -> dict[str, Any]:
    """Opened, and learnt of by the worker."""
    dispute = _open(money)
    _learn(money)
    return dispute


def _close(money: Money, dispute: dict[str, Any], outcome: str) -> None:
    money.outside.control("POST", f"/disputes/{dispute['id']}/close", outcome=outcome)
    _learn(money)


def _learn(money: Money) -> None:
    for event in money.events():
        money.hint(event)
    money.work()
    _read(money)


def _read(money: Money) -> None:
    with money.closer.app_context():
        read_provider_books(money.provider)


def _items(money: Money) -> list[tuple[str, str, int]]:
    rows = money.world.rows("SELECT kind, state, owner_id FROM open_items ORDER BY id")
    return [tuple(row) for row in rows]
