"""Whoever is given up leaves nothing behind that the next one would meet (FAULT-F04).

Played in a process of its own, where all share one thread, as in a web process.
"""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import timedelta
from typing import Any

from flask import Flask

from tests.conftest import ROOT
from tests.web.conftest import SignedIn
from tests.world import NOON, World


def play(scene: str, **needs: Any) -> dict[str, Any]:
    played = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "tests.web.given_up", scene],
        input=json.dumps(needs),
        cwd=ROOT,
        text=True,
        capture_output=True,
        timeout=60,
    )
    assert played.returncode == 0, played.stderr
    seen: dict[str, Any] = json.loads(played.stdout)
    return seen


def test_a_connection_ends_with_the_request_that_is_given_up_while_it_waits(
    database_urls: dict[str, str],
) -> None:
    seen = play("connection", url=database_urls["web"])

    assert seen == {
        moment: {"ended": "GreenletExit", "read": "mine"}
        for moment in ("asks", "is greeted", "commits", "gives it back")
    }


def test_who_is_given_up_on_the_long_way_neither_loses_a_turn_nor_ends_another_s() -> None:
    assert play("long way") == {"failed": {}, "turns free": 4}


def test_after_bids_that_were_given_up_the_next_ones_are_decided(
    app: Flask, world: World, client_for: SignedIn, test_settings: dict[str, Any]
) -> None:
    court = world.court(rehearsal_at=NOON - timedelta(hours=1))
    sale_id = world.sale(court, starting_price=70_000_000, increment=500_000)
    browsers = []
    for number in range(25):
        person_id = world.person()
        world.bidder(sale_id, f"B{number}", person_id=person_id)
        browsers.append(client_for(person_id))
    [(sale,)] = world.rows("SELECT public_id FROM sales WHERE id = %s", sale_id)
    name = app.session_interface.get_cookie_name(app)

    seen = play(
        "bids",
        settings=test_settings | {"TESTING": False, "BIDS_PER_SECOND": 0.0},
        admin_url=world.url,
        sale=sale,
        cookies=[f"{name}={browser.get_cookie(name).value}" for browser in browsers],
        agent=browsers[0].environ_base["HTTP_USER_AGENT"],
    )

    assert seen == {"during": {"202 unknown": 24}, "after": {"200 refused": 72}}
