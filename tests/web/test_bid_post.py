"""A bid over HTTP: journalled, decided, answered; by JSON and by form."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.extensions import db
from app.services.bidding.desk import Desk, Unreachable
from app.services.bidding.place import Offer, place_bid
from app.web.bidder.pace import Pace
from app.web.bidder.words import refused_bid
from auction_engine.evidence.verify import verify
from auction_engine.sale.bidding import RefusalReason
from tests.web.conftest import SignedIn
from tests.world import NOON, World

MINUTE = timedelta(minutes=1)
START, STEP = 70_000_000, 500_000
TERMS = "0" * 64


@dataclass
class Bidder:
    """Somebody with a registration in the running sale, at their browser."""

    browser: FlaskClient
    sale: str
    code: str

    def bid(self, amount: Any, **members: Any) -> Any:
        key = members.pop("key", str(uuid.uuid4()))
        return self.browser.post(
            f"/bid/{self.sale}/bid",
            json={"amount": amount, "key": key, "terms_hash": TERMS} | members,
        )

    def bid_by_form(self, amount: str, **fields: Any) -> Any:
        content = {"amount": amount, "key": str(uuid.uuid4()), "terms_hash": TERMS} | fields
        return self.browser.post(f"/bid/{self.sale}/bid", data=content)


Join = Callable[..., Bidder]


@pytest.fixture
def court(world: World) -> int:
    return world.court(rehearsal_at=NOON - 60 * MINUTE)


@pytest.fixture
def sale_id(world: World, court: int) -> int:
    return world.sale(court, starting_price=START, increment=STEP)


@pytest.fixture
def join(world: World, client_for: SignedIn, sale_id: int) -> Join:
    """`join("B1")`: a registered bidder, admitted unless told otherwise."""

    def join(code: str, second_factor: bool = True, **registration: Any) -> Bidder:
        person_id = world.person()
        if registration.pop("registered", True):
            world.bidder(sale_id, code, person_id=person_id, **registration)
        [(sale,)] = world.rows("SELECT public_id FROM sales WHERE id = %s", sale_id)
        return Bidder(client_for(person_id, second_factor=second_factor), sale, code)

    return join


def test_a_bid_that_leads_is_answered_with_its_place_and_its_receipt(
    world: World, join: Join
) -> None:
    bidder = join("B1")
    key = str(uuid.uuid4())

    answer = bidder.bid(START, key=key)

    assert answer.status_code == 201
    told = answer.json
    assert (told["accepted"], told["seq"]) == (True, 1)
    assert told["arrived_at"] == (NOON - 60 * MINUTE).isoformat()
    assert told["closes_at"] == NOON.isoformat()
    assert told["receipt_url"] == f"/bid/{bidder.sale}/bids/{key}"
    assert world.rows("SELECT code, amount FROM bids") == [("B1", START)]


def test_every_bid_stands_in_a_transcript_that_verifies(
    world: World, join: Join, sale_id: int
) -> None:
    """RULE-A2"""
    one, other = join("B1"), join("B2")
    one.bid(START)
    other.bid(START)
    other.bid(START + STEP)

    lines = world.rows("SELECT line FROM transcript_lines WHERE sale_id = %s ORDER BY n", sale_id)
    finding = verify("".join(line + "\n" for (line,) in lines).encode(), partial=True)

    assert finding.holds
    assert world.rows("SELECT count(*) FROM arrivals WHERE kind = 'bid'") == [(3,)]


def test_a_bid_that_is_too_low_is_told_the_lowest_that_counts(join: Join) -> None:
    one, other = join("B1"), join("B2")
    one.bid(START)

    answer = other.bid(START + 1)

    assert answer.status_code == 200
    told = answer.json
    assert (told["accepted"], told["reason"]) == (False, "below_minimum")
    assert told["minimum_minor"] == START + STEP
    assert told["nearest_minor"] == [START + STEP]
    assert told["message"] and "art. 20" in told["rule"]


def test_a_bid_between_two_steps_is_told_both(join: Join) -> None:
    one, other = join("B1"), join("B2")
    one.bid(START)

    told = other.bid(START + 2 * STEP + 1).json

    assert told["reason"] == "not_a_multiple"
    assert told["nearest_minor"] == [START + 2 * STEP, START + 3 * STEP]


def test_a_priority_purchaser_may_match_and_an_ordinary_bidder_may_not(join: Join) -> None:
    """RULE-F3"""
    first, ordinary, tenant = join("B1"), join("B2"), join("P1", rank=2)
    first.bid(START)

    told = ordinary.bid(START).json
    assert told["reason"] == "equal_needs_better_priority"
    assert told["minimum_minor"] == START + STEP
    assert tenant.bid(START).status_code == 201


@pytest.mark.parametrize(
    "amount",
    [
        *(-1, 2**63, 1.0, 0.1, True, None, [], [START], {}, "1e3", "1,0", "٠١٢", "NaN", ""),
        *("１０００", "-1", "1\x00", "\ud800", "9" * 400, "0.001"),
    ],
)
def test_what_is_no_amount_is_journalled_and_refused(world: World, join: Join, amount: Any) -> None:
    answer = join("B1").bid(amount)

    assert answer.status_code == 200
    assert (answer.json["reason"], answer.json["minimum_minor"]) == ("not_an_amount", START)
    [(kept, typed)] = world.rows("SELECT amount, typed FROM arrivals WHERE kind = 'bid'")
    assert kept is None
    assert typed is not None


def test_nought_is_an_amount_below_the_starting_price(join: Join) -> None:
    assert join("B1").bid(0).json["reason"] == "below_starting_price"


def test_a_text_in_json_is_read_as_a_person_types_it(world: World, join: Join) -> None:
    assert join("B1").bid("700,000.00").status_code == 201
    assert world.rows("SELECT amount FROM bids") == [(START,)]


def test_the_same_key_gives_the_same_answer_and_one_bid(world: World, join: Join) -> None:
    bidder, key = join("B1"), str(uuid.uuid4())

    first, again = bidder.bid(START, key=key), bidder.bid(START, key=key)

    assert (first.status_code, first.json) == (again.status_code, again.json)
    assert world.rows("SELECT count(*) FROM arrivals WHERE kind = 'bid'") == [(1,)]


def test_the_key_may_come_as_a_header(world: World, join: Join) -> None:
    bidder, key = join("B1"), str(uuid.uuid4())

    answer = bidder.browser.post(
        f"/bid/{bidder.sale}/bid",
        json={"amount": START, "terms_hash": TERMS},
        headers={"Idempotency-Key": key},
    )

    assert answer.status_code == 201
    assert world.rows("SELECT key FROM bids JOIN arrivals a ON a.id = arrival_id") == [
        (uuid.UUID(key),)
    ]


def test_a_key_with_another_amount_enters_nothing(world: World, join: Join) -> None:
    bidder, key = join("B1"), str(uuid.uuid4())
    bidder.bid(START, key=key)

    answer = bidder.bid(START + STEP, key=key)

    assert (answer.status_code, answer.json["reason"]) == (409, "key_reused")
    assert world.rows("SELECT count(*) FROM arrivals WHERE kind = 'bid'") == [(1,)]


def test_the_key_of_somebody_else_tells_nothing_about_their_bid(join: Join) -> None:
    one, other, key = join("B1"), join("B2"), str(uuid.uuid4())
    one.bid(START, key=key)

    answer = other.bid(START, key=key)

    assert (answer.status_code, answer.json["reason"]) == (409, "key_reused")
    assert "seq" not in answer.json
    assert other.browser.get(f"/bid/{other.sale}/outcome.json?key={key}").json == {
        "status": "unknown"
    }
    assert other.browser.get(f"/bid/{other.sale}/bids/{key}").status_code == 404


@pytest.mark.parametrize("terms_hash", ["1" * 64, "", None, 7])
def test_a_bid_on_other_terms_than_these_is_not_entered(
    world: World, join: Join, terms_hash: Any
) -> None:
    answer = join("B1").bid(START, terms_hash=terms_hash)

    assert (answer.status_code, answer.json["reason"]) == (409, "terms_changed")
    assert answer.json["terms_hash"] == TERMS
    assert world.rows("SELECT count(*) FROM arrivals WHERE kind = 'bid'") == [(0,)]


@pytest.mark.parametrize("key", [None, "", "7", 7, [], "zzzzzzzz-0000-0000-0000-000000000000"])
def test_a_bid_without_a_key_is_not_entered(join: Join, key: Any) -> None:
    answer = join("B1").bid(START, key=key)

    assert (answer.status_code, answer.json["reason"]) == (400, "unreadable")


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"\xff\xfe", b"[" * 4000, b'{"key":1,"key":1}'])
def test_a_body_that_is_no_bid_is_not_entered(join: Join, body: bytes) -> None:
    bidder = join("B1")

    answer = bidder.browser.post(
        f"/bid/{bidder.sale}/bid", data=body, content_type="application/json"
    )

    assert answer.status_code == 400


def test_a_body_too_large_for_a_bid_is_not_read(join: Join) -> None:
    bidder = join("B1")

    answer = bidder.browser.post(
        f"/bid/{bidder.sale}/bid", data=b" " * 9_000, content_type="application/json"
    )

    assert answer.status_code == 413


def test_a_bid_from_another_website_is_not_entered(world: World, join: Join) -> None:
    bidder = join("B1")
    for site in ("cross-site", "same-site"):
        answer = bidder.browser.post(
            f"/bid/{bidder.sale}/bid",
            json={"amount": START, "key": str(uuid.uuid4()), "terms_hash": TERMS},
            headers={"Sec-Fetch-Site": site},
        )

        assert answer.status_code == 403
    assert world.rows("SELECT count(*) FROM arrivals WHERE kind = 'bid'") == [(0,)]


def test_without_the_csrf_token_nothing_is_entered(
    world: World, join: Join, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    bidder = join("B1")
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)

    assert bidder.bid(START).status_code == 400
    assert bidder.bid_by_form("700000").status_code == 400
    assert world.rows("SELECT count(*) FROM arrivals WHERE kind = 'bid'") == [(0,)]


def test_nobody_bids_without_a_registration(join: Join) -> None:
    answer = join("B1", registered=False).bid(START)

    assert (answer.status_code, answer.json["reason"]) == (403, "not_registered")


def test_nobody_bids_signed_out(join: Join, client: FlaskClient) -> None:
    sale = join("B1").sale

    answer = client.post(f"/bid/{sale}/bid", json={"amount": START, "key": str(uuid.uuid4())})

    assert answer.status_code == 401


def test_nobody_bids_without_the_second_step(world: World, join: Join) -> None:
    answer = join("B1", second_factor=False).bid(START)

    assert (answer.status_code, answer.json["reason"]) == (403, "second_factor")
    assert world.rows("SELECT count(*) FROM arrivals WHERE kind = 'bid'") == [(0,)]


def test_without_a_deposit_a_bid_is_entered_and_refused(join: Join) -> None:
    """RULE-E3"""
    told = join("B1", deposit=None, admitted=False).bid(START).json

    assert told["reason"] == "not_admitted"


def test_an_excluded_code_is_told_so(join: Join) -> None:
    # The exclusion came after the admission.
    bidder = join("B1")
    excluded = join("B2", excluded="court_order", admitted=False)

    assert bidder.bid(START).status_code == 201
    assert excluded.bid(START + STEP).json["reason"] in ("excluded", "not_admitted")


@pytest.mark.parametrize(
    ("at", "reason"),
    [
        (-24 * 60 * MINUTE - timedelta(seconds=1), "not_open_yet"),
        (-24 * 60 * MINUTE, None),
        (-timedelta(milliseconds=1), None),
        (timedelta(0), "closed"),
    ],
)
def test_the_arrival_decides_whether_a_bid_is_in_time(
    world: World, client_for: SignedIn, at: timedelta, reason: str | None
) -> None:
    """RULE-G3"""
    court = world.court(rehearsal_at=NOON - 48 * 60 * MINUTE)
    sale_id, person_id = world.sale(court), world.person()
    world.bidder(sale_id, "B1", person_id=person_id)
    [(sale,)] = world.rows("SELECT public_id FROM sales WHERE id = %s", sale_id)
    world.hold_clock(court, NOON + at)

    told = Bidder(client_for(person_id), sale, "B1").bid(START).json

    assert told.get("reason") == reason


def test_a_flood_of_one_bidder_is_slowed_and_no_other(
    app: Flask, join: Join, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.extensions, "luochui_pace", Pace(0.001))
    flooding, other = join("B1"), join("B2")

    answers = [flooding.bid(1) for _ in range(11)]

    assert [answer.status_code for answer in answers] == [200] * 10 + [429]
    assert answers[-1].json["reason"] == "too_fast"
    assert int(answers[-1].headers["Retry-After"]) >= 1
    assert other.bid(1).status_code == 200


@dataclass
class Door:
    """From here on the bidder's own bids are turned away, each in its way."""

    app: Flask
    world: World
    patch: pytest.MonkeyPatch

    def too_fast(self) -> dict[str, str]:
        self.patch.setitem(self.app.extensions, "luochui_pace", NoPace(1.0))
        return {}

    def terms_changed(self) -> dict[str, str]:
        return {"terms_hash": "1" * 64}

    def second_factor(self) -> dict[str, str]:
        ending = "UPDATE identity.sessions SET content = content - 'second_factor_at' RETURNING 1"
        self.world.rows(ending)
        self.app.extensions.pop("luochui_passes", None)
        return {}


class NoPace(Pace):
    def seconds_to_wait(self, who: int, now: float) -> float:
        return 1.0


@pytest.fixture
def door(app: Flask, world: World, monkeypatch: pytest.MonkeyPatch) -> Door:
    return Door(app, world, monkeypatch)


TURNED_AWAY = ("too_fast", "terms_changed", "second_factor")


@pytest.mark.parametrize("reason", TURNED_AWAY)
def test_whoever_would_be_turned_away_is_told_what_became_of_an_earlier_bid(
    join: Join, door: Door, reason: str
) -> None:
    """INV-A13: a known key has its answer, whatever stands in the way of a new bid."""
    bidder, key, refused = join("B1"), str(uuid.uuid4()), str(uuid.uuid4())
    accepted, too_low = bidder.bid(START, key=key), bidder.bid(START + 1, key=refused)

    named = getattr(door, reason)()
    again = bidder.bid(START, key=key, **named)
    too_low_again = bidder.bid(START + 1, key=refused, **named)
    by_form = bidder.bid_by_form("700000", key=key, **named)
    anew = bidder.bid(START + STEP, **named)

    assert (again.status_code, again.data) == (201, accepted.data)
    assert (too_low_again.status_code, too_low_again.data) == (200, too_low.data)
    assert (by_form.status_code, by_form.location) == (303, accepted.json["receipt_url"])
    assert anew.json["reason"] == reason


@pytest.mark.parametrize("reason", TURNED_AWAY)
def test_whoever_would_be_turned_away_is_not_told_that_a_bid_under_way_was_not_entered(
    join: Join, door: Door, monkeypatch: pytest.MonkeyPatch, reason: str
) -> None:
    bidder, key = join("B1"), str(uuid.uuid4())
    with monkeypatch.context() as broken:
        broken.setattr(Desk, "decision", _unreachable)
        bidder.bid(START, key=key)

    named = getattr(door, reason)()
    again = bidder.bid(START, key=key, **named)
    by_form = bidder.bid_by_form("700000", key=key, **named)

    assert (again.status_code, again.json["status"]) == (202, "unknown")
    assert by_form.status_code == 202
    assert "Your bid was not entered" not in by_form.text


@pytest.mark.parametrize("reason", TURNED_AWAY)
def test_whoever_would_be_turned_away_learns_nothing_under_another_bid_s_key(
    join: Join, door: Door, reason: str
) -> None:
    one, other, key = join("B1"), join("B2"), str(uuid.uuid4())
    one.bid(START, key=key)

    named = getattr(door, reason)()
    another_amount = one.bid(START + STEP, key=key, **named)
    somebody_else = other.bid(START, key=key, **named)

    assert (another_amount.status_code, another_amount.json["reason"]) == (409, "key_reused")
    assert somebody_else.json["reason"] == reason


def test_when_the_database_does_not_answer_the_bidder_asks_again_with_the_same_key(
    world: World, join: Join, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    bidder, key = join("B1"), str(uuid.uuid4())
    with monkeypatch.context() as broken:
        broken.setattr(Desk, "decision", _unreachable)
        unknown = bidder.bid(START, key=key)
        by_form = bidder.bid_by_form("700000", key=key)

    settled = bidder.bid(START, key=key)

    assert (unknown.status_code, unknown.json["ask_again"]) == (202, True)
    assert unknown.json["key"] == key
    assert by_form.status_code == 202
    assert f'value="{key}"' in by_form.text
    assert settled.status_code == 201
    assert world.rows("SELECT count(*) FROM arrivals WHERE kind = 'bid'") == [(1,)]


def test_a_bid_that_waits_for_its_decision_keeps_no_connection_waiting(
    join: Join, monkeypatch: pytest.MonkeyPatch
) -> None:
    bidder, held = join("B1"), []

    def slow(offering: Desk, offer: Offer) -> Any:
        held.append(db.engine.pool.checkedout())
        return place_bid(offering, offer)

    monkeypatch.setattr("app.web.bidder.bid.place_bid", slow)

    assert bidder.bid(START).status_code == 201
    assert held == [0]


def test_what_became_of_a_bid_can_be_asked_by_its_key(
    join: Join, monkeypatch: pytest.MonkeyPatch
) -> None:
    bidder, key = join("B1"), str(uuid.uuid4())
    outcome = f"/bid/{bidder.sale}/outcome.json?key={key}"
    before = bidder.browser.get(outcome).json
    with monkeypatch.context() as broken:
        broken.setattr(Desk, "decision", _unreachable)
        bidder.bid(START, key=key)
    meanwhile = bidder.browser.get(outcome).json
    answer = bidder.bid(START, key=key).json

    assert before == {"status": "unknown"}
    assert meanwhile["status"] == "waiting"
    after = bidder.browser.get(outcome).json
    assert {name: after[name] for name in ("status", "seq", "amount_minor")} == {
        "status": "accepted",
        "seq": answer["seq"],
        "amount_minor": START,
    }


def test_a_form_leads_to_the_receipt_and_a_second_press_to_the_same(
    world: World, join: Join
) -> None:
    bidder, key = join("B1"), str(uuid.uuid4())

    first = bidder.bid_by_form("700,000.00", key=key)
    again = bidder.bid_by_form("700,000.00", key=key)

    assert first.status_code == again.status_code == 303
    assert first.location == again.location == f"/bid/{bidder.sale}/bids/{key}"
    assert world.rows("SELECT amount FROM bids") == [(START,)]


def test_a_form_with_an_amount_far_above_the_minimum_asks_for_it_again(
    world: World, join: Join
) -> None:
    bidder, key = join("B1"), str(uuid.uuid4())
    far = "1,100,000.00"

    once = bidder.bid_by_form(far, key=key)
    differs = bidder.bid_by_form(far, key=key, amount_again="110,000.00")
    count = world.rows("SELECT count(*) FROM arrivals WHERE kind = 'bid'")
    twice = bidder.bid_by_form(far, key=key, amount_again="1100000")

    assert (once.status_code, differs.status_code) == (200, 200)
    assert 'name="amount_again"' in once.text
    assert "The two amounts are not the same." in differs.text
    assert count == [(0,)]
    assert twice.status_code == 303


def test_a_form_with_two_amounts_is_no_amount(world: World, join: Join) -> None:
    bidder, key = join("B1"), str(uuid.uuid4())

    answer = bidder.browser.post(
        f"/bid/{bidder.sale}/bid",
        data={"amount": ["700000", "800000"], "key": key, "terms_hash": TERMS},
    )

    assert answer.status_code == 303
    assert world.rows("SELECT amount, typed FROM arrivals WHERE kind = 'bid'") == [
        (None, "700000 & 800000")
    ]
    page = bidder.browser.get(answer.location)
    assert "We could not read this as an amount of money." in page.text


def test_a_sale_that_is_not_published_does_not_exist(world: World, join: Join) -> None:
    bidder = join("B1")
    answer = bidder.browser.post("/bid/nosuchsale/bid", json={"amount": 1})

    assert answer.status_code == 404


def test_every_reason_has_its_words(app: Flask) -> None:
    with app.test_request_context():
        for reason in [*RefusalReason, "not_an_amount"]:
            words = refused_bid(str(reason), "CNY", 100)

            assert words.text
            assert "_" not in words.text + words.rule + words.what_now


def _unreachable(*_arguments: Any) -> None:
    raise Unreachable
