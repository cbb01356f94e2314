"""Statements that are wrong: refused whole with the line named, or parked, and nothing moves.

FAULT-F31, INV-M6.
"""

from __future__ import annotations

from typing import Any

import pytest

from app.services.bank import Imported, NotImported, StatementRefusal
from app.services.deposits import BankInstructions, choose_bank_deposit
from tests.gateways.camt import balance, notice
from tests.gateways.camt import statement as camt
from tests.services.money import Money
from tests.services.statements import Credit, take_in

TABLES = (
    "bank_statements", "bank_credits", "bank_debits", "bank_balances", "ledger_entries",
    "ledger_postings", "deposits", "suspense_items", "admissions", "refunds",
)  # fmt: skip
_UNREADABLE = StatementRefusal.UNREADABLE


def _summary(count: str, total: str) -> str:
    inner = f"<NbOfNtries>{count}</NbOfNtries><Sum>{total}</Sum>"
    return f"<TxsSummry>\n<TtlCdtNtries>\n{inner}</TtlCdtNtries></TxsSummry>"


# A right transfer of the deposit, and one thing wrong with the file around it.
WRONG: dict[str, tuple[Any, StatementRefusal, str | None]] = {
    "a checksum": (
        lambda c: notice(c, more=_summary("1", "70000.01")),
        _UNREADABLE,
        "Document/BkToCstmrDbtCdtNtfctn/Ntfctn/TxsSummry/TtlCdtNtries/Sum",
    ),
    "a count": (
        lambda c: notice(c, more=_summary("2", "70000.00")),
        _UNREADABLE,
        "Document/BkToCstmrDbtCdtNtfctn/Ntfctn/TxsSummry/TtlCdtNtries/NbOfNtries",
    ),
    "a day that is none": (
        lambda c: notice(c).replace(b"2026-11-20", b"2026-11-31"),
        _UNREADABLE,
        "Document/BkToCstmrDbtCdtNtfctn/Ntfctn/Ntry/BookgDt",
    ),
    "a currency that is none": (
        lambda c: notice(c).replace(b'Ccy="CNY"', b'Ccy="RMB yuan"'),
        _UNREADABLE,
        "Document/BkToCstmrDbtCdtNtfctn/Ntfctn/Ntry/Amt",
    ),
    "a third of a fen": (
        lambda c: notice(c).replace(b"70000.00", b"70000.003"),
        _UNREADABLE,
        "Document/BkToCstmrDbtCdtNtfctn/Ntfctn/Ntry/Amt",
    ),
    "another encoding than it says": (
        lambda c: notice(c).decode().encode("gb18030"),
        _UNREADABLE,
        None,
    ),
    "its end": (lambda c: notice(c)[:-40], _UNREADABLE, None),
    "its balances": (
        lambda c: camt(c, balances=balance("OPBD", "1.00") + balance("CLBD", "70002.00")),
        StatementRefusal.DOES_NOT_ADD_UP,
        "Bal",
    ),
    "the account": (
        lambda c: notice(c, account="99990000"),
        StatementRefusal.OTHER_ACCOUNT,
        None,
    ),
}


@pytest.mark.parametrize(("make", "reason", "field"), WRONG.values(), ids=WRONG.keys())
def test_a_wrong_file_is_refused_whole_with_its_place_and_moves_nothing(
    money: Money, make: Any, reason: StatementRefusal, field: str | None
) -> None:
    reference = _reference(money)
    before = _picture(money)

    taken = take_in(money, content=_here(money, make(Credit("70000.00", reference).written())))
    money.work()

    assert isinstance(taken, NotImported), taken
    assert taken.reason is reason
    if field is not None:
        assert taken.field == field
    if reason is _UNREADABLE:
        assert taken.line is not None
        assert taken.line >= 1
    assert _picture(money) == before


def test_the_same_file_without_a_fault_is_taken(money: Money) -> None:
    """So that the others are refused for their fault and nothing else."""
    reference = _reference(money)
    written = Credit("70000.00", reference).written()

    taken = take_in(money, content=_here(money, notice(written, more=_summary("1", "70000.00"))))
    money.work()

    assert isinstance(taken, Imported)
    assert money.deposit(money.bidder) == ("held", "bank")


def test_a_doubled_file_moves_nothing_a_second_time(money: Money) -> None:
    content = _here(money, notice(Credit("70000.00", _reference(money)).written()))
    take_in(money, content=content)
    money.work()
    before = _picture(money)

    again = take_in(money, content=content)
    money.work()

    assert again == NotImported(StatementRefusal.TAKEN_ALREADY)
    assert _picture(money) == before


def _one_digit_off(reference: str) -> str:
    return reference[:-1] + str((int(reference[-1]) + 1) % 10)


@pytest.mark.parametrize(
    ("says", "currency", "reason"),
    [
        (_one_digit_off, "CNY", "unknown_reference"),
        (lambda reference: "LC00000000000097", "CNY", "unknown_reference"),
        (lambda reference: "thank you", "CNY", "unknown_reference"),
        (lambda reference: reference, "EUR", "other_currency"),
    ],
    ids=["wrong check digits", "unknown reference", "no reference", "other currency"],
)
def test_a_movement_that_fits_nothing_is_parked_with_an_owner_and_a_day(
    money: Money, says: Any, currency: str, reason: str
) -> None:
    reference = _reference(money)
    finance = money.appoint("finance")

    take_in(money, Credit("70000.00", says(reference), currency))
    money.work()

    assert money.deposit(money.bidder)[0] == "awaiting"
    assert not money.is_admitted(money.bidder)
    assert money.world.rows(
        "SELECT reason, amount, owner_id, due_at > since, state FROM suspense_items"
    ) == [(reason, 7_000_000, finance, True, "open")]


def _reference(money: Money) -> str:
    money.bidder = money.a_bidder(money.a_sale())
    with money.as_bidder(money.bidder):
        told = choose_bank_deposit(money.bidder)
    assert isinstance(told, BankInstructions)
    return told.reference


def _here(money: Money, content: bytes) -> bytes:
    account = str(money.one("SELECT account_number FROM courts WHERE id = %s", money.court))
    return content.replace(b"32050161863600000123", account.encode())


def _picture(money: Money) -> dict[str, list[Any]]:
    return {
        table: money.world.rows(f"SELECT to_jsonb(t)::text FROM {table} t ORDER BY 1")
        for table in TABLES
    }
