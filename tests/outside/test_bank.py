"""The tiny bank: what it writes is what the platform's own reader understands."""

import itertools
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import requests

from app.gateways.bank_files import (
    BankAccount,
    BankEntry,
    Direction,
    PaymentOrder,
    Payout,
    read_bank_file,
    write_payment_order,
)
from deploy.local.outside.bank.transfers import PLATFORM_ACCOUNT
from tests.outside.world import World, running_world

TRANSFER = {
    "reference": "LC-2026-000123",
    "amount_minor": 50_000_000,
    "currency": "CNY",
    "payer_name": "王小明",
    "payer_account": "6222021234567890123",
    "value_date": "2026-11-20",
}
NUMBERS = itertools.count()
COURT = BankAccount("江阴市人民法院", PLATFORM_ACCOUNT, "105302265018")


def transfer(world: World, **changed: Any) -> requests.Response:
    return world.session.post(f"{world.url}/bank/transfers", json={**TRANSFER, **changed})


def order(*payees: str, message_id: str | None = None, amount: int = 1_000) -> bytes:
    payouts = tuple(
        Payout(f"P-{n}", amount, BankAccount("李四 & 子", number, "102100099996"), "案款")
        for n, number in enumerate(payees)
    )
    ordered = PaymentOrder(COURT, "CNY", date(2026, 11, 23), payouts)
    number = message_id or f"M-{next(NUMBERS)}"
    return write_payment_order(ordered, message_id=number, created_at=datetime.now(UTC))


def pay(world: World, content: bytes) -> requests.Response:
    headers = {"Content-Type": "application/xml"}
    return world.session.post(f"{world.url}/bank/payments", data=content, headers=headers)


def entries(answer: requests.Response) -> list[BankEntry]:
    assert answer.status_code == 200, answer.text
    return list(read_bank_file(answer.content).entries)


def test_a_transfer_becomes_a_credit_notice(world: World) -> None:
    (credit,) = entries(transfer(world))

    assert (credit.direction, credit.amount_minor) == (Direction.CREDIT, 50_000_000)
    assert (credit.currency, credit.value_on) == ("CNY", date(2026, 11, 20))
    assert credit.texts == ("LC-2026-000123",)
    assert credit.counterparty_name == "王小明"
    assert credit.counterparty_account == "6222021234567890123"
    assert (credit.account, credit.is_booked) == (PLATFORM_ACCOUNT, True)


def test_the_notice_also_lies_in_the_banks_folder(tmp_path: Path) -> None:
    with running_world(tmp_path) as world:
        answer = transfer(world)

    (file,) = (tmp_path / "bank" / "in").iterdir()
    assert file.read_bytes() == answer.content
    assert file.name.endswith(".camt054.xml")


def test_two_equal_transfers_are_two(world: World) -> None:
    (first,), (second,) = entries(transfer(world)), entries(transfer(world))

    assert first.identity != second.identity


def test_a_person_makes_the_transfer_on_a_page_and_fetches_the_notice(world: World) -> None:
    page = world.session.get(f"{world.url}/bank?reference=LC-1&amount=12.34&currency=EUR")
    assert 'value="LC-1"' in page.text
    assert "<option selected>EUR</option>" in page.text
    form = {**TRANSFER, "amount": "12.34", "currency": "EUR"}
    form.pop("amount_minor")

    made = world.session.post(
        f"{world.url}/bank/transfers", data=form, headers={"Accept": "text/html"}
    )

    link = made.text.partition('href="/bank/notices/')[2].partition('"')[0]
    (credit,) = entries(world.session.get(f"{world.url}/bank/notices/{link}"))
    assert (credit.amount_minor, credit.currency) == (1234, "EUR")


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"reference": ""}, "reference"),
        ({"reference": "x" * 141}, "reference"),
        ({"amount_minor": 0}, "amount_minor"),
        ({"amount_minor": "1.5"}, "amount_minor"),
        ({"amount": "1.234"}, "amount_minor"),
        ({"currency": "yuan"}, "currency"),
        ({"payer_name": "a\x00b"}, "payer_name"),
        ({"value_date": "20.11.2026"}, "value_date"),
    ],
)
def test_a_transfer_the_bank_does_not_understand_is_refused(
    world: World, changed: dict[str, Any], field: str
) -> None:
    answer = transfer(world, **changed)

    assert (answer.status_code, answer.text.partition(":")[0]) == (400, field)


def test_an_order_to_pay_becomes_a_debit_notice(world: World) -> None:
    first, second = entries(pay(world, order("6222020000000001", "6222020000000002")))

    assert {first.direction, second.direction} == {Direction.DEBIT}
    assert (first.end_to_end_id, second.end_to_end_id) == ("P-0", "P-1")
    assert (first.amount_minor, first.counterparty_name) == (1_000, "李四 & 子")
    assert first.counterparty_account == "6222020000000001"


def test_money_for_a_closed_account_comes_back(world: World) -> None:
    out, back = entries(pay(world, order("6222020000000004")))

    assert (out.direction, back.direction) == (Direction.DEBIT, Direction.CREDIT)
    assert (back.end_to_end_id, back.return_reason) == ("P-0", "AC04")
    assert out.identity != back.identity


def test_the_same_order_is_carried_out_once(world: World) -> None:
    content = order("6222020000000001")

    first, again = pay(world, content), pay(world, content)

    assert first.content == again.content


def test_a_message_number_is_used_for_one_order(world: World) -> None:
    pay(world, order("6222020000000001", message_id="the number"))

    other = pay(world, order("6222020000000002", message_id="the number"))

    assert (other.status_code, "nothing was paid" in other.text) == (409, True)


@pytest.mark.parametrize(
    ("said", "instead"),
    [
        (b"<CtrlSum>20.00</CtrlSum>", b"<CtrlSum>20.01</CtrlSum>"),
        (b"<NbOfTxs>2</NbOfTxs>", b"<NbOfTxs>3</NbOfTxs>"),
        (b"pain.001.001.09", b"pain.001.001.03"),
        (b"<Cdtr>", b"<!-- --><Cdtrx>"),
    ],
)
def test_an_order_that_does_not_add_up_pays_nothing(
    world: World, said: bytes, instead: bytes
) -> None:
    content = order("6222020000000001", "6222020000000002")

    answer = pay(world, content.replace(said, instead))

    assert answer.status_code == 400
    assert entries(pay(world, content))


def test_a_days_statement_adds_up_and_names_the_same_movements(tmp_path: Path) -> None:
    with running_world(tmp_path) as world:
        transfer(world, value_date="2026-11-19", amount_minor=500)
        noticed = entries(transfer(world, amount_minor=300))
        transfer(world, amount_minor=70, currency="EUR")
        answer = world.session.get(f"{world.url}/bank/statement?currency=CNY&day=2026-11-20")

    (stated,) = read_bank_file(answer.content).statements
    assert stated.adds_up() is True
    assert [balance.amount_minor for balance in stated.balances] == [500, 800]
    assert [entry.identity for entry in stated.entries] == [e.identity for e in noticed]


def test_a_page_of_elsewhere_makes_no_transfers(world: World) -> None:
    for site in ("cross-site", "same-site"):
        answer = world.session.post(
            f"{world.url}/bank/transfers", data=TRANSFER, headers={"Sec-Fetch-Site": site}
        )
        assert answer.status_code == 403


def test_no_path_leads_out_of_the_banks_folder(world: World) -> None:
    for name in ("..%2f..%2fstate%2fbank.sqlite3", "..", "nothing.xml"):
        assert world.session.get(f"{world.url}/bank/notices/{name}").status_code == 404
