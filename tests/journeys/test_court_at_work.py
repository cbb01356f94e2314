"""A court prepares a sale, stays it and lets it go on, in real windows and in both languages."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.rehearsal.founding import CourtFacts, call_staff, open_court
from app.rehearsal.listing import (
    Debt,
    Price,
    add_asset,
    change_terms,
    draft_sale,
    hold_clock,
    notify_parties,
    open_case,
)
from app.rehearsal.people import Human
from tests.chromium import chromium
from tests.journeys.platform import Platform
from tests.journeys.stage import HOME, Stage, a_price, mark_of_this_journey, wait_until
from tests.journeys.window import Findings, Window

pytestmark = [pytest.mark.browser, pytest.mark.journey, pytest.mark.timeout(900)]

SHANGHAI = ZoneInfo("Asia/Shanghai")
DAY = timedelta(days=1)
IN_CHINESE = "?lang=zh"


class Court:
    """A court with a home that it wants to sell, and its people's windows."""

    def __init__(self, platform: Platform, browser: object, findings: Findings) -> None:
        mark = mark_of_this_journey()
        facts = CourtFacts(f"Hillside Court{mark}", f"山麓人民法院{mark}", "Shenzhen")
        court = open_court(platform.operators, facts)
        self.staff = call_staff(platform.place, platform.operators, court)
        self.platform, self.browser, self.findings = platform, browser, findings
        self.price = a_price()
        self.told_at = self.price.opens_at - 36 * DAY
        hold_clock(self.staff, self.told_at)
        debt = Debt(f"({self.told_at.year}) Hillside 7{mark}", "Debtor Deng", "Harbour Bank")
        self.case = open_case(self.staff, debt, opened_on=(self.told_at - 60 * DAY).date())
        asset = add_asset(self.staff, self.case, HOME, seized_on=(self.told_at - 50 * DAY).date())
        self.sale = draft_sale(self.staff, asset, self.wrong_price())

    def wrong_price(self) -> Price:
        """Too low a start, too small a deposit: two things at once."""
        return replace(self.price, starting=self.price.starting // 2, deposit=100)

    def window(self, human: Human) -> Window:
        return Window.open(self.browser, self.platform.url, self.findings, human=human)

    def page(self, name: str) -> str:
        return f"{self.staff.path}/sales/{self.sale}/{name}"

    def stage(self) -> Stage:
        return Stage(self.platform.place, self.staff, self.case, self.sale, self.price)


def test_a_court_prepares_stays_and_resumes_a_sale_in_both_languages(platform: Platform) -> None:
    findings = Findings()
    with chromium() as browser:
        play(platform, browser, findings)

    assert not findings.lines, "\n" + "\n".join(findings.lines)


def play(platform: Platform, browser: object, findings: Findings) -> None:
    court = Court(platform, browser, findings)
    look_at_the_checklist(court)
    vote_with_one_dissent(court)
    publish(court)
    stay_and_resume(court)


def look_at_the_checklist(court: Court) -> None:
    """Every violation at once, each with its rule; then put right."""
    clerk = court.window(court.staff.clerk)
    clerk.go(court.page("prepare")).look("checklist with violations")
    for rule in ("C2", "C7", "A10", "D6"):
        clerk.page.get_by_text(f"({rule})").first.wait_for()
    clerk.go(court.page("prepare") + IN_CHINESE).look("checklist, in Chinese")
    clerk.page.get_by_text("起拍价").first.wait_for()
    change_terms(court.staff, court.sale, court.price)
    notify_parties(court.staff, court.sale, court.told_at)
    clerk.close()


def vote_with_one_dissent(court: Court) -> None:
    hold_clock(court.staff, court.told_at + 4 * DAY)
    for number, judge in enumerate(court.staff.judges):
        window = court.window(judge).go(court.page("panel"))
        if number == 2:
            window.look("panel, votes cast")
            window.page.locator("[name=vote][value=against]").check()
            window.page.locator("[name=dissent]").fill("The deposit should be higher.")
        else:
            window.page.locator("[name=vote][value=for]").check()
        window.send("Vote")
        window.page.get_by_text("Your vote is recorded.").wait_for()
        if number == 2:
            window.look("panel, decided")
            window.page.get_by_text("Decided in favour").wait_for()
            window.go(court.page("panel") + IN_CHINESE).look("panel, in Chinese")
        window.close()


def publish(court: Court) -> None:
    clerk = court.window(court.staff.clerk).go(court.page("publication"))
    clerk.look("publication, to propose")
    clerk.send("Propose publication")
    clerk.close()
    judge = court.window(court.staff.judges[0]).go(court.page("publication"))
    judge.look("publication, to decide")
    judge.send("Publish this text")
    judge.page.get_by_text("The sale is published.").wait_for()
    judge.close()


def stay_and_resume(court: Court) -> None:
    """The time left is kept; the new end is announced to everybody before bidding goes on."""
    stage = court.stage()
    stage.open_bidding(minutes_left=10)
    clerk = court.window(court.staff.clerk).go(court.page("control"))
    clerk.page.get_by_label("Suspend this sale because").fill("A third party claims the home.")
    clerk.send("Suspend now")
    clerk.look("control, suspended")
    wait_until(lambda: stage.snapshot()["status"] == "suspended", "the sale was not suspended")
    clerk.go(court.page("control") + IN_CHINESE).look("control, suspended, in Chinese")
    clerk.close()

    legal = datetime.fromisoformat(stage.snapshot()["legal"])
    resumes_at = legal.replace(second=0, microsecond=0) + DAY
    judge = court.window(court.staff.judges[0]).go(court.page("control"))
    announce = judge.page.locator("form[action$='/resumption']")
    announce.locator("[name=resumes_at]").fill(
        resumes_at.astimezone(SHANGHAI).strftime("%Y-%m-%dT%H:%M")
    )
    with judge.page.expect_navigation():
        announce.locator("button").click()
    judge.look("control, resumption announced")
    judge.page.get_by_text("Announced: bidding goes on").wait_for()
    stage.go_to(resumes_at, rate=1)
    judge.go(court.page("control")).send("Let bidding go on now")
    wait_until(lambda: stage.snapshot()["status"] == "open", "bidding does not go on")
    judge.look("control, goes on")
    judge.close()
