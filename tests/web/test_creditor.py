"""A creditor's pages: claim, expected share, plan, statement; and the court's distribution page."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from tests.services.test_distribution import Sold
from tests.staff import appoint
from tests.world import NOON, World


@pytest.fixture
def sold(app: Flask, world: World) -> Sold:
    made = Sold(world)
    with world.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE public_lots SET phase = 'sold', price = 300000000")
    return made


def test_a_creditor_sees_their_share_first_and_why(sold: Sold, client_for: Any) -> None:
    browser = client_for(sold.people["M"])
    claim = _claim(sold, "M")

    page = browser.get(f"/claims/{claim}").text

    assert "¥1,800,000.00" in page, "the mortgage is covered"
    assert "Why this number" in page


def test_another_creditors_claim_does_not_exist_for_me(sold: Sold, client_for: Any) -> None:
    browser = client_for(sold.people["A"])

    assert browser.get(f"/claims/{_claim(sold, 'M')}").status_code == 404
    assert browser.post(f"/claims/{_claim(sold, 'M')}/withdraw").status_code == 404


def test_a_plan_goes_from_draft_to_final_in_the_browser(sold: Sold, client_for: Any) -> None:
    court = _staff(sold)
    clerk, judge = client_for(sold.clerk), client_for(sold.judge)
    address = f"/court/{court}/sales/{sold.public_id}/distribution"

    drafted = clerk.post(f"{address}/draft", data={"cost_name": ["fee"], "cost_amount": ["50,000"]})
    plan = sold.world.rows("SELECT public_id FROM plans")[0][0]
    hidden = client_for(sold.people["A"]).get(f"/claims/plans/{plan}")
    clerk.post(f"{address}/serve", data={"plan": plan})
    seen = client_for(sold.people["A"]).get(f"/claims/plans/{plan}")
    early = judge.post(f"{address}/finalise", data={"plan": plan})
    sold.move(NOON + timedelta(days=30))
    own = clerk.post(f"{address}/finalise", data={"plan": plan})
    final = judge.post(f"{address}/finalise", data={"plan": plan})
    statement = client_for(sold.people["A"]).get("/claims/statement")

    assert [drafted.status_code, early.status_code, own.status_code, final.status_code] == [
        302, 409, 409, 302,
    ]  # fmt: skip
    assert (hidden.status_code, seen.status_code) == (404, 200)
    assert "¥530,769.23" in seen.text and "¥530,769.23" in statement.text
    assert sold.world.rows("SELECT state FROM plans") == [("final",)]


def test_a_creditor_objects_in_time_and_the_court_reads_it(sold: Sold, client_for: Any) -> None:
    court = _staff(sold)
    clerk = client_for(sold.clerk)
    address = f"/court/{court}/sales/{sold.public_id}/distribution"
    clerk.post(f"{address}/draft", data={"cost_name": ["fee"], "cost_amount": ["50,000"]})
    plan = sold.world.rows("SELECT public_id FROM plans")[0][0]
    clerk.post(f"{address}/serve", data={"plan": plan})
    creditor = client_for(sold.people["A"])

    sent = creditor.post(f"/claims/plans/{plan}/objection", data={"grounds": "C was paid"})
    again = creditor.post(f"/claims/plans/{plan}/objection", data={"grounds": "C was paid"})

    assert (sent.status_code, again.status_code) == (302, 409)
    assert "C was paid" in clerk.get(address).text


def test_court_and_creditor_read_what_other_lots_paid_before(sold: Sold, client_for: Any) -> None:
    court = _staff(sold)
    plan = sold.served()
    with sold.world.engine.begin() as connection:
        connection.exec_driver_sql("SET session_replication_role = replica")
        connection.exec_driver_sql("UPDATE plan_lines SET paid_before = 700 WHERE payee = 'M'")
    address = f"/court/{court}/sales/{sold.public_id}/distribution"

    of_court = client_for(sold.clerk).get(address).text
    of_creditor = client_for(sold.people["M"]).get(f"/claims/plans/{plan.public_id}").text

    words = "before this, by other lots of the case: ¥7.00"
    assert words in of_court and words in of_creditor
    assert 'id="outdated"' in of_court, "nothing was paid before, so this plan cannot be final"


def test_the_court_is_asked_whose_thing_it_was_where_something_is_left(
    sold: Sold, client_for: Any
) -> None:
    court = _staff(sold)
    with sold.world.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE claims SET admitted_amount = 1")
        connection.exec_driver_sql("UPDATE parties SET role = 'debtor' WHERE name = 'B'")
        connection.exec_driver_sql("DELETE FROM claims WHERE amount = 60000000")
    clerk = client_for(sold.clerk)
    ((named,),) = sold.world.rows("SELECT public_id FROM parties WHERE name = 'B'")
    address = f"/court/{court}/sales/{sold.public_id}/distribution"

    refused = clerk.post(f"{address}/draft", data={"cost_name": [], "cost_amount": []})
    drafted = clerk.post(f"{address}/draft", data={"surplus_to": named})

    assert refused.status_code == 409
    assert "Choose below whose property it was" in refused.text
    assert f'name="surplus_to" value="{named}"' in refused.text
    assert drafted.status_code == 302
    assert sold.world.rows("SELECT payee FROM plan_lines WHERE kind = 'surplus'") == [("B",)]


@pytest.mark.parametrize("amount", ["-1", "1e3", "NaN", "0.001", "١٠٠", "1,0", "9" * 30, ""])
def test_an_amount_that_is_none_is_named_at_its_field(
    sold: Sold, client_for: Any, amount: str
) -> None:
    browser = client_for(sold.world.person("New"))

    page = browser.post(
        f"/claims/file/{sold.public_id}",
        data={"claim_class": "ordinary", "amount": amount, "ground": "loan"},
    )

    assert page.status_code == 200
    assert 'href="#amount"' in page.text
    assert sold.world.rows("SELECT count(*) FROM claims WHERE ground = 'loan'") == [(0,)]


def test_a_claim_is_filed_from_the_sale(sold: Sold, client_for: Any) -> None:
    browser = client_for(sold.world.person("New"))

    sent = browser.post(
        f"/claims/file/{sold.public_id}",
        data={
            "claim_class": "ordinary",
            "amount": "12,345.60",
            "ground": "loan of 2024",
            "true_and_complete": "y",
        },
    )

    assert sent.status_code == 302
    assert "¥12,345.60" in browser.get(sent.location).text
    assert "¥12,345.60" in browser.get("/claims/").text


def _claim(sold: Sold, name: str) -> str:
    return str(
        sold.world.rows(
            "SELECT c.public_id FROM claims c JOIN parties p ON p.id = c.party_id"
            " WHERE p.name = %s",
            name,
        )[0][0]
    )


def _staff(sold: Sold) -> str:
    appoint(sold.world, sold.court, sold.clerk, "clerk", "finance")
    appoint(sold.world, sold.court, sold.judge, "judge")
    return str(sold.world.rows("SELECT public_id FROM courts WHERE id = %s", sold.court)[0][0])


def test_the_debtor_with_a_surplus_names_an_account_on_the_plan(
    sold: Sold, client_for: Any
) -> None:
    court, plan, debtor = _plan_with_a_surplus(sold, client_for)
    page = client_for(debtor).get("/claims/").text
    before = client_for(debtor).get(f"/claims/plans/{plan}").text
    sent = client_for(debtor).post(f"/claims/plans/{plan}/account", data=_ACCOUNT)
    strangers = client_for(sold.world.person("Stranger")).post(f"/claims/plans/{plan}/account")
    final = _finalise(sold, client_for, court, plan)

    assert f"/claims/plans/{plan}" in page, "whoever has no claim still finds the plan"
    assert "without it the plan cannot become final" in before
    assert (sent.status_code, strangers.status_code, final.status_code) == (302, 404, 302)
    assert sold.world.rows("SELECT account_number FROM payouts WHERE payee = 'Debtor'") == [
        ("6222 0001",)
    ]


def test_a_clerk_writes_down_the_account_of_a_debtor_who_has_none_here(
    sold: Sold, client_for: Any
) -> None:
    court, plan, debtor = _plan_with_a_surplus(sold, client_for)
    party = sold.world.rows("SELECT public_id FROM parties WHERE role = 'debtor'")[0][0]
    address = f"/court/{court}/parties/{party}/bank-account"

    refused = _finalise(sold, client_for, court, plan)
    unsourced = client_for(sold.clerk).post(address, data=_ACCOUNT)
    judges = client_for(sold.judge).post(address, data=_ACCOUNT)
    noted = client_for(sold.clerk).post(address, data=_ACCOUNT | {"source": "letter of 3 May"})
    told = sold.world.rows(
        "SELECT params->>'ending' FROM messages WHERE person_id = %s"
        " AND kind = 'party_account_changed'",
        debtor,
    )
    final = _finalise(sold, client_for, court, plan)

    assert refused.status_code == 409
    assert "Debtor has not named an account yet" in refused.text
    assert "Say how the court knows the account" in unsourced.text
    assert judges.status_code == 404, "whoever makes a plan final writes down no account"
    assert (noted.status_code, told, final.status_code) == (302, [("0001",)], 302)


_ACCOUNT = {"account_name": "Debtor", "account_number": "6222 0001", "account_bank": "Bank"}


def _plan_with_a_surplus(sold: Sold, client_for: Any) -> tuple[str, str, int]:
    """The court, a served plan that leaves something over, and the debtor, who has signed up."""
    debtor = sold.world.person("Debtor")
    with sold.world.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE claims SET admitted_amount = 40_000_000")
        connection.exec_driver_sql(f"UPDATE parties SET person_id = {debtor} WHERE role = 'debtor'")
    court = _staff(sold)
    clerk = client_for(sold.clerk)
    address = f"/court/{court}/sales/{sold.public_id}/distribution"
    clerk.post(f"{address}/draft", data={"cost_name": ["fee"], "cost_amount": ["50,000"]})
    plan = str(sold.world.rows("SELECT public_id FROM plans")[0][0])
    clerk.post(f"{address}/serve", data={"plan": plan})
    return court, plan, debtor


def _finalise(sold: Sold, client_for: Any, court: str, plan: str) -> Any:
    sold.move(NOON + timedelta(days=30))
    return client_for(sold.judge).post(
        f"/court/{court}/sales/{sold.public_id}/distribution/finalise", data={"plan": plan}
    )
