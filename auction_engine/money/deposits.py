"""The life of a deposit, and how much of one is due (RULE-E3 to E6, H3, H4, J1)."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from auction_engine.invariants import ensure


class DepositState(StrEnum):
    AWAITING = "awaiting"
    HELD = "held"
    LAPSED = "lapsed"
    APPLIED = "applied"
    RELEASED = "released"
    FORFEITED = "forfeited"


class DepositEvent(StrEnum):
    MONEY_ARRIVED = "money_arrived"
    BIDDING_ENDED_UNPAID = "bidding_ended_unpaid"
    ADMISSION_REFUSED = "admission_refused"
    OUTBID_AT_CLOSE = "outbid_at_close"
    SALE_WITHDRAWN = "sale_withdrawn"
    PRICE_PAID = "price_paid"
    PAYMENT_MISSED = "payment_missed"


S, E = DepositState, DepositEvent

# Whatever is not in this table cannot happen. A deposit leaves HELD once and for good.
NEXT: Mapping[tuple[DepositState, DepositEvent], DepositState] = MappingProxyType(
    {
        (S.AWAITING, E.MONEY_ARRIVED): S.HELD,
        (S.AWAITING, E.BIDDING_ENDED_UNPAID): S.LAPSED,
        (S.AWAITING, E.ADMISSION_REFUSED): S.LAPSED,
        (S.AWAITING, E.SALE_WITHDRAWN): S.LAPSED,
        # Money that comes too late secures nothing and goes straight back.
        (S.LAPSED, E.MONEY_ARRIVED): S.RELEASED,
        (S.HELD, E.ADMISSION_REFUSED): S.RELEASED,
        (S.HELD, E.OUTBID_AT_CLOSE): S.RELEASED,
        (S.HELD, E.SALE_WITHDRAWN): S.RELEASED,
        (S.HELD, E.PRICE_PAID): S.APPLIED,
        (S.HELD, E.PAYMENT_MISSED): S.FORFEITED,
    }
)


def next_state(state: DepositState, event: DepositEvent) -> DepositState | None:
    """The state after `event`, or None if that cannot happen to a deposit in `state`."""
    return NEXT.get((state, event))


def deposit_due(required_minor: int, *, applicant_claim_minor: int | None = None) -> int:
    """What a bidder must deposit; the applicant creditor only what the claim lacks (RULE-E6)."""
    ensure(required_minor >= 0, "a deposit is not negative")
    if applicant_claim_minor is None:
        return required_minor
    return max(0, required_minor - applicant_claim_minor)
