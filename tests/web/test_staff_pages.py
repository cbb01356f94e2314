"""The pages on which courts get their people, and rehearsal courts their time."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from tests.staff import StaffedCourt, appoint, public_id, roles, staffed_court
from tests.web.letters import Telephone, letters, link_in
from tests.world import NOON

HARBOUR = {
    "name_zh": "港湾区人民法院",
    "name_en": "Harbour District Court",
    "region": "Shenzhen",
    "contact": "0755-1234567",
    "account_name": "Harbour District Court",
    "account_number": "6222000011112222",
    "account_bank": "Bank of Rehearsal",
    "timezone": "Asia/Shanghai",
    "is_rehearsal": "no",
}


@pytest.fixture
def court(app: Flask, world: Any) -> StaffedCourt:
    return staffed_court(world)


def people(court: StaffedCourt, path: str = "") -> str:
    return f"/court/{court.public_id}/people{path}"


def decide(browser: Any, address: str, word: str = "approve") -> Any:
    """Read the page of a proposal and answer as its form asks."""
    page = browser.get(address).text
    shown = re.search(r'name="payload_hash"[^>]*value="([0-9a-f]{64})"', page)
    assert shown, page
    return browser.post(address, data={"word": word, "payload_hash": shown[1]})


def proposal_link(browser: Any, page: str) -> str:
    found = re.search(r'href="([^"]*/proposals/[0-9a-z]+)"', browser.get(page).text)
    assert found
    return found[1]


def test_a_clerk_comes_to_a_court_by_two_presidents_a_letter_and_an_app(
    court: StaffedCourt, app: Flask, world: Any, client_for: Any
) -> None:
    chen, liu = client_for(court.chen), client_for(court.liu)
    chen.post(people(court, "/invite"), data={"email": "new@court.example", "role": "clerk"})

    decide(liu, proposal_link(liu, people(court)))
    newcomer = app.test_client()
    newcomer.post(
        link_in(world, "invitation"),
        data={"name": "New", "password": "three blue kettles", "locale": "en"},
    )
    asked = newcomer.get(people(court))
    page = newcomer.get("/account/authenticator").text
    key = re.search(r"luo-mono\">([A-Z2-7-]+)<", page)
    assert key
    newcomer.post("/account/authenticator", data={"code": Telephone(key[1]).code()})

    assert "/account/second-factor" in asked.headers["Location"]
    assert newcomer.get(people(court)).status_code == 200
    assert "New" in chen.get(people(court)).text


def test_the_page_shows_who_has_which_role_given_by_whom(
    court: StaffedCourt, client_for: Any
) -> None:
    page = client_for(court.clerk).get(people(court)).text

    assert all(name in page for name in ("Chen", "Liu", "Zhao", "First operator"))
    assert "Propose a change" not in page
    assert "Invite somebody" not in page


def test_a_proposal_is_decided_by_the_other_president_on_its_page(
    court: StaffedCourt, world: Any, client_for: Any
) -> None:
    chen, liu = client_for(court.chen), client_for(court.liu)
    clerk = public_id(world, court.clerk)
    chen.post(people(court, f"/{clerk}/role"), data={"role": "finance"})
    link = proposal_link(chen, people(court))

    mine = chen.get(link).text
    forced = chen.post(link, data={"word": "approve", "payload_hash": hash_of(world)})
    other = liu.post(link, data={"word": "approve", "payload_hash": "0" * 64})
    before = roles(world, court.id, court.clerk)
    answer = decide(liu, link)

    assert "Another president decides" in mine
    assert forced.status_code == other.status_code == 400
    assert before == {"clerk"}
    assert answer.status_code == 302
    assert roles(world, court.id, court.clerk) == {"clerk", "finance"}


def hash_of(world: Any) -> str:
    return str(world.rows("SELECT payload_hash FROM proposals")[0][0])


def test_a_proposal_that_is_turned_down_changes_nothing(
    court: StaffedCourt, world: Any, client_for: Any
) -> None:
    chen, liu = client_for(court.chen), client_for(court.liu)
    clerk = public_id(world, court.clerk)
    chen.post(people(court, f"/{clerk}/end"), data={"role": "all", "reason": "moves away"})

    decide(liu, proposal_link(liu, people(court)), "refuse")

    assert roles(world, court.id, court.clerk) == {"clerk"}
    assert "moves away" not in liu.get(people(court)).text


def test_whoever_leaves_is_signed_out_and_told_why(
    court: StaffedCourt, world: Any, client_for: Any
) -> None:
    chen, liu, clerk = (client_for(one) for one in (court.chen, court.liu, court.clerk))
    leaver = public_id(world, court.clerk)
    chen.post(people(court, f"/{leaver}/end"), data={"role": "all", "reason": "moves away"})

    decide(liu, proposal_link(liu, people(court)))

    assert clerk.get("/account/").status_code == 302
    assert letters(world, "roles_ended")[0]["params"]["reason"] == "moves away"


def test_a_mistake_keeps_what_was_typed(court: StaffedCourt, client_for: Any) -> None:
    answer = client_for(court.chen).post(people(court, "/invite"), data={"email": "not-an-address"})

    assert answer.status_code == 400
    assert "There is a problem" in answer.text
    assert 'value="not-an-address"' in answer.text
    assert "Choose a role" in answer.text


def test_roles_that_are_held_are_not_offered_again(
    court: StaffedCourt, world: Any, client_for: Any
) -> None:
    chen, clerk = client_for(court.chen), public_id(world, court.clerk)

    offered = re.findall(
        r'id="give-role[^"]*"[^>]*value="(\w+)"', chen.get(people(court, f"/{clerk}")).text
    )
    forced = chen.post(people(court, f"/{clerk}/role"), data={"role": "clerk"})

    assert offered == ["president", "judge", "finance"]
    assert forced.status_code == 400


def test_one_gives_up_ones_own_role_alone(court: StaffedCourt, world: Any, client_for: Any) -> None:
    clerk = client_for(court.clerk)

    clerk.get(people(court, "/resign"))
    answer = clerk.post(people(court, "/resign"), data={"role": "clerk", "reason": "other work"})

    assert answer.headers["Location"] == "/court/"
    assert roles(world, court.id, court.clerk) == set()


def test_the_last_two_presidents_are_told_why_they_cannot_leave(
    court: StaffedCourt, client_for: Any
) -> None:
    chen = client_for(court.chen)

    chen.post(people(court, "/resign"), data={"role": "president", "reason": "tired"})

    assert "fewer than two presidents" in chen.get(people(court)).text


def test_somebody_with_an_account_signs_in_to_accept(
    court: StaffedCourt, app: Flask, world: Any, client_for: Any
) -> None:
    wang = world.person("Wang", email="wang@court.example")
    chen, liu = client_for(court.chen), client_for(court.liu)
    chen.post(people(court, "/invite"), data={"email": "wang@court.example", "role": "judge"})
    decide(liu, proposal_link(liu, people(court)))
    link = link_in(world, "invitation")

    stranger = app.test_client().get(link).text
    forced = app.test_client().post(
        link, data={"name": "Thief", "password": "three blue kettles", "locale": "en"}
    )
    other = client_for(court.clerk)
    wrong = other.post(link)
    right = client_for(wang).post(link)

    assert f"/account/sign-in?next={link}" in stranger
    assert forced.status_code == 200
    assert wrong.status_code == 400
    assert right.headers["Location"] == "/court/"
    assert roles(world, court.id, wang) == {"judge"}


def test_courts_lists_where_somebody_works(
    court: StaffedCourt, world: Any, client_for: Any
) -> None:
    second = staffed_court(world)
    appoint(world, second.id, court.clerk, "judge")

    page = client_for(court.clerk).get("/court/").text
    nobody = client_for(world.person()).get("/court/")

    assert f"/court/{court.public_id}" in page
    assert f"/court/{second.public_id}" in page
    assert nobody.status_code == 200
    assert "You do not work for a court" in nobody.text


def test_two_operators_open_a_court_and_ask_its_presidents_in(
    app: Flask, world: Any, client_for: Any
) -> None:
    zhao, qian = (client_for(world.person(name, is_operator=True)) for name in ("Zhao", "Qian"))
    zhao.post("/operator/courts/new", data=HARBOUR)
    opened = decide(qian, proposal_link(qian, "/operator/courts"))
    page = opened.headers["Location"]
    for name in ("a", "b"):
        zhao.post(f"{page}/invite", data={"email": f"{name}@court.example"})
        decide(qian, proposal_link(qian, page))
        app.test_client().post(
            link_in(world, "invitation"),
            data={"name": name, "password": "three blue kettles", "locale": "en"},
        )

    assert world.rows("SELECT role, count(*) FROM court_memberships GROUP BY role") == [
        ("president", 2)
    ]
    assert "They choose the people of the court themselves" in zhao.get(page).text


def test_an_operator_does_not_see_what_presidents_propose(
    court: StaffedCourt, world: Any, client_for: Any
) -> None:
    chen = client_for(court.chen)
    chen.post(people(court, "/invite"), data={"email": "new@court.example", "role": "clerk"})
    [(proposal,)] = world.rows("SELECT public_id FROM proposals")
    operator = client_for(world.person("Olga", is_operator=True))

    page = operator.get(f"/operator/courts/{court.public_id}").text
    direct = operator.get(f"/operator/courts/{court.public_id}/proposals/{proposal}")

    assert "new@court.example" not in page
    assert direct.status_code == 404


def test_production_is_told_that_it_has_no_rehearsal_courts(
    app: Flask, world: Any, client_for: Any
) -> None:
    app.config["PRODUCTION"] = True
    app.config["PUBLIC_URL"] = "https://sales.example"
    app.config["TRUSTED_HOSTS"] = ["sales.example"]
    operator = client_for(world.person("Olga", is_operator=True))

    answer = operator.post(
        "/operator/courts/new",
        data=HARBOUR | {"is_rehearsal": "yes"},
        base_url="https://sales.example",
    )

    assert answer.status_code == 400
    assert "no rehearsal courts in production" in answer.text
    assert world.rows("SELECT count(*) FROM proposals") == [(0,)]


def clock(court: StaffedCourt) -> str:
    return f"/court/{court.public_id}/clock"


@pytest.mark.parametrize(
    ("typed", "legal"),
    [
        ("2026-05-27T10:00", NOON + timedelta(days=1)),
        ("2026-05-27T02:00:00Z", NOON + timedelta(days=1)),
        ("2026-05-27T03:00+01:00", NOON + timedelta(days=1)),
        ("", NOON),
    ],
)
def test_a_president_sets_the_legal_clock_in_the_courts_zone(
    court: StaffedCourt, world: Any, client_for: Any, typed: str, legal: Any
) -> None:
    chen = client_for(court.chen)

    answer = chen.post(clock(court), data={"legal_from": typed, "rate": "0"})

    assert answer.status_code == 302
    assert world.rows("SELECT legal_time(%s, clock_timestamp())", court.id) == [(legal,)]
    assert "The clock is held" in chen.get(clock(court)).text


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"legal_from": "2026-05-26T09:59", "rate": "0"}, "never goes back"),
        ({"legal_from": "tomorrow", "rate": "0"}, "Enter a moment"),
        ({"legal_from": "", "rate": "10001"}, "between 0 and 10000"),
        ({"legal_from": "", "rate": "fast"}, "between 0 and 10000"),
        ({"legal_from": "", "rate": ""}, "between 0 and 10000"),
    ],
)
def test_the_clock_says_what_it_cannot_do(
    court: StaffedCourt, world: Any, client_for: Any, data: dict[str, str], said: str
) -> None:
    answer = client_for(court.chen).post(clock(court), data=data)

    assert answer.status_code == 400
    assert said in answer.text
    assert world.rows("SELECT legal_time(%s, clock_timestamp())", court.id) == [(NOON,)]


def test_a_court_that_sells_has_no_page_for_a_clock(
    app: Flask, world: Any, client_for: Any
) -> None:
    court = staffed_court(world, rehearsal_at=None)
    chen = client_for(court.chen)

    assert chen.get(clock(court)).status_code == 404
    assert chen.post(clock(court), data={"rate": "0"}).status_code == 404


def test_the_clock_is_the_presidents(court: StaffedCourt, client_for: Any) -> None:
    assert client_for(court.clerk).get(clock(court)).status_code == 404
