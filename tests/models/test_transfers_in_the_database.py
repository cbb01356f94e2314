"""What a court owes another, and what PostgreSQL itself refuses to write about it (INV-M20)."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from tests.world import NOON, World


@pytest.fixture
def courts(world: World) -> tuple[int, int]:
    """The first owes the second a share of a payout; each has a payment file."""
    owing, other = world.court(), world.court()
    statement = world.rows(
        "INSERT INTO provider_payouts (public_id, court_id, provider_id, amount, fees, total,"
        " currency, trace, is_whole, arrives_on, state) VALUES ('share', %s, 'po_1', 600, 0, 600,"
        " 'CNY', 'PT1', false, '2026-05-26', 'on_its_way') RETURNING id",
        other,
    )
    world.rows(
        "INSERT INTO court_transfers (public_id, payout_id, from_court_id, to_court_id, amount,"
        " currency, reference) VALUES ('t', %s, %s, %s, 600, 'CNY', 'LC00000000000001')"
        " RETURNING id",
        statement[0][0],
        owing,
        other,
    )
    for court in (owing, other):
        world.rows(
            "INSERT INTO payment_files (public_id, court_id, message_id, sha256, content,"
            " payments, total, currency) VALUES (%s, %s, %s, 'aa', '', 1, 600, 'CNY')"
            " RETURNING id",
            f"file{court}",
            court,
            f"LC{court}",
        )
    return owing, other


def test_a_transfer_is_ordered_by_a_file_of_the_court_that_owes_it(
    world: World, courts: tuple[int, int]
) -> None:
    owing, other = courts

    with pytest.raises(psycopg.DatabaseError, match="belongs in no such payment file"):
        _order(world, other)
    _order(world, owing)

    assert world.rows("SELECT payment_file_id IS NOT NULL FROM court_transfers") == [(True,)]


def test_what_is_paid_is_ordered_no_more(world: World, courts: tuple[int, int]) -> None:
    _change(world, "paid_at = %s", NOON)

    with pytest.raises(psycopg.DatabaseError, match="belongs in no such payment file"):
        _order(world, courts[0])


def test_what_came_back_is_ordered_no_more(world: World, courts: tuple[int, int]) -> None:
    _change(world, "paid_at = %s", NOON)
    _change(world, "paid_at = NULL, returned_at = %s", NOON)

    with pytest.raises(psycopg.DatabaseError, match="belongs in no such payment file"):
        _order(world, courts[0])


@pytest.mark.usefixtures("courts")
@pytest.mark.parametrize("paid", [False, True], ids=["was never paid", "stays paid"])
def test_only_what_was_paid_comes_back_and_is_owed_again(world: World, paid: bool) -> None:
    if paid:
        _change(world, "paid_at = %s", NOON)

    with pytest.raises(psycopg.DatabaseError, match="stands as it was owed"):
        _change(world, "returned_at = %s", NOON)


def _order(world: World, court: int) -> None:
    _change(world, "payment_file_id = (SELECT id FROM payment_files WHERE court_id = %s)", court)


def _change(world: World, what: str, *values: Any) -> None:
    with psycopg.connect(world.url) as connection:
        connection.execute(f"UPDATE court_transfers SET {what}", values)  # type: ignore[arg-type]
