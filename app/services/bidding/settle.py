"""What follows once it is known who buys: an envelope, deposits, a price to be paid.

The same for a sale that ends by itself and for one whose best bid the court has weighed; for one
sale and for many at once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models.bidding import Buyer, Registration
from app.models.confirmation_rows import add_confirmations
from app.models.courts import CourtRecord
from app.models.deposit_rows import owe_deposits_back
from app.models.many_rows import Row, insert_many, is_any_of
from app.models.money import Deposit, Settlement
from app.models.outbox_rows import Told, tell_all
from app.models.people import EnvelopeOpening, PersonEnvelope
from app.models.qualification_rows import add_named_buyers
from app.models.references import new_reference
from app.models.sales import SaleRecord
from auction_engine.invariants import ensure

OpenEnvelope = Callable[[bytes], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Sold:
    """How a sale ended at `at`: who bought at which price, if anybody did.

    The deposits of those in `waiting` stay held; all others go back.
    """

    record: SaleRecord
    at: datetime
    winner: int | None
    price: int | None
    waiting: frozenset[int]


def settle(
    session: Session, sold: Sequence[Sold], open_envelope: OpenEnvelope, *, confirm: bool
) -> None:
    """Name the buyers, give the others' deposits back, and open what the buyers owe."""
    bought = {each.winner: each for each in sold if each.winner is not None}
    _open_winners(session, bought, open_envelope)
    _give_back(session, sold)
    _owe_balances(session, bought)
    if confirm:
        add_confirmations(session, [each.record for each in bought.values()])


def _open_winners(session: Session, bought: dict[int, Sold], open_envelope: OpenEnvelope) -> None:
    """Open the envelopes that the law opens now, and leave a trace of each (RULE-H2, E13)."""
    envelopes = session.execute(
        select(PersonEnvelope.registration_id, PersonEnvelope.sealed).where(
            is_any_of(PersonEnvelope.registration_id, bought)
        )
    ).all()
    ensure(len(envelopes) == len(bought), "every bidder left a sealed envelope")
    opened = [(bought[who], who, open_envelope(sealed)) for who, sealed in envelopes]
    insert_many(session, EnvelopeOpening, [_opening(sale, who) for sale, who, _person in opened])
    insert_many(session, Buyer, [_buyer(sale, who, person) for sale, who, person in opened])
    add_named_buyers(session, [(sale.record, person) for sale, _who, person in opened])


def _opening(sale: Sold, registration_id: int) -> Row:
    return {
        "registration_id": registration_id,
        "ground": "close",
        "reference": f"sale:{sale.record.public_id}",
    }


def _buyer(sale: Sold, registration_id: int, person: dict[str, Any]) -> Row:
    return {
        "sale_id": sale.record.id,
        "court_id": sale.record.court_id,
        "registration_id": registration_id,
        "person_id": int(person["person_id"]),
        "name": str(person["name"]),
        "confirmed_at": sale.at,
    }


def _give_back(session: Session, sold: Sequence[Sold]) -> None:
    by_sale = {each.record.id: each for each in sold}
    held = session.scalars(
        select(Deposit)
        .where(is_any_of(Deposit.sale_id, by_sale), Deposit.state == "held")
        .order_by(Deposit.id)
        .with_for_update()
    ).all()
    owe_deposits_back(
        session,
        [
            (deposit, by_sale[deposit.sale_id].at)
            for deposit in held
            if deposit.registration_id not in by_sale[deposit.sale_id].waiting
        ],
        reason="outbid_at_close",
    )


def _owe_balances(session: Session, bought: dict[int, Sold]) -> None:
    """Open the settlements: a deposit counts towards its price, once (RULE-H4, INV-M12)."""
    rows = session.execute(
        select(Registration.id, Registration.code, CourtRecord.timezone, Deposit.amount)
        .join(CourtRecord, CourtRecord.id == Registration.court_id)
        # What a card holder's bank took back counts for nothing; the whole price is owed (J1).
        .outerjoin(
            Deposit,
            (Deposit.registration_id == Registration.id) & Deposit.taken_back_at.is_(None),
        )
        .where(is_any_of(Registration.id, bought))
        .order_by(Registration.id)
    ).all()
    settlements = [
        _settlement(bought[row.id], row.id, row.timezone, row.amount or 0) for row in rows
    ]
    insert_many(session, Settlement, settlements)
    tell_all(
        session,
        [
            _you_bought(bought[row.id], row.code, settlement)
            for row, settlement in zip(rows, settlements, strict=True)
        ],
    )


def _settlement(sale: Sold, registration_id: int, timezone: str, deposit: int) -> Row:
    ensure(sale.price is not None, "a sold lot has a price")
    price = sale.price or 0
    return {
        "court_id": sale.record.court_id,
        "sale_id": sale.record.id,
        "registration_id": registration_id,
        "price": price,
        "currency": sale.record.currency,
        "deposit_applied": min(deposit, price),
        "due_at": _end_of_day(sale.at, sale.record.balance_due_days, ZoneInfo(timezone)),
        "reference": new_reference(),
    }


def _you_bought(sale: Sold, code: str, settlement: Row) -> Told:
    return Told(
        kind="you_bought",
        key=f"you-bought:{sale.record.public_id}",
        at=sale.at,
        params={
            "sale": sale.record.public_id,
            "code": code,
            "price": settlement["price"],
            "currency": sale.record.currency,
            "balance": settlement["price"] - settlement["deposit_applied"],
            "due_at": settlement["due_at"].isoformat(),
            "reference": settlement["reference"],
        },
        registration_id=settlement["registration_id"],
        court_id=sale.record.court_id,
        sale_id=sale.record.id,
    )


def _end_of_day(moment: datetime, days: int, zone: ZoneInfo) -> datetime:
    """Midnight at the end of the n-th day after `moment`; the day itself does not count (Q1)."""
    day = moment.astimezone(zone).date() + timedelta(days=days + 1)
    return datetime.combine(day, time.min, zone)
