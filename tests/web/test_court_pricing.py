"""Finding a reference price over HTTP, and what it leads to (RULE-B1 to B15)."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from tests.court_world import a_bench, a_case, a_party, an_asset
from tests.web.conftest import SignedIn
from tests.web.test_court_case_to_publication import TERMS, Staff
from tests.world import NOON, World

DAY = timedelta(days=1)
PLATFORMS = ["Ask One", "Ask Two", "Ask Three"]


class Pricing(Staff):
    """A court's people, an asset seized in February, and a clock that is moved on."""

    def __init__(self, world: World, client_for: SignedIn) -> None:
        bench = a_bench(world)
        super().__init__(bench, client_for)
        case = a_case(bench)
        self.parties = [a_party(bench, case, role).public_id for role in ("applicant", "debtor")]
        self.asset = an_asset(bench, case).public_id
        self.judge = self.judges[0]

    def later(self, days: int) -> None:
        self.bench.world.hold_clock(self.bench.court_id, NOON + days * DAY)

    def begins(self, **known: str) -> None:
        self.post(self.clerk, f"/assets/{self.asset}/pricing/start", currency="CNY", **known)

    @property
    def page(self) -> str:
        return str(self.clerk.get(self.url(f"/assets/{self.asset}/pricing")).text)

    @property
    def id(self) -> str:
        sql = "SELECT public_id FROM pricing_procedures ORDER BY id DESC LIMIT 1"
        return str(self.bench.world.rows(sql)[0][0])

    def report(self, source: str) -> str:
        sql = "SELECT public_id FROM pricing_steps WHERE kind = 'report' AND source = %s"
        return str(self.bench.world.rows(sql, source)[0][0])

    def does(self, kind: str, client: Any = None, **fields: Any) -> Any:
        return self.post(client or self.clerk, f"/pricing/{self.id}/{kind}", **fields)

    def tries(self, kind: str, client: Any = None, **fields: Any) -> Any:
        return (client or self.clerk).post(self.url(f"/pricing/{self.id}/{kind}"), data=fields)

    def inquires(self, *amounts: str) -> None:
        self.begins(fit_for_platforms="y", both_ask_for="online_inquiry")
        self.does("send_inquiry", platforms="\n".join(PLATFORMS), all_listed="y")
        for platform, amount in zip(PLATFORMS, amounts, strict=False):
            self.does("report", source=platform, amount=amount, valid_until="2026-12-31")

    def reaches_both(self) -> None:
        for party in self.parties:
            self.does("deliver", party=party, way="delivered")


@pytest.fixture
def pricing(app: Flask, world: World, client_for: SignedIn) -> Pricing:
    return Pricing(world, client_for)


def _said(answer: Any) -> str:
    return re.sub(r"\s+", " ", answer.text)


def test_the_page_of_an_asset_says_until_when_pricing_begins_RULE_B1(pricing: Pricing) -> None:
    asset = pricing.clerk.get(pricing.url(f"/assets/{pricing.asset}")).text

    assert f"/assets/{pricing.asset}/pricing" in asset
    # Thirty days from the first of February are the third of March.
    assert "3 March 2026" in pricing.page


def test_from_the_inquiry_to_the_price_of_the_draft_RULE_B5_RULE_B6(pricing: Pricing) -> None:
    pricing.inquires("900,000", "960,000", "1,020,000")
    pricing.reaches_both()
    pricing.later(7)

    pricing.does("fix", pricing.judge)
    drafted = pricing.made(pricing.clerk, f"/assets/{pricing.asset}/sales/new", **TERMS)

    assert "960,000.00" in pricing.page
    # It is found anew only when it has expired.
    assert "/renew" not in pricing.page
    sql = (
        "SELECT reference_price, reference_price_method, reference_price_valid_until::text"
        " FROM sales WHERE public_id = %s"
    )
    # What was typed does not count where a procedure found the price.
    found = pricing.bench.world.rows(sql, drafted)[0]
    assert found == (96_000_000, "online_inquiry", "2026-12-31")
    terms = pricing.clerk.get(pricing.url(f"/sales/{drafted}/terms")).text
    assert 'name="reference_price"' not in terms
    assert "960,000.00" in terms


def test_without_a_procedure_the_price_is_typed_in(pricing: Pricing) -> None:
    form = pricing.clerk.get(pricing.url(f"/assets/{pricing.asset}/sales/new")).text
    drafted = pricing.made(pricing.clerk, f"/assets/{pricing.asset}/sales/new", **TERMS)

    assert 'name="reference_price"' in form
    sql = "SELECT reference_price FROM sales WHERE public_id = %s"
    assert pricing.bench.world.rows(sql, drafted) == [(100_000_000,)]


def test_while_a_price_is_being_found_a_draft_has_none(pricing: Pricing) -> None:
    pricing.begins()

    drafted = pricing.made(pricing.clerk, f"/assets/{pricing.asset}/sales/new", **TERMS)

    sql = "SELECT reference_price, reference_price_method FROM sales WHERE public_id = %s"
    assert pricing.bench.world.rows(sql, drafted) == [(None, "")]


def test_what_the_law_forbids_is_answered_with_its_rule_RULE_B3(pricing: Pricing) -> None:
    pricing.begins()

    answer = pricing.tries("report", amount="1", valid_until="2026-12-31", source="Somebody")
    early = pricing.tries("fix", pricing.judge)

    assert (answer.status_code, early.status_code) == (409, 409)
    assert "not open at this stage" in answer.text
    assert "has named a price (B4)" in early.text


def test_everything_wrong_is_said_at_once_beside_its_field(pricing: Pricing) -> None:
    pricing.inquires()

    answer = pricing.tries(
        "report", source=PLATFORMS[0], amount="1", valid_until="2028-01-01", on="2026-05-27"
    )

    assert answer.status_code == 409
    for field in ("#on", "#valid_until"):
        assert f'href="{field}"' in answer.text
    assert "This day has not come yet." in answer.text
    assert "a year at most (B11)" in answer.text
    # What was entered is kept.
    assert 'value="2028-01-01"' in answer.text


def test_an_inquiry_names_all_listed_platforms_RULE_B5(pricing: Pricing) -> None:
    pricing.begins(fit_for_platforms="y", both_ask_for="online_inquiry")

    answer = pricing.tries("send_inquiry", platforms="Ask One")

    assert answer.status_code == 400
    assert "all listed platforms (B5)" in answer.text


def test_deadlines_explain_themselves_RULE_B5(pricing: Pricing) -> None:
    pricing.inquires()

    page = pricing.page

    assert "29 May 2026" in page
    assert "B5" in page
    assert "26 May 2026" in page


def test_an_objection_goes_its_way_RULE_B9(pricing: Pricing) -> None:
    pricing.begins(law_requires_appraisal="y")
    pricing.does("choose_appraisers", way="agreed", names="Even\nFair\nJust")
    pricing.does("instruct")
    pricing.does("report", source="Even", amount="500,000", valid_until="2026-12-31")
    pricing.reaches_both()
    pricing.does(
        "object",
        party=pricing.parties[1],
        ground="technical",
        report=pricing.report("Even"),
        text="Too low",
    )
    (link,) = set(re.findall(r"/pricing-objections/\w{10}", pricing.page))

    early = pricing.clerk.post(pricing.url(link), data={"state": "upheld"})
    for state in ("passed_on", "in_review"):
        pricing.post(pricing.clerk, link, state=state)
    pricing.post(pricing.clerk, link, state="corrected", amount="600,000")
    pricing.later(7)
    pricing.does("fix", pricing.judge)

    # The form does not offer what the rule does not open.
    assert early.status_code == 400
    assert "600,000.00" in pricing.page


def test_a_late_objection_is_refused_unless_it_is_kept_as_refused_RULE_B10(
    pricing: Pricing,
) -> None:
    pricing.inquires("900,000", "960,000", "1,020,000")
    pricing.reaches_both()
    pricing.later(7)
    given = {
        "party": pricing.parties[1],
        "ground": "facts_wrong",
        "report": pricing.report("Ask One"),
    }

    refused = pricing.tries("object", **given)
    pricing.does("object", record_refusal="y", **given)

    assert refused.status_code == 409
    assert "late objection is refused (B10)" in refused.text
    assert "Refused unheard" in pricing.page


def test_only_a_judge_fixes_a_price_or_ends_the_search(pricing: Pricing) -> None:
    pricing.begins()

    for kind in ("fix", "withdraw"):
        assert pricing.tries(kind).status_code == 404
        assert f"/pricing/{pricing.id}/{kind}" not in pricing.page


def test_a_stay_is_shown_and_ended_RULE_B14(pricing: Pricing) -> None:
    pricing.begins()

    pricing.does("stay", ground="case_stayed")
    stayed = pricing.page
    pricing.does("resume")

    assert "before the stay:" in stayed
    assert "before the stay:" not in pricing.page


def test_the_desk_asks_for_pricing_and_then_for_the_sale_RULE_B1_RULE_B13(
    pricing: Pricing,
) -> None:
    def desk() -> str:
        return str(pricing.clerk.get(pricing.url()).text)

    before = desk()
    pricing.begins()
    for party in pricing.parties:
        pricing.does("name_price", party=party, amount="800,000")
    pricing.does("fix", pricing.judge)
    fixed = desk()
    pricing.post(pricing.clerk, f"/assets/{pricing.asset}/sales/new", **TERMS)

    assert "Begin to find the reference price" in before
    assert f"/assets/{pricing.asset}/pricing" in before
    assert "Begin the sale" in fixed
    assert "5 June 2026" in fixed
    assert "Begin the sale" not in desk()


def test_every_act_has_a_form_that_opens(pricing: Pricing) -> None:
    """Also those that are not open now: they say so and break nothing."""
    from app.web.court.pricing import ACT_PAGES

    pricing.begins()
    for act in ACT_PAGES:
        answer = pricing.judge.get(pricing.url(f"/pricing/{pricing.id}/{act.value}"))
        assert answer.status_code == 200 or "not open at this stage" in _said(answer), act
