"""Accounts: asked for, confirmed, signed in to, recovered; and what somebody else cannot do."""

from __future__ import annotations

import re
from typing import Any

import psycopg
import pytest
from flask import Flask

from app.extensions import db
from app.gateways.credentials import app_codes, hash_password
from app.models.people import Person
from tests.web.letters import Telephone, letters, link_in

GOOD = "three blue kettles"
OTHER = "seven slow rivers"


def register(client: Any, email: str = "anna@example.org", password: str = GOOD) -> Any:
    return client.post(
        "/account/register",
        data={"name": "Anna", "email": email, "password": password, "locale": "zh"},
    )


def sign_in(
    client: Any, email: str = "anna@example.org", password: str = GOOD, **query: str
) -> Any:
    return client.post(
        "/account/sign-in", data={"email": email, "password": password}, query_string=query
    )


@pytest.fixture
def anna(app: Flask, world: Any) -> int:
    """Somebody with a confirmed account and a password."""
    return world.person("Anna", email="anna@example.org", password=hash_password(GOOD))


def give_app(app: Flask, person_id: int) -> Telephone:
    codes = app_codes()
    secret = codes.generate_totp_secret()
    person = db.session.get_one(Person, person_id)
    person.tf_totp_secret = secret
    db.session.commit()
    return Telephone(codes.get_totp_pretty_key(secret))


def is_signed_in(client: Any) -> bool:
    return client.get("/account/").status_code == 200


def test_an_account_is_asked_for_and_confirmed_by_link_and_password(
    world: Any, client: Any
) -> None:
    asked = register(client)

    before = sign_in(client)
    confirmed = client.post(link_in(world, "confirm"), data={"password": GOOD})

    assert asked.headers["Location"] == "/account/check-your-mail"
    assert before.status_code == 400
    assert confirmed.status_code == 302
    assert is_signed_in(client)


def test_the_link_alone_confirms_nothing_for_somebody_elses_password(
    world: Any, client: Any
) -> None:
    register(client)

    answer = client.post(link_in(world, "confirm"), data={"password": OTHER})

    assert answer.status_code == 400
    assert world.rows("SELECT confirmed_at FROM identity.people") == [(None,)]


def test_a_known_address_is_answered_like_an_unknown_one(
    anna: int, world: Any, client: Any, app: Flask
) -> None:
    known, unknown = register(client), register(app.test_client(), "boris@example.org")

    assert (known.status_code, known.headers["Location"], known.data) == (
        unknown.status_code,
        unknown.headers["Location"],
        unknown.data,
    )
    assert len(letters(world, "exists")) == len(letters(world, "confirm")) == 1
    assert world.rows("SELECT name FROM identity.people WHERE id = %s", anna) == [("Anna",)]


def test_whoever_asks_again_takes_over_an_account_that_nobody_confirmed(
    world: Any, client: Any
) -> None:
    register(client, password=OTHER)
    somebody_elses = link_in(world, "confirm")
    register(client, password=GOOD)

    old = client.post(somebody_elses, data={"password": OTHER})
    new = client.post(link_in(world, "confirm"), data={"password": GOOD})

    assert old.status_code == 400
    assert new.status_code == 302


@pytest.mark.parametrize(
    ("password", "said"),
    [
        ("short7!", "8 characters or more"),
        ("password1", "easily guessed"),
        ("Qwertyuiop", "easily guessed"),
        ("anna@example.org", "easily guessed"),
        ("87654321", "easily guessed"),
        ("x" * 257, "256 characters or fewer"),
    ],
)
def test_a_password_that_anybody_guesses_is_refused(client: Any, password: str, said: str) -> None:
    answer = register(client, password=password)

    assert answer.status_code == 400
    assert said in answer.text


@pytest.mark.parametrize(
    "password", ["hjkwertz", "x y z w 9 8", "密码不能太短的八个字", "a" * 3 + "b" * 61 + "c"]
)
def test_nothing_is_asked_of_a_password_but_length(client: Any, password: str) -> None:
    assert register(client, password=password).status_code == 302


def test_a_wrong_password_and_an_unknown_address_are_told_the_same(
    anna: int, client: Any, app: Flask
) -> None:
    wrong = sign_in(client, password=OTHER)
    unknown = sign_in(app.test_client(), "anna@example.org".replace("anna", "olga"))

    assert wrong.status_code == unknown.status_code == 400
    assert "is not right" in wrong.text
    assert strip(wrong.text) == strip(unknown.text)


def strip(page: str) -> str:
    """Without what is different on every page: the address typed, nonces and moments."""
    return re.sub(r'nonce="[^"]*"|[a-z]+@example.org|<time.*?</time>', "", page)


def test_an_unknown_address_costs_a_hash_like_a_known_one(
    anna: int, client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from app.gateways import credentials

    checked = []
    context = credentials._context()
    monkeypatch.setattr(
        credentials,
        "_context",
        lambda: type(
            "Watched",
            (),
            {
                "verify": lambda _s, *given: checked.append(1) or context.verify(*given),
                "hash": lambda _s, *given: context.hash(*given),
                "needs_update": lambda _s, hashed: context.needs_update(hashed),
            },
        )(),
    )
    sign_in(client, "olga@example.org")
    sign_in(client, "anna@example.org", OTHER)

    assert len(checked) == 2


@pytest.mark.parametrize(
    ("wanted", "leads_to"),
    [
        ("/account/security", "/account/security"),
        ("https://evil.example/", None),
        ("//evil.example/", None),
        ("/\\evil.example/", None),
        ("/\tevil", None),
        ("javascript:alert(1)", None),
    ],
)
def test_signing_in_leads_to_a_page_of_ours(
    anna: int, client: Any, wanted: str, leads_to: str | None
) -> None:
    answer = sign_in(client, next=wanted)

    assert answer.status_code == 302
    assert answer.headers["Location"] == (leads_to or "/bid/")


def test_an_address_is_the_same_in_capital_letters(anna: int, client: Any) -> None:
    assert sign_in(client, " Anna@Example.ORG ").status_code == 302


def test_signing_out_is_a_button_and_ends_the_session(anna: int, client: Any) -> None:
    sign_in(client)

    asked = client.get("/account/sign-out")
    still = is_signed_in(client)
    client.post("/account/sign-out")

    assert asked.status_code == 200
    assert still
    assert not is_signed_in(client)


def test_whoever_has_an_app_is_not_in_before_its_code(anna: int, app: Flask, client: Any) -> None:
    telephone = give_app(app, anna)

    asked = sign_in(client, next="/account/security")
    half_way = is_signed_in(client)
    client.post(asked.headers["Location"], data={"code": "000000"})
    guessed = is_signed_in(client)
    answer = client.post(asked.headers["Location"], data={"code": telephone.code()})

    assert not half_way
    assert not guessed
    assert answer.headers["Location"] == "/account/security"
    assert is_signed_in(client)


def test_a_code_of_the_app_is_taken_once(anna: int, app: Flask, client: Any) -> None:
    telephone = give_app(app, anna)
    code = telephone.code()
    sign_in(client)
    client.post("/account/second-factor", data={"code": code})
    thief = app.test_client()
    sign_in(thief)

    replayed = thief.post("/account/second-factor", data={"code": code})
    later = thief.post("/account/second-factor", data={"code": telephone.code()})

    assert replayed.status_code == 400
    assert later.status_code == 302


def test_a_reset_ends_all_sessions_and_does_not_skip_the_app(
    anna: int, app: Flask, client: Any, client_for: Any, world: Any
) -> None:
    give_app(app, anna)
    elsewhere = client_for(anna)
    client.post("/account/forgotten", data={"email": "anna@example.org"})
    link = link_in(world, "reset")

    answer = client.post(link, data={"password": OTHER})
    again = client.post(link, data={"password": GOOD})

    assert answer.headers["Location"].startswith("/account/second-factor")
    assert not is_signed_in(client)
    assert not is_signed_in(elsewhere)
    assert again.status_code == 410
    assert letters(world, "password_changed")


def test_a_reset_link_dies_with_the_password_it_was_to_replace(
    anna: int, client: Any, client_for: Any, world: Any
) -> None:
    client.post("/account/forgotten", data={"email": "anna@example.org"})
    client_for(anna).post("/account/password", data={"current": GOOD, "new": OTHER})

    answer = client.get(link_in(world, "reset"))

    assert answer.status_code == 410


def test_a_forgotten_password_says_the_same_for_unknown_addresses(
    anna: int, client: Any, world: Any
) -> None:
    known = client.post("/account/forgotten", data={"email": "anna@example.org"})
    unknown = client.post("/account/forgotten", data={"email": "olga@example.org"})

    assert (known.status_code, known.data) == (unknown.status_code, unknown.data)
    assert len(letters(world, "reset")) == 1


def test_changing_the_password_ends_the_other_sessions_and_not_this_one(
    anna: int, client_for: Any
) -> None:
    here, elsewhere = client_for(anna), client_for(anna)

    wrong = here.post("/account/password", data={"current": OTHER, "new": OTHER})
    still = is_signed_in(elsewhere)
    right = here.post("/account/password", data={"current": GOOD, "new": OTHER})

    assert wrong.status_code == 400
    assert still
    assert right.status_code == 302
    assert is_signed_in(here)
    assert not is_signed_in(elsewhere)


def test_sessions_are_listed_and_ended_one_by_one(anna: int, client_for: Any) -> None:
    here, elsewhere = client_for(anna), client_for(anna)

    [handle] = re.findall(
        r"/account/sessions/([0-9a-f]{20})/end", here.get("/account/security").text
    )
    here.post(f"/account/sessions/{handle}/end")

    assert is_signed_in(here)
    assert not is_signed_in(elsewhere)


def test_nobody_ends_the_session_of_somebody_else(anna: int, world: Any, client_for: Any) -> None:
    boris, here = client_for(world.person("Boris")), client_for(anna)
    [(theirs,)] = world.rows(
        "SELECT encode(id_hash, 'hex') FROM identity.sessions WHERE person_id = %s", anna
    )

    answers = [
        boris.post(f"/account/sessions/{theirs[:20]}/end"),
        boris.post("/account/sessions/%25/end"),
        boris.post("/account/sessions//end"),
    ]

    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert is_signed_in(here)


def test_a_bidder_steps_up_with_a_code_by_mail_that_stands_in_the_letter_alone(
    anna: int, world: Any, client_for: Any
) -> None:
    browser = client_for(anna, second_factor=False)
    browser.post("/account/second-factor/send")
    code = letters(world, "code")[0]["params"]["code"]

    wrong = browser.post("/account/second-factor", data={"code": "12345"})
    right = browser.post(
        "/account/second-factor", data={"code": code}, query_string={"next": "/account/security"}
    )

    assert wrong.status_code == 400
    assert right.headers["Location"] == "/account/security"
    [(content,)] = world.rows(
        "SELECT string_agg(content::text, '') FROM identity.sessions WHERE ended_at IS NULL"
    )
    assert code not in content
    assert '"second_factor_by": "mail"' in content


def test_a_mail_code_is_good_five_times_ten_minutes_and_one_browser(
    anna: int, world: Any, client_for: Any
) -> None:
    browser, other = client_for(anna, second_factor=False), client_for(anna, second_factor=False)
    browser.post("/account/second-factor/send")
    code = letters(world, "code")[0]["params"]["code"]

    elsewhere = other.post("/account/second-factor", data={"code": code})
    for _ in range(5):
        browser.post("/account/second-factor", data={"code": "999999"})
    too_late = browser.post("/account/second-factor", data={"code": code})

    assert elsewhere.status_code == 200
    assert "Too many tries" in too_late.text


def test_a_mail_code_grows_old(anna: int, world: Any, client_for: Any) -> None:
    browser = client_for(anna, second_factor=False)
    browser.post("/account/second-factor/send")
    code = letters(world, "code")[0]["params"]["code"]
    with browser.session_transaction() as session:
        kept = dict(session["mail_code"])
        kept["expires_at"] = kept["expires_at"].replace(year=2020)
        session["mail_code"] = kept

    answer = browser.post("/account/second-factor", data={"code": code})

    assert "too old" in answer.text


def test_an_app_is_set_up_with_a_first_code_and_recovery_codes_shown_once(
    anna: int, world: Any, client_for: Any
) -> None:
    browser = client_for(anna, by="mail")
    page = browser.get("/account/authenticator").text
    key = re.search(r"luo-mono\">([A-Z2-7-]+)<", page).group(1)
    telephone = Telephone(key)

    browser.post("/account/authenticator", data={"code": telephone.code()})
    first, second = browser.get("/account/recovery-codes"), browser.get("/account/recovery-codes")

    codes = re.findall(r"[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}", first.text)
    assert len(codes) == 8
    assert second.status_code == 302
    [(row,)] = world.rows("SELECT to_jsonb(p)::text FROM identity.people p")
    assert key.replace("-", "") not in row
    assert not any(code in row or code.replace("-", "") in row for code in codes)


def test_a_recovery_code_lets_in_once(anna: int, app: Flask, client: Any, client_for: Any) -> None:
    telephone = give_app(app, anna)
    owner = client_for(anna)
    owner.post("/account/recovery-codes/new", data={"code": telephone.code()})
    code = re.search(
        r"[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}", owner.get("/account/recovery-codes").text
    )
    assert code is not None
    sign_in(client)

    first = client.post("/account/second-factor", data={"code": code[0].upper()})
    again = app.test_client()
    sign_in(again)
    second = again.post("/account/second-factor", data={"code": code[0]})

    assert first.status_code == 302
    assert second.status_code == 400


def test_a_password_alone_sets_up_no_app(anna: int, client: Any) -> None:
    sign_in(client)

    answer = client.get("/account/authenticator")

    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/account/second-factor")


def test_people_with_duties_cannot_remove_their_app(
    app: Flask, world: Any, client_for: Any
) -> None:
    operator = world.person("Olga", is_operator=True)
    telephone = give_app(app, operator)

    answer = client_for(operator).post(
        "/account/authenticator/remove", data={"code": telephone.code()}
    )

    assert "need an authenticator app" in answer.text


def test_a_code_by_mail_does_not_open_the_operators_pages(world: Any, client_for: Any) -> None:
    operator = world.person("Olga", is_operator=True)

    by_mail = client_for(operator, by="mail").get("/operator/courts")
    by_app = client_for(operator).get("/operator/courts")

    assert by_mail.headers["Location"].startswith("/account/second-factor")
    assert by_app.status_code == 200


def test_details_are_changed_by_their_owner_and_nothing_else_is(
    anna: int, world: Any, client_for: Any
) -> None:
    client_for(anna).post(
        "/account/details",
        data={
            "name": "Anna Chen",
            "phone": "+86 755 1234 5678",
            "id_number": "440301199001011234",
            "address": "1 Harbour Street",
            "locale": "zh",
            "is_operator": "1",
            "email": "other@example.org",
        },
    )

    [row] = world.rows(
        "SELECT name, locale, is_operator, email FROM identity.people WHERE id = %s", anna
    )
    assert row == ("Anna Chen", "zh", False, "anna@example.org")


def test_no_page_can_make_an_operator(anna: int, app: Flask) -> None:
    person = db.session.get_one(Person, anna)
    person.is_operator = True

    with pytest.raises(Exception, match="no page makes an operator"):
        db.session.commit()
    db.session.rollback()


def test_an_operator_is_made_from_the_command_line(app: Flask, world: Any, client: Any) -> None:
    from app.cli.people import create_operator_command

    made = app.test_cli_runner().invoke(
        create_operator_command, ["olga@luochui.example", "Olga"], input=f"{GOOD}\n{GOOD}\n"
    )
    key = re.search(r"Key for the authenticator app: (\S+)", made.output).group(1)
    sign_in(client, "olga@luochui.example")
    answer = client.post("/account/second-factor", data={"code": Telephone(key).code()})

    assert made.exit_code == 0
    assert answer.status_code == 302
    assert client.get("/operator/courts").status_code == 200


@pytest.mark.parametrize("locale", ["en", "zh"])
def test_every_letter_is_worded_in_both_languages(app: Flask, locale: str) -> None:
    from app.services.letters_account import KINDS, account_letter

    params = {
        "link": "https://sales.example/x",
        "code": "123456",
        "minutes": 10,
        "court_en": "Court",
        "court_zh": "法院",
        "role": "judge",
        "roles": ["judge", "clerk"],
        "reason": "left",
    }
    for kind in KINDS:
        subject, body = account_letter(kind, params, locale)

        assert subject
        assert "\n" not in subject
        assert ("您" in body) is (locale == "zh")


def test_idle_people_with_a_deposit_on_a_closing_lot_stay_signed_in(
    app: Flask, world: Any, client_for: Any, anna: int
) -> None:
    from datetime import timedelta

    from tests.world import NOON

    court = world.court(rehearsal_at=NOON - timedelta(minutes=14))
    sale = world.sale(court)
    registration = world.bidder(sale, "K7")
    participate(app, anna, registration)
    waiting, idle = client_for(anna), client_for(world.person("Boris"))
    with psycopg.connect(world.url, autocommit=True) as connection:
        connection.execute("UPDATE identity.sessions SET seen_at = now() - interval '2 hours'")

    assert is_signed_in(waiting)
    assert not is_signed_in(idle)


def participate(app: Flask, person_id: int, registration_id: int) -> None:
    from app.gateways.seal import Locker, blind_index
    from app.models.people import Participation

    key = app.config["BLIND_INDEX_KEY"]
    db.session.add(
        Participation(
            person_index=blind_index(key, "person", person_id),
            sealed_registration=Locker(key, "participation").lock(registration_id),
        )
    )
    db.session.commit()
