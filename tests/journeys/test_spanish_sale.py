"""Another country's law in real windows: sealed bids, from the announcement to the award, beside a
Chinese sale on the same platform."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from app.rehearsal.bidding import BiddersSale
from app.rehearsal.founding import CourtFacts, Staff, call_staff, open_court
from app.rehearsal.listing import Debt, Thing, add_asset, hold_clock, open_case
from app.rehearsal.people import Human
from auction_engine.rulepacks.es import ES_2025
from auction_engine.rulepacks.pack import TimedDraft
from auction_engine.sale.timed_publication import may_end_on
from tests.chromium import chromium
from tests.journeys.platform import Platform
from tests.journeys.stage import announced_home, wait_until
from tests.journeys.window import Findings, Window

pytestmark = [pytest.mark.browser, pytest.mark.journey, pytest.mark.timeout(900)]

MADRID = ZoneInfo("Europe/Madrid")
DAY = timedelta(days=1)
DEPOSIT = 20_000_00
HOME = Thing(
    title="Flat in Calle del Mar 7, Valencia",
    title_zh="瓦伦西亚海街7号住宅",
    category="apartment",
    property_kind="real_property",
    region="Valencia",
    picture="apartment-2",
)


@dataclass
class Spain:
    """A court of sealed bids, and the windows of whoever takes part."""

    platform: Platform
    browser: Any
    findings: Findings
    staff: Staff
    opens_at: datetime
    sale: str = ""

    def window(self, human: Human | None = None) -> Window:
        return Window.open(self.browser, self.platform.url, self.findings, human=human)

    def status(self) -> str:
        clerk = self.staff.clerk.browser
        return str(clerk.json(f"/sales/{self.sale}/snapshot.json")["status"])


def test_a_sealed_sale_runs_in_the_browser_beside_a_chinese_one(platform: Platform) -> None:
    findings = Findings()
    with chromium() as browser:
        chinese = announced_home(platform)
        play(platform, browser, findings)

        beside = Window.open(browser, platform.url, findings).go(f"/sales/{chinese.sale}")
        beside.page.get_by_text("¥1,050,000.00").first.wait_for()
        beside.page.get_by_text("Take part").first.wait_for()
    assert not findings.lines, "\n" + "\n".join(findings.lines)


def play(platform: Platform, browser: Any, findings: Findings) -> None:
    spain = a_court_of_sealed_bids(platform, browser, findings)
    draft_and_publish(spain)
    hold_clock(spain.staff, spain.opens_at + DAY)
    wait_until(lambda: spain.status() == "open", "bidding did not open")
    bid(spain, a_bidder(spain, "Ana Ruiz", 11), "60,000.00", "€60,000.00")
    bid(spain, a_bidder(spain, "Luis Gil", 12), "55,000.00", "€55,000.00")
    nobody_sees_anything(spain)
    hold_clock(spain.staff, spain.opens_at + 20 * DAY)
    wait_until(lambda: spain.status() == "pending_award", "the sale was not closed")
    award(spain)


def a_court_of_sealed_bids(platform: Platform, browser: Any, findings: Findings) -> Spain:
    mark = secrets.token_hex(3)
    facts = CourtFacts(
        f"Rehearsal Court of Valencia {mark}",
        f"瓦伦西亚排演法院{mark}",
        "Valencia",
        timezone="Europe/Madrid",
        law="es",
    )
    court = open_court(platform.operators, facts)
    staff = call_staff(platform.place, platform.operators, court)
    return Spain(platform, browser, findings, staff, an_opening())


def an_opening() -> datetime:
    """The first evening from now on from which twenty days lead to a day that is not kept free."""
    draft = ES_2025.draft
    assert isinstance(draft, TimedDraft)
    opens_at = datetime.now(MADRID).replace(hour=18, minute=0, second=0, microsecond=0) + 5 * DAY
    while not may_end_on((opens_at + 20 * DAY).date(), draft, frozenset()):
        opens_at += DAY
    return opens_at.astimezone(UTC)


def draft_and_publish(spain: Spain) -> None:
    """The law fixes the end and the deposit; a clerk proposes, a judge publishes."""
    staff = spain.staff
    hold_clock(staff, spain.opens_at - 3 * DAY)
    debt = Debt(f"ETJ {secrets.token_hex(3)}/2026", "Deudor", "Banco del Mar")
    case = open_case(staff, debt, opened_on=date(2026, 1, 12))
    asset = add_asset(staff, case, HOME, seized_on=date(2026, 2, 2))
    clerk = spain.window(staff.clerk).go(f"{staff.path}/assets/{asset}/sales/new")
    clerk.look("terms of a sealed sale")
    opens = spain.opens_at.astimezone(MADRID).strftime("%Y-%m-%dT%H:%M")
    clerk.fill(reference_price="100,000.00", opens_at=opens)
    clerk.send("Save")
    clerk.look("checklist of a sealed sale")
    spain.sale = clerk.page.url.rstrip("/").split("/")[-2]
    publication = f"{staff.path}/sales/{spain.sale}/publication"
    clerk.go(publication).send("Propose publication")
    judge = spain.window(staff.judges[0]).go(publication)
    judge.send("Publish this text")
    judge.page.get_by_text("The sale is published.").wait_for()


def a_bidder(spain: Spain, name: str, number: int) -> Human:
    mark = secrets.token_hex(4)
    human = Human(spain.platform.place, name, f"{mark}@journey.example").register()
    entered = BiddersSale(human, spain.sale)
    entered.take_part(number)
    entered.pay_deposit(DEPOSIT, "EUR")
    return human


def bid(spain: Spain, human: Human, typed: str, shown: str) -> None:
    window = spain.window(human).go(f"/bid/{spain.sale}/room").look("sealed room")
    window.fill(amount=typed)
    window.send("Review bid")
    window.look("sealed review")
    window.send(f"Place binding bid of {shown}")
    window.heading("Your bid was accepted")
    window.page.get_by_text("It replaces every earlier one of yours").wait_for()
    window.look("sealed receipt")
    window.close()


def nobody_sees_anything(spain: Spain) -> None:
    window = spain.window().go(f"/sales/{spain.sale}").look("sealed lot")
    window.page.get_by_text("Bids are sealed").wait_for()
    told = window.page.content() + spain.window().go("/").page.content()
    assert "€60,000" not in told
    assert "€55,000" not in told


def award(spain: Spain) -> None:
    """Sixty of a hundred do not buy at once: the debtor's ten days, then the judge."""
    page = f"{spain.staff.path}/sales/{spain.sale}/award"
    judge = spain.window(spain.staff.judges[0]).go(page).look("award")
    judge.page.get_by_text("€60,000.00").first.wait_for()
    judge.expected = "409"
    judge.page.get_by_label("The best bid buys").check()
    judge.send("Decide")
    judge.page.get_by_text("The debtor may still bring somebody who pays more.").first.wait_for()
    hold_clock(spain.staff, spain.opens_at + 31 * DAY)
    judge.go(page).page.get_by_label("The best bid buys").check()
    judge.send("Decide")
    wait_until(lambda: spain.status() == "sold", "the award was not carried out")
    result = spain.window().go(f"/sales/{spain.sale}/result").look("awarded result")
    result.page.get_by_text("The best bid buys.").wait_for()
