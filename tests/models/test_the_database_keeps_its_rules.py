"""What no code can get around: asked of PostgreSQL itself, as each role."""

from __future__ import annotations

import uuid
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import errors

from tests.world import NOON, World

ROLES = ("web", "drain", "closer", "notifier", "public")
MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations" / "versions"


def _migration(number: str) -> Any:
    (found,) = MIGRATIONS.glob(f"{number}_*.py")
    spec = import_module("importlib.util").spec_from_file_location(found.stem, found)
    module = import_module("importlib.util").module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


EVIDENCE = _migration("0003").TABLES


@pytest.mark.parametrize("table", EVIDENCE)
def test_evidence_refuses_to_be_changed_even_by_its_owner(
    clean_database: dict[str, str], table: str
) -> None:
    """RULE-A11, G7"""
    with psycopg.connect(clean_database["migrator"]) as connection:
        for act in (f"DELETE FROM {table}", f"TRUNCATE {table} CASCADE"):
            with pytest.raises(psycopg.DatabaseError, match="append-only"):
                connection.execute(act)
            connection.rollback()


@pytest.mark.parametrize("role", ROLES)
def test_no_serving_role_may_rewrite_a_bid(clean_database: dict[str, str], role: str) -> None:
    """RULE-A8, G7"""
    with psycopg.connect(clean_database[role], autocommit=True) as connection:
        for act in (
            "UPDATE bids SET amount = 1",
            "DELETE FROM arrivals",
            "TRUNCATE decisions",
            "ALTER TABLE bids DISABLE TRIGGER ALL",
            "DROP TABLE outcomes",
        ):
            with pytest.raises((errors.InsufficientPrivilege, psycopg.DatabaseError)):
                connection.execute(act)


def test_the_web_cannot_place_or_decide_a_bid_itself(clean_database: dict[str, str]) -> None:
    """RULE-A8"""
    with psycopg.connect(clean_database["web"], autocommit=True) as connection:
        for act in (
            "INSERT INTO bids (sale_id, seq) VALUES (1, 1)",
            "INSERT INTO decisions (arrival_id) VALUES (1)",
            "UPDATE sale_states SET closes_at = clock_timestamp()",
            "INSERT INTO outcomes (sale_id) VALUES (1)",
        ):
            with pytest.raises(errors.InsufficientPrivilege):
                connection.execute(act)


def test_the_public_role_cannot_name_a_person(clean_database: dict[str, str]) -> None:
    """RULE-E13"""
    with psycopg.connect(clean_database["public"], autocommit=True) as connection:
        for act in (
            "SELECT * FROM identity.people",
            "SELECT * FROM registrations",
            "SELECT registration_id FROM bids",
            "SELECT leader_registration_id FROM sale_states",
            "SELECT person_id FROM buyers",
            "SELECT account_number FROM courts",
        ):
            with pytest.raises(errors.InsufficientPrivilege):
                connection.execute(act)


def test_sealed_envelopes_are_closed_to_those_who_fill_them(
    clean_database: dict[str, str],
) -> None:
    """RULE-A8, E13"""
    for role, table in (
        ("web", "person_envelopes"),
        ("web", "contact_envelopes"),
        ("closer", "contact_envelopes"),
        ("notifier", "person_envelopes"),
        ("drain", "person_envelopes"),
    ):
        with (
            psycopg.connect(clean_database[role], autocommit=True) as connection,
            pytest.raises(errors.InsufficientPrivilege),
        ):
            connection.execute(f"SELECT sealed FROM identity.{table}")


def test_a_court_sees_its_own_file_and_no_other(world: World, clean_database: Any) -> None:
    ours, theirs = world.court(), world.court()
    world.sale(ours)
    world.sale(theirs)
    with psycopg.connect(clean_database["web"]) as connection:
        connection.execute("SELECT set_config('luochui.court', %s, true)", [str(ours)])

        for table in ("cases", "assets", "lots", "sales"):
            seen = connection.execute(f"SELECT DISTINCT court_id FROM {table}").fetchall()
            assert seen == [(ours,)], table
        with pytest.raises(errors.InsufficientPrivilege):
            connection.execute(
                "INSERT INTO cases (public_id, court_id, number, instrument, debtor_kind,"
                " opened_on, state) VALUES ('x', %s, '1', 'j', 'enterprise', '2026-01-01', 'open')",
                [theirs],
            )


def test_without_a_tenant_nothing_of_any_court_is_seen(world: World, clean_database: Any) -> None:
    world.sale(world.court())
    with psycopg.connect(clean_database["web"]) as connection:
        for table in ("cases", "assets", "lots", "sales", "registrations", "deposits"):
            assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,), table


def test_a_bidder_sees_only_the_registrations_named_for_them(
    world: World, clean_database: Any
) -> None:
    sale = world.sale(world.court())
    mine, _other = world.bidder(sale, "B01"), world.bidder(sale, "B02")
    with psycopg.connect(clean_database["web"]) as connection:
        connection.execute(
            "SELECT set_config('luochui.registrations', %s, true)", ["{" + str(mine) + "}"]
        )

        for table in ("registrations", "deposits"):
            assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (1,), table


def test_published_terms_are_frozen(world: World) -> None:
    sale = world.sale(world.court())
    with (
        psycopg.connect(world.url) as connection,
        pytest.raises(psycopg.DatabaseError, match="are published"),
    ):
        connection.execute("UPDATE sales SET increment = 1 WHERE id = %s", [sale])


@pytest.mark.parametrize("table", sorted(_migration("0005").TRANSITIONS))
def test_a_state_moves_only_along_its_table(world: World, table: str) -> None:
    """All pairs are tried on the trigger itself, on a table of the same shape (INV-A12)."""
    allowed = set(_migration("0005").TRANSITIONS[table])
    states = sorted({state for pair in allowed for state in pair.split(">")})
    arguments = ", ".join(f"'{pair}'" for pair in allowed)
    with psycopg.connect(world.url, autocommit=True) as connection:
        connection.execute("CREATE TEMP TABLE tried (state text)")
        connection.execute(
            "CREATE TRIGGER transitions BEFORE UPDATE OF state ON tried FOR EACH ROW"
            f" EXECUTE FUNCTION keep_to_transitions({arguments})"
        )
        for old in states:
            for new in states:
                connection.execute("TRUNCATE tried")
                connection.execute("INSERT INTO tried VALUES (%s)", [old])
                moved = True
                try:
                    connection.execute("UPDATE tried SET state = %s", [new])
                except psycopg.DatabaseError:
                    moved = False
                assert moved == (old == new or f"{old}>{new}" in allowed), f"{old} > {new}"


def test_the_ledger_takes_no_entry_that_does_not_balance(world: World) -> None:
    court = world.court()
    with psycopg.connect(world.url) as connection:
        _post(connection, court, 100, -99)
        with pytest.raises(psycopg.DatabaseError, match="does not balance"):
            connection.commit()


def test_what_is_held_for_others_is_never_short(world: World) -> None:
    court = world.court()
    with (
        psycopg.connect(world.url) as connection,
        pytest.raises(errors.CheckViolation, match="held_is_never_short"),
    ):
        _post(connection, court, -100, 100)


def test_a_bid_that_does_not_follow_is_refused_by_the_table(world: World) -> None:
    sale = world.sale(world.court())
    bidder = world.bidder(sale, "B01")
    with psycopg.connect(world.url) as connection:
        arrival = connection.execute("SELECT min(id) FROM arrivals").fetchone()
        with pytest.raises(psycopg.DatabaseError, match="does not follow"):
            connection.execute(
                "INSERT INTO bids (sale_id, seq, arrival_id, registration_id, code, amount, at,"
                " closes_at) VALUES (%s, 2, %s, %s, 'B01', 1, now(), now())",
                [sale, arrival[0], bidder],
            )


def test_legal_time_never_goes_back_and_is_real_in_real_courts(world: World) -> None:
    rehearsal, real = world.court(), world.court(rehearsal_at=None)

    with pytest.raises(Exception, match="does not go back"):
        world.hold_clock(rehearsal, NOON - timedelta(seconds=1))
    with pytest.raises(Exception, match="legal time is real time"):
        world.hold_clock(real, NOON)


def test_two_persons_are_two_persons(world: World) -> None:
    one, other = world.person(), world.person()
    court = world.court()
    with psycopg.connect(world.url, autocommit=True) as connection:
        for granted_by, approved_by in ((one, one), (other, one), (one, other)):
            with pytest.raises(errors.CheckViolation):
                connection.execute(
                    "INSERT INTO court_memberships (court_id, person_id, role, granted_by,"
                    " approved_by) VALUES (%s, %s, 'judge', %s, %s)",
                    [court, one, granted_by, approved_by],
                )


def _post(connection: psycopg.Connection, court: int, bank: int, held: int) -> None:
    entry = connection.execute(
        "INSERT INTO ledger_entries (court_id, key, memo, at) VALUES (%s, %s, 'm', now())"
        " RETURNING id",
        [court, uuid.uuid4().hex],
    ).fetchone()
    for kind, amount in (("bank", bank), ("deposits_held", held)):
        account = connection.execute(
            "INSERT INTO ledger_accounts (court_id, kind, subject, currency, balance)"
            " VALUES (%s, %s, '', 'CNY', 0) RETURNING id",
            [court, kind],
        ).fetchone()
        connection.execute(
            "INSERT INTO ledger_postings (entry_id, account_id, amount) VALUES (%s, %s, %s)",
            [entry[0], account[0], amount],
        )
