"""Idempotency keys: one key, one effect (FAULT-F26)."""

import threading
from typing import Any

import pytest
import stripe

from tests.outside.world import World

WANTED = {"amount": 100, "currency": "cny"}


def create(sdk: Any, key: str, **changed: Any) -> Any:
    return sdk.payment_intents.create({**WANTED, **changed}, {"idempotency_key": key})


def test_the_same_key_gives_the_same_answer_and_one_effect(world: World, sdk: Any) -> None:
    first = create(sdk, "k1")
    again = create(sdk, "k1")

    assert again.id == first.id
    assert again.last_response.headers["Idempotent-Replayed"] == "true"
    assert world.effects("k1") == ["payment_intent.created"]


def test_the_same_key_with_other_parameters_is_refused(world: World, sdk: Any) -> None:
    create(sdk, "k1")

    with pytest.raises(stripe.IdempotencyError) as refused:
        create(sdk, "k1", amount=101)

    assert refused.value.http_status == 400


def test_the_same_key_at_another_endpoint_is_refused(world: World, sdk: Any) -> None:
    intent = create(sdk, "k1")

    with pytest.raises(stripe.IdempotencyError):
        sdk.payment_intents.cancel(intent.id, None, {"idempotency_key": "k1"})


def test_malformed_parameters_do_not_use_the_key_up(world: World, sdk: Any) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        create(sdk, "k1", amount=0)

    assert create(sdk, "k1").amount == 100


def test_a_refusal_of_the_work_itself_stays_with_the_key(world: World, sdk: Any) -> None:
    intent = create(sdk, "k1")
    wanted = {"payment_intent": intent.id}
    with pytest.raises(stripe.InvalidRequestError, match="successful charge"):
        sdk.refunds.create(wanted, {"idempotency_key": "r1"})
    sdk.payment_intents.confirm(
        intent.id, {"payment_method": "pm_card_visa", "return_url": "http://127.0.0.1:1/"}
    )

    with pytest.raises(stripe.InvalidRequestError, match="successful charge"):
        sdk.refunds.create(wanted, {"idempotency_key": "r1"})
    assert sdk.refunds.create(wanted, {"idempotency_key": "r2"}).amount == 100


def test_a_declined_card_is_not_asked_again_for_the_same_key(world: World, sdk: Any) -> None:
    card = {
        "confirm": True,
        "payment_method": "pm_card_chargeDeclined",
        "return_url": "http://127.0.0.1:1/",
    }
    for _ in range(2):
        with pytest.raises(stripe.CardError):
            create(sdk, "k1", **card)

    assert len(sdk.charges.list().data) == 1


def test_a_second_request_meets_the_first_under_way_and_is_told_to_wait(world: World) -> None:
    world.control("PUT", "/latency", ms=400)
    answers: list[int] = []

    def ask() -> None:
        answer = world.api("POST", "/v1/payment_intents", WANTED, Idempotency_Key="k1")
        answers.append(answer.status_code)

    askers = [threading.Thread(target=ask) for _ in range(3)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()

    assert sorted(answers) == [200, 409, 409]
    assert world.effects("k1") == ["payment_intent.created"]


def test_keys_are_forgotten_and_the_next_request_is_a_new_one(world: World, sdk: Any) -> None:
    first = create(sdk, "k1")
    world.control("POST", "/forget-keys")

    assert create(sdk, "k1").id != first.id


def test_expansion_belongs_to_the_request_not_to_the_key_alone(world: World, sdk: Any) -> None:
    create(sdk, "k1")

    with pytest.raises(stripe.IdempotencyError):
        create(sdk, "k1", expand=["latest_charge"])
