"""Reads a pain.001.001.09 as a bank does: what does not add up is refused whole."""

from dataclasses import dataclass
from datetime import date
from xml.etree import ElementTree

from deploy.local.outside.bank.amounts import minor_of

_NAMESPACE = "{urn:iso:std:iso:20022:tech:xsd:pain.001.001.09}"

Element = ElementTree.Element


class OrderUnfit(Exception):
    """Nothing of the order is carried out; the message says which field."""


@dataclass(frozen=True, slots=True)
class OrderedPayment:
    end_to_end_id: str
    amount_minor: int
    currency: str
    payee_name: str
    payee_account: str
    remittance: str


@dataclass(frozen=True, slots=True)
class Order:
    message_id: str
    account: str
    execute_on: date
    payments: tuple[OrderedPayment, ...]


def read_order(content: bytes) -> Order:
    initiation = _one(_document(content), "CstmrCdtTrfInitn")
    header, info = _one(initiation, "GrpHdr"), _one(initiation, "PmtInf")
    payments = tuple(_payment(node) for node in info.findall(f"{_NAMESPACE}CdtTrfTxInf"))
    for part in (header, info):
        _check_totals(part, payments)
    return Order(
        message_id=_value(header, "MsgId"),
        account=_number(_one(info, "DbtrAcct/Id")),
        execute_on=_day(_value(info, "ReqdExctnDt/Dt")),
        payments=payments,
    )


def _document(content: bytes) -> Element:
    if b"<!DOCTYPE" in content:
        raise OrderUnfit("DOCTYPE: is not allowed")
    try:
        document = ElementTree.fromstring(content)  # noqa: S314 - no document type, loopback only
    except ElementTree.ParseError as broken:
        raise OrderUnfit(f"XML: {broken}") from broken
    if document.tag != f"{_NAMESPACE}Document":
        raise OrderUnfit("Document: is no pain.001.001.09")
    return document


def _payment(node: Element) -> OrderedPayment:
    amount = _one(node, "Amt/InstdAmt")
    currency = amount.get("Ccy", "")
    remittance = node.find(_path("RmtInf/Ustrd"))
    return OrderedPayment(
        end_to_end_id=_value(node, "PmtId/EndToEndId"),
        amount_minor=_minor(amount.text or "", currency),
        currency=currency,
        payee_name=_value(node, "Cdtr/Nm"),
        payee_account=_number(_one(node, "CdtrAcct/Id")),
        remittance=(remittance.text or "") if remittance is not None else "",
    )


def _check_totals(part: Element, payments: tuple[OrderedPayment, ...]) -> None:
    if _value(part, "NbOfTxs") != str(len(payments)):
        raise OrderUnfit(f"NbOfTxs: there are {len(payments)} payments")
    currencies = {payment.currency for payment in payments}
    if len(currencies) != 1:
        raise OrderUnfit("InstdAmt: the bank takes one currency in an order")
    total = sum(payment.amount_minor for payment in payments)
    if _minor(_value(part, "CtrlSum"), currencies.pop()) != total:
        raise OrderUnfit("CtrlSum: is not the sum of the payments")


def _minor(text: str, currency: str) -> int:
    try:
        return minor_of(text, currency)
    except ValueError as unfit:
        raise OrderUnfit(f"amount: {unfit}") from unfit


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as unfit:
        raise OrderUnfit(f"ReqdExctnDt/Dt: {text!r} is no date") from unfit


def _number(identification: Element) -> str:
    iban = identification.find(_path("IBAN"))
    return (iban.text or "") if iban is not None else _value(identification, "Othr/Id")


def _value(node: Element, path: str) -> str:
    text = (_one(node, path).text or "").strip()
    if not text:
        raise OrderUnfit(f"{path}: is empty")
    return text


def _one(node: Element, path: str) -> Element:
    found = node.find(_path(path))
    if found is None:
        raise OrderUnfit(f"{path}: is missing")
    return found


def _path(path: str) -> str:
    return "/".join(_NAMESPACE + name for name in path.split("/"))
