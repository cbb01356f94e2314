"""A sealed sale from its first bid to the award: nobody learns anything before the end."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import create_engine, text

from app.db import engine_for, engine_options
from app.gateways.seal import Opener
from app.services.bidding import sweeps
from app.services.bidding.desk import Unreachable
from app.services.bidding.drain import drain
from app.web.deadline import Deadline
from tests.staff import appoint
from tests.web.conftest import SignedIn
from tests.web.test_bid_room_page import address
from tests.world import NOON, World

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
VALUE = 100_000_00
_ENTER = "app.services.bidding.desk.Desk.enter"
_HIDDEN = re.compile('<input type="hidden" name="([^"]+)" value="([^"]*)">')


class Sealed:
    """A home in a court of sealed bids, with three bidders at their browsers."""

    def __init__(self, world: World, client_for: SignedIn) -> None:
        self.world = world
        self.court = world.court(rehearsal_at=NOON - DAY)
        self.sale = world.sale(
            self.court,
            rules="es-2025",
            reference_price=VALUE,
            starting_price=1,
            increment=1,
            multiples_only=False,
            deposit=20_000_00,
            opens_at=NOON - 20 * DAY,
        )
        self.at = address(world, self.sale)
        self.public_id = self.at.removeprefix("/bid/")
        self.browsers: dict[str, FlaskClient] = {}
        for code in ("ANN1", "BEN2", "CAT3"):
            person = world.person(name=f"Person {code}")
            world.bidder(self.sale, code, person_id=person, deposit=20_000_00)
            self.browsers[code] = client_for(person)
        with world.session() as session:
            drain(session, self.sale)
            session.commit()

    def bid(self, code: str, amount: int, **more: Any) -> dict[str, Any]:
        told: dict[str, Any] = (
            self.browsers[code]
            .post(
                f"{self.at}/bid",
                json={"amount": amount, "key": str(uuid.uuid4()), "terms_hash": "0" * 64, **more},
            )
            .json
        )
        return told

    def close(self, urls: dict[str, str]) -> None:
        self.world.hold_clock(self.court, NOON)
        self.sweep(urls, sweeps.close_due)

    def sweep(self, urls: dict[str, str], sweep: Any) -> None:
        engine = create_engine(urls["closer"], **engine_options("closer"))
        opener = Opener(self.world.settings["ENVELOPE_PRIVATE_KEY"])
        sweep(engine, lambda _message: None, opener.open)
        engine.dispose()

    def deposits(self) -> dict[str, str]:
        return dict(
            self.world.rows(
                "SELECT r.code, d.state FROM deposits d"
                " JOIN registrations r ON r.id = d.registration_id"
            )
        )


@pytest.fixture
def sealed(app: Flask, world: World, client_for: SignedIn) -> Sealed:
    return Sealed(world, client_for)


def test_while_it_runs_nobody_sees_a_bid_nor_how_many_there_are(
    sealed: Sealed, client: FlaskClient
) -> None:
    told = sealed.bid("ANN1", 80_000_00)
    sealed.bid("BEN2", 90_000_00)
    pages = [
        client.get(f"/sales/{sealed.public_id}").text,
        client.get(f"/sales/{sealed.public_id}/live").text,
        client.get("/").text,
        sealed.browsers["CAT3"].get(f"{sealed.at}/room").text,
    ]
    snapshot = client.get(f"/sales/{sealed.public_id}/snapshot.json").json

    assert (told["accepted"], told["seq"]) == (True, None)
    for page in pages:
        told_too_much = ("80,000", "90,000", "ANN1", "BEN2", "2 bids")
        assert not [word for word in told_too_much if word in page]
    assert (snapshot["seq"], snapshot["bids"], snapshot["leader"]) == (0, [], None)
    assert (snapshot["price_minor"], snapshot["at"]) == (None, None)
    assert client.get(f"/sales/{sealed.public_id}/transcript.jsonl").status_code == 404


def test_the_database_hides_sealed_bids_from_the_public_and_from_the_court(
    sealed: Sealed, app: Flask
) -> None:
    sealed.bid("ANN1", 80_000_00)

    with app.app_context():
        for role in ("public", "web"):
            with engine_for(role).connect() as connection:
                if role == "web":
                    connection.execute(
                        text("SELECT set_config('luochui.court', :court, true)"),
                        {"court": str(sealed.court)},
                    )
                for table in ("bids", "transcript_lines"):
                    count = connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()
                    assert count == 0, (role, table)
    assert sealed.world.rows("SELECT count(*) FROM bids") == [(1,)]


def test_a_bidder_sees_their_own_bid_and_replaces_it(sealed: Sealed) -> None:
    sealed.bid("ANN1", 80_000_00)
    lower = sealed.bid("ANN1", 75_000_00)
    page = sealed.browsers["ANN1"].get(f"{sealed.at}/room").text
    receipt = sealed.browsers["ANN1"].get(lower["receipt_url"]).text
    lots = sealed.browsers["ANN1"].get("/bid/").text

    assert "¥75,000.00" in page and "¥80,000.00" not in page
    assert "It replaces every earlier one of yours" in receipt
    assert "Your sealed bid stands" in lots


def test_a_sealed_bid_is_placed_without_scripts(sealed: Sealed) -> None:
    browser = sealed.browsers["ANN1"]

    review = browser.get(f"{sealed.at}/review?amount=70000&reserve=y").text
    key = review.split('name="key" value="')[1].split('"')[0]
    posted = browser.post(
        f"{sealed.at}/bid",
        data={"amount": "70000", "reserve": "y", "key": key, "terms_hash": "0" * 64},
    )

    assert 'name="reserve" value="y"' in review
    assert posted.status_code == 303
    assert sealed.world.rows("SELECT amount, reserve FROM bids") == [(70_000_00, True)]


def _unreachable(*_arguments: Any) -> Any:
    raise Unreachable


def _broken(*_arguments: Any) -> Any:
    raise OSError


@pytest.mark.parametrize(("fails", "status"), [(_unreachable, 202), (_broken, 503)])
def test_a_sealed_bid_asked_for_again_still_stands_in_if_the_best_does_not_pay(
    sealed: Sealed, app: Flask, monkeypatch: pytest.MonkeyPatch, fails: Any, status: int
) -> None:
    """By the form on the page that answered, whether the application wrote it or the deadline."""
    app.config.update(TESTING=False, PROPAGATE_EXCEPTIONS=False)
    monkeypatch.setattr(app, "wsgi_app", Deadline(app.wsgi_app))
    content = {"amount": "70000", "key": str(uuid.uuid4()), "terms_hash": "0" * 64}
    browser = sealed.browsers["ANN1"]
    with monkeypatch.context() as broken:
        broken.setattr("app.web.bidder.bid.place_bid" if status == 503 else _ENTER, fails)
        unknown = browser.post(f"{sealed.at}/bid", data=content | {"reserve": "y"})

    again = browser.post(f"{sealed.at}/bid", data=dict(_HIDDEN.findall(unknown.text)))

    assert unknown.status_code == status
    assert again.status_code == 303
    assert sealed.world.rows("SELECT amount, reserve FROM bids") == [(70_000_00, True)]


def test_a_bid_far_above_the_value_is_asked_for_twice(sealed: Sealed) -> None:
    review = sealed.browsers["ANN1"].get(f"{sealed.at}/review?amount=130000").text

    assert "amount_again" in review


def test_at_the_end_the_best_of_the_last_bids_buys_and_everything_is_shown(
    sealed: Sealed, client: FlaskClient, clean_database: dict[str, str]
) -> None:
    sealed.bid("ANN1", 95_000_00)
    sealed.bid("BEN2", 90_000_00)
    sealed.bid("ANN1", 80_000_00)
    sealed.bid("CAT3", 85_000_00, reserve=True)

    sealed.close(clean_database)
    snapshot = client.get(f"/sales/{sealed.public_id}/snapshot.json").json
    transcript = client.get(f"/sales/{sealed.public_id}/transcript.jsonl")

    assert (snapshot["status"], snapshot["leader"], snapshot["price_minor"]) == (
        "sold",
        "BEN2",
        90_000_00,
    )
    assert len(snapshot["bids"]) == 4
    assert transcript.status_code == 200
    assert '"winner":"BEN2"' in transcript.text
    deposits = sealed.deposits()
    assert deposits["ANN1"] == "releasing"
    assert deposits["CAT3"] == "held", "whoever stands in leaves the deposit there"


def test_a_low_best_bid_waits_for_the_court_which_waits_for_the_debtor(
    sealed: Sealed, client_for: SignedIn, client: FlaskClient, clean_database: dict[str, str]
) -> None:
    page, judge = _court(sealed, client_for)
    sealed.bid("ANN1", 60_000_00)
    sealed.bid("BEN2", 55_000_00)
    sealed.close(clean_database)

    waiting = client.get(f"/sales/{sealed.public_id}/result").text
    kept = sealed.deposits()
    early = judge.post(page, data={"decision": "approve", "reason": ""})
    sealed.world.hold_clock(sealed.court, NOON + 11 * DAY)
    approved = judge.post(page, data={"decision": "approve", "reason": ""})
    again = judge.post(page, data={"decision": "refuse", "reason": "second thoughts"})
    sealed.sweep(clean_database, sweeps.carry_out_awards)
    sealed.sweep(clean_database, sweeps.carry_out_awards)

    assert "The court has not decided yet." in waiting
    assert (kept["ANN1"], kept["BEN2"]) == ("held", "releasing")
    assert (early.status_code, approved.status_code, again.status_code) == (409, 302, 409)
    assert "The debtor may still bring somebody who pays more." in early.text
    assert sealed.world.rows("SELECT price, deposit_applied FROM settlements") == [
        (60_000_00, 20_000_00)
    ]
    assert sealed.world.rows("SELECT name FROM buyers") == [("Bidder ANN1",)]
    assert sealed.world.rows("SELECT phase, price FROM public_lots") == [("sold", 60_000_00)]


def test_where_the_law_leaves_it_to_the_court_it_gives_a_reason(
    sealed: Sealed, client_for: SignedIn, clean_database: dict[str, str]
) -> None:
    page, judge = _court(sealed, client_for)
    sealed.bid("ANN1", 30_000_00)
    sealed.close(clean_database)
    sealed.world.hold_clock(sealed.court, NOON + 11 * DAY)

    bare = judge.post(page, data={"decision": "refuse", "reason": " "})
    refused = judge.post(page, data={"decision": "refuse", "reason": "far below the value"})
    sealed.sweep(clean_database, sweeps.carry_out_awards)

    assert (bare.status_code, refused.status_code) == (409, 302)
    assert sealed.deposits()["ANN1"] == "releasing"
    assert sealed.world.rows("SELECT phase FROM public_lots") == [("unsold",)]
    assert sealed.world.rows("SELECT count(*) FROM buyers") == [(0,)]


def test_the_award_stands_whoever_asks_the_database(
    sealed: Sealed, client_for: SignedIn, clean_database: dict[str, str]
) -> None:
    page, judge = _court(sealed, client_for)
    sealed.bid("ANN1", 60_000_00)
    sealed.close(clean_database)
    sealed.world.hold_clock(sealed.court, NOON + 11 * DAY)
    judge.post(page, data={"decision": "approve", "reason": ""})

    with pytest.raises(Exception, match="stands"), sealed.world.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE awards SET price = 1")
    with pytest.raises(Exception, match="stands"), sealed.world.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM awards")


def test_what_was_bid_in_a_withdrawn_sale_stays_sealed(
    sealed: Sealed, client: FlaskClient, clean_database: dict[str, str]
) -> None:
    sealed.bid("ANN1", 80_000_00)
    with sealed.world.engine.begin() as connection:
        connection.exec_driver_sql(
            "SELECT enter_arrivals(jsonb_build_array(jsonb_build_object('sale', "
            f"{sealed.sale}, 'kind', 'withdraw', 'key', gen_random_uuid(), 'details',"
            " jsonb_build_object('by', 'court', 'reason', 'settled'))))"
        )
    sealed.sweep(clean_database, lambda engine, say, _open: sweeps.drain_leftovers(engine, say))
    sealed.sweep(clean_database, sweeps.close_due)

    snapshot = client.get(f"/sales/{sealed.public_id}/snapshot.json").json

    assert snapshot["status"] == "withdrawn"
    assert (snapshot["bids"], snapshot["leader"]) == ([], None)
    assert client.get(f"/sales/{sealed.public_id}/transcript.jsonl").status_code == 404
    assert set(sealed.deposits().values()) == {"releasing"}


def _court(sealed: Sealed, client_for: SignedIn) -> tuple[str, FlaskClient]:
    judge = sealed.world.person("Judge")
    appoint(sealed.world, sealed.court, judge, "judge")
    court = sealed.world.rows("SELECT public_id FROM courts WHERE id = %s", sealed.court)[0][0]
    return f"/court/{court}/sales/{sealed.public_id}/award", client_for(judge)
