"""The collegial panel: three judges, each by name, on exactly the terms they saw (RULE-A10)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Flask

from app.extensions import db
from app.models.panel_rows import terms_hash
from app.models.sales import SaleRecord
from app.services.listing import change_draft
from app.services.panel import PanelRefusal, vote
from auction_engine.sale.panel import PanelDecision, panel_decision
from tests.court_world import TERMS, Bench, a_bench, a_draft, decided
from tests.world import World


@pytest.mark.parametrize(
    ("votes", "decision"),
    [
        ([], PanelDecision.PENDING),
        ([True, True], PanelDecision.PENDING),
        ([True, True, True], PanelDecision.IN_FAVOUR),
        ([True, False, True], PanelDecision.IN_FAVOUR),
        ([False, False, True], PanelDecision.AGAINST),
        ([False, False, False], PanelDecision.AGAINST),
    ],
)
def test_a_panel_decides_by_majority_once_all_three_have_voted(
    votes: list[bool], decision: PanelDecision
) -> None:
    """RULE-A10"""
    assert panel_decision(votes) is decision


def test_two_of_three_in_favour_decide(app: Flask, world: World) -> None:
    bench = a_bench(world)
    sale = a_draft(bench)
    first, second, third = bench.judges

    _vote(bench, sale, first)
    _vote(bench, sale, second, in_favour=False, dissent="The price is too low.")
    decision = _vote(bench, sale, third)

    assert decision is PanelDecision.IN_FAVOUR
    assert world.rows("SELECT dissent FROM panel_votes WHERE NOT in_favour") == [
        ("The price is too low.",)
    ]


def test_a_dissent_gives_its_reason(app: Flask, world: World) -> None:
    bench = a_bench(world)
    sale = a_draft(bench)

    answer = _vote(bench, sale, bench.judges[0], in_favour=False, dissent="  ")

    assert answer is PanelRefusal.DISSENT_WITHOUT_REASON


def test_nobody_votes_twice_on_the_same_terms(app: Flask, world: World) -> None:
    bench = a_bench(world)
    sale = a_draft(bench)
    _vote(bench, sale, bench.judges[0])

    assert _vote(bench, sale, bench.judges[0]) is PanelRefusal.VOTED_ALREADY


def test_a_fourth_judge_finds_the_panel_complete(app: Flask, world: World) -> None:
    bench = a_bench(world)
    sale = decided(bench, a_draft(bench))

    assert _vote(bench, sale, world.person()) is PanelRefusal.PANEL_COMPLETE


def test_changed_terms_void_the_votes(app: Flask, world: World) -> None:
    """RULE-A10"""
    bench = a_bench(world)
    sale = decided(bench, a_draft(bench))
    old_terms = terms_hash(db.session(), sale)

    change_draft(sale, replace(TERMS, deposit=8_000_000), by=bench.clerk)
    late = vote(sale, terms=old_terms, in_favour=True, dissent="", by=bench.judges[0])

    assert late is PanelRefusal.TERMS_CHANGED
    assert _vote(bench, sale, bench.judges[0]) is PanelDecision.PENDING


def test_a_text_that_the_panel_does_not_decide_on_voids_nothing(app: Flask, world: World) -> None:
    bench = a_bench(world)
    sale = decided(bench, a_draft(bench))
    before = terms_hash(db.session(), sale)

    change_draft(sale, replace(TERMS, viewing="Any day."), by=bench.clerk)

    assert terms_hash(db.session(), sale) == before


def _vote(
    bench: Bench, sale: SaleRecord, judge: int, *, in_favour: bool = True, dissent: str = ""
) -> PanelDecision | PanelRefusal:
    bench.acting_as(judge)
    terms = terms_hash(db.session(), sale)
    return vote(sale, terms=terms, in_favour=in_favour, dissent=dissent, by=judge)
