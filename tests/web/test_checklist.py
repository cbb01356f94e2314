"""The checklist of a draft: each rule with article, limit and reckoning; none to get around."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask

from app.extensions import db
from app.models.calendar_rows import calendar_of
from app.models.cases import CaseRecord
from app.models.checklist_rows import hold_against_rules
from app.models.sales import SaleRecord
from app.services.cases import EnteredClaim, enter_claim
from app.services.claims import admit_claim
from app.services.party_notices import Notice, record_notice
from app.services.publication import NotPublishable, Proposed, propose_publication
from app.services.qualification import Equity, ask, state_equity
from app.services.statements import (
    SurplusRefusal,
    record_request,
    state_reason,
    tell_of_no_surplus,
)
from auction_engine.sale.qualification import Asks
from tests.court_world import Bench, a_bench, a_draft, a_party, decided
from tests.web.conftest import SignedIn
from tests.world import NOON, World

DAY = timedelta(days=1)
TODAY = date(2026, 5, 26)
SHARES = {"property_kind": "other_right", "category": "shares", "title": "12% of the shares"}


@pytest.fixture
def bench(app: Flask, world: World) -> Bench:
    return a_bench(world)


def _line(sale: SaleRecord, rule: str, item: str = "", at: Any = NOON) -> Any:
    found = [
        line
        for line in hold_against_rules(db.session(), sale, at).lines
        if line.rule == rule and item in ("", line.item)
    ]
    return found[0] if found else None


def _state(sale: SaleRecord, rule: str, item: str = "", at: Any = NOON) -> str | None:
    line = _line(sale, rule, item, at)
    return line.state.value if line is not None else None


def _plain(page: str) -> str:
    """The words of a page, without its marks."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page)).replace("&#39;", "'")


# --- over HTTP ----------------------------------------------------------------------------------


@pytest.fixture
def clerk(bench: Bench, client_for: SignedIn) -> Any:
    return client_for(bench.clerk)


def test_every_violation_stands_on_the_page_with_article_limit_and_reckoning(
    bench: Bench, clerk: Any
) -> None:
    """RULE-C2, C7, D1, G2, D6, Q2, Q3: all at once."""
    sale = a_draft(
        bench,
        told=False,
        starting_price=69_999_999,
        deposit=1,
        opens_at=NOON + 29 * DAY,
        closes_at=NOON + 30 * DAY - timedelta(seconds=1),
    )

    page = _plain(clerk.get(f"/court/{bench.court}/sales/{sale.public_id}/prepare").text)

    assert "art. 10 (C2)" in page
    assert "at least ¥700,000.00" in page
    assert "art. 17 (C7)" in page
    assert "art. 12 (D1)" in page
    assert "30 days before 24 June 2026, D1; not shortened by days off, Q3" in page
    assert "Announced today it may open from 25 June 2026" in page
    assert "24 hours after" in page
    assert "on the clock, also at night and on days off, Q1" in page
    assert "3 days before 26 May 2026, D6" in page
    assert "Mend it" in page


@pytest.mark.parametrize("act", ["propose", "approve"])
def test_publishing_against_a_rule_answers_409_and_names_the_rules(
    bench: Bench, world: World, client_for: SignedIn, act: str
) -> None:
    """RULE-D1, D2: the server refuses, whatever the page offered."""
    sale = decided(bench, a_draft(bench))
    base = f"/court/{bench.court}/sales/{sale.public_id}/publication"
    clerk, judge = client_for(bench.clerk), client_for(bench.judges[0])
    fields: dict[str, str] = {}
    if act == "approve":
        assert clerk.post(f"{base}/propose").status_code == 302
        ((proposed,),) = world.rows("SELECT payload_hash FROM proposals")
        fields = {"announcement_hash": proposed}
    world.hold_clock(bench.court_id, NOON + 15 * DAY)

    answer = (clerk if act == "propose" else judge).post(f"{base}/{act}", data=fields)

    assert answer.status_code == 409
    assert "Rules stand against publication" in answer.text
    assert "art. 12 (D1)" in answer.text
    assert world.rows("SELECT state FROM sales") == [("draft",)]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_pages_of_the_checklist_read_in_both_languages(
    bench: Bench, clerk: Any, language: str
) -> None:
    sale = a_draft(bench, told=False, asset=SHARES, opens_at=NOON + DAY, closes_at=NOON + 3 * DAY)
    base = f"/court/{bench.court}/sales/{sale.public_id}"

    for page in ("prepare", "statements", "publication"):
        answer = clerk.get(f"{base}/{page}", query_string={"lang": language})
        assert answer.status_code == 200, page


def test_reasons_and_requests_are_entered_on_their_page(
    bench: Bench, clerk: Any, world: World
) -> None:
    """RULE-C6, C9"""
    sale = _without_surplus(bench)
    base = f"/court/{bench.court}/sales/{sale.public_id}"

    told = clerk.post(f"{base}/no-surplus/tell")
    again = clerk.post(f"{base}/no-surplus/tell")
    asked = clerk.post(f"{base}/no-surplus/request", data={"requested_on": "2026-05-26"})
    reason = {"kind": "sold_together", "reason": "The garage is reached through the flat."}
    stated = clerk.post(f"{base}/statements", data=reason)

    assert [each.status_code for each in (told, again, asked, stated)] == [302, 409, 302, 302]
    assert "told already" in again.text
    assert "The garage is reached through the flat." in clerk.get(f"{base}/statements").text
    assert world.rows("SELECT requested_on, answer_by FROM surplus_notices") == [
        (TODAY, date(2026, 6, 1))
    ]


def test_a_judge_of_another_court_finds_no_statements(
    bench: Bench, world: World, client_for: SignedIn
) -> None:
    sale = a_draft(bench).public_id
    other = a_bench(world)

    answer = client_for(other.clerk).get(f"/court/{other.court}/sales/{sale}/statements")

    assert answer.status_code == 404


# --- what the engine cannot see -----------------------------------------------------------------


def _without_surplus(bench: Bench, role: str = "creditor") -> SaleRecord:
    """A draft at 700,000 with an admitted mortgage of 800,000 on it."""
    sale = a_draft(bench)
    case = db.session.query(CaseRecord).one()
    party = a_party(bench, case, role)
    ((asset,),) = bench.world.rows("SELECT public_id FROM assets")
    entered = EnteredClaim(
        claim_class="secured",
        amount=80_000_000,
        currency="CNY",
        ground="Mortgage",
        rank=1,
        on_assets=(asset,),
        seized_on=None,
        filed_on=TODAY,
    )
    claim = enter_claim(party, entered, by=bench.clerk)
    bench.acting_as(bench.judges[0])
    admit_claim(
        claim.id,
        amount=80_000_000,
        claim_class="secured",
        rank=1,
        on_assets=(asset,),
        reason="",
        by=bench.judges[0],
    )
    bench.acting_as(bench.clerk)
    return sale


def test_where_nothing_would_be_left_the_applicant_is_told_first(
    bench: Bench, world: World
) -> None:
    """RULE-C6"""
    sale = _without_surplus(bench)
    untold = _line(sale, "C6", "no_surplus")

    notice = tell_of_no_surplus(sale, by=bench.clerk)

    assert (untold.state.value, untold.why) == ("missing", "applicant_not_told")
    assert untold.limit > 80_000_000, "the costs are counted with the claims"
    assert notice.answer_by == date(2026, 6, 1), "the fifth day is a Sunday"
    assert _line(sale, "C6", "no_surplus").why == "applicant_may_ask"
    late = NOON + 7 * DAY
    assert _line(sale, "C6", "no_surplus", at=late).why == "applicant_did_not_ask"


def test_on_request_the_reserve_lies_strictly_above_claims_and_costs(
    bench: Bench, world: World
) -> None:
    """RULE-C6"""
    from dataclasses import replace

    from app.services.listing import change_draft
    from tests.court_world import TERMS

    sale = _without_surplus(bench)
    tell_of_no_surplus(sale, by=bench.clerk)
    record_request(sale, TODAY, by=bench.clerk)
    asked = _line(sale, "C6", "no_surplus")

    def at_price(price: int) -> str | None:
        change_draft(
            sale, replace(TERMS, starting_price=price, deposit=price // 10), by=bench.clerk
        )
        return _state(sale, "C6", "no_surplus")

    assert (asked.state.value, asked.why) == ("violated", "reserve_not_raised")
    assert at_price(80_000_000) == "violated"
    assert at_price(82_000_000) == "satisfied"
    assert _state(sale, "C6", "applicant_bears") == "advice"


def test_the_applicant_s_own_mortgage_is_no_claim_before_them(bench: Bench) -> None:
    """RULE-C6"""
    sale = _without_surplus(bench, role="applicant")

    assert _state(sale, "C6") is None
    assert tell_of_no_surplus(sale, by=bench.clerk) is SurplusRefusal.SOMETHING_LEFT


def test_a_request_counts_from_the_notice_to_its_fifth_day(bench: Bench, world: World) -> None:
    """RULE-C6, Q4"""
    sale = _without_surplus(bench)
    untold = record_request(sale, TODAY, by=bench.clerk)
    tell_of_no_surplus(sale, by=bench.clerk)
    early = record_request(sale, TODAY - DAY, by=bench.clerk)
    ahead = record_request(sale, TODAY + DAY, by=bench.clerk)
    world.hold_clock(bench.court_id, NOON + 9 * DAY)
    late = record_request(sale, date(2026, 6, 2), by=bench.clerk)
    record_request(sale, date(2026, 6, 1), by=bench.clerk)

    assert (untold, early, ahead, late) == (
        SurplusRefusal.NOT_TOLD,
        SurplusRefusal.BEFORE_NOTICE,
        SurplusRefusal.IN_THE_FUTURE,
        SurplusRefusal.TOO_LATE,
    )
    assert world.rows("SELECT requested_on FROM surplus_notices") == [(date(2026, 6, 1),)]
    assert record_request(sale, TODAY, by=bench.clerk) is SurplusRefusal.REQUESTED_ALREADY


def test_what_the_applicant_was_told_stands(bench: Bench, world: World) -> None:
    """RULE-C6: not even the superuser of this test rewrites it."""
    from psycopg import connect, errors

    tell_of_no_surplus(_without_surplus(bench), by=bench.clerk)

    with connect(world.url, autocommit=True) as connection, pytest.raises(errors.Error):
        connection.execute("UPDATE surplus_notices SET answer_by = '2026-12-31'")
    with connect(world.url, autocommit=True) as connection, pytest.raises(errors.Error):
        connection.execute("DELETE FROM surplus_notices")


def test_shares_are_not_announced_without_their_capital(bench: Bench) -> None:
    """RULE-D9"""
    sale = decided(bench, a_draft(bench, asset=SHARES))
    refused = propose_publication(sale, by=bench.clerk)

    state_equity(sale, Equity(100, 40, date(2027, 1, 1), "None."), by=bench.clerk)

    assert isinstance(refused, NotPublishable)
    assert ("D9", "equity_terms") in [(e.rule, e.item) for e in refused.checklist.open_lines]
    assert _state(sale, "D9", "equity_terms") == "satisfied"


def test_where_not_everybody_may_buy_the_announcement_says_who_may(bench: Bench) -> None:
    """RULE-D9"""
    sale = a_draft(bench, asset={"is_purchase_restricted": True})
    before = _state(sale, "D9")

    ask(
        sale,
        Asks.HOUSING_PURCHASE,
        asks="Entitled to buy a home in this city.",
        consequence="Otherwise the sale is undone and the deposit is lost.",
        by=bench.clerk,
    )

    assert (before, _state(sale, "D9")) == ("missing", "satisfied")
    assert _state(a_draft_elsewhere(bench), "D9") is None


def a_draft_elsewhere(bench: Bench) -> SaleRecord:
    """A draft of a home that everybody may buy."""
    other = a_bench(bench.world)
    return a_draft(other)


@pytest.mark.parametrize(
    ("told", "state", "limit"),
    [
        (NOON - 4 * DAY, "satisfied", date(2026, 6, 6)),
        (None, "satisfied", date(2026, 6, 6)),
    ],
)
def test_other_shareholders_have_twenty_days_before_shares_open(
    bench: Bench, told: Any, state: str, limit: date
) -> None:
    """RULE-D8: told 4 days ago the 31 days until the opening are enough."""
    sale = a_draft(bench, asset=SHARES)
    alone = _state(sale, "D8")
    case = db.session.query(CaseRecord).one()
    other = a_party(bench, case, "co_owner")
    if told is not None:
        record_notice(sale, other, Notice("post", told), by=bench.clerk)

    line = _line(sale, "D8")

    assert alone == "advice", "are there no other shareholders?"
    assert (line.state.value, line.limit) == (state, limit)
    assert line.counted.counted_from == date(2026, 6, 26)


def test_a_shareholder_told_too_late_stands_against_the_opening(bench: Bench, world: World) -> None:
    """RULE-D8: 20 days before the opening of 10 July is 20 June; told on the 21st is late."""
    world.hold_clock(bench.court_id, NOON + 27 * DAY)
    opens_at = NOON + 45 * DAY
    sale = a_draft(bench, asset=SHARES, opens_at=opens_at, closes_at=opens_at + DAY)
    other = a_party(bench, db.session.query(CaseRecord).one(), "co_owner")

    record_notice(sale, other, Notice("post", NOON + 25 * DAY), by=bench.clerk)
    in_time = _state(sale, "D8")
    record_notice(sale, other, Notice("post", NOON + 26 * DAY), by=bench.clerk)

    assert (in_time, _state(sale, "D8")) == ("satisfied", "violated")


def test_why_so_much_of_an_equity_is_sold_is_asked_for_and_recorded(
    bench: Bench, world: World
) -> None:
    """RULE-C11, C9: the court judges; the platform asks and keeps the reason."""
    from app.models.cases import AssetRecord

    sale = a_draft(bench, asset=SHARES)
    asset = db.session.query(AssetRecord).one()
    before = _state(sale, "C11"), _state(sale, "C9")

    for kind in ("part_of_equity", "sold_together"):
        state_reason(asset, kind, reason="The debtor asked for it in writing.", by=bench.clerk)

    assert before == ("advice", None)
    assert (_state(sale, "C11"), _state(sale, "C9")) == ("satisfied", "satisfied")
    acts = world.rows("SELECT count(*) FROM audit WHERE action = 'asset.reason_stated'")
    assert acts == [(2,)]


def test_an_increment_above_the_guide_is_advice_and_forbids_nothing(bench: Bench) -> None:
    """RULE-C8"""
    fit = a_draft(bench, increment=700_000)
    assert _state(fit, "C8") is None

    from dataclasses import replace

    from app.services.listing import change_draft
    from tests.court_world import TERMS

    change_draft(fit, replace(TERMS, increment=700_001), by=bench.clerk)

    line = _line(fit, "C8")
    assert (line.state.value, line.limit) == ("advice", 700_000)
    assert not line.forbids_publication

    from app.models.cases import AssetRecord

    asset = db.session.query(AssetRecord).one()
    state_reason(asset, "increment", reason="Few bidders.", by=bench.clerk)

    assert _state(fit, "C8") == "satisfied"


def test_a_living_home_needs_its_ground(bench: Bench) -> None:
    """RULE-D10"""
    sale = a_draft(bench, asset={"is_living_home": True})
    ground = {"is_living_home": True, "living_home_ground": "Six years' rent are set aside."}

    assert _state(sale, "D10") == "missing"
    assert _state(a_draft(a_bench(bench.world), asset=ground), "D10") == "satisfied"


def test_holidays_move_no_day_of_a_draft(bench: Bench, world: World) -> None:
    """RULE-Q3"""
    from app.services.calendar import set_day

    sale = a_draft(bench)
    before = _line(sale, "D1").counted
    set_day(bench.court_id, before.on, works=False, name="Court holiday", by=bench.clerk)

    assert not calendar_of(db.session(), bench.court_id).is_worked(before.on)
    assert _line(sale, "D1").counted == before


@pytest.mark.parametrize(
    ("reading", "opens"), [("default", "25 June 2026"), ("strict", "26 June 2026")]
)
def test_the_form_tells_the_first_day_of_opening_in_the_court_s_reading(
    bench: Bench, clerk: Any, reading: str, opens: str
) -> None:
    """RULE-Q2, D1: before anything is drafted, not only once it is wrong."""
    from app.services.calendar import read_days_before
    from auction_engine.sale.deadlines import Reading

    sale = a_draft(bench)
    read_days_before(bench.court_id, Reading(reading), reason="Decided", by=bench.clerk)

    page = _plain(clerk.get(f"/court/{bench.court}/sales/{sale.public_id}/terms").text)

    assert f"Announced today it may open from {opens}: 30 days after 26 May 2026, D1" in page
    assert ("so many full days between, Q2" in page) is (reading == "strict")


FLOORLESS = {
    "asset": SHARES,
    "reference_price": None,
    "reference_price_method": "",
    "reference_price_valid_until": None,
    "deposit": 0,
}


def test_an_equity_that_cannot_be_appraised_is_sold_above_the_costs_on_request(
    bench: Bench,
) -> None:
    """RULE-C5: without the court's statement there is no way around the floor and the deposit."""
    from app.models.cases import AssetRecord

    sale = a_draft(bench, **FLOORLESS, starting_price=1_000_000)
    before = _state(sale, "C2"), _state(sale, "C7"), _state(sale, "D3", "pricing_basis")

    state_reason(
        db.session.query(AssetRecord).one(),
        "equity_without_documents",
        reason="The company keeps no books; the creditor asked on 3 May.",
        by=bench.clerk,
    )

    state_equity(sale, Equity(100, 100, None, "None."), by=bench.clerk)
    decided(bench, sale)

    assert isinstance(propose_publication(sale, by=bench.clerk), Proposed)
    assert before == ("missing", "violated", "missing")
    assert [_state(sale, rule) for rule in ("C2", "C7", "B11")] == [None, None, None]
    assert _state(sale, "D3", "pricing_basis") == "satisfied"
    assert _state(sale, "C5", "starting_price") == "satisfied"
    assert _state(sale, "C5", "deposit") == "satisfied"


def test_even_then_the_price_lies_above_the_costs(bench: Bench) -> None:
    """RULE-C5"""
    from app.models.cases import AssetRecord

    sale = a_draft(bench, **FLOORLESS, starting_price=5_000)
    state_reason(
        db.session.query(AssetRecord).one(),
        "equity_without_documents",
        reason="No books.",
        by=bench.clerk,
    )

    assert _state(sale, "C5", "starting_price") == "violated"


def test_a_home_is_never_without_a_floor(bench: Bench) -> None:
    """RULE-C5, C2: the exception is for equity alone."""
    from app.models.cases import AssetRecord

    sale = a_draft(bench, **{**FLOORLESS, "asset": None})
    state_reason(
        db.session.query(AssetRecord).one(),
        "equity_without_documents",
        reason="No books.",
        by=bench.clerk,
    )

    assert _state(sale, "C2") == "missing"
