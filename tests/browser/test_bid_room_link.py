"""The bid room when the network, the computer or the hand fails: one bid, and the truth about it
(FAULT-F02, FAULT-F15, FAULT-F16, FAULT-F24)."""

from __future__ import annotations

import re
from typing import Any

import psycopg
import pytest

from tests.browser.bidders import (
    AS_IF_SENT_A_MINUTE_AGO,
    THREE_HOURS_SLOW,
    bids_in,
    confirm,
    heard,
    keys_in,
    listen,
    place,
    price,
    ready,
    review,
    sees,
)
from tests.browser.conftest import Enter
from tests.browser.rivals import Rivals
from tests.world import World

pytestmark = pytest.mark.browser

# Somebody sets the computer's clock while the page is open; silence must still be noticed.
CLOCK_SET_BACK = "(() => { const now = Date.now; Date.now = () => now() - 3 * 3600000; })()"

# A lid that was closed for ten minutes: time has gone on, the page has not.
WOKEN_UP = "(() => { const now = Date.now; Date.now = () => now() + 600000; })()"

# What the socket has said so far: a page that never heard it would notice its silence anyhow.
COUNT_BEATS = """(() => {
    const True = WebSocket;
    window.beats = 0;
    window.WebSocket = class extends True {
        constructor(...parts) {
            super(...parts);
            this.addEventListener("message", ({ data }) => {
                if (String(data).startsWith('42["beat"')) window.beats += 1;
            });
        }
    };
})()"""

LEAD = "Accepted. You lead."
BID = "**/bid"


def test_a_cut_link_is_said_nothing_is_sent_and_the_return_tells_what_was_missed(
    enter: Enter, rivals: Rivals, world: World
) -> None:
    page = enter("K7Q4", before_any_script=COUNT_BEATS)
    review(page, "720000")
    _until(page, lambda: page.evaluate("window.beats"))

    page.context.set_offline(True)
    page.evaluate(CLOCK_SET_BACK)
    page.get_by_text("Connection lost at").wait_for()
    confirm_button = page.get_by_role("button", name="Place binding bid of")
    assert confirm_button.is_hidden()
    assert page.get_by_role("button", name="Reconnect to bid").is_visible()
    assert page.locator("[data-room=price-old]").is_visible()
    for code, amount in (("M3RT", 70_000_000), ("P8WX", 70_500_000), ("M3RT", 71_000_000)):
        rivals.bid(code, amount)
    page.context.set_offline(False)

    missed = page.get_by_text("You missed 3 bids. The price now is ¥710,000.00.")
    missed.wait_for()
    page.locator(".luo-room[data-link=good]").wait_for()
    assert missed.is_visible(), "there is time to read it"
    assert confirm_button.is_visible()
    assert page.locator("[data-review=amount]").inner_text() == "¥720,000.00"
    assert keys_in(world) == 3, "no bid is sent by itself"


def test_a_computer_that_slept_asks_at_once_what_it_missed(enter: Enter) -> None:
    """FAULT-F15: its own counting stood still meanwhile, so silence alone would say nothing."""
    page = enter("K7Q4", before_any_script=COUNT_BEATS)
    _until(page, lambda: page.evaluate("window.beats"))

    with page.expect_request("**/snapshot.json*", timeout=4_000):
        page.evaluate(WOKEN_UP)

    assert page.get_by_text("Connection lost at").is_hidden(), "the answer came"


def test_an_answer_cut_off_is_asked_for_and_the_bid_counts_once(enter: Enter, world: World) -> None:
    page = enter("K7Q4")

    def lose_the_answer(route: Any) -> None:
        route.fetch()
        route.abort("connectionreset")

    page.route(BID, lose_the_answer)
    place(page, "700000")
    sees(page, LEAD)

    assert bids_in(world) == [("K7Q4", 70_000_000)]
    assert keys_in(world) == 1


def test_asked_again_with_the_same_key_it_is_still_one_bid(enter: Enter, world: World) -> None:
    """The question about the first bid is lost as well, so that it is really sent twice."""
    page, keys = enter("K7Q4"), []

    def lose_the_first(route: Any) -> None:
        keys.append(route.request.headers["idempotency-key"])
        if len(keys) > 1:
            page.unroute("**/outcome.json*")
            route.continue_()
            return
        route.fetch()
        route.abort("connectionreset")

    page.route(BID, lose_the_first)
    page.route("**/outcome.json*", lambda route: route.abort("connectionreset"))
    place(page, "700000")
    sees(page, LEAD)

    assert len(keys) == 2 and len(set(keys)) == 1
    assert bids_in(world) == [("K7Q4", 70_000_000)]
    assert keys_in(world) == 1


def test_a_bid_that_waits_for_its_decision_says_when_it_arrived(
    enter: Enter, world: World, sale_id: int
) -> None:
    page = enter("K7Q4")
    with psycopg.connect(world.url) as somebody:
        somebody.execute("SELECT FROM sale_states WHERE sale_id = %s FOR UPDATE", [sale_id])
        place(page, "700000")
        sees(page, "Received, waiting for decision")
        said = page.locator("[data-panel=received]").inner_text()

    sees(page, LEAD)
    assert re.search(r"¥700,000.00 arrived today \d\d:\d\d:\d\d\.\d{3} \(UTC\+8\)", said)
    assert keys_in(world) == 1


def test_a_reload_while_sending_tells_what_became_of_the_bid(enter: Enter, world: World) -> None:
    page = enter("K7Q4")
    page.route(BID, lambda route: route.fetch())  # it arrives; the page never hears of it
    place(page, "700000")
    sees(page, "Sending your bid of")
    _until(page, lambda: bids_in(world) != [])

    page.reload()
    sees(page, LEAD)

    assert keys_in(world) == 1


def test_a_bid_that_never_arrived_is_given_up_and_cannot_arrive_any_more(
    enter: Enter, world: World
) -> None:
    """What the network kept back may still come when the page has said that it did not."""
    page, held = enter("K7Q4"), []
    page.route(BID, lambda route: route.continue_() if held else held.append(route))
    place(page, "700000")
    _until(page, lambda: held)
    [first] = held
    posted, headers = first.request.post_data, first.request.all_headers()
    page.add_init_script(AS_IF_SENT_A_MINUTE_AGO)
    page.reload()
    sees(page, "Your bid did not reach us")

    late = page.request.post(first.request.url, data=posted, headers=headers)

    assert late.status == 409
    assert bids_in(world) == []


def test_on_a_slow_line_the_page_answers_at_once_and_the_clock_says_its_error(
    enter: Enter, world: World
) -> None:
    page = enter("K7Q4")
    devtools = page.context.new_cdp_session(page)
    slow = {"offline": False, "latency": 800, "downloadThroughput": -1, "uploadThroughput": -1}
    devtools.send("Network.emulateNetworkConditions", slow)
    page.reload()
    page.get_by_text("connection slow").wait_for()
    shown, true = _shown_and_true(page, world)
    error = float(page.locator("[data-clock=server]").inner_text().split("±")[1].split()[0])
    assert 0.4 <= error <= 1.0
    assert abs(shown - true) <= error + 1, "the digits are whole seconds"

    review(page, "700000")
    took = page.evaluate(
        """() => {
            const began = performance.now();
            document.querySelector("[data-review=place]").click();
            return document.querySelector("[data-panel=sending]").hidden
                ? Infinity : performance.now() - began;
        }"""
    )

    assert took < 100
    sees(page, LEAD)
    assert keys_in(world) == 1


@pytest.mark.parametrize("zone", ["America/New_York"])
def test_a_computer_three_hours_slow_counts_and_says_the_servers_time(
    enter: Enter, world: World, zone: str
) -> None:
    page = enter("K7Q4", before_any_script=THREE_HOURS_SLOW, timezone_id=zone)
    page.get_by_text("connection good").or_(page.get_by_text("connection slow")).wait_for()

    shown, true = _shown_and_true(page, world)
    assert abs(shown - true) <= 2
    place(page, "700000")
    sees(page, LEAD)
    [(arrived,)] = world.rows(
        "SELECT to_char(arrived_at AT TIME ZONE 'Asia/Shanghai', 'HH24:MI:SS.MS') FROM arrivals"
        " WHERE kind = 'bid'"
    )
    assert f"today {arrived} (UTC+8)" in page.locator("[data-panel=accepted]").inner_text()
    row = page.locator("[data-room=bid-rows] tr").first
    row.wait_for()
    assert arrived[:8] in row.inner_text(), "today is the server's day: no date beside the time"


def test_two_windows_of_one_bidder_place_one_bid_and_both_know(enter: Enter, world: World) -> None:
    one = enter("K7Q4")
    other = one.context.new_page()
    other.goto(one.url)
    ready(other)
    review(one, "700000")
    review(other, "700000")

    confirm(one)
    confirm(other)
    sees(one, LEAD)
    other.get_by_role("heading", name="Your bid was not accepted").wait_for()

    assert bids_in(world) == [("K7Q4", 70_000_000)]
    for page in (one, other):
        page.locator(".luo-room[data-standing=lead]").wait_for()


def test_who_was_outbid_before_their_own_answer_came_is_not_told_that_they_lead(
    enter: Enter, rivals: Rivals
) -> None:
    page, waiting = enter("K7Q4"), []
    listen(page)
    page.route(BID, lambda route: waiting.append((route, route.fetch())))
    place(page, "700000")
    _until(page, lambda: waiting)
    rivals.bid("M3RT", 70_500_000)
    page.locator(".luo-room[data-standing=outbid]").wait_for()

    [(route, answer)] = waiting
    route.fulfill(response=answer)

    sees(page, "Accepted, but outbid since")
    assert any("You have been outbid" in said for said in heard(page, "alert"))
    assert price(page) == "¥705,000.00"


def test_a_bid_of_mine_that_was_missed_and_outbid_at_once_is_told(
    enter: Enter, rivals: Rivals
) -> None:
    """The message of my bid is lost; the next one, with the bid above it, shows the hole. What
    fills it is told late: another bid has come before the answer."""
    page = enter("K7Q4")
    listen(page)

    asked: list[Any] = []

    def answer_late(route: Any) -> None:
        asked.append(route)
        if len(asked) > 1:
            route.continue_()
            return
        answer = route.fetch()
        rivals.bid("P8WX", 71_000_000)
        page.locator("[data-room=price]", has_text="¥710,000.00").wait_for()
        route.fulfill(response=answer)

    page.route("**/snapshot.json*", answer_late)
    rivals.registrations["K7Q4"] = rivals.registration_of("K7Q4")
    announce, rivals.announce = rivals.announce, lambda _message: None
    rivals.bid("K7Q4", 70_000_000)
    rivals.announce = announce
    rivals.bid("M3RT", 70_500_000)

    page.locator(".luo-room[data-standing=outbid]").wait_for()
    assert any("You have been outbid" in said for said in heard(page, "alert"))


def test_a_bid_of_somebody_signed_out_is_not_sent_and_its_amount_is_kept(
    enter: Enter, world: World
) -> None:
    page = enter("K7Q4")
    review(page, "715000")
    world.rows("UPDATE identity.sessions SET ended_at = clock_timestamp() RETURNING id_hash")

    confirm(page)
    sees(page, "You are signed out")

    assert keys_in(world) == 0
    world.rows("UPDATE identity.sessions SET ended_at = NULL RETURNING id_hash")
    page.reload()
    ready(page)
    assert page.get_by_label("Amount of your bid").input_value() == "715000"


def _shown_and_true(page: Any, world: World) -> tuple[float, float]:
    """What is left by the page and by the database, in seconds."""
    digits = page.locator("[data-clock=digits]").inner_text()
    [(left,)] = world.rows(
        "SELECT extract(epoch FROM closes_at - clock_timestamp()) FROM sale_states"
    )
    seconds = sum(int(part) * 60**n for n, part in enumerate(reversed(digits.split(":"))))
    return seconds, float(left)


def _until(page: Any, come: Any) -> None:
    for _ in range(250):
        if come():
            return
        page.wait_for_timeout(40)
    raise AssertionError("it did not come")
