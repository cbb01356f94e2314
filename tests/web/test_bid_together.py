"""Several buy together: named before bidding opens, sealed, opened and confirmed together."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from app.db import engine_options
from app.gateways.seal import Opener
from app.models.journal import Entry, enter_arrivals
from app.services.bidding.close import close_if_due
from tests.web.conftest import SignedIn
from tests.web.test_bid_prepare import DECLARED, DETAILS
from tests.web.test_bid_room_page import address, words_of
from tests.world import NOON, World

HOUR = timedelta(hours=1)
NAMED = {
    "own_share": "1/2",
    "others-0-name": "Zhao Min",
    "others-0-id_number": "E7654321",
    "others-0-share": "50%",
    "agreed": "y",
}


@pytest.fixture
def court(world: World) -> int:
    return world.court(rehearsal_at=NOON - 25 * HOUR)


@pytest.fixture
def sale_id(world: World, court: int) -> int:
    return world.sale(court)


@pytest.fixture
def at(world: World, sale_id: int) -> str:
    return address(world, sale_id)


@pytest.fixture
def browser(world: World, client_for: SignedIn, at: str) -> FlaskClient:
    browser = client_for(world.person(name=""))
    browser.post(f"{at}/details", data=DETAILS)
    return browser


def test_who_is_named_registers_and_buys_with_the_bidder(
    world: World, browser: FlaskClient, court: int, sale_id: int, at: str, clean_database: Any
) -> None:
    """RULE-E8, RULE-H2: the confirmation names them all."""
    named = browser.post(f"{at}/together", data=NAMED)
    listed = words_of(browser.get(f"{at}/prepare").text)
    terms = words_of(browser.get(f"{at}/register").text)
    browser.post(f"{at}/register", data=DECLARED | {"behalf": "together"})
    [(registration_id,)] = world.rows("SELECT id FROM registrations")
    _buy(world, court, sale_id, registration_id, clean_database["closer"])

    assert named.status_code == 303
    assert "1 named with you" in listed
    assert "Named as buying together: Wang Li、Zhao Min." in terms
    assert world.rows("SELECT name FROM buyers") == [("Wang Li、Zhao Min",)]
    assert world.rows(
        "SELECT name, part, share_parts, share_of FROM named_buyers ORDER BY position"
    ) == [("Wang Li", "buyer", 1, 2), ("Zhao Min", "buyer", 1, 2)]
    [(confirmation,)] = world.rows("SELECT content FROM documents WHERE kind = 'confirmation'")
    assert "Wang Li：1/2\nZhao Min：1/2" in confirmation
    assert "Wang Li: 1/2\nZhao Min: 1/2" in confirmation
    assert "E7654321" not in confirmation


def _buy(world: World, court: int, sale_id: int, registration_id: int, closer: str) -> None:
    """Pay, be admitted, bid the starting price, and let bidding end."""
    engine = create_engine(closer, **engine_options("closer"))
    world.rows("UPDATE deposits SET state = 'held', held_at = %s RETURNING 1", NOON)
    world.hold_clock(court, NOON - HOUR)
    with Session(engine) as session:
        enter_arrivals(
            session,
            [
                Entry(sale_id, "admit", uuid.uuid4(), registration_id=registration_id),
                Entry(
                    sale_id,
                    "bid",
                    uuid.uuid4(),
                    registration_id=registration_id,
                    amount=70_000_000,
                ),
            ],
        )
        session.commit()
    world.hold_clock(court, NOON)
    with Session(engine) as session:
        close_if_due(session, sale_id, Opener(world.settings["ENVELOPE_PRIVATE_KEY"]).open)
        session.commit()
    engine.dispose()


def test_everything_that_is_wrong_is_said_at_its_field(browser: FlaskClient, at: str) -> None:
    wrong = NAMED | {"own_share": "1/3", "others-1-name": "L", "others-1-id_number": "x"}
    del wrong["agreed"]

    answer = browser.post(f"{at}/together", data=wrong)

    assert answer.status_code == 422
    fields = ("others-1-name", "others-1-id_number", "own_share", "agreed")
    for field in fields:
        assert f'href="#{field}"' in answer.text, field
    assert 'value="Zhao Min"' in answer.text, "what was typed stays"


def test_shares_that_make_no_whole_are_not_kept(
    world: World, browser: FlaskClient, at: str
) -> None:
    answer = browser.post(f"{at}/together", data=NAMED | {"own_share": "1/3"})

    assert answer.status_code == 422
    assert "All shares together must make exactly a whole" in answer.text
    assert world.rows("SELECT count(*) FROM identity.joint_drafts") == [(0,)]


def test_after_the_opening_the_page_says_that_it_is_too_late(
    world: World, browser: FlaskClient, court: int, at: str
) -> None:
    world.hold_clock(court, NOON - 24 * HOUR)

    page = words_of(browser.get(f"{at}/together").text)
    answer = browser.post(f"{at}/together", data=NAMED, follow_redirects=True)

    assert "It is too late to name others in this sale." in page
    assert "It is too late to name others in this sale." in answer.text
    assert world.rows("SELECT count(*) FROM identity.joint_drafts") == [(0,)]
    assert "Buying together" not in words_of(browser.get(f"{at}/prepare").text)


def test_one_may_think_better_of_it(world: World, browser: FlaskClient, at: str) -> None:
    browser.post(f"{at}/together", data=NAMED)
    browser.post(f"{at}/together/alone")

    assert world.rows("SELECT count(*) FROM identity.joint_drafts") == [(0,)]
    assert 'name="behalf"' not in browser.get(f"{at}/register").text


def test_what_is_asked_is_shown_with_what_follows_and_declared_one_by_one(
    world: World, browser: FlaskClient, sale_id: int, at: str
) -> None:
    """RULE-D9, RULE-E11."""
    import psycopg

    by = world.person()
    with psycopg.connect(world.url, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute(
            "INSERT INTO qualifications (public_id, court_id, sale_id, kind, asks, consequence,"
            " added_by) SELECT 'q1', court_id, id, 'housing_purchase', 'I may buy a home here.',"
            " 'The sale is void.', %s FROM sales WHERE id = %s",
            [by, sale_id],
        )

    page = words_of(browser.get(f"{at}/register").text)
    left_out = browser.post(f"{at}/register", data=DECLARED)
    declared = browser.post(f"{at}/register", data=DECLARED | {"qualifications": ["q1"]})

    assert "If it is not so: The sale is void." in page
    assert left_out.status_code == 422
    assert "Declare each of them, or you cannot take part" in left_out.text
    assert declared.status_code == 303


@pytest.mark.parametrize(
    ("number", "expected"), [("11010519491231002X", "adult"), ("91110000600037341L", "company")]
)
def test_the_capacity_is_expected_from_the_number(
    world: World, browser: FlaskClient, at: str, number: str, expected: str
) -> None:
    """RULE-E1."""
    browser.post(f"{at}/details", data=DETAILS | {"id_number": number})

    browser.post(f"{at}/register", data=DECLARED)

    assert world.rows("SELECT capacity FROM bidder_declarations") == [(expected,)]


def test_a_minor_is_told_what_a_guardian_can_do(browser: FlaskClient, at: str) -> None:
    """RULE-E1."""
    browser.post(f"{at}/details", data=DETAILS | {"id_number": "110105200805270024"})

    answer = browser.post(f"{at}/register", data=DECLARED)

    assert answer.status_code == 422
    assert "By the ID number you are not of age" in answer.text
    assert "A guardian can ask the court" in words_of(answer.text)
