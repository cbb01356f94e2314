"""The bid room in a real browser against running processes: two bidders, one price, live."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from app.extensions import db
from app.models.people import Person
from app.services.bidding.drain import drain
from app.web.sessions import StoredSession
from tests.browser.build import ROOT, build_styles
from tests.browser.running import web_and_live
from tests.world import World

pytestmark = pytest.mark.browser

AXE = ROOT / "node_modules/axe-core/axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]
CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
START, STEP = 70_000_000, 500_000
Enter = Callable[..., Any]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    if not Path(CHROMIUM).exists() or not (ROOT / "node_modules").exists():
        pytest.skip("no Chromium or no node_modules: run `make test`")
    from playwright.sync_api import sync_playwright

    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        yield started
        started.close()


@pytest.fixture(scope="module")
def address(test_settings: dict[str, Any], tmp_path_factory: Any) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("running")
    build_styles(folder)
    with web_and_live(test_settings, folder) as web:
        yield web


@pytest.fixture
def sale_id(world: World) -> int:
    """A sale that runs on real time, an hour before its end."""
    now = datetime.now(UTC)
    return world.sale(
        world.court(rehearsal_at=None),
        opens_at=now - timedelta(hours=24),
        closes_at=now + timedelta(hours=1),
        starting_price=START,
        increment=STEP,
    )


@pytest.fixture
def enter(chromium: Any, address: str, app: Flask, world: World, sale_id: int) -> Iterator[Enter]:
    """`enter("K7Q4")`: a bidder's own window in the room of the sale."""
    contexts, faults = [], []
    [(sale,)] = world.rows("SELECT public_id FROM sales WHERE id = %s", sale_id)

    def enter(code: str, **options: Any) -> Any:
        person_id = world.person()
        world.bidder(sale_id, code, person_id=person_id)
        with world.session() as session:
            drain(session, sale_id)
            session.commit()
        context = chromium.new_context(viewport={"width": 360, "height": 640}, **options)
        context.set_default_timeout(25_000)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        agent = page.evaluate("navigator.userAgent")
        cookie = {"name": "luochui", "value": session_of(app, person_id, agent), "url": address}
        context.add_cookies([cookie])
        page.goto(f"{address}/bid/{sale}/room?lang=en")
        if options.get("java_script_enabled", True):
            unready = page.locator("[data-luo]:not([data-ready]):not([data-luo=room] *)")
            unready.wait_for(state="detached")
        return page

    yield enter
    for context in contexts:
        context.close()
    assert faults == []


def session_of(app: Flask, person_id: int, agent: str) -> str:
    """A signed-in session as the sign-in leaves it, for a browser that names itself so."""
    content = {"_fresh": True, "second_factor_at": datetime.now(UTC), "second_factor_by": "app"}
    content["_user_id"] = db.session.get_one(Person, person_id).fs_uniquifier
    with app.test_request_context(headers={"User-Agent": agent}):
        opened, response = StoredSession(), app.response_class()
        opened.update(content)
        app.session_interface.save_session(app, opened, response)
    db.session.remove()
    return str(response.headers["Set-Cookie"].partition(";")[0].partition("=")[2])


def place(page: Any, amount: str) -> None:
    page.get_by_label("Amount of your bid").fill(amount)
    page.get_by_role("button", name="Review bid").click()
    page.get_by_role("button", name="Place binding bid of").click()


def test_a_bid_shows_in_both_windows_and_the_one_outbid_is_told(enter: Enter) -> None:
    mine, theirs = enter("K7Q4"), enter("M3RT")

    place(mine, "700000")
    mine.get_by_role("heading", name="Accepted. You lead.").wait_for()
    theirs.locator("[data-room=price]", has_text="¥700,000.00").wait_for()
    place(theirs, "705,000.00")
    theirs.get_by_role("heading", name="Accepted. You lead.").wait_for()
    mine.locator("[role=alert]", has_text="You have been outbid.").first.wait_for(state="attached")

    assert mine.locator("[data-room=price]").inner_text() == "¥705,000.00"
    assert mine.locator("[data-room=leader]").inner_text() == "M3RT"
    rows = mine.locator("[data-room=bid-rows] tr")
    assert "M3RT" in rows.nth(0).inner_text() and "You" not in rows.nth(0).inner_text()
    assert "K7Q4 You" in rows.nth(1).inner_text()


def test_the_receipt_is_one_press_away_and_a_reload_keeps_the_state(enter: Enter) -> None:
    page = enter("K7Q4")
    place(page, "700000")
    page.get_by_role("link", name="Receipt, to keep and to check yourself").click()
    page.get_by_role("heading", name="Your bid was accepted").wait_for()

    page.go_back()
    page.reload()

    assert page.locator(".luo-room").get_attribute("data-standing") == "lead"
    assert page.locator("[data-room=price]").inner_text() == "¥700,000.00"


def test_two_presses_are_one_bid(enter: Enter, world: World) -> None:
    page = enter("K7Q4")
    page.get_by_label("Amount of your bid").fill("700000")
    page.get_by_role("button", name="Review bid").click()

    page.get_by_role("button", name="Place binding bid of").dblclick()
    page.get_by_role("heading", name="Accepted. You lead.").wait_for()

    assert world.rows("SELECT count(*) FROM arrivals WHERE kind = 'bid'") == [(1,)]


def test_a_price_that_moved_meanwhile_is_refused_with_the_new_minimum(
    enter: Enter, world: World
) -> None:
    mine, theirs = enter("K7Q4"), enter("M3RT")
    mine.get_by_label("Amount of your bid").fill("700000")
    mine.get_by_role("button", name="Review bid").click()
    place(theirs, "700000")
    theirs.get_by_role("heading", name="Accepted. You lead.").wait_for()

    mine.get_by_text("Your amount is now too low").wait_for()
    mine.get_by_role("button", name="Place binding bid of").click()

    mine.get_by_role("heading", name="Your bid was not accepted").wait_for()
    mine.get_by_role("button", name="Review a bid of ¥705,000.00").wait_for()


def test_price_clock_state_and_button_stand_in_one_view_of_a_telephone(enter: Enter) -> None:
    page = enter("K7Q4")
    page.locator("[data-clock=digits]", has_text=":").wait_for()

    for part in (
        page.locator("[data-room=price]"),
        page.locator("[data-clock=digits]"),
        page.locator(".luo-room__state"),
        page.get_by_role("button", name="Review bid"),
    ):
        box = part.bounding_box()
        assert box is not None
        assert box["y"] >= 0 and box["y"] + box["height"] <= 640, box


@pytest.mark.parametrize("language", ["en", "zh"])
def test_no_page_of_a_bidder_breaks_an_accessibility_rule(
    enter: Enter, world: World, language: str
) -> None:
    page = enter("K7Q4")
    place(page, "700000")
    page.get_by_role("link", name="Receipt, to keep and to check yourself").click()
    page.wait_for_url("**/bids/*")
    room = page.url.partition("/bids/")[0]
    found = {}

    for path in (
        *(f"{room}/{name}" for name in ("room", "prepare", "details", "deposit", "bids")),
        f"{room}/review?amount=705000",
        f"{room}/review?amount=1",
        page.url,
        f"{room.rpartition('/')[0]}/",
        f"{room.rpartition('/')[0]}/messages",
    ):
        page.goto(f"{path}{'&' if '?' in path else '?'}lang={language}")
        found[path] = violations(page)

    assert {path: broken for path, broken in found.items() if broken} == {}


def violations(page: Any) -> list[str]:
    page.evaluate(AXE.read_text(encoding="utf-8"))
    result = page.evaluate("rules => axe.run(document, {runOnly: rules})", RULES)
    return [
        f"{broken['id']}: {node['target']}"
        for broken in result["violations"]
        for node in broken["nodes"]
    ]


def test_without_javascript_the_same_bid_takes_two_pages(enter: Enter) -> None:
    page = enter("K7Q4", java_script_enabled=False)
    page.get_by_label("Amount of your bid").fill("700000")
    page.get_by_role("button", name="Review bid").click()
    page.get_by_role("heading", name="Check your bid").wait_for()
    page.get_by_role("button", name="Place binding bid of ¥700,000.00").click()

    page.get_by_role("heading", name="Your bid was accepted").wait_for()
    assert "You lead with this bid." in page.content()
