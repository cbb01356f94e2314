"""Gates: every route has one, and what they turn away (SEC-T3, T5, T6)."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Blueprint, Flask, request

from app.extensions import csrf
from app.web.gates import (
    RouteWithoutGate,
    as_marked,
    ensure_every_route_has_a_gate,
    gate_of,
    gated,
    open_to_all,
)
from tests.staff import appoint, staffed_court
from tests.web.addresses import all_addresses
from tests.web.conftest import Browser

# Whoever may come in without an account; every other route asks who it is.
OPEN_BLUEPRINTS = {"assets", "public", "webhooks"}
OPEN_VIEWS = {
    "account.sign_in",
    "account.sign_out",
    "account.register",
    "account.check_mail",
    "account.confirm",
    "account.forgotten",
    "account.reset",
    "account.invitation",
}


def test_every_route_has_a_gate_and_few_are_open(app: Flask) -> None:
    ensure_every_route_has_a_gate(app)

    open_views = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if gate_of(app, rule.endpoint) is open_to_all
        and rule.endpoint.partition(".")[0] not in OPEN_BLUEPRINTS
    }
    assert open_views == OPEN_VIEWS


def a_small_app(blueprint: Blueprint) -> Flask:
    small = Flask("small", static_folder=None)

    @blueprint.get("/page")
    def page() -> str:
        return "seen"

    small.register_blueprint(blueprint)
    return small


def test_the_start_fails_for_a_blueprint_without_a_gate() -> None:
    small = a_small_app(Blueprint("loose", __name__))

    with pytest.raises(RouteWithoutGate, match=r"loose\.page"):
        ensure_every_route_has_a_gate(small)


def test_the_start_fails_for_a_view_that_does_not_say_whom_it_is_for() -> None:
    small = a_small_app(gated(Blueprint("marked", __name__), as_marked))

    with pytest.raises(RouteWithoutGate, match=r"marked\.page"):
        ensure_every_route_has_a_gate(small)


def test_the_start_fails_for_a_route_outside_all_blueprints() -> None:
    small = Flask("small", static_folder=None)
    small.add_url_rule("/page", "page", lambda: "seen")

    with pytest.raises(RouteWithoutGate, match="page"):
        ensure_every_route_has_a_gate(small)


def test_a_request_under_a_name_that_is_not_ours_is_refused(client: Any) -> None:
    forged = client.get("/account/sign-in", headers={"Host": "evil.example"})
    forwarded = client.get("/account/sign-in", headers={"X-Forwarded-Host": "evil.example"})

    assert forged.status_code == 400
    assert forwarded.status_code == 200
    assert "evil.example" not in forwarded.text


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "same-origin"}, 302),
        ({"Sec-Fetch-Site": "none"}, 302),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://127.0.0.1:9"}, 403),
        ({"Origin": "http://127.0.0.1:8000"}, 302),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://127.0.0.1:8000"}, 403),
        ({}, 302),
    ],
)
def test_a_request_that_another_site_sent_changes_nothing(
    world: Any, client_for: Any, headers: dict[str, str], status: int
) -> None:
    browser = client_for(world.person())

    answer = browser.post("/account/sign-out", headers=headers)

    assert answer.status_code == status
    assert (browser.get("/account/").status_code == 200) is (status == 403)


@pytest.fixture(scope="module")
def strict_settings(test_settings: dict[str, Any]) -> dict[str, Any]:
    return test_settings | {"WTF_CSRF_ENABLED": True}


@pytest.fixture
def strict(clean_database: dict[str, str], strict_settings: dict[str, Any]) -> Any:
    from tests.conftest import _application

    for made in _application("web", strict_settings):
        made.test_client_class = Browser
        yield made


def test_every_form_needs_the_token_of_its_session(strict: Flask) -> None:
    """Only hooks that other servers call are without one; they bring a signature instead."""
    without = []
    client = strict.test_client()
    for method, address, endpoint in all_addresses(strict):
        if method != "GET" and client.open(address, method=method).status_code != 400:
            without.append(endpoint)

    assert without == []
    assert {name for name in csrf._exempt_views if "webhooks" not in name} == set()
    assert set(csrf._exempt_blueprints) <= {"webhooks"}


def test_an_address_that_a_stranger_writes_into_a_header_counts_for_nothing(
    app: Flask, test_settings: dict[str, Any]
) -> None:
    from app import create_app

    behind_one = create_app("web", test_settings | {"TRUSTED_PROXY_HOPS": 1})
    forged = {"X-Forwarded-For": "10.9.9.9, 203.0.113.7"}

    assert seen_address(app, forged) == "127.0.0.1"
    assert seen_address(behind_one, forged) == "203.0.113.7"


def seen_address(app: Flask, headers: dict[str, str]) -> str | None:
    seen = []
    wrapped = app.wsgi_app
    app.wsgi_app, inner = wrapped, app.full_dispatch_request

    def look() -> Any:
        seen.append(request.remote_addr)
        return inner()

    app.full_dispatch_request = look
    try:
        with app.app_context():
            app.test_client().get("/account/sign-in", headers=headers)
    finally:
        del app.full_dispatch_request
    return seen[0]


def test_a_court_does_not_exist_for_people_of_another(
    app: Flask, world: Any, client_for: Any
) -> None:
    ours, theirs = staffed_court(world), staffed_court(world)
    chen = client_for(ours.chen)

    assert chen.get(f"/court/{ours.public_id}/people").status_code == 200
    assert chen.get(f"/court/{theirs.public_id}/people").status_code == 404
    assert chen.get("/court/0000000000/people").status_code == 404


def test_a_page_for_presidents_does_not_exist_for_a_clerk(
    app: Flask, world: Any, client_for: Any
) -> None:
    court = staffed_court(world)
    address = f"/court/{court.public_id}/people/invite"

    assert client_for(court.chen).get(address).status_code == 200
    assert client_for(court.clerk).get(address).status_code == 404


def test_a_role_that_ended_opens_nothing_from_the_next_request_on(
    app: Flask, world: Any, client_for: Any
) -> None:
    court = staffed_court(world)
    judge = appoint(world, court.id, world.person("Sun"), "judge")
    browser, address = client_for(judge), f"/court/{court.public_id}/people"
    before = browser.get(address).status_code
    with world.session() as session:
        from sqlalchemy import text

        session.execute(
            text("UPDATE court_memberships SET ended_at = now() WHERE person_id = :judge"),
            {"judge": judge},
        )
        session.commit()

    assert before == 200
    assert browser.get(address).status_code == 404


def test_a_password_or_a_code_by_mail_does_not_open_a_court(
    app: Flask, world: Any, client_for: Any
) -> None:
    court = staffed_court(world)
    address = f"/court/{court.public_id}/people"

    answers = [
        client_for(court.chen, second_factor=False).get(address),
        client_for(court.chen, by="mail").get(address),
        client_for(court.chen, by="mail").post(f"{address}/resign"),
    ]

    assert [answer.status_code for answer in answers] == [302, 302, 401]
    assert all("/account/second-factor" in answer.headers["Location"] for answer in answers[:2])
