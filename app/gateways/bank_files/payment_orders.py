"""Writes pain.001.001.09: the order to the bank to pay, the same bytes for the same order."""

from __future__ import annotations

import base64
import hashlib
import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime
from xml.etree import ElementTree

from stdnum import iban

from app.gateways.bank_files.amounts import decimal_text, is_currency
from app.gateways.bank_files.failures import PaymentOrderUnfit

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"

_LONGEST_ID = 35
_LONGEST_NAME = 140
_ID = re.compile(r"[A-Za-z0-9+?/:().,' -]{1,35}")
_CNAPS = re.compile(r"[0-9]{12}")
_BIC = re.compile(r"[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}(?:[A-Z0-9]{3})?")
_LIKE_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,}")
_TURNS_WRITING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_OTHER_ACCOUNT = re.compile(r"[A-Za-z0-9-]{1,34}")


@dataclass(frozen=True, slots=True)
class BankAccount:
    """`bank` is a CNAPS code (12 digits) or a BIC; with an IBAN it may be left out, and where
    nobody knows the code the bank's name has to do."""

    holder: str
    number: str
    bank: str | None = None
    bank_name: str | None = None

    @property
    def iban(self) -> str | None:
        written = self.number.replace(" ", "").upper()
        return written if iban.is_valid(written) else None


@dataclass(frozen=True, slots=True)
class Payout:
    """One payment to one payee. `id` comes back in the bank's debit notice: never reuse it."""

    id: str
    amount_minor: int
    payee: BankAccount
    remittance: str


@dataclass(frozen=True, slots=True)
class PaymentOrder:
    """Payouts in one currency from one account on one day."""

    payer: BankAccount
    currency: str
    execute_on: date
    payouts: tuple[Payout, ...]


def message_id_for(*ids: str) -> str:
    """The same 34 characters for the same ids: a file made again is the same file (INV-M20)."""
    written = b"".join(len(i.encode()).to_bytes(4) + i.encode() for i in ids)
    return "LC" + base64.b32encode(hashlib.sha256(written).digest()[:20]).decode()


def write_payment_order(order: PaymentOrder, *, message_id: str, created_at: datetime) -> bytes:
    """The file; raises PaymentOrderUnfit, naming the payout, before a byte is written."""
    _check(order, message_id, created_at)
    document = ElementTree.Element("Document", {"xmlns": NAMESPACE})
    initiation = _add(document, "CstmrCdtTrfInitn")
    header = _add(initiation, "GrpHdr")
    _add(header, "MsgId", message_id)
    _add(header, "CreDtTm", created_at.isoformat(timespec="seconds"))
    _add_totals(header, order)
    _add(_add(header, "InitgPty"), "Nm", order.payer.holder)
    _add_payment_information(initiation, order, message_id)
    ElementTree.indent(document)
    written: bytes = ElementTree.tostring(document, encoding="UTF-8", xml_declaration=True)
    return written + b"\n"


def _add_payment_information(parent: ElementTree.Element, order: PaymentOrder, pid: str) -> None:
    info = _add(parent, "PmtInf")
    _add(info, "PmtInfId", pid)
    _add(info, "PmtMtd", "TRF")
    # Each payout is booked by itself, so that each one's debit is found in the notices.
    _add(info, "BtchBookg", "false")
    _add_totals(info, order)
    if _is_sepa(order):
        _add(_add(_add(info, "PmtTpInf"), "SvcLvl"), "Cd", "SEPA")
    _add(_add(info, "ReqdExctnDt"), "Dt", order.execute_on.isoformat())
    _add(_add(info, "Dbtr"), "Nm", order.payer.holder)
    account = _add_account(info, "DbtrAcct", order.payer)
    _add(account, "Ccy", order.currency)
    _add_bank(info, "DbtrAgt", order.payer)
    # The payee gets the whole sum: the payer bears the charges, or SEPA's rule does.
    _add(info, "ChrgBr", "SLEV" if _is_sepa(order) else "DEBT")
    for payout in order.payouts:
        _add_payout(info, payout, order.currency)


def _add_payout(parent: ElementTree.Element, payout: Payout, currency: str) -> None:
    transfer = _add(parent, "CdtTrfTxInf")
    ids = _add(transfer, "PmtId")
    _add(ids, "InstrId", payout.id)
    _add(ids, "EndToEndId", payout.id)
    amount = _add(_add(transfer, "Amt"), "InstdAmt", decimal_text(payout.amount_minor, currency))
    amount.set("Ccy", currency)
    if payout.payee.bank is not None or payout.payee.bank_name is not None:
        _add_bank(transfer, "CdtrAgt", payout.payee)
    _add(_add(transfer, "Cdtr"), "Nm", payout.payee.holder)
    _add_account(transfer, "CdtrAcct", payout.payee)
    _add(_add(transfer, "RmtInf"), "Ustrd", payout.remittance)


def _add_totals(parent: ElementTree.Element, order: PaymentOrder) -> None:
    total = sum(payout.amount_minor for payout in order.payouts)
    _add(parent, "NbOfTxs", str(len(order.payouts)))
    _add(parent, "CtrlSum", decimal_text(total, order.currency))


def _add_account(
    parent: ElementTree.Element, name: str, account: BankAccount
) -> ElementTree.Element:
    element = _add(parent, name)
    identification = _add(element, "Id")
    if account.iban is not None:
        _add(identification, "IBAN", account.iban)
    else:
        _add(_add(identification, "Othr"), "Id", account.number)
    return element


def _add_bank(parent: ElementTree.Element, name: str, account: BankAccount) -> None:
    institution = _add(_add(parent, name), "FinInstnId")
    if account.bank is None and account.bank_name is not None:
        _add(institution, "Nm", account.bank_name)
    elif account.bank is None:
        _add(_add(institution, "Othr"), "Id", "NOTPROVIDED")
    elif _CNAPS.fullmatch(account.bank):
        member = _add(institution, "ClrSysMmbId")
        _add(_add(member, "ClrSysId"), "Cd", "CNAPS")
        _add(member, "MmbId", account.bank)
    else:
        _add(institution, "BICFI", account.bank)


def _add(parent: ElementTree.Element, name: str, text: str | None = None) -> ElementTree.Element:
    element = ElementTree.SubElement(parent, name)
    element.text = text
    return element


def _is_sepa(order: PaymentOrder) -> bool:
    accounts = (order.payer, *(payout.payee for payout in order.payouts))
    return order.currency == "EUR" and all(account.iban for account in accounts)


def _check(order: PaymentOrder, message_id: str, created_at: datetime) -> None:
    if not _ID.fullmatch(message_id):
        raise PaymentOrderUnfit("message_id", f"has 1 to {_LONGEST_ID} plain characters")
    if created_at.tzinfo is None:
        raise PaymentOrderUnfit("created_at", "has no time zone")
    if not is_currency(order.currency):
        raise PaymentOrderUnfit("currency", f"is no currency: {order.currency!r}")
    if not order.payouts:
        raise PaymentOrderUnfit("payouts", "is empty")
    _check_account("payer", order.payer)
    seen: set[str] = set()
    for place, payout in enumerate(order.payouts):
        _check_payout(f"payouts[{place}]", payout, seen)
        seen.add(payout.id)


def _check_payout(place: str, payout: Payout, seen: set[str]) -> None:
    if not _ID.fullmatch(payout.id) or payout.id != payout.id.strip():
        raise PaymentOrderUnfit(f"{place}.id", f"has 1 to {_LONGEST_ID} plain characters")
    if payout.id in seen:
        raise PaymentOrderUnfit(f"{place}.id", f"{payout.id} would be paid twice")
    if type(payout.amount_minor) is not int or payout.amount_minor < 1:
        raise PaymentOrderUnfit(f"{place}.amount_minor", "is not a positive whole number")
    if payout.amount_minor >= 10**18:
        raise PaymentOrderUnfit(f"{place}.amount_minor", "has more than 18 digits")
    _check_account(f"{place}.payee", payout.payee)
    _check_text(f"{place}.remittance", payout.remittance)


def _check_account(place: str, account: BankAccount) -> None:
    _check_text(f"{place}.holder", account.holder)
    number, bank = account.number, account.bank
    if account.iban is None:
        if _LIKE_IBAN.fullmatch(number.replace(" ", "").upper()):
            raise PaymentOrderUnfit(f"{place}.number", "looks like an IBAN but is not a valid one")
        if not _OTHER_ACCOUNT.fullmatch(number):
            raise PaymentOrderUnfit(f"{place}.number", "has 1 to 34 letters and digits")
        if bank is None and account.bank_name is None:
            raise PaymentOrderUnfit(f"{place}.bank", "is needed where the account is no IBAN")
    if bank is not None and not (_CNAPS.fullmatch(bank) or _BIC.fullmatch(bank)):
        raise PaymentOrderUnfit(f"{place}.bank", "is neither a CNAPS code nor a BIC")
    if account.bank_name is not None:
        _check_text(f"{place}.bank_name", account.bank_name)


def _check_text(field: str, text: str) -> None:
    if not 1 <= len(text) <= _LONGEST_NAME or text != text.strip():
        # Cut short it might name somebody else.
        raise PaymentOrderUnfit(field, f"has 1 to {_LONGEST_NAME} characters, none blank at an end")
    if any(_is_unprintable(character) for character in text):
        raise PaymentOrderUnfit(field, "has characters that cannot be printed")


def _is_unprintable(character: str) -> bool:
    """Controls, private and turned-around writing. Rare, even very new, Chinese names pass."""
    if ord(character) & 0xFFFE == 0xFFFE or character in _TURNS_WRITING:
        return True
    return unicodedata.category(character) in ("Cc", "Cs", "Co", "Zl", "Zp")
