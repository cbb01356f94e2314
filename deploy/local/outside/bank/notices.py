"""Writes camt.054.001.08 notices and camt.053.001.08 statements."""

from collections.abc import Sequence
from datetime import date, datetime
from xml.etree import ElementTree

from deploy.local.outside.bank.amounts import decimal_text
from deploy.local.outside.bank.movements import Movement

Element = ElementTree.Element

# Every account but the courts' is with one bank; its code belongs to no real one.
OTHER_BANK = "999584000018"
_NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:"


def notice(
    message_id: str, account: str, movements: Sequence[Movement], created_at: datetime
) -> bytes:
    document, section = _begun(
        "camt.054.001.08", "BkToCstmrDbtCdtNtfctn", "Ntfctn", message_id, created_at
    )
    _add_account(section, account)
    for movement in movements:
        _add_entry(section, movement)
    return _written(document)


def statement(
    message_id: str,
    account: str,
    currency: str,
    day: date,
    opening_minor: int,
    movements: Sequence[Movement],
    created_at: datetime,
) -> bytes:
    document, section = _begun("camt.053.001.08", "BkToCstmrStmt", "Stmt", message_id, created_at)
    _add_account(section, account)
    moved = sum(m.amount_minor if m.direction == "CRDT" else -m.amount_minor for m in movements)
    _add_balance(section, "OPBD", opening_minor, currency, day)
    _add_balance(section, "CLBD", opening_minor + moved, currency, day)
    for movement in movements:
        _add_entry(section, movement)
    return _written(document)


def _begun(
    message: str, body_name: str, section_name: str, message_id: str, created_at: datetime
) -> tuple[Element, Element]:
    stamp = created_at.isoformat(timespec="seconds")
    document = Element("Document", {"xmlns": _NAMESPACE + message})
    body = _add(document, body_name)
    header = _add(body, "GrpHdr")
    _add(header, "MsgId", message_id)
    _add(header, "CreDtTm", stamp)
    section = _add(body, section_name)
    _add(section, "Id", message_id)
    _add(section, "CreDtTm", stamp)
    return document, section


def _add_account(parent: Element, account: str) -> None:
    _add_number(_add(parent, "Acct"), account)


def _add_balance(parent: Element, kind: str, minor: int, currency: str, day: date) -> None:
    balance = _add(parent, "Bal")
    _add(_add(_add(balance, "Tp"), "CdOrPrtry"), "Cd", kind)
    _add(balance, "Amt", decimal_text(abs(minor), currency)).set("Ccy", currency)
    _add(balance, "CdtDbtInd", "CRDT" if minor >= 0 else "DBIT")
    _add(_add(balance, "Dt"), "Dt", day.isoformat())


def _add_entry(parent: Element, movement: Movement) -> None:
    entry = _add(parent, "Ntry")
    amount = decimal_text(movement.amount_minor, movement.currency)
    _add(entry, "Amt", amount).set("Ccy", movement.currency)
    _add(entry, "CdtDbtInd", movement.direction)
    _add(_add(entry, "Sts"), "Cd", "BOOK")
    _add(_add(entry, "BookgDt"), "Dt", movement.day)
    _add(_add(entry, "ValDt"), "Dt", movement.day)
    _add(entry, "AcctSvcrRef", movement.reference)
    domain = _add(_add(entry, "BkTxCd"), "Domn")
    _add(domain, "Cd", "PMNT")
    family = _add(domain, "Fmly")
    _add(family, "Cd", "RCDT" if movement.direction == "CRDT" else "ICDT")
    _add(family, "SubFmlyCd", "RRTN" if movement.return_reason else "DMCT")
    _add_details(_add(_add(entry, "NtryDtls"), "TxDtls"), movement)


def _add_details(details: Element, movement: Movement) -> None:
    references = _add(details, "Refs")
    _add(references, "AcctSvcrRef", movement.reference)
    _add(references, "EndToEndId", movement.end_to_end_id or "NOTPROVIDED")
    amount = decimal_text(movement.amount_minor, movement.currency)
    _add(details, "Amt", amount).set("Ccy", movement.currency)
    _add(details, "CdtDbtInd", movement.direction)
    side = "Dbtr" if movement.direction == "CRDT" else "Cdtr"
    parties = _add(details, "RltdPties")
    _add(_add(_add(parties, side), "Pty"), "Nm", movement.party_name)
    _add_number(_add(parties, f"{side}Acct"), movement.party_account)
    _add_other_bank(_add(details, "RltdAgts"), f"{side}Agt")
    if movement.remittance:
        _add(_add(details, "RmtInf"), "Ustrd", movement.remittance)
    if movement.return_reason:
        _add(_add(_add(details, "RtrInf"), "Rsn"), "Cd", movement.return_reason)


def _add_other_bank(parent: Element, name: str) -> None:
    """Without the payer's bank nothing could be paid back to where it came from."""
    member = _add(_add(_add(parent, name), "FinInstnId"), "ClrSysMmbId")
    _add(_add(member, "ClrSysId"), "Cd", "CNAPS")
    _add(member, "MmbId", OTHER_BANK)


def _add_number(parent: Element, number: str) -> None:
    _add(_add(_add(parent, "Id"), "Othr"), "Id", number)


def _add(parent: Element, name: str, text: str | None = None) -> Element:
    element = ElementTree.SubElement(parent, name)
    element.text = text
    return element


def _written(document: Element) -> bytes:
    ElementTree.indent(document)
    written: bytes = ElementTree.tostring(document, encoding="UTF-8", xml_declaration=True)
    return written + b"\n"
