"""What the law leaves open is read as a president says, for sales drafted afterwards."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from app.db import Tenant, act_for
from app.models.cases import Party
from app.models.checklist_rows import LineState, hold_against_rules
from app.models.sales import PartyNotice, SaleRecord
from app.services.listing import law_of
from app.services.readings import ReadingRefusal, choose_readings, open_questions
from app.services.registration import owed_by_applicant
from tests.services.test_registration import an_applicant_for_it
from tests.staff import appoint
from tests.world import NOON, World

REDUCED = "cn-2016-18+other_creditors_deposit=reduced"
BY_PUBLICATION = "cn-2016-18+unreachable_parties=deemed_by_publication"


def test_a_sale_drafted_afterwards_names_the_reading_in_its_pack(app: Flask, world: World) -> None:
    court = world.court()
    sale = world.sale(court)
    president = world.person("President")
    act_for(Tenant(court_id=court, person_id=president))

    answer = choose_readings(court, {"bid_at_the_end": "in"}, reason="Guidance 7", by=president)

    assert not isinstance(answer, ReadingRefusal)
    assert world.rows("SELECT rules FROM sales") == [("cn-2016-18",)]
    with world.session() as session:
        case = world.rows("SELECT case_id FROM lots")[0][0]
        law = law_of(session, court, case)
        assert law is not None and law.id == "cn-2016-18+bid_at_the_end=in"
        assert session.get_one(SaleRecord, sale).rules == "cn-2016-18"
    assert world.rows(
        "SELECT details->>'reason' FROM audit WHERE action = 'court.readings_chosen'"
    ) == [("Guidance 7",)]


def test_a_reading_that_does_not_exist_and_a_missing_reason_are_refused(
    app: Flask, world: World
) -> None:
    court, president = world.court(), world.person("President")
    act_for(Tenant(court_id=court, person_id=president))

    unknown = choose_readings(court, {"bid_at_the_end": "maybe"}, reason="x", by=president)
    bare = choose_readings(court, {"bid_at_the_end": "in"}, reason=" ", by=president)

    assert unknown is ReadingRefusal.NO_SUCH_READING
    assert bare is ReadingRefusal.NO_REASON
    assert world.rows("SELECT readings FROM courts") == [({},)]


@pytest.mark.parametrize(("rules", "owed"), [("cn-2016-18", 7_000_000), (REDUCED, 0)])
def test_other_creditors_deposit_as_the_question_is_read(
    app: Flask, world: World, rules: str, owed: int
) -> None:
    """RULE-E6, both readings."""
    sale_id = world.sale(world.court(), rules=rules)
    person = an_applicant_for_it(world, sale_id, admitted=20_000_000, role="creditor")

    with world.session() as session:
        assert owed_by_applicant(session, session.get_one(SaleRecord, sale_id), person) == owed


@pytest.mark.parametrize(
    ("rules", "days_before", "state"),
    [
        ("cn-2016-18", 7, LineState.VIOLATED),
        ("cn-2016-18", 8, LineState.SATISFIED),
        (BY_PUBLICATION, 5, LineState.SATISFIED),
        (BY_PUBLICATION, 4, LineState.VIOLATED),
    ],
)
def test_notice_by_publication_counts_as_the_question_is_read(
    app: Flask, world: World, rules: str, days_before: int, state: LineState
) -> None:
    """RULE-D6, both readings."""
    court, clerk = world.court(), world.person("Clerk")
    sale_id = world.sale(court, rules=rules)
    with world.session() as session:
        sale = session.get_one(SaleRecord, sale_id)
        case = world.rows("SELECT case_id FROM lots")[0][0]
        debtor = Party(court_id=court, case_id=case, role="debtor", name="Debtor")
        session.add(debtor)
        session.flush()
        announced_at = NOON - timedelta(days=40)
        session.add(
            PartyNotice(
                court_id=court,
                sale_id=sale_id,
                party_id=debtor.id,
                way="unreachable",
                at=announced_at - timedelta(days=days_before),
                note="moved away",
                recorded_by=clerk,
            )
        )
        session.flush()
        lines = hold_against_rules(session, sale, announced_at).lines

    line = next(line for line in lines if line.rule == "D6" and line.item == debtor.public_id)
    assert line.state is state


def test_only_a_president_chooses_on_the_courts_page(
    app: Flask, world: World, client_for: Any
) -> None:
    court = world.court()
    president, clerk = world.person("President"), world.person("Clerk")
    appoint(world, court, president, "president")
    appoint(world, court, clerk, "clerk")
    address = f"/court/{world.rows('SELECT public_id FROM courts')[0][0]}/readings"
    defaults = {name: switch.default for name, switch in open_questions("cn").items()}

    shown = client_for(president).get(address)
    unreasoned = client_for(president).post(address, data=defaults | {"shortfall": "recoverable"})
    chosen = client_for(president).post(
        address, data=defaults | {"shortfall": "recoverable", "reason": "Circular 3"}
    )

    assert "Does a bid at the very moment of the end still count? (G6)" in shown.text
    assert (unreasoned.status_code, chosen.status_code) == (400, 302)
    assert world.rows("SELECT readings FROM courts") == [({"shortfall": "recoverable"},)]
    assert client_for(clerk).get(address).status_code == 404
