"""The components in a real browser: accessible, unbroken at 320 px, honest about the clock, the
link and the bid."""

from __future__ import annotations

import hashlib
import json
import random
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from app.amount_words import chinese_capitals, english_words
from tests.browser.bidders import AS_IF_SENT_A_MINUTE_AGO
from tests.browser.build import ROOT, build_styles, compile_catalogue
from tests.browser.component_page import SALE, STEP, MadeUpSale, create_page
from tests.browser.made_up import MINE, ROOMS
from tests.chromium import AXE

pytestmark = pytest.mark.browser


def _in(path: str, language: str) -> str:
    return f"{path}{'&' if '?' in path else '?'}lang={language}"


RULES = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]
PAGES = ["/", "/pages/form?errors=1", "/pages/error", *(f"/rooms/{state}" for state in ROOMS)]
IN_CHINESE = ["/", "/pages/form?errors=1", "/rooms/open", "/rooms/suspended", "/rooms/review"]
Open = Callable[..., Any]


@pytest.fixture(scope="module")
def browser(chromium: Any) -> Any:
    """One browser for all: two could not be driven from one process."""
    return chromium


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Any, str]]:
    """The page for looking, served by a thread of this process."""
    from werkzeug.serving import make_server

    folder = tmp_path_factory.mktemp("looking")
    page = create_page(build_styles(folder), compile_catalogue(folder))
    server = make_server("127.0.0.1", 0, page, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield page, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join(5)
    server.server_close()


@pytest.fixture
def sale(site: tuple[Any, str]) -> MadeUpSale:
    site[0].sale = MadeUpSale()
    return site[0].sale


@pytest.fixture
def open_page(browser: Any, site: tuple[Any, str], sale: MadeUpSale) -> Iterator[Open]:
    """Open a page; at the end no page may have had an error or broken the content policy."""
    contexts, faults = [], []

    def go(path: str, **options: Any) -> Any:
        size = {"viewport": {"width": 1280, "height": 860}}
        context = browser.new_context(**(size | options))
        context.set_default_timeout(6_000)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda said: _keep_fault(faults, said))
        page.goto(site[1] + path)
        if options.get("java_script_enabled", True):
            page.locator("[data-luo]:not([data-ready]):not([data-luo=room] *)").wait_for(
                state="detached"
            )
        return page

    yield go
    for context in contexts:
        context.close()
    assert faults == []


def _keep_fault(faults: list[str], said: Any) -> None:
    # A link that is cut on purpose is reported too; that is no fault of the page.
    cut = "Failed to load resource" in said.text or "net::ERR_INTERNET_DISCONNECTED" in said.text
    if said.type == "error" and not cut:
        faults.append(said.text)


# ---------- for everybody ----------


@pytest.mark.parametrize("path", [*PAGES, *(_in(path, "zh") for path in IN_CHINESE)])
def test_no_component_breaks_an_accessibility_rule(open_page: Open, path: str) -> None:
    page = open_page(path)

    assert _violations(page) == []


@pytest.mark.parametrize("state", ["open", "outbid", "accepted", "refused", "suspended", "review"])
def test_the_room_at_night_has_contrast_enough(open_page: Open, state: str) -> None:
    page = open_page(f"/rooms/{state}", color_scheme="dark")

    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")

    assert ground == "rgb(16, 21, 31)", "the night must have come"
    assert _violations(page) == []


@pytest.mark.parametrize("path", ["/", "/pages/form?errors=1", "/rooms/open", "/rooms/suspended"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_nothing_scrolls_sideways_at_320_pixels(open_page: Open, path: str, language: str) -> None:
    page = open_page(_in(path, language), viewport={"width": 320, "height": 640})

    assert page.evaluate("document.documentElement.scrollWidth") == 320


@pytest.mark.parametrize("state", ["open", "outbid", "first"])
def test_price_clock_state_and_button_stand_in_one_view_of_a_telephone(
    open_page: Open, state: str
) -> None:
    page = open_page(f"/rooms/{state}", viewport={"width": 360, "height": 640})

    for part in ("[data-room=price]", "[data-clock=digits]", ".luo-room__state", "[data-bid=go]"):
        box = page.locator(part).bounding_box()
        assert box["y"] + box["height"] <= 640, part


def test_without_javascript_the_same_form_leads_to_the_review(open_page: Open) -> None:
    page = open_page("/rooms/open", java_script_enabled=False)

    page.get_by_role("button", name="Review bid").click()

    assert "/rooms/review?amount=" in page.url
    assert page.get_by_role("button", name="Place binding bid of").is_visible()


def test_states_are_told_in_words_and_not_by_colour_alone(open_page: Open) -> None:
    page = open_page("/rooms/outbid")

    assert "You have been outbid" in page.locator(".luo-room__state").inner_text()


def test_every_word_of_the_components_has_its_chinese(open_page: Open) -> None:
    page = open_page("/rooms/open?lang=zh")

    words = page.locator("main").inner_text()

    assert [word for word in ("Bid", "Price", "Ends", "Server", "step") if word in words] == []


# ---------- amounts ----------


def test_the_scripts_write_amounts_as_the_server_does(open_page: Open) -> None:
    page = open_page("/rooms/open")
    chance = random.Random(20261121)
    amounts = [0, 1, 10, 5_00, 100_000_00, 10_000_05_00, 14_534_399_94]
    amounts += [chance.randrange(10 ** chance.randrange(1, 15)) for _ in range(300)]

    written = page.evaluate(
        """async (amounts) => {
            const { inWords } = await import("/static/js/amounts.js");
            return amounts.map((a) => [inWords(a, "CNY", "zh"), inWords(a, "CNY", "en")]);
        }""",
        amounts,
    )

    assert written == [[chinese_capitals(each), english_words(each, "CNY")] for each in amounts]


@pytest.mark.parametrize(
    ("typed", "minor"),
    [
        ("250000", 25_000_000),
        ("250,000.50", 25_000_050),
        ("\uff12\uff15\uff10\uff10\uff10\uff10", 25_000_000),
        ("¥250 000", 25_000_000),
        ("250000.5", 25_000_050),
        ("25,00", None),
        ("25万", None),
        ("2.5e5", None),
        ("-5", None),
        ("", None),
    ],
)
def test_an_amount_is_read_exactly_or_not_at_all(
    open_page: Open, typed: str, minor: int | None
) -> None:
    page = open_page("/pages/error")

    read = page.evaluate(
        'async (typed) => (await import("/static/js/amounts.js")).readAmount(typed)', typed
    )

    assert read == minor


# ---------- the clock ----------


def test_the_clock_counts_on_the_server_and_not_on_the_computer(
    open_page: Open, sale: MadeUpSale
) -> None:
    sale.clock_off = timedelta(hours=3)
    sale.closes_at = sale.now() + timedelta(minutes=4, seconds=30)

    page = open_page("/rooms/sale")
    page.get_by_text("connection good").wait_for()

    left = page.locator("[data-clock=digits]").inner_text()
    assert "04:20" <= left <= "04:30"


def test_the_clock_never_closes_a_sale_by_itself(open_page: Open, sale: MadeUpSale) -> None:
    sale.closes_at = sale.now() + timedelta(seconds=2)

    page = open_page("/rooms/sale")
    page.wait_for_timeout(3_500)

    assert page.locator("[data-clock=digits]").inner_text() == "Checking the last bids…"
    assert page.locator("[data-bid=go]").is_visible()
    sale.status = "sold"
    sale.seq += 1
    page.get_by_text("Sold", exact=True).wait_for(timeout=8_000)


def test_a_held_rehearsal_clock_stands_still_and_says_so(open_page: Open, sale: MadeUpSale) -> None:
    sale.rate = 0

    page = open_page("/rooms/sale")

    page.get_by_text("Rehearsal time is held").wait_for()


def test_a_clock_without_an_answer_says_that_it_is_not_certain(
    open_page: Open, sale: MadeUpSale
) -> None:
    sale.delay = 2.5

    page = open_page("/rooms/sale")

    page.get_by_text("Clock not certain").wait_for()


def test_the_ticking_digits_are_silent_and_key_moments_speak_once(
    open_page: Open, sale: MadeUpSale
) -> None:
    sale.closes_at = sale.now() + timedelta(seconds=33)

    page = open_page("/rooms/sale?live=1")
    _listen(page)
    page.wait_for_timeout(5_000)

    assert page.locator("[data-clock=digits]").get_attribute("aria-live") == "off"
    assert _heard(page) == ["30 seconds left."]


# ---------- the link ----------


def test_news_come_by_socket_and_the_bid_list_shows_each_once(
    open_page: Open, site: tuple[Any, str], sale: MadeUpSale
) -> None:
    live = site[0].live
    sale.bid("B07")
    page = open_page("/rooms/sale?live=1")
    _linked(page, live, sale)

    first, second = sale.bid("C21"), sale.bid("B07")
    for message in (second, first, second):
        live.emit("sale", message, to=SALE)
    _row(page, 3).wait_for()
    _row(page, 2).wait_for()

    rows = page.locator("[data-room=bid-rows] tr").evaluate_all(
        "rows => rows.map((row) => row.dataset.seq)"
    )
    assert rows == ["3", "2", "1"], "newest first, each once, whatever the order of arrival"
    assert page.locator("[data-room=leader]").inner_text() == "B07"


def test_an_old_message_never_takes_the_price_back(
    open_page: Open, site: tuple[Any, str], sale: MadeUpSale
) -> None:
    live = site[0].live
    page = open_page("/rooms/sale?live=1")
    _linked(page, live, sale)
    old, new = sale.bid("C21"), sale.bid("B07")

    live.emit("sale", new, to=SALE)
    _row(page, 1).wait_for()  # the hole before it has been filled, nothing is on its way
    live.emit("sale", old, to=SALE)
    page.wait_for_timeout(400)

    assert page.locator("[data-room=leader]").inner_text() == "B07"


def test_a_lost_link_greys_the_price_and_takes_the_button_away(
    open_page: Open, sale: MadeUpSale
) -> None:
    sale.bid("B07")
    page = open_page("/rooms/sale?live=1")
    page.wait_for_timeout(500)

    sale.reachable = False
    page.context.set_offline(True)
    page.get_by_text("Connection lost at").wait_for(timeout=15_000)

    assert page.locator("[data-bid=go]").is_hidden()
    assert page.get_by_role("button", name="Reconnect to bid").is_visible()
    assert page.locator("[data-room=price-old]").is_visible()

    for code in ("C21", "D33", "C21"):
        sale.bid(code)
    sale.reachable = True
    page.context.set_offline(False)
    page.get_by_text("You missed 3 bids. The price now is").wait_for(timeout=15_000)
    assert page.locator("[data-bid=go]").is_visible()
    assert sale.posts == [], "no bid is sent by itself (FAULT-F15)"


def test_the_list_can_be_paused_while_the_price_goes_on(open_page: Open, sale: MadeUpSale) -> None:
    sale.bid("B07")
    page = open_page("/rooms/sale")
    page.get_by_role("button", name="Pause list").click()

    sale.bid("C21")
    page.get_by_text("1 new").wait_for(timeout=10_000)

    assert page.locator("[data-room=leader]").inner_text() == "C21"
    assert _row(page, 2).count() == 0
    page.get_by_role("button", name="Go on with the list").click()
    assert _row(page, 2).count() == 1


def test_being_outbid_is_an_alert_and_an_extension_is_said(
    open_page: Open, sale: MadeUpSale
) -> None:
    sale.bid(MINE)
    sale.closes_at = sale.now() + timedelta(minutes=3)
    page = open_page("/rooms/sale")
    page.get_by_text("You lead", exact=True).wait_for()
    _listen(page)

    sale.bid("B07")
    page.get_by_text("You have been outbid", exact=True).wait_for(timeout=10_000)
    page.locator("[data-clock=speech]", has_text="Extended to").wait_for(state="attached")

    heard = _heard(page)
    assert any(said.startswith("You have been outbid. The price is now ¥") for said in heard)
    assert any(said.startswith("Extended to") and "because of bid 2" in said for said in heard)


# ---------- the bid ----------


def test_a_bid_is_reviewed_confirmed_and_only_then_sent(open_page: Open, sale: MadeUpSale) -> None:
    sale.bid("B07")
    sale.answers = [{"status": "accepted", "seq": 2, "receipt_url": "#r"} | _arrived(sale)]
    page = open_page("/rooms/sale")

    _review(page)
    assert sale.posts == []
    assert page.evaluate("document.activeElement.textContent") == "Check your bid"
    assert "fourteen million" in page.locator("[data-review=words]").inner_text()
    page.get_by_role("button", name="Place binding bid of ¥14,194,399.94").click()

    page.get_by_role("heading", name="Accepted. You lead.").wait_for()
    assert len(sale.posts) == 1
    assert sale.posts[0]["sent"]["amount"] == 14_194_399_94
    assert len(sale.posts[0]["key"]) >= 32


@pytest.mark.parametrize("keys", ["double click", "enter twice"])
def test_a_hasty_hand_places_one_bid(open_page: Open, sale: MadeUpSale, keys: str) -> None:
    sale.answers = [_slow({"status": "accepted", "seq": 1} | _arrived(sale), 0.5)]
    page = open_page("/rooms/sale")
    _review(page)
    place = page.locator("[data-review=place]")

    if keys == "double click":
        place.dblclick()
    else:
        place.focus()
        page.keyboard.press("Enter")
        page.keyboard.press("Enter")
    page.get_by_role("heading", name="Accepted. You lead.").wait_for()

    assert len(sale.posts) == 1


def test_an_answer_that_does_not_come_is_asked_for_again_with_the_same_key(
    open_page: Open, sale: MadeUpSale
) -> None:
    accepted = {"status": "accepted", "seq": 1} | _arrived(sale)
    sale.answers = [_slow(accepted, 7), accepted]
    page = open_page("/rooms/sale")
    _review(page)

    page.locator("[data-review=place]").click()
    page.get_by_role("heading", name="Sending your bid of").wait_for(timeout=1_000)
    page.locator("[data-panel-note=still]").wait_for(timeout=4_000)
    page.get_by_role("heading", name="We do not know yet").wait_for(timeout=5_000)
    page.get_by_role("heading", name="Accepted. You lead.").wait_for(timeout=10_000)

    assert len({post["key"] for post in sale.posts}) == 1
    assert len(sale.posts) == 2


def test_after_a_reload_a_bid_is_asked_about_and_never_sent_again(
    open_page: Open, sale: MadeUpSale
) -> None:
    """What never arrived is given up: its key goes in without an amount."""
    sale.answers = [_slow({"status": "waiting"}, 2), {"status": "refused", "message": "no amount"}]
    page = open_page("/rooms/sale")
    _review(page)
    page.locator("[data-review=place]").click()
    page.wait_for_timeout(300)

    page.add_init_script(AS_IF_SENT_A_MINUTE_AGO)
    page.reload()
    page.get_by_role("heading", name="Your bid did not reach us").wait_for(timeout=8_000)

    first, second = sale.posts
    assert second["key"] == first["key"]
    assert second["sent"]["amount"] == "given up"


def test_a_refusal_says_why_and_offers_the_new_minimum(open_page: Open, sale: MadeUpSale) -> None:
    sale.bid("B07")
    refused = {"status": "refused", "message": "The price had moved.", "rule": "G1"}
    sale.answers = [refused | {"minimum_minor": sale.price_minor + 2 * STEP}]
    page = open_page("/rooms/sale")
    _review(page)
    _listen(page)

    page.locator("[data-review=place]").click()
    page.get_by_role("heading", name="Your bid was not accepted").wait_for()

    assert page.get_by_text("The price had moved.").is_visible()
    assert "Your bid was not accepted." in _heard(page)
    page.get_by_role("button", name="Review a bid of ¥14,214,399.94").click()
    assert page.get_by_role("heading", name="Check your bid").is_visible()


def test_the_amount_stays_the_users_when_the_price_moves(open_page: Open, sale: MadeUpSale) -> None:
    sale.bid("B07")
    page = open_page("/rooms/sale")
    page.locator("#bid-amount").fill("14,214,399.94")
    _review(page)

    sale.bid("C21", steps=3)
    page.locator("[data-review=moved-text]", has_text="now too low").wait_for(timeout=10_000)

    assert page.locator("[data-review=amount]").inner_text() == "¥14,214,399.94"
    page.keyboard.press("Escape")
    assert page.locator("#bid-amount").input_value() == "14,214,399.94"
    assert page.locator("#bid-amount").evaluate("field => field === document.activeElement")


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("a lot", "Write the amount in digits"),
        ("1", "The lowest amount that counts now is ¥14,194,399.94."),
        ("14200000", "The nearest amounts are ¥14,194,399.94 and ¥14,214,399.94."),
    ],
)
def test_a_wrong_amount_is_answered_with_the_right_ones(
    open_page: Open, sale: MadeUpSale, typed: str, said: str
) -> None:
    sale.bid("B07")
    page = open_page("/rooms/sale")

    page.locator("#bid-amount").fill(typed)
    page.locator("[data-bid=go]").click()

    assert said in page.locator("[data-bid=error]").inner_text()
    assert page.locator("#bid-amount").get_attribute("aria-invalid") is not None
    assert _violations(page) == []


def test_an_amount_far_above_the_minimum_is_typed_twice(open_page: Open, sale: MadeUpSale) -> None:
    sale.bid("B07")
    page = open_page("/rooms/sale")
    page.locator("#bid-amount").fill("141794399.94")
    page.locator("#bid-amount").fill(f"{(sale.price_minor + 400 * STEP) / 100:.2f}")
    page.locator("[data-bid=go]").click()

    page.locator("[data-review=place]").click()

    assert page.get_by_text("The two amounts are not the same.").is_visible()
    assert sale.posts == []


def test_fast_mode_keeps_two_acts_and_the_ceiling(open_page: Open, sale: MadeUpSale) -> None:
    sale.bid("B07")
    page = open_page("/rooms/sale")
    page.get_by_text("Fast mode for the closing minute").click()
    page.get_by_label("Your ceiling").fill("14230000")
    page.get_by_label("I know that each bid I confirm is binding").check()
    page.get_by_role("button", name="Turn fast mode on").click()

    page.get_by_role("button", name="+2 steps").click()
    assert page.evaluate("document.activeElement.dataset.review") == "place"
    assert sale.posts == []
    page.keyboard.press("Escape")
    page.get_by_role("button", name="+5 steps").click()

    assert "above the ceiling" in page.locator("[data-bid=error]").inner_text()


# ---------- proof ----------


def test_a_whole_transcript_is_verified_in_the_browser(open_page: Open, tmp_path: Path) -> None:
    page = open_page("/")

    verdict = _verify(page, tmp_path, _transcript())

    assert verdict == "The chain is whole: 3 lines."


def test_the_engines_own_transcript_is_verified_against_a_receipt(
    open_page: Open, tmp_path: Path
) -> None:
    golden = ROOT / "tests/engine/golden/replay--transcript.out"
    lines = golden.read_text(encoding="utf-8").splitlines()
    head = json.loads(lines[-1])["hash"]
    page = open_page("/")

    page.locator("#verify-head").fill(head)
    assert _verify(page, tmp_path, lines) == f"The chain is whole: {len(lines)} lines."
    page.locator("#verify-head").fill("0" * 64)
    page.locator("#verify-file").set_input_files([])
    page.locator("#verify-file").set_input_files(tmp_path / "sale.jsonl")
    page.get_by_text("It is not the hash you gave").wait_for()


@pytest.mark.parametrize("harm", ["digit", "dropped", "swapped", "space", "cut"])
def test_a_changed_transcript_is_found_out(open_page: Open, tmp_path: Path, harm: str) -> None:
    lines = _transcript()
    harmed = {
        "digit": lambda: [lines[0], lines[1].replace("9007199254740993", "9007199254740992")],
        "dropped": lambda: [lines[0], lines[2]],
        "swapped": lambda: [lines[0], lines[2], lines[1]],
        "space": lambda: [lines[0], lines[1].replace('":', '": ', 1), lines[2]],
        "cut": lambda: [lines[0], lines[1][:-9]],
    }[harm]()
    page = open_page("/")

    verdict = _verify(page, tmp_path, harmed)

    assert verdict == "The chain is broken."


# ---------- what the tests above share ----------


def _violations(page: Any) -> list[str]:
    page.wait_for_timeout(150)
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate(
        "rules => axe.run(document, {runOnly: rules}).then((result) => result.violations)", RULES
    )
    return [
        f"{each['id']}: {node['target']} {node.get('failureSummary', '')[:160]}"
        for each in found
        for node in each["nodes"]
    ]


def _listen(page: Any) -> None:
    """Record all that is put into live regions, in order."""
    page.evaluate(
        """() => {
            window.heard = [];
            const note = (records) => records.forEach(({ target }) => {
                const region = target.closest?.("[role=status],[role=alert]") ?? target;
                if (region.textContent.trim()) window.heard.push(region.textContent.trim());
            });
            for (const region of document.querySelectorAll("[role=status],[role=alert]")) {
                new MutationObserver(note).observe(region, { childList: true, subtree: true });
            }
        }"""
    )


def _heard(page: Any) -> list[str]:
    heard: list[str] = page.evaluate("window.heard")
    return [said for index, said in enumerate(heard) if index == 0 or heard[index - 1] != said]


def _linked(page: Any, live: Any, sale: MadeUpSale) -> None:
    """Wait until the socket has joined its room."""
    for _ in range(100):
        if list(live.server.manager.get_participants("/", SALE)):
            return
        time.sleep(0.05)
    raise AssertionError("the page did not join the room of its sale")


def _row(page: Any, seq: int) -> Any:
    return page.locator(f"[data-room=bid-rows] tr[data-seq='{seq}']")


def _review(page: Any) -> None:
    page.get_by_role("button", name="Review bid").click()
    page.get_by_role("heading", name="Check your bid").wait_for()


def _arrived(sale: MadeUpSale) -> dict[str, str]:
    return {"arrived_at": sale.now().isoformat()}


def _slow(answer: dict[str, Any], seconds: float) -> Callable[[Any], Any]:
    def give(_post: Any) -> Any:
        time.sleep(seconds)
        return answer

    return give


def _transcript() -> list[str]:
    """Three lines; the amount is above 2^53, where a parsed number would lose its last digit."""
    lines, prev = [], "0" * 64
    for n, event in enumerate(
        (
            {"format": "auction-transcript/1", "type": "sale", "rules": "cn-2016-18"},
            {
                "type": "bid",
                "amount": 9007199254740993,
                "decision": {"accepted": True, "hash": "x"},
            },
            {"type": "outcome", "status": "sold", "note": 'a "hash":"b", inside'},
        )
    ):
        line = event | {"n": n, "prev": prev}
        prev = hashlib.sha256(_canonical(line).encode()).hexdigest()
        lines.append(_canonical(line | {"hash": prev}))
    return lines


def _canonical(line: dict[str, Any]) -> str:
    return json.dumps(line, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _verify(page: Any, folder: Path, lines: list[str]) -> str:
    file = folder / "sale.jsonl"
    file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    page.locator("#verify-file").set_input_files(file)
    verdict = page.locator("[data-verify=verdict]")
    verdict.wait_for()
    text: str = verdict.inner_text()
    return text
