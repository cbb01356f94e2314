"""Browsers for the tests of the web: each request is one of its own, as in life."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.extensions import db
from app.models.people import Person
from app.web.sessions import StoredSession
from tests.conftest import no_server_goes_away

SignedIn = Callable[..., FlaskClient]


class Browser(FlaskClient):
    """A client whose requests do not share what Flask keeps for one request."""

    def open(self, *args: Any, **options: Any) -> Any:
        with self.application.app_context():
            return super().open(*args, **options)


@pytest.fixture(scope="package", autouse=True)
def _no_server_goes_away() -> Iterator[None]:
    with no_server_goes_away():
        yield


@pytest.fixture(scope="session")
def test_settings(test_settings: dict[str, Any]) -> dict[str, Any]:
    """Passwords are hashed as in life, but cheaply."""
    cheap = {"argon2__time_cost": 1, "argon2__memory_cost": 64, "argon2__parallelism": 1}
    return {
        **test_settings,
        "SECURITY_PASSWORD_HASH_PASSLIB_OPTIONS": cheap,
        "STEADY_STEP_SECONDS": 0,
    }


@pytest.fixture
def app(app: Flask) -> Flask:
    app.test_client_class = Browser
    return app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser that nobody has signed in with."""
    return app.test_client()


@pytest.fixture
def client_for(app: Flask) -> SignedIn:
    """`client_for(person_id)`: a browser that this person has signed in with.

    With a second factor, as staff and depositors have it; `by="mail"` for the one-time code that
    bidders get, `second_factor=False` for somebody who gave a password only.
    """

    def sign_in(person_id: int, second_factor: bool = True, by: str = "app") -> FlaskClient:
        browser = app.test_client()
        content = {"_fresh": True, "fs_paa": datetime.now(UTC).timestamp()}
        with app.app_context():
            content["_user_id"] = db.session.get_one(Person, person_id).fs_uniquifier
        if second_factor:
            content |= {"second_factor_at": datetime.now(UTC), "second_factor_by": by}
        _open_session(app, browser, content)
        return browser

    return sign_in


def _open_session(app: Flask, browser: FlaskClient, content: dict[str, Any]) -> None:
    with app.test_request_context(headers={"User-Agent": browser.environ_base["HTTP_USER_AGENT"]}):
        opened, response = StoredSession(), app.response_class()
        opened.update(content)
        app.session_interface.save_session(app, opened, response)
    name = app.session_interface.get_cookie_name(app)
    cookie = response.headers["Set-Cookie"].partition(";")[0].partition("=")[2]
    is_secure = name.startswith("__Host-")
    host = urlsplit(app.config["PUBLIC_URL"]).hostname if is_secure else "localhost"
    browser.set_cookie(name, cookie, secure=is_secure, domain=host or "localhost")
