"""Who is kept out of a lot: by the court's list, or because they bought it and did not pay."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import psycopg
import pytest
from flask import Flask

from app.db import Tenant, act_for
from app.extensions import db
from app.gateways.seal import index_of_id_number
from app.models.exclusion_rows import exclude, exclude_buyers, is_excluded
from app.models.qualification import NamedBuyer
from auction_engine.sale.exclusion import Ground
from tests.world import NOON, World

HOUR = timedelta(hours=1)
OPENING = NOON - 24 * HOUR


@pytest.fixture
def index_of(world: World) -> Any:
    return lambda number: index_of_id_number(world.settings["BLIND_INDEX_KEY"], number)


def lot_of(world: World, sale_id: int) -> tuple[int, int]:
    """The court and the lot of a sale."""
    [found] = world.rows("SELECT court_id, lot_id FROM sales WHERE id = %s", sale_id)
    return found


def enter_on_list(
    world: World, sale_id: int, index: bytes, *, at: Any = OPENING - HOUR, **more: Any
) -> bool:
    court_id, lot_id = lot_of(world, sale_id)
    db.session.remove()
    act_for(Tenant(court_id=court_id))
    entered = exclude(db.session(), lot_id, index, Ground.AUXILIARY, at=at, name="Li", **more)
    db.session.commit()
    return entered


def asked_by_a_bidder(world: World, sale_id: int, index: bytes) -> Ground | None:
    db.session.remove()
    act_for(Tenant(person_id=world.person()))
    return is_excluded(db.session(), sale_id, [index])


def test_an_entry_bars_the_number_however_it_is_typed(
    world: World, app: Flask, index_of: Any
) -> None:
    """RULE-E9."""
    sale_id = world.sale(world.court())
    enter_on_list(world, sale_id, index_of("11010519491231002X"))

    found = asked_by_a_bidder(world, sale_id, index_of("１１０１０５ 19491231-002x"))

    assert found is Ground.AUXILIARY
    assert asked_by_a_bidder(world, sale_id, index_of("110105194912310011")) is None


def test_an_entry_made_while_bidding_is_open_bars_from_later_sales_alone(
    world: World, app: Flask, index_of: Any
) -> None:
    """RULE-A8: nobody is barred from a sale that has opened."""
    sale_id, index = world.sale(world.court()), index_of("E1234567")
    _, lot_id = lot_of(world, sale_id)
    enter_on_list(world, sale_id, index, at=OPENING)
    later = world.sale(
        world.court(), lot_id=lot_id, number=2, opens_at=OPENING + HOUR, closes_at=NOON + 9 * HOUR
    )

    assert asked_by_a_bidder(world, sale_id, index) is None
    assert asked_by_a_bidder(world, later, index) is Ground.AUXILIARY


def test_an_entry_for_a_lot_does_not_reach_another_case(
    world: World, app: Flask, index_of: Any
) -> None:
    court_id = world.court()
    sale_id, other = world.sale(court_id), world.sale(court_id)
    enter_on_list(world, sale_id, index_of("E1"), whole_case=True)

    assert asked_by_a_bidder(world, sale_id, index_of("E1")) is Ground.AUXILIARY
    assert asked_by_a_bidder(world, other, index_of("E1")) is None


def test_a_second_entry_of_the_same_person_is_the_first(
    world: World, app: Flask, index_of: Any
) -> None:
    sale_id = world.sale(world.court())

    assert enter_on_list(world, sale_id, index_of("E1"))
    assert not enter_on_list(world, sale_id, index_of("E1"))
    assert world.rows("SELECT count(*) FROM exclusions") == [(1,)]


def test_whoever_bought_and_did_not_pay_is_barred_by_number_and_not_by_account(
    world: World, app: Flask, index_of: Any
) -> None:
    """RULE-E10, RULE-J4: another account with the same number does not help."""
    court_id = world.court()
    sale_id = world.sale(court_id)
    _, lot_id = lot_of(world, sale_id)
    with world.session() as session:
        for position, (part, number) in enumerate([("buyer", "B1"), ("proxy", "P1")]):
            session.add(
                NamedBuyer(
                    sale_id=sale_id,
                    position=position,
                    court_id=court_id,
                    part=part,
                    name=number,
                    share_parts=1,
                    share_of=1,
                    person_index=index_of(number),
                )
            )
        session.commit()
    act_for(Tenant(court_id=court_id))

    entered = exclude_buyers(db.session(), sale_id, at=NOON)
    db.session.commit()

    again = world.sale(
        court_id, lot_id=lot_id, number=2, opens_at=NOON + HOUR, closes_at=NOON + 30 * HOUR
    )
    assert entered == 2
    assert asked_by_a_bidder(world, again, index_of("b1")) is Ground.DEFAULTED
    assert asked_by_a_bidder(world, again, index_of("p1")) is Ground.DEFAULTED


def test_a_bidder_reads_nothing_of_the_list(world: World, app: Flask, index_of: Any) -> None:
    sale_id = world.sale(world.court())
    enter_on_list(world, sale_id, index_of("E1"))
    db.session.remove()
    act_for(Tenant(person_id=world.person()))

    assert db.session().execute(db.text("SELECT count(*) FROM exclusions")).scalar_one() == 0


def test_an_entry_is_lifted_and_never_rewritten(
    world: World, app: Flask, clean_database: dict[str, str], index_of: Any
) -> None:
    sale_id = world.sale(world.court())
    court_id, _ = lot_of(world, sale_id)
    enter_on_list(world, sale_id, index_of("E1"))

    with psycopg.connect(clean_database["web"], autocommit=True) as connection:
        connection.execute("SELECT set_config('luochui.court', %s, false)", [str(court_id)])
        for act in ("UPDATE exclusions SET name = 'Wu'", "DELETE FROM exclusions"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(act)
        connection.execute("UPDATE exclusions SET state = 'lifted', lifted_at = now()")
        with pytest.raises(psycopg.DatabaseError, match="cannot go from"):
            connection.execute("UPDATE exclusions SET state = 'standing', lifted_at = NULL")

    assert asked_by_a_bidder(world, sale_id, index_of("E1")) is None
