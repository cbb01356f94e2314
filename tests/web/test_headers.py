"""The same headers on every route, whatever it answers (SEC-T18, T20; ASVS 3.4)."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask

from tests.web.addresses import all_addresses


def faults(answer: Any) -> list[str]:
    """Which of the headers are not as they have to be."""
    policy = dict(
        part.strip().partition(" ")[::2]
        for part in answer.headers.get("Content-Security-Policy", "").split(";")
    )
    wanted = {
        "nosniff": answer.headers.get("X-Content-Type-Options") == "nosniff",
        "no frames": policy.get("frame-ancestors") == "'none'",
        "no base": policy.get("base-uri") == "'none'",
        "no objects": policy.get("object-src") == "'none'",
        "own scripts": "unsafe" not in policy.get("script-src", "unsafe"),
        "own styles": "unsafe" not in policy.get("style-src", "unsafe"),
        "no foreign default": policy.get("default-src") in ("'self'", "'none'"),
        "referrer": answer.headers.get("Referrer-Policy") == "same-origin",
        "opener": answer.headers.get("Cross-Origin-Opener-Policy") == "same-origin",
        "resource": answer.headers.get("Cross-Origin-Resource-Policy") == "same-origin",
        "sharing": "Access-Control-Allow-Origin" not in answer.headers,
        "no server": "Python" not in answer.headers.get("Server", ""),
    }
    return [name for name, is_right in wanted.items() if not is_right]


def test_every_route_keeps_pages_to_themselves(app: Flask, client: Any) -> None:
    wrong = {}
    for method, address, _endpoint in all_addresses(app):
        answer = client.open(address, method=method, buffered=True)
        if found := faults(answer):
            wrong[f"{method} {address}"] = found

    assert wrong == {}


def test_what_a_signed_in_person_sees_is_not_kept_by_the_browser(
    app: Flask, world: Any, client_for: Any
) -> None:
    browser = client_for(world.person())

    kept = [
        address
        for method, address, _endpoint in all_addresses(app)
        if not address.startswith(("/static/", "/vendor/"))
        # What a page asks by itself is public, and answered without looking who asks.
        and not address.endswith(("/time", "/snapshot.json"))
        and method == "GET"
        and address != "/account/sign-out"
        and "no-store" not in browser.get(address).headers.get("Cache-Control", "")
    ]

    assert kept == []


def test_files_of_the_platform_may_be_kept_by_everybody(
    world: Any, client: Any, client_for: Any
) -> None:
    address = "/static/js/page.js"

    for browser in (client, client_for(world.person())):
        answer = browser.get(address, buffered=True)
        assert answer.status_code == 200
        assert "public" in answer.headers["Cache-Control"]
        assert "no-store" not in answer.headers["Cache-Control"]
        assert "Cookie" not in answer.headers.get("Vary", "")


def test_each_answer_has_a_nonce_of_its_own(client: Any) -> None:
    nonces = [
        re.findall(
            r"'nonce-([^']+)'", client.get("/account/sign-in").headers["Content-Security-Policy"]
        )[0]
        for _ in range(3)
    ]

    assert len(set(nonces)) == 3


@pytest.mark.parametrize(("production", "is_there"), [(True, True), (False, False)])
def test_production_is_https_for_two_years(
    app: Flask, client: Any, production: bool, is_there: bool
) -> None:
    app.config["PRODUCTION"] = production

    answer = client.get("/account/sign-in")

    assert ("max-age=63072000" in answer.headers.get("Strict-Transport-Security", "")) is is_there


def test_every_cookie_is_for_this_host_and_unreadable_to_scripts(
    app: Flask, world: Any, client_for: Any
) -> None:
    app.config.update(PUBLIC_URL="https://sales.example", TRUSTED_HOSTS=["sales.example"])
    app.config["PRODUCTION"] = True
    browser = client_for(world.person(), second_factor=False)

    cookies = []
    for path in ("/account/sign-in?lang=zh", "/account/register", "/account/?lang=en"):
        cookies += browser.get(path, base_url="https://sales.example").headers.getlist("Set-Cookie")
    cookies += browser.post("/account/sign-out", base_url="https://sales.example").headers.getlist(
        "Set-Cookie"
    )

    assert cookies
    for cookie in cookies:
        attributes = {part.strip().partition("=")[0] for part in cookie.split(";")[1:]}
        assert {"Secure", "SameSite"} <= attributes, cookie
        # The language is not a secret, and pages may read it.
        assert "HttpOnly" in attributes or cookie.startswith("lang="), cookie
        assert "Domain" not in attributes
