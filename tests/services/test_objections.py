"""Objections to a sale: what must be stayed, what is decided, what may not be done meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from app.db import Tenant, act_for
from app.extensions import db
from app.models.objections import Objection
from app.models.records import DocumentRecord
from app.models.sales import SaleRecord
from app.services import objections
from app.services.bidding.desk import Desk
from app.services.objections import ObjectionRefusal, Stated
from app.services.stays import StayRefusal, announce_resumption
from tests.court_world import Bench, a_bench
from tests.desks import a_desk
from tests.world import NOON, World

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
CONDUCT = Stated("conduct", "The pictures show another flat.")
MINE = Stated("third_party", "I bought it in 2019 and live there.", "ownership")


@pytest.fixture
def desk(clean_database: dict[str, str]) -> Iterator[Desk]:
    with a_desk(clean_database) as opened:
        yield opened


class Filed:
    """A sale that runs, somebody who objects, and the court."""

    def __init__(self, world: World, bench: Bench) -> None:
        self.world, self.bench = world, bench
        self.sale_id = world.sale(bench.court_id)
        self.person = world.person("Zhou Min")

    @property
    def sale(self) -> SaleRecord:
        return db.session.get_one(SaleRecord, self.sale_id)

    def file(self, stated: Stated = MINE) -> Any:
        act_for(Tenant(person_id=self.person))
        filed = objections.file_objection(
            self.sale_id, stated, person_id=self.person, name="Zhou Min"
        )
        self.judge()
        return filed

    def judge(self) -> int:
        return self.bench.acting_as(self.bench.judges[0])

    def dismissed(self, desk: Desk, stated: Stated = MINE, *, served: bool = True) -> Objection:
        objection = self.file(stated)
        objections.receive(desk, objection, stay=True, by=self.judge())
        objections.decide(objection, uphold=False, reason="No proof", by=self.judge())
        if served:
            objections.serve(objection, served_at=None, by=self.judge())
        return objection

    def go_on(self, at: Any) -> Any:
        return announce_resumption(self.sale, resumes_at=at, closes_at=None, by=self.judge())

    def state(self) -> str:
        ((found,),) = self.world.rows("SELECT status FROM sale_states")
        return str(found)


@pytest.fixture
def filed(app: Flask, world: World) -> Filed:
    return Filed(world, a_bench(world, rehearsal_at=NOON - 2 * HOUR))


def test_a_third_partys_objection_stays_the_sale_when_it_is_taken_in(
    desk: Desk, filed: Filed
) -> None:
    """RULE-L8, RULE-M2."""
    objection = filed.file()

    answer = objections.receive(desk, objection, stay=True, by=filed.judge())

    assert isinstance(answer, Objection) and answer.state == "received"
    assert filed.state() == "suspended"
    told = filed.world.rows("SELECT kind FROM messages WHERE person_id = %s", filed.person)
    assert told == [("objection_received",)]


def test_a_third_partys_objection_is_not_taken_in_without_the_stay(
    desk: Desk, filed: Filed
) -> None:
    """RULE-L8: must, not may."""
    objection = filed.file()

    answer = objections.receive(desk, objection, stay=False, by=filed.judge())

    assert answer is ObjectionRefusal.MUST_BE_STAYED
    assert filed.state() == "announced"


@pytest.mark.parametrize(("stay", "state"), [(False, "announced"), (True, "suspended")])
def test_an_objection_to_conduct_may_stay_the_sale(
    desk: Desk, filed: Filed, stay: bool, state: str
) -> None:
    """RULE-L8, RULE-M1."""
    objections.receive(desk, filed.file(CONDUCT), stay=stay, by=filed.judge())

    assert filed.state() == state


def test_what_nobody_has_taken_in_stays_nothing(filed: Filed) -> None:
    filed.file()

    assert filed.state() == "announced"


def test_an_objection_that_is_decided_has_a_reason_and_a_signed_document(
    desk: Desk, filed: Filed
) -> None:
    objection = filed.file(CONDUCT)
    objections.receive(desk, objection, stay=False, by=filed.judge())

    silent = objections.decide(objection, uphold=True, reason=" ", by=filed.judge())
    decided = objections.decide(objection, uphold=True, reason="True", by=filed.judge())

    assert silent is ObjectionRefusal.NO_REASON
    assert isinstance(decided, Objection) and decided.state == "upheld"
    ruling = db.session.query(DocumentRecord).one()
    assert ruling.kind == "objection_ruling" and ruling.signed_at is not None
    assert "异议理由成立" in ruling.content and "The objection is upheld." in ruling.content


def test_nothing_is_decided_that_was_not_taken_in(filed: Filed) -> None:
    objection = filed.file()

    answer = objections.decide(objection, uphold=True, reason="Yes", by=filed.judge())

    assert answer is ObjectionRefusal.WRONG_STATE


def test_nothing_goes_on_before_a_third_partys_objection_is_ruled_on(
    desk: Desk, filed: Filed
) -> None:
    objections.receive(desk, filed.file(), stay=True, by=filed.judge())

    assert filed.go_on(NOON + 99 * DAY) is StayRefusal.THIRD_PARTY


@pytest.mark.parametrize(
    ("after", "allowed"), [(15 * DAY, False), (15 * DAY + 14 * HOUR, False), (16 * DAY, True)]
)
def test_nothing_is_disposed_of_in_the_fifteen_days_after_a_dismissal_is_served(
    desk: Desk, filed: Filed, after: timedelta, allowed: bool
) -> None:
    """RULE-M2: CI 463. Served on 26 May, 08:00 in Shanghai; free from 11 June on."""
    filed.dismissed(desk)

    answer = filed.go_on(NOON - 2 * HOUR + after)

    assert (answer is not StayRefusal.THIRD_PARTY) == allowed


def test_a_dismissal_that_was_not_served_frees_nothing(desk: Desk, filed: Filed) -> None:
    filed.dismissed(desk, served=False)

    assert filed.go_on(NOON + 99 * DAY) is StayRefusal.THIRD_PARTY


def test_a_suit_keeps_the_property_until_it_ends(desk: Desk, filed: Filed) -> None:
    """RULE-M2."""
    objection = filed.dismissed(desk)
    objections.note_review(
        objection, reference="(2026) Civ. 9", filed_at=NOON - 2 * HOUR, by=filed.judge()
    )
    during = filed.go_on(NOON + 99 * DAY)
    objections.end_review(objection, overturned=False, reference="(2026) 9-1", by=filed.judge())

    assert during is StayRefusal.THIRD_PARTY
    assert filed.go_on(NOON) is not StayRefusal.THIRD_PARTY


def test_a_review_follows_service_only(desk: Desk, filed: Filed) -> None:
    objection = filed.dismissed(desk, served=False)

    answer = objections.note_review(objection, reference="9", filed_at=NOON, by=filed.judge())

    assert answer is ObjectionRefusal.NOT_SERVED


def test_an_objection_to_conduct_never_keeps_the_property(desk: Desk, filed: Filed) -> None:
    objections.receive(desk, filed.file(CONDUCT), stay=True, by=filed.judge())

    assert filed.go_on(NOON) is not StayRefusal.THIRD_PARTY


def test_whoever_filed_takes_it_back_until_the_ruling(desk: Desk, filed: Filed) -> None:
    first, second = filed.file(), filed.dismissed(desk, CONDUCT)
    act_for(Tenant(person_id=filed.person))

    taken_back = objections.withdraw(first, by=filed.person)
    too_late = objections.withdraw(second, by=filed.person)

    assert isinstance(taken_back, Objection) and taken_back.state == "withdrawn"
    assert too_late is ObjectionRefusal.WRONG_STATE


def test_a_third_party_names_its_right(filed: Filed) -> None:
    assert filed.file(Stated("third_party", "Mine")) is ObjectionRefusal.NO_RIGHT


def test_an_objection_after_the_end_of_enforcement_comes_too_late(filed: Filed) -> None:
    """RULE-M1."""
    with filed.world.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE cases SET state = 'ended'")

    assert filed.file(CONDUCT) is ObjectionRefusal.COMES_TOO_LATE


def test_one_on_paper_goes_the_same_way(desk: Desk, filed: Filed) -> None:
    filed.judge()
    entered = objections.enter_objection(filed.sale, MINE, name="Zhou", by=filed.bench.clerk)

    assert isinstance(entered, Objection) and entered.person_id is None
    received = objections.receive(desk, entered, stay=True, by=filed.judge())
    assert isinstance(received, Objection)
    assert filed.world.rows("SELECT count(*) FROM messages") == [(0,)]
