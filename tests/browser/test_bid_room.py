"""The bid room in a real browser against running processes: two bidders, one price, live."""

from __future__ import annotations

import pytest

from tests.browser.bidders import place, violations
from tests.browser.conftest import Enter
from tests.world import World

pytestmark = pytest.mark.browser


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

    mine.locator("[data-review=moved-text]", has_text="now too low").wait_for()
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


def test_without_javascript_the_same_bid_takes_two_pages(enter: Enter) -> None:
    page = enter("K7Q4", java_script_enabled=False)
    page.get_by_label("Amount of your bid").fill("700000")
    page.get_by_role("button", name="Review bid").click()
    page.get_by_role("heading", name="Check your bid").wait_for()
    page.get_by_role("button", name="Place binding bid of ¥700,000.00").click()

    page.get_by_role("heading", name="Your bid was accepted").wait_for()
    assert "You lead with this bid." in page.content()
