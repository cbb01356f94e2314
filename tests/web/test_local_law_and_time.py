"""A page about a sale says what its own law does to the end, and tells its court's own time."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from app.web.sale_words import how_it_ends
from tests.web.conftest import SignedIn
from tests.web.test_bid_room_page import address
from tests.world import NOON, World


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        (
            "cn-2016-18",
            "A bid in the last 5 minutes moves the end to 5 minutes after it.",
        ),
        ("es-2025", "Bidding ends at this moment. No bid moves the end."),
        (
            "es-2000",
            "A bid in the last 60 minutes moves the end to 60 minutes after it."
            " The end moves by at most 24 hours.",
        ),
        ("generic", "Bidding ends at this moment. No bid moves the end."),
    ],
)
def test_a_late_bid_does_what_the_pack_of_the_sale_says(app: Flask, rules: str, words: str) -> None:
    """RULE-G5 is one law's; another has other minutes or none."""
    with app.test_request_context():
        assert how_it_ends(rules) == words


@pytest.fixture
def valencia(world: World) -> str:
    """The public id of a sale under the Spanish law, in a court that keeps Madrid's time."""
    court = world.court(rehearsal_at=NOON - timedelta(days=1), timezone="Europe/Madrid")
    sale = world.sale(
        court,
        rules="es-2025",
        reference_price=100_000_00,
        starting_price=1,
        increment=1,
        multiples_only=False,
        deposit=20_000_00,
    )
    return address(world, sale).removeprefix("/bid/")


def test_the_page_of_a_lot_speaks_of_its_own_law_and_its_own_time(
    app: Flask, valencia: str
) -> None:
    page = app.test_client().get(f"/sales/{valencia}?lang=en").get_data(as_text=True)

    assert "No bid moves the end." in page
    assert "the best bid is weighed against the value" in page
    assert "last 5 minutes" not in page
    assert "(UTC+2)" in page and "(UTC+8)" not in page


def test_a_bidder_accepts_terms_without_another_country_s_rule(
    world: World, client_for: SignedIn, valencia: str
) -> None:
    browser = client_for(world.person("Ana", phone="1", id_number="1", address="1"))

    page = browser.get(f"/bid/{valencia}/register?lang=en").get_data(as_text=True)

    assert "No bid moves the end." in page
    assert "Starting price" not in page and "5 minutes" not in page
