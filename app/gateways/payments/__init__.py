"""Card payments: the one place that knows Stripe.

What a webhook says is a hint; what `Payments.fetch_payment` says is the truth. Every call that
moves money takes a key that the caller wrote down before, and never has two effects for one key.
"""

from app.gateways.payments.client import Payments
from app.gateways.payments.configuration import PaymentsConfig, problems_in, problems_in_hints
from app.gateways.payments.failures import PaymentRefused, PaymentsFailed, PaymentsUnavailable
from app.gateways.payments.values import (
    MAX_CARD_AMOUNT_MINOR,
    Checkout,
    CheckoutStatus,
    Dispute,
    DisputeStatus,
    Movement,
    Payment,
    PaymentStatus,
    PayoutStatus,
    ProviderPayout,
    Refund,
    RefundStatus,
)
from app.gateways.payments.webhooks import (
    WebhookEvent,
    WebhookReader,
    WebhookRefusal,
    WebhookRefused,
)

__all__ = [
    "MAX_CARD_AMOUNT_MINOR",
    "Checkout",
    "CheckoutStatus",
    "Dispute",
    "DisputeStatus",
    "Movement",
    "Payment",
    "PaymentRefused",
    "PaymentStatus",
    "Payments",
    "PaymentsConfig",
    "PaymentsFailed",
    "PaymentsUnavailable",
    "PayoutStatus",
    "ProviderPayout",
    "Refund",
    "RefundStatus",
    "WebhookEvent",
    "WebhookReader",
    "WebhookRefusal",
    "WebhookRefused",
    "problems_in",
    "problems_in_hints",
]
