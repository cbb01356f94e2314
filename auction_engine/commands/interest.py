"""`interest`: the doubled part of interest for late performance."""

from collections.abc import Iterator
from datetime import date
from enum import StrEnum
from typing import Any

from auction_engine.commands.answer import Answer, canonical_answer
from auction_engine.documents.fields import Fields
from auction_engine.documents.json_text import parse_document
from auction_engine.documents.moments import write_day
from auction_engine.money.interest import (
    PartPayment,
    Period,
    Stayed,
    late_interest_periods,
    total_interest,
)


class Count(StrEnum):
    EXCLUDE_FIRST = "exclude_first"
    INCLUDE_BOTH = "include_both"


def interest(raw: bytes) -> Answer:
    """The interest, and the periods it is made of."""
    document = Fields.of(parse_document(raw), "")
    document.literal("format", "late-interest/1")
    document.allow("format", "principal", "from", "to", "count", "part_payments", "stayed")
    starts_on, ends_on = _read_span(document)
    principal = document.money("principal")
    count = document.choice("count", Count) if "count" in document else Count.EXCLUDE_FIRST
    periods = late_interest_periods(
        principal=principal,
        starts_on=starts_on,
        ends_on=ends_on,
        include_start=count is Count.INCLUDE_BOTH,
        part_payments=tuple(_read_payments(document, principal, starts_on, ends_on)),
        stayed=tuple(_read_stays(document)),
    )
    answer = {
        "format": "late-interest-result/1",
        "days": sum(period.days for period in periods),
        "interest": total_interest(periods),
        "periods": [_period_object(period) for period in periods],
    }
    return canonical_answer(answer)


def _read_span(fields: Fields) -> tuple[date, date]:
    starts_on, ends_on = fields.day("from"), fields.day("to")
    if ends_on < starts_on:
        raise fields.refuse("to", "before from")
    return starts_on, ends_on


def _read_payments(
    document: Fields, principal: int, starts_on: date, ends_on: date
) -> Iterator[PartPayment]:
    paid = 0
    for fields in document.objects("part_payments") if "part_payments" in document else ():
        fields.allow("on", "amount")
        payment = PartPayment(fields.day("on"), fields.money("amount"))
        if not starts_on <= payment.paid_on <= ends_on:
            raise fields.refuse("on", "outside the time that is counted")
        paid += payment.amount
        if paid > principal:
            raise fields.refuse("amount", "more is paid than the principal")
        yield payment


def _read_stays(document: Fields) -> Iterator[Stayed]:
    for fields in document.objects("stayed") if "stayed" in document else ():
        fields.allow("from", "to")
        yield Stayed(*_read_span(fields))


def _period_object(period: Period) -> dict[str, Any]:
    return {
        "from": write_day(period.starts_on),
        "to": write_day(period.ends_on),
        "days": period.days,
        "base": period.base,
        "interest_micro": period.interest_micro,
    }
