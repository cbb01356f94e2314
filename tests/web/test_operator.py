"""The operator's pages: everything that moves, nobody's name, and two levers with a reason."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from app.models.outbox_rows import promise
from tests.web.conftest import SignedIn
from tests.world import NOON, World

SECRET = "secret@example.org"


@pytest.fixture
def operator(world: World, client_for: SignedIn) -> FlaskClient:
    return client_for(world.person("Operator", is_operator=True))


@pytest.fixture
def parked(world: World) -> str:
    """A refund that the provider refused, and a letter with an address in it."""
    court = world.court()
    with world.session() as session:
        promise(
            session,
            kind="refund",
            key="refund:abc",
            payload={"refund": "abc"},
            court_id=court,
            deadline_at=NOON,
        )
        promise(session, kind="letter", key="letter:1", payload={"email": SECRET, "params": {}})
        session.commit()
    with world.engine.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE outbox SET state = 'parked', tries = 3, last_answer = 'charge_disputed: no'"
            " WHERE kind = 'refund'"
        )
    return str(world.rows("SELECT public_id FROM outbox WHERE kind = 'refund'")[0][0])


def test_the_overview_tells_of_queues_and_of_a_silent_scheduler(
    operator: FlaskClient, parked: str
) -> None:
    """RULE-A7"""
    page = operator.get("/operator/")

    assert page.status_code == 200
    assert "The scheduler is silent" in page.text
    assert "Refunds by card" in page.text


def test_a_queue_that_nobody_works_on_is_named_with_its_process(
    operator: FlaskClient, world: World, parked: str
) -> None:
    with world.engine.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE outbox SET next_try_at = clock_timestamp() - interval '1 minute'"
            " WHERE kind = 'letter'"
        )

    page = operator.get("/operator/")

    assert "Letters: nobody works on them" in page.text
    assert "Start the process again: notifier." in page.text


def test_a_parked_promise_is_tried_again_with_a_reason(
    operator: FlaskClient, world: World, parked: str
) -> None:
    listed = operator.get("/operator/queues")
    shown = operator.get(f"/operator/queues/{parked}")

    without = operator.post(f"/operator/queues/{parked}/retry", data={"reason": " "})
    answer = operator.post(
        f"/operator/queues/{parked}/retry", data={"reason": "the dispute was won"}
    )

    assert parked in listed.text
    assert "charge_disputed: no" in shown.text
    assert without.status_code == 400
    assert answer.status_code == 302
    assert world.rows("SELECT state FROM outbox WHERE kind = 'refund'") == [("due",)]
    assert world.rows("SELECT action, details->>'reason' FROM audit") == [
        ("promise.tried_again", "the dispute was won")
    ]


def test_a_waiting_promise_is_laid_aside(operator: FlaskClient, world: World, parked: str) -> None:
    letter = world.rows("SELECT public_id FROM outbox WHERE kind = 'letter'")[0][0]

    operator.post(f"/operator/queues/{letter}/park", data={"reason": "the mail server is down"})

    assert world.rows("SELECT state FROM outbox WHERE kind = 'letter'") == [("parked",)]


def test_what_is_done_stays_done(operator: FlaskClient, world: World, parked: str) -> None:
    with world.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE outbox SET state = 'done'")

    answer = operator.post(f"/operator/queues/{parked}/retry", data={"reason": "again"})

    assert answer.status_code == 302
    assert world.rows("SELECT DISTINCT state FROM outbox") == [("done",)]


def test_the_books_of_all_courts_balance(operator: FlaskClient, world: World) -> None:
    sale = world.sale(world.court())
    world.bidder(sale, "B001")

    page = operator.get("/operator/balance")

    assert "Balanced" in page.text
    assert "¥0.00" in page.text
    assert "¥70,000.00" in page.text


def test_no_page_shows_what_a_promise_carries_or_who_bids(
    operator: FlaskClient, world: World, parked: str
) -> None:
    """RULE-A8"""
    sale = world.sale(world.court())
    world.bidder(sale, "B001")
    letter = world.rows("SELECT public_id FROM outbox WHERE kind = 'letter'")[0][0]

    for path in (
        "/operator/",
        "/operator/balance",
        "/operator/queues",
        "/operator/queues?state=due",
        "/operator/queues?state=done&kind=letter",
        f"/operator/queues/{letter}",
    ):
        answer = operator.get(path)
        assert answer.status_code == 200, path
        assert SECRET not in answer.text
        assert "Bidder B001" not in answer.text
        assert "B001" not in answer.text


@pytest.mark.parametrize("path", ["/operator/", "/operator/balance", "/operator/queues"])
def test_nobody_else_finds_the_operators_pages(
    world: World, client: FlaskClient, client_for: SignedIn, path: str
) -> None:
    somebody = client_for(world.person())

    assert somebody.get(path).status_code == 404
    assert client.get(path).status_code == 302


def test_an_unknown_queue_does_not_exist(operator: FlaskClient) -> None:
    assert operator.get("/operator/queues?kind=secrets").status_code == 404
    assert operator.get("/operator/queues/zzzzzzzzzz").status_code == 404
