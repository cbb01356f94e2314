"""A court's people at a running sale and after it, over HTTP."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from app.db import engine_options
from app.gateways.seal import Opener
from app.models.journal import Entry, enter_arrivals
from app.services.bidding.close import close_if_due
from tests.court_world import Bench, a_bench
from tests.web.conftest import SignedIn
from tests.world import NOON, World

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


class Court:
    """A running sale of a court, and the browsers of its people."""

    def __init__(self, world: World, bench: Bench, client_for: SignedIn) -> None:
        self.world = world
        self.bench = bench
        self.sale_id = world.sale(bench.court_id)
        self.registration = world.bidder(self.sale_id, "B01")
        ((self.sale,),) = world.rows("SELECT public_id FROM sales")
        self.clerk = client_for(bench.clerk)
        self.judge = client_for(bench.judges[0])

    def url(self, page: str) -> str:
        return f"/court/{self.bench.court}/sales/{self.sale}/{page}"

    def post(self, client: FlaskClient, page: str, **fields: Any) -> Any:
        return client.post(self.url(page), data=fields)

    def hold(self, at: Any) -> None:
        self.world.hold_clock(self.bench.court_id, at)

    def close(self, urls: dict[str, str], *, bid: bool = True) -> None:
        """Somebody bids, or nobody does, and the closing process does its work."""
        engine = create_engine(urls["closer"], **engine_options("closer"))
        if bid:
            with Session(engine) as session:
                enter_arrivals(
                    session,
                    [
                        Entry(
                            self.sale_id,
                            "bid",
                            uuid.uuid4(),
                            registration_id=self.registration,
                            amount=70_000_000,
                        )
                    ],
                )
                session.commit()
        self.hold(NOON)
        with Session(engine) as session:
            opener = Opener(self.world.settings["ENVELOPE_PRIVATE_KEY"])
            close_if_due(session, self.sale_id, opener.open)
            session.commit()
        engine.dispose()

    def pay(self) -> None:
        with psycopg.connect(self.world.url, autocommit=True) as connection:
            connection.execute(
                "UPDATE settlements SET paid = price - deposit_applied, state = 'paid',"
                " paid_at = %s",
                [NOON + DAY],
            )


@pytest.fixture
def court(app: Flask, world: World, client_for: SignedIn) -> Court:
    return Court(world, a_bench(world, rehearsal_at=NOON - 2 * HOUR), client_for)


def test_the_live_page_shows_codes_and_no_names(court: Court) -> None:
    """RULE-A8, E13"""
    page = court.clerk.get(court.url("control"))

    assert page.status_code == 200
    assert "Suspend now" in page.text
    assert "Bidder B01" not in page.text
    assert "Deposits by code" not in page.text, "how many hold one is not shown before the end"


def test_a_sale_is_suspended_announced_and_goes_on(court: Court) -> None:
    stayed = court.post(court.clerk, "suspend", reason="Objection 12", key=str(uuid.uuid4()))
    too_soon = court.post(court.judge, "resume", key=str(uuid.uuid4()))
    court.post(court.judge, "resumption", resumes_at="2026-05-26T09:00", closes_at="")
    court.hold(NOON - HOUR)
    resumed = court.post(court.judge, "resume", key=str(uuid.uuid4()))

    assert (stayed.status_code, too_soon.status_code, resumed.status_code) == (302, 409, 302)
    assert "Announce first" in too_soon.text
    state = court.world.rows("SELECT status, closes_at FROM sale_states")
    assert state == [("open", NOON + HOUR)], "two hours were left when it was suspended"


def test_a_stay_needs_a_reason(court: Court) -> None:
    answer = court.post(court.clerk, "suspend", reason=" ", key=str(uuid.uuid4()))

    assert answer.status_code == 400
    assert "Give a reason" in answer.text
    assert court.world.rows("SELECT count(*) FROM arrivals WHERE kind = 'suspend'") == [(0,)]


def test_a_withdrawal_must_be_confirmed(court: Court) -> None:
    given = {"ground": "debt_paid", "reason": "Paid"}
    half = court.post(court.judge, "withdraw", **given, key=str(uuid.uuid4()))
    whole = court.post(court.judge, "withdraw", **given, confirm="y", key=str(uuid.uuid4()))

    assert (half.status_code, whole.status_code) == (400, 302)
    assert court.world.rows("SELECT status FROM sale_states") == [("withdrawn",)]


@pytest.mark.parametrize("ground", ["", "we_changed_our_mind", "debts_covered"])
def test_a_sale_is_withdrawn_on_a_ground_of_the_law_and_on_no_other(
    court: Court, ground: str
) -> None:
    """RULE-L6: the list is closed."""
    answer = court.post(
        court.judge, "withdraw", ground=ground, reason="Paid", confirm="y", key=str(uuid.uuid4())
    )

    assert answer.status_code == 400
    assert 'href="#ground' in answer.text
    assert court.world.rows("SELECT status FROM sale_states") == [("announced",)]


def test_everybody_reads_the_ground_of_a_withdrawal(court: Court) -> None:
    """RULE-L6, RULE-L3."""
    court.post(
        court.judge,
        "withdraw",
        ground="settled",
        reason="Agreement of 25 May",
        confirm="y",
        key=str(uuid.uuid4()),
    )

    page = court.judge.get(f"/sales/{court.sale}")
    assert "The parties settled, and no sale is needed" in page.text
    assert "Agreement of 25 May" in page.text


def test_a_clerk_neither_resumes_nor_withdraws(court: Court) -> None:
    for act in ("resumption", "resume", "withdraw", "default"):
        assert court.post(court.clerk, act).status_code == 404


def test_everything_after_a_sale_is_done_by_forms(
    court: Court, clean_database: dict[str, str]
) -> None:
    court.close(clean_database)
    court.pay()
    court.hold(NOON + 2 * DAY)
    base = f"/court/{court.bench.court}"

    drafted = court.post(court.clerk, "ruling")
    ruling = drafted.location.rsplit("/", 1)[1]
    court.judge.post(f"{base}/documents/{ruling}/sign")
    court.clerk.post(f"{base}/documents/{ruling}/serve", data={"served_at": ""})
    court.post(court.clerk, "handover", delivered_at="2026-05-28T10:00", note="Keys")
    asked = court.post(court.clerk, "registration-request", registry="Land registry")

    assert asked.status_code == 302
    assert court.world.rows("SELECT state FROM settlements") == [("delivered",)]
    kinds = [kind for (kind,) in court.world.rows("SELECT kind FROM documents ORDER BY id")]
    assert kinds == ["confirmation", "ruling", "handover", "registration_request"]
    page = court.clerk.get(court.url("after")).text
    assert "Bidder B01" in page
    assert "Record of handover" in page


def test_deposits_are_shown_by_code_once_it_is_over(
    court: Court, clean_database: dict[str, str]
) -> None:
    """RULE-E13"""
    court.world.bidder(court.sale_id, "B02")
    court.close(clean_database)

    page = court.clerk.get(court.url("control")).text

    table = page.split('id="deposits"')[1]
    assert re.search(r"B02.*?Going back", table, re.DOTALL)
    assert "Bidder B02" not in page


def test_a_default_is_decided_by_a_judge_after_the_period(
    court: Court, clean_database: dict[str, str]
) -> None:
    court.close(clean_database)
    early = court.post(court.judge, "default", reason="Nothing came", confirm="y")
    court.hold(NOON + 12 * DAY)
    late = court.post(court.judge, "default", reason="Nothing came", confirm="y")
    again = court.post(court.clerk, "next-round")

    assert (early.status_code, late.status_code, again.status_code) == (409, 302, 302)
    assert court.world.rows("SELECT state FROM settlements") == [("defaulted",)]
    assert court.world.rows("SELECT round, state FROM sales ORDER BY number") == [
        ("first", "ended"), ("first", "draft"),
    ]  # fmt: skip


def test_an_unsold_lot_gets_its_second_round_by_one_button(
    court: Court, clean_database: dict[str, str]
) -> None:
    court.close(clean_database, bid=False)

    answer = court.post(court.clerk, "next-round")
    page = court.clerk.get(answer.location).text

    assert "/prepare" in answer.location
    assert "Second auction" in page
    assert "¥560,000.00" in page


def test_the_desk_sorts_by_legal_deadline_and_says_why(
    court: Court, clean_database: dict[str, str]
) -> None:
    court.close(clean_database)
    court.pay()
    court.hold(NOON + 2 * DAY)

    page = court.judge.get(f"/court/{court.bench.court}").text

    assert "Draft the ruling" in page
    # Paid on 27 May; the tenth day after is Saturday, 6 June.
    assert "8 June 2026" in page
    assert "I2: 10 days from 27 May 2026; the last day is free, so the next working day" in page


def test_a_day_off_moves_a_deadline(court: Court, clean_database: dict[str, str]) -> None:
    court.close(clean_database)
    court.pay()
    court.hold(NOON + 2 * DAY)
    base = f"/court/{court.bench.court}"
    court.clerk.post(
        f"{base}/calendar", data={"on": "2026-06-08", "works": "no", "name": "Court holiday"}
    )

    assert "9 June 2026" in court.judge.get(base).text


def test_a_claim_is_decided_by_a_judge_and_a_cut_needs_a_reason(court: Court) -> None:
    base = f"/court/{court.bench.court}"
    ((case,),) = court.world.rows("SELECT public_id FROM cases")
    court.clerk.post(f"{base}/cases/{case}/parties/new", data={"role": "creditor", "name": "Bank"})
    ((party,),) = court.world.rows("SELECT public_id FROM parties")
    ((asset,),) = court.world.rows("SELECT public_id FROM assets")
    entered = court.clerk.post(
        f"{base}/cases/{case}/claims/new",
        data={
            "party": party,
            "claim_class": "secured",
            "amount": "500,000",
            "currency": "CNY",
            "rank": "1",
            "on_assets": asset,
            "ground": "Mortgage",
            "filed_on": "2026-05-01",
        },
    )
    decision = {
        "decision": "admit",
        "admitted_amount": "400,000",
        "claim_class": "secured",
        "rank": "1",
        "on_assets": asset,
    }

    assert court.clerk.post(entered.location, data=decision).status_code == 404
    without = court.judge.post(entered.location, data=decision)
    given = court.judge.post(entered.location, data={**decision, "reason": "Interest too high"})

    assert (without.status_code, given.status_code) == (400, 302)
    claims = court.world.rows("SELECT state, admitted_amount, rank, on_assets FROM claims")
    assert claims == [("admitted", 40_000_000, 1, [asset])]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_pages_of_a_sold_lot_read_in_both_languages(
    court: Court, clean_database: dict[str, str], language: str
) -> None:
    court.close(clean_database)
    court.pay()
    court.hold(NOON + 2 * DAY)
    drafted = court.post(court.clerk, "ruling")

    for address in (
        f"/court/{court.bench.court}",
        drafted.location,
        *(court.url(page) for page in ("control", "after", "priority", "panel", "prepare")),
    ):
        answer = court.judge.get(address, query_string={"lang": language})
        assert answer.status_code == 200, address


def test_the_public_reads_when_bidding_goes_on(court: Court, client: FlaskClient) -> None:
    court.post(court.clerk, "suspend", reason="Objection 12", key=str(uuid.uuid4()))
    court.post(court.judge, "resumption", resumes_at="2026-05-26T09:00", closes_at="")

    page = client.get("/notices").text

    assert "The sale is suspended. Reason: Objection 12" in page
    assert "Bidding goes on" in page
    assert "09:00:00 (UTC+8) and ends" in page


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_page_after_a_failure_reads_in_both_languages(
    court: Court, clean_database: dict[str, str], language: str
) -> None:
    court.close(clean_database, bid=False)

    answer = court.judge.get(court.url("after"), query_string={"lang": language})

    assert answer.status_code == 200
    assert "80" in answer.text or "百分之八十" in answer.text
