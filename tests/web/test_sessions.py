"""Sessions: kept by us, ended by us, worth nothing once they are over (SEC-S1, S2, T6)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from flask import Blueprint, Flask, session
from flask_login import encode_cookie

from app.extensions import db
from app.models.people import Person
from app.web.gates import gated, open_to_all, signed_in, signed_in_person, viewer
from tests.web.failing import refusing
from tests.world import World

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0"
NEWER_FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:151.0) Gecko/20100101 Firefox/151.0"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Safari/605.1.15"


@pytest.fixture(scope="session")
def test_settings(test_settings: dict[str, Any]) -> dict[str, Any]:
    """An application of its own: with the pages below, which nobody else should find."""
    return {**test_settings, "HAS_PROBES": True}


@pytest.fixture
def probe(app: Flask) -> Flask:
    if "private" not in app.blueprints:
        _add_probes(app)
    return app


def _add_probes(app: Flask) -> None:
    """Pages that do what pages do to sessions."""
    private, public = Blueprint("private", __name__), Blueprint("open", __name__)

    @private.get("/probe/mine")
    def mine() -> str:
        return signed_in_person().name

    @public.get("/probe/anybody")
    def anybody() -> str:
        person = viewer()
        return person.name if person else "nobody"

    @public.get("/probe/keep/<name>/<value>")
    def keep(name: str, value: str) -> str:
        session[name] = value
        return "kept"

    @public.get("/probe/clear")
    def clear() -> str:
        session.clear()
        return "cleared"

    app.register_blueprint(gated(private, signed_in))
    app.register_blueprint(gated(public, open_to_all))


def sql(world: Any, statement: str, *values: Any) -> None:
    with psycopg.connect(world.url, autocommit=True) as connection:
        connection.execute(statement, values)


def cookie_of(app: Flask, browser: Any) -> str:
    found = browser.get_cookie(app.session_interface.get_cookie_name(app))
    assert found is not None
    return found.value


def test_a_person_with_a_session_is_known(probe: Flask, world: Any, client_for: Any) -> None:
    browser = client_for(world.person("Wang Li"))

    answer = browser.get("/probe/mine")

    assert answer.text == "Wang Li"


def test_two_browsers_are_two_people(probe: Flask, world: Any, client_for: Any) -> None:
    anna, boris = client_for(world.person("Anna")), client_for(world.person("Boris"))

    answers = [anna.get("/probe/mine"), boris.get("/probe/mine"), anna.get("/probe/mine")]

    assert [answer.text for answer in answers] == ["Anna", "Boris", "Anna"]


def test_a_visitor_leaves_no_row_until_something_is_kept(
    probe: Flask, world: Any, client: Any
) -> None:
    looked = client.get("/probe/anybody")
    before = world.rows("SELECT count(*) FROM identity.sessions")[0][0]
    client.get("/probe/keep/colour/red")

    assert "Set-Cookie" not in looked.headers
    assert before == 0
    assert world.rows("SELECT count(*) FROM identity.sessions")[0][0] == 1


def test_the_table_does_not_hold_what_the_cookie_holds(
    probe: Flask, world: Any, client_for: Any
) -> None:
    browser = client_for(world.person())

    key = cookie_of(probe, browser)

    [(row,)] = world.rows("SELECT to_jsonb(s)::text FROM identity.sessions s")
    assert key not in row
    assert key.encode().hex() not in row


def test_an_old_cookie_is_dead_after_signing_out(probe: Flask, world: Any, client_for: Any) -> None:
    browser = client_for(world.person())
    key = cookie_of(probe, browser)
    browser.get("/probe/clear")
    thief = probe.test_client()
    thief.set_cookie("luochui", key)

    answer = thief.get("/probe/mine")

    assert answer.status_code == 302
    assert world.rows("SELECT end_reason, content::text FROM identity.sessions") == [
        ("signed_out", "{}")
    ]


def test_an_id_planted_before_signing_in_leads_nowhere(
    probe: Flask, world: Any, client: Any
) -> None:
    person = world.person("Anna")
    [(uniquifier,)] = world.rows("SELECT fs_uniquifier FROM identity.people WHERE id = %s", person)
    client.get("/probe/keep/colour/red")
    planted = cookie_of(probe, client)

    client.get(f"/probe/keep/_user_id/{uniquifier}")

    thief = probe.test_client()
    thief.set_cookie("luochui", planted)
    assert client.get("/probe/anybody").text == "Anna"
    assert thief.get("/probe/anybody").text == "nobody"


def test_stepping_up_gives_a_new_id_and_keeps_the_end(
    probe: Flask, world: Any, client_for: Any
) -> None:
    browser = client_for(world.person("Anna"), second_factor=False)
    before = cookie_of(probe, browser)
    sql(world, "UPDATE identity.sessions SET expires_at = now() + interval '1 hour'")

    browser.get("/probe/keep/second_factor_at/now")

    assert cookie_of(probe, browser) != before
    assert browser.get("/probe/mine").text == "Anna"
    [(left,)] = world.rows(
        "SELECT expires_at - now() FROM identity.sessions WHERE ended_at IS NULL"
    )
    assert left <= timedelta(hours=1)


def test_a_session_cannot_bring_its_own_id(probe: Flask, client: Any) -> None:
    client.set_cookie("luochui", "chosen-by-somebody-else")

    client.get("/probe/keep/colour/red")

    assert cookie_of(probe, client) != "chosen-by-somebody-else"


@pytest.mark.parametrize(
    ("change", "is_known"),
    [
        ("seen_at = now() - interval '29 minutes'", True),
        ("seen_at = now() - interval '31 minutes'", False),
        ("expires_at = now() - interval '1 second'", False),
        ("ended_at = now()", False),
    ],
)
def test_a_session_ends_when_idle_and_when_old(
    probe: Flask, world: Any, client_for: Any, change: str, is_known: bool
) -> None:
    browser = client_for(world.person("Anna"))
    sql(world, f"UPDATE identity.sessions SET {change}")

    answer = browser.get("/probe/anybody")

    assert (answer.text == "Anna") is is_known


def test_being_seen_is_written_down_once_a_minute(
    probe: Flask, world: Any, client_for: Any
) -> None:
    browser = client_for(world.person())
    [(first,)] = world.rows("SELECT seen_at FROM identity.sessions")
    browser.get("/probe/mine")
    [(second,)] = world.rows("SELECT seen_at FROM identity.sessions")
    sql(world, "UPDATE identity.sessions SET seen_at = now() - interval '61 seconds'")
    browser.get("/probe/mine")
    [(third,)] = world.rows("SELECT seen_at FROM identity.sessions")

    assert first == second
    assert datetime.now(UTC) - third < timedelta(seconds=30)


def test_a_stolen_cookie_is_no_use_in_another_kind_of_browser(
    probe: Flask, world: Any, client: Any
) -> None:
    client.get("/probe/keep/colour/red", headers={"User-Agent": FIREFOX})
    sql(world, "UPDATE identity.sessions SET person_id = %s", world.person("Anna"))
    sql(
        world,
        "UPDATE identity.sessions SET content = jsonb_build_object('_user_id',"
        " (SELECT fs_uniquifier FROM identity.people))",
    )

    updated = client.get("/probe/anybody", headers={"User-Agent": NEWER_FIREFOX})
    stolen = client.get("/probe/anybody", headers={"User-Agent": PHONE})

    assert updated.text == "Anna"
    assert stolen.text == "nobody"


def test_a_closed_account_has_no_session_left(probe: Flask, world: Any, client_for: Any) -> None:
    browser = client_for(world.person("Anna"))
    sql(world, "UPDATE identity.people SET active = false")

    assert browser.get("/probe/anybody").text == "nobody"


def test_no_token_in_an_address_or_a_header_lets_anybody_in(
    probe: Flask, world: Any, client: Any
) -> None:
    with probe.test_request_context():
        token = db.session.get_one(Person, world.person("Anna")).get_auth_token()

    answers = [
        client.get("/probe/anybody", query_string={"auth_token": token}),
        client.get("/probe/anybody", headers={"Authentication-Token": token}),
    ]

    assert [answer.text for answer in answers] == ["nobody", "nobody"]


def test_no_cookie_outlives_its_session(probe: Flask, world: Any, client: Any) -> None:
    with probe.test_request_context():
        anna = db.session.get_one(Person, world.person("Anna"))
        client.set_cookie("remember_token", encode_cookie(anna.fs_uniquifier))

    answers = [client.get("/probe/anybody").text for _ in range(2)]

    assert answers == ["nobody", "nobody"]


def test_the_cookie_is_for_this_host_and_https_alone(probe: Flask, client: Any) -> None:
    probe.config["PUBLIC_URL"] = "https://sales.example"
    probe.config["TRUSTED_HOSTS"] = ["sales.example"]

    answer = client.get("/probe/keep/colour/red", base_url="https://sales.example")

    [cookie] = answer.headers.getlist("Set-Cookie")
    name, *attributes = cookie.split("; ")
    assert name.startswith("__Host-luochui=")
    assert set(attributes) == {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"}


def test_strangers_of_yesterday_are_swept_up(probe: Flask, world: Any, client: Any) -> None:
    client.get("/probe/keep/colour/red")
    sql(world, "UPDATE identity.sessions SET seen_at = now() - interval '25 hours'")

    probe.test_client().get("/probe/keep/colour/blue")

    assert world.rows("SELECT count(*) FROM identity.sessions")[0][0] == 1


@pytest.mark.parametrize(("state", "status"), [("55P03", 503), ("22012", 500)])
def test_a_session_that_cannot_be_written_is_said_in_words_with_a_reference(
    probe: Flask, world: World, state: str, status: int
) -> None:
    """It is written after the view; what fails there meets no handler by itself."""
    probe.config.update(TESTING=False, PROPAGATE_EXCEPTIONS=False)

    with refusing(world, "INSERT", "identity.sessions", state):
        answer = probe.test_client().get("/probe/keep/a/b", headers={"Accept": "application/json"})

    assert answer.status_code == status
    assert len(answer.get_json()["reference"]) == 8
