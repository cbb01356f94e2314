"""Courts are opened by two operators; the legal clock of a rehearsal court only goes forward."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from app.db import Tenant, act_for
from app.services.courts import (
    ClockRefused,
    CourtDeclined,
    CourtOpened,
    CourtProposed,
    CourtRefused,
    NewCourt,
    decide_court,
    propose_court,
    set_clock,
)
from tests.staff import StaffedCourt, staffed_court
from tests.world import NOON

HARBOUR = NewCourt(
    name_en="Harbour District Court",
    name_zh="港湾区人民法院",
    region="Shenzhen",
    contact="0755-1234567",
    account_name="Harbour District Court",
    account_number="6222000011112222",
    account_bank="Bank of Rehearsal",
    timezone="Asia/Shanghai",
    is_rehearsal=False,
)


@pytest.fixture
def operators(app: Flask, world: Any) -> tuple[int, int]:
    act_for(Tenant(is_operator=True))
    return world.person("Zhao", is_operator=True), world.person("Qian", is_operator=True)


def propose(operator: int, court: NewCourt = HARBOUR, *, production: bool = True) -> Any:
    return propose_court(operator, court, production=production)


def decide(world: Any, operator: int, proposed: Any, *, approve: bool = True) -> Any:
    assert isinstance(proposed, CourtProposed)
    [(shown,)] = world.rows("SELECT payload_hash FROM proposals")
    return decide_court(operator, proposed.public_id, shown, approve, "", production=True)


def test_a_court_opens_when_a_second_operator_agrees(
    operators: tuple[int, int], world: Any
) -> None:
    zhao, qian = operators
    proposed = propose(zhao)

    alone = decide(world, zhao, proposed)
    before = world.rows("SELECT count(*) FROM courts")[0][0]
    opened = decide(world, qian, proposed)
    again = decide(world, qian, proposed)

    assert alone is CourtRefused.SECOND_PERSON_NEEDED
    assert before == 0
    assert isinstance(opened, CourtOpened)
    assert again is CourtRefused.DECIDED_ALREADY
    assert world.rows("SELECT name_zh, is_rehearsal FROM courts") == [("港湾区人民法院", False)]


def test_a_court_that_is_turned_down_does_not_open(operators: tuple[int, int], world: Any) -> None:
    zhao, qian = operators

    answer = decide(world, qian, propose(zhao), approve=False)

    assert answer == CourtDeclined()
    assert world.rows("SELECT count(*) FROM courts") == [(0,)]


def test_the_second_operator_agrees_to_what_was_shown(
    operators: tuple[int, int], world: Any
) -> None:
    zhao, qian = operators
    proposed = propose(zhao)

    answer = decide_court(qian, proposed.public_id, "0" * 64, True, "", production=True)

    assert answer is CourtRefused.SOMETHING_ELSE_SHOWN


@pytest.mark.parametrize(
    ("court", "production", "reason"),
    [
        (replace(HARBOUR, is_rehearsal=True), True, CourtRefused.REHEARSAL_IN_PRODUCTION),
        (replace(HARBOUR, is_rehearsal=True), False, None),
        (replace(HARBOUR, timezone="Mars/Olympus"), True, CourtRefused.ZONE_UNKNOWN),
    ],
)
def test_production_holds_no_rehearsal_courts(
    operators: tuple[int, int], court: NewCourt, production: bool, reason: CourtRefused | None
) -> None:
    answer = propose(operators[0], court, production=production)

    assert answer is reason or (reason is None and isinstance(answer, CourtProposed))


def test_a_rehearsal_court_that_was_proposed_before_does_not_open_in_production(
    operators: tuple[int, int], world: Any
) -> None:
    zhao, qian = operators
    proposed = propose(zhao, replace(HARBOUR, is_rehearsal=True), production=False)

    answer = decide(world, qian, proposed)

    assert answer is CourtRefused.REHEARSAL_IN_PRODUCTION


def test_nobody_else_opens_courts(operators: tuple[int, int], world: Any) -> None:
    assert propose(world.person("Wang")) is CourtRefused.NOT_ALLOWED


@pytest.fixture
def court(app: Flask, world: Any) -> StaffedCourt:
    made = staffed_court(world, rehearsal_at=NOON, rate=0)
    act_for(Tenant(court_id=made.id, person_id=made.chen))
    return made


def legal_now(world: Any, court: StaffedCourt) -> Any:
    return world.rows("SELECT legal_time(%s, clock_timestamp())", court.id)[0][0]


def test_the_clock_is_stepped_and_held(court: StaffedCourt, world: Any) -> None:
    later = NOON + timedelta(days=3)

    refused = set_clock(court.id, court.chen, later, 0)

    assert refused is None
    assert legal_now(world, court) == later
    assert world.rows("SELECT set_by FROM legal_time_segments ORDER BY id DESC LIMIT 1") == [
        (court.chen,)
    ]


def test_the_clock_never_goes_back(court: StaffedCourt, world: Any) -> None:
    refused = set_clock(court.id, court.chen, NOON - timedelta(seconds=1), 1)

    assert refused is ClockRefused.GOES_BACK
    assert legal_now(world, court) == NOON


def test_a_held_clock_starts_from_where_it_stands(court: StaffedCourt, world: Any) -> None:
    refused = set_clock(court.id, court.chen, None, 3600)

    assert refused is None
    assert NOON <= legal_now(world, court) < NOON + timedelta(hours=2)


@pytest.mark.parametrize("rate", [1, 60, 10_000])
def test_a_running_clock_is_held_without_naming_a_moment(
    app: Flask, world: Any, rate: float
) -> None:
    court = staffed_court(world, rehearsal_at=NOON, rate=rate)
    act_for(Tenant(court_id=court.id, person_id=court.chen))

    refused = set_clock(court.id, court.chen, None, 0)

    assert refused is None
    assert legal_now(world, court) == legal_now(world, court)


@pytest.mark.parametrize("rate", [-1, 10_001, float("nan"), float("inf")])
def test_the_clock_runs_at_a_speed_there_is(court: StaffedCourt, rate: float) -> None:
    assert set_clock(court.id, court.chen, None, rate) is ClockRefused.RATE_OUT_OF_RANGE


def test_a_court_that_sells_has_no_clock_of_its_own(app: Flask, world: Any) -> None:
    court = staffed_court(world, rehearsal_at=None)

    assert set_clock(court.id, court.chen, None, 0) is ClockRefused.NO_REHEARSAL
