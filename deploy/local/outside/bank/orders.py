"""Reads a pain.001.001.09 as a bank does: what does not add up is refused whole."""

from dataclasses import dataclass
from datetime import date

from app.gateways.bank_files.amounts import minor_of
from app.gateways.bank_files.xml_reading import Node, read_xml

_NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"


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
    document = read_xml(content)
    if document.namespace != _NAMESPACE:
        raise document.fault("is no pain.001.001.09")
    initiation = document.one("CstmrCdtTrfInitn")
    header, info = initiation.one("GrpHdr"), initiation.one("PmtInf")
    payments = tuple(_payment(node) for node in info.every("CdtTrfTxInf"))
    for part in (header, info):
        _check_totals(part, payments)
    return Order(
        message_id=header.value("MsgId"),
        account=_number(info.one("DbtrAcct/Id")),
        execute_on=date.fromisoformat(info.value("ReqdExctnDt/Dt")),
        payments=payments,
    )


def _payment(node: Node) -> OrderedPayment:
    amount = node.one("Amt/InstdAmt")
    currency = amount.attributes.get("Ccy", "")
    return OrderedPayment(
        end_to_end_id=node.value("PmtId/EndToEndId"),
        amount_minor=_minor(amount, currency),
        currency=currency,
        payee_name=node.value("Cdtr/Nm"),
        payee_account=_number(node.one("CdtrAcct/Id")),
        remittance=node.maybe_value("RmtInf/Ustrd") or "",
    )


def _check_totals(part: Node, payments: tuple[OrderedPayment, ...]) -> None:
    if part.value("NbOfTxs") != str(len(payments)):
        raise part.one("NbOfTxs").fault(f"but there are {len(payments)} payments")
    currencies = {payment.currency for payment in payments}
    if len(currencies) != 1:
        raise part.fault("the bank takes one currency in an order")
    total = sum(payment.amount_minor for payment in payments)
    if _minor(part.one("CtrlSum"), currencies.pop()) != total:
        raise part.one("CtrlSum").fault("is not the sum of the payments")


def _minor(node: Node, currency: str) -> int:
    try:
        return minor_of(node.plain, currency)
    except ValueError as unfit:
        raise node.fault(str(unfit)) from unfit


def _number(identification: Node) -> str:
    return identification.maybe_value("IBAN") or identification.value("Othr/Id")
