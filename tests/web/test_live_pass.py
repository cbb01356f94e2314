"""Only the page of somebody who may bid brings a pass to the live channel."""

from __future__ import annotations

import json
import re
import time
from datetime import timedelta
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from app.gateways.live_pass import holder_of
from tests.web.conftest import SignedIn
from tests.world import NOON, World

KEY = "key-of-the-passes-in-these-tests"


def pass_on(page: str) -> Any:
    found = re.search(r'id="luo-settings">(.*?)</script>', page, re.DOTALL)
    assert found is not None
    return json.loads(found.group(1))["live_pass"]


def browser_of(world: World, client_for: SignedIn, **registration: Any) -> tuple[FlaskClient, str]:
    sale_id = world.sale(world.court(rehearsal_at=NOON - timedelta(hours=1)))
    person = world.person()
    world.bidder(sale_id, "K7Q4", person_id=person, **registration)
    [(sale,)] = world.rows("SELECT public_id FROM sales WHERE id = %s", sale_id)
    return client_for(person), str(sale)


def test_the_page_of_an_admitted_bidder_brings_a_pass_for_its_sale(
    app: Flask, world: World, client_for: SignedIn
) -> None:
    app.config["LIVE_PASS_KEY"] = KEY
    browser, sale = browser_of(world, client_for)

    written = pass_on(browser.get(f"/bid/{sale}/room").text)

    assert holder_of(KEY, sale, written, time.time()) is not None


def test_whoever_is_not_admitted_watches_like_everybody(
    app: Flask, world: World, client_for: SignedIn
) -> None:
    app.config["LIVE_PASS_KEY"] = KEY
    browser, sale = browser_of(world, client_for, deposit=None, admitted=False)

    assert pass_on(browser.get(f"/bid/{sale}/room").text) is None
    assert pass_on(browser.get("/").text) is None
