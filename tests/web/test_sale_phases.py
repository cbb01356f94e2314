"""The pages of a sale by their phases: a clerk finds the next step."""

from __future__ import annotations

import re
from typing import Any

import psycopg
from flask import Flask, url_for

from tests.web.matrix_objects import Side, a_side
from tests.world import World


def navigation(app: Flask, side: Side, browser: Any) -> str:
    """The list of pages as it stands above one of them."""
    with app.test_request_context():
        address = url_for(
            "court.qualification",
            court=side.public_id("courts", side.court_id),
            sale=side.public_id("sales", side.sale_id),
        )
    page = browser.get(address).text
    found = re.search(r'<nav class="luo-phases".*?</nav>', page, re.DOTALL)
    assert found is not None
    return found.group(0)


def test_a_draft_leads_to_its_checklist_and_offers_nothing_that_is_too_early(
    app: Flask, world: World, client_for: Any
) -> None:
    side = a_side(world)
    with psycopg.connect(world.url) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("UPDATE sales SET state = 'draft', published_at = NULL")
        connection.execute("DELETE FROM sale_states")

    written = navigation(app, side, client_for(side.staff))

    assert re.search(r'luo-phases__next">Next step: <a[^>]*>Checklist</a>', written)
    assert '<strong aria-current="page">Who may bid</strong>' in written
    assert "Live control" not in written and "What follows" not in written


def test_a_running_sale_leads_to_its_live_control(
    app: Flask, world: World, client_for: Any
) -> None:
    side = a_side(world)
    world.rows("UPDATE sale_states SET status = 'open' RETURNING sale_id")

    written = navigation(app, side, client_for(side.staff))

    assert re.search(r'luo-phases__next">Next step: <a[^>]*>Live control</a>', written)
    now = re.search(r'aria-current="step">.*?</li>\s*<li', written, re.DOTALL)
    assert now is not None and "Live control" in now.group(0)
    assert "Proxies" not in now.group(0)
