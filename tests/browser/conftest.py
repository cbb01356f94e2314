"""A bid room in a real browser: running processes, a sale on real time, and a door to enter by."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from app.services.bidding.drain import drain
from tests.browser.bidders import ready, session_of
from tests.browser.build import build_styles
from tests.browser.rivals import Rivals
from tests.browser.running import web_and_live
from tests.chromium import chromium as a_chromium
from tests.world import World

START, STEP = 70_000_000, 500_000
Enter = Callable[..., Any]


@pytest.fixture(scope="package")
def chromium() -> Iterator[Any]:
    with a_chromium() as started:
        yield started


@pytest.fixture(scope="package")
def address(test_settings: dict[str, Any], tmp_path_factory: Any) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("running")
    build_styles(folder)
    with web_and_live(test_settings, folder) as web:
        yield web


@pytest.fixture
def hours_left() -> float:
    """How long the sale still runs; a test may say otherwise."""
    return 1


@pytest.fixture
def sale_id(world: World, hours_left: float) -> int:
    """A sale that runs on real time."""
    now = datetime.now(UTC)
    return world.sale(
        world.court(rehearsal_at=None),
        opens_at=now - timedelta(hours=24),
        closes_at=now + timedelta(hours=hours_left),
        starting_price=START,
        increment=STEP,
    )


@pytest.fixture
def enter(chromium: Any, address: str, app: Flask, world: World, sale_id: int) -> Iterator[Enter]:
    """`enter("K7Q4")`: a bidder's own window in the room of the sale."""
    contexts, faults = [], []
    [(sale,)] = world.rows("SELECT public_id FROM sales WHERE id = %s", sale_id)

    def enter(code: str, *, before_any_script: str = "", **options: Any) -> Any:
        person_id = world.person()
        world.bidder(sale_id, code, person_id=person_id)
        with world.session() as session:
            drain(session, sale_id)
            session.commit()
        context = chromium.new_context(**({"viewport": {"width": 360, "height": 640}} | options))
        context.set_default_timeout(25_000)
        contexts.append(context)
        if before_any_script:
            context.add_init_script(before_any_script)
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        agent = page.evaluate("navigator.userAgent")
        cookie = {"name": "luochui", "value": session_of(app, person_id, agent), "url": address}
        context.add_cookies([cookie])
        page.goto(f"{address}/bid/{sale}/room?lang={options.get('locale', 'en')[:2]}")
        if options.get("java_script_enabled", True):
            ready(page)
        return page

    yield enter
    for context in contexts:
        context.close()
    assert faults == []


@pytest.fixture
def rivals(world: World, sale_id: int) -> Rivals:
    return Rivals(world, sale_id)
