"""The local Stripe server: payments move as Stripe's do, seen through the real SDK."""

from typing import Any

import pytest
import stripe

from tests.outside.world import World

Sdk = Any

OBJECTS = {
    "payment_intent": stripe.PaymentIntent,
    "charge": stripe.Charge,
    "refund": stripe.Refund,
    "checkout.session": stripe.checkout.Session,
    "event": stripe.Event,
    "dispute": stripe.Dispute,
}


def paid_intent(sdk: Sdk, amount: int = 5_000, card: str = "pm_card_visa", **more: Any) -> Any:
    wanted = {
        "amount": amount,
        "currency": "cny",
        "confirm": True,
        "payment_method": card,
        "return_url": "http://127.0.0.1:1/back",
        **more,
    }
    return sdk.payment_intents.create(wanted)


def test_a_paid_intent_names_its_charge_by_id(world: World, sdk: Sdk) -> None:
    intent = paid_intent(sdk, 5_000)

    charge = sdk.charges.retrieve(intent.latest_charge)
    assert intent.status == "succeeded"
    assert (intent.amount_received, intent.amount_capturable) == (5_000, 0)
    assert (charge.amount_captured, charge.captured, charge.paid) == (5_000, True, True)
    assert charge.payment_intent == intent.id


def test_an_id_is_opened_up_where_that_is_asked_for(world: World, sdk: Sdk) -> None:
    intent = paid_intent(sdk)

    found = sdk.payment_intents.retrieve(intent.id, {"expand": ["latest_charge"]})
    listed = sdk.payment_intents.list({"expand": ["data.latest_charge"]})

    assert found.latest_charge.id == intent.latest_charge
    assert listed.data[0].latest_charge.amount == 5_000


def test_a_declined_card_leaves_a_failed_charge_and_an_intent_that_waits(
    world: World, sdk: Sdk
) -> None:
    with pytest.raises(stripe.CardError) as refused:
        paid_intent(sdk, card="pm_card_chargeDeclinedInsufficientFunds")

    intent = sdk.payment_intents.list().data[0]
    assert refused.value.error.decline_code == "insufficient_funds"
    assert intent.status == "requires_payment_method"
    assert intent.last_payment_error.code == "card_declined"
    assert sdk.charges.retrieve(intent.latest_charge).status == "failed"


def test_after_a_decline_another_card_pays_the_same_intent(world: World, sdk: Sdk) -> None:
    with pytest.raises(stripe.CardError):
        paid_intent(sdk, card="pm_card_chargeDeclined")
    intent = sdk.payment_intents.list().data[0]

    paid = sdk.payment_intents.confirm(
        intent.id, {"payment_method": "pm_card_visa", "return_url": "http://127.0.0.1:1/"}
    )

    assert paid.status == "succeeded"
    assert paid.last_payment_error is None
    assert len(sdk.charges.list({"payment_intent": intent.id}).data) == 2


def test_a_held_amount_is_captured_in_part_and_once(world: World, sdk: Sdk) -> None:
    held = paid_intent(sdk, 9_000, capture_method="manual")
    assert (held.status, held.amount_capturable) == ("requires_capture", 9_000)

    captured = sdk.payment_intents.capture(held.id, {"amount_to_capture": 4_000})

    charge = sdk.charges.retrieve(held.latest_charge)
    assert (captured.status, captured.amount_received) == ("succeeded", 4_000)
    assert (charge.amount, charge.amount_captured, charge.amount_refunded) == (9_000, 4_000, 0)
    with pytest.raises(stripe.InvalidRequestError, match="status of succeeded"):
        sdk.payment_intents.capture(held.id)


def test_more_than_was_held_cannot_be_captured(world: World, sdk: Sdk) -> None:
    held = paid_intent(sdk, 9_000, capture_method="manual")

    with pytest.raises(stripe.InvalidRequestError) as refused:
        sdk.payment_intents.capture(held.id, {"amount_to_capture": 9_001})

    assert refused.value.param == "amount_to_capture"


def test_a_canceled_hold_goes_back_to_the_card(world: World, sdk: Sdk) -> None:
    held = paid_intent(sdk, 9_000, capture_method="manual")

    canceled = sdk.payment_intents.cancel(held.id, {"cancellation_reason": "abandoned"})

    charge = sdk.charges.retrieve(held.latest_charge)
    assert (canceled.status, canceled.cancellation_reason) == ("canceled", "abandoned")
    assert (charge.refunded, charge.amount_refunded) == (True, 9_000)


def test_a_paid_intent_cannot_be_canceled(world: World, sdk: Sdk) -> None:
    intent = paid_intent(sdk)

    with pytest.raises(stripe.InvalidRequestError, match="status of succeeded"):
        sdk.payment_intents.cancel(intent.id)


def test_an_intent_that_is_paid_keeps_its_amount(world: World, sdk: Sdk) -> None:
    intent = paid_intent(sdk)

    with pytest.raises(stripe.InvalidRequestError):
        sdk.payment_intents.update(intent.id, {"amount": 1})

    assert sdk.payment_intents.retrieve(intent.id).amount == 5_000


def test_metadata_are_merged_and_an_empty_value_takes_its_key_away(world: World, sdk: Sdk) -> None:
    intent = sdk.payment_intents.create(
        {"amount": 1, "currency": "eur", "metadata": {"lot": "7", "code": "A1"}}
    )

    updated = sdk.payment_intents.update(intent.id, {"metadata": {"code": "", "court": "3"}})

    assert updated.metadata.to_dict() == {"lot": "7", "court": "3"}


def test_refunds_add_up_to_what_was_paid_and_no_further(world: World, sdk: Sdk) -> None:
    intent = paid_intent(sdk, 5_000)
    sdk.refunds.create({"payment_intent": intent.id, "amount": 2_000})
    sdk.refunds.create({"charge": intent.latest_charge, "amount": 2_000, "reason": "duplicate"})

    with pytest.raises(stripe.InvalidRequestError, match="greater than unrefunded amount"):
        sdk.refunds.create({"payment_intent": intent.id, "amount": 1_001})
    rest = sdk.refunds.create({"payment_intent": intent.id})
    with pytest.raises(stripe.InvalidRequestError) as refused:
        sdk.refunds.create({"payment_intent": intent.id})

    charge = sdk.charges.retrieve(intent.latest_charge)
    assert rest.amount == 1_000
    assert (charge.amount_refunded, charge.refunded) == (5_000, True)
    assert refused.value.code == "charge_already_refunded"
    assert len(sdk.refunds.list({"payment_intent": intent.id}).data) == 3


def test_what_was_not_paid_cannot_be_refunded(world: World, sdk: Sdk) -> None:
    unpaid = sdk.payment_intents.create({"amount": 100, "currency": "cny"})
    held = paid_intent(sdk, capture_method="manual")

    for intent in (unpaid, held):
        with pytest.raises(stripe.InvalidRequestError, match="successful charge"):
            sdk.refunds.create({"payment_intent": intent.id})


def test_a_refund_to_a_closed_card_fails_later_and_the_money_is_back(
    world: World, sdk: Sdk
) -> None:
    intent = paid_intent(sdk, 5_000, card="pm_card_refundFail")
    refund = sdk.refunds.create({"payment_intent": intent.id})
    assert refund.status == "succeeded"

    world.control("POST", f"/refunds/{refund.id}/fail")

    failed = sdk.refunds.retrieve(refund.id)
    charge = sdk.charges.retrieve(intent.latest_charge)
    assert (failed.status, failed.failure_reason) == ("failed", "lost_or_stolen_card")
    assert (charge.amount_refunded, charge.refunded) == (0, False)


def test_an_empty_balance_keeps_refunds_waiting(world: World, sdk: Sdk) -> None:
    intent = paid_intent(sdk)
    world.control("PUT", "/refunds-wait-for-balance", on=True)

    refund = sdk.refunds.create({"payment_intent": intent.id})

    assert (refund.status, refund.pending_reason) == ("pending", "insufficient_funds")
    world.control("POST", f"/refunds/{refund.id}/succeed")
    assert sdk.refunds.retrieve(refund.id).status == "succeeded"


def test_a_slow_payment_is_processing_until_it_is_settled(world: World, sdk: Sdk) -> None:
    world.control("PUT", "/settlement", mode="later")
    good, bad = paid_intent(sdk), paid_intent(sdk)
    assert good.status == "processing"

    world.control("POST", f"/payments/{good.id}/settle", outcome="succeeded")
    world.control("POST", f"/payments/{bad.id}/settle", outcome="failed")

    assert sdk.payment_intents.retrieve(good.id).status == "succeeded"
    assert sdk.payment_intents.retrieve(bad.id).status == "requires_payment_method"


def test_a_disputed_payment_cannot_be_refunded_until_the_dispute_is_won(
    world: World, sdk: Sdk
) -> None:
    intent = paid_intent(sdk)
    dispute = world.control("POST", "/disputes", payment_intent=intent.id)

    with pytest.raises(stripe.InvalidRequestError) as refused:
        sdk.refunds.create({"payment_intent": intent.id})
    assert refused.value.code == "charge_disputed"
    assert sdk.charges.retrieve(intent.latest_charge).disputed is True

    world.control("POST", f"/disputes/{dispute['id']}/close", outcome="won")
    assert sdk.disputes.retrieve(dispute["id"]).status == "won"
    assert sdk.refunds.create({"payment_intent": intent.id}).status == "succeeded"


def test_the_balance_is_what_came_less_what_went(world: World, sdk: Sdk) -> None:
    kept, refunded, disputed = (paid_intent(sdk, amount) for amount in (700, 300, 200))
    sdk.refunds.create({"payment_intent": refunded.id, "amount": 100})
    world.control("POST", "/disputes", payment_intent=disputed.id)

    balance = sdk.balance.retrieve()

    assert [(a.amount, a.currency) for a in balance.available] == [(700 + 200, "cny")]
    assert kept.status == "succeeded"


def test_lists_come_newest_first_and_a_page_at_a_time(world: World, sdk: Sdk) -> None:
    made = [sdk.payment_intents.create({"amount": n, "currency": "cny"}).id for n in range(1, 6)]

    first = sdk.payment_intents.list({"limit": 2})
    all_of_them = sdk.payment_intents.list({"limit": 2}).auto_paging_iter()

    assert [i.id for i in first.data] == [made[4], made[3]]
    assert first.has_more is True
    assert [i.id for i in all_of_them] == made[::-1]


def test_a_clock_stamps_what_names_it_and_nothing_else(world: World, sdk: Sdk) -> None:
    """A rehearsal court's payments carry its legal time; nobody else's do."""
    world.control("PUT", "/clocks/court-7", legal_from=1_000_000_000, rate=0)

    rehearsed = paid_intent(sdk, metadata={"clock": "court-7"})
    real = paid_intent(sdk, metadata={"clock": "court-8"})

    assert rehearsed.created == 1_000_000_000
    assert sdk.charges.retrieve(rehearsed.latest_charge).created == 1_000_000_000
    assert sdk.refunds.create({"payment_intent": rehearsed.id}).created == 1_000_000_000
    assert real.created > 1_700_000_000


def test_every_object_has_the_fields_the_sdk_declares_and_no_others(world: World, sdk: Sdk) -> None:
    intent = paid_intent(sdk)
    sdk.refunds.create({"payment_intent": intent.id, "amount": 1})
    world.control("POST", "/disputes", payment_intent=intent.id)
    price = {"currency": "cny", "unit_amount": 5, "product_data": {"name": "押金"}}
    sdk.checkout.sessions.create(
        {
            "mode": "payment",
            "success_url": "http://127.0.0.1:1/",
            "line_items": [{"quantity": 1, "price_data": price}],
        }
    )

    for kind, declared in OBJECTS.items():
        things = world.server.account.store.all_of(kind)
        for thing in [*things, *_events_about(world, kind)]:
            _matches(thing, declared)


def _events_about(world: World, kind: str) -> list[dict[str, Any]]:
    events = world.server.account.store.all_of("event")
    return [e["data"]["object"] for e in events if e["data"]["object"]["object"] == kind]


def _matches(thing: dict[str, Any], declared: type) -> None:
    fields = declared.__annotations__
    assert thing.keys() <= fields.keys(), thing.keys() - fields.keys()
    promised = {name for name, hint in fields.items() if not _may_be_missing(hint)}
    assert promised <= thing.keys(), promised - thing.keys()
    assert not [name for name in promised if thing[name] is None]


def _may_be_missing(hint: Any) -> bool:
    text = str(hint)
    return text.startswith(("typing.Optional", "typing.ClassVar", "typing.Union[")) and (
        "NoneType" in text or text.startswith(("typing.Optional", "typing.ClassVar"))
    )
