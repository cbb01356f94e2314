"""What the platform knows of a card payment, in its own words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

# Stripe takes at most eight digits, 999,999.99; a larger sum goes by bank.
MAX_CARD_AMOUNT_MINOR = 99_999_999


class PaymentStatus(Enum):
    AWAITING_CARD = "requires_payment_method"
    AWAITING_CONFIRMATION = "requires_confirmation"
    AWAITING_HOLDER = "requires_action"
    PROCESSING = "processing"
    HELD = "requires_capture"
    SUCCEEDED = "succeeded"
    CANCELED = "canceled"


class CheckoutStatus(Enum):
    OPEN = "open"
    COMPLETE = "complete"
    EXPIRED = "expired"


class RefundStatus(Enum):
    PENDING = "pending"
    AWAITING_HOLDER = "requires_action"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"


@dataclass(frozen=True, slots=True)
class Payment:
    """One payment intent and its latest charge."""

    id: str
    status: PaymentStatus
    amount_minor: int
    currency: str
    received_minor: int
    refunded_minor: int
    # The provider's time of the charge: what counts for a deposit (RULE-E4), not our webhook's.
    paid_at: datetime | None
    metadata: Mapping[str, str]
    disputed: bool
    live: bool


@dataclass(frozen=True, slots=True)
class Checkout:
    """One offer to pay, on the provider's own page while `url` is there."""

    id: str
    status: CheckoutStatus
    url: str | None
    payment_id: str | None
    paid: bool
    amount_minor: int
    currency: str
    reference: str | None
    metadata: Mapping[str, str]
    expires_at: datetime
    live: bool


@dataclass(frozen=True, slots=True)
class Refund:
    id: str
    payment_id: str
    status: RefundStatus
    amount_minor: int
    currency: str
    # The key it was asked for with; None for one made by hand in the provider's own pages.
    key: str | None
    failure_reason: str | None
    created_at: datetime
