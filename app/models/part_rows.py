"""The parts in which a price may be paid, as the announcement has them (RULE-I1).

Nothing is kept beside the sale and its settlement: what each part asks and what of it is there
follows from them, also when a deposit was taken back and counts no more.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.models.courts import CourtRecord
from app.models.money import Settlement
from app.models.sales import SaleRecord
from auction_engine.money.instalments import EarlierPart, cut_into_parts


@dataclass(frozen=True, slots=True)
class PricePart:
    """One part of a price: until when it has to be there, and what of it is not."""

    number: int
    of: int
    amount: int
    missing: int
    due_at: datetime


def earlier_parts(sale: SaleRecord) -> tuple[EarlierPart, ...]:
    return tuple(EarlierPart(part["days"], part["percent"]) for part in sale.balance_parts)


def announced_parts(sale: SaleRecord) -> dict[str, Any]:
    """What the announcement says of parts; nothing where the rest is paid at once."""
    earlier = earlier_parts(sale)
    if not earlier:
        return {}
    last = EarlierPart(sale.balance_due_days, 100 - sum(part.percent for part in earlier))
    return {
        "in_parts": True,
        "parts": [{"due_days": part.days, "percent": part.percent} for part in (*earlier, last)],
    }


def parts_of_price(settlement: Settlement, sale: SaleRecord, timezone: str) -> list[PricePart]:
    """The rest of the price in its parts, or as one; what was paid counts for the nearest."""
    cut = cut_into_parts(
        earlier_parts(sale),
        whole_within_days=sale.balance_due_days,
        rest=settlement.price - settlement.deposit_applied,
        paid=settlement.paid,
    )
    zone = ZoneInfo(timezone)
    return [
        PricePart(
            number=part.number,
            of=len(cut),
            amount=part.amount,
            missing=part.missing,
            due_at=_days_before(settlement.due_at, sale.balance_due_days - part.days, zone),
        )
        for part in cut
    ]


def next_part(settlement: Settlement, sale: SaleRecord, timezone: str) -> PricePart | None:
    """The nearest part that is not there; None where the price is."""
    parts = parts_of_price(settlement, sale, timezone)
    return next((part for part in parts if part.missing), None)


def next_part_of(session: Session, settlement: Settlement) -> PricePart | None:
    sale = session.get_one(SaleRecord, settlement.sale_id)
    court = session.get_one(CourtRecord, settlement.court_id)
    return next_part(settlement, sale, court.timezone)


def missing_since(settlement: Settlement, sale: SaleRecord, timezone: str) -> datetime:
    """When the nearest missing part is or was due; the last day where nothing is missing."""
    part = next_part(settlement, sale, timezone)
    return part.due_at if part is not None else settlement.due_at


def _days_before(last: datetime, days: int, zone: ZoneInfo) -> datetime:
    """Midnight `days` before the last one, in the court's own days."""
    if not days:
        return last
    day = last.astimezone(zone).date() - timedelta(days=days)
    return datetime.combine(day, time.min, zone)
