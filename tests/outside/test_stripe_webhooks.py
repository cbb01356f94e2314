"""Webhooks: signed, retried, and on request late, doubled, lost or out of order (FAULT-F27)."""

import time
from typing import Any

import stripe

from tests.outside.world import SECRET, Listener, World

PAID_KINDS = ["payment_intent.created", "charge.succeeded", "payment_intent.succeeded"]


def paid(sdk: Any, card: str = "pm_card_visa", **more: Any) -> Any:
    wanted = {"amount": 100, "currency": "cny", "confirm": True, "payment_method": card}
    return sdk.payment_intents.create({**wanted, "return_url": "http://127.0.0.1:1/", **more})


def test_what_happens_is_told_in_order_and_signed(
    world: World, sdk: Any, listener: Listener
) -> None:
    intent = paid(sdk)

    letters = [listener.letters.get(timeout=10) for _ in range(3)]

    events = [stripe.Webhook.construct_event(body, sign, SECRET) for body, sign in letters]
    assert [event.type for event in events] == PAID_KINDS
    assert events[2].data.object.id == intent.id
    assert len({event.id for event in events}) == 3
    assert sdk.events.retrieve(events[2].id).data.object.status == "succeeded"


def test_an_event_shows_the_object_as_it_was_then(
    world: World, sdk: Any, listener: Listener
) -> None:
    paid(sdk)

    statuses = [listener.next()["data"]["object"]["status"] for _ in range(3)]

    assert statuses == ["requires_payment_method", "succeeded", "succeeded"]


def test_every_ending_has_its_event(world: World, sdk: Any, listener: Listener) -> None:
    held = paid(sdk, capture_method="manual")
    sdk.payment_intents.cancel(held.id)
    assert listener.next_kinds(5) == [
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.amount_capturable_updated",
        "charge.refunded",
        "payment_intent.canceled",
    ]

    world.control("PUT", "/settlement", mode="later")
    slow = paid(sdk)
    world.control("POST", f"/payments/{slow.id}/settle", outcome="failed")
    assert listener.next_kinds(4) == [
        "payment_intent.created",
        "payment_intent.processing",
        "charge.failed",
        "payment_intent.payment_failed",
    ]


def test_a_refund_that_fails_says_so(world: World, sdk: Any, listener: Listener) -> None:
    refund = sdk.refunds.create({"payment_intent": paid(sdk).id})
    world.control("POST", f"/refunds/{refund.id}/fail")

    assert listener.next_kinds(8) == [
        *PAID_KINDS,
        "refund.created",
        "charge.refunded",
        "refund.updated",
        "charge.refund.updated",
        "refund.failed",
    ]


def test_a_checkout_is_completed_after_its_payment(
    world: World, sdk: Any, listener: Listener
) -> None:
    price = {"currency": "cny", "unit_amount": 5, "product_data": {"name": "x"}}
    session = sdk.checkout.sessions.create(
        {
            "mode": "payment",
            "success_url": "http://127.0.0.1:1/",
            "line_items": [{"quantity": 1, "price_data": price}],
        }
    )
    world.pay(session.url)

    assert listener.next_kinds(4) == [*PAID_KINDS, "checkout.session.completed"]


def test_a_receiver_that_fails_is_asked_again(world: World, sdk: Any, listener: Listener) -> None:
    listener.answers = [500, 503, 200]

    sdk.payment_intents.create({"amount": 1, "currency": "cny"})

    assert listener.next()["type"] == "payment_intent.created"
    assert _soon(lambda: _states(world) == ["delivered"])
    assert world.control("GET", "/webhooks")[0]["attempts"] == 3


def test_after_the_last_retry_the_server_gives_up(
    world: World, sdk: Any, listener: Listener
) -> None:
    listener.answers = [500, 500, 500]

    sdk.payment_intents.create({"amount": 1, "currency": "cny"})

    assert _soon(lambda: _states(world) == ["given up"])


def test_duplicates_carry_the_same_event_id(world: World, sdk: Any, listener: Listener) -> None:
    world.control("PUT", "/webhook-faults", duplicates=2)

    sdk.payment_intents.create({"amount": 1, "currency": "cny"})

    assert len({listener.next()["id"] for _ in range(3)}) == 1
    assert listener.nothing_more()


def test_a_late_webhook_comes_late(world: World, sdk: Any, listener: Listener) -> None:
    world.control("PUT", "/webhook-faults", delay_seconds=0.6)
    before = time.monotonic()

    sdk.payment_intents.create({"amount": 1, "currency": "cny"})
    listener.next()

    assert time.monotonic() - before >= 0.6


def test_reversed_webhooks_come_last_things_first(
    world: World, sdk: Any, listener: Listener
) -> None:
    world.control("PUT", "/webhook-faults", order="reversed", window_seconds=60, hold=True)
    paid(sdk)

    world.control("POST", "/webhooks/release", order="reversed")

    assert listener.next_kinds(3) == PAID_KINDS[::-1]


def test_within_a_window_later_events_overtake_earlier_ones(
    world: World, sdk: Any, listener: Listener
) -> None:
    _wait_for_the_start_of_a_second()
    world.control("PUT", "/webhook-faults", order="reversed", window_seconds=1)

    paid(sdk)

    assert listener.next_kinds(3) == PAID_KINDS[::-1]


def test_held_webhooks_are_released_in_any_order(
    world: World, sdk: Any, listener: Listener
) -> None:
    world.control("PUT", "/webhook-faults", hold=True)
    paid(sdk)
    assert listener.nothing_more()
    first, second, third = (row["event_id"] for row in world.control("GET", "/webhooks"))

    world.control("POST", "/webhooks/release", event_ids=[second, third, first])

    assert [listener.next()["id"] for _ in range(3)] == [second, third, first]


def test_a_dropped_webhook_never_comes_but_can_be_sent_again(
    world: World, sdk: Any, listener: Listener
) -> None:
    world.control("PUT", "/webhook-faults", drop=["payment_intent.succeeded"])
    paid(sdk)
    assert listener.next_kinds(2) == PAID_KINDS[:2]
    assert listener.nothing_more()
    dropped = sdk.events.list({"type": "payment_intent.succeeded"}).data[0].id

    world.control("POST", "/webhooks/resend", event_id=dropped)

    assert listener.next()["id"] == dropped


def test_webhooks_go_to_this_machine_only(world: World) -> None:
    for url in ("http://192.0.2.1/hooks", "https://127.0.0.1/", "http://127.0.0.1.evil.example/"):
        answer = world.session.put(
            f"{world.url}/_control/webhook", json={"url": url, "secret": "s"}
        )
        assert answer.status_code == 400


def _states(world: World) -> list[str]:
    return [row["state"] for row in world.control("GET", "/webhooks")]


def _wait_for_the_start_of_a_second() -> None:
    time.sleep(1.05 - time.time() % 1)


def _soon(true: Any, seconds: float = 5) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if true():
            return True
        time.sleep(0.05)
    return False
