"""What the database itself keeps of objections, payments, bankruptcies and revocations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import psycopg
import pytest
from psycopg import errors

from auction_engine.sale import objections, revocation, stopping
from tests.models.test_the_database_keeps_its_rules import _migration
from tests.world import NOON, World

IN_PYTHON: dict[str, Mapping[Any, frozenset[Any]]] = {
    "objections": objections.NEXT,
    "revocations": revocation.NEXT,
    "bankruptcies": stopping.NEXT_BANKRUPTCY,
}


@pytest.mark.parametrize("table", IN_PYTHON)
def test_python_and_the_database_know_the_same_transitions(table: str) -> None:
    """RULE-M1, RULE-M2, RULE-M3, RULE-L9."""
    pairs = {f"{old}>{new}" for old, following in IN_PYTHON[table].items() for new in following}

    assert set(_migration("0009").TRANSITIONS[table]) == pairs


def test_a_grant_without_full_payment_cannot_be_written(world: World) -> None:
    """RULE-L7: debts and costs, to the last fen."""
    court, clerk, judge = world.court(), world.person(), world.person()
    sale = world.sale(court)
    with psycopg.connect(world.url) as connection, pytest.raises(errors.CheckViolation):
        connection.execute(
            "INSERT INTO debtor_payments (public_id, court_id, case_id, amount, currency,"
            " reference, received_at, asked_at, debts, costs, covered_before, state,"
            " recorded_by, recorded_at, decided_by, decided_at, reason)"
            " SELECT 'p', %s, l.case_id, 99, 'CNY', 'r', %s, %s, 90, 10, 0, 'granted', %s, %s,"
            " %s, %s, '' FROM sales s JOIN lots l ON l.id = s.lot_id WHERE s.id = %s",
            [court, NOON, NOON, clerk, NOON, judge, NOON, sale],
        )


def test_what_an_objection_says_stands_as_it_was_written(world: World) -> None:
    court, person = world.court(), world.person()
    _object(world.url, world.sale(court), court, person)

    for change in ("SET grounds = 'another'", "SET kind = 'conduct'"):
        with (
            psycopg.connect(world.url) as connection,
            pytest.raises(psycopg.DatabaseError, match="stands as it was written"),
        ):
            connection.execute(f"UPDATE objections {change}")
    with (
        psycopg.connect(world.url) as connection,
        pytest.raises(psycopg.DatabaseError, match="append-only"),
    ):
        connection.execute("DELETE FROM objections")


def test_somebody_objects_in_their_own_name_and_to_the_case_of_the_sale(
    world: World, clean_database: dict[str, str]
) -> None:
    ours, theirs, me, other = world.court(), world.court(), world.person(), world.person()
    sale = world.sale(ours)
    for court, person in ((ours, other), (theirs, me)):
        with pytest.raises(errors.InsufficientPrivilege):
            _object(clean_database["web"], sale, court, person, me=me, world=world)

    _object(clean_database["web"], sale, ours, me, me=me, world=world)

    assert world.rows("SELECT state FROM objections") == [("filed",)]


def _object(
    url: str, sale: int, court: int, person: int, *, me: int | None = None, world: Any = None
) -> None:
    case = None
    if world is not None:
        ((case,),) = world.rows(
            "SELECT l.case_id FROM sales s JOIN lots l ON l.id = s.lot_id WHERE s.id = %s", sale
        )
    with psycopg.connect(url) as connection:
        if me is not None:
            connection.execute("SELECT set_config('luochui.person', %s, true)", [str(me)])
        else:
            row = connection.execute(
                "SELECT l.case_id FROM sales s JOIN lots l ON l.id = s.lot_id WHERE s.id = %s",
                [sale],
            ).fetchone()
            assert row is not None
            case = row[0]
        connection.execute(
            "INSERT INTO objections (public_id, court_id, case_id, sale_id, kind, person_id, name,"
            " right_claimed, grounds, filed_at, state, stayed)"
            " VALUES ('o', %s, %s, %s, 'third_party', %s, 'Zhou', 'owner', 'mine', %s, 'filed',"
            " false)",
            [court, case, sale, person, NOON],
        )
