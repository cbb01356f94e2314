"""Bidding for somebody else: asked by the bidder, decided by a judge, before bidding starts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.gateways.seal import Opener
from tests.web.conftest import SignedIn
from tests.web.test_bid_prepare import DECLARED, DETAILS
from tests.web.test_bid_room_page import address, words_of
from tests.world import NOON, World

HOUR = timedelta(hours=1)
ASKED = {
    "principal_name": "Chen Hua",
    "principal_id_number": "11010519491231002X",
    "authority": "Power of attorney no. 7",
}


@pytest.fixture
def court(world: World) -> int:
    return world.court(rehearsal_at=NOON - 48 * HOUR)


@pytest.fixture
def at(world: World, court: int) -> str:
    """The bidders' pages of an announced sale."""
    return address(world, world.sale(court))


@pytest.fixture
def bidder(world: World, client_for: SignedIn, at: str) -> FlaskClient:
    """Somebody who asked to bid for Chen Hua."""
    browser = client_for(world.person(name="Agent Liu"))
    browser.post(f"{at}/details", data=DETAILS | {"name": "Agent Liu"})
    browser.post(f"{at}/proxy", data=ASKED)
    return browser


@pytest.fixture
def staff(world: World, client_for: SignedIn, court: int) -> Any:
    """`staff("judge")`: a member of the court at their desk, and where it is."""

    def staff(role: str, of: int | None = None) -> tuple[FlaskClient, str]:
        person_id, one, other = world.person(), world.person(), world.person()
        world.rows(
            "INSERT INTO court_memberships (court_id, person_id, role, granted_by, approved_by)"
            " VALUES (%s, %s, %s, %s, %s) RETURNING id",
            of or court,
            person_id,
            role,
            one,
            other,
        )
        [(desk,)] = world.rows("SELECT public_id FROM courts WHERE id = %s", court)
        return client_for(person_id), f"/court/{desk}"

    return staff


def request_of(world: World) -> str:
    [(public_id,)] = world.rows("SELECT public_id FROM proxy_requests")
    return str(public_id)


def test_a_confirmed_proxy_registers_for_the_principal(
    world: World, bidder: FlaskClient, at: str, staff: Any
) -> None:
    judge, desk = staff("judge")

    judge.post(f"{desk}/proxies/{request_of(world)}", data={"decision": "confirm"})
    told = words_of(bidder.get("/bid/messages").text)
    answer = bidder.post(f"{at}/register", data=DECLARED | {"behalf": "other"})

    assert "You may bid for the person you named" in told
    assert answer.status_code == 303
    [(sealed,)] = world.rows("SELECT sealed FROM identity.person_envelopes")
    opened = Opener(world.settings["ENVELOPE_PRIVATE_KEY"]).open(bytes(sealed))
    assert (opened["name"], opened["proxy"]) == ("Chen Hua", "Agent Liu")


def test_without_confirmation_one_bids_for_oneself(
    world: World, bidder: FlaskClient, at: str, staff: Any
) -> None:
    judge, desk = staff("judge")
    judge.post(f"{desk}/proxies/{request_of(world)}", data={"decision": "refuse"})

    refused = bidder.post(f"{at}/register", data=DECLARED | {"behalf": "other"})
    bidder.post(f"{at}/register", data=DECLARED)

    assert "The court has not confirmed that you may bid for somebody else." in refused.text
    [(sealed,)] = world.rows("SELECT sealed FROM identity.person_envelopes")
    opened = Opener(world.settings["ENVELOPE_PRIVATE_KEY"]).open(bytes(sealed))
    assert opened["name"] == "Agent Liu" and "proxy" not in opened


def test_once_bidding_has_started_nothing_is_confirmed_any_more(
    world: World, bidder: FlaskClient, court: int, staff: Any
) -> None:
    judge, desk = staff("judge")
    world.hold_clock(court, NOON - 24 * HOUR)

    judge.post(f"{desk}/proxies/{request_of(world)}", data={"decision": "confirm"})

    assert world.rows("SELECT state FROM proxy_requests") == [("asked",)]


def test_a_request_is_decided_once(world: World, bidder: FlaskClient, staff: Any) -> None:
    judge, desk = staff("judge")

    for decision in ("refuse", "confirm"):
        judge.post(f"{desk}/proxies/{request_of(world)}", data={"decision": decision})

    assert world.rows("SELECT state FROM proxy_requests") == [("refused",)]


def test_only_a_judge_of_this_court_decides(world: World, bidder: FlaskClient, staff: Any) -> None:
    clerk, desk = staff("clerk")
    stranger, _ = staff("judge", of=world.court())

    for browser in (clerk, stranger, bidder):
        answer = browser.post(f"{desk}/proxies/{request_of(world)}", data={"decision": "confirm"})
        assert answer.status_code == 404
    assert world.rows("SELECT state FROM proxy_requests") == [("asked",)]


def test_the_judges_desk_asks_for_the_decision_until_bidding_starts(
    world: World, bidder: FlaskClient, court: int, staff: Any
) -> None:
    judge, desk = staff("judge")
    before = words_of(judge.get(desk).text)
    world.hold_clock(court, NOON - 24 * HOUR)
    after = words_of(judge.get(desk).text)

    assert "Decide whether somebody may bid for another" in before
    assert "Decide whether somebody may bid for another" not in after


def test_the_judge_sees_who_asks_for_whom_and_no_code(
    world: World, bidder: FlaskClient, at: str, staff: Any
) -> None:
    judge, desk = staff("judge")
    bidder.post(f"{at}/register", data=DECLARED)
    [(code,)] = world.rows("SELECT code FROM registrations")

    page = words_of(judge.get(f"{desk}/sales/{at.removeprefix('/bid/')}/proxies").text)

    assert "Agent Liu" in page and "Chen Hua" in page and "Power of attorney no. 7" in page
    assert code not in page
