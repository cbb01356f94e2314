"""A bid on a pass: nothing is asked twice, and nothing is let through that would be stopped."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import gevent
import pytest
from flask import Flask, request
from flask.testing import FlaskClient
from sqlalchemy import event

from app.extensions import db
from app.services.bidding.place import place_bid
from app.web.bidder import bid as bid_module
from app.web.bidder.long_way import LongWay
from app.web.bidder.pace import Pace
from app.web.bidder.passes import SECONDS_TO_TRUST, Passes
from app.web.bidder.wording import Wording
from app.web.bidder.words import refused_bid
from app.web.sessions import TOUCH_EVERY
from auction_engine.sale.bidding import RefusalReason
from tests.web.conftest import SignedIn
from tests.world import NOON, World

START, STEP = 70_000_000, 500_000
TERMS = "0" * 64
OTHER_BROWSER = "Mozilla/5.0 (iPhone) AppleWebKit/605 Safari/605"


@dataclass
class Clock:
    seconds: float = 1000.0

    def __call__(self) -> float:
        return self.seconds


@dataclass
class Bidder:
    browser: FlaskClient
    sale: str

    def bid(self, amount: Any = 1, headers: dict[str, str] | None = None, **members: Any) -> Any:
        """As a program sends it; one step is never enough, so most are refused and harmless."""
        content = {"amount": amount, "key": str(uuid.uuid4()), "terms_hash": TERMS} | members
        return self.browser.post(f"/bid/{self.sale}/bid", json=content, headers=headers or {})


def change(world: World, sql: str) -> None:
    world.rows(f"{sql} RETURNING 1")


@pytest.fixture
def clock(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    passes = Passes(db.engine, TOUCH_EVERY, clock)
    monkeypatch.setitem(app.extensions, "luochui_passes", passes)
    return clock


@pytest.fixture
def bidder(world: World, client_for: SignedIn, clock: Clock) -> Bidder:
    """Somebody who has bid once, and so holds a pass."""
    court, person_id = world.court(rehearsal_at=NOON - timedelta(hours=1)), world.person()
    sale_id = world.sale(court, starting_price=START, increment=STEP)
    world.bidder(sale_id, "B1", person_id=person_id)
    [(sale,)] = world.rows("SELECT public_id FROM sales WHERE id = %s", sale_id)
    bidder = Bidder(client_for(person_id), sale)
    assert bidder.bid().status_code == 200
    return bidder


@pytest.fixture
def asked(bidder: Bidder) -> Iterator[list[str]]:
    """Every statement that the web's own connections carry from here on."""
    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        statements.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    yield statements
    event.remove(db.engine, "before_cursor_execute", note)


def test_the_second_bid_asks_the_web_s_database_nothing(bidder: Bidder, asked: list[str]) -> None:
    assert bidder.bid().status_code == 200
    assert asked == []


def test_all_passes_are_confirmed_in_one_statement_a_second(
    bidder: Bidder, asked: list[str], clock: Clock
) -> None:
    clock.seconds += 1.1

    answers = [bidder.bid().status_code for _ in range(3)]

    assert answers == [200] * 3
    assert len(asked) == 1


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE identity.sessions SET ended_at = now()",
        "UPDATE identity.sessions SET expires_at = now()",
        "UPDATE identity.sessions SET content = content - 'second_factor_at'",
        "UPDATE identity.people SET active = false",
        "UPDATE identity.people SET fs_uniquifier = fs_uniquifier || 'x'",
    ],
)
def test_what_ends_elsewhere_bids_for_two_seconds_at_most(
    world: World, bidder: Bidder, clock: Clock, sql: str
) -> None:
    change(world, sql)
    clock.seconds += SECONDS_TO_TRUST

    assert bidder.bid().status_code in (401, 403)
    assert world.rows("SELECT count(*) FROM arrivals WHERE kind = 'bid'") == [(1,)]


def test_a_pass_that_nobody_could_confirm_is_not_trusted(
    app: Flask, world: World, bidder: Bidder, clock: Clock
) -> None:
    change(world, "UPDATE identity.sessions SET ended_at = now()")
    app.extensions["luochui_passes"]._asking.acquire()
    clock.seconds += SECONDS_TO_TRUST

    assert bidder.bid().status_code == 401


def test_whoever_comes_while_passes_are_confirmed_waits_for_that(
    app: Flask, bidder: Bidder, asked: list[str], clock: Clock
) -> None:
    """Else everybody goes the long way just when the process is short of time."""
    passes = app.extensions["luochui_passes"]
    clock.seconds += SECONDS_TO_TRUST
    passes._asking.acquire()

    def confirm() -> None:
        passes._confirm(clock.seconds)
        passes._asking.release()

    confirming = threading.Timer(0.1, confirm)
    confirming.start()
    answer = bidder.bid()
    confirming.join()

    assert answer.status_code == 200
    assert len(asked) == 1


def test_who_signs_out_here_is_out_at_once(app: Flask, world: World, bidder: Bidder) -> None:
    name = app.session_interface.get_cookie_name(app)
    cookie = bidder.browser.get_cookie(name)
    assert cookie is not None
    bidder.browser.post("/account/sign-out")
    bidder.browser.set_cookie(name, cookie.value)

    assert bidder.bid().status_code == 401


def test_an_exclusion_counts_from_the_next_decision_on(world: World, bidder: Bidder) -> None:
    change(world, "UPDATE registrations SET excluded = 'court_order'")

    assert bidder.bid(START).json["reason"] == "excluded"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Origin": "https://elsewhere.example"}, 403),
        ({"User-Agent": OTHER_BROWSER}, 401),
        ({"Host": "elsewhere.example"}, 400),
    ],
)
def test_a_pass_is_for_the_same_request_from_the_same_place(
    world: World, bidder: Bidder, headers: dict[str, str], status: int
) -> None:
    assert bidder.bid(headers=headers).status_code == status
    assert world.rows("SELECT count(*) FROM arrivals WHERE kind = 'bid'") == [(1,)]


def test_a_pass_is_for_one_token(
    app: Flask, bidder: Bidder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)

    assert bidder.bid(headers={"X-CSRFToken": "another"}).status_code == 400


def test_both_lanes_answer_with_the_same_bytes(bidder: Bidder) -> None:
    for amount, status in ((START, 201), (START + STEP, 201), (START + 1, 200), ("x", 200)):
        key = str(uuid.uuid4())
        on_a_pass = bidder.bid(amount, key=key)
        # A header that the pass does not know leads through the whole application.
        the_long_way = bidder.bid(amount, key=key, headers={"Referer": f"http://localhost/{key}"})

        assert on_a_pass.status_code == the_long_way.status_code == status
        assert on_a_pass.data == the_long_way.data
        assert set(on_a_pass.headers.keys()) == set(the_long_way.headers.keys())


def test_what_is_not_plain_is_answered_by_the_whole_application(
    app: Flask, bidder: Bidder, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = str(uuid.uuid4())
    bidder.bid(START, key=key)

    assert bidder.bid(START + STEP, key=key).json["reason"] == "key_reused"
    assert bidder.bid(terms_hash="f" * 64).json["reason"] == "terms_changed"
    assert bidder.bid(key="no key").json["reason"] == "unreadable"
    monkeypatch.setitem(app.extensions, "luochui_pace", Pace(0.001))
    assert [bidder.bid().status_code for _ in range(11)][-1] == 429


def test_whoever_bids_is_awake(world: World, bidder: Bidder, clock: Clock) -> None:
    change(world, "UPDATE identity.sessions SET seen_at = now() - interval '2 minutes'")
    clock.seconds += 1.1

    bidder.bid()

    assert world.rows(
        "SELECT count(*) FROM identity.sessions WHERE seen_at > now() - interval '1 minute'"
    ) == [(1,)]


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("minimum", [None, 70_500_005, 1])
def test_words_learnt_once_are_the_words_of_the_pages(
    app: Flask, language: str, minimum: int | None
) -> None:
    for reason in (*RefusalReason, "not_an_amount"):
        with app.test_request_context(headers={"Accept-Language": language}):
            of_the_page = refused_bid(reason, "CNY", minimum)

        assert Wording(app, language).refused(reason, "CNY", minimum) == of_the_page


def test_bids_without_a_pass_go_the_long_way_a_few_at_once_and_in_order() -> None:
    """After a restart everybody comes so in the same second."""
    long_way, order = LongWay(at_once=1), list[int]()
    first = long_way.wait_for_turn()

    def go(number: int) -> None:
        turn = long_way.wait_for_turn()
        order.append(number)
        turn.end()

    others = [gevent.spawn(go, number) for number in range(3)]
    gevent.sleep(0.02)
    before = list(order)
    first.end()
    first.end()
    gevent.joinall(others, timeout=5)

    assert (before, order) == ([], [0, 1, 2])


def test_whoever_waits_for_a_decision_holds_up_nobody_on_the_long_way(
    bidder: Bidder, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended: list[bool] = []

    def decide(*asked: Any) -> Any:
        ended.append(request.environ["luochui.asking"].turn.has_ended)
        return place_bid(*asked)

    monkeypatch.setattr(bid_module, "place_bid", decide)

    answer = bidder.bid(headers={"Accept-Language": "de"})

    assert (answer.status_code, ended) == (200, [True])
