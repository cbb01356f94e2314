"""Who is told that most bidders of a sale lost their connection, and what each may read of it."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.court_world import Bench, a_bench
from tests.web.conftest import SignedIn
from tests.world import NOON, World

ALARM = "Most bidders of a sale lost their connection at once"


@pytest.fixture
def bench(app: Flask, world: World) -> Bench:
    return a_bench(world)


@pytest.fixture
def lost(world: World, bench: Bench) -> str:
    """The public id of a running sale that lost 41 of 56."""
    sale = world.sale(bench.court_id)
    world.rows(
        "INSERT INTO lost_bidders (court_id, sale_id, at, were_here, stayed)"
        " VALUES (%s, %s, %s, 56, 15) RETURNING id",
        bench.court_id,
        sale,
        NOON,
    )
    return str(world.rows("SELECT public_id FROM sales WHERE id = %s", sale)[0][0])


def test_the_court_sees_the_alarm_and_how_large_a_share_but_not_how_many(
    world: World, bench: Bench, lost: str, client_for: SignedIn
) -> None:
    """FAULT-F41, RULE-A8"""
    clerk = client_for(bench.clerk)
    sale = f"/court/{bench.court}/sales/{lost}"

    pages = [
        clerk.get(page) for page in (f"/court/{bench.court}", f"{sale}/control", f"{sale}/alarms")
    ]

    for page in pages:
        assert page.status_code == 200
        assert ALARM in page.text
        assert "7 of ten" in page.text
    assert f'data-url="{sale}/alarms"' in pages[1].text
    assert "56" not in pages[2].text and "41" not in pages[2].text


def test_another_court_sees_nothing_of_it(world: World, lost: str, client_for: SignedIn) -> None:
    other = a_bench(world)
    clerk = client_for(other.clerk)

    assert ALARM not in clerk.get(f"/court/{other.court}").text
    assert clerk.get(f"/court/{other.court}/sales/{lost}/alarms").status_code == 404


def test_the_operator_sees_it_too_and_that_they_are_back(
    world: World, lost: str, client_for: SignedIn
) -> None:
    operator = client_for(world.person("Operator", is_operator=True))

    before = operator.get("/operator/").text
    world.rows("UPDATE lost_bidders SET back_at = at RETURNING id")
    after = operator.get("/operator/").text

    assert ALARM in before and "are gone" in before
    assert "most are back" in after


def test_everybody_sees_that_it_happened_and_not_in_which_sale(
    world: World, lost: str, client_for: SignedIn
) -> None:
    page = client_for(world.person("Anybody")).get("/status")

    assert "most bidders of a running sale lost their connection" in page.text
    assert lost not in page.text
