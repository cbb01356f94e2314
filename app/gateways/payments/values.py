"""What the platform knows of a card payment, in its own words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
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


class DisputeStatus(Enum):
    """Warnings move no money; the others do until the dispute is won."""

    WARNING_NEEDS_RESPONSE = "warning_needs_response"
    WARNING_UNDER_REVIEW = "warning_under_review"
    WARNING_CLOSED = "warning_closed"
    NEEDS_RESPONSE = "needs_response"
    UNDER_REVIEW = "under_review"
    PREVENTED = "prevented"
    WON = "won"
    LOST = "lost"


class PayoutStatus(Enum):
    PENDING = "pending"
    IN_TRANSIT = "in_transit"
    PAID = "paid"
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
    # Why the last try came to nothing, in the provider's code; while another may follow.
    declined_as: str | None = None


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


@dataclass(frozen=True, slots=True)
class Dispute:
    """A card holder's bank takes a payment back; `withdrawn` is what has left the balance now."""

    id: str
    payment_id: str
    status: DisputeStatus
    amount_minor: int
    currency: str
    reason: str
    withdrawn_minor: int
    answer_by: datetime | None


@dataclass(frozen=True, slots=True)
class Movement:
    """One movement of the provider's balance. The fee is not in the amount: `net` has both."""

    id: str
    category: str
    source_id: str | None
    # The payment behind it: of a charge, a refund or a dispute.
    payment_id: str | None
    amount_minor: int
    fee_minor: int
    currency: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ProviderPayout:
    """Money on its way from the provider to the bank; `trace` stands on the bank's statement."""

    id: str
    amount_minor: int
    currency: str
    status: PayoutStatus
    trace: str | None
    arrives_on: date
    created_at: datetime
