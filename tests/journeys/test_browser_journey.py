"""A home is sold, paid and shared out, in real windows: what people see, and whether all can.

One story, because each step needs the ones before it. What axe, the console or a narrow screen find
on the way does not stop the story; it is told at the end, by page, rule and element.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest

from app.rehearsal import settling
from app.rehearsal.bidding import BiddersSale, identity_number, transfer
from app.rehearsal.creditors import Creditor
from app.rehearsal.people import Human
from tests.chromium import chromium
from tests.journeys.platform import Platform
from tests.journeys.stage import DEPOSIT, HOME, START, STEP, YUAN, Stage, announced_home, wait_until
from tests.journeys.window import Findings, Window

# Two slow cores start the platform, found a court and play the whole sale within one test.
pytestmark = [pytest.mark.browser, pytest.mark.journey, pytest.mark.timeout(1500)]

FIRST, SECOND, THIRD = START, START + STEP, START + 3 * STEP


@dataclass
class Journey:
    """Who takes part, each with a window."""

    stage: Stage
    browser: Any
    findings: Findings

    def window(self, human: Human | None = None, **options: Any) -> Window:
        address = self.stage.place.url
        return Window.open(self.browser, address, self.findings, human=human, **options)


@pytest.fixture
def journey(platform: Platform) -> Iterator[Journey]:
    with chromium() as browser:
        yield Journey(announced_home(platform), browser, Findings())


def test_a_home_is_bid_for_won_paid_and_shared_out_in_real_windows(
    journey: Journey, platform: Platform
) -> None:
    play(journey, platform)

    assert not journey.findings.lines, "\n" + "\n".join(journey.findings.lines)


def play(journey: Journey, platform: Platform) -> None:
    stage = journey.stage
    bank = stage.admitted_creditor("Harbour Bank", START // 2, "secured")
    stage.admitted_creditor("Supplier Shen", START, "ordinary")  # so that nothing is left over
    look_at_what_everybody_sees(journey)
    rival = stage.admitted_bidder("Wang Fang", 2, "zh")
    buyer, anna = register_through_the_pages(journey, "Anna Li")
    take_part(journey, buyer, anna)
    pay_the_deposit_by_card(journey, buyer)

    stage.open_bidding(minutes_left=4)
    theirs = enter_in_chinese(journey, rival)
    bid_against_each_other(journey, buyer, theirs)
    look_at_the_court(journey)
    win(journey, buyer, theirs)

    pay_the_rest_by_transfer(journey, buyer)
    share_out(journey, bank)
    look_at_the_operators(journey, platform)


def look_at_what_everybody_sees(journey: Journey) -> None:
    window, sale = journey.window(), journey.stage.sale
    for name, path in (
        ("home", "/"),
        ("lot", f"/sales/{sale}"),
        ("live", f"/sales/{sale}/live"),
        ("announcement", f"/sales/{sale}/announcement"),
        ("how it works", "/how-it-works"),
        ("verify", "/verify"),
        ("status", "/status"),
        ("sign in", "/account/sign-in"),
    ):
        window.go(path).look(name)
    window.expected = "404"
    window.go("/sales/nothing").look("error")
    window.go(f"/sales/{sale}").page.get_by_role("heading", name=HOME.title).wait_for()
    window.close()


def register_through_the_pages(journey: Journey, name: str) -> tuple[Window, Human]:
    """An account, confirmed by the link in the letter."""
    human, window = journey.stage.new_human(name), journey.window()
    window.go("/account/register").look("register")
    window.fill(name=human.name, email=human.email, password=human.password)
    window.press("Register")
    window.heading("Look into your mailbox")
    window.look("look into your mailbox")
    window.go(human.place.mailbox.link(human.email, "/account/confirm/")).look("confirm")
    window.fill(password=human.password)
    window.press("Confirm and sign in")
    window.page.wait_for_url(lambda url: "/confirm/" not in url)
    return window, human


def take_part(journey: Journey, window: Window, human: Human) -> None:
    """The task list of a lot: details, second step, terms."""
    prepare = f"/bid/{journey.stage.sale}/prepare"
    window.go(prepare).look("prepare")
    window.follow("Your details")
    window.look("details")
    window.fill(
        name=human.name,
        id_number=identity_number(1),
        address="1 Harbour Street, Shenzhen",
        phone="138 0013 8000",
    )
    window.send("Save and continue")
    window.go(prepare)
    window.follow("Second step of signing in")
    give_mail_code(window, human, "second step")
    window.go(prepare)
    window.follow("Terms and declarations")
    window.look("terms")
    for box in ("terms_read", "not_excluded", "binding"):
        window.page.locator(f"[name={box}]").check()
    window.send("Accept and register")
    window.go(prepare)
    window.page.get_by_text("Everybody sees this code").wait_for()


def give_mail_code(window: Window, human: Human, name: str) -> None:
    """The buttons are found by their place: one of the windows is Chinese."""
    mailbox = human.place.mailbox
    known = mailbox.count(human.email)
    window.look(name)
    window.page.locator("main form button").first.click()
    window.page.locator("[name=code]").wait_for()
    window.look(f"{name}, code sent")
    window.fill(code=mailbox.code(human.email, after=known))
    window.page.locator("main form:has([name=code]) button").click()
    window.page.locator("[name=code]").wait_for(state="detached")


def pay_the_deposit_by_card(journey: Journey, window: Window) -> None:
    sale, place = journey.stage.sale, journey.stage.place
    window.go(f"/bid/{sale}/deposit").look("deposit")
    window.page.locator("[name=way][value=card]").check()
    window.send("Continue")
    window.look("check before you pay")
    window.press("Pay ¥60,000.00 by card")
    window.page.wait_for_url(f"{place.outside_url}/**")
    window.fill(card_number="4242 4242 4242 4242", expiry="12/30", cvc="123", holder="Anna Li")
    window.page.locator("form button").click()
    window.page.wait_for_url(f"{place.url}/**")
    room = window.page.locator(f"main a[href='/bid/{sale}/room']")
    wait_until(lambda: bool(window.go(f"/bid/{sale}/prepare") and room.count()), "not admitted")
    window.look("prepared")
    window.go(f"/bid/{sale}/deposit").look("deposit held")


def enter_in_chinese(journey: Journey, bidder: BiddersSale) -> Window:
    window, human = journey.window(locale="zh-CN"), bidder.human
    window.go("/account/sign-in").look("sign in, in Chinese")
    window.heading("登录")
    window.fill(email=human.email, password=human.password)
    window.press("登录")
    window.page.wait_for_url(lambda url: "sign-in" not in url)
    window.go(f"/account/second-factor?next=/bid/{bidder.sale}/room")
    give_mail_code(window, human, "second step, in Chinese")
    window.go(f"/bid/{bidder.sale}/room").look("room, in Chinese")
    return window


def bid_against_each_other(journey: Journey, mine: Window, theirs: Window) -> None:
    """Two bids by keyboard alone, one by mouse between them; nobody reloads."""
    sale = journey.stage.sale
    mine.go(f"/bid/{sale}/room").look("room")
    bid_by_keyboard(mine, FIRST)
    mine.heading("Accepted. You lead.")
    mine.look("room, leading")

    amount = theirs.page.get_by_label("出价金额")
    theirs.page.locator("[data-room=price]", has_text="¥1,050,000.00").wait_for()
    amount.fill(str(SECOND // YUAN))
    theirs.press("核对出价")
    theirs.look("review, in Chinese")
    theirs.page.get_by_role("button", name="确认出价").click()
    theirs.heading("出价有效，您目前领先。")

    alert = mine.page.locator("[role=alert]", has_text="You have been outbid.")
    alert.first.wait_for(state="attached")
    assert mine.page.locator("[data-room=price]").inner_text() == "¥1,055,000.00"
    mine.look("room, outbid")
    mine.go(f"/bid/{sale}/room")
    bid_by_keyboard(mine, THIRD)
    mine.heading("Accepted. You lead.")
    assert journey.stage.snapshot()["extensions"] >= 1


def bid_by_keyboard(window: Window, minor: int) -> None:
    """From the top of the page with Tab and Enter; the focus is always somewhere one can see."""
    page = window.page
    window.ready()
    tab_to(page, "document.activeElement.id === 'bid-amount'")
    page.keyboard.press("Control+A")
    page.keyboard.type(str(minor // YUAN))
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Check your bid").wait_for()
    assert page.evaluate("document.activeElement.textContent.includes('Check your bid')")
    window.look("review")
    page.get_by_role("heading", name="Check your bid").focus()
    tab_to(page, "document.activeElement.dataset.review === 'place'")
    page.keyboard.press("Enter")


def tab_to(page: Any, there: str) -> None:
    for _ in range(60):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement !== document.body"), "the focus is lost"
        if page.evaluate(there):
            assert page.evaluate(IS_SEEN), "something lies over what has the focus"
            return
    raise AssertionError(f"60 times Tab, and not {there}")


IS_SEEN = """
() => {
  const box = document.activeElement.getBoundingClientRect();
  const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
  return document.activeElement.contains(top);
}
"""


def win(journey: Journey, mine: Window, theirs: Window) -> None:
    sale, stage = journey.stage.sale, journey.stage
    stage.close_bidding()
    mine.page.get_by_text("You won").first.wait_for()
    theirs.page.get_by_text("未竞得").first.wait_for()
    mine.look("room, won")
    theirs.look("room, not won, in Chinese")
    mine.go(f"/bid/{sale}/bids").look("my bids")
    mine.page.locator(f"main a[href*='/bid/{sale}/bids/']").first.click()
    mine.look("receipt")
    for name, path in (
        ("my lots", "/bid/"),
        ("messages", "/bid/messages"),
        ("account", "/account/"),
        ("security", "/account/security"),
        ("result", f"/sales/{sale}/result"),
    ):
        mine.go(path).look(name)


def pay_the_rest_by_transfer(journey: Journey, buyer: Window) -> None:
    """The buyer's bank sends the money; the finance desk reads the bank's notice in."""
    stage = journey.stage
    buyer.go(f"/bid/{stage.sale}/won").look("won")
    reference = buyer.page.locator("dd code", has_text="LC").first.inner_text()
    notice = transfer(stage.place.outside_url, reference, THIRD - DEPOSIT, "CNY", payer="Anna Li")
    finance = journey.window(stage.staff.finance[0])
    finance.go(f"{stage.staff.path}/finance").look("finance")
    form = finance.page.locator("form[action$='/finance/statements']")
    form.locator("input[type=file]").set_input_files(
        {"name": "notice.xml", "mimeType": "application/xml", "buffer": notice}
    )
    form.locator("button").click()
    paid = buyer.page.get_by_text("The price is paid.")
    wait_until(
        lambda: bool(buyer.go(f"/bid/{stage.sale}/won") and paid.count()), "the price is not paid"
    )
    buyer.look("won, paid")
    finance.go(f"{stage.staff.path}/finance").look("finance, after")
    finance.close()


def share_out(journey: Journey, creditor: Creditor) -> None:
    """The court plans, serves, waits for objections, pays; the creditor sees the money."""
    stage = journey.stage
    staff, sale = stage.staff, stage.sale
    theirs = journey.window(creditor.human)
    theirs.go("/claims/").look("claims")
    finance = journey.window(staff.finance[0])
    finance.go(f"{staff.path}/sales/{sale}/after").look("after the sale")
    distribution = f"{staff.path}/sales/{sale}/distribution"
    finance.go(distribution).look("distribution")
    settling.draft_and_serve(staff, sale, {"Enforcement fee": "12900.00"})
    finance.go(distribution).look("distribution, served")
    theirs.go(f"/claims/{creditor.claim}").look("claim")
    theirs.page.locator("main a[href*='/claims/plans/']").first.click()
    theirs.look("plan")

    now = datetime.fromisoformat(stage.snapshot()["legal"])
    stage.go_to(now + timedelta(days=settling_days()))
    settling.make_final(staff, sale)
    settling.pay_out(staff, stage.place.outside_url)
    finance.go(distribution).look("distribution, final")
    money = theirs.page.get_by_text("¥525,000.00")
    wait_until(
        lambda: bool(theirs.go("/claims/statement") and money.count()), "the creditor sees no money"
    )
    theirs.look("statement")


def settling_days() -> int:
    """Fifteen days for objections (DIST-E), and a few for a last day that is free."""
    return 20


def look_at_the_court(journey: Journey) -> None:
    staff, sale, case = journey.stage.staff, journey.stage.sale, journey.stage.case
    clerk = journey.window(staff.clerk)
    for name, path in (
        ("courts", "/court/"),
        ("desk", staff.path),
        ("cases", f"{staff.path}/cases"),
        ("case", f"{staff.path}/cases/{case}"),
        ("calendar", f"{staff.path}/calendar"),
        ("prepare a sale", f"{staff.path}/sales/{sale}/prepare"),
        ("notices of a sale", f"{staff.path}/sales/{sale}/notices"),
        ("panel", f"{staff.path}/sales/{sale}/panel"),
        ("publication", f"{staff.path}/sales/{sale}/publication"),
        ("control", f"{staff.path}/sales/{sale}/control"),
    ):
        clerk.go(path).look(name)
    clerk.close()
    president = journey.window(staff.presidents[0])
    for name in ("people", "clock"):
        president.go(f"{staff.path}/{name}").look(name)
    president.close()


def look_at_the_operators(journey: Journey, platform: Platform) -> None:
    window = journey.window(platform.operators[0])
    for name, path in (
        ("operator overview", "/operator/"),
        ("operator courts", "/operator/courts"),
        ("operator balance", "/operator/balance"),
    ):
        window.go(path).look(name)
    window.close()
