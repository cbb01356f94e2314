"""Every endpoint of the API that is played, with the parameters that have an effect here."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from stripe.params import (
    BalanceRetrieveParams,
    BalanceTransactionListParams,
    BalanceTransactionRetrieveParams,
    ChargeListParams,
    ChargeRetrieveParams,
    DisputeListParams,
    DisputeRetrieveParams,
    EventListParams,
    EventRetrieveParams,
    PaymentIntentCancelParams,
    PaymentIntentCaptureParams,
    PaymentIntentConfirmParams,
    PaymentIntentCreateParams,
    PaymentIntentListParams,
    PaymentIntentRetrieveParams,
    PaymentIntentUpdateParams,
    PayoutListParams,
    PayoutRetrieveParams,
    RefundCreateParams,
    RefundListParams,
    RefundRetrieveParams,
    RefundUpdateParams,
)
from stripe.params.checkout import (
    SessionCreateParams,
    SessionExpireParams,
    SessionLineItemListParams,
    SessionListParams,
    SessionRetrieveParams,
)

from deploy.local.outside.stripe import balance, checkouts, intents, payouts, refunds
from deploy.local.outside.stripe.account import Account
from deploy.local.outside.stripe.declared import Declared
from deploy.local.outside.stripe.declines import Declined
from deploy.local.outside.stripe.lists import Source, page, whole

Serve = Callable[..., "dict[str, Any] | Declined"]

_PAGING = ("limit", "starting_after", "ending_before", "created")


@dataclass(frozen=True, slots=True)
class Endpoint:
    method: str
    path: str
    declared: Declared
    serve: Serve


def _retrieve(kind: str) -> Serve:
    def serve(account: Account, params: dict[str, Any], object_id: str) -> dict[str, Any]:
        return account.get(kind, object_id)

    return serve


def _newest_first(account: Account, kind: str, payment_intent: str | None = None) -> Source:
    return lambda after: account.store.each_of(kind, payment_intent=payment_intent, after=after)


def _list(kind: str, url: str, *filters: str) -> Serve:
    def serve(account: Account, params: dict[str, Any]) -> dict[str, Any]:
        asked = {name: params[name] for name in filters if name in params}
        things = _newest_first(account, kind, params.get("payment_intent"))
        return page(account, things, params, url, lambda thing: asked.items() <= thing.items())

    return serve


def _list_events(account: Account, params: dict[str, Any]) -> dict[str, Any]:
    kinds = params.get("types") or ([params["type"]] if "type" in params else None)
    return page(
        account,
        _newest_first(account, "event"),
        params,
        "/v1/events",
        lambda event: kinds is None or event["type"] in kinds,
    )


def _list_movements(account: Account, params: dict[str, Any]) -> dict[str, Any]:
    asked = {name: params[name] for name in ("currency", "source", "type") if name in params}
    chosen = payouts.members_of(account, params["payout"]) if "payout" in params else None
    return page(
        account,
        _newest_first(account, "balance_transaction"),
        params,
        "/v1/balance_transactions",
        lambda thing: asked.items() <= thing.items() and (chosen is None or thing["id"] in chosen),
    )


def _list_lines(account: Account, params: dict[str, Any], session_id: str) -> dict[str, Any]:
    lines = checkouts.lines_of(account, session_id)
    return page(account, whole(lines), params, f"/v1/checkout/sessions/{session_id}/line_items")


_INTENTS = "/v1/payment_intents"
_SESSIONS = "/v1/checkout/sessions"

ENDPOINTS = (
    Endpoint(
        "POST",
        _INTENTS,
        Declared(
            PaymentIntentCreateParams,
            played=(
                "allowed_payment_method_types",
                "amount",
                "automatic_payment_methods",
                "capture_method",
                "confirm",
                "currency",
                "description",
                "metadata",
                "payment_method",
                "return_url",
                "statement_descriptor_suffix",
            ),
        ),
        lambda account, params: intents.create(account, params),
    ),
    Endpoint(
        "GET",
        _INTENTS,
        Declared(PaymentIntentListParams, played=_PAGING),
        _list("payment_intent", _INTENTS),
    ),
    Endpoint(
        "GET",
        f"{_INTENTS}/<object_id>",
        Declared(PaymentIntentRetrieveParams, played=()),
        _retrieve("payment_intent"),
    ),
    Endpoint(
        "POST",
        f"{_INTENTS}/<intent_id>",
        Declared(
            PaymentIntentUpdateParams,
            played=("amount", "currency", "description", "metadata", "payment_method"),
        ),
        lambda account, params, intent_id: intents.update(account, intent_id, params),
    ),
    Endpoint(
        "POST",
        f"{_INTENTS}/<intent_id>/confirm",
        Declared(PaymentIntentConfirmParams, played=("payment_method", "return_url")),
        lambda account, params, intent_id: intents.confirm(account, intent_id, params),
    ),
    Endpoint(
        "POST",
        f"{_INTENTS}/<intent_id>/capture",
        Declared(PaymentIntentCaptureParams, played=("amount_to_capture", "metadata")),
        lambda account, params, intent_id: intents.capture(account, intent_id, params),
    ),
    Endpoint(
        "POST",
        f"{_INTENTS}/<intent_id>/cancel",
        Declared(PaymentIntentCancelParams, played=("cancellation_reason",)),
        lambda account, params, intent_id: intents.cancel(account, intent_id, params),
    ),
    Endpoint(
        "POST",
        _SESSIONS,
        Declared(
            SessionCreateParams,
            played=(
                "allowed_payment_method_types",
                "cancel_url",
                "client_reference_id",
                "customer_email",
                "expires_at",
                "line_items.price_data.currency",
                "line_items.price_data.product_data.name",
                "line_items.price_data.unit_amount",
                "line_items.quantity",
                "locale",
                "metadata",
                "mode",
                "payment_intent_data.description",
                "payment_intent_data.metadata",
                "payment_intent_data.statement_descriptor_suffix",
                "submit_type",
                "success_url",
                "ui_mode",
            ),
        ),
        lambda account, params: checkouts.create(account, params),
    ),
    Endpoint(
        "GET",
        _SESSIONS,
        Declared(SessionListParams, played=(*_PAGING, "payment_intent", "status")),
        _list("checkout.session", _SESSIONS, "status"),
    ),
    Endpoint(
        "GET",
        f"{_SESSIONS}/<object_id>",
        Declared(SessionRetrieveParams, played=()),
        _retrieve("checkout.session"),
    ),
    Endpoint(
        "GET",
        f"{_SESSIONS}/<session_id>/line_items",
        Declared(SessionLineItemListParams, played=_PAGING),
        _list_lines,
    ),
    Endpoint(
        "POST",
        f"{_SESSIONS}/<session_id>/expire",
        Declared(SessionExpireParams, played=()),
        lambda account, params, session_id: checkouts.expire(account, session_id),
    ),
    Endpoint(
        "POST",
        "/v1/refunds",
        Declared(
            RefundCreateParams,
            played=("amount", "charge", "metadata", "payment_intent", "reason"),
        ),
        lambda account, params: refunds.create(account, params),
    ),
    Endpoint(
        "GET",
        "/v1/refunds",
        Declared(RefundListParams, played=(*_PAGING, "charge", "payment_intent")),
        _list("refund", "/v1/refunds", "charge"),
    ),
    Endpoint(
        "GET",
        "/v1/refunds/<object_id>",
        Declared(RefundRetrieveParams, played=()),
        _retrieve("refund"),
    ),
    Endpoint(
        "POST",
        "/v1/refunds/<refund_id>",
        Declared(RefundUpdateParams, played=("metadata",)),
        lambda account, params, refund_id: refunds.update(account, refund_id, params),
    ),
    Endpoint(
        "GET",
        "/v1/charges",
        Declared(ChargeListParams, played=(*_PAGING, "payment_intent")),
        _list("charge", "/v1/charges"),
    ),
    Endpoint(
        "GET",
        "/v1/charges/<object_id>",
        Declared(ChargeRetrieveParams, played=()),
        _retrieve("charge"),
    ),
    Endpoint(
        "GET",
        "/v1/disputes",
        Declared(DisputeListParams, played=(*_PAGING, "charge", "payment_intent")),
        _list("dispute", "/v1/disputes", "charge"),
    ),
    Endpoint(
        "GET",
        "/v1/disputes/<object_id>",
        Declared(DisputeRetrieveParams, played=()),
        _retrieve("dispute"),
    ),
    Endpoint(
        "GET",
        "/v1/events",
        Declared(EventListParams, played=(*_PAGING, "type", "types")),
        _list_events,
    ),
    Endpoint(
        "GET",
        "/v1/events/<object_id>",
        Declared(EventRetrieveParams, played=()),
        _retrieve("event"),
    ),
    Endpoint(
        "GET",
        "/v1/payouts",
        Declared(PayoutListParams, played=(*_PAGING, "status")),
        _list("payout", "/v1/payouts", "status"),
    ),
    Endpoint(
        "GET",
        "/v1/payouts/<object_id>",
        Declared(PayoutRetrieveParams, played=()),
        _retrieve("payout"),
    ),
    Endpoint(
        "GET",
        "/v1/balance_transactions",
        Declared(
            BalanceTransactionListParams,
            played=(*_PAGING, "currency", "payout", "source", "type"),
        ),
        _list_movements,
    ),
    Endpoint(
        "GET",
        "/v1/balance_transactions/<object_id>",
        Declared(BalanceTransactionRetrieveParams, played=()),
        _retrieve("balance_transaction"),
    ),
    Endpoint(
        "GET",
        "/v1/balance",
        Declared(BalanceRetrieveParams, played=()),
        lambda account, params: balance.balance(account),
    ),
)
