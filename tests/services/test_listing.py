"""Drafts, the rounds that follow a failure, and the checklist of the law."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask

from app.extensions import db
from app.models.checklist_rows import CheckLine, LineState, hold_against_rules
from app.models.draft_rows import DraftHeld
from app.models.sales import SaleRecord
from app.services.listing import ListingRefusal, change_draft, draft_next_round, draft_sale
from app.services.party_notices import (
    Notice,
    NoticeRefusal,
    record_notice,
    tell_linked_parties,
)
from app.services.priority import PriorityRefusal, confirm_priority, enter_priority
from app.services.publication import propose_publication
from auction_engine.sale.rounds import Reason
from tests.court_world import (
    DAY,
    TERMS,
    Bench,
    a_bench,
    a_case,
    a_draft,
    a_party,
    a_published_sale,
    an_asset,
    decided,
    published,
)
from tests.world import NOON, World

# --- the checklist ------------------------------------------------------------------------------


def test_a_complete_draft_that_the_panel_decided_on_may_be_published(
    app: Flask, world: World
) -> None:
    bench = a_bench(world)
    sale = decided(bench, a_draft(bench))

    assert _checklist(sale).open_lines == ()


@pytest.mark.parametrize(
    ("changed", "rule", "item"),
    [
        ({"starting_price": 69_999_999}, "C2", "starting_price"),
        ({"deposit": 3_499_999}, "C7", "deposit"),
        ({"deposit": 14_000_001}, "C7", "deposit"),
        ({"opens_at": NOON + 29 * DAY}, "D1", "announcement"),
        ({"closes_at": TERMS.opens_at + DAY - timedelta(seconds=1)}, "G2", "bidding_time"),
        ({"reference_price_valid_until": date(2026, 5, 25)}, "B11", "validity"),
        ({"reference_price": None}, "C2", "starting_price"),
        ({"reference_price_method": ""}, "D3", "pricing_basis"),
        ({"publication_items": TERMS.publication_items[1:]}, "D3", TERMS.publication_items[0]),
        ({"warnings": TERMS.warnings[1:]}, "D4", TERMS.warnings[0]),
        ({"taxes": ""}, "D3", "taxes"),
        ({"conditions": ""}, "D2", "conditions"),
        ({"viewing": ""}, "D2", "viewing"),
        ({"asset": {"defects": ""}}, "D2", "defects"),
        ({"asset": {"title_zh": ""}}, "D2", "title"),
        ({"asset": {"possession": ""}}, "D3", "property"),
        ({"asset": {"is_living_home": True}}, "D10", "living_home"),
        # Sold by other rules, RULE-O4.
        ({"asset": {"category": "ship"}}, "O4", "ship"),
    ],
)
def test_what_a_draft_lacks_stands_against_it(
    app: Flask, world: World, changed: dict[str, Any], rule: str, item: str
) -> None:
    """RULE-D2, D3, D4, D10"""
    bench = a_bench(world)
    sale = decided(bench, a_draft(bench, **changed))

    against = _checklist(sale).open_lines

    assert (rule, item) in [(line.rule, line.item) for line in against]


def test_without_the_panel_all_its_items_are_missing(app: Flask, world: World) -> None:
    """RULE-A10"""
    bench = a_bench(world)
    sale = a_draft(bench)

    against = _checklist(sale).open_lines

    assert [(line.rule, line.item) for line in against] == [
        ("A10", item) for item in ("deposit", "increment", "priority", "starting_price")
    ]


def test_a_line_tells_the_limit_that_the_law_sets(app: Flask, world: World) -> None:
    bench = a_bench(world)
    sale = a_draft(bench, reference_price=123_456_789, starting_price=86_419_752)

    line = _line(sale, "C2")

    assert line.state is LineState.VIOLATED
    assert (line.given, line.limit) == (86_419_752, 86_419_753)
    assert line.article == "10"


def test_each_party_of_the_case_must_have_been_told(app: Flask, world: World) -> None:
    """RULE-D6"""
    bench = a_bench(world)
    sale = decided(bench, a_draft(bench, told=False))

    untold = [line for line in _checklist(sale).open_lines if line.rule == "D6"]

    assert [line.state for line in untold if line.item != "other"] == [LineState.MISSING] * 2
    assert not _checklist(sale).is_publishable


def test_a_notice_two_days_before_is_too_late(app: Flask, world: World) -> None:
    """RULE-D6"""
    bench = a_bench(world)
    sale = a_draft(bench)
    (party,) = _parties(bench, "debtor")

    record_notice(sale, party, Notice("in_person", NOON - 2 * DAY), by=bench.clerk)

    late = [line for line in _checklist(sale).open_lines if line.rule == "D6"]
    assert [(line.item, line.state) for line in late] == [(party.public_id, LineState.VIOLATED)]


def test_a_case_without_a_debtor_cannot_be_published(app: Flask, world: World) -> None:
    bench = a_bench(world)
    case = a_case(bench)
    a_party(bench, case, "applicant")
    sale = draft_sale(an_asset(bench, case), TERMS, by=bench.clerk)

    assert ("D6", "debtor") in [(line.rule, line.item) for line in _checklist(sale).open_lines]


def test_a_shareholder_told_too_late_keeps_shares_from_opening(app: Flask, world: World) -> None:
    """RULE-D8"""
    bench = a_bench(world)
    opens_at = NOON + 31 * DAY
    sale = a_draft(
        bench,
        asset={"property_kind": "other_right", "category": "shares"},
        opens_at=opens_at,
        closes_at=opens_at + DAY,
    )
    shareholder = a_party(bench, _case_of(world), "co_owner")
    record_notice(sale, shareholder, Notice("unreachable", NOON, "moved"), by=bench.clerk)
    world.hold_clock(bench.court_id, opens_at - 30 * DAY)

    lines = {line.rule for line in _checklist(sale).open_lines}

    assert "D6" in lines, "deemed told only five days later"


def test_an_asked_first_right_must_be_decided_before_publication(app: Flask, world: World) -> None:
    bench = a_bench(world)
    sale = a_draft(bench)
    world.person(email="owner@example.org")
    owner = a_party(bench, _case_of(world), "co_owner", email="owner@example.org")
    record_notice(sale, owner, Notice("post", NOON - 4 * DAY), by=bench.clerk)
    enter_priority(sale, owner, "Owns one half", by=bench.clerk)
    decided(bench, sale)

    against = _checklist(sale).open_lines

    assert [(line.rule, line.item, line.why) for line in against] == [
        ("D3", "priority_purchasers", "undecided_priority")
    ]


# --- notices and first rights -------------------------------------------------------------------


def test_all_linked_parties_are_told_at_once_and_only_once(app: Flask, world: World) -> None:
    bench = a_bench(world)
    sale = a_draft(bench, told=False)
    person = world.person(email="bank@example.org")
    a_party(bench, _case_of(world), "creditor", email="bank@example.org")

    first = tell_linked_parties(sale, by=bench.clerk)
    second = tell_linked_parties(sale, by=bench.clerk)

    assert (first, second) == (1, 0)
    told = world.rows("SELECT person_id, at FROM messages WHERE kind = 'sale_planned'")
    assert told == [(person, NOON)]


def test_who_could_not_be_reached_is_told_in_public_without_a_name(
    app: Flask, world: World
) -> None:
    """RULE-D6"""
    bench = a_bench(world)
    sale = a_draft(bench, told=False)
    (debtor,) = _parties(bench, "debtor")

    record_notice(sale, debtor, Notice("unreachable", NOON, "Moved away"), by=bench.clerk)

    ((kind, params),) = world.rows("SELECT kind, params FROM public_notices")
    assert kind == "party_unreachable"
    assert params["reason"] == "Moved away"
    assert debtor.name not in str(params)


def test_nobody_was_told_in_the_future(app: Flask, world: World) -> None:
    bench = a_bench(world)
    sale = a_draft(bench)
    (debtor,) = _parties(bench, "debtor")

    answer = record_notice(sale, debtor, Notice("post", NOON + DAY), by=bench.clerk)

    assert answer is NoticeRefusal.IN_THE_FUTURE


def test_a_first_right_is_decided_once(app: Flask, world: World) -> None:
    bench = a_bench(world)
    sale = a_draft(bench)
    world.person(email="owner@example.org")
    owner = a_party(bench, _case_of(world), "co_owner", email="owner@example.org")
    claim = enter_priority(sale, owner, "Owns one half", by=bench.clerk)
    confirm_priority(claim, rank=1, nature="co_owner", by=bench.judges[0])

    again = confirm_priority(claim, rank=2, nature="tenant", by=bench.judges[1])

    assert again is PriorityRefusal.DECIDED_ALREADY
    assert world.rows("SELECT rank, nature FROM priority_claims") == [(1, "co_owner")]


# --- one round at a time ------------------------------------------------------------------------


def test_an_asset_has_one_first_round(app: Flask, world: World) -> None:
    bench = a_bench(world)
    asset = an_asset(bench, a_case(bench))
    draft_sale(asset, TERMS, by=bench.clerk)

    assert draft_sale(asset, TERMS, by=bench.clerk) is ListingRefusal.LOT_IN_SALE


def test_a_draft_is_held_still_while_a_judge_looks_at_it(app: Flask, world: World) -> None:
    bench = a_bench(world)
    sale = decided(bench, a_draft(bench))
    (debtor,) = _parties(bench, "debtor")
    propose_publication(sale, by=bench.clerk)

    changed = change_draft(sale, replace(TERMS, viewing="Never."), by=bench.clerk)
    told = record_notice(sale, debtor, Notice("post", NOON - 5 * DAY), by=bench.clerk)

    assert (changed, told) == (DraftHeld.AWAITING_DECISION, DraftHeld.AWAITING_DECISION)


def test_a_published_sale_is_frozen(app: Flask, world: World) -> None:
    bench = a_bench(world)
    sale = a_published_sale(bench)

    assert change_draft(sale, TERMS, by=bench.clerk) is DraftHeld.NOT_A_DRAFT


def test_the_second_round_is_drafted_within_its_limits(app: Flask, world: World) -> None:
    """RULE-K2, K3, C7"""
    bench = a_bench(world)
    failed = _end(world, bench, a_published_sale(bench), "unsold")

    second = draft_next_round(failed, by=bench.clerk)

    assert isinstance(second, SaleRecord)
    assert (second.round, second.number, second.previous_sale_id) == ("second", 2, failed.id)
    assert second.starting_price == 56_000_000
    assert second.deposit == 5_600_000, "the same tenth"
    against = {line.rule for line in _checklist(second).open_lines}
    assert against == {"A10", "D3", "D6"}, "only the panel and the notices are missing"
    opens_within = second.opens_at - TERMS.closes_at
    assert opens_within <= 30 * DAY


def test_a_second_round_below_four_fifths_is_violated(app: Flask, world: World) -> None:
    """RULE-K3"""
    bench = a_bench(world)
    failed = _end(world, bench, a_published_sale(bench), "unsold")
    second = draft_next_round(failed, by=bench.clerk)
    terms = {name: getattr(second, name) for name in TERMS.__dataclass_fields__}

    change_draft(second, replace(TERMS, **terms | {"starting_price": 55_999_999}), by=bench.clerk)

    line = _line(second, "K3")
    assert (line.state, line.limit) == (LineState.VIOLATED, 56_000_000)


def test_a_sell_off_follows_the_second_failure_at_its_price(app: Flask, world: World) -> None:
    """RULE-K4, K8"""
    bench = a_bench(world)
    failed = _end(world, bench, a_published_sale(bench), "unsold")
    second = draft_next_round(failed, by=bench.clerk)
    _tell_all(bench, second, NOON + 33 * DAY)
    world.hold_clock(bench.court_id, TERMS.closes_at + 5 * DAY)
    second = _end(world, bench, published(bench, decided(bench, second)), "unsold")

    last = draft_next_round(second, by=bench.clerk)

    assert (last.round, last.starting_price) == ("sell_off", 56_000_000)
    assert last.closes_at - last.opens_at == 60 * DAY
    assert _line(last, "K8").state is LineState.SATISFIED
    assert _line(last, "K7").state is LineState.SATISFIED


def test_no_round_follows_a_failed_sell_off_by_itself(app: Flask, world: World) -> None:
    """RULE-K4"""
    bench = a_bench(world)
    sale = a_published_sale(bench)
    world.rows("SELECT 1")
    _as_superuser(world, "UPDATE sales SET round = 'sell_off'")
    failed = _end(world, bench, sale, "unsold")

    assert draft_next_round(failed, by=bench.clerk) is ListingRefusal.NO_REASON_FOR_ROUND


def test_what_was_withdrawn_may_be_announced_again_in_the_same_round(
    app: Flask, world: World
) -> None:
    bench = a_bench(world)
    withdrawn = _end(world, bench, a_published_sale(bench), "withdrawn")

    bare = draft_next_round(withdrawn, by=bench.clerk)
    again = draft_next_round(
        withdrawn, by=bench.clerk, reason=Reason.FLAWED_PUBLICATION, note="The area was wrong."
    )

    assert bare is ListingRefusal.NO_REASON_FOR_ROUND
    assert (again.round, again.number, again.starting_price) == ("first", 2, 70_000_000)


def test_a_running_sale_has_no_next_round(app: Flask, world: World) -> None:
    bench = a_bench(world)
    sale = a_published_sale(bench)

    assert draft_next_round(sale, by=bench.clerk) is ListingRefusal.LOT_IN_SALE


def _checklist(sale: SaleRecord) -> Any:
    from app.gateways.clock import legal_now

    session = db.session()
    return hold_against_rules(session, sale, legal_now(session, sale.court_id))


def _line(sale: SaleRecord, rule: str) -> CheckLine:
    (line,) = [line for line in _checklist(sale).lines if line.rule == rule]
    return line


def _parties(bench: Bench, role: str) -> list[Any]:
    from sqlalchemy import select

    from app.models.cases import Party

    return list(db.session.scalars(select(Party).where(Party.role == role)))


def _case_of(world: World) -> Any:
    from sqlalchemy import select

    from app.models.cases import CaseRecord

    return db.session.scalars(select(CaseRecord).order_by(CaseRecord.id)).first()


def _tell_all(bench: Bench, sale: SaleRecord, at: Any) -> None:
    bench.world.hold_clock(bench.court_id, at)
    for role in ("applicant", "debtor"):
        for party in _parties(bench, role):
            record_notice(sale, party, Notice("post", at), by=bench.clerk)


def _end(world: World, bench: Bench, sale: SaleRecord, status: str) -> SaleRecord:
    """The sale is over; the outcome as the closing process writes it."""
    from app.models.bidding import Outcome

    ended_at = sale.closes_at
    world.hold_clock(bench.court_id, ended_at)
    with world.session() as session:
        session.add(
            Outcome(
                sale_id=sale.id,
                court_id=sale.court_id,
                status=status,
                at=ended_at,
                extensions=0,
                accepted=0,
                refused=0,
                n=1,
                head="0" * 64,
            )
        )
        record = session.get_one(SaleRecord, sale.id)
        record.state = "withdrawn" if status == "withdrawn" else "ended"
        session.commit()
    db.session.expire_all()
    return sale


def _as_superuser(world: World, statement: str) -> None:
    import psycopg

    with psycopg.connect(world.url, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute(statement)
    db.session.expire_all()
