"""Money in real windows: cards that the bank asks about or declines, transfers that fit or do not,
a deposit on its way back, a price paid, and a buyer who does not pay.

One court sells two things at the same hour: a home, whose buyer pays, and a shop, whose buyer does
not. Two of the bidders and some of the court read Chinese, the others English.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import requests

from app.rehearsal.bidding import BiddersSale, reference_on
from app.rehearsal.founding import CourtFacts, Staff, call_staff, open_court
from app.rehearsal.listing import (
    Debt,
    Price,
    Thing,
    add_asset,
    draft_sale,
    hold_clock,
    notify_parties,
    open_case,
    publish,
    vote,
)
from app.rehearsal.people import Human
from tests.chromium import chromium
from tests.journeys.platform import Platform
from tests.journeys.stage import (
    DEPOSIT,
    HOME,
    NOTICE_DAYS,
    START,
    STEP,
    Stage,
    a_price,
    mark_of_this_journey,
    wait_until,
)
from tests.journeys.window import Findings, Window

pytestmark = [pytest.mark.browser, pytest.mark.journey, pytest.mark.timeout(900)]

SHOP = Thing(
    title="Shop on the ground floor, Ferry Lane 3",
    title_zh="深圳市南山区渡口巷3号一层商铺",
    category="shop",
    property_kind="real_property",
    region="Shenzhen",
    picture="shop-1",
)
# What the pages of the local card provider call their cards.
ASKS_FIRST, NOT_ENOUGH, PAYS = (
    "4000 0025 0000 3155",
    "4000 0000 0000 9995",
    "4242 4242 4242 4242",
)
TOO_MUCH = 50_000
DAY = timedelta(days=1)
SHANGHAI = ZoneInfo("Asia/Shanghai")


@dataclass
class Bank:
    """The court's bank, with an account that no other court of this run uses."""

    outside_url: str
    account: str
    day: date

    def transfer(self, reference: str, minor: int, payer: str) -> bytes:
        """Somebody's money arrives; the bank's credit notice of it."""
        answer = requests.post(
            f"{self.outside_url}/bank/transfers",
            json={
                "reference": reference,
                "amount_minor": minor,
                "currency": "CNY",
                "payer_name": payer,
                "payer_account": "6222020200112233445",
                "value_date": self.day.isoformat(),
                "account": self.account,
            },
            headers={"Accept": "application/xml"},
            timeout=30,
        )
        answer.raise_for_status()
        return answer.content

    def statement(self) -> bytes:
        """The day's statement, camt.053, with everything that moved until now."""
        asked = {"account": self.account, "currency": "CNY", "day": self.day.isoformat()}
        answer = requests.get(f"{self.outside_url}/bank/statement", params=asked, timeout=30)
        answer.raise_for_status()
        return answer.content

    def pay(self, order: bytes) -> bytes:
        """Carry a payment file out; the bank's debit notice of it."""
        answer = requests.post(
            f"{self.outside_url}/bank/payments",
            data=order,
            headers={"Content-Type": "application/xml"},
            timeout=30,
        )
        answer.raise_for_status()
        return answer.content


@dataclass
class Journey:
    """The two sales, and everybody's windows."""

    home: Stage
    shop: Stage
    bank: Bank
    browser: Any
    findings: Findings
    platform: Platform

    @property
    def staff(self) -> Staff:
        return self.home.staff

    def window(self, human: Human, language: str = "en") -> Window:
        locale = "zh-CN" if language == "zh" else "en-GB"
        address = self.platform.url
        return Window.open(self.browser, address, self.findings, human=human, locale=locale)

    def provider(self, method: str, path: str, **asked: Any) -> Any:
        """Tell the local card provider what shall happen."""
        url = f"{self.platform.outside_url}/_control/{path}"
        answer = requests.request(method, url, json=asked, timeout=30)
        answer.raise_for_status()
        return answer.json()


def test_money_comes_rests_and_goes_back_in_real_windows(platform: Platform) -> None:
    findings = Findings()
    with chromium() as browser:
        play(platform, browser, findings)

    assert not findings.lines, "\n" + "\n".join(findings.lines)


def play(platform: Platform, browser: Any, findings: Findings, mark: str | None = None) -> None:
    journey = two_sales(platform, browser, findings, mark)
    anna = register(journey.home, "Anna Li", 21)
    chen = register(journey.home, "Chen Bo", 22, "zh")
    dora = register(journey.home, "Dora Qin", 23)
    wang = register(journey.shop, "Wang Fang", 24, "zh")

    hers = pay_after_a_refused_challenge(journey, anna)
    theirs = pay_after_a_declined_card(journey, wang)
    his = choose_the_transfer(journey, chen)
    match_a_statement(journey, chen, dora)
    settle_what_waits(journey, dora)

    earlier = refunds_at_the_provider(journey)
    bid_and_close(journey, chen, anna, wang)
    see_the_card_refund(journey, hers, earlier)
    see_the_bank_refund(journey, dora)
    pay_the_price(journey, his, chen)
    default(journey, theirs)
    look_at_the_books(journey)
    look_at_the_operator(journey)


def two_sales(platform: Platform, browser: Any, findings: Findings, mark: str | None) -> Journey:
    mark = mark_of_this_journey() if mark is None else mark
    number = f"62170001{secrets.randbelow(10**12):012d}"
    bank = Bank(platform.outside_url, number, datetime.now(UTC).date())
    facts = CourtFacts(
        f"Ferry District Court{mark}",
        f"渡口区人民法院{mark}",
        "Shenzhen",
        account=("Ferry District Court, case account", number, "Bank of Rehearsal"),
    )
    staff = call_staff(platform.place, platform.operators, open_court(platform.operators, facts))
    price = a_price()
    drafts = [draft(staff, thing, price, mark) for thing in (HOME, SHOP)]
    # Legal time goes forward alone: both are announced on the same day.
    hold_clock(staff, price.opens_at - timedelta(days=NOTICE_DAYS, hours=4))
    for _case, sale in drafts:
        vote(staff, sale)
        publish(staff, sale)
    home, shop = (Stage(platform.place, staff, case, sale, price) for case, sale in drafts)
    return Journey(home, shop, bank, browser, findings, platform)


def draft(staff: Staff, thing: Thing, price: Price, mark: str) -> tuple[str, str]:
    """A case, its thing and a sale of it of which every party was told; what both are called."""
    told_at = price.opens_at - timedelta(days=NOTICE_DAYS + 5)
    hold_clock(staff, told_at)
    debt = Debt(f"({told_at.year}) Ferry {thing.category}{mark}", "Debtor Deng", "Ferry Bank")
    case = open_case(staff, debt, opened_on=(told_at - 60 * DAY).date())
    asset = add_asset(staff, case, thing, seized_on=(told_at - 50 * DAY).date())
    sale = draft_sale(staff, asset, price)
    notify_parties(staff, sale, told_at)
    return case, sale


def register(stage: Stage, name: str, number: int, language: str = "en") -> BiddersSale:
    bidder = BiddersSale(stage.new_human(name, language).register(), stage.sale)
    bidder.take_part(number)
    return bidder


def pay_after_a_refused_challenge(journey: Journey, bidder: BiddersSale) -> Window:
    """The card's bank asks the holder, who says no by mistake, and yes the second time."""
    window = journey.window(bidder.human)
    window.expected = "402"
    go_to_the_provider(window, bidder, "Continue", "Pay ¥60,000.00 by card")
    window.look("card page")
    type_card(window, ASKS_FIRST)
    window.heading("is it you who pays?")
    window.look("3-D Secure")
    window.send("No, refuse")
    window.page.get_by_text("The bank did not confirm it was you. Try again.").wait_for()
    window.look("3-D Secure refused")
    type_card(window, ASKS_FIRST)
    window.send("Yes, complete the payment")
    window.page.wait_for_url(f"{journey.platform.url}/**")
    wait_for_deposit(window, bidder, "Your deposit has arrived. You can bid.")
    window.look("deposit held, by card")
    return window


def pay_after_a_declined_card(journey: Journey, bidder: BiddersSale) -> Window:
    """The reason stands on the card's page and on ours; another card pays the same deposit."""
    window = journey.window(bidder.human, "zh")
    window.expected = "402"
    go_to_the_provider(window, bidder, "继续", "用银行卡支付 ¥60,000.00")
    type_card(window, NOT_ENOUGH)
    window.page.get_by_text("此卡余额不足，请换一张卡。").wait_for()
    window.look("card declined, in Chinese")
    window.follow("不支付，返回")
    window.heading("保证金")
    window.look("deposit, card declined, in Chinese")
    go_to_the_provider(window, bidder, "继续", "用银行卡支付 ¥60,000.00")
    type_card(window, PAYS)
    window.page.wait_for_url(f"{journey.platform.url}/**")
    wait_for_deposit(window, bidder, "保证金已到账")
    window.look("deposit held, in Chinese")
    return window


def go_to_the_provider(window: Window, bidder: BiddersSale, go_on: str, pay: str) -> None:
    window.go(f"{bidder.path}/deposit")
    window.page.locator("[name=way][value=card]").check()
    window.send(go_on)
    window.press(pay)
    window.page.wait_for_url("**/pay/**")


def type_card(window: Window, number: str) -> None:
    window.fill(card_number=number, expiry="12/30", cvc="123", holder="A Bidder")
    with window.page.expect_navigation():
        window.page.locator("form button").click()


def wait_for_deposit(window: Window, bidder: BiddersSale, text: str) -> None:
    said = window.page.get_by_text(text)
    path = f"{bidder.path}/deposit"
    wait_until(lambda: bool(window.go(path) and said.count()), f"the page does not say {text!r}")


def choose_the_transfer(journey: Journey, bidder: BiddersSale) -> Window:
    window = journey.window(bidder.human, "zh").go(f"{bidder.path}/deposit")
    window.look("deposit, in Chinese")
    window.page.locator("[name=way][value=bank]").check()
    window.send("继续")
    window.look("check before you pay, in Chinese")
    window.send("显示账户和附言编号")
    window.look("transfer the deposit, in Chinese")
    window.go(f"{bidder.path}/deposit").look("deposit, transfer awaited, in Chinese")
    return window


def match_a_statement(journey: Journey, exact: BiddersSale, inexact: BiddersSale) -> None:
    """The day's statement tells of two transfers; the one that fits admits its bidder."""
    bank = journey.bank
    bank.transfer(reference_shown(exact), DEPOSIT, exact.human.name)
    bank.transfer(inexact.transfer_reference(), DEPOSIT + TOO_MUCH, inexact.human.name)
    desk = journey.window(journey.staff.finance[0])
    desk.go(f"{journey.staff.path}/finance").look("finance, nothing yet")
    take_in(journey, desk, "statement.xml", bank.statement())
    desk.look("finance, statement matched")
    exact.wait_until_admitted()
    desk.close()


def reference_shown(bidder: BiddersSale) -> str:
    return reference_on(bidder.human.browser.get(f"{bidder.path}/deposit/transfer"))


def take_in(journey: Journey, desk: Window, name: str, content: bytes) -> None:
    """Upload a file of the bank, and look until each of its movements has a place."""
    finance = f"{journey.staff.path}/finance"
    form = desk.go(finance).page.locator("form[action$='/finance/statements']")
    file = {"name": name, "mimeType": "application/xml", "buffer": content}
    form.locator("input[type=file]").set_input_files(file)
    with desk.page.expect_navigation():
        form.locator("button").click()
    newest = desk.page.locator("#statements ~ * tbody tr, [aria-labelledby=statements] tbody tr")
    being_matched = newest.first.locator("td").nth(2)
    wait_until(
        lambda: desk.go(finance).page.url != "" and being_matched.inner_text().strip() == "0",
        "a movement is not matched",
    )


def settle_what_waits(journey: Journey, bidder: BiddersSale) -> None:
    """More than was due: one of the desk says whose it is, another agrees in Chinese."""
    theirs = journey.window(bidder.human).go(f"{bidder.path}/deposit")
    theirs.page.get_by_text("Your transfer of ¥60,500.00 has arrived.").wait_for()
    theirs.look("deposit, a transfer waits")
    theirs.close()
    finance = f"{journey.staff.path}/finance"
    first = journey.window(journey.staff.finance[0]).go(finance)
    first.follow("¥60,500.00")
    first.look("money in suspense")
    item = first.page.url
    first.fill(reference=reference_shown(bidder), reason="The reference stands on the transfer.")
    first.send("Propose")
    first.look("money in suspense, proposed")
    first.close()
    second = journey.window(journey.staff.finance[1], "zh").go(finance)
    second.look("finance, a second person, in Chinese")
    second.go(item).look("money in suspense, to decide, in Chinese")
    second.page.locator("[name=word][value=approve]").check()
    second.send("作出决定")
    bidder.wait_until_admitted()
    second.go(item).look("money in suspense, settled, in Chinese")
    second.close()


def bid_and_close(
    journey: Journey, buyer: BiddersSale, other: BiddersSale, alone: BiddersSale
) -> None:
    """Anna bids first and Chen more; for the shop there is one bidder, and one is enough."""
    # What goes back to a card stays on its way until the provider is told to finish it.
    journey.provider("PUT", "refunds-wait-for-balance", on=True)
    journey.home.open_bidding(minutes_left=10)
    wait_until(lambda: journey.shop.snapshot()["status"] == "open", "bidding did not open")
    for bidder, amount in ((other, START), (buyer, START + STEP), (alone, START)):
        answer = bidder.bid(amount)
        assert answer["status"] == "accepted", answer
    journey.home.close_bidding()
    wait_until(lambda: journey.shop.snapshot()["status"] == "sold", "the sale was not closed")


def see_the_card_refund(journey: Journey, window: Window, earlier: set[str]) -> None:
    path = f"/bid/{journey.home.sale}/deposit"
    sent = window.page.get_by_text("The bank has not confirmed it yet.")
    wait_until(lambda: bool(window.go(path) and sent.count()), "the refund was not sent")
    window.page.get_by_text("left").first.wait_for()
    window.look("deposit on its way back")
    waiting = refunds_at_the_provider(journey) - earlier
    journey.provider("PUT", "refunds-wait-for-balance", on=False)
    for refund in waiting:
        journey.provider("POST", f"refunds/{refund}/succeed")
    wait_for_return(window, path)
    window.look("deposit returned")
    window.go("/bid/").look("my lots, not won")
    window.close()


def refunds_at_the_provider(journey: Journey) -> set[str]:
    return {
        effect["object_id"]
        for effect in journey.provider("GET", "effects")
        if effect["object_id"].startswith("re_")
    }


def wait_for_return(window: Window, path: str) -> None:
    back = window.page.get_by_text("Your deposit went back to you.")
    wait_until(lambda: bool(window.go(path) and back.count()), "the deposit did not go back")


def see_the_bank_refund(journey: Journey, bidder: BiddersSale) -> None:
    """It waits for the payment file, goes with it, and is back when the bank says so."""
    path, finance = f"{bidder.path}/deposit", f"{journey.staff.path}/finance"
    theirs = journey.window(bidder.human).go(path).look("deposit waits for the payment file")
    desk = journey.window(journey.staff.finance[0]).go(finance).look("finance, going back")
    desk.send("Make the payment file")
    made = desk.page.locator("a[href*='/finance/payment-files/']")
    wait_until(lambda: bool(desk.go(finance) and made.count()), "no payment file was made")
    desk.look("finance, payment file")
    order = journey.staff.finance[0].browser.download(made.first.get_attribute("href"))
    take_in(journey, desk, "debits.xml", journey.bank.pay(order))
    desk.close()
    wait_for_return(theirs, path)
    theirs.look("deposit returned, by bank")
    theirs.close()


def pay_the_price(journey: Journey, window: Window, buyer: BiddersSale) -> None:
    won = f"{buyer.path}/won"
    window.go(won).look("won, in Chinese")
    reference = reference_on(buyer.human.browser.get(won))
    journey.bank.transfer(reference, START + STEP - DEPOSIT, buyer.human.name)
    desk = journey.window(journey.staff.finance[1], "zh")
    desk.go(f"{journey.staff.path}/finance").look("finance, prices owed, in Chinese")
    take_in(journey, desk, "statement-2.xml", journey.bank.statement())
    desk.close()
    paid = window.page.get_by_text("价款已付清")
    wait_until(lambda: bool(window.go(won) and paid.count()), "the price is not paid")
    window.look("won, paid, in Chinese")
    window.go(f"{buyer.path}/deposit").look("deposit applied, in Chinese")
    window.close()


def default(journey: Journey, window: Window) -> None:
    """Reminded before the day, told after it; a judge decides, and everybody sees why."""
    shop, staff = journey.shop, journey.staff
    won, after = f"/bid/{shop.sale}/won", f"{staff.path}/sales/{shop.sale}/after"
    due_at = due_of(journey)
    shop.go_to(due_at - timedelta(hours=20))
    wait_for_message(window, "余款即将到期")
    window.look("reminder, in Chinese")
    window.go(won).look("won, due soon, in Chinese")
    shop.go_to(due_at + timedelta(hours=1))
    wait_for_message(window, "余款逾期未到账")
    window.go(won).look("won, late, in Chinese")
    judge = journey.window(staff.judges[0], "zh").go(after)
    judge.look("buyer is late, in Chinese")
    judge.fill(reason="(2026) 渡口执 2 号：余款逾期未付")
    judge.page.locator("[name=confirm]").check()
    judge.page.locator("form[action$='/default'] button").click()
    judge.page.get_by_text("已作出悔拍决定").first.wait_for()
    judge.look("default decided, in Chinese")
    judge.go(f"{staff.path}/finance").look("finance, lost deposit, in Chinese")
    judge.close()
    wait_for_message(window, "法院已认定您悔拍")
    window.look("default notice, in Chinese")
    window.go(won).look("won, defaulted, in Chinese")
    window.go(f"/bid/{shop.sale}/deposit").look("deposit lost, in Chinese")
    window.close()


def due_of(journey: Journey) -> datetime:
    """The end of the tenth day after the one on which bidding ended, as the announcement says."""
    closed = datetime.fromisoformat(journey.shop.snapshot()["closes_at"]).astimezone(SHANGHAI)
    return closed.replace(hour=0, minute=0, second=0, microsecond=0) + 11 * DAY


def wait_for_message(window: Window, text: str) -> None:
    said = window.page.get_by_text(text)
    wait_until(lambda: bool(window.go("/bid/messages") and said.count()), f"no message: {text}")


def look_at_the_books(journey: Journey) -> None:
    """Money left the bank that no order of ours explains: an item with an owner, and its end."""
    staff, bank = journey.staff, journey.bank
    finance = f"{staff.path}/finance"
    notice = bank.transfer("BANK CHARGES", 1_500, "Bank of Rehearsal")
    debit = notice.replace(b"CRDT", b"DBIT").replace(b"RCDT", b"ICDT").replace(b"Dbtr", b"Cdtr")
    desk = journey.window(staff.finance[0])
    take_in(journey, desk, "charges.xml", debit)
    # The worker does so each hour.
    journey.platform.flask("reconcile", application="app:create_app('closer')", check=False)
    desk.go(finance).look("finance, an unexplained debit")
    desk.go(f"{finance}/open-items").look("open items")
    desk.follow("A debit that nothing of ours explains")
    desk.look("open item")
    item = desk.page.url
    desk.fill(reason="The bank's charge for November; the bank's letter is in the file.")
    desk.send("Propose")
    second = journey.window(staff.finance[1], "zh").go(item)
    second.look("open item to decide, in Chinese")
    second.page.locator("[name=word][value=approve]").check()
    second.send("作出决定")
    second.look("open item closed, in Chinese")
    second.go(f"{finance}/ledger").look("books, in Chinese")
    second.close()
    for name, path in (
        ("books", "/ledger"),
        ("account of the bank", "/ledger/account?kind=bank"),
        ("accounts of deposits", "/ledger/account?kind=deposits_held"),
    ):
        desk.go(finance + path).look(name)
    desk.page.locator("main tbody a").first.click()
    desk.look("account of a deposit")
    desk.page.locator("main tbody a").first.click()
    desk.look("entry in the books")
    desk.close()


def look_at_the_operator(journey: Journey) -> None:
    window = journey.window(journey.platform.operators[0])
    for name, path in (
        ("operator overview, money", "/operator/"),
        ("operator trial balance", "/operator/balance"),
        ("operator queues", "/operator/queues?state=done&kind=refund"),
        ("reconciliation", "/operator/reconciliation"),
    ):
        window.go(path).look(name)
    window.go("/operator/queues?state=done&kind=refund")
    window.page.locator("main tbody a").first.click()
    window.look("operator, one promise")
    window.close()
