"""Whatever fails around a bid, its bidder is told what is known: decided, refused, or ask again
with the same key. Never that something went wrong and nothing else."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.services.bidding import desk as desk_module
from app.web.deadline import Deadline
from auction_engine.invariants import BrokenInvariant
from tests.web.conftest import SignedIn
from tests.web.failing import refusing
from tests.world import NOON, World

START, STEP = 70_000_000, 500_000
TERMS = "0" * 64
# Some that PostgreSQL fails with: a lock, a deadlock, a full disk, a primary that is none now.
STATES = ("55P03", "40P01", "53100", "25006")


class Bidder:
    def __init__(self, browser: FlaskClient, sale: str) -> None:
        self.browser, self.sale = browser, sale

    def bid(self, amount: Any = 1, *, sale: str = "", **named: Any) -> Any:
        """As a program sends it; a new referrer each time, so that no pass is asked."""
        content = {"amount": amount, "key": str(uuid.uuid4()), "terms_hash": TERMS} | named
        headers = {"Referer": f"http://localhost/{uuid.uuid4()}"}
        return self.browser.post(f"/bid/{sale or self.sale}/bid", json=content, headers=headers)


@pytest.fixture
def bidder(app: Flask, world: World, client_for: SignedIn) -> Bidder:
    court, person_id = world.court(rehearsal_at=NOON - timedelta(hours=1)), world.person()
    sale_id = world.sale(court, starting_price=START, increment=STEP)
    world.bidder(sale_id, "B1", person_id=person_id)
    [(sale,)] = world.rows("SELECT public_id FROM sales WHERE id = %s", sale_id)
    return Bidder(client_for(person_id), sale)


@pytest.fixture
def in_life(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Failures are answered, and the deadline stands before the application."""
    app.config.update(TESTING=False, PROPAGATE_EXCEPTIONS=False)
    monkeypatch.setattr(app, "wsgi_app", Deadline(app.wsgi_app))


@pytest.mark.parametrize("state", STATES)
def test_a_bid_is_answered_though_its_session_cannot_be_marked_as_seen(
    world: World, bidder: Bidder, in_life: None, state: str
) -> None:
    world.rows("UPDATE identity.sessions SET seen_at = now() - interval '2 minutes' RETURNING 1")

    with refusing(world, "UPDATE", "identity.sessions", state):
        answer = bidder.bid(START)

    assert (answer.status_code, answer.json["status"]) == (201, "accepted")


@pytest.mark.parametrize("table", ["arrivals", "decisions"])
@pytest.mark.parametrize("state", STATES)
def test_where_the_record_cannot_be_written_nobody_knows_yet(
    world: World, bidder: Bidder, in_life: None, table: str, state: str
) -> None:
    key = str(uuid.uuid4())

    with refusing(world, "INSERT", table, state):
        unknown = bidder.bid(START, key=key)
    known = bidder.bid(START, key=key)

    assert (unknown.status_code, unknown.json["status"]) == (202, "unknown")
    assert (known.status_code, known.json["status"]) == (201, "accepted")


@pytest.mark.parametrize("step", ["enter_arrivals", "drain"])
@pytest.mark.parametrize(
    "failure", [BrokenInvariant("a bid never brings the close forward"), OSError()]
)
def test_a_failure_of_our_own_leaves_a_bid_unknown(
    bidder: Bidder, in_life: None, monkeypatch: pytest.MonkeyPatch, step: str, failure: Exception
) -> None:
    def fail(*_asked: Any) -> Any:
        raise failure

    key = str(uuid.uuid4())

    with monkeypatch.context() as patch:
        patch.setattr(desk_module, step, fail)
        unknown = bidder.bid(START, key=key)
    known = bidder.bid(START, key=key)

    assert (unknown.status_code, unknown.json["status"]) == (202, "unknown")
    assert known.status_code == 201


def test_where_nobody_can_be_recognised_a_bid_is_asked_for_again(
    world: World, bidder: Bidder, in_life: None
) -> None:
    """Whatever is read on the way may fail, in a way that nobody thought of."""
    key = str(uuid.uuid4())
    with psycopg.connect(world.url, autocommit=True) as connection:
        connection.execute("ALTER TABLE identity.sessions RENAME COLUMN content TO gone")
        try:
            answer = bidder.bid(START, key=key)
        finally:
            connection.execute("ALTER TABLE identity.sessions RENAME COLUMN gone TO content")

    assert answer.status_code == 503
    assert (answer.json["status"], answer.json["key"]) == ("unknown", key)
    assert answer.json["reference"]


@pytest.mark.parametrize(
    "sale", ["%00", "%ff", "..%2f", "a%0ab", "%F0%9F%92%A9", "x" * 500, "%ed%a0%80"]
)
def test_a_bid_for_a_sale_that_cannot_be_is_no_failure(
    bidder: Bidder, in_life: None, sale: str
) -> None:
    assert bidder.bid(START, sale=sale).status_code < 500


@pytest.mark.parametrize(
    "amount",
    ["\x00", "\ud800", "\u202e1", "1" * 3_000, [[]], {"a": {}}, None, True, 2**63, 10**19, -1, 0.1],
)
def test_a_bid_of_what_is_no_amount_is_refused_or_not_read(
    bidder: Bidder, in_life: None, amount: Any
) -> None:
    answer = bidder.bid(amount)

    assert (answer.status_code, answer.json["status"]) == (200, "refused")


@pytest.mark.parametrize(
    "headers",
    [
        {"Cookie": "luochui=\xff\xfe"},
        {"Cookie": "luochui=" + "x" * 4_000},
        {"Accept-Language": "\xff;q=x,,;;"},
        {"Idempotency-Key": "\xff"},
        {"Content-Type": "application/json; charset=nonsense"},
        {"X-CSRFToken": "\xff"},
        {"User-Agent": "\xff\xfe"},
    ],
)
def test_odd_headers_are_no_failure(bidder: Bidder, in_life: None, headers: dict[str, str]) -> None:
    content = {"amount": START, "key": str(uuid.uuid4()), "terms_hash": TERMS}

    answer = bidder.browser.post(f"/bid/{bidder.sale}/bid", json=content, headers=headers)

    assert answer.status_code < 500
