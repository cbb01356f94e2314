"""The local Stripe server refuses what Stripe refuses, and never ignores what it was sent."""

from typing import Any

import pytest
import stripe

from deploy.local.outside.stripe.form_keys import nested
from deploy.local.outside.stripe.refusals import StripeRefusal
from tests.outside.world import World

INTENTS = "/v1/payment_intents"


def refused(world: World, data: Any, path: str = INTENTS, **headers: str) -> dict[str, Any]:
    answer = world.api("POST", path, data, **headers)
    assert 400 <= answer.status_code < 500, answer.text
    return answer.json()["error"]


@pytest.mark.parametrize(
    ("changed", "code", "param"),
    [
        ({"bogus": "1"}, "parameter_unknown", "bogus"),
        ({"metadata[a][b]": "1"}, "parameter_invalid", "metadata[a]"),
        ({"automatic_payment_methods[bogus]": "1"}, "parameter_unknown", None),
        ({"automatic_payment_methods[allow_redirects]": "always"}, "parameter_missing", None),
        ({"customer": "cus_1"}, "parameter_not_played", "customer"),
        ({"capture_method": "sometimes"}, "parameter_invalid", "capture_method"),
        ({"confirm": "yes"}, "parameter_invalid", "confirm"),
        ({"description": ""}, "parameter_invalid_empty", "description"),
        ({"amount": None}, "parameter_missing", "amount"),
        ({"amount": "0"}, "parameter_invalid_integer", "amount"),
        ({"amount": "-5"}, "parameter_invalid_integer", "amount"),
        ({"amount": "1.5"}, "parameter_invalid_integer", "amount"),
        ({"amount": "1e3"}, "parameter_invalid_integer", "amount"),
        ({"amount": "١٠٠"}, "parameter_invalid_integer", "amount"),
        ({"amount": "100000000"}, "amount_too_large", "amount"),
        ({"currency": "CNY"}, "parameter_invalid", "currency"),
        ({"currency": "xyz"}, "parameter_invalid", "currency"),
        ({f"metadata[{'k' * 41}]": "1"}, "parameter_invalid", None),
        ({"metadata[k]": "v" * 501}, "parameter_invalid", "metadata[k]"),
        ({"payment_method": "pm_card_unknown"}, "resource_missing", "payment_method"),
    ],
)
def test_a_parameter_that_stripe_would_refuse_is_refused(
    world: World, changed: dict[str, str | None], code: str, param: str | None
) -> None:
    data = {"amount": "100", "currency": "cny", **changed}

    error = refused(world, {k: v for k, v in data.items() if v is not None})

    assert (error["type"], error["code"]) == ("invalid_request_error", code)
    assert param is None or error["param"] == param


def test_eight_digits_are_the_most(world: World) -> None:
    answer = world.api("POST", INTENTS, {"amount": "99999999", "currency": "cny"})

    assert answer.status_code == 200


def test_fifty_metadata_keys_are_the_most(world: World) -> None:
    fifty = {f"metadata[k{n}]": "v" for n in range(50)}
    data = {"amount": "1", "currency": "cny", **fifty}

    assert world.api("POST", INTENTS, data).status_code == 200
    assert "50 keys" in refused(world, {**data, "metadata[one_more]": "v"})["message"]


@pytest.mark.parametrize(
    "authorization", ["", "Bearer", "Bearer sk_live_x", "Bearer pk_test_x", "Basic eDo="]
)
def test_without_a_test_key_nobody_is_served(world: World, authorization: str) -> None:
    answer = world.api("GET", "/v1/balance", Authorization=authorization)

    assert answer.status_code == 401


def test_another_api_version_is_refused(world: World) -> None:
    error = refused(world, {"amount": "1", "currency": "cny"}, Stripe_Version="2022-11-15")

    assert "2026-10-28.endive" in error["message"]


def test_the_server_speaks_the_version_of_the_installed_sdk(world: World) -> None:
    answer = world.api("GET", "/v1/balance")

    assert answer.headers["Stripe-Version"] == stripe.api_version


def test_what_stripe_never_made_is_not_found(world: World, sdk: Any) -> None:
    for fetch in (sdk.payment_intents, sdk.charges, sdk.refunds, sdk.events, sdk.disputes):
        with pytest.raises(stripe.InvalidRequestError) as missing:
            fetch.retrieve("pi_nowhere")
        assert (missing.value.http_status, missing.value.code) == (404, "resource_missing")


def test_an_id_of_one_kind_does_not_fetch_another(world: World, sdk: Any) -> None:
    intent = sdk.payment_intents.create({"amount": 1, "currency": "cny"})

    with pytest.raises(stripe.InvalidRequestError):
        sdk.refunds.retrieve(intent.id)


def test_an_endpoint_that_is_not_played_says_so(world: World) -> None:
    answer = world.api("GET", "/v1/customers")

    assert answer.status_code == 404
    assert "Unrecognized request URL (GET: /v1/customers)" in answer.json()["error"]["message"]


def test_a_body_that_is_no_form_is_refused(world: World) -> None:
    error = refused(world, '{"amount": 1}', Content_Type="application/json")

    assert "x-www-form-urlencoded" in error["message"]


def test_a_parameter_given_twice_is_refused() -> None:
    for pairs in ([("a", "1"), ("a", "2")], [("a", "1"), ("a[b]", "2")], [("a[b", "1")]):
        with pytest.raises(StripeRefusal):
            nested(pairs)


def test_nested_keys_become_a_tree() -> None:
    pairs = [("a[0][b]", "1"), ("a[0][c]", "2"), ("x[]", "3"), ("x[]", "4")]

    assert nested(pairs) == {"a": {"0": {"b": "1", "c": "2"}}, "x": {"0": "3", "1": "4"}}


def test_a_foreign_host_name_is_not_served(world: World) -> None:
    answer = world.api("GET", "/v1/balance", Host="evil.example")

    assert answer.status_code == 400


def test_a_refused_request_leaves_nothing_behind(world: World, sdk: Any) -> None:
    wanted = {"amount": 1, "currency": "cny", "payment_method": "pm_card_unknown"}
    with pytest.raises(stripe.InvalidRequestError):
        sdk.payment_intents.create(wanted, {"idempotency_key": "k1"})

    assert sdk.payment_intents.list().data == []
    assert sdk.events.list().data == []
    assert world.effects("k1") == []
