"""What a taker owes may come in several transfers, or a little too much (RULE-K5)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from app.services import in_kind, suspense
from app.services.in_kind import InKindRefusal
from app.services.suspense import DeskRefusal
from tests.court_world import a_bench
from tests.round_world import Failed, a_failed_round
from tests.services.takings import Taken, a_taking
from tests.world import NOON, World

PART = 15_000_000


@pytest.fixture
def taken(app: Flask, world: World) -> Taken:
    failed: Failed = a_failed_round(world, a_bench(world))
    return a_taking(failed)


def test_short_transfers_under_one_reference_are_added_up(taken: Taken) -> None:
    taken.told(PART)
    before = taken.state()

    taken.told(taken.taking.difference - PART)

    assert (before, taken.state()) == ("awaiting_difference", "paid")
    assert taken.waiting() == []
    assert _books(taken) == {"bank": taken.taking.difference, "price_held": _held(taken)}
    assert taken.world.rows("SELECT paid_reference FROM takings") == [("B-2, B-1",)]


def test_what_short_transfers_are_too_much_goes_back(taken: Taken) -> None:
    taken.told(PART)

    taken.told(taken.taking.difference - PART + 1)

    assert taken.state() == "paid"
    assert taken.world.rows("SELECT amount, reason FROM refunds") == [(1, "more_than_asked")]
    assert _books(taken) == {
        "bank": taken.taking.difference + 1,
        "price_held": _held(taken),
        "refunds_payable": -1,
    }


def test_the_desk_assigns_what_is_owed_and_sends_the_rest_back(taken: Taken) -> None:
    taken.told(taken.taking.difference + 1)

    taken.assign(*taken.waiting())

    assert taken.state() == "paid"
    assert taken.world.rows("SELECT amount, reason FROM refunds") == [(1, "more_than_asked")]
    assert taken.world.rows("SELECT state FROM suspense_items") == [("assigned",)]
    assert _books(taken)["price_held"] == _held(taken)


def test_a_part_with_a_wrong_reference_is_assigned_together_with_what_waits(taken: Taken) -> None:
    taken.told(PART)
    taken.told(taken.taking.difference - PART, "for the flat")
    _short, mistyped = taken.waiting()

    taken.assign(mistyped)

    assert taken.state() == "paid"
    assert taken.world.rows("SELECT DISTINCT state FROM suspense_items") == [("assigned",)]
    assert taken.world.rows("SELECT DISTINCT state FROM bank_credits") == [("matched",)]
    assert _books(taken)["price_held"] == _held(taken)


def test_a_part_is_not_assigned_while_the_rest_is_not_here(taken: Taken) -> None:
    taken.told(PART)

    assert taken.propose(*taken.waiting()) is DeskRefusal.TOO_LITTLE


def test_the_taker_learns_that_a_transfer_waits_and_why(taken: Taken) -> None:
    taken.told(PART)

    told = taken.world.rows(
        "SELECT person_id, params->>'reason', params->>'amount', params->>'inquiry'"
        " FROM messages WHERE kind = 'difference_waits'"
    )

    ((inquiry,),) = taken.world.rows("SELECT public_id FROM in_kind_inquiries")
    assert told == [(taken.failed.persons["Anna"], "too_little", str(PART), inquiry)]
    letters = "SELECT count(*) FROM outbox WHERE payload->>'message' = 'difference_waits'"
    assert taken.world.rows(letters) == [(1,)]


def test_nobody_defaults_while_money_under_the_reference_waits(taken: Taken) -> None:
    """RULE-K16: it may be the difference; the desk says first, or sends it back."""
    taken.told(PART)
    taken.failed.hold(NOON + timedelta(days=90))

    early = _default(taken)
    suspense.return_money(
        taken.bench.court_id, *taken.waiting(), reason="never completed", by=taken.clerk
    )
    taken.work()
    taken.failed.hold(NOON + timedelta(days=90))
    decided = _default(taken)

    assert early is InKindRefusal.MONEY_WAITS
    assert not isinstance(decided, InKindRefusal)
    assert taken.state() == "defaulted"


def _default(taken: Taken) -> object:
    key = taken.world.settings["BLIND_INDEX_KEY"]
    return in_kind.decide_taker_default(taken.taking, reference="Exec. 9", key=key, by=taken.judge)


def _held(taken: Taken) -> int:
    return -taken.taking.difference


def _books(taken: Taken) -> dict[str, int]:
    rows = taken.world.rows(
        "SELECT kind, sum(balance) FROM ledger_accounts GROUP BY kind HAVING sum(balance) <> 0"
    )
    return {kind: int(total) for kind, total in rows}
