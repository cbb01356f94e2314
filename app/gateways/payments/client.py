"""Calls to the payment provider, and its answers as values of our own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from enum import Enum
from typing import Any, TypeVar

import requests
import stripe
from stripe.params import (
    BalanceTransactionListParams,
    PaymentIntentListParams,
    PayoutListParams,
    RefundCreateParams,
    RefundListParams,
)
from stripe.params.checkout import SessionCreateParams, SessionCreateParamsLineItemPriceData

from app.gateways.payments.configuration import PaymentsConfig
from app.gateways.payments.failures import PaymentRefused, PaymentsUnavailable, told_apart
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
from app.gateways.payments.webhooks import WebhookEvent, WebhookReader, WebhookRefused

# Under this name a refund carries its key, so that it is found again after Stripe forgot the key.
_KEY = "key"
_Status = TypeVar("_Status", bound=Enum)
_LOCALES = {"zh": "zh", "zh_Hans": "zh", "zh_CN": "zh", "en": "en"}


class Payments:
    """One connection to one Stripe account. No lock may be held while it is called."""

    def __init__(self, config: PaymentsConfig) -> None:
        # The SDK would report our latencies, and a number it keeps on disk, with every request.
        stripe.enable_telemetry = False
        self._config = config
        self._session = requests.Session()
        # No proxy, password file or certificate from the environment slips in between.
        self._session.trust_env = False
        http = stripe.RequestsClient(
            timeout=(config.connect_timeout_seconds, config.read_timeout_seconds),
            session=self._session,
            proxy=config.proxy,
        )
        self._stripe = stripe.StripeClient(
            config.secret_key,
            base_addresses={"api": config.api_base},
            max_network_retries=config.max_network_retries,
            http_client=http,
        ).v1

    def close(self) -> None:
        self._session.close()

    def open_checkout(
        self,
        *,
        amount_minor: int,
        currency: str,
        title: str,
        reference: str,
        metadata: Mapping[str, str],
        success_url: str,
        cancel_url: str,
        locale: str,
        key: str,
        expires_at: datetime | None = None,
    ) -> Checkout:
        """Offer one payment on the provider's page.

        `title` is shown to the payer; `metadata` go to the payment as well, and must name nobody.
        Stripe takes an `expires_at` from 30 minutes to 24 hours ahead; to end an offer earlier,
        `expire_checkout`. The same key must come with the same arguments.
        """
        if not 1 <= amount_minor <= MAX_CARD_AMOUNT_MINOR:
            raise PaymentRefused("amount_too_large", f"{amount_minor} does not fit a card payment")
        price: SessionCreateParamsLineItemPriceData = {
            "currency": currency.lower(),
            "unit_amount": amount_minor,
            "product_data": {"name": title},
        }
        wanted: SessionCreateParams = {
            "mode": "payment",
            "allowed_payment_method_types": ["card"],
            "line_items": [{"quantity": 1, "price_data": price}],
            "payment_intent_data": {"description": title, "metadata": dict(metadata)},
            "client_reference_id": reference,
            "metadata": dict(metadata),
            "success_url": success_url,
            "cancel_url": cancel_url,
            "locale": _LOCALES.get(locale, "auto"),
        }
        if expires_at is not None:
            wanted["expires_at"] = int(expires_at.timestamp())
        with told_apart():
            answer = self._stripe.checkout.sessions.create(wanted, {"idempotency_key": key})
        return _checkout(answer)

    def fetch_checkout(self, session_id: str) -> Checkout:
        with told_apart():
            return _checkout(self._stripe.checkout.sessions.retrieve(session_id))

    def expire_checkout(self, session_id: str, *, key: str) -> Checkout:
        """Withdraw an offer. One paid in the meantime stays paid, and is returned as it is."""
        try:
            with told_apart():
                answer = self._stripe.checkout.sessions.expire(
                    session_id, None, {"idempotency_key": key}
                )
            return _checkout(answer)
        except PaymentRefused:
            settled = self.fetch_checkout(session_id)
            if settled.status is CheckoutStatus.OPEN:
                raise
            return settled

    def fetch_payment(self, payment_id: str) -> Payment:
        with told_apart():
            answer = self._stripe.payment_intents.retrieve(
                payment_id, {"expand": ["latest_charge"]}
            )
        return _payment(answer)

    def payments_between(self, start: datetime, end: datetime) -> Iterator[Payment]:
        """Every payment begun in [start, end), for the nightly reconciliation (INV-M5, M7)."""
        wanted: PaymentIntentListParams = {
            "created": {"gte": int(start.timestamp()), "lt": int(end.timestamp())},
            "expand": ["data.latest_charge"],
            "limit": 100,
        }
        with told_apart():
            for answer in self._stripe.payment_intents.list(wanted).auto_paging_iter():
                yield _payment(answer)

    def refund(
        self, payment_id: str, amount_minor: int, *, key: str, reason: str, is_new: bool = False
    ) -> Refund:
        """Send money back to the card it came from, once for a `key`, however often asked.

        Stripe forgets a key after a day and a provider can be down longer, so a refund carries its
        key and is looked for before it is asked for. A refund that FAILED is not tried again under
        its key: that money goes another way. `is_new` says that the key was made within hours and
        nobody has asked with it: Stripe would still know it, so it is not looked for.
        """
        earlier = None if is_new else self._refund_asked_with(payment_id, key)
        if earlier is not None:
            if earlier.amount_minor != amount_minor:
                raise PaymentRefused("key_used_otherwise", f"{key} refunded another amount")
            return earlier
        wanted: RefundCreateParams = {
            "payment_intent": payment_id,
            "amount": amount_minor,
            "metadata": {_KEY: key, "reason": reason},
        }
        with told_apart():
            return _refund(self._stripe.refunds.create(wanted, {"idempotency_key": key}))

    def fetch_refund(self, refund_id: str) -> Refund:
        with told_apart():
            return _refund(self._stripe.refunds.retrieve(refund_id))

    def refunds_of(self, payment_id: str) -> list[Refund]:
        with told_apart():
            wanted: RefundListParams = {"payment_intent": payment_id, "limit": 100}
            answers = self._stripe.refunds.list(wanted).auto_paging_iter()
            return [_refund(answer) for answer in answers]

    def fetch_dispute(self, dispute_id: str) -> Dispute:
        with told_apart():
            return _dispute(self._stripe.disputes.retrieve(dispute_id))

    def movements_between(self, start: datetime, end: datetime) -> Iterator[Movement]:
        """Every movement of the balance in [start, end), with the payment behind it (INV-M7)."""
        wanted: BalanceTransactionListParams = {
            "created": {"gte": int(start.timestamp()), "lt": int(end.timestamp())},
            "expand": ["data.source"],
            "limit": 100,
        }
        with told_apart():
            for answer in self._stripe.balance_transactions.list(wanted).auto_paging_iter():
                yield _movement(answer)

    def movements_in(self, payout_id: str) -> list[Movement]:
        """What a payout is made of: the movements it took along, without its own."""
        wanted: BalanceTransactionListParams = {
            "payout": payout_id,
            "expand": ["data.source"],
            "limit": 100,
        }
        with told_apart():
            answers = self._stripe.balance_transactions.list(wanted).auto_paging_iter()
            movements = [_movement(answer) for answer in answers]
        return [one for one in movements if one.category not in ("payout", "payout_failure")]

    def payouts_between(self, start: datetime, end: datetime) -> Iterator[ProviderPayout]:
        wanted: PayoutListParams = {
            "created": {"gte": int(start.timestamp()), "lt": int(end.timestamp())},
            "limit": 100,
        }
        with told_apart():
            for answer in self._stripe.payouts.list(wanted).auto_paging_iter():
                yield _payout(answer)

    def fetch_payout(self, payout_id: str) -> ProviderPayout:
        with told_apart():
            return _payout(self._stripe.payouts.retrieve(payout_id))

    def balance(self) -> dict[str, int]:
        """What lies with the provider in each currency, whether it may be paid out yet or not."""
        with told_apart():
            answer = self._stripe.balance.retrieve()
        sums: dict[str, int] = {}
        for part in (*answer.available, *answer.pending):
            currency = part.currency.upper()
            sums[currency] = sums.get(currency, 0) + part.amount
        return sums

    def read_webhook(
        self, raw_body: bytes, signature_header: str | None, now: datetime
    ) -> WebhookEvent | WebhookRefused:
        reader = WebhookReader(self._config.webhook_secret, live=self._config.live)
        return reader.read(raw_body, signature_header, now)

    def _refund_asked_with(self, payment_id: str, key: str) -> Refund | None:
        return next((r for r in self.refunds_of(payment_id) if r.key == key), None)


def _payment(answer: Any) -> Payment:
    charge = answer.latest_charge
    status = _status(PaymentStatus, answer.status)
    paid = status is PaymentStatus.SUCCEEDED
    return Payment(
        id=answer.id,
        status=status,
        amount_minor=answer.amount,
        currency=answer.currency.upper(),
        received_minor=answer.amount_received,
        refunded_minor=charge.amount_refunded if paid else 0,
        paid_at=_moment(charge.created) if paid else None,
        metadata=_plain(answer.metadata),
        disputed=bool(charge.disputed) if paid else False,
        live=answer.livemode,
        declined_as=None if paid else _why_declined(getattr(answer, "last_payment_error", None)),
    )


def _why_declined(failure: Any) -> str | None:
    """The card's bank says most closely why; where it says nothing, the provider does."""
    if failure is None:
        return None
    told: str | None = getattr(failure, "decline_code", None) or getattr(failure, "code", None)
    return told


def _checkout(answer: Any) -> Checkout:
    return Checkout(
        id=answer.id,
        status=_status(CheckoutStatus, answer.status),
        url=answer.url,
        payment_id=answer.payment_intent,
        paid=answer.payment_status == "paid",
        amount_minor=answer.amount_total,
        currency=answer.currency.upper(),
        reference=answer.client_reference_id,
        metadata=_plain(answer.metadata),
        expires_at=_moment(answer.expires_at),
        live=answer.livemode,
    )


def _refund(answer: Any) -> Refund:
    metadata = _plain(answer.metadata)
    return Refund(
        id=answer.id,
        payment_id=answer.payment_intent,
        status=_status(RefundStatus, answer.status),
        amount_minor=answer.amount,
        currency=answer.currency.upper(),
        key=metadata.get(_KEY),
        # Stripe leaves this field out until there is a reason.
        failure_reason=getattr(answer, "failure_reason", None),
        created_at=_moment(answer.created),
    )


def _dispute(answer: Any) -> Dispute:
    details = getattr(answer, "evidence_details", None)
    answer_by = getattr(details, "due_by", None)
    return Dispute(
        id=answer.id,
        payment_id=answer.payment_intent,
        status=_status(DisputeStatus, answer.status),
        amount_minor=answer.amount,
        currency=answer.currency.upper(),
        reason=answer.reason,
        withdrawn_minor=-sum(one.amount for one in answer.balance_transactions),
        answer_by=_moment(answer_by) if answer_by else None,
    )


def _movement(answer: Any) -> Movement:
    source = answer.source
    return Movement(
        id=answer.id,
        category=answer.reporting_category,
        source_id=source.id if source is not None else None,
        payment_id=getattr(source, "payment_intent", None),
        amount_minor=answer.amount,
        fee_minor=answer.fee,
        currency=answer.currency.upper(),
        created_at=_moment(answer.created),
    )


def _payout(answer: Any) -> ProviderPayout:
    trace = answer.trace_id
    return ProviderPayout(
        id=answer.id,
        amount_minor=answer.amount,
        currency=answer.currency.upper(),
        status=_status(PayoutStatus, answer.status),
        trace=trace.value if trace is not None else None,
        arrives_on=_moment(answer.arrival_date).date(),
        created_at=_moment(answer.created),
    )


def _status(kind: type[_Status], told: str) -> _Status:
    try:
        return kind(told)
    except ValueError as unknown:
        # A state this version does not know is not guessed at.
        raise PaymentsUnavailable("unknown_status", f"{kind.__name__} {told}") from unknown


def _plain(metadata: Any) -> dict[str, str]:
    return dict(metadata.to_dict()) if metadata else {}


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
