"""Reads camt.054.001.08 and camt.053.001.08: every movement, exact to the minor unit."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from app.gateways.bank_files.amounts import is_currency, minor_of
from app.gateways.bank_files.values import Balance, BankEntry, BankFile, Direction, Statement
from app.gateways.bank_files.xml_reading import Node, read_xml

_NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:"
# The message, its body's element, and the element for one account.
_MESSAGES = {
    f"{_NAMESPACE}camt.053.001.08": ("camt.053", "BkToCstmrStmt", "Stmt"),
    f"{_NAMESPACE}camt.054.001.08": ("camt.054", "BkToCstmrDbtCdtNtfctn", "Ntfctn"),
}
# What banks write where a payer gave nothing.
_NOT_PROVIDED = frozenset({"NOTPROVIDED", "NOT PROVIDED", "NONREF"})
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}(?=$|[TZ+-])", re.ASCII)


def read_bank_file(content: bytes) -> BankFile:
    """All of the file or nothing of it: raises BankFileUnreadable with line and field."""
    document = read_xml(content)
    message = _MESSAGES.get(document.namespace)
    if message is None or document.name != "Document":
        raise document.fault("is neither camt.053.001.08 nor camt.054.001.08")
    kind, body_name, account_name = message
    body = document.one(body_name)
    statements = tuple(_statement(node) for node in body.every(account_name))
    return BankFile(kind, body.value("GrpHdr/MsgId"), _told_apart(statements))


def _statement(node: Node) -> Statement:
    account = _account_number(node.one("Acct/Id"))
    entries = tuple(
        entry for ntry in node.every("Ntry") for entry in _entries(ntry, account=account)
    )
    _check_summary(node)
    return Statement(
        id=node.value("Id"),
        account=account,
        entries=entries,
        balances=tuple(_balance(bal) for bal in node.every("Bal")),
    )


def _entries(ntry: Node, *, account: str) -> Iterator[BankEntry]:
    """One entry of ours for each payment in the bank's entry, if they add up to it."""
    whole = _whole_entry(ntry, account=account)
    payments = [tx for details in ntry.every("NtryDtls") for tx in details.every("TxDtls")]
    if not payments:
        yield whole
        return
    if len(payments) == 1:
        yield _with_details(whole, payments[0], place=0)
        return
    problem = _why_they_do_not_add_up(whole, payments)
    if problem is not None:
        yield replace(whole, undivided_because=problem)
        return
    for place, payment in enumerate(payments):
        part = replace(whole, amount_minor=_amount(payment)[0], line=payment.line)
        yield _with_details(part, payment, place=place)


def _whole_entry(ntry: Node, *, account: str) -> BankEntry:
    minor, currency = _amount(ntry)
    booked, value = _maybe_day(ntry, "BookgDt"), _maybe_day(ntry, "ValDt")
    if booked is None and value is None:
        raise ntry.fault("has neither BookgDt nor ValDt")
    reference = ntry.maybe_value("AcctSvcrRef")
    said = ntry.maybe_value("AddtlNtryInf")
    return BankEntry(
        identity=f"{account}/{reference}" if reference else None,
        account=account,
        direction=_direction(ntry),
        amount_minor=minor,
        currency=currency,
        is_booked=ntry.value("Sts/Cd") == "BOOK",
        is_reversal=_flag(ntry, "RvslInd"),
        booked_on=booked or value or date.min,
        value_on=value or booked or date.min,
        end_to_end_id=None,
        remittance=(said,) if said else (),
        counterparty_name=None,
        counterparty_account=None,
        entry_reference=ntry.maybe_value("NtryRef"),
        return_reason=None,
        undivided_because=None,
        line=ntry.line,
    )


def _with_details(entry: BankEntry, payment: Node, *, place: int) -> BankEntry:
    end_to_end = payment.maybe_value("Refs/EndToEndId")
    # A reversed credit is a debit whose other side is still the one who had paid.
    other_pays = (entry.direction is Direction.CREDIT) is not entry.is_reversal
    side = "Dbtr" if other_pays else "Cdtr"
    return replace(
        entry,
        identity=_identity(entry, payment, place),
        end_to_end_id=None if end_to_end in _NOT_PROVIDED else end_to_end,
        remittance=(*_remittance(payment), *entry.remittance),
        counterparty_name=_party_name(payment, side),
        counterparty_account=_party_account(payment, side),
        counterparty_bank=_party_bank(payment, side),
        return_reason=payment.maybe_value("RtrInf/Rsn/Cd"),
    )


def _identity(entry: BankEntry, payment: Node, place: int) -> str | None:
    """The payment's own reference at the bank; else its place in an entry that has one."""
    for name in ("AcctSvcrRef", "UETR", "TxId"):
        own = payment.maybe_value(f"Refs/{name}")
        if own is not None and own not in _NOT_PROVIDED:
            return f"{entry.account}/{own}"
    if entry.identity is None:
        return None
    return entry.identity if place == 0 else f"{entry.identity}/{place + 1}"


def _told_apart(statements: tuple[Statement, ...]) -> tuple[Statement, ...]:
    """Two movements under one reference are two movements: the second gets a number."""
    seen: Counter[str] = Counter()

    def apart(entry: BankEntry) -> BankEntry:
        if entry.identity is None:
            return entry
        seen[entry.identity] += 1
        times = seen[entry.identity]
        return entry if times == 1 else replace(entry, identity=f"{entry.identity}#{times}")

    return tuple(replace(s, entries=tuple(map(apart, s.entries))) for s in statements)


def _remittance(payment: Node) -> tuple[str, ...]:
    info = payment.maybe("RmtInf")
    found: list[str | None] = []
    if info is not None:
        found.extend(strd.maybe_value("CdtrRefInf/Ref") for strd in info.every("Strd"))
        found.extend(ustrd.plain for ustrd in info.every("Ustrd"))
    found.append(payment.maybe_value("AddtlTxInf"))
    return tuple(text for text in found if text)


def _party_name(payment: Node, side: str) -> str | None:
    for party in (side, f"Ultmt{side}"):
        name = payment.maybe_value(f"RltdPties/{party}/Pty/Nm")
        if name:
            return name
    return None


def _party_account(payment: Node, side: str) -> str | None:
    account = payment.maybe(f"RltdPties/{side}Acct/Id")
    return _account_number(account) if account is not None else None


def _party_bank(payment: Node, side: str) -> str | None:
    bank = payment.maybe(f"RltdAgts/{side}Agt/FinInstnId")
    if bank is None:
        return None
    return bank.maybe_value("ClrSysMmbId/MmbId") or bank.maybe_value("BICFI")


def _account_number(identification: Node) -> str:
    iban = identification.maybe_value("IBAN")
    number = iban or identification.value("Othr/Id")
    return number.replace(" ", "").upper() if iban else number


def _balance(bal: Node) -> Balance:
    minor, currency = _amount(bal)
    kind = bal.maybe_value("Tp/CdOrPrtry/Cd") or bal.value("Tp/CdOrPrtry/Prtry")
    signed = minor if _direction(bal) is Direction.CREDIT else -minor
    return Balance(kind, signed, currency, _day(bal.one("Dt")))


def _amount(node: Node) -> tuple[int, str]:
    amount = node.one("Amt")
    currency = amount.attributes.get("Ccy", "")
    if not is_currency(currency):
        raise amount.fault(f"has no currency, but {currency!r}")
    try:
        return minor_of(amount.text, currency), currency
    except ValueError as unfit:
        raise amount.fault(str(unfit)) from unfit


def _direction(node: Node) -> Direction:
    try:
        return Direction(node.value("CdtDbtInd"))
    except ValueError as unknown:
        raise node.one("CdtDbtInd").fault("is neither CRDT nor DBIT") from unknown


def _flag(node: Node, path: str) -> bool:
    value = node.maybe_value(path)
    if value not in (None, "true", "false", "1", "0"):
        raise node.one(path).fault(f"is neither true nor false, but {value!r}")
    return value in ("true", "1")


def _maybe_day(node: Node, path: str) -> date | None:
    found = node.maybe(path)
    return _day(found) if found is not None else None


def _day(choice: Node) -> date:
    """A day as the bank wrote it: `Dt`, or the day of `DtTm` in the bank's own zone."""
    text = choice.maybe_value("Dt") or choice.value("DtTm")
    matched = _DATE.match(text)
    if matched is None:
        raise choice.fault(f"is no date: {text!r}")
    try:
        return date.fromisoformat(matched[0])
    except ValueError as unfit:
        raise choice.fault(f"is no day of the calendar: {text!r}") from unfit


def _why_they_do_not_add_up(entry: BankEntry, payments: list[Node]) -> str | None:
    total = 0
    for payment in payments:
        if payment.maybe("Amt") is None:
            return f"line {payment.line}, {payment.path}/Amt: is missing"
        minor, currency = _amount(payment)
        if currency != entry.currency:
            return f"line {payment.line}, {payment.path}/Amt: is in {currency}"
        if payment.maybe("CdtDbtInd") is not None and _direction(payment) is not entry.direction:
            return f"line {payment.line}, {payment.path}/CdtDbtInd: is not the entry's"
        total += minor
    if total != entry.amount_minor:
        return f"line {entry.line}: payments of {total} in an entry of {entry.amount_minor}"
    return None


def _check_summary(node: Node) -> None:
    """Where the bank counted its entries, we count again: a cut file is not half read."""
    for summary, direction in (("TtlCdtNtries", "CRDT"), ("TtlDbtNtries", "DBIT")):
        entries = [ntry for ntry in node.every("Ntry") if ntry.value("CdtDbtInd") == direction]
        told = node.maybe(f"TxsSummry/{summary}/NbOfNtries")
        if told is not None and told.plain != str(len(entries)):
            raise told.fault(f"says {told.plain}, but there are {len(entries)}")
        total = node.maybe(f"TxsSummry/{summary}/Sum")
        if total is not None:
            _check_sum(total, entries)


def _check_sum(told: Node, entries: list[Node]) -> None:
    """The bank's own checksum: a digit that changed on the way is found by it."""
    amounts = [_amount(ntry) for ntry in entries]
    currencies = {currency for _minor, currency in amounts}
    if len(currencies) > 1:
        # It is a sum of nothing in particular then.
        return
    there = sum(minor for minor, _currency in amounts)
    try:
        said = minor_of(told.plain, next(iter(currencies), "CNY"))
    except ValueError as unfit:
        raise told.fault(str(unfit)) from unfit
    if said != there:
        raise told.fault(f"says {told.plain}, but the entries are {there} minor units")
