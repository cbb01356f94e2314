"""A court stays, resumes and withdraws a running sale; all who wait learn of it at once."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.extensions import db
from app.models.money import Deposit
from app.models.outbox_rows import publish_notice
from app.models.records import PublicNotice
from app.models.references import new_reference
from app.models.sales import SaleRecord
from app.services import stays
from app.services.bidding.acts import Done, OutOfPlace
from app.services.bidding.desk import Desk
from app.services.stays import (
    Announced,
    StayRefusal,
    announce_resumption,
    resume_sale,
    suspend_sale,
    tell_of_acts,
    withdraw_sale,
)
from auction_engine.sale.stopping import Ground
from tests.conftest import application_for
from tests.court_world import Bench, a_bench
from tests.desks import a_desk
from tests.world import NOON, World

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def desk(clean_database: dict[str, str]) -> Iterator[Desk]:
    with a_desk(clean_database) as opened:
        yield opened


@pytest.fixture
def bench(app: Flask, world: World) -> Bench:
    """A court whose clock is held two hours before the end of its sale at NOON."""
    return a_bench(world, rehearsal_at=NOON - 2 * HOUR)


@pytest.fixture
def sale(bench: Bench, world: World) -> SaleRecord:
    sale_id = world.sale(bench.court_id)
    for code in ("B01", "B02"):
        world.bidder(sale_id, code)
    _await_deposit(world, sale_id, world.bidder(sale_id, "B03", deposit=None, admitted=False))
    return db.session.get_one(SaleRecord, sale_id)


def _await_deposit(world: World, sale_id: int, registration_id: int) -> None:
    """A deposit that was chosen and has not come."""
    with world.session() as session:
        session.add(
            Deposit(
                court_id=session.get_one(SaleRecord, sale_id).court_id,
                sale_id=sale_id,
                registration_id=registration_id,
                amount=7_000_000,
                currency="CNY",
                channel="bank",
                reference=new_reference(),
            )
        )
        session.commit()


def _suspend(desk: Desk, bench: Bench, sale: SaleRecord, **given: Any) -> Any:
    key = given.pop("key", uuid.uuid4())
    return suspend_sale(desk, sale, reason="Objection 12", key=key, by=bench.clerk)


def _announce(
    bench: Bench, sale: SaleRecord, at: datetime, closes_at: datetime | None = None
) -> Any:
    by = bench.acting_as(bench.judges[0])
    return announce_resumption(sale, resumes_at=at, closes_at=closes_at, by=by)


def test_a_stay_is_public_with_its_reason_and_every_depositor_is_told_at_once(
    desk: Desk, bench: Bench, sale: SaleRecord, world: World
) -> None:
    """RULE-L1, L3"""
    answer = _suspend(desk, bench, sale)

    assert isinstance(answer, Done)
    told = world.rows(
        "SELECT r.code, m.kind, m.at, m.params->>'reason', m.params->>'closes_at'"
        " FROM messages m JOIN registrations r ON r.id = m.registration_id ORDER BY r.code"
    )
    expected = ("sale_suspended", answer.at, "Objection 12", NOON.isoformat())
    assert told == [("B01", *expected), ("B02", *expected)], "not whose deposit has not come"
    letters = world.rows("SELECT count(*), count(DISTINCT deadline_at) FROM outbox")
    assert letters == [(2, 1)]
    assert world.rows("SELECT phase FROM public_lots") == [("suspended",)]


def test_the_same_form_sent_twice_is_one_stay(
    desk: Desk, bench: Bench, sale: SaleRecord, world: World
) -> None:
    key = uuid.uuid4()
    first = _suspend(desk, bench, sale, key=key)

    second = _suspend(desk, bench, sale, key=key)

    assert first == second
    assert world.rows("SELECT count(*) FROM messages") == [(2,)]
    acts = world.rows("SELECT count(*) FROM audit WHERE action = 'sale.suspend'")
    assert acts == [(1,)]


def test_a_second_stay_is_out_of_place(desk: Desk, bench: Bench, sale: SaleRecord) -> None:
    _suspend(desk, bench, sale)

    assert _suspend(desk, bench, sale) == OutOfPlace("type")


def test_bidding_goes_on_only_as_announced(
    desk: Desk, bench: Bench, sale: SaleRecord, world: World
) -> None:
    """RULE-L5"""
    _suspend(desk, bench, sale)
    world.hold_clock(bench.court_id, NOON)
    announced = _announce(bench, sale, NOON + 3 * HOUR)
    world.hold_clock(bench.court_id, NOON + 3 * HOUR)

    answer = resume_sale(desk, sale, key=uuid.uuid4(), by=bench.judges[0])

    assert announced == Announced(NOON + 3 * HOUR, NOON + 5 * HOUR), "the two hours that were left"
    assert answer == Done(NOON + 3 * HOUR, NOON + 5 * HOUR)
    assert world.rows("SELECT status, closes_at FROM sale_states") == [("open", NOON + 5 * HOUR)]
    kinds = world.rows("SELECT kind, count(*) FROM messages GROUP BY kind ORDER BY kind")
    assert kinds == [
        ("sale_resumed", 2), ("sale_resumption_announced", 2), ("sale_suspended", 2),
    ]  # fmt: skip


def test_a_court_may_set_another_end(
    desk: Desk, bench: Bench, sale: SaleRecord, world: World
) -> None:
    _suspend(desk, bench, sale)
    at, closes_at = NOON + HOUR, NOON + 30 * HOUR

    assert _announce(bench, sale, at, closes_at) == Announced(at, closes_at)
    world.hold_clock(bench.court_id, at)
    answer = resume_sale(desk, sale, key=uuid.uuid4(), by=bench.judges[0])

    assert answer == Done(at, closes_at)


def test_nothing_goes_on_unannounced(desk: Desk, bench: Bench, sale: SaleRecord) -> None:
    _suspend(desk, bench, sale)

    answer = resume_sale(desk, sale, key=uuid.uuid4(), by=bench.judges[0])

    assert answer is StayRefusal.NOT_ANNOUNCED


def test_nothing_goes_on_before_its_announced_moment(
    desk: Desk, bench: Bench, sale: SaleRecord
) -> None:
    _suspend(desk, bench, sale)
    _announce(bench, sale, NOON)

    answer = resume_sale(desk, sale, key=uuid.uuid4(), by=bench.judges[0])

    assert answer is StayRefusal.BEFORE_ANNOUNCED_TIME


def test_the_announcement_of_an_earlier_stay_counts_no_more(
    desk: Desk, bench: Bench, sale: SaleRecord, world: World
) -> None:
    _suspend(desk, bench, sale)
    _announce(bench, sale, NOON)
    world.hold_clock(bench.court_id, NOON)
    resume_sale(desk, sale, key=uuid.uuid4(), by=bench.judges[0])
    world.hold_clock(bench.court_id, NOON + MINUTE)
    _suspend(desk, bench, sale)

    answer = resume_sale(desk, sale, key=uuid.uuid4(), by=bench.judges[0])

    assert answer is StayRefusal.NOT_ANNOUNCED


@pytest.mark.parametrize(
    ("at", "closes_at", "refusal"),
    [
        (NOON - 3 * HOUR, None, StayRefusal.IN_THE_PAST),
        (NOON, NOON + 4 * MINUTE, StayRefusal.TOO_LITTLE_TIME),
    ],
)
def test_an_announcement_leaves_time_to_bid(
    desk: Desk,
    bench: Bench,
    sale: SaleRecord,
    at: datetime,
    closes_at: datetime | None,
    refusal: StayRefusal,
) -> None:
    """RULE-L5"""
    _suspend(desk, bench, sale)

    assert _announce(bench, sale, at, closes_at) is refusal


def test_a_running_sale_has_nothing_to_resume(bench: Bench, sale: SaleRecord) -> None:
    assert _announce(bench, sale, NOON) is StayRefusal.NOT_SUSPENDED


def test_a_withdrawal_is_for_good(desk: Desk, bench: Bench, sale: SaleRecord, world: World) -> None:
    """RULE-L6"""
    answer = withdraw_sale(
        desk,
        sale,
        ground=Ground.DEBT_PAID,
        reason="The debt is paid",
        key=uuid.uuid4(),
        by=bench.judges[0],
    )

    assert isinstance(answer, Done)
    assert world.rows("SELECT status FROM sale_states") == [("withdrawn",)]
    assert world.rows("SELECT DISTINCT kind FROM messages") == [("sale_withdrawn",)]
    assert _suspend(desk, bench, sale) == OutOfPlace("type")


def test_the_scheduler_tells_of_a_stay_that_no_court_made(
    desk: Desk, bench: Bench, sale: SaleRecord, world: World
) -> None:
    """RULE-L2, L3"""
    from app.models.journal import Entry

    details = {"by": "platform", "reason": "Power failure"}
    entered = desk.enter(Entry(sale.id, "suspend", uuid.uuid4(), details=details))
    desk.decision(sale.id, entered.arrival_id)

    with application_for("closer", world.settings).app_context():
        first, second = tell_of_acts(), tell_of_acts()

    assert (first, second) == (1, 0)
    told = world.rows("SELECT params->>'by', count(*) FROM messages GROUP BY 1")
    assert told == [("platform", 2)]


def test_a_notice_of_which_nobody_can_be_told_holds_up_no_other(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[int] = []

    def tell(_session: Session, notice: PublicNotice) -> None:
        told.append(notice.id)
        raise LookupError("a sale without terms")

    court = world.court(rehearsal_at=NOON)
    sales = [world.sale(court), world.sale(court)]
    with world.session() as session:
        for sale_id in sales:
            publish_notice(
                session, court_id=court, sale_id=sale_id, kind="suspend", at=NOON, params={}
            )
        session.commit()
    monkeypatch.setattr(stays, "tell_of_act", tell)

    with application_for("closer", world.settings).app_context():
        tell_of_acts()

    assert len(told) == 2


def test_staff_never_read_what_depositors_were_told(
    desk: Desk, bench: Bench, sale: SaleRecord
) -> None:
    from app.models.records import Message

    _suspend(desk, bench, sale)
    bench.acting_as(bench.clerk)

    assert db.session.query(Message).count() == 0
