"""One payout of the card provider for several courts: each court's books by themselves (M2, M7)."""

from __future__ import annotations

from typing import Any

import pytest

from app.db import transaction
from app.models.deposit_rows import lock_deposit, owe_deposit_back
from tests.services.money import Money
from tests.services.statements import Credit, Debit, take_in
from tests.services.test_provider_books import FEE, FEES, _pay_out, _read
from tests.services.test_suspense import _decide, _propose
from tests.world import NOON

DEPOSIT = 7_000_000
NET = DEPOSIT - FEE


def test_a_payout_of_two_courts_is_booked_with_charges_and_refunds_in_each(money: Money) -> None:
    """It lands with the second court, which owes the first its share: less fees and a refund."""
    first, second = _two_courts(money)
    payout = _pay_out(money)

    _arrives(money, payout, 2 * NET - FEE)
    _arrives(money, payout, 2 * NET - FEE)

    assert _books(money, first) == {
        "deposits_held": -DEPOSIT,
        "due_from_court": NET - FEE,
        "provider_fees": 2 * FEE,
    }
    assert _books(money, second) == {
        "bank": 2 * NET - FEE,
        "deposits_held": -DEPOSIT,
        "owed_to_court": -(NET - FEE),
        "provider_fees": FEE,
    }
    assert _trial_balances(money) == {first: 0, second: 0}
    assert _states(money) == ["arrived", "arrived"]


def test_the_same_payout_told_again_under_another_number_books_nothing(money: Money) -> None:
    """The bank's second notice of the same trace is money that nobody awaits."""
    _first, second = _two_courts(money)
    payout = _pay_out(money)

    _arrives(money, payout, 2 * NET - FEE)
    take_in(money, Credit(_yuan(2 * NET - FEE), payout["trace_id"]["value"]))
    money.work()

    keys = "SELECT count(*) FROM ledger_entries WHERE starts_with(key, 'provider-payout:')"
    assert money.one(keys) == 2
    assert _books(money, second)["suspense"] == -(2 * NET - FEE)


def test_the_share_is_passed_on_under_its_reference_and_each_bank_says_so(money: Money) -> None:
    first, second = _two_courts(money)
    _arrives(money, _pay_out(money), 2 * NET - FEE)
    ((payer, payee, amount, reference),) = money.world.rows(
        "SELECT from_court_id, to_court_id, amount, reference FROM court_transfers"
    )

    take_in(money, Debit(_yuan(amount), reference))
    money.court = first
    take_in(money, Credit(_yuan(amount), reference))
    money.work()
    take_in(money, Credit(_yuan(amount), reference))
    money.work()

    assert (payer, payee, amount) == (second, first, NET - FEE)
    assert _books(money, first) == {
        "bank": 2 * (NET - FEE),
        "deposits_held": -DEPOSIT,
        "provider_fees": 2 * FEE,
        "suspense": -(NET - FEE),
    }
    assert _books(money, second) == {
        "bank": NET,
        "deposits_held": -DEPOSIT,
        "provider_fees": FEE,
    }
    assert money.one("SELECT paid_at IS NOT NULL AND received_at IS NOT NULL FROM court_transfers")


def test_a_court_whose_refunds_are_more_than_its_charges_owes_its_share(money: Money) -> None:
    bidder = _paid(money, money.a_sale())
    first = money.court
    _arrives(money, _pay_out(money), NET)
    _give_back(money, bidder)
    _paid(money, money.a_sale())
    _paid(money, money.world.sale(money.court, number=2), "B002")
    second = money.court

    _arrives(money, _pay_out(money), 2 * NET - DEPOSIT)

    assert _books(money, first) == {
        "bank": NET,
        "owed_to_court": -DEPOSIT,
        "provider_fees": FEE,
    }
    assert _books(money, second) == {
        "bank": 2 * NET - DEPOSIT,
        "deposits_held": -2 * DEPOSIT,
        "due_from_court": DEPOSIT,
        "provider_fees": 2 * FEE,
    }
    assert money.world.rows("SELECT from_court_id, to_court_id, amount FROM court_transfers") == [
        (first, second, DEPOSIT)
    ]


def test_a_shared_payout_that_the_bank_told_of_first_leaves_suspense(money: Money) -> None:
    first, second = _two_courts(money)
    payout = money.outside.control("POST", "/payouts")
    _arrives(money, payout, 2 * NET - FEE)
    assert _books(money, second)["suspense"] == -(2 * NET - FEE)

    _read(money)

    assert _books(money, second)["owed_to_court"] == -(NET - FEE)
    assert "suspense" not in _books(money, second)
    assert _trial_balances(money) == {first: 0, second: 0}


def test_two_persons_name_a_shared_payout_whose_trace_the_bank_left_out(money: Money) -> None:
    first, _second = _two_courts(money)
    payout = _pay_out(money)
    take_in(money, Credit(_yuan(2 * NET - FEE), "from the provider"))
    money.work()

    _decide(money, _propose(money, payout["id"]))
    money.work()

    assert _states(money) == ["arrived", "arrived"]
    assert _books(money, first)["due_from_court"] == NET - FEE


@pytest.mark.parametrize("over", [-1, 1])
def test_a_shared_payout_of_another_amount_waits_for_a_person(money: Money, over: int) -> None:
    _two_courts(money)
    payout = _pay_out(money)

    _arrives(money, payout, 2 * NET - FEE + over)

    assert _states(money) == ["on_its_way", "on_its_way"]
    assert money.balances()["suspense"] == -(2 * NET - FEE + over)


def _two_courts(money: Money) -> tuple[int, int]:
    """Two deposits of the first, one of them given back; one of the second, where we are now."""
    sale = money.a_sale()
    _paid(money, sale)
    _give_back(money, _paid(money, sale, "B002"))
    first = money.court
    _paid(money, money.a_sale())
    return first, money.court


def _paid(money: Money, sale: int, code: str = "B001") -> int:
    money.outside.control("PUT", "/fees", **FEES)
    bidder = money.a_bidder(sale, code)
    money.pay(bidder)
    money.poll()
    money.work()
    return bidder


def _give_back(money: Money, bidder: int) -> None:
    deposit = money.one("SELECT id FROM deposits WHERE registration_id = %s", bidder)
    with transaction() as session:
        owe_deposit_back(session, lock_deposit(session, deposit), at=NOON, reason="outbid_at_close")
    money.work()


def _arrives(money: Money, payout: dict[str, Any], amount: int) -> None:
    """The bank's notice of it, as this court takes it in; a second time it is the same one."""
    said = f"STRIPE {payout['trace_id']['value']}"
    take_in(money, Credit(_yuan(amount), said, reference=f"PO-{payout['id']}"))
    money.work()


def _yuan(amount: int) -> str:
    return f"{amount // 100}.{amount % 100:02d}"


def _books(money: Money, court: int) -> dict[str, int]:
    rows = money.world.rows(
        "SELECT kind, sum(balance) FROM ledger_accounts WHERE court_id = %s"
        " GROUP BY kind HAVING sum(balance) <> 0 ORDER BY kind",
        court,
    )
    return {kind: int(total) for kind, total in rows}


def _trial_balances(money: Money) -> dict[int, int]:
    """Summed from the postings, court by court."""
    return {
        court: int(total)
        for court, total in money.world.rows(
            "SELECT e.court_id, sum(p.amount) FROM ledger_postings p"
            " JOIN ledger_entries e ON e.id = p.entry_id GROUP BY 1"
        )
    }


def _states(money: Money) -> list[str]:
    return [state for (state,) in money.world.rows("SELECT state FROM provider_payouts")]
