"""From the hammer to the handover: confirmed by the platform, ruled, served, handed over."""

from __future__ import annotations

import hashlib
import uuid
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from flask import Flask
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.db import Tenant, act_for
from app.extensions import db
from app.gateways.seal import Opener
from app.models.journal import Entry, enter_arrivals
from app.models.records import DocumentRecord
from app.models.sales import SaleRecord
from app.services.after_sale import (
    AfterRefusal,
    draft_ruling,
    record_handover,
    request_registration,
    serve,
    sign,
    write_default_decision,
)
from app.services.bidding.close import close_if_due
from app.services.listing import draft_next_round
from app.services.settlement import decide_default
from tests.court_world import DAY, Bench, a_bench
from tests.world import NOON, World


@pytest.fixture
def bench(app: Flask, world: World) -> Bench:
    return a_bench(world, rehearsal_at=NOON - timedelta(hours=1))


@pytest.fixture
def sold(bench: Bench, world: World, closing: Engine) -> SaleRecord:
    """A lot that B01 bought for 700,000.00, closed at NOON."""
    sale_id = world.sale(bench.court_id)
    registration = world.bidder(sale_id, "B01")
    with Session(closing) as session:
        bid = Entry(sale_id, "bid", uuid.uuid4(), registration_id=registration, amount=70_000_000)
        enter_arrivals(session, [bid])
        session.commit()
    world.hold_clock(bench.court_id, NOON)
    with Session(closing) as session:
        close_if_due(session, sale_id, Opener(world.settings["ENVELOPE_PRIVATE_KEY"]).open)
        session.commit()
    return db.session.get_one(SaleRecord, sale_id)


def _pay(world: World) -> None:
    with psycopg.connect(world.url, autocommit=True) as connection:
        connection.execute(
            "UPDATE settlements SET paid = price - deposit_applied, state = 'paid', paid_at = %s",
            [NOON + DAY],
        )
    db.session.expire_all()


def _ruled(bench: Bench, world: World, sale: SaleRecord) -> DocumentRecord:
    _pay(world)
    world.hold_clock(bench.court_id, NOON + 2 * DAY)
    ruling = draft_ruling(sale, by=bench.clerk)
    assert isinstance(ruling, DocumentRecord)
    signed = sign(ruling, by=bench.acting_as(bench.judges[0]))
    assert isinstance(signed, DocumentRecord)
    return signed


def test_the_closing_itself_confirms_the_sale_with_the_buyers_name(
    sold: SaleRecord, world: World
) -> None:
    """RULE-H2"""
    ((kind, audience, content, sha256, made_by),) = world.rows(
        "SELECT kind, audience, content, sha256, made_by FROM documents"
    )

    assert (kind, audience, made_by) == ("confirmation", "public", None)
    assert hashlib.sha256(content.encode()).hexdigest() == sha256
    assert "竞买人Bidder B01（竞买代码 B01）以最高应价成交" in content
    assert "¥700,000.00（人民币柒拾万元整）" in content
    assert "¥630,000.00" in content, "the balance"
    ((head,),) = world.rows("SELECT head FROM outcomes")
    assert head in content


def test_the_public_reads_the_confirmation(
    sold: SaleRecord, clean_database: dict[str, str]
) -> None:
    """RULE-H2"""
    with psycopg.connect(clean_database["public"]) as connection:
        found = connection.execute("SELECT kind FROM documents").fetchall()

    assert found == [("confirmation",)]


def test_no_ruling_before_the_price_is_paid(bench: Bench, sold: SaleRecord) -> None:
    """RULE-I2"""
    assert draft_ruling(sold, by=bench.clerk) is AfterRefusal.NOT_PAID


def test_a_ruling_names_case_buyer_and_price(bench: Bench, sold: SaleRecord, world: World) -> None:
    _pay(world)

    ruling = draft_ruling(sold, by=bench.clerk)

    assert "买受人：Bidder B01" in ruling.content
    assert "¥700,000.00" in ruling.content
    assert (ruling.audience, ruling.version, ruling.signed_at) == ("court", 1, None)


def test_a_new_draft_is_the_next_version_and_the_old_one_cannot_be_signed(
    bench: Bench, sold: SaleRecord, world: World
) -> None:
    _pay(world)
    first = draft_ruling(sold, by=bench.clerk)
    second = draft_ruling(sold, by=bench.clerk)

    assert second.version == 2
    assert sign(first, by=bench.judges[0]) is AfterRefusal.OLD_VERSION


def test_title_passes_with_service_and_not_before(
    bench: Bench, sold: SaleRecord, world: World
) -> None:
    """RULE-I3"""
    ruling = _ruled(bench, world, sold)
    before = world.rows("SELECT state, ruling_served_at FROM settlements")

    served = serve(ruling, served_at=None, by=bench.clerk)

    assert before == [("ruled", None)]
    assert isinstance(served, DocumentRecord)
    assert world.rows("SELECT ruling_served_at FROM settlements") == [(NOON + 2 * DAY,)]
    told = world.rows("SELECT kind FROM messages WHERE kind = 'ruling_served'")
    assert told == [("ruling_served",)]
    notices = [kind for (kind,) in world.rows("SELECT kind FROM public_notices")]
    assert "title_passed" in notices


def test_the_buyer_reads_the_ruling_once_it_is_served(
    bench: Bench, sold: SaleRecord, world: World
) -> None:
    ruling = _ruled(bench, world, sold)
    ((buyer,),) = world.rows("SELECT person_id FROM buyers")

    def read() -> list[str]:
        act_for(Tenant(person_id=buyer))
        kinds = sorted(document.kind for document in db.session.query(DocumentRecord))
        bench.acting_as(bench.clerk)
        db.session.expire_all()
        return kinds

    before = read()
    serve(db.session.get_one(DocumentRecord, ruling.id), served_at=None, by=bench.clerk)

    assert before == ["confirmation"]
    assert read() == ["confirmation", "ruling"]


def test_an_unsigned_ruling_is_not_served(bench: Bench, sold: SaleRecord, world: World) -> None:
    _pay(world)
    ruling = draft_ruling(sold, by=bench.clerk)

    assert serve(ruling, served_at=None, by=bench.clerk) is AfterRefusal.NOT_SIGNED


@pytest.mark.parametrize(
    ("at", "refusal"),
    [
        (NOON + 3 * DAY, AfterRefusal.IN_THE_FUTURE),
        (NOON + DAY, AfterRefusal.TOO_EARLY),
    ],
)
def test_service_lies_between_signature_and_now(
    bench: Bench, sold: SaleRecord, world: World, at: Any, refusal: AfterRefusal
) -> None:
    ruling = _ruled(bench, world, sold)

    assert serve(ruling, served_at=at, by=bench.clerk) is refusal


def test_nothing_is_handed_over_before_title_has_passed(
    bench: Bench, sold: SaleRecord, world: World
) -> None:
    """RULE-I4"""
    _ruled(bench, world, sold)

    answer = record_handover(sold, delivered_at=NOON + 2 * DAY, note="", by=bench.clerk)

    assert answer is AfterRefusal.NOT_SERVED


def test_a_handover_ends_the_settlement_and_is_recorded(
    bench: Bench, sold: SaleRecord, world: World
) -> None:
    """RULE-I4"""
    serve(_ruled(bench, world, sold), served_at=None, by=bench.clerk)

    record = record_handover(sold, delivered_at=NOON + 2 * DAY, note="Two keys.", by=bench.clerk)
    again = record_handover(sold, delivered_at=NOON + 2 * DAY, note="", by=bench.clerk)

    assert "Two keys." in record.content
    assert world.rows("SELECT state, delivered_at FROM settlements") == [
        ("delivered", NOON + 2 * DAY)
    ]
    assert again is AfterRefusal.DELIVERED_ALREADY


def test_the_registry_is_asked_once_the_ruling_is_served(
    bench: Bench, sold: SaleRecord, world: World
) -> None:
    ruling = _ruled(bench, world, sold)
    early = request_registration(sold, registry="Land registry", by=bench.clerk)
    serve(ruling, served_at=None, by=bench.clerk)

    request = request_registration(sold, registry="Land registry", by=bench.clerk)

    assert early is AfterRefusal.NOT_SERVED
    assert "致：Land registry" in request.content


def test_a_decided_default_is_written_down_once_and_signed(
    bench: Bench, sold: SaleRecord, world: World
) -> None:
    """RULE-J1"""
    world.hold_clock(bench.court_id, NOON + 12 * DAY)
    judge = bench.acting_as(bench.judges[0])
    decide_default(sold.id, by=judge, reference="Nothing came")

    first = write_default_decision(sold, reason="Nothing came", by=judge)
    second = write_default_decision(sold, reason="Nothing came", by=judge)

    assert first.id == second.id
    assert first.signed_by == judge
    assert "原买受人不得参加竞买" in first.content


def test_after_a_default_the_same_round_is_drafted_again(
    bench: Bench, sold: SaleRecord, world: World
) -> None:
    """RULE-J6"""
    world.hold_clock(bench.court_id, NOON + 12 * DAY)
    decide_default(sold.id, by=bench.acting_as(bench.judges[0]), reference="Nothing came")

    again = draft_next_round(sold, by=bench.clerk)

    assert (again.round, again.number, again.starting_price) == ("first", 2, 70_000_000)
