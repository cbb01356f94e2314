"""Reads a webhook: who signed it, when, and what it hints at. It never moves anything."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import Any

import stripe

_OLDEST_SECONDS = 300
# The SDK takes a stamp from any future (SEC-S8); clocks differ by seconds, not by hours.
_NEWEST_SECONDS = 60


class WebhookRefusal(Enum):
    SIGNATURE_WRONG = "the signature is missing or wrong"
    TOO_OLD = "it was signed too long ago"
    FROM_THE_FUTURE = "it is stamped in the future"
    UNREADABLE = "the body is no event"
    OTHER_MODE = "it is a test event here, or a real one where only tests belong"
    OTHER_ACCOUNT = "it belongs to another account"


@dataclass(frozen=True, slots=True)
class WebhookRefused:
    reason: WebhookRefusal


@dataclass(frozen=True, slots=True)
class WebhookEvent:
    """A hint. Deduplicate by `id`, then fetch what it names; never believe the body."""

    id: str
    kind: str
    object_kind: str
    object_id: str
    payment_id: str | None
    checkout_id: str | None
    created_at: datetime


class WebhookReader:
    """Needs the webhook secret only, so the web process need not hold the key to the money."""

    def __init__(self, secret: str, *, live: bool) -> None:
        if not secret:
            raise ValueError("a webhook reader without a secret would believe everybody")
        self._secret = secret
        self._live = live

    def read(
        self, raw_body: bytes, signature_header: str | None, now: datetime
    ) -> WebhookEvent | WebhookRefused:
        """`raw_body` as it came off the wire: a body parsed and written again is another body."""
        stamp = self._signed_at(raw_body, signature_header)
        if stamp is None:
            return WebhookRefused(WebhookRefusal.SIGNATURE_WRONG)
        age = now.timestamp() - stamp
        if age > _OLDEST_SECONDS:
            return WebhookRefused(WebhookRefusal.TOO_OLD)
        if age < -_NEWEST_SECONDS:
            return WebhookRefused(WebhookRefusal.FROM_THE_FUTURE)
        return self._event(raw_body)

    def _signed_at(self, raw_body: bytes, header: str | None) -> int | None:
        """The second it was signed, if it was signed with our secret."""
        try:
            stripe.WebhookSignature.verify_header(raw_body, header, self._secret)
        except (stripe.SignatureVerificationError, UnicodeDecodeError):
            return None
        # What the SDK verified is the first `t`; we read the same one, or refuse.
        stamp = next(p[2:] for p in str(header).split(",") if p.startswith("t="))
        return int(stamp) if stamp.isascii() and stamp.isdigit() and len(stamp) < 12 else None

    def _event(self, raw_body: bytes) -> WebhookEvent | WebhookRefused:
        try:
            body = json.loads(raw_body)
            event = _hint(body, body["data"]["object"])
            live, account = body["livemode"], body.get("account")
        except (ValueError, KeyError, TypeError, OverflowError):
            return WebhookRefused(WebhookRefusal.UNREADABLE)
        if live is not self._live:
            return WebhookRefused(WebhookRefusal.OTHER_MODE)
        if account is not None:
            return WebhookRefused(WebhookRefusal.OTHER_ACCOUNT)
        return event


def _hint(body: dict[str, Any], thing: dict[str, Any]) -> WebhookEvent:
    kind, object_id = _text(thing["object"]), _text(thing["id"])
    payment_id = object_id if kind == "payment_intent" else thing.get("payment_intent")
    return WebhookEvent(
        id=_text(body["id"]),
        kind=_text(body["type"]),
        object_kind=kind,
        object_id=object_id,
        payment_id=_text(payment_id) if payment_id is not None else None,
        checkout_id=object_id if kind == "checkout.session" else None,
        created_at=datetime.fromtimestamp(body["created"], UTC),
    )


def _text(value: object) -> str:
    if not isinstance(value, str) or not 1 <= len(value) <= 255:
        raise ValueError("not an identifier")
    return value
