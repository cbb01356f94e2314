"""The bank's files: each movement once, matched exactly or looked after, and paid out once."""

from __future__ import annotations

import hashlib
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import pytest

from app.cli.money import import_statement_file
from app.db import transaction
from app.gateways.seal import Opener, Sealer
from app.models.ledger_rows import Account, post_entry, transfer
from app.services import bank
from app.services.bank import (
    Imported,
    NotImported,
    StatementRefusal,
    import_statement,
    make_payment_files,
    request_payment_file,
)
from app.services.deposits import BankInstructions, choose_bank_deposit
from app.services.promises import keep_one
from tests.services.money import Money
from tests.services.statements import Credit, Debit, file_of
from tests.world import NOON


def test_a_transfer_with_the_reference_holds_the_deposit_and_admits(money: Money) -> None:
    """RULE-E3, E5"""
    bidder = money.a_bidder(money.a_sale())
    told = _chooses_bank(money, bidder)

    taken = _import(money, Credit("70000.00", f"deposit {told.reference} thank you"))
    money.work()

    assert taken == Imported(taken.statement, credits=1, debits=0, known=0)
    assert money.deposit(bidder) == ("held", "bank")
    assert money.is_admitted(bidder)
    assert money.balances() == {"bank": 7_000_000, "deposits_held": -7_000_000}


def test_blanks_and_small_letters_in_a_reference_are_forgiven(money: Money) -> None:
    bidder = money.a_bidder(money.a_sale())
    reference = _chooses_bank(money, bidder).reference
    typed = f"{reference[:6].lower()} {reference[6:]}"

    _import(money, Credit("70000.00", typed))
    money.work()

    assert money.deposit(bidder) == ("held", "bank")


def test_a_mistyped_reference_is_never_somebody_elses(money: Money) -> None:
    bidder = money.a_bidder(money.a_sale())
    reference = _chooses_bank(money, bidder).reference
    wrong = reference[:-3] + str((int(reference[-3]) + 1) % 10) + reference[-2:]

    _import(money, Credit("70000.00", wrong))
    money.work()

    assert money.deposit(bidder)[0] == "awaiting"
    assert _suspense(money) == [("unknown_reference", 7_000_000)]


@pytest.mark.parametrize(
    ("amount", "currency", "reason"),
    [
        ("69999.99", "CNY", "too_little"),
        ("70000.01", "CNY", "too_much"),
        ("70000.00", "EUR", "other_currency"),
    ],
)
def test_what_is_not_exact_waits_for_a_person(
    money: Money, amount: str, currency: str, reason: str
) -> None:
    bidder = money.a_bidder(money.a_sale())
    told = _chooses_bank(money, bidder)

    _import(money, Credit(amount, told.reference, currency))
    money.work()

    assert money.deposit(bidder)[0] == "awaiting"
    minor = int(amount.replace(".", ""))
    assert _suspense(money) == [(reason, minor)]
    assert money.balances() == {"bank": minor, "suspense": -minor}


def test_money_sent_twice_is_held_once_and_the_second_waits(money: Money) -> None:
    bidder = money.a_bidder(money.a_sale())
    told = _chooses_bank(money, bidder)

    _import(money, Credit("70000.00", told.reference), Credit("70000.00", told.reference))
    money.work()

    assert money.deposit(bidder) == ("held", "bank")
    assert _suspense(money) == [("paid_twice", 7_000_000)]


def test_a_reference_of_another_court_is_unknown_here(money: Money) -> None:
    bidder = money.a_bidder(money.a_sale())
    reference = _chooses_bank(money, bidder).reference
    other = money.world.court()
    money.court = other

    _import(money, Credit("70000.00", reference))
    money.work()

    assert money.deposit(bidder)[0] == "awaiting"
    assert _suspense(money) == [("unknown_reference", 7_000_000)]


def test_the_same_file_is_taken_once(money: Money) -> None:
    bidder = money.a_bidder(money.a_sale())
    credit = Credit("70000.00", _chooses_bank(money, bidder).reference)

    _import(money, credit)
    again = _import(money, credit)
    money.work()

    assert again == NotImported(StatementRefusal.TAKEN_ALREADY)
    assert money.balances() == {"bank": 7_000_000, "deposits_held": -7_000_000}


def test_a_movement_that_two_files_tell_of_is_booked_once(money: Money) -> None:
    bidder = money.a_bidder(money.a_sale())
    credit = Credit("70000.00", _chooses_bank(money, bidder).reference)
    _import(money, credit)

    evening = _import(money, credit, Credit("1.00", "something else"))
    money.work()

    assert isinstance(evening, Imported)
    assert (evening.credits, evening.known) == (1, 1)
    assert money.balances()["deposits_held"] == -7_000_000


def test_a_file_of_another_account_is_refused_whole(money: Money) -> None:
    money.a_sale()

    taken = _import(money, Credit("1.00", "x"), account="99990000")

    assert taken == NotImported(StatementRefusal.OTHER_ACCOUNT)
    assert money.world.rows("SELECT FROM bank_statements") == []


def test_an_unreadable_file_says_where(money: Money) -> None:
    money.a_sale()
    content = file_of(_account(money), Credit("1.00", "x")).replace(b"1.00", b"1.001")

    with money.as_court(money.court):
        taken = import_statement(money.court, content, name="x.xml", by=None, sealer=_sealer(money))

    assert isinstance(taken, NotImported)
    assert taken.reason is StatementRefusal.UNREADABLE
    assert taken.line
    assert "Amt" in (taken.field or "")


def test_who_paid_is_sealed_and_stands_nowhere_else(money: Money) -> None:
    """RULE-E13"""
    bidder = money.a_bidder(money.a_sale())
    told = _chooses_bank(money, bidder)
    _import(money, Credit("70000.00", f"{told.reference} from Zhang Wei", payer="Zhang Wei"))
    money.work()

    row = money.one("SELECT to_jsonb(bank_credits) - 'sealed_payer' FROM bank_credits")
    sealed = money.one("SELECT sealed_origin FROM deposits")

    assert "Zhang" not in str(row)
    assert row["reference"] == told.reference
    opened = Opener(money.closer.config["ENVELOPE_PRIVATE_KEY"]).open(bytes(sealed))
    assert (opened["name"], opened["bank"]) == ("Zhang Wei", "102100099996")


def test_a_credit_without_the_banks_reference_waits_even_if_it_fits(money: Money) -> None:
    bidder = money.a_bidder(money.a_sale())
    told = _chooses_bank(money, bidder)

    _import(money, Credit("70000.00", told.reference, reference=None))
    money.work()

    assert _suspense(money) == [("no_bank_reference", 7_000_000)]
    assert money.deposit(bidder)[0] == "awaiting"


def test_a_transfer_after_the_end_goes_into_the_next_payment_file(money: Money) -> None:
    sale = money.a_sale()
    bidder = money.a_bidder(sale)
    told = _chooses_bank(money, bidder)
    money.close(sale)
    money.work()

    _import(money, Credit("70000.00", told.reference))
    money.work()

    assert money.deposit(bidder)[0] == "cancelled"
    assert money.world.rows("SELECT channel, state, reason FROM refunds") == [
        ("bank", "due", "paid_too_late")
    ]
    assert money.balances() == {"bank": 7_000_000, "refunds_payable": -7_000_000}


def test_a_bank_deposit_goes_back_to_the_account_it_came_from(money: Money) -> None:
    bidder = _outbid_by_bank(money)

    written = _payment_file(money)

    transfer = written["transfers"][0]
    assert transfer["name"] == "王小明"
    assert transfer["account"] == "6222021234567890123"
    assert transfer["bank"] == "102100099996"
    assert transfer["amount"] == "70000.00"
    assert money.one("SELECT state FROM refunds") == "sent"
    assert money.deposit(bidder)[0] == "releasing"


def test_the_banks_debit_confirms_a_refund_and_releases_the_deposit(money: Money) -> None:
    bidder = _outbid_by_bank(money)
    end_to_end = _payment_file(money)["transfers"][0]["id"]

    _import(money, Debit("70000.00", end_to_end))
    money.work()

    assert money.one("SELECT state FROM refunds") == "done"
    assert money.deposit(bidder) == ("released", "bank")
    assert money.balances() == {}


def test_a_debit_of_another_amount_explains_nothing(money: Money) -> None:
    _outbid_by_bank(money)
    end_to_end = _payment_file(money)["transfers"][0]["id"]

    _import(money, Debit("69999.00", end_to_end))
    money.work()

    assert money.one("SELECT state FROM bank_debits") == "unknown"
    assert money.one("SELECT state FROM refunds") == "sent"


def test_a_refund_that_the_bank_brings_back_is_in_suspense(money: Money) -> None:
    _outbid_by_bank(money)
    end_to_end = _payment_file(money)["transfers"][0]["id"]
    _import(money, Debit("70000.00", end_to_end))
    money.work()

    _import(money, Credit("70000.00", "account closed", end_to_end=end_to_end))
    money.work()

    assert money.one("SELECT state FROM refunds") == "failed"
    assert _suspense(money) == [("refund_failed", 7_000_000)]
    assert money.balances() == {"bank": 7_000_000, "suspense": -7_000_000}


def test_asking_twice_makes_one_file_and_the_same_bytes(money: Money) -> None:
    _outbid_by_bank(money)

    _payment_file(money, key="a")
    _payment_file(money, key="a")
    _payment_file(money, key="b")

    assert money.one("SELECT count(*) FROM payment_files") == 1
    ((content, digest),) = money.world.rows("SELECT content, sha256 FROM payment_files")
    assert hashlib.sha256(content.encode()).hexdigest() == digest


def test_an_account_that_cannot_be_opened_holds_up_no_other(money: Money) -> None:
    """And its owner is not asked for another: perhaps it is the key that is wrong."""
    _outbid_by_bank(money)
    money.sql("UPDATE deposits SET sealed_origin = '\\x00'")

    _payment_file(money)

    answer = money.one("SELECT last_answer FROM outbox WHERE kind = 'payment_file'")
    assert "cannot be opened" in answer
    assert money.one("SELECT state FROM outbox WHERE kind = 'payment_file'") == "done"
    assert money.one("SELECT count(*) FROM messages WHERE kind = 'refund_needs_account'") == 0


def test_what_cannot_be_written_is_left_out_and_named(money: Money) -> None:
    _outbid_by_bank(money)
    money.sql("UPDATE deposits SET sealed_origin = NULL")

    _payment_file(money)

    assert money.one("SELECT count(*) FROM payment_files") == 0
    answer = money.one("SELECT last_answer FROM outbox WHERE kind = 'payment_file'")
    assert "no account known" in answer
    assert money.one("SELECT state FROM refunds") == "due"
    # Its owner is asked where it shall go, once.
    _payment_file(money, key="again")
    assert money.world.rows(
        "SELECT registration_id = (SELECT registration_id FROM deposits WHERE id ="
        " (SELECT deposit_id FROM refunds)) FROM messages WHERE kind = 'refund_needs_account'"
    ) == [(True,)]


def test_payouts_and_refunds_go_in_one_file_and_the_debits_confirm_them(money: Money) -> None:
    _outbid_by_bank(money)
    _payout_due(money, 40_000)

    written = _payment_file(money)
    by_amount = {line["amount"]: line for line in written["transfers"]}
    debits = [Debit(amount, line["id"]) for amount, line in by_amount.items()]
    _import(money, *debits)
    money.work()

    assert set(by_amount) == {"70000.00", "400.00"}
    assert by_amount["400.00"]["name"] == "Creditor Bank"
    assert money.world.rows("SELECT state, paid_at IS NOT NULL FROM payouts") == [("paid", True)]
    assert money.one("SELECT state FROM refunds") == "done"
    assert "payable" not in money.balances()


def test_a_payout_that_came_back_is_owed_again(money: Money) -> None:
    money.a_sale()
    _payout_due(money, 40_000)
    end_to_end = _payment_file(money)["transfers"][0]["id"]
    _import(money, Debit("400.00", end_to_end))
    money.work()

    _import(money, Credit("400.00", "account unknown", end_to_end=end_to_end))
    money.work()

    assert money.one("SELECT state FROM payouts") == "failed"
    assert money.balances() == {"bank": 40_000, "payable": -40_000}


def _payout_due(money: Money, amount: int) -> None:
    """A payout of a final plan, with its money held for it."""
    clerk, judge = money.appoint("clerk"), money.appoint("judge")
    money.sql(
        "INSERT INTO plans (public_id, court_id, case_id, sale_id, version, state, currency, pool,"
        " request, result, drafted_by, finalised_by) SELECT 'plan', s.court_id, l.case_id, s.id,"
        " 1, 'draft', 'CNY', %s, '{}', '{}', %s, NULL FROM sales s JOIN lots l ON l.id = s.lot_id",
        amount,
        clerk,
    )
    money.sql(
        "INSERT INTO plan_lines (court_id, plan_id, kind, payee, amount, unpaid)"
        " SELECT court_id, id, 'cost', 'Creditor Bank', pool, 0 FROM plans"
    )
    money.look_away(f"UPDATE plans SET state = 'final', finalised_by = {judge}")
    money.sql(
        "INSERT INTO payouts (public_id, court_id, plan_id, plan_line_id, payee, amount, currency,"
        " account_name, account_number, account_bank, reference, state, due_at)"
        " SELECT 'payout', l.court_id, l.plan_id, l.id, l.payee, l.amount, 'CNY', l.payee,"
        " '6228480402564890018', '103100000026', 'PAYOUT-payout', 'due', now() FROM plan_lines l"
    )
    with money.closer.app_context(), transaction() as session:
        post_entry(
            session,
            court_id=money.court,
            key="what the plan made payable",
            memo="a test",
            currency="CNY",
            at=NOON,
            postings=transfer(Account("bank"), Account("payable", "payout"), amount),
        )


def _chooses_bank(money: Money, bidder: int) -> BankInstructions:
    with money.as_bidder(bidder):
        told = choose_bank_deposit(bidder)
    assert isinstance(told, BankInstructions)
    return told


def _import(money: Money, *movements: Credit | Debit, account: str | None = None) -> Any:
    content = file_of(account or _account(money), *movements)
    with money.as_court(money.court):
        return import_statement(
            money.court, content, name="notice.xml", by=None, sealer=_sealer(money)
        )


def _account(money: Money) -> str:
    return str(money.one("SELECT account_number FROM courts WHERE id = %s", money.court))


def _sealer(money: Money) -> Sealer:
    return Sealer(money.web.config["ENVELOPE_PUBLIC_KEY"])


def _suspense(money: Money) -> list[tuple[str, int]]:
    return [tuple(row) for row in money.world.rows("SELECT reason, amount FROM suspense_items")]


def _outbid_by_bank(money: Money) -> int:
    sale = money.a_sale()
    bidder = money.a_bidder(sale)
    told = _chooses_bank(money, bidder)
    _import(money, Credit("70000.00", told.reference))
    money.work()
    money.close(sale)
    assert money.deposit(bidder) == ("releasing", "bank")
    return bidder


def _payment_file(money: Money, key: str = "one") -> dict[str, Any]:
    person = money.world.person("Finance")
    with money.as_court(money.court):
        request_payment_file(money.court, by=person, key=key)
    opener = Opener(money.closer.config["ENVELOPE_PRIVATE_KEY"])
    with money.closer.app_context():
        keep_one(("payment_file",), lambda claim: make_payment_files(claim, opener.open))
    rows = money.world.rows("SELECT content FROM payment_files ORDER BY id")
    return _read(rows[-1][0]) if rows else {}


def _read(content: str) -> dict[str, Any]:
    space = "{urn:iso:std:iso:20022:tech:xsd:pain.001.001.09}"
    root = ElementTree.fromstring(content.encode())  # noqa: S314 - our own bytes

    def text(node: Any, path: str) -> str | None:
        found = node.find("/".join(f"{space}{step}" for step in path.split("/")))
        return found.text if found is not None else None

    return {
        "transfers": [
            {
                "id": text(node, "PmtId/EndToEndId"),
                "amount": text(node, "Amt/InstdAmt"),
                "name": text(node, "Cdtr/Nm"),
                "account": text(node, "CdtrAcct/Id/Othr/Id"),
                "bank": text(node, "CdtrAgt/FinInstnId/ClrSysMmbId/MmbId"),
            }
            for node in root.iter(f"{space}CdtTrfTxInf")
        ]
    }


@pytest.mark.parametrize(
    ("written", "code", "name"),
    [
        ("102100099996", "102100099996", None),
        ("ICBC Jiangyin 102100099996", "102100099996", None),
        ("BNPAFRPP", "BNPAFRPP", None),
        ("中国工商银行江阴支行", None, "中国工商银行江阴支行"),
        ("", None, None),
    ],
)
def test_a_bank_is_named_by_its_code_or_else_by_its_name(
    written: str, code: str | None, name: str | None
) -> None:
    account = bank.bank_account("Zhang Wei", "6222 0212", written)

    assert (account.bank, account.bank_name) == (code, name)


def test_the_command_takes_a_file_in_and_says_what_was_new(money: Money, tmp_path: Path) -> None:
    bidder = money.a_bidder(money.a_sale())
    told = _chooses_bank(money, bidder)
    file = tmp_path / "notice.xml"
    file.write_bytes(file_of(_account(money), Credit("70000.00", told.reference)))
    court = money.one("SELECT public_id FROM courts")

    with money.web.app_context():
        runner = money.web.test_cli_runner()
        first = runner.invoke(import_statement_file, [court, str(file)])
        second = runner.invoke(import_statement_file, [court, str(file)])
        unknown = runner.invoke(import_statement_file, ["nowhere", str(file)])
    money.work()

    assert (first.exit_code, second.exit_code, unknown.exit_code) == (0, 1, 2), first.output
    assert "1 credits and 0 debits taken" in first.output
    assert "taken_already" in second.output
    assert money.deposit(bidder) == ("held", "bank")
