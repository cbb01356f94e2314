"""What the outside tells us: signed, deduplicated, and only a hint."""

from __future__ import annotations

import logging
from datetime import UTC, datetime

from flask import Blueprint, abort, current_app, request
from flask.typing import ResponseReturnValue

from app.extensions import csrf, limiter
from app.gateways.payments import WebhookReader, WebhookRefused
from app.services.webhooks import keep_hint
from app.web.gates import gated, open_to_all

bp = gated(Blueprint("webhooks", __name__, url_prefix="/hooks"), open_to_all)

# An event is a few kilobytes; nobody needs to send more to be refused.
_LONGEST = 256 * 1024

log = logging.getLogger(__name__)


@bp.post("/stripe")
@csrf.exempt
@limiter.exempt
def stripe() -> ResponseReturnValue:
    """The signature on the raw bytes is the only thing that lets anybody in here (SEC-T16)."""
    secret = current_app.config["STRIPE_WEBHOOK_SECRET"]
    if not secret:
        abort(404)
    if (request.content_length or 0) > _LONGEST:
        abort(413)
    reader = WebhookReader(secret, live=current_app.config["PRODUCTION"])
    event = reader.read(
        request.get_data(), request.headers.get("Stripe-Signature"), datetime.now(UTC)
    )
    if isinstance(event, WebhookRefused):
        log.warning("a webhook was refused: %s", event.reason.value)
        return {"refused": event.reason.name.lower()}, 400
    return {"kept": keep_hint(event).value}, 200
