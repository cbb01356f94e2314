"""Guessing is slow, and locks nobody out (SEC-T7)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from app.extensions import limiter
from app.gateways.credentials import hash_password
from tests.web.conftest import Browser
from tests.web.letters import letters, link_in

GOOD = "three blue kettles"
ANNA = "anna@example.org"


@pytest.fixture(scope="module")
def throttled_settings(test_settings: dict[str, Any]) -> dict[str, Any]:
    return test_settings | {"RATELIMIT_ENABLED": True, "LIMITS_PER_ADDRESS": True}


@pytest.fixture
def app(clean_database: dict[str, str], throttled_settings: dict[str, Any]) -> Iterator[Flask]:
    from tests.conftest import _application

    for made in _application("web", throttled_settings):
        # The limiter is one for all applications of a process: the others stay without.
        limiter.enabled = False
        limiter.storage.reset()
        made.test_client_class = Browser
        yield made


@pytest.fixture
def anna(app: Flask, world: Any) -> int:
    return world.person("Anna", email=ANNA, password=hash_password(GOOD))


def guess(browser: Any, typed: str = "wrong wrong", address: str = "203.0.113.1") -> Any:
    return browser.post(
        "/account/sign-in",
        data={"email": ANNA, "password": typed},
        environ_overrides={"REMOTE_ADDR": address},
    )


def was_checked(answer: Any) -> bool:
    return "is not right" in answer.text


def test_a_hundred_tries_from_fifty_addresses_are_hardly_checked(anna: int, app: Flask) -> None:
    answers = [
        guess(app.test_client(), address=f"203.0.113.{number % 50}") for number in range(100)
    ]

    assert sum(was_checked(answer) for answer in answers) == 10
    assert "Try again in" in answers[-1].text


def test_even_the_right_password_waits_where_somebody_is_guessing(anna: int, app: Flask) -> None:
    for _ in range(10):
        guess(app.test_client())

    answer = guess(app.test_client(), GOOD)

    assert answer.status_code == 400


def test_a_browser_in_which_a_second_factor_was_given_has_tries_of_its_own(
    anna: int, app: Flask, world: Any
) -> None:
    own = app.test_client()
    guess(own, GOOD)
    own.post("/account/second-factor/send")
    code = letters(world, "code")[0]["params"]["code"]
    own.post("/account/second-factor", data={"code": code})
    own.post("/account/sign-out")
    for _ in range(20):
        guess(app.test_client())

    answer = guess(own, GOOD)

    assert answer.status_code == 302


def test_the_mark_of_a_known_browser_is_for_its_own_account(
    anna: int, app: Flask, world: Any
) -> None:
    boris = world.person("Boris", email="boris@example.org", password=hash_password(GOOD))
    browser = app.test_client()
    browser.post("/account/sign-in", data={"email": "boris@example.org", "password": GOOD})
    browser.post("/account/second-factor/send")
    code = letters(world, "code")[0]["params"]["code"]
    browser.post("/account/second-factor", data={"code": code})
    browser.post("/account/sign-out")

    answers = [guess(browser) for _ in range(12)]

    assert boris
    assert sum(was_checked(answer) for answer in answers) == 10


def test_a_new_password_by_mail_gives_the_tries_back(anna: int, app: Flask, world: Any) -> None:
    for _ in range(20):
        guess(app.test_client())
    owner = app.test_client()
    owner.post("/account/forgotten", data={"email": ANNA})
    reset = owner.post(link_in(world, "reset"), data={"password": "seven slow rivers"})

    answer = guess(app.test_client(), "seven slow rivers")

    assert reset.status_code == 302
    assert answer.status_code == 302


def test_one_address_tries_many_accounts_a_hundred_times_an_hour(app: Flask) -> None:
    def try_next(number: int) -> Any:
        return app.test_client().post(
            "/account/sign-in",
            data={"email": f"nobody{number}@example.org", "password": "wrong wrong"},
        )

    answers = [try_next(number) for number in range(102)]

    assert sum(was_checked(answer) for answer in answers) == 100


def test_a_mailbox_is_not_flooded_and_the_answer_stays_the_same(
    anna: int, app: Flask, world: Any
) -> None:
    answers = [app.test_client().post("/account/forgotten", data={"email": ANNA}) for _ in range(8)]

    assert {answer.status_code for answer in answers} == {302}
    assert len(letters(world, "reset")) == 5


def test_codes_of_an_app_are_tried_ten_times_in_ten_minutes(
    anna: int, app: Flask, world: Any
) -> None:
    from app.extensions import db
    from app.gateways.credentials import app_codes
    from app.models.people import Person

    db.session.get_one(Person, anna).tf_totp_secret = app_codes().generate_totp_secret()
    db.session.commit()
    browser = app.test_client()
    guess(browser, GOOD)

    answers = [
        browser.post("/account/second-factor", data={"code": f"{number:06}"})
        for number in range(12)
    ]

    assert sum("That code is not right" in answer.text for answer in answers) == 10
    assert "Too many tries" in answers[-1].text
