"""Whether somebody holds a deposit on a lot that is about to end."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from app.db import Tenant, act_for
from app.gateways.seal import Locker, blind_index
from app.models.bidding import SaleStateRecord
from app.models.money import Deposit
from app.models.registration_rows import find_participations

ABOUT_TO_END = timedelta(minutes=15)


def holds_deposit_on_a_closing_lot(session: Session, key: str, person_id: int) -> bool:
    """Nobody is signed out while they wait, hands off, for the end of their lot (pages.md)."""
    locker, index = Locker(key, "participation"), blind_index(key, "person", person_id)
    mine = tuple(locker.unlock(locked) for locked in find_participations(session, index))
    if not mine:
        return False
    act_for(Tenant(person_id=person_id, registration_ids=mine))
    found = session.scalars(_closing(mine)).first() is not None
    act_for(Tenant())
    return found


def _closing(registration_ids: tuple[int, ...]) -> Select[tuple[int]]:
    left = SaleStateRecord.closes_at - func.legal_time(Deposit.court_id, func.clock_timestamp())
    return (
        select(Deposit.id)
        .join(SaleStateRecord, SaleStateRecord.sale_id == Deposit.sale_id)
        .where(
            Deposit.registration_id.in_(registration_ids),
            Deposit.state == "held",
            left.between(timedelta(0), ABOUT_TO_END),
        )
        .limit(1)
    )
