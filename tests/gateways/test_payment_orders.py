"""Ordering the bank to pay: valid by the bank's own schema, exact, and the same when made again."""

import importlib.util
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import xmlschema
from hypothesis import given, settings
from hypothesis import strategies as st

from app.gateways.bank_files import (
    BankAccount,
    PaymentOrder,
    PaymentOrderUnfit,
    Payout,
    message_id_for,
    write_payment_order,
)
from app.gateways.bank_files.payment_orders import NAMESPACE

NOW = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
COURT = BankAccount("江阴市人民法院", "32050161863600000123", "105302265018")
COURT_IN_GERMANY = BankAccount("Amtsgericht Neustadt", "DE89 3704 0044 0532 0130 00")
WANG = BankAccount("王小明", "6222021234567890123", "102100099996")
ANNA = BankAccount("Anna O'Neill & Söhne <GmbH>", "FR1420041010050500013M02606", "BNPAFRPP")


def payout(**changed: Any) -> Payout:
    wanted = {"id": "P-7", "amount_minor": 123_456, "payee": WANG, "remittance": "案款 (2026)7号"}
    return Payout(**{**wanted, **changed})


def order(*payouts: Payout, **changed: Any) -> PaymentOrder:
    wanted = {"payer": COURT, "currency": "CNY", "execute_on": date(2026, 11, 23)}
    return PaymentOrder(**{**wanted, "payouts": payouts or (payout(),), **changed})


def written(ordered: PaymentOrder, message_id: str = "M-7") -> bytes:
    return write_payment_order(ordered, message_id=message_id, created_at=NOW)


def read(content: bytes) -> Any:
    """The file as a dictionary, after the schema found nothing wrong with it."""
    return _schema().to_dict(content.decode(), namespaces={"": NAMESPACE})["CstmrCdtTrfInitn"]


@cache
def _schema() -> xmlschema.XMLSchema:
    spec = importlib.util.find_spec("sepaxml")
    assert spec is not None
    assert spec.origin is not None
    return xmlschema.XMLSchema(str(Path(spec.origin).parent / "schemas" / "pain.001.001.09.xsd"))


def test_an_order_in_yuan_names_accounts_and_banks_the_chinese_way() -> None:
    file = read(written(order()))

    (info,) = file["PmtInf"]
    (transfer,) = info["CdtTrfTxInf"]
    assert info["DbtrAcct"]["Id"]["Othr"]["Id"] == COURT.number
    assert info["DbtrAgt"]["FinInstnId"]["ClrSysMmbId"] == {
        "ClrSysId": {"Cd": "CNAPS"},
        "MmbId": "105302265018",
    }
    assert transfer["Cdtr"]["Nm"] == "王小明"
    assert transfer["CdtrAcct"]["Id"]["Othr"]["Id"] == WANG.number
    assert transfer["CdtrAgt"]["FinInstnId"]["ClrSysMmbId"]["MmbId"] == "102100099996"
    assert str(transfer["Amt"]["InstdAmt"]["$"]) == "1234.56"
    assert transfer["Amt"]["InstdAmt"]["@Ccy"] == "CNY"
    assert transfer["PmtId"] == {"InstrId": "P-7", "EndToEndId": "P-7"}
    assert transfer["RmtInf"]["Ustrd"] == ["案款 (2026)7号"]
    assert info["ReqdExctnDt"]["Dt"] == "2026-11-23"


def test_the_payee_gets_the_whole_sum() -> None:
    assert read(written(order()))["PmtInf"][0]["ChrgBr"] == "DEBT"


def test_an_order_in_euro_between_ibans_is_sepa() -> None:
    euro = order(payout(payee=ANNA), payer=COURT_IN_GERMANY, currency="EUR")

    (info,) = read(written(euro))["PmtInf"]

    assert (info["PmtTpInf"]["SvcLvl"], info["ChrgBr"]) == ([{"Cd": "SEPA"}], "SLEV")
    assert info["DbtrAcct"]["Id"]["IBAN"] == "DE89370400440532013000"
    assert info["DbtrAgt"]["FinInstnId"]["Othr"]["Id"] == "NOTPROVIDED"
    assert info["CdtTrfTxInf"][0]["CdtrAcct"]["Id"]["IBAN"] == "FR1420041010050500013M02606"
    assert info["CdtTrfTxInf"][0]["CdtrAgt"]["FinInstnId"]["BICFI"] == "BNPAFRPP"
    assert info["CdtTrfTxInf"][0]["Cdtr"]["Nm"] == "Anna O'Neill & Söhne <GmbH>"


def test_an_account_that_is_no_iban_keeps_an_order_out_of_sepa() -> None:
    mixed = order(payout(payee=ANNA), payout(id="P-8"), payer=COURT_IN_GERMANY, currency="EUR")

    (info,) = read(written(mixed))["PmtInf"]

    assert "PmtTpInf" not in info
    assert info["ChrgBr"] == "DEBT"


# The schema takes its time, and another machine's time is none of this test's business.
@settings(deadline=None, max_examples=25)
@given(st.lists(st.integers(1, 10**12), min_size=1, max_size=30))
def test_the_control_sum_is_the_sum_to_the_last_fen(amounts: list[int]) -> None:
    payouts = [payout(id=f"P-{n}", amount_minor=minor) for n, minor in enumerate(amounts)]

    file = read(written(order(*payouts)))

    whole, fen = divmod(sum(amounts), 100)
    for part in (file["GrpHdr"], file["PmtInf"][0]):
        assert part["NbOfTxs"] == str(len(amounts))
        assert f"{part['CtrlSum']:.2f}" == f"{whole}.{fen:02d}"


def test_the_same_order_is_the_same_file() -> None:
    ids = ("court-7", "plan-12", "2026-11-23")

    first, again = (written(order(), message_id_for(*ids)) for _ in range(2))

    assert first == again
    assert len(message_id_for(*ids)) <= 35


def test_other_ids_make_another_message() -> None:
    made = {message_id_for(*ids) for ids in (("a", "b"), ("ab",), ("a", "b", ""), ("b", "a"))}

    assert len(made) == 4


def test_a_currency_without_fractions_has_none_in_the_file() -> None:
    file = written(order(payout(amount_minor=5000), currency="JPY"))

    assert b'<InstdAmt Ccy="JPY">5000</InstdAmt>' in file
    read(file)


@pytest.mark.parametrize(
    ("unfit", "field"),
    [
        (order(payout(), payout()), "payouts[1].id"),
        (order(payout(id="")), "payouts[0].id"),
        (order(payout(id="x" * 36)), "payouts[0].id"),
        (order(payout(id="款-7")), "payouts[0].id"),
        (order(payout(amount_minor=0)), "payouts[0].amount_minor"),
        (order(payout(amount_minor=-1)), "payouts[0].amount_minor"),
        (order(payout(amount_minor=1.5)), "payouts[0].amount_minor"),
        (order(payout(amount_minor=10**18)), "payouts[0].amount_minor"),
        (order(payout(remittance="")), "payouts[0].remittance"),
        (order(payout(remittance="x" * 141)), "payouts[0].remittance"),
        (order(payout(remittance="a\x00b")), "payouts[0].remittance"),
        (order(payout(remittance="a\nb")), "payouts[0].remittance"),
        (order(payout(payee=BankAccount("王" * 141, "1", "102100099996"))), "payee.holder"),
        (order(payout(payee=BankAccount(" 王", "1", "102100099996"))), "payee.holder"),
        (order(payout(payee=BankAccount("\u202eevil", "1", "102100099996"))), "payee.holder"),
        (order(payout(payee=BankAccount("\ue000", "1", "102100099996"))), "payee.holder"),
        (order(payout(payee=BankAccount("王", "1"))), "payee.bank"),
        (order(payout(payee=BankAccount("王", "1", "12345"))), "payee.bank"),
        (order(payout(payee=BankAccount("王", "６２２", "102100099996"))), "payee.number"),
        (order(payout(payee=BankAccount("王", "", "102100099996"))), "payee.number"),
        (order(payout(payee=BankAccount("A", "DE00370400440532013000", "x"))), "payee.number"),
        (order(currency="yuan"), "currency"),
        (PaymentOrder(COURT, "CNY", date(2026, 1, 1), ()), "payouts"),
    ],
)
def test_what_the_bank_would_refuse_or_misread_is_not_written(
    unfit: PaymentOrder, field: str
) -> None:
    with pytest.raises(PaymentOrderUnfit) as refused:
        written(unfit)

    assert refused.value.field.endswith(field)


def test_a_rare_character_in_a_name_is_paid_like_any_other() -> None:
    rare = BankAccount("𠮷龘㛃\U00032000", "6222021234567890123", "102100099996")

    file = read(written(order(payout(payee=rare))))

    assert file["PmtInf"][0]["CdtTrfTxInf"][0]["Cdtr"]["Nm"] == rare.holder


def test_a_file_without_a_zone_or_a_number_is_not_written() -> None:
    with pytest.raises(PaymentOrderUnfit, match="time zone"):
        write_payment_order(order(), message_id="M", created_at=datetime(2026, 1, 1))  # noqa: DTZ001
    with pytest.raises(PaymentOrderUnfit, match="message_id"):
        written(order(), "")
