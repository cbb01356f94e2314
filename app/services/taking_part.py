"""Who stands behind a registration, left for the day of the deposit: nobody bids under two codes.

What counts are the numbers of those who would buy. A proxy's own is not among them, so that one
and the same lawyer can bid for one principal and help another; who buys together counts, all of
them. A number counts from the deposit on: typing somebody's number into an account keeps nobody
out of a sale. Only the platform's key leads from a number to its row (RULE-E3, E8, E13).
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from sqlalchemy.orm import Session

from app.gateways.seal import index_in_sale
from app.models.bidding import Registration
from app.models.people import StandingBehind
from app.models.registration_rows import somebody_takes_part
from auction_engine.sale.joint import MOST_BUYERS, JointBuyer


def take_part_already(
    session: Session, key: str, sale_id: int, buyers: Sequence[JointBuyer]
) -> bool:
    """Whether one of these stands behind a bidder whose deposit is there."""
    return somebody_takes_part(session, sale_id, _numbers(key, sale_id, buyers))


def stand_behind(
    session: Session, key: str, registration: Registration, buyers: Sequence[JointBuyer]
) -> None:
    """Leave who is behind it: as many as there can be, so that nobody reads from the row whether
    several buy together."""
    numbers = _numbers(key, registration.sale_id, buyers)
    padding = [secrets.token_bytes(len(numbers[0])) for _ in range(MOST_BUYERS - len(numbers))]
    session.add(
        StandingBehind(
            registration_id=registration.id,
            sale_id=registration.sale_id,
            numbers=sorted(numbers + padding),
        )
    )


def _numbers(key: str, sale_id: int, buyers: Sequence[JointBuyer]) -> list[bytes]:
    return [index_in_sale(key, sale_id, buyer.id_number) for buyer in buyers]
