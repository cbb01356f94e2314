"""One table of states in Python, and the same one in PostgreSQL (INV-A12)."""

from __future__ import annotations

import re

import psycopg
import pytest
from sqlalchemy import CheckConstraint

from app.extensions import db
from app.models.states import MACHINES, KeptBy, StateMachine
from tests.rules.states_page import states_page
from tests.rules.write import STATES_PAGE

BY_TABLE = {machine.table: machine for machine in MACHINES}


def test_the_triggers_allow_what_the_table_allows_and_nothing_else(
    database_urls: dict[str, str],
) -> None:
    with psycopg.connect(database_urls["migrator"]) as connection:
        triggers = connection.execute(
            "SELECT c.relname, t.tgargs FROM pg_trigger t"
            " JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid"
            " WHERE p.proname = 'keep_to_transitions' AND t.tgenabled = 'O'"
        ).fetchall()

    kept = {table: frozenset(pairs.decode().split("\0")) - {""} for table, pairs in triggers}
    stated = {m.table: m.pairs for m in MACHINES if m.kept_by is KeptBy.TRIGGER}
    assert kept == stated


def test_every_table_with_a_state_has_its_machine() -> None:
    with_state = {table.name for table in db.metadata.tables.values() if "state" in table.columns}

    assert with_state == {machine.table for machine in MACHINES if machine.column == "state"}


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.table)
def test_a_machine_knows_the_states_that_its_table_knows(machine: StateMachine) -> None:
    reached = set(machine.begins).union(*machine.moves.values())

    assert reached == set(machine.moves), "every state begins or is reached"
    assert set(machine.moves) == _states_of_the_column(machine)


def _states_of_the_column(machine: StateMachine) -> set[str]:
    (table,) = (each for each in db.metadata.tables.values() if each.name == machine.table)
    (known,) = (
        each
        for each in table.constraints
        if isinstance(each, CheckConstraint) and f"{machine.column}_known" in str(each.name)
    )
    return set(re.findall(r"'([^']*)'", str(known.sqltext)))


def test_the_page_of_states_is_what_would_be_made_now() -> None:
    page = STATES_PAGE.read_text(encoding="utf-8")

    assert page == states_page(), "docs/states.md is old: make rules"
