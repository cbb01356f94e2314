"""Reading webhooks: forged, replayed and confused ones are refused (FAULT-F28, SEC-S8, SEC-T16)."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import stripe

from app.gateways.payments import (
    Payments,
    WebhookEvent,
    WebhookReader,
    WebhookRefusal,
    WebhookRefused,
)
from tests.outside.world import SECRET, Listener, World

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
EVENT: dict[str, Any] = {
    "id": "evt_1",
    "object": "event",
    "account": None,
    "created": int(NOW.timestamp()),
    "data": {"object": {"id": "pi_1", "object": "payment_intent", "amount": 5}},
    "livemode": False,
    "type": "payment_intent.succeeded",
}


def signed(
    body: str, *, at: datetime = NOW, secret: str = SECRET, scheme: str | None = None
) -> str:
    header = stripe.WebhookSignature.generate_signature_header(body, secret, int(at.timestamp()))
    return header.replace("v1=", f"{scheme}=") if scheme else header


def read(body: str | bytes, header: str | None, live: bool = False) -> Any:
    raw = body if isinstance(body, bytes) else body.encode()
    return WebhookReader(SECRET, live=live).read(raw, header, NOW)


def event(**changed: Any) -> str:
    return json.dumps({**EVENT, **changed}, ensure_ascii=False)


def test_a_signed_event_is_a_hint_at_what_to_fetch() -> None:
    body = event()

    assert read(body, signed(body)) == WebhookEvent(
        id="evt_1",
        kind="payment_intent.succeeded",
        object_kind="payment_intent",
        object_id="pi_1",
        payment_id="pi_1",
        checkout_id=None,
        created_at=NOW,
    )


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "nonsense",
        "t=1",
        f"t={int(NOW.timestamp())},v1=",
        f"t={int(NOW.timestamp())},v1={'0' * 64}",
        "t=abc,v1=0",
        "v1=0",
    ],
)
def test_without_a_signature_nothing_is_believed(header: str | None) -> None:
    assert read(event(), header) == WebhookRefused(WebhookRefusal.SIGNATURE_WRONG)


def test_another_secret_or_scheme_does_not_sign() -> None:
    body = event()

    for header in (signed(body, secret="whsec_other"), signed(body, scheme="v0")):
        assert read(body, header) == WebhookRefused(WebhookRefusal.SIGNATURE_WRONG)


def test_a_changed_or_rewritten_body_is_not_the_signed_one() -> None:
    body = event()
    header = signed(body)

    changed = body.replace('"amount": 5', '"amount": 6')
    rewritten = json.dumps(json.loads(body), separators=(",", ":"))

    for other in (changed, rewritten, body + " "):
        assert read(other, header) == WebhookRefused(WebhookRefusal.SIGNATURE_WRONG)


@pytest.mark.parametrize(
    ("seconds", "reason"),
    [
        (-301, WebhookRefusal.TOO_OLD),
        (-300, None),
        (0, None),
        (60, None),
        (61, WebhookRefusal.FROM_THE_FUTURE),
        (3600, WebhookRefusal.FROM_THE_FUTURE),
    ],
)
def test_a_stamp_is_neither_old_nor_from_the_future(
    seconds: int, reason: WebhookRefusal | None
) -> None:
    body = event()

    result = read(body, signed(body, at=NOW + timedelta(seconds=seconds)))

    assert (result.reason if isinstance(result, WebhookRefused) else None) == reason


def test_a_second_stamp_in_the_header_does_not_freshen_an_old_one() -> None:
    body = event()
    old = signed(body, at=NOW - timedelta(hours=1))
    fresh = f"t={int(NOW.timestamp())}"

    assert read(body, f"{old},{fresh}") == WebhookRefused(WebhookRefusal.TOO_OLD)
    assert read(body, f"{fresh},{old}") == WebhookRefused(WebhookRefusal.SIGNATURE_WRONG)


def test_a_test_event_moves_nothing_in_live_mode_and_the_other_way_round() -> None:
    body, live_body = event(), event(livemode=True)

    assert read(body, signed(body), live=True) == WebhookRefused(WebhookRefusal.OTHER_MODE)
    assert read(live_body, signed(live_body)) == WebhookRefused(WebhookRefusal.OTHER_MODE)


def test_an_event_of_another_account_is_refused() -> None:
    body = event(account="acct_other")

    assert read(body, signed(body)) == WebhookRefused(WebhookRefusal.OTHER_ACCOUNT)


@pytest.mark.parametrize(
    "body",
    [
        "",
        "[]",
        '"text"',
        "{}",
        event(id=None),
        event(id=7),
        event(id=""),
        event(type=["x"]),
        event(data={}),
        event(data={"object": "pi_1"}),
        event(created="yesterday"),
        event(created=10**30),
        event(data={"object": {"id": "x" * 300, "object": "charge"}}),
    ],
)
def test_a_signed_body_that_is_no_event_is_unreadable(body: str) -> None:
    assert read(body, signed(body)) == WebhookRefused(WebhookRefusal.UNREADABLE)


def test_bytes_that_are_no_text_are_refused() -> None:
    assert read(b"\xff\xfe", "t=1,v1=0") == WebhookRefused(WebhookRefusal.SIGNATURE_WRONG)


def test_a_reader_without_a_secret_is_not_made() -> None:
    with pytest.raises(ValueError, match="without a secret"):
        WebhookReader("", live=True)


def test_what_the_local_server_sends_is_read_and_names_what_to_fetch(
    world: World, payments: Payments
) -> None:
    with Listener() as listener:
        world.control("PUT", "/webhook", url=listener.url, secret=SECRET)
        checkout = payments.open_checkout(
            amount_minor=100,
            currency="CNY",
            title="Deposit",
            reference="r",
            metadata={},
            success_url="http://127.0.0.1:1/",
            cancel_url="http://127.0.0.1:1/",
            locale="en",
            key="k",
        )
        world.pay(checkout.url)
        letters = [listener.letters.get(timeout=10) for _ in range(4)]

    hints = [payments.read_webhook(*letter, datetime.now(UTC)) for letter in letters]
    assert all(isinstance(hint, WebhookEvent) for hint in hints)
    done = hints[-1]
    assert isinstance(done, WebhookEvent)
    assert (done.kind, done.checkout_id) == ("checkout.session.completed", checkout.id)
    assert {h.payment_id for h in hints if isinstance(h, WebhookEvent)} == {done.payment_id}
    assert payments.fetch_payment(str(done.payment_id)).received_minor == 100
