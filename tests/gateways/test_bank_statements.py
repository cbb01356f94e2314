"""Reading the bank's files: exact, once each, and nothing believed that is not said."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.gateways.bank_files import (
    BankEntry,
    BankFileUnreadable,
    Direction,
    decimal_text,
    read_bank_file,
)
from app.gateways.bank_files.amounts import minor_of
from app.gateways.bank_files.xml_reading import LARGEST_BYTES
from tests.gateways.camt import balance, entry, notice, payment, statement


def only(content: bytes) -> BankEntry:
    (found,) = read_bank_file(content).entries
    return found


def fault_of(content: bytes) -> BankFileUnreadable:
    with pytest.raises(BankFileUnreadable) as unreadable:
        read_bank_file(content)
    return unreadable.value


def test_a_credit_says_who_paid_what_for_what_and_when() -> None:
    references = "<EndToEndId>E2E-7</EndToEndId>"

    found = only(notice(entry("500000.00", payment(references=references))))

    assert (found.direction, found.amount_minor, found.currency) == (
        Direction.CREDIT,
        50_000_000,
        "CNY",
    )
    assert (found.booked_on, found.value_on) == (date(2026, 11, 20), date(2026, 11, 21))
    assert found.end_to_end_id == "E2E-7"
    assert found.remittance == ("LC-2026-000123",)
    assert found.texts == ("LC-2026-000123", "E2E-7")
    assert found.counterparty_name == "王小明"
    assert found.counterparty_account == "6222021234567890123"
    assert (found.account, found.identity) == (
        "32050161863600000123",
        "32050161863600000123/B-1",
    )
    assert (found.is_booked, found.is_reversal) == (True, False)


def test_a_debit_names_the_payee_and_our_own_number_for_it() -> None:
    references = "<EndToEndId>payout-7</EndToEndId>"

    found = only(notice(entry("10.00", payment(references=references), direction="DBIT")))

    assert found.direction is Direction.DEBIT
    assert (found.end_to_end_id, found.counterparty_name) == ("payout-7", "江阴市人民法院")


def test_a_reversed_credit_is_a_debit_that_still_names_the_payer() -> None:
    reversal = "<RvslInd>true</RvslInd>"

    found = only(notice(entry("10.00", payment(), direction="DBIT", more=reversal)))

    assert (found.is_reversal, found.counterparty_name) == (True, "王小明")


def test_a_returned_payment_says_why() -> None:
    returned = "<RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf>"

    assert only(notice(entry("1", payment(more=returned)))).return_reason == "AC04"


def test_only_what_is_booked_is_money() -> None:
    pending = only(notice(entry("1", status="<Sts><Cd>PDNG</Cd></Sts>")))

    assert not pending.is_booked


def test_the_structured_reference_comes_before_free_text() -> None:
    texts = "<Ustrd>for the house</Ustrd><Strd><CdtrRefInf><Ref>RF18 1</Ref></CdtrRefInf></Strd>"

    assert only(notice(entry("1", payment(remittance=texts)))).texts == ("RF18 1", "for the house")


def test_what_the_payer_did_not_provide_is_not_taken_for_a_reference() -> None:
    references = "<EndToEndId>NOTPROVIDED</EndToEndId>"

    assert only(notice(entry("1", payment(references=references)))).end_to_end_id is None


def test_an_iban_is_written_one_way() -> None:
    account = "<IBAN>DE89370400440532013000</IBAN>"

    found = only(notice(entry("1", payment(payer_account=account), currency="EUR")))

    assert (found.counterparty_account, found.currency) == ("DE89370400440532013000", "EUR")


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("0.01", "CNY", 1),
        ("1", "CNY", 100),
        ("1.5", "CNY", 150),
        ("1.50000", "CNY", 150),
        ("0012.34", "EUR", 1234),
        (" 12.34\n", "EUR", 1234),
        ("+12.34", "EUR", 1234),
        (".5", "EUR", 50),
        ("5.", "EUR", 500),
        ("1234", "JPY", 1234),
        ("1234.000", "JPY", 1234),
        ("1.234", "KWD", 1234),
        ("9999999999999999.99", "CNY", 999999999999999999),
    ],
)
def test_amounts_are_exact_in_the_currencys_own_units(text: str, currency: str, minor: int) -> None:
    assert only(notice(entry(text, currency=currency))).amount_minor == minor


@pytest.mark.parametrize(
    ("text", "currency"),
    [
        ("1.234", "CNY"),
        ("1.5", "JPY"),
        ("1.2345", "KWD"),
        ("-1.00", "CNY"),
        ("1,00", "CNY"),
        ("1e3", "CNY"),
        ("１００", "CNY"),
        ("", "CNY"),
        (".", "CNY"),
        ("NaN", "CNY"),
        ("12345678901234567.89", "CNY"),
        ("1.00", "cny"),
        ("1.00", ""),
        ("1.00", "YUAN"),
    ],
)
def test_an_amount_that_cannot_be_exact_stops_the_file_and_names_its_place(
    text: str, currency: str
) -> None:
    fault = fault_of(notice(entry("1.00"), entry(text, currency=currency)))

    assert fault.field.endswith("Ntfctn/Ntry/Amt")
    assert fault.line == 9


@settings(deadline=None)
@given(st.integers(0, 10**17), st.sampled_from(["CNY", "EUR", "JPY", "KWD"]))
def test_minor_units_written_and_read_again_are_the_same(minor: int, currency: str) -> None:
    assert minor_of(decimal_text(minor, currency), currency) == minor


def test_payments_booked_together_are_told_apart() -> None:
    both = entry(
        "30.00",
        payment(amount="10.00", remittance="<Ustrd>A</Ustrd>"),
        payment(amount="20.00", remittance="<Ustrd>B</Ustrd>", payer="李四"),
    )

    first, second = read_bank_file(notice(both)).entries

    assert [(e.amount_minor, e.texts) for e in (first, second)] == [(1000, ("A",)), (2000, ("B",))]
    assert (first.identity, second.identity) == (
        "32050161863600000123/B-1",
        "32050161863600000123/B-1/2",
    )
    assert second.counterparty_name == "李四"


@pytest.mark.parametrize(
    ("details", "why"),
    [
        ((payment(amount="10.00"), payment(amount="19.99")), "payments of 2999"),
        ((payment(amount="10.00"), payment()), "TxDtls/Amt: is missing"),
        ((payment(amount="10.00"), payment(amount="20.00", currency="EUR")), "is in EUR"),
        ((payment(amount="10.00"), payment(amount="20.00", direction="DBIT")), "not the entry's"),
    ],
)
def test_payments_that_do_not_add_up_stay_together_for_a_person(
    details: tuple[str, ...], why: str
) -> None:
    found = only(notice(entry("30.00", *details)))

    assert found.amount_minor == 3000
    assert why in str(found.undivided_because)
    assert (found.counterparty_name, found.texts) == (None, ())


def test_the_payments_own_reference_recognises_it_in_every_file() -> None:
    references = "<AcctSvcrRef>T-99</AcctSvcrRef>"
    noticed = only(notice(entry("1.00", payment(references=references), reference="B-1")))
    stated = only(statement(entry("1.00", payment(references=references), reference="S-5")))

    assert noticed.identity == stated.identity == "32050161863600000123/T-99"


def test_without_a_reference_a_movement_is_left_to_a_person() -> None:
    assert only(notice(entry("1.00", reference=None))).identity is None


def test_two_movements_under_one_reference_are_still_two() -> None:
    first, second = read_bank_file(notice(entry("1.00"), entry("1.00"))).entries

    assert first.identity != second.identity


def test_a_statement_adds_up_or_says_that_it_does_not() -> None:
    pending = "<Sts><Cd>PDNG</Cd></Sts>"
    moved = (entry("10.00"), entry("4.00", direction="DBIT"), entry("9", status=pending))
    good = balance("OPBD", "100.00") + balance("CLBD", "106.00")
    bad = balance("OPBD", "100.00") + balance("CLBD", "106.01")
    overdrawn = balance("OPBD", "10.00", "DBIT") + balance("CLBD", "4.00", "DBIT")

    for balances, expected in ((good, True), (bad, False), (overdrawn, True), ("", None)):
        (found,) = read_bank_file(statement(*moved, balances=balances)).statements
        assert found.adds_up() is expected


def test_a_file_that_was_cut_is_not_half_read() -> None:
    summary = "<TxsSummry><TtlCdtNtries><NbOfNtries>2</NbOfNtries></TtlCdtNtries></TxsSummry>"

    fault = fault_of(notice(entry("1.00"), more=summary))

    assert "says 2, but there are 1" in fault.message


def test_a_moment_counts_as_the_banks_own_day() -> None:
    days = "<ValDt><DtTm>2026-11-20T23:30:00+08:00</DtTm></ValDt>"
    zoned = "<BookgDt><Dt>2026-11-20Z</Dt></BookgDt>"

    assert only(notice(entry("1", days=days))).booked_on == date(2026, 11, 20)
    assert only(notice(entry("1", days=zoned))).value_on == date(2026, 11, 20)


@pytest.mark.parametrize(
    ("content", "field"),
    [
        (notice(entry("1", days="")), "Ntry"),
        (notice(entry("1", days="<ValDt><Dt>2026-02-30</Dt></ValDt>")), "Ntry/ValDt"),
        (notice(entry("1", days="<ValDt><Dt>20261120</Dt></ValDt>")), "Ntry/ValDt"),
        (notice(entry("1", days="<ValDt><Dt>yesterday</Dt></ValDt>")), "Ntry/ValDt"),
        (notice(entry("1", direction="BOTH")), "Ntry/CdtDbtInd"),
        (notice(entry("1", status="")), "Ntry/Sts/Cd"),
        (notice(entry("1", more="<RvslInd>maybe</RvslInd>")), "Ntry/RvslInd"),
        (notice(entry("1", more="<CdtDbtInd>DBIT</CdtDbtInd>")), "Ntry/CdtDbtInd"),
        (notice(account=""), "Acct/Id/Othr/Id"),
        (notice().replace(b"<MsgId>M-1</MsgId>", b""), "GrpHdr/MsgId"),
        (notice().replace(b"camt.054.001.08", b"camt.054.001.02"), "Document"),
        (notice().replace(b"camt.054", b"pain.001"), "Document"),
        (b"<Document/>", "Document"),
        (b"", "XML"),
        (b"not XML", "XML"),
        (notice()[:-20], "XML"),
        (notice().replace(b"UTF-8", b"GB18030"), "encoding"),
        (notice(entry("1", payment())).replace("王".encode(), b"\xff"), "XML"),
        (b"\xff\xfe\x00", "XML"),
    ],
)
def test_a_fault_is_named_by_its_field(content: bytes, field: str) -> None:
    assert fault_of(content).field.endswith(field)


HOSTILE = (
    '<!DOCTYPE Document [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
    '<!DOCTYPE Document SYSTEM "http://127.0.0.1:1/evil.dtd">',
    '<!DOCTYPE Document [<!ENTITY % p SYSTEM "http://127.0.0.1:1/p"> %p;]>',
    "<!DOCTYPE a [<!ENTITY b 'bbbbbbbbbb'><!ENTITY c '&b;&b;&b;&b;&b;&b;&b;&b;'>]>",
)


@pytest.mark.parametrize("doctype", HOSTILE)
def test_a_document_type_stops_the_file_before_anything_is_looked_up(doctype: str) -> None:
    hostile = notice(entry("1")).replace(b"?>\n", f"?>\n{doctype}".encode(), 1)

    assert fault_of(hostile).field == "DOCTYPE"


def test_an_entity_nobody_declared_is_no_text() -> None:
    assert fault_of(notice(entry("1")).replace(b"M-1", b"&x;")).field == "XML"


def test_a_file_is_bounded_in_size_and_depth() -> None:
    assert fault_of(b" " * (LARGEST_BYTES + 1)).field == "file"
    assert "deeply" in fault_of(b"<a>" * 100_000).message
