"""What the court reads where part of a price was taken back: why it waits, and what to do next."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from flask import Flask

from app.models.ledger_rows import Account, post_entry, transfer
from app.models.money import CardPayment, Settlement
from app.models.reconciliation import Dispute
from tests.services.test_distribution import Sold
from tests.staff import appoint
from tests.world import NOON, World


def test_the_court_reads_why_a_plan_waits_and_what_to_do(
    app: Flask, world: World, client_for: Any
) -> None:
    sold = Sold(world)
    for person, role in ((sold.clerk, "clerk"), (sold.judge, "judge")):
        appoint(world, sold.court, person, role)
    court = world.rows("SELECT public_id FROM courts WHERE id = %s", sold.court)[0][0]
    address = f"/court/{court}/sales/{sold.public_id}/distribution"
    clerk = client_for(sold.clerk)
    clerk.post(f"{address}/draft", data={"cost_name": ["fee"], "cost_amount": ["50,000"]})
    plan = world.rows("SELECT public_id FROM plans")[0][0]
    clerk.post(f"{address}/serve", data={"plan": plan})
    before = clerk.get(address).text
    _take_back(sold, "open")

    waiting = clerk.get(address).text
    refused = client_for(sold.judge).post(f"{address}/finalise", data={"plan": plan})
    with world.engine.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE disputes SET state = 'lost', closed_at = opened_at,"
            " consequence = 'part_of_price'"
        )
    lost = clerk.get(address).text

    assert "of this price back" not in before
    assert "¥300,000.00 of this price back" in waiting and "not decided yet" in waiting
    assert refused.status_code == 409 and "took part of the price back" in refused.text
    assert "transfer the amount once more" in lost and "LC0000000000000000" in lost


def _take_back(sold: Sold, state: str) -> None:
    with sold.world.session() as session:
        settlement = session.query(Settlement).one()
        payment = CardPayment(
            court_id=sold.court,
            registration_id=settlement.registration_id,
            purpose="balance",
            settlement_id=settlement.id,
            amount=30_000_000,
            currency="CNY",
            key="k",
            state="succeeded",
            counted=True,
        )
        session.add(payment)
        session.flush()
        dispute = Dispute(
            court_id=sold.court,
            card_payment_id=payment.id,
            provider_id="dp_1",
            amount=30_000_000,
            currency="CNY",
            reason="fraudulent",
            state=state,
            opened_at=NOON,
        )
        session.add(dispute)
        session.flush()
        post_entry(
            session,
            court_id=sold.court,
            key="taken",
            memo="a test",
            currency="CNY",
            at=NOON,
            postings=transfer(
                Account("disputed", dispute.public_id), Account("bank"), dispute.amount
            ),
        )
        session.commit()


def test_a_bidder_without_a_deposit_reads_why_and_pays_it_again(
    world: World, client_for: Any, app: Flask
) -> None:
    """RULE-E3"""
    court = world.court(rehearsal_at=NOON - timedelta(hours=1))
    sale_id, person = world.sale(court), world.person()
    registration = world.bidder(sale_id, "B1", person_id=person)
    sale = world.rows("SELECT public_id FROM sales")[0][0]
    browser = client_for(person)
    content = {"amount": 70_000_000, "terms_hash": "0" * 64}
    first = browser.post(f"/bid/{sale}/bid", json=content | {"key": str(uuid.uuid4())})
    with world.engine.begin() as connection:
        connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        connection.exec_driver_sql(f"UPDATE deposits SET taken_back_at = '{NOON}'")

    content["amount"] += 500_000
    by_program = browser.post(f"/bid/{sale}/bid", json=content | {"key": str(uuid.uuid4())})
    by_form = browser.post(
        f"/bid/{sale}/bid",
        data={"amount": "705,000", "key": str(uuid.uuid4()), "terms_hash": "0" * 64},
    )
    room = browser.get(f"/bid/{sale}/room")
    page = browser.get(f"/bid/{sale}/deposit").text
    tasks = browser.get(f"/bid/{sale}/prepare").text

    assert first.status_code == 201
    assert by_program.status_code == by_form.status_code == 409
    assert by_program.json["reason"] == "deposit_taken_back"
    assert "took your deposit back" in by_program.json["message"]
    assert "took your deposit back" in by_form.text
    assert f"/bid/{sale}/deposit" in by_form.text
    assert "Pay it again" in room.text
    assert "took this deposit back" in page and f"/bid/{sale}/deposit/card" in page
    assert "You can bid." not in page
    assert "Taken back" in tasks and "Pay it again to bid on." in tasks
    assert world.rows("SELECT count(*) FROM arrivals WHERE kind = 'bid'") == [(1,)]
    assert registration
