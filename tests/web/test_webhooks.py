"""The address of the provider's hints: open to all, believed only with the right signature."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import stripe
from flask import Flask
from flask.testing import FlaskClient

from tests.world import World

SECRET = "whsec_for_the_tests"
HERE = "/hooks/stripe"

Sent = tuple[bytes, str | None]


def a_body(**changed: Any) -> bytes:
    event = {
        "id": "evt_1",
        "object": "event",
        "account": None,
        "created": 1_780_000_000,
        "data": {"object": {"id": "pi_1", "object": "payment_intent", "amount": 700}},
        "livemode": False,
        "type": "payment_intent.succeeded",
        **changed,
    }
    return json.dumps(event, indent=2).encode()


def signed(body: bytes, *, secret: str = SECRET, age: float = 0) -> str:
    at = datetime.now(UTC) - timedelta(seconds=age)
    return stripe.WebhookSignature.generate_signature_header(
        body.decode(), secret, int(at.timestamp())
    )


def test_a_signed_hint_is_kept_with_its_promise(client: FlaskClient, world: World) -> None:
    body = a_body()

    first = client.post(HERE, data=body, headers={"Stripe-Signature": signed(body)})
    second = client.post(HERE, data=body, headers={"Stripe-Signature": signed(body)})

    assert (first.status_code, first.json) == (200, {"kept": "new"})
    assert (second.status_code, second.json) == (200, {"kept": "known"})
    assert world.rows("SELECT event_id, kind, object_id FROM provider_events") == [
        ("evt_1", "payment_intent.succeeded", "pi_1")
    ]
    assert world.rows("SELECT kind, state, payload->>'payment' FROM outbox") == [
        ("provider_event", "due", "pi_1")
    ]


FORGED: dict[str, Callable[[], Sent]] = {
    "no signature": lambda: (a_body(), None),
    "an empty signature": lambda: (a_body(), ""),
    "a signature that is none": lambda: (a_body(), "t=1,v1=abc"),
    "another secret": lambda: (a_body(), signed(a_body(), secret="whsec_of_somebody_else")),
    "a byte changed": lambda: (a_body().replace(b"700", b"701"), signed(a_body())),
    "written again": lambda: (json.dumps(json.loads(a_body())).encode(), signed(a_body())),
    "signed too long ago": lambda: (a_body(), signed(a_body(), age=301)),
    "signed in the future": lambda: (a_body(), signed(a_body(), age=-120)),
    "a live event here": lambda: _whole(livemode=True),
    "another account's event": lambda: _whole(account="acct_of_somebody_else"),
    "no event at all": lambda: _signed_as_it_is(b'{"hello": 1}'),
    "no JSON": lambda: _signed_as_it_is(b"hello"),
    "an object without a name": lambda: _whole(data={"object": {"object": "refund"}}),
    "a number for a name": lambda: _whole(id=5),
}


def _whole(**changed: Any) -> Sent:
    return _signed_as_it_is(a_body(**changed))


def _signed_as_it_is(body: bytes) -> Sent:
    return body, signed(body)


@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED.keys())
def test_what_is_forged_or_confused_changes_nothing(
    client: FlaskClient, world: World, forge: Callable[[], Sent]
) -> None:
    body, signature = forge()
    headers = {} if signature is None else {"Stripe-Signature": signature}

    answer = client.post(HERE, data=body, headers=headers)

    assert answer.status_code == 400
    assert set(answer.json or {}) == {"refused"}
    assert world.rows("SELECT FROM provider_events") == []
    assert world.rows("SELECT FROM outbox") == []


def test_a_flood_of_bytes_is_not_read(client: FlaskClient) -> None:
    assert client.post(HERE, data=b"x" * 300_000).status_code == 413


def test_without_a_secret_nobody_is_believed(app: Flask, client: FlaskClient) -> None:
    app.config["STRIPE_WEBHOOK_SECRET"] = ""
    body = a_body()

    answer = client.post(HERE, data=body, headers={"Stripe-Signature": signed(body)})

    assert answer.status_code == 404
