"""What a sale asks of its bidders: part of the draft, frozen, asked again, checked at the end."""

from __future__ import annotations

from datetime import date
from typing import Any

import psycopg
import pytest
from flask import Flask

from app.extensions import db
from app.models.announcement_rows import announcement_of
from app.models.bidding import Outcome
from app.models.draft_rows import DraftHeld
from app.models.qualification import QualificationRecord
from app.models.qualification_rows import qualifications_of
from app.models.sales import SaleRecord
from app.services.listing import draft_next_round
from app.services.publication import Proposed, propose_publication
from app.services.qualification import (
    CheckRefusal,
    Equity,
    ask,
    ask_no_more,
    record_check,
    state_equity,
)
from auction_engine.sale.qualification import Asks
from tests.court_world import Bench, a_bench, a_draft, decided, published
from tests.world import World

WORDS = {"asks": "I may buy a home here.", "consequence": "The sale is void."}
ALL_PAID = Equity(subscribed=100, paid_in=100, contribution_due_on=None, approvals="none")


@pytest.fixture
def bench(app: Flask, world: World) -> Bench:
    return a_bench(world)


def asked(bench: Bench, sale: SaleRecord) -> QualificationRecord:
    found = ask(sale, Asks.HOUSING_PURCHASE, **WORDS, by=bench.clerk)
    assert isinstance(found, QualificationRecord)
    return found


def test_what_is_asked_is_announced_and_frozen(bench: Bench) -> None:
    """RULE-D9."""
    sale = a_draft(bench)
    record = asked(bench, sale)
    published(bench, decided(bench, sale))

    announced = announcement_of(db.session(), sale)["qualifications"]

    assert [each["asks"] for each in announced] == [WORDS["asks"]]
    assert ask(sale, Asks.OTHER, **WORDS, by=bench.clerk) is DraftHeld.NOT_A_DRAFT
    assert ask_no_more(sale, record, by=bench.clerk) is DraftHeld.NOT_A_DRAFT
    assert state_equity(sale, ALL_PAID, by=bench.clerk) is DraftHeld.NOT_A_DRAFT


def test_while_a_judge_looks_at_the_draft_nothing_is_asked_besides(bench: Bench) -> None:
    sale = decided(bench, a_draft(bench))
    assert isinstance(propose_publication(sale, by=bench.clerk), Proposed)

    assert ask(sale, Asks.OTHER, **WORDS, by=bench.clerk) is DraftHeld.AWAITING_DECISION


def test_capital_is_stated_once_and_may_be_corrected(bench: Bench, world: World) -> None:
    """RULE-D9."""
    sale = a_draft(bench)
    later = Equity(200, 50, date(2030, 1, 1), "approval of the regulator")

    state_equity(sale, ALL_PAID, by=bench.clerk)
    state_equity(sale, later, by=bench.clerk)

    assert world.rows("SELECT subscribed, paid_in, approvals FROM equity_terms") == [
        (200, 50, "approval of the regulator")
    ]
    assert announcement_of(db.session(), sale)["equity"]["contribution_due_on"] == "2030-01-01"


def test_the_following_round_asks_the_same_until_the_court_changes_it(
    bench: Bench, world: World
) -> None:
    """RULE-D9."""
    sale = a_draft(bench)
    asked(bench, sale)
    published(bench, decided(bench, sale))
    _fail(world, bench, sale)

    second = draft_next_round(sale, by=bench.clerk)

    assert isinstance(second, SaleRecord)
    [copied] = qualifications_of(db.session(), second.id)
    assert (copied.asks, copied.consequence) == tuple(WORDS.values())
    assert ask_no_more(second, copied, by=bench.clerk) is None
    assert len(qualifications_of(db.session(), sale.id)) == 1


def _fail(world: World, bench: Bench, sale: SaleRecord) -> None:
    """Nobody bid: the outcome as the closing process writes it."""
    values: dict[str, Any] = {
        "extensions": 0,
        "accepted": 0,
        "refused": 0,
        "n": 1,
        "head": "0" * 64,
    }
    world.hold_clock(bench.court_id, sale.closes_at)
    with world.session() as session:
        ended = Outcome(
            sale_id=sale.id,
            court_id=sale.court_id,
            status="unsold",
            at=sale.closes_at,
            **values,
        )
        session.add(ended)
        session.get_one(SaleRecord, sale.id).state = "ended"
        session.commit()
    db.session.expire_all()


def test_a_check_needs_a_buyer_and_a_question(bench: Bench, world: World) -> None:
    """RULE-E11."""
    sale_id = world.sale(bench.court_id)
    sale = db.session.get_one(SaleRecord, sale_id)

    assert _check(sale, bench) is CheckRefusal.NOT_SOLD

    _sell(world, sale_id)
    assert _check(sale, bench) is CheckRefusal.NOTHING_ASKED


def test_a_check_after_the_ruling_changes_nothing_any_more(bench: Bench, world: World) -> None:
    """RULE-E11: from the registration to the ruling."""
    sale_id = world.sale(bench.court_id)
    sale = db.session.get_one(SaleRecord, sale_id)
    _sell(world, sale_id, state="ruled", asks=bench.clerk)

    assert _check(sale, bench) is CheckRefusal.RULED_ALREADY
    assert world.rows("SELECT count(*) FROM qualification_checks") == [(0,)]


def _check(sale: SaleRecord, bench: Bench) -> object:
    bench.acting_as(bench.judges[0])
    return record_check(sale, met=True, reason="Seen", by=bench.judges[0])


def _sell(world: World, sale_id: int, *, state: str = "paid", asks: int | None = None) -> None:
    """The sale has a buyer; as the closing process and the court left it."""
    registration = world.bidder(sale_id, "B01")
    known = {"sale": sale_id, "r": registration, "p": world.person(), "by": asks, "state": state}
    acts = [
        "INSERT INTO buyers (sale_id, court_id, registration_id, person_id, name, confirmed_at)"
        " SELECT id, court_id, %(r)s, %(p)s, 'Buyer', closes_at FROM sales WHERE id = %(sale)s",
        "INSERT INTO settlements (public_id, court_id, sale_id, registration_id, price, currency,"
        " deposit_applied, paid, due_at, reference, state) SELECT 's', court_id, id, %(r)s, 5,"
        " 'CNY', 5, 0, closes_at, 'R', %(state)s FROM sales WHERE id = %(sale)s",
    ]
    if asks is not None:
        acts.append(
            "INSERT INTO qualifications (public_id, court_id, sale_id, kind, asks, consequence,"
            " added_by) SELECT 'q', court_id, id, 'other', 'a', 'c', %(by)s FROM sales"
            " WHERE id = %(sale)s"
        )
    with psycopg.connect(world.url, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        for act in acts:
            connection.execute(act, known)
