"""A taker learns what a plan asks beyond the difference, and where to pay it (RULE-K5)."""

from __future__ import annotations

import pytest
from flask import Flask

from app.extensions import db
from app.services import further_sums
from tests.conftest import application_for
from tests.court_world import a_bench
from tests.round_world import a_failed_round
from tests.services.takings import FEE, Taken, a_taking
from tests.world import World

TOLD = (
    "SELECT person_id, (params->>'amount')::int, params->>'reference', params->>'account_number'"
    " FROM messages WHERE kind = 'further_sum_owed' ORDER BY id"
)


@pytest.fixture
def taken(app: Flask, world: World) -> Taken:
    found = a_taking(a_failed_round(world, a_bench(world)))
    found.told()
    return found


def test_whoever_owes_a_further_sum_is_told_once_how_much_and_where_to(taken: Taken) -> None:
    taken.draft_plan(FEE + 100)

    done = [_work(taken), _work(taken)]

    ((account,),) = taken.world.rows(
        "SELECT account_number FROM courts WHERE id = %s", taken.bench.court_id
    )
    anna = taken.failed.persons["Anna"]
    assert done == [1, 0]
    assert taken.world.rows(TOLD) == [(anna, 50, taken.taking.reference, account)]
    assert _further(taken) == 50


def test_drafted_anew_with_other_costs_they_are_told_again(taken: Taken) -> None:
    taken.draft_plan(FEE + 100)
    _work(taken)
    taken.draft_plan(FEE + 200)
    _work(taken)

    assert [amount for _who, amount, *_ in taken.world.rows(TOLD)] == [50, 100]


def test_once_it_is_here_or_not_asked_any_more_nothing_is_owed(taken: Taken) -> None:
    taken.draft_plan(FEE + 100)
    _work(taken)
    taken.told(50)
    _work(taken)
    paid = _further(taken)
    taken.draft_plan(FEE + 200)
    _work(taken)
    asked = _further(taken)
    taken.draft_plan(FEE + 100)
    _work(taken)

    assert (paid, asked, _further(taken)) == (0, 50, 0)


def test_whose_share_is_as_it_was_counted_hears_nothing(taken: Taken) -> None:
    taken.draft_plan(FEE)

    assert _work(taken) == 0
    assert taken.world.rows(TOLD) == []


def _work(taken: Taken) -> int:
    with application_for("closer", taken.world.settings).app_context():
        done = further_sums.tell_takers()
    db.session.expire_all()
    return done


def _further(taken: Taken) -> int:
    ((found,),) = taken.world.rows("SELECT further_due FROM takings")
    return int(found)
