"""Objections, stops and revocations over HTTP: the forms of a court and of those who object."""

from __future__ import annotations

import io
import re
import uuid
import zipfile
from datetime import date, timedelta
from typing import Any

import psycopg
import pytest
from flask import Flask
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from app.db import engine_options
from app.gateways.seal import Opener
from app.models.cases import ClaimRecord, Party
from app.models.journal import Entry, enter_arrivals
from app.services.bidding.close import close_if_due
from auction_engine.money.fees import enforcement_fee
from tests.court_world import Bench, a_bench
from tests.web.conftest import SignedIn
from tests.world import NOON, World

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
DEBT = 10_000_000


class Court:
    """A sale that opens tomorrow, the browsers of the court's people, and somebody outside."""

    def __init__(self, world: World, bench: Bench, client_for: SignedIn) -> None:
        self.world, self.bench = world, bench
        self.sale_id = world.sale(bench.court_id, opens_at=NOON + DAY, closes_at=NOON + 2 * DAY)
        ((self.sale, self.case, self.case_id),) = world.rows(
            "SELECT s.public_id, c.public_id, c.id FROM sales s JOIN lots l ON l.id = s.lot_id"
            " JOIN cases c ON c.id = l.case_id"
        )
        self.clerk, self.judge = client_for(bench.clerk), client_for(bench.judges[0])
        self.person = world.person("Zhou Min")
        self.outsider = client_for(self.person)

    def url(self, page: str) -> str:
        return f"/court/{self.bench.court}/{page}"

    def status(self) -> str:
        return str(self.world.rows("SELECT status FROM sale_states")[0][0])

    def objection(self, **changed: Any) -> str:
        given = {"kind": "third_party", "right_claimed": "ownership", "grounds": "I bought it."}
        answer = self.outsider.post(f"/claims/objections/new/{self.sale}", data=given | changed)
        assert answer.status_code == 302, answer.text
        return str(answer.location.rsplit("/", 1)[1])

    def admit(self) -> None:
        with self.world.session() as session:
            party = Party(
                court_id=self.bench.court_id, case_id=self.case_id, role="applicant", name="Bank"
            )
            session.add(party)
            session.flush()
            session.add(
                ClaimRecord(
                    court_id=self.bench.court_id,
                    case_id=self.case_id,
                    party_id=party.id,
                    claim_class="ordinary",
                    amount=DEBT,
                    currency="CNY",
                    ground="judgment",
                    filed_on=date(2026, 1, 5),
                    state="admitted",
                    admitted_amount=DEBT,
                )
            )
            session.commit()

    def close(self, url: str) -> None:
        """Somebody bids, the sale ends sold."""
        registration = self.world.bidder(self.sale_id, "B01")
        engine = create_engine(url, **engine_options("closer"))
        self.world.hold_clock(self.bench.court_id, NOON + DAY + HOUR)
        with Session(engine) as session:
            bid = Entry(
                self.sale_id, "bid", uuid.uuid4(), registration_id=registration, amount=70_000_000
            )
            enter_arrivals(session, [bid])
            session.commit()
        self.world.hold_clock(self.bench.court_id, NOON + 3 * DAY)
        with Session(engine) as session:
            opener = Opener(self.world.settings["ENVELOPE_PRIVATE_KEY"])
            close_if_due(session, self.sale_id, opener.open)
            session.commit()
        engine.dispose()


@pytest.fixture
def court(app: Flask, world: World, client_for: SignedIn) -> Court:
    return Court(world, a_bench(world), client_for)


def test_an_objection_goes_from_the_lot_to_its_ruling_by_forms(court: Court) -> None:
    """RULE-L8, RULE-M2."""
    page = court.outsider.get(f"/sales/{court.sale}")
    objection = court.objection()
    base = court.url(f"objections/{objection}")

    unstayed = court.clerk.post(f"{base}/receive", data={})
    received = court.clerk.post(f"{base}/receive", data={"stay": "y"})
    decided = court.judge.post(f"{base}/decide", data={"decision": "dismiss", "reason": "No proof"})
    served = court.clerk.post(f"{base}/serve", data={"served_at": ""})

    assert f"/claims/objections/new/{court.sale}" in page.text
    assert (unstayed.status_code, received.status_code) == (409, 302)
    assert "There is no choice (L8)" in unstayed.text
    assert (decided.status_code, served.status_code) == (302, 302)
    assert court.status() == "suspended"
    shown = court.judge.get(base).text
    assert "M2: 15 days from 26 May 2026" in re.sub(r"\s+", " ", shown)
    assert "until 10 June 2026" in re.sub(r"\s+", " ", shown)
    told = court.outsider.get(f"/claims/objections/{objection}").text
    assert "No proof" in told and "You may sue within 15 days" in told


def test_nothing_goes_on_while_a_third_partys_objection_stands(court: Court) -> None:
    """RULE-M2: 409, with the rule in words."""
    court.clerk.post(court.url(f"objections/{court.objection()}/receive"), data={"stay": "y"})

    answer = court.judge.post(
        court.url(f"sales/{court.sale}/resumption"), data={"resumes_at": "2026-05-28T10:00"}
    )

    assert answer.status_code == 409
    assert "A third party objects to the sale" in answer.text


def test_every_fault_of_an_objection_is_named_with_its_field(court: Court) -> None:
    empty = court.outsider.post(f"/claims/objections/new/{court.sale}", data={})
    rightless = court.outsider.post(
        f"/claims/objections/new/{court.sale}",
        data={"kind": "third_party", "grounds": "Mine", "right_claimed": ""},
    )

    assert empty.status_code == 400
    assert "Choose what you object to" in empty.text and "Say what is wrong" in empty.text
    assert rightless.status_code == 409
    assert "Name the right that the third party claims" in rightless.text


def test_a_clerk_does_not_rule(court: Court) -> None:
    objection = court.objection()

    answer = court.clerk.post(
        court.url(f"objections/{objection}/decide"), data={"decision": "uphold", "reason": "Yes"}
    )

    assert answer.status_code == 404


def test_one_on_paper_is_entered_by_the_court(court: Court) -> None:
    answer = court.clerk.post(
        court.url(f"sales/{court.sale}/objections/new"),
        data={"kind": "conduct", "name": "Li", "grounds": "Nobody told me.", "right_claimed": ""},
    )

    assert answer.status_code == 302
    assert "Li" in court.judge.get(court.url("objections")).text


def test_a_paid_debt_stops_the_sale_by_forms(court: Court) -> None:
    """RULE-L7."""
    court.admit()
    fee = enforcement_fee(DEBT)
    recorded = court.clerk.post(
        court.url(f"cases/{court.case}/debtor-payments"),
        data={
            "amount": f"{(DEBT + fee) / 100:.2f}",
            "currency": "CNY",
            "reference": "receipt 7",
            "received_at": "2026-05-26T09:00",
            "asked_at": "2026-05-26T09:00",
        },
    )
    ((payment,),) = court.world.rows("SELECT public_id FROM debtor_payments")
    base = court.url(f"debtor-payments/{payment}")

    refused = court.judge.post(base, data={"decision": "refuse", "reason": "No"})
    granted = court.judge.post(base, data={"decision": "grant", "reason": ""})

    assert recorded.status_code == 302
    assert refused.status_code == 409 and "The law leaves no choice (L7)" in refused.text
    assert granted.status_code == 302
    assert court.status() == "withdrawn"
    assert "The debt is paid in full" in court.outsider.get(f"/sales/{court.sale}").text


def test_a_payment_that_lacks_something_names_each_field(court: Court) -> None:
    answer = court.clerk.post(
        court.url(f"cases/{court.case}/debtor-payments"), data={"amount": "x"}
    )

    assert answer.status_code == 400
    for field in ("amount", "reference", "received_at", "asked_at"):
        assert f'href="#{field}"' in answer.text, field
        assert answer.text.count(f'id="{field}"') == 1, field


def test_a_bankruptcy_without_its_number_leads_to_its_own_field(court: Court) -> None:
    answer = court.judge.post(
        court.url(f"cases/{court.case}/bankruptcy"), data={"accepted_on": "2026-05-25"}
    )

    assert answer.status_code == 400
    assert 'href="#bankruptcy-reference"' in answer.text
    assert 'id="bankruptcy-reference"' in answer.text


def test_a_bankruptcy_stays_and_ends_by_forms(court: Court) -> None:
    """RULE-L9."""
    court.judge.post(
        court.url(f"cases/{court.case}/bankruptcy"),
        data={"reference": "(2026) Bankr. 3", "accepted_on": "2026-05-25"},
    )
    stayed = court.status()
    ((bankruptcy,),) = court.world.rows("SELECT public_id FROM bankruptcies")

    ended = court.judge.post(
        court.url(f"bankruptcies/{bankruptcy}"), data={"decision": "declare", "reference": "3-2"}
    )

    assert (stayed, court.status(), ended.status_code) == ("suspended", "withdrawn", 302)


def test_costs_and_the_debtors_consent_are_kept(court: Court) -> None:
    """RULE-C10."""
    court.admit()
    court.clerk.post(
        court.url(f"cases/{court.case}/coverage"),
        data={"costs": "1,200.00", "sells_all_reference": "file, page 9"},
    )

    page = court.judge.get(court.url(f"cases/{court.case}/stopping"))
    assert page.status_code == 200 and "file, page 9" in page.text
    assert court.world.rows("SELECT costs, sells_all_at FROM case_coverages") == [(120_000, NOON)]


def test_a_sale_is_revoked_by_forms_and_everybody_reads_it(
    court: Court, clean_database: dict[str, str]
) -> None:
    """RULE-M3, RULE-M6."""
    court.close(clean_database["closer"])
    asked = court.outsider.post(
        f"/claims/revocations/new/{court.sale}",
        data={"ground": "system_failure", "grounds": "My bid was lost."},
    )
    revocation = asked.location.rsplit("/", 1)[1]
    base = court.url(f"revocations/{revocation}")

    bundle = court.clerk.get(f"{base}/evidence.zip")
    again = court.judge.get(f"{base}/evidence.zip")
    decided = court.judge.post(base, data={"decision": "grant", "reason": "The log shows it"})

    assert bundle.data == again.data and bundle.mimetype == "application/zip"
    assert "journal.jsonl" in zipfile.ZipFile(io.BytesIO(bundle.data)).namelist()
    assert decided.status_code == 302
    public = court.outsider.get(f"/sales/{court.sale}/result").text
    assert "The court has revoked this sale" in public and "A system failure" in public
    for page in (public, court.outsider.get(f"/sales/{court.sale}").text):
        assert 'data-state="undone"' in page and 'data-state="sold"' not in page
    assert court.judge.get(base).status_code == 200
    assert "The log shows it" in court.outsider.get(f"/claims/revocations/{revocation}").text


def test_a_sale_that_runs_is_withdrawn_and_not_revoked(court: Court) -> None:
    answer = court.outsider.post(
        f"/claims/revocations/new/{court.sale}",
        data={"ground": "procedure", "grounds": "Nobody was told."},
    )

    assert answer.status_code == 409
    assert "It can be withdrawn, not revoked" in answer.text


def test_the_grounds_of_revocation_are_those_of_the_law(court: Court) -> None:
    """RULE-M3, RULE-M4: the list is closed, in the form and in the table."""
    answer = court.clerk.post(
        court.url(f"sales/{court.sale}/revocations/new"),
        data={"ground": "too_cheap", "name": "Li", "grounds": "It was cheap."},
    )

    assert answer.status_code == 400
    with (
        psycopg.connect(court.world.url) as connection,
        pytest.raises(psycopg.errors.CheckViolation),
    ):
        connection.execute(
            "INSERT INTO revocations (public_id, court_id, case_id, sale_id, ground, name, grounds,"
            " requested_at, state) SELECT 'r', court_id, %s, id, 'too_cheap', 'Li', '', %s,"
            " 'requested' FROM sales",
            [court.case_id, NOON],
        )


def test_the_desk_asks_for_what_is_due_and_says_by_which_rule(court: Court) -> None:
    """RULE-L8, RULE-M1, RULE-L7."""
    objection = court.objection()
    before = court.judge.get(f"/court/{court.bench.court}").text
    court.clerk.post(court.url(f"objections/{objection}/receive"), data={"stay": "y"})

    after = court.judge.get(f"/court/{court.bench.court}").text

    assert "Take an objection in" in before
    assert "Rule on an objection" in after
    assert f"objections/{objection}" in after
