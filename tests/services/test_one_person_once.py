"""One person bids under one registration in a sale, whatever accounts they use (RULE-E3, E13)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from fractions import Fraction
from typing import Any

import psycopg
import pytest
from psycopg import errors
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.db import Tenant, act_for
from app.extensions import db
from app.models.deposit_rows import hold_deposit, lock_deposit
from app.services.deposits import DepositRefusal, choose_bank_deposit
from app.services.joint import name_joint_buyers
from app.services.registration import (
    Hindrance,
    NotRegistered,
    Registered,
    Seals,
)
from auction_engine.sale.joint import JointBuyer
from tests.world import NOON, World

HOUR = timedelta(hours=1)
HASH = "0" * 64
ANNA, BORIS = "11010519491231002X", "110105198001010027"


def a_sale(world: World) -> int:
    """Bidding opens in an hour."""
    court = world.court(rehearsal_at=NOON - 25 * HOUR)
    return world.sale(court)


def an_account(world: World, number: str, name: str = "Anna Li") -> int:
    return world.person(name, id_number=number, address="1 Harbour Street", phone="1380000")


def pay(closing: Engine, registered: Any) -> str:
    """The money for a deposit is there; what became of it."""
    assert isinstance(registered, Registered), registered
    with Session(closing) as session:
        found = session.execute(
            db.text("SELECT id FROM deposits WHERE registration_id = :r"),
            {"r": registered.registration_id},
        ).scalar_one()
        deposit = lock_deposit(session, found)
        hold_deposit(session, deposit, channel="bank", at=NOON)
        session.commit()
        return str(deposit.state)


def test_a_second_account_of_somebody_who_takes_part_is_refused(
    world: World, enter: Any, closing: Engine
) -> None:
    sale = a_sale(world)
    pay(closing, enter(an_account(world, ANNA), sale))

    # The same number, typed in another way.
    again = enter(an_account(world, ANNA.lower()), sale)

    assert again == NotRegistered(Hindrance.SAME_PERSON)


def test_typing_somebodys_number_keeps_nobody_out(
    world: World, enter: Any, closing: Engine
) -> None:
    """RULE-A8: a number counts from the deposit on; who pays first takes part."""
    sale = a_sale(world)
    stranger = enter(an_account(world, ANNA), sale)
    anna = enter(an_account(world, ANNA), sale)

    assert pay(closing, anna) == "held"
    db.session.remove()
    act_for(Tenant(registration_ids=(stranger.registration_id,)))
    refused = choose_bank_deposit(stranger.registration_id)

    assert refused is DepositRefusal.SAME_PERSON


def test_a_second_deposit_secures_nothing_and_goes_straight_back(
    world: World, enter: Any, closing: Engine
) -> None:
    sale = a_sale(world)
    first, second = (enter(an_account(world, ANNA), sale) for _ in range(2))

    states = [pay(closing, first), pay(closing, second)]

    assert states == ["held", "releasing"]
    assert world.rows("SELECT registration_id FROM arrivals WHERE kind = 'admit'") == [
        (first.registration_id,)
    ]
    assert world.rows("SELECT reason FROM refunds") == [("not_admitted_same_person",)]


def test_of_two_deposits_at_once_one_takes_part(world: World, enter: Any, closing: Engine) -> None:
    sale = a_sale(world)
    both = [enter(an_account(world, ANNA), sale) for _ in range(2)]

    with ThreadPoolExecutor(2) as threads:
        states = list(threads.map(lambda each: pay(closing, each), both))

    assert sorted(states) == ["held", "releasing"]
    assert world.rows("SELECT count(*) FROM arrivals WHERE kind = 'admit'") == [(1,)]


def test_no_role_admits_a_second_registration_of_somebody_who_takes_part(
    world: World, enter: Any, closing: Engine
) -> None:
    sale = a_sale(world)
    first, second = (enter(an_account(world, ANNA), sale) for _ in range(2))
    pay(closing, first)

    with (
        psycopg.connect(world.url) as connection,
        pytest.raises(errors.UniqueViolation, match="taking_part"),
    ):
        connection.execute(
            "INSERT INTO arrivals (sale_id, kind, key, registration_id)"
            " VALUES (%s, 'admit', gen_random_uuid(), %s)",
            (sale, second.registration_id),
        )


def test_in_another_sale_the_same_person_bids_anew(
    world: World, enter: Any, closing: Engine
) -> None:
    pay(closing, enter(an_account(world, ANNA), a_sale(world)))

    other = enter(an_account(world, ANNA), a_sale(world))

    assert pay(closing, other) == "held"
    # Nothing in the rows shows that one number stands in both.
    indexes = world.rows("SELECT number_index FROM identity.taking_part")
    assert len(set(indexes)) == len(indexes) == 10


def test_who_buys_with_others_takes_part_and_nobody_buys_twice(
    world: World, enter: Any, closing: Engine, seals: Seals
) -> None:
    """RULE-E8: all who would buy count, so that nobody drives up a price against themself."""
    sale = a_sale(world)
    anna = an_account(world, ANNA)
    own, other = (
        JointBuyer("Anna Li", ANNA, Fraction(1, 2)),
        JointBuyer("Bo", BORIS, Fraction(1, 2)),
    )
    act_for(Tenant(person_id=anna))
    assert name_joint_buyers(seals.key, anna, sale, own, [other]) == ()

    together = pay(closing, enter(anna, sale, jointly=True))
    boris = enter(an_account(world, BORIS, "Bo"), sale)

    assert together == "held"
    assert boris == NotRegistered(Hindrance.SAME_PERSON)


def test_a_proxy_bids_for_one_and_another_account_of_theirs_for_somebody_else(
    world: World, enter: Any, closing: Engine
) -> None:
    """RULE-E8: a proxy does not buy, and may stand behind several principals."""
    sale = a_sale(world)
    states = []
    for principal in ("E1111111", "E2222222"):
        proxy = an_account(world, ANNA)
        _confirm(world, sale, proxy, principal)
        states.append(pay(closing, enter(proxy, sale, for_another=True)))
    principal_alone = enter(an_account(world, "E1111111"), sale)

    assert states == ["held", "held"]
    assert principal_alone == NotRegistered(Hindrance.SAME_PERSON)


def _confirm(world: World, sale: int, proxy: int, principal: str) -> None:
    world.rows(
        "INSERT INTO proxy_requests (public_id, court_id, sale_id, person_id, principal_name,"
        " principal_id_number, authority, state, decided_at) SELECT %s, court_id, id, %s, 'P', %s,"
        " 'authority', 'confirmed', opens_at - interval '1 hour' FROM sales WHERE id = %s"
        " RETURNING id",
        principal,
        proxy,
        principal,
        sale,
    )
