"""What a sale brought and a plan distributes: a price, or what came for a property taken in kind.

Where a creditor took the property, the plan divides its whole price all the same (DIST section 8).
The property pays its taker's share as far as the taker did not pay the price in money; everybody
else is paid out of that money.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, union_all
from sqlalchemy.orm import Session

from app.models.cases import ClaimRecord
from app.models.money import STATES_WITH_PRICE, Settlement
from app.models.open_claim_rows import OpenClaim
from app.models.plan_rows import find_settlement
from app.models.round_rows import find_taking
from app.models.rounds import Taking
from app.models.sales import SaleRecord
from app.models.settlement_rows import forfeited_into, held_for_distribution
from app.models.taking_rows import STATES_WITH_DIFFERENCE


@dataclass(frozen=True, slots=True)
class Proceeds:
    """The sum that is divided, and how much of it is money; the rest is the property."""

    total: int
    money: int
    taker_claim_id: int | None = None

    def in_kind(self, claim: ClaimRecord, share: int) -> int:
        """How much of a claim's share the property pays: only its taker's, and no more of it."""
        return min(share, self.total - self.money) if claim.id == self.taker_claim_id else 0

    def money_needed(self, claims: Sequence[OpenClaim], result: Mapping[str, Any]) -> int:
        """What everybody gets in money, by the engine's answer over the whole sum."""
        shares = {payment["claim"]: int(payment["paid"]) for payment in result["payments"]}
        in_kind = sum(
            self.in_kind(each.claim, shares.get(each.claim.public_id, 0)) for each in claims
        )
        return self.total - in_kind


def find_proceeds(session: Session, sale: SaleRecord) -> Proceeds | None:
    """None while the price, or the difference of a taking, is not paid."""
    settlement = find_settlement(session, sale.id)
    if settlement is not None and settlement.state in STATES_WITH_PRICE:
        # A lost deposit of an earlier buyer adds to what is there (DIST section 1, RULE-J2).
        total = settlement.price + forfeited_into(session, sale.id)
        return Proceeds(total, total)
    taking = find_taking(session, sale.id)
    if taking is None or taking.state not in STATES_WITH_DIFFERENCE:
        return None
    # It is money, and not the taker's: it pays nothing of the price.
    lost = forfeited_into(session, sale.id)
    if not taking.difference and not lost:
        return None
    money = held_for_distribution(session, sale, taking.currency)
    return Proceeds(taking.price + lost, money, taking.claim_id)


@dataclass(frozen=True, slots=True)
class Resale:
    """The later round that found who paid, and what was paid for the property."""

    sale_id: int
    price: int


def find_paid_resale(session: Session, sale: SaleRecord) -> Resale | None:
    """The later round of the same lot whose price was paid: by a buyer, or, as far as it was not
    the property that paid it, by the creditor who took it in kind (RULE-J2, K5)."""
    sold = (
        select(SaleRecord.number, SaleRecord.id, Settlement.price)
        .join(Settlement, Settlement.sale_id == SaleRecord.id)
        .where(Settlement.state.in_(STATES_WITH_PRICE))
    )
    taken = (
        select(SaleRecord.number, SaleRecord.id, Taking.price)
        .join(Taking, Taking.sale_id == SaleRecord.id)
        .where(Taking.state.in_(STATES_WITH_DIFFERENCE))
    )
    later = (SaleRecord.lot_id == sale.lot_id, SaleRecord.number > sale.number)
    found = session.execute(
        union_all(sold.where(*later), taken.where(*later)).order_by("number").limit(1)
    ).one_or_none()
    return Resale(found.id, found.price) if found is not None else None
