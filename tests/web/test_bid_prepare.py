"""From the first look to the code: the task list and its pages, each without JavaScript."""

from __future__ import annotations

import re
from datetime import timedelta
from functools import partial

import pytest
from flask.testing import FlaskClient

from app.services import deposits
from tests.web.conftest import SignedIn
from tests.web.test_bid_room_page import address, words_of
from tests.world import NOON, World

HOUR = timedelta(hours=1)
DETAILS = {
    "name": "Wang Li",
    "id_number": "11010519491231002X",
    "address": "1 Harbour Street, Shenzhen",
    "phone": "138 0013 8000",
}
DECLARED = {
    "terms_hash": "0" * 64,
    "terms_read": "y",
    "not_excluded": "y",
    "binding": "y",
}


@pytest.fixture
def sale_id(world: World) -> int:
    return world.sale(world.court(rehearsal_at=NOON - HOUR))


@pytest.fixture
def at(world: World, sale_id: int) -> str:
    return address(world, sale_id)


@pytest.fixture
def person_id(world: World) -> int:
    return world.person(name="")


@pytest.fixture
def browser(client_for: SignedIn, person_id: int) -> FlaskClient:
    return client_for(person_id)


def test_the_list_leads_from_details_to_a_code_and_a_deposit(
    world: World, browser: FlaskClient, at: str
) -> None:
    begins = words_of(browser.get(f"{at}/prepare").text)
    browser.post(f"{at}/details", data=DETAILS)
    answer = browser.post(f"{at}/register", data=DECLARED)
    registered = words_of(browser.get(answer.location).text)

    assert "Fill in your details first." in begins
    assert answer.status_code == 303
    [(code,)] = world.rows("SELECT code FROM registrations")
    assert f"Registered as {code}" in registered
    assert "Deposit of ¥70,000.00" in registered


def test_the_details_are_checked_and_what_was_written_stays(browser: FlaskClient, at: str) -> None:
    wrong = DETAILS | {"id_number": "110105194912310021", "phone": "call me"}

    page = browser.post(f"{at}/details", data=wrong).text

    assert "There is a problem" in page
    assert "Check this number: a digit seems to be wrong" in page
    assert "Enter a phone number" in page
    assert 'value="110105194912310021"' in page
    assert 'value="Wang Li"' in page


@pytest.mark.parametrize(
    "number", ["11010519491231002X", "91110000600037341L", "E12345678", "M/12 345-6"]
)
def test_residents_companies_and_strangers_have_numbers(
    world: World, browser: FlaskClient, at: str, number: str
) -> None:
    answer = browser.post(f"{at}/details", data=DETAILS | {"id_number": number})

    assert answer.status_code == 302
    assert world.rows("SELECT id_number FROM identity.people WHERE id_number IS NOT NULL") == [
        (number,)
    ]


@pytest.mark.parametrize("left_out", ["terms_read", "not_excluded", "binding"])
def test_each_declaration_is_needed(
    world: World, browser: FlaskClient, at: str, left_out: str
) -> None:
    browser.post(f"{at}/details", data=DETAILS)
    declared = {name: value for name, value in DECLARED.items() if name != left_out}

    answer = browser.post(f"{at}/register", data=declared)

    assert answer.status_code == 422
    assert f'href="#{left_out}"' in answer.text
    assert world.rows("SELECT count(*) FROM registrations") == [(0,)]


def test_terms_that_were_not_these_come_back_as_these(
    world: World, browser: FlaskClient, at: str
) -> None:
    browser.post(f"{at}/details", data=DETAILS)

    answer = browser.post(f"{at}/register", data=DECLARED | {"terms_hash": "1" * 64})

    assert answer.status_code == 422
    assert "The terms you were shown are not those of this sale." in answer.text
    assert re.search(r'name="terms_hash"[^>]*value="0{64}"', answer.text)
    assert world.rows("SELECT count(*) FROM registrations") == [(0,)]


def test_registering_twice_shows_the_first_registration(
    world: World, browser: FlaskClient, at: str
) -> None:
    browser.post(f"{at}/details", data=DETAILS)

    answers = [browser.post(f"{at}/register", data=DECLARED) for _ in range(2)]

    assert {answer.location for answer in answers} == {f"{at}/prepare"}
    assert world.rows("SELECT count(*) FROM registrations") == [(1,)]


def test_staff_of_the_court_are_told_why_they_may_not_bid(
    world: World, browser: FlaskClient, at: str, person_id: int, sale_id: int
) -> None:
    one, other = world.person(), world.person()
    world.rows(
        "INSERT INTO court_memberships (court_id, person_id, role, granted_by, approved_by)"
        " SELECT court_id, %s, 'judge', %s, %s FROM sales WHERE id = %s RETURNING id",
        person_id,
        one,
        other,
        sale_id,
    )
    browser.post(f"{at}/details", data=DETAILS)

    page = browser.get(f"{at}/prepare").text
    answer = browser.post(f"{at}/register", data=DECLARED)

    for text in (page, answer.text):
        assert "You work at the court that sells this lot." in text
    assert world.rows("SELECT count(*) FROM registrations") == [(0,)]


def test_a_priority_right_is_asked_for_and_its_state_shown(
    world: World, browser: FlaskClient, at: str
) -> None:
    browser.post(f"{at}/details", data=DETAILS)
    browser.post(f"{at}/priority", data={"ground": "Tenant since 2019"})
    waiting = words_of(browser.get(f"{at}/prepare").text)
    refused = browser.post(f"{at}/register", data=DECLARED)
    world.rows("UPDATE priority_claims SET state = 'confirmed', rank = 2 RETURNING 1")
    confirmed = words_of(browser.get(f"{at}/priority").text)
    browser.post(f"{at}/register", data=DECLARED)

    assert "Waiting for the court" in waiting
    assert "The court has not decided on your priority right yet." in refused.text
    assert 'name="as_ordinary"' in refused.text
    assert "Confirmed, rank 2" in confirmed
    assert world.rows("SELECT priority_rank FROM registrations") == [(2,)]


def test_a_proxy_is_asked_for_before_bidding_starts_only(
    world: World, browser: FlaskClient, at: str
) -> None:
    announced = address(world, world.sale(world.court(rehearsal_at=NOON - 48 * HOUR)))
    asked = {
        "principal_name": "Chen Hua",
        "principal_id_number": "11010519491231002X",
        "authority": "Power of attorney no. 7",
    }

    browser.post(f"{announced}/proxy", data=asked)
    too_late = browser.post(f"{at}/proxy", data=asked, follow_redirects=True)

    assert world.rows("SELECT principal_name FROM proxy_requests") == [("Chen Hua",)]
    assert "It is too late to ask for this in this sale." in too_late.text
    assert "Bidding for somebody else" in words_of(browser.get(f"{announced}/prepare").text)
    assert "Bidding for somebody else" not in words_of(browser.get(f"{at}/prepare").text)


def test_without_the_second_step_the_deposit_cannot_be_begun(
    world: World, client_for: SignedIn, at: str, sale_id: int
) -> None:
    person_id = world.person(**DETAILS)
    world.bidder(sale_id, "B1", person_id=person_id, deposit=None, admitted=False)
    browser = client_for(person_id, second_factor=False)

    assert "Cannot start yet" in words_of(browser.get(f"{at}/prepare").text)
    assert "/account/second-factor" in browser.get(f"{at}/deposit").location


def test_the_deposit_names_its_reference_and_the_courts_account(
    world: World, browser: FlaskClient, at: str
) -> None:
    browser.post(f"{at}/details", data=DETAILS)
    browser.post(f"{at}/register", data=DECLARED)

    chosen = browser.post(f"{at}/deposit", data={"way": "bank"})
    checked = words_of(browser.get(chosen.location).text)
    paid = browser.post(chosen.location)
    page = words_of(browser.get(paid.location).text)

    assert "If you win and do not pay the rest, you lose this deposit." in checked
    assert "seventy thousand yuan" in checked
    [(reference,)] = world.rows("SELECT reference FROM deposits")
    assert reference in page
    assert world.rows("SELECT account_number FROM courts")[0][0] in page
    assert world.rows("SELECT state, channel FROM deposits") == [("awaiting", "bank")]
    assert "Waiting for your payment" in words_of(browser.get(f"{at}/prepare").text)


def test_a_card_payment_that_is_being_opened_is_waited_for(
    world: World, browser: FlaskClient, at: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_once = partial(deposits.open_card_deposit, patience_seconds=0)
    monkeypatch.setattr("app.web.bidder.deposit.open_card_deposit", at_once)
    browser.post(f"{at}/details", data=DETAILS)
    browser.post(f"{at}/register", data=DECLARED)

    answer = browser.post(f"{at}/deposit/card")
    waiting = browser.get(answer.location)
    world.rows(
        "UPDATE card_payments SET state = 'open', checkout_id = 'cs_1', url = 'https://pay.example',"
        " expires_at = clock_timestamp() + interval '30 minutes' RETURNING 1"
    )
    opened = browser.get(answer.location)

    assert answer.location == f"{at}/deposit/opening"
    assert 'http-equiv="refresh"' in waiting.text
    assert opened.location == "https://pay.example"
    assert world.rows("SELECT count(*) FROM card_payments") == [(1,)]


def test_coming_back_from_the_provider_one_waits_until_the_money_is_confirmed(
    world: World, browser: FlaskClient, at: str
) -> None:
    browser.post(f"{at}/details", data=DETAILS)
    browser.post(f"{at}/register", data=DECLARED)

    waiting = browser.get(f"{at}/deposit/paid")
    world.rows("UPDATE deposits SET state = 'held', channel = 'card' RETURNING 1")
    still = browser.get(f"{at}/deposit/paid?tries=70")
    world.rows("UPDATE deposits SET state = 'releasing' RETURNING 1")
    settled = browser.get(f"{at}/deposit/paid")

    assert 'http-equiv="refresh"' in waiting.text
    assert 'http-equiv="refresh"' not in still.text, "it does not ask for ever"
    assert settled.location == f"{at}/deposit"


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("held", "Your deposit has arrived. You can bid."),
        ("releasing", "Your deposit is on its way back to you."),
        ("released", "Your deposit went back to you."),
        ("applied", "Your deposit counts towards the price."),
        ("forfeited", "You lost your deposit"),
        ("cancelled", "Bidding ended before a deposit arrived."),
    ],
)
def test_the_deposit_is_shown_where_it_is(
    world: World, client_for: SignedIn, at: str, sale_id: int, state: str, said: str
) -> None:
    person_id = world.person()
    registration_id = world.bidder(sale_id, "B1", person_id=person_id)
    world.rows(
        "INSERT INTO admissions (registration_id, sale_id, arrival_id, at)"
        " SELECT registration_id, sale_id, id, arrived_at FROM arrivals"
        " WHERE registration_id = %s RETURNING 1",
        registration_id,
    )
    _set_state(world, state)

    assert said in words_of(client_for(person_id).get(f"{at}/deposit").text)


def _set_state(world: World, state: str) -> None:
    """By the ways that a deposit can go."""
    way = {"released": ["releasing", "released"], "cancelled": []}.get(state, [state])
    for step in way:
        if step != "held":
            world.rows("UPDATE deposits SET state = %s RETURNING 1", step)
    if state == "cancelled":
        world.rows(
            "WITH gone AS (DELETE FROM deposits RETURNING *) INSERT INTO deposits"
            " (public_id, court_id, sale_id, registration_id, amount, currency, channel, reference,"
            " state) SELECT public_id, court_id, sale_id, registration_id, amount, currency,"
            " channel, reference || 'x', 'cancelled' FROM gone RETURNING 1"
        )
