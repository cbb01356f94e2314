"""What a bidder keeps and sees afterwards: receipts, their lots, the price to pay, notices."""

from __future__ import annotations

import base64
import json
import uuid
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import create_engine

from app.db import engine_options
from app.gateways.seal import Opener
from app.gateways.signing import new_seed
from app.gateways.signing import verify as verify_signature
from app.services import settlement
from app.services.bidding import sweeps
from auction_engine.evidence.canonical import canonical
from auction_engine.evidence.verify import verify
from tests.web.conftest import SignedIn
from tests.web.test_bid_room_page import address, words_of
from tests.world import NOON, World

HOUR = timedelta(hours=1)
START, STEP = 70_000_000, 500_000


@pytest.fixture
def court(world: World) -> int:
    return world.court(rehearsal_at=NOON - HOUR)


@pytest.fixture
def sale_id(world: World, court: int) -> int:
    return world.sale(court, starting_price=START, increment=STEP)


@pytest.fixture
def at(world: World, sale_id: int) -> str:
    return address(world, sale_id)


@pytest.fixture
def people(world: World, client_for: SignedIn, sale_id: int) -> dict[str, FlaskClient]:
    """Two bidders, each at their own browser."""
    browsers = {}
    for code in ("WIN7", "LOS3"):
        person_id = world.person(name=f"Person {code}")
        world.bidder(sale_id, code, person_id=person_id)
        browsers[code] = client_for(person_id)
    return browsers


@pytest.fixture
def close(world: World, court: int, clean_database: dict[str, str]) -> Any:
    """The end has come: the scheduler writes it down."""
    engine = create_engine(clean_database["closer"], **engine_options("closer"))
    opener = Opener(world.settings["ENVELOPE_PRIVATE_KEY"])

    def close() -> None:
        world.hold_clock(court, NOON)
        sweeps.close_due(engine, lambda _message: None, opener.open)

    yield close
    engine.dispose()


def bid(browser: FlaskClient, at: str, amount: Any) -> dict[str, Any]:
    told: dict[str, Any] = browser.post(
        f"{at}/bid",
        json={"amount": amount, "key": str(uuid.uuid4()), "terms_hash": "0" * 64},
    ).json
    return told


def test_a_receipt_leads_to_a_line_of_a_transcript_that_verifies(
    people: dict[str, FlaskClient], at: str
) -> None:
    browser = people["WIN7"]
    told = bid(browser, at, START)

    receipt = json.loads(browser.get(f"{told['receipt_url']}/receipt.json").text)
    transcript = browser.get(f"/sales/{at.removeprefix('/bid/')}/transcript.jsonl").data

    assert receipt["format"] == "luochui-receipt/1"
    assert (receipt["amount"], receipt["bidder"]) == (START, "WIN7")
    assert receipt["decision"] == {
        "accepted": True,
        "seq": 1,
        "closes_at": "2026-05-26T02:00:00Z",
    }
    lines = transcript.decode().splitlines()
    line = json.loads(lines[receipt["line"]["n"]])
    assert line["hash"] == receipt["line"]["hash"]
    assert (line["bidder"], line["amount"], line["at"]) == (
        "WIN7",
        START,
        receipt["decided_as_of"],
    )
    assert verify(transcript, partial=True, head=receipt["line"]["hash"]).holds


def test_a_receipt_is_signed_where_the_platform_has_a_key(
    app: Flask, people: dict[str, FlaskClient], at: str
) -> None:
    app.config["SIGNING_KEY"] = new_seed()
    told = bid(people["WIN7"], at, START)

    receipt = json.loads(people["WIN7"].get(f"{told['receipt_url']}/receipt.json").text)

    signature = receipt.pop("signature")
    signed = canonical(receipt).encode()
    given = base64.b64decode(signature["ed25519"])
    assert verify_signature(signature["key"], signed, given)
    assert not verify_signature(signature["key"], signed.replace(b"WIN7", b"LOS3"), given)


def test_after_the_sale_the_receipt_says_what_became_of_the_bid(
    people: dict[str, FlaskClient], at: str, close: Any
) -> None:
    lost = bid(people["LOS3"], at, START)
    won = bid(people["WIN7"], at, START + STEP)
    close()

    assert "You bought the lot with this bid." in people["WIN7"].get(won["receipt_url"]).text
    assert "A higher bid has come since." in people["LOS3"].get(lost["receipt_url"]).text


def test_a_receipt_is_nobody_elses(people: dict[str, FlaskClient], at: str) -> None:
    told = bid(people["WIN7"], at, START)

    for path in (told["receipt_url"], f"{told['receipt_url']}/receipt.json"):
        assert people["LOS3"].get(path).status_code == 404
        assert people["WIN7"].get(path).status_code == 200


def test_every_attempt_is_listed_accepted_and_refused_with_its_reason(
    people: dict[str, FlaskClient], at: str
) -> None:
    bid(people["LOS3"], at, START)
    bid(people["WIN7"], at, START)
    bid(people["WIN7"], at, "a lot of money")
    bid(people["WIN7"], at, START + STEP)

    page = words_of(people["WIN7"].get(f"{at}/bids").text)

    assert page.count("Not accepted") == 2
    assert "This is the leading amount already." in page
    assert "a lot of money" in page
    assert "Accepted as bid no. 2" in page
    assert "LOS3" not in page


def test_my_lots_say_how_each_stands_and_what_is_next(
    world: World, people: dict[str, FlaskClient], at: str, close: Any
) -> None:
    bid(people["LOS3"], at, START)
    bid(people["WIN7"], at, START + STEP)
    running = {code: words_of(browser.get("/bid/").text) for code, browser in people.items()}
    close()
    ended = {code: words_of(browser.get("/bid/").text) for code, browser in people.items()}

    assert "You lead" in running["WIN7"] and "You have been outbid" in running["LOS3"]
    assert all("Bidding ends" in page for page in running.values())
    assert "You won" in ended["WIN7"] and "Pay the rest by" in ended["WIN7"]
    assert "Not yours" in ended["LOS3"] and "Your deposit is back by" in ended["LOS3"]
    assert "on its way back" in ended["LOS3"] and "with the court" in ended["WIN7"]


def test_my_lots_are_mine_alone(
    world: World, client_for: SignedIn, people: dict[str, FlaskClient]
) -> None:
    stranger = client_for(world.person())

    assert "You are not registered for any lot" in stranger.get("/bid/").text
    page = people["WIN7"].get("/bid/").text
    assert "WIN7" in page and "LOS3" not in page


def test_the_buyer_sees_what_is_owed_until_when_and_where_to(
    world: World, people: dict[str, FlaskClient], at: str, close: Any
) -> None:
    bid(people["WIN7"], at, START)
    close()

    page = words_of(people["WIN7"].get(f"{at}/won").text)

    [(reference,)] = world.rows("SELECT reference FROM settlements")
    assert "Still to pay ¥630,000.00" in page
    assert reference in page
    assert "6 June 2026, 00:00 (UTC+8)" in page
    assert "you lose your deposit" in page
    assert "Pay ¥630,000.00 by card" in page
    assert people["LOS3"].get(f"{at}/won").status_code == 404


def test_a_buyer_who_may_pay_in_parts_sees_each_with_its_day_and_state(
    world: World, people: dict[str, FlaskClient], at: str, close: Any
) -> None:
    """RULE-I1"""
    bid(people["WIN7"], at, START)
    close()
    with world.engine.begin() as connection:
        connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        connection.exec_driver_sql(
            """UPDATE sales SET balance_parts = '[{"days": 4, "percent": 40}]'"""
        )
        connection.exec_driver_sql("UPDATE settlements SET paid = 1000000")

    page = words_of(people["WIN7"].get(f"{at}/won").text)
    lots = words_of(people["WIN7"].get("/bid/").text)

    assert "To pay next: part 1 of 2 ¥242,000.00" in page
    assert "¥252,000.00" in page and "¥242,000.00 is missing" in page
    assert "31 May 2026, 00:00 (UTC+8)" in page and "6 June 2026, 00:00 (UTC+8)" in page
    assert "Pay ¥242,000.00 by card" in page and "Pay ¥620,000.00 by card" in page
    assert "Pay part 1 of 2 by" in lots


def test_paying_the_rest_by_card_waits_for_the_providers_page(
    world: World, people: dict[str, FlaskClient], at: str, close: Any, monkeypatch: Any
) -> None:
    at_once = partial(settlement.open_card_balance, patience_seconds=0)
    monkeypatch.setattr("app.web.bidder.won.open_card_balance", at_once)
    bid(people["WIN7"], at, START)
    close()

    waiting = people["WIN7"].post(f"{at}/won")
    world.rows(
        "UPDATE card_payments SET state = 'open', checkout_id = 'cs_2', url = 'https://pay.example',"
        " expires_at = clock_timestamp() + interval '30 minutes' RETURNING 1"
    )

    assert 'http-equiv="refresh"' in waiting.text
    assert people["WIN7"].get(f"{at}/won/opening").location == "https://pay.example"
    assert world.rows("SELECT purpose, amount FROM card_payments") == [("balance", 63_000_000)]


def test_notices_come_to_the_one_they_are_for_and_are_read_once(
    people: dict[str, FlaskClient], at: str, close: Any
) -> None:
    bid(people["WIN7"], at, START)
    close()

    winner = words_of(people["WIN7"].get("/bid/messages").text)
    people["WIN7"].post("/bid/messages")
    after = words_of(people["WIN7"].get("/bid/messages").text)
    loser = words_of(people["LOS3"].get("/bid/messages").text)

    assert "You bought the lot New" in winner
    assert "You bought the lot" in after and "New" not in after
    assert "Money goes back to you New" in loser and "You bought" not in loser


def test_a_refund_that_came_back_asks_for_an_account_and_seals_it(
    world: World, people: dict[str, FlaskClient], at: str, close: Any
) -> None:
    bid(people["WIN7"], at, START)
    close()
    world.rows("UPDATE refunds SET state = 'failed' RETURNING 1")

    page = people["LOS3"].get(f"{at}/deposit").text
    account = {"account_name": "Li Si", "account_number": "62220001", "account_bank": "Bank"}
    answer = people["LOS3"].post(f"{at}/deposit/account", data=account)

    assert f'href="{at}/deposit/account"' in page
    assert answer.status_code == 303
    [(sealed,)] = world.rows("SELECT sealed_origin FROM deposits WHERE sealed_origin IS NOT NULL")
    opened = Opener(world.settings["ENVELOPE_PRIVATE_KEY"]).open(bytes(sealed))
    assert opened == {"name": "Li Si", "account": "62220001", "bank": "Bank"}
