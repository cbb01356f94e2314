"""Nobody reads who bids, or bars a bidder, while bidding is open: asked of PostgreSQL (RULE-A8)."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from flask import Flask
from psycopg import errors
from sqlalchemy.exc import ProgrammingError

from app.db import Tenant, act_for
from app.extensions import db
from app.models.bidding import Buyer
from app.models.qualification import BidderDeclaration
from auction_engine.sale.exclusion import NEXT, Ground
from auction_engine.sale.qualification import Asks, Capacity
from tests.world import NOON, World

# Everybody who serves requests or sweeps; the migrator serves nobody.
ROLES = ("web", "drain", "closer", "notifier", "public")
BARRING = (
    "UPDATE registrations SET excluded = 'x'",
    "DELETE FROM registrations",
    "UPDATE admissions SET at = NULL",
    "DELETE FROM admissions",
    "DELETE FROM arrivals",
    "UPDATE arrivals SET amount = 0",
    "UPDATE exclusions SET person_index = NULL",
    "DELETE FROM exclusions",
    "UPDATE bidder_declarations SET capacity = NULL",
)


@pytest.mark.parametrize("role", ROLES)
def test_no_role_can_bar_somebody_who_is_registered(
    clean_database: dict[str, str], role: str
) -> None:
    """RULE-A8: there is no back-end way to keep a qualified bidder from bidding."""
    with psycopg.connect(clean_database[role], autocommit=True) as connection:
        for act in BARRING:
            with pytest.raises((errors.InsufficientPrivilege, errors.RaiseException)):
                connection.execute(act)


@pytest.mark.parametrize(("role", "reads"), [(role, role == "closer") for role in ROLES])
def test_an_envelope_is_read_by_the_closing_process_alone(
    clean_database: dict[str, str], role: str, reads: bool
) -> None:
    """RULE-E13; and the closing process holds no key before it is started with one."""
    with psycopg.connect(clean_database[role], autocommit=True) as connection:
        if reads:
            connection.execute("SELECT sealed FROM identity.person_envelopes")
            return
        with pytest.raises(errors.InsufficientPrivilege):
            connection.execute("SELECT sealed FROM identity.person_envelopes")


@pytest.mark.parametrize("role", ["drain", "closer", "notifier", "public"])
def test_lists_of_joint_buyers_are_nobodys_but_the_webs(
    clean_database: dict[str, str], role: str
) -> None:
    with (
        psycopg.connect(clean_database[role], autocommit=True) as connection,
        pytest.raises(errors.InsufficientPrivilege),
    ):
        connection.execute("SELECT locked FROM identity.joint_drafts")


def test_an_attempt_at_a_bidders_identity_is_refused_and_written_down(
    app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    """RULE-A8: any such attempt is logged, without what it was after."""
    with (
        caplog.at_level(logging.WARNING, logger="app.db"),
        pytest.raises(ProgrammingError),
    ):
        db.session.execute(
            db.text("SELECT sealed FROM identity.person_envelopes WHERE registration_id = :r"),
            {"r": 4711},
        )

    [line] = caplog.messages
    assert "luochui_web" in line and "identity.person_envelopes" in line
    assert "4711" not in line


def test_the_court_reads_the_buyers_declaration_after_the_close_and_no_other(
    world: World, app: Flask
) -> None:
    """RULE-E13, RULE-E11."""
    court_id = world.court()
    sale_id = world.sale(court_id)
    winner, other = world.bidder(sale_id, "B01"), world.bidder(sale_id, "B02")
    with world.session() as session:
        for registration in (winner, other):
            session.add(
                BidderDeclaration(
                    registration_id=registration,
                    court_id=court_id,
                    sale_id=sale_id,
                    capacity="adult",
                    qualifications=[],
                    declared_at=NOON,
                )
            )
        session.commit()

    before = _declarations(court_id)
    with world.session() as session:
        session.add(
            Buyer(
                sale_id=sale_id,
                court_id=court_id,
                registration_id=winner,
                person_id=world.person(),
                name="Buyer",
                confirmed_at=NOON,
            )
        )
        session.commit()

    assert before == []
    assert _declarations(court_id) == [winner]


def _declarations(court_id: int) -> list[int]:
    db.session.remove()
    act_for(Tenant(court_id=court_id))
    return list(db.session.scalars(db.select(BidderDeclaration.registration_id)))


def test_what_is_asked_of_bidders_is_frozen_with_the_announcement(world: World) -> None:
    """RULE-D9."""
    sale_id, by = world.sale(world.court()), world.person()
    for act in (
        "INSERT INTO qualifications (public_id, court_id, sale_id, kind, asks, consequence,"
        f" added_by) SELECT 'q', court_id, id, 'other', 'a', 'c', {by} FROM sales WHERE id = %s",
        "INSERT INTO equity_terms (sale_id, court_id, currency, subscribed, paid_in, approvals)"
        " SELECT id, court_id, currency, 1, 1, 'none' FROM sales WHERE id = %s",
    ):
        with (
            psycopg.connect(world.url) as connection,
            pytest.raises(psycopg.DatabaseError, match="is published"),
        ):
            connection.execute(act, [sale_id])


def test_no_settlement_is_ruled_while_a_qualification_is_not_established(world: World) -> None:
    """RULE-E11: whatever code forgets to ask."""
    court_id = world.court()
    sale_id, by = world.sale(court_id), world.person()
    registration = world.bidder(sale_id, "B01")
    with psycopg.connect(world.url, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute(
            "INSERT INTO qualifications (public_id, court_id, sale_id, kind, asks, consequence,"
            " added_by) VALUES ('q', %s, %s, 'other', 'a', 'c', %s)",
            [court_id, sale_id, by],
        )
        connection.execute("SET session_replication_role = DEFAULT")
        connection.execute(
            "INSERT INTO settlements (public_id, court_id, sale_id, registration_id, price,"
            " currency, deposit_applied, paid, due_at, reference, state)"
            " VALUES ('s', %s, %s, %s, 5, 'CNY', 5, 0, %s, 'R', 'paid')",
            [court_id, sale_id, registration, NOON],
        )

        refusals: list[Any] = []
        for outcome in (None, "not_met", "met"):
            if outcome is not None:
                connection.execute(
                    "INSERT INTO qualification_checks (public_id, court_id, sale_id, outcome,"
                    " reason, checked_by, checked_at) VALUES (%s, %s, %s, %s, 'r', %s, %s)",
                    [outcome, court_id, sale_id, outcome, by, NOON + timedelta(days=1)],
                )
            try:
                connection.execute("UPDATE settlements SET state = 'ruled'")
            except psycopg.DatabaseError as refused:
                refusals.append(str(refused))

    assert len(refusals) == 2
    assert all("is not established" in refused for refused in refusals)
    assert world.rows("SELECT state FROM settlements") == [("ruled",)]


@pytest.mark.parametrize(
    ("constraint", "values"),
    [
        ("ck_exclusions_ground_known", [ground.value for ground in Ground]),
        ("ck_exclusions_state_known", [state.value for state in NEXT]),
        ("ck_qualifications_kind_known", [kind.value for kind in Asks]),
        ("ck_bidder_declarations_capacity_known", [each.value for each in Capacity]),
    ],
)
def test_the_tables_know_what_the_engine_knows(
    world: World, constraint: str, values: list[str]
) -> None:
    [(known,)] = world.rows(
        "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = %s", constraint
    )

    assert sorted(part.split("'")[1] for part in known.split(",")) == sorted(values)
