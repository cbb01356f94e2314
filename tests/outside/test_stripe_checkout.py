"""Hosted checkout: a person, or a program, pays on our own page."""

import re
import time
from typing import Any

import pytest
import stripe

from tests.outside.world import (
    ASKS_HOLDER,
    DECLINES,
    NO_FUNDS,
    PAYS,
    World,
)


def session(sdk: Any, **changed: Any) -> Any:
    price = {"currency": "cny", "unit_amount": 500_00, "product_data": {"name": "Deposit, lot 7"}}
    return sdk.checkout.sessions.create(
        {
            "mode": "payment",
            "line_items": [{"quantity": 1, "price_data": price}],
            "payment_intent_data": {"metadata": {"registration": "r-7"}, "description": "Deposit"},
            "success_url": "http://127.0.0.1:1/paid?session={CHECKOUT_SESSION_ID}",
            "cancel_url": "http://127.0.0.1:1/lot",
            "client_reference_id": "r-7",
            "locale": "en",
            **changed,
        }
    )


def test_a_paid_session_brings_the_payer_back_and_names_its_payment(world: World, sdk: Any) -> None:
    opened = session(sdk)
    assert opened.payment_intent is None

    answer = world.pay(opened.url, PAYS)

    done = sdk.checkout.sessions.retrieve(opened.id)
    intent = sdk.payment_intents.retrieve(done.payment_intent)
    assert answer.status_code == 303
    assert answer.headers["Location"] == f"http://127.0.0.1:1/paid?session={opened.id}"
    assert (done.status, done.payment_status, done.url) == ("complete", "paid", None)
    assert (intent.status, intent.amount_received) == ("succeeded", 500_00)
    assert intent.metadata.to_dict() == {"registration": "r-7"}
    assert sdk.charges.retrieve(intent.latest_charge).metadata.to_dict() == {"registration": "r-7"}


def test_a_session_is_paid_once_however_often_the_form_is_sent(world: World, sdk: Any) -> None:
    opened = session(sdk)

    answers = [world.pay(opened.url) for _ in range(3)]

    assert {answer.headers["Location"] for answer in answers} == {
        f"http://127.0.0.1:1/paid?session={opened.id}"
    }
    assert len(sdk.payment_intents.list().data) == 1
    assert len(sdk.charges.list().data) == 1


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"number": DECLINES}, "The card was declined"),
        ({"number": NO_FUNDS}, "not enough money"),
        ({"number": "4242424242424241"}, "a digit is wrong"),
        ({"number": "hello"}, "Enter a card number"),
        ({"number": "5105105105105100"}, "Only test cards work here"),
        ({"expiry": "08/20"}, "has expired"),
        ({"expiry": "13/39"}, "Enter the expiry date"),
        ({"cvc": "12"}, "security code"),
    ],
)
def test_a_card_that_does_not_pay_is_told_why_and_the_session_stays_open(
    world: World, sdk: Any, form: dict[str, str], said: str
) -> None:
    opened = session(sdk)

    answer = world.pay(opened.url, **form)

    assert answer.status_code == 402
    assert said in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert sdk.checkout.sessions.retrieve(opened.id).status == "open"
    assert world.pay(opened.url).status_code == 303


def test_three_d_secure_asks_the_holder_first(world: World, sdk: Any) -> None:
    opened = session(sdk)

    asked = world.pay(opened.url, ASKS_HOLDER)
    challenge = asked.headers["Location"]
    waiting = sdk.payment_intents.retrieve(sdk.checkout.sessions.retrieve(opened.id).payment_intent)
    assert (asked.status_code, waiting.status) == (303, "requires_action")

    refused = world.answer_bank(challenge, "fail")
    assert (refused.status_code, "did not confirm" in refused.text) == (402, True)
    # A person goes on from the page that says so, whatever its address.
    assert f'action="/pay/{opened.id}"' in refused.text
    world.pay(opened.url, ASKS_HOLDER)
    completed = world.answer_bank(challenge, "complete")
    assert completed.headers["Location"].endswith(f"paid?session={opened.id}")
    assert sdk.checkout.sessions.retrieve(opened.id).payment_status == "paid"


def test_whoever_turns_back_from_the_bank_can_pay_with_another_card(world: World, sdk: Any) -> None:
    opened = session(sdk)
    world.pay(opened.url, ASKS_HOLDER)

    answer = world.pay(opened.url, PAYS)

    assert answer.status_code == 303
    assert sdk.checkout.sessions.retrieve(opened.id).payment_status == "paid"


def test_an_expired_session_takes_no_money(world: World, sdk: Any) -> None:
    opened = session(sdk)

    expired = sdk.checkout.sessions.expire(opened.id)

    assert (expired.status, expired.url) == ("expired", None)
    assert world.pay(opened.url).status_code == 410
    assert sdk.payment_intents.list().data == []
    with pytest.raises(stripe.InvalidRequestError):
        sdk.checkout.sessions.expire(opened.id)


def test_expiring_a_session_cancels_the_payment_begun_in_it(world: World, sdk: Any) -> None:
    opened = session(sdk)
    challenge = world.pay(opened.url, ASKS_HOLDER).headers["Location"]

    sdk.checkout.sessions.expire(opened.id)

    assert sdk.payment_intents.list().data[0].status == "canceled"
    assert world.answer_bank(challenge, "complete").status_code == 404


def test_a_session_expires_by_itself(world: World, sdk: Any) -> None:
    now = int(time.time())
    world.control("PUT", "/clocks/c", legal_from=now, rate=0)
    opened = session(sdk, metadata={"clock": "c"}, expires_at=now + 1800)

    world.control("PUT", "/clocks/c", legal_from=now + 1800, rate=0)

    assert _soon(lambda: sdk.checkout.sessions.retrieve(opened.id).status == "expired")


@pytest.mark.parametrize("minutes", [29, 24 * 60 + 1])
def test_a_session_lives_from_half_an_hour_to_a_day(world: World, sdk: Any, minutes: int) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        session(sdk, expires_at=int(time.time()) + minutes * 60)

    assert refused.value.param == "expires_at"


def test_the_payment_of_a_session_is_not_confirmed_or_canceled_behind_its_back(
    world: World, sdk: Any
) -> None:
    opened = session(sdk)
    world.pay(opened.url, DECLINES)
    intent = sdk.checkout.sessions.retrieve(opened.id).payment_intent

    with pytest.raises(stripe.InvalidRequestError, match="Expire the session"):
        sdk.payment_intents.cancel(intent)
    with pytest.raises(stripe.InvalidRequestError, match="Expire the session"):
        sdk.payment_intents.confirm(intent, {"payment_method": "pm_card_visa"})


def test_a_slow_payment_completes_the_session_before_the_money_is_there(
    world: World, sdk: Any
) -> None:
    world.control("PUT", "/settlement", mode="later")
    opened = session(sdk)
    world.pay(opened.url)
    waiting = sdk.checkout.sessions.retrieve(opened.id)
    assert (waiting.status, waiting.payment_status) == ("complete", "unpaid")

    world.control("POST", f"/payments/{waiting.payment_intent}/settle", outcome="succeeded")

    assert sdk.checkout.sessions.retrieve(opened.id).payment_status == "paid"


@pytest.mark.parametrize(
    ("changed", "param"),
    [
        ({"mode": "subscription"}, "mode"),
        ({"line_items": []}, "line_items"),
        ({"payment_method_types": ["card"]}, "payment_method_types"),
        ({"locale": "tlh"}, "locale"),
        ({"customer": "cus_1"}, "customer"),
    ],
)
def test_a_session_that_cannot_be_played_is_refused(
    world: World, sdk: Any, changed: dict[str, Any], param: str
) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        session(sdk, **changed)

    assert refused.value.param == param


def test_the_lines_of_a_session_add_up(world: World, sdk: Any) -> None:
    opened = session(sdk)

    lines = sdk.checkout.sessions.line_items.list(opened.id)

    assert [(line.description, line.amount_total) for line in lines.data] == [
        ("Deposit, lot 7", 500_00)
    ]


@pytest.mark.parametrize(
    ("locale", "language", "words"),
    [("en", "en", "Local test payments"), ("zh", "zh", "本机测试支付"), ("auto", "zh", "卡号")],
)
def test_the_page_speaks_the_payers_language(
    world: World, sdk: Any, locale: str, language: str, words: str
) -> None:
    opened = session(sdk, locale=locale)

    page = world.session.get(opened.url, headers={"Accept-Language": "zh-CN,zh;q=0.9"})

    assert f'<html lang="{language}">' in page.text
    assert words in page.text


def test_the_page_loads_nothing_from_elsewhere_and_labels_every_field(
    world: World, sdk: Any
) -> None:
    opened = session(sdk)

    page = world.session.get(opened.url)

    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert not re.findall(r"<(?:script|img|link|iframe)", page.text)
    assert "src=" not in page.text
    for field in re.findall(r'<input id="(\w+)"', page.text):
        assert f'<label for="{field}">' in page.text


def test_what_a_payer_writes_is_text_and_nothing_else(world: World, sdk: Any) -> None:
    price = {"currency": "cny", "unit_amount": 1, "product_data": {"name": "<b>lot</b>"}}
    opened = session(sdk, line_items=[{"quantity": 1, "price_data": price}])

    page = world.session.get(opened.url).text

    assert "&lt;b&gt;lot&lt;/b&gt;" in page


def _soon(true: Any, seconds: float = 5) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if true():
            return True
        time.sleep(0.05)
    return False
