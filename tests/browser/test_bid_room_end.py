"""The closing minute on the page: an extension with its cause, an end that only the server makes,
and a bar, a bell and a voice that tell no more than there is (pages.md, section 2)."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest

from tests.browser.bidders import heard, listen, place, ready, review, sees, violations
from tests.browser.conftest import Enter
from tests.browser.rivals import Rivals
from tests.world import World

pytestmark = pytest.mark.browser

SPEECH = "[data-clock=speech]"

# A bell that only notes when it is rung, and whether anybody asked for leave.
BELL = """(() => {
    window.rung = [];
    window.asked = 0;
    window.Notification = class extends EventTarget {
        static permission = "default";
        static async requestPermission() { window.asked += 1; return this.permission = "granted"; }
        constructor(title, { body }) { super(); window.rung.push([title, body]); }
    };
})()"""


@pytest.mark.parametrize("hours_left", [3 / 60])
def test_an_extension_is_shown_with_its_cause_and_stands_after_a_reload(
    enter: Enter, rivals: Rivals, world: World
) -> None:
    page = enter("K7Q4")
    rivals.bid("M3RT", 70_000_000)
    cause = page.locator("[data-clock=cause]", has_text="because of bid 1 at")
    cause.wait_for()
    said = cause.inner_text()
    [(end,)] = world.rows(
        "SELECT to_char(closes_at AT TIME ZONE 'Asia/Shanghai', 'HH24:MI:SS') FROM sale_states"
    )

    assert f"Extended to {end}" in said and "Before:" in said
    assert "Extended one time" in page.locator(".luo-clock__why").inner_text()
    assert page.get_by_text("Extended", exact=True).is_visible()
    box = page.get_by_role("button", name="Review bid").bounding_box()
    assert box and box["y"] + box["height"] <= 640, "still one view of a telephone"
    page.reload()
    cause.wait_for()
    assert f"Extended to {end} because of bid 1" in cause.inner_text()


def test_at_nought_the_last_bids_are_checked_until_the_server_has_closed(
    enter: Enter, rivals: Rivals, database_urls: dict[str, str]
) -> None:
    page = enter("K7Q4")
    place(page, "700000")
    sees(page, "Accepted. You lead.")

    rivals.end_in(timedelta(seconds=4))
    page.locator("[data-clock=digits]", has_text="Checking the last bids…").wait_for()
    assert page.locator("[data-state=checking]").is_visible()
    assert page.locator("[data-state=sold]").is_hidden()
    rivals.close(database_urls["closer"])

    page.get_by_text("You won", exact=True).wait_for()
    page.get_by_role("link", name="See what to do now").wait_for()


def test_an_end_moved_while_the_last_bids_are_checked_goes_on_counting(
    enter: Enter, rivals: Rivals
) -> None:
    page = enter("K7Q4")
    rivals.end_in(timedelta(seconds=3))
    page.locator("[data-clock=digits]", has_text="Checking the last bids…").wait_for()

    rivals.end_in(timedelta(minutes=4))

    page.locator("[data-clock=digits]", has_text="03:").wait_for()
    page.get_by_text("Bidding open", exact=True).wait_for()
    assert "The new end is" in page.locator("[data-clock=cause]").inner_text()


def test_prices_are_said_politely_and_seldom_and_only_being_outbid_interrupts(
    enter: Enter, rivals: Rivals
) -> None:
    page = enter("K7Q4")
    page.get_by_label("Every bid").check()
    place(page, "700000")
    sees(page, "Accepted. You lead.")
    page.locator(SPEECH, has_text="You lead with ¥700,000.00.").wait_for(state="attached")
    page.wait_for_timeout(4_000)
    listen(page)

    amounts = range(70_500_000, 74_500_000, 500_000)
    for turn, amount in enumerate(amounts):
        rivals.bid(("M3RT", "P8WX")[turn % 2], amount)
    page.locator(SPEECH, has_text="New price ¥740,000.00.").wait_for(state="attached")

    said = heard(page, "status")
    assert said[-1] == "New price ¥740,000.00."
    assert len(said) <= 3, said
    assert len(heard(page, "alert")) == 1, "outbid once, told once"
    assert page.locator("[data-clock=digits]").get_attribute("aria-live") == "off"


def test_the_system_tells_of_being_outbid_only_to_whoever_asked_for_it(
    enter: Enter, rivals: Rivals
) -> None:
    page = enter("K7Q4", before_any_script=BELL)
    place(page, "700000")
    sees(page, "Accepted. You lead.")
    assert page.evaluate("window.asked") == 0, "nobody is asked before pressing the button"
    page.get_by_role("button", name="Show a system message when I am outbid").click()
    page.get_by_role("button", name="Stop system messages").wait_for()
    page.evaluate("document.hasFocus = () => false")

    rivals.bid("M3RT", 70_500_000)
    page.locator(".luo-room[data-standing=outbid]").wait_for()

    said = "You have been outbid. The price is now ¥705,000.00."
    assert page.evaluate("window.rung") == [[said, "Home in Harbour Street"]]


def test_whoever_has_only_a_keyboard_bids_is_outbid_and_bids_again(
    enter: Enter, rivals: Rivals, world: World
) -> None:
    page = enter("K7Q4")
    _tab_to(page, "#bid-amount")
    page.keyboard.press("Control+a")
    page.keyboard.type("700000")
    page.keyboard.press("Enter")
    assert _focused(page) == "Check your bid"
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.id") == "bid-amount"
    page.keyboard.press("Enter")
    _tab_to(page, "[data-review=place]")
    page.keyboard.press("Enter")
    sees(page, "Accepted. You lead.")
    assert "Accepted. You lead." in _focused(page)

    rivals.bid("M3RT", 70_500_000)
    page.locator(".luo-room[data-standing=outbid]").wait_for()
    assert page.evaluate("document.activeElement.id") == "bid-amount"
    _tab_to(page, "[data-bid=use-minimum]", backwards=True)
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    _tab_to(page, "[data-review=place]")
    page.keyboard.press("Enter")
    sees(page, "Accepted. You lead.")
    _tab_to(page, "[data-fill=receipt]")
    page.keyboard.press("Enter")

    sees(page, "Your bid was accepted")
    assert world.rows("SELECT max(amount) FROM bids") == [(71_000_000,)]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_at_400_percent_nothing_scrolls_sideways_and_nothing_moves(
    enter: Enter, language: str
) -> None:
    """1280 pixels at 400 % are 320."""
    options = {"viewport": {"width": 320, "height": 256}, "reduced_motion": "reduce"}
    page = enter("K7Q4", locale=language, **options)
    page.locator("#bid-amount").fill("700000")
    widths = [_width(page)]

    page.locator("[data-bid=go]").click()
    widths.append(_width(page))
    assert violations(page) == []
    page.locator("[data-review=place]").click()
    page.locator("[data-panel=accepted]").wait_for()
    widths.append(_width(page))

    assert widths == [320, 320, 320]
    assert violations(page) == []
    moving = page.evaluate(
        "getComputedStyle(document.querySelector('.luo-price__amount')).transition"
    )
    assert moving in ("none", "all", "none 0s ease 0s")


def test_before_a_sign_in_ends_a_press_of_any_button_keeps_it(enter: Enter, world: World) -> None:
    page = enter("K7Q4")
    page.clock.install()
    page.reload()
    ready(page)
    review(page, "715000")
    _was_idle_for(world, timedelta(minutes=26))
    [(closing,)] = world.rows(
        "UPDATE sale_states SET closes_at = clock_timestamp() + interval '2 hours' RETURNING 1"
    )

    page.clock.fast_forward("26:00")
    page.get_by_role("heading", name="Are you still there?").wait_for()
    assert "signed out in 3 minutes" in page.locator("#session-text").inner_text()
    assert violations(page) == []
    page.get_by_role("button", name="Stay signed in").click()
    page.locator("dialog.luo-session").wait_for(state="hidden")

    [(left,)] = world.rows(
        "SELECT extract(epoch FROM clock_timestamp() - seen_at) FROM identity.sessions"
    )
    assert closing and left < 60
    _was_idle_for(world, timedelta(minutes=31))
    page.clock.fast_forward("31:00")
    page.get_by_role("heading", name="You are signed out").first.wait_for()
    assert page.locator("[data-review=amount]").inner_text() == "¥715,000.00"


def _was_idle_for(world: World, idle: timedelta) -> None:
    """And nothing that was asked before says otherwise: a pass is confirmed a moment later."""
    stands = "SELECT seen_at < clock_timestamp() - %s FROM identity.sessions"
    while True:
        world.rows(
            "UPDATE identity.sessions SET seen_at = clock_timestamp() - %s RETURNING 1", idle
        )
        time.sleep(2.5)
        if world.rows(stands, idle) == [(True,)]:
            return


def _width(page: Any) -> int:
    return int(page.evaluate("document.documentElement.scrollWidth"))


def _focused(page: Any) -> str:
    return " ".join(page.evaluate("document.activeElement.innerText").split())


def _tab_to(page: Any, selector: str, *, backwards: bool = False) -> None:
    for _ in range(40):
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            box = page.locator(selector).bounding_box()
            assert box and box["y"] >= 0, "what has the focus is in sight"
            return
        page.keyboard.press("Shift+Tab" if backwards else "Tab")
    raise AssertionError(f"{selector} cannot be reached with the keyboard")
