"""What a court owes another goes into its payment file, once, and each bank's word books it (M20).

The court whose account a shared payout landed on owes the other its share.
"""

from __future__ import annotations

import pytest
from sqlalchemy.exc import DatabaseError

from tests.services.money import Money
from tests.services.statements import Credit, Debit, take_in
from tests.services.test_bank import _payment_file
from tests.services.test_provider_books import _pay_out
from tests.services.test_shared_payouts import (
    NET,
    _arrives,
    _books,
    _paid,
    _trial_balances,
    _yuan,
)

AMOUNT = _yuan(NET)


def test_a_transfer_to_another_court_is_ordered_under_its_reference(money: Money) -> None:
    _first, second = _landed(money)

    written = _payment_file(money)

    (ordered,) = written["transfers"]
    name, account = money.world.rows(
        "SELECT account_name, account_number FROM courts WHERE id <> %s", second
    )[0]
    assert ordered["id"] == _reference(money)
    assert (ordered["amount"], ordered["name"], ordered["account"]) == (AMOUNT, name, account)
    content = money.one("SELECT content FROM payment_files")
    assert f"<Ustrd>{_reference(money)}</Ustrd>" in content


def test_both_banks_notices_of_an_ordered_transfer_even_the_books(money: Money) -> None:
    first, second = _landed(money)
    (ordered,) = _payment_file(money)["transfers"]

    take_in(money, Debit(AMOUNT, ordered["id"]))
    money.court = first
    take_in(money, Credit(AMOUNT, ordered["id"]))
    money.work()

    assert "owed_to_court" not in _books(money, second)
    assert "due_from_court" not in _books(money, first)
    assert _trial_balances(money) == {first: 0, second: 0}


def test_a_bank_that_shows_no_purpose_is_understood_by_the_end_to_end_id(money: Money) -> None:
    first, _second = _landed(money)
    money.court = first

    take_in(money, Credit(AMOUNT, "", end_to_end=_reference(money)))
    money.work()

    assert "due_from_court" not in _books(money, first)


def test_a_transfer_stands_in_one_file_however_often_one_is_asked_for(money: Money) -> None:
    _landed(money)

    _payment_file(money, key="a")
    _payment_file(money, key="a")
    _payment_file(money, key="b")

    assert money.one("SELECT count(*) FROM payment_files") == 1


def test_the_database_refuses_a_transfer_a_second_file(money: Money) -> None:
    _landed(money)
    _payment_file(money)

    with pytest.raises(DatabaseError, match="stands as it was owed"):
        money.sql("UPDATE court_transfers SET payment_file_id = NULL")


def test_the_court_that_has_it_due_orders_nothing(money: Money) -> None:
    first, _second = _landed(money)
    money.court = first

    assert _payment_file(money) == {}


def test_a_transfer_paid_by_hand_stands_in_no_file(money: Money) -> None:
    _landed(money)
    take_in(money, Debit(AMOUNT, _reference(money)))
    money.work()

    assert _payment_file(money) == {}


def test_a_transfer_perhaps_paid_with_a_mistyped_reference_stands_in_no_file(money: Money) -> None:
    """The same sum left the account, and nobody knows for what: a file might pay it twice."""
    _landed(money)
    take_in(money, Debit(AMOUNT, "LC-mistyped"))
    money.work()

    first = _payment_file(money)

    assert money.one("SELECT state FROM bank_debits") == "unknown"
    assert first == {}


def test_a_debit_of_another_sum_holds_up_no_file(money: Money) -> None:
    _landed(money)
    take_in(money, Debit(_yuan(NET - 1), "LC-mistyped"))
    money.work()

    (ordered,) = _payment_file(money)["transfers"]

    assert ordered["id"] == _reference(money)


def test_a_debit_of_another_amount_leaves_the_transfer_owed(money: Money) -> None:
    _first, second = _landed(money)
    _payment_file(money)

    take_in(money, Debit(_yuan(NET - 1), _reference(money)))
    money.work()

    assert money.one("SELECT state FROM bank_debits") == "unknown"
    assert _books(money, second)["owed_to_court"] == -NET


def test_a_transfer_that_came_back_is_owed_again_and_paid_by_hand(money: Money) -> None:
    """No file orders it again: its account may be wrong, so a person looks first."""
    first, second = _landed(money)
    (ordered,) = _payment_file(money)["transfers"]
    take_in(money, Debit(AMOUNT, ordered["id"]))
    money.work()

    take_in(money, Credit(AMOUNT, "account closed", end_to_end=ordered["id"]))
    money.work()
    owed_again = _books(money, second)["owed_to_court"]
    _payment_file(money, key="again")
    take_in(money, Debit(AMOUNT, ordered["id"]))
    money.work()

    assert owed_again == -NET
    assert money.one("SELECT count(*) FROM payment_files") == 1
    assert money.one("SELECT paid_at IS NOT NULL FROM court_transfers")
    assert "owed_to_court" not in _books(money, second)
    assert _trial_balances(money) == {first: 0, second: 0}


def test_less_than_the_transfer_coming_back_waits_for_a_person(money: Money) -> None:
    _landed(money)
    (ordered,) = _payment_file(money)["transfers"]
    take_in(money, Debit(AMOUNT, ordered["id"]))
    money.work()

    take_in(money, Credit(_yuan(NET - 1), "part", end_to_end=ordered["id"]))
    money.work()

    assert money.balances()["suspense"] == -(NET - 1)
    assert money.one("SELECT paid_at IS NOT NULL FROM court_transfers")


def test_nothing_comes_back_that_the_other_court_received(money: Money) -> None:
    first, second = _landed(money)
    (ordered,) = _payment_file(money)["transfers"]
    take_in(money, Debit(AMOUNT, ordered["id"]))
    money.court = first
    take_in(money, Credit(AMOUNT, ordered["id"]))
    money.work()

    money.court = second
    take_in(money, Credit(AMOUNT, "by mistake", end_to_end=ordered["id"]))
    money.work()

    assert _books(money, second)["suspense"] == -NET
    assert money.one("SELECT paid_at IS NOT NULL FROM court_transfers")


def _landed(money: Money) -> tuple[int, int]:
    """Two courts' deposits paid out in one sum to the second, where we are now."""
    _paid(money, money.a_sale())
    first = money.court
    _paid(money, money.a_sale())
    _arrives(money, _pay_out(money), 2 * NET)
    return first, money.court


def _reference(money: Money) -> str:
    return str(money.one("SELECT reference FROM court_transfers"))
