"""Registering is for whoever is fit, declares what is asked, and is on nobody's list."""

from __future__ import annotations

import uuid
from datetime import timedelta
from fractions import Fraction
from typing import Any

import psycopg
import pytest
from flask import Flask
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.db import Tenant, act_for
from app.extensions import db
from app.gateways.seal import Opener, index_of_id_number
from app.models.exclusion_rows import exclude
from app.models.journal import Entry, enter_arrivals
from app.models.money import Settlement
from app.services.bidding.close import close_if_due
from app.services.joint import TooLate, buy_alone, name_joint_buyers
from app.services.registration import (
    Hindrance,
    NotRegistered,
    Registered,
    Seals,
)
from app.services.settlement import decide_default
from auction_engine.sale.exclusion import Ground
from auction_engine.sale.joint import Fault, JointBuyer, Violation
from auction_engine.sale.qualification import Capacity
from tests.world import NOON, World

HOUR = timedelta(hours=1)
OPENING = NOON - 24 * HOUR
HASH = "0" * 64
NUMBER = "11010519491231002X"
# Born on 27 May 2008: of age the day after the sales of these tests.
YOUNG = "110105200805270024"
COMPANY = "91110000600037341L"


def a_person(world: World, id_number: str = NUMBER, name: str = "Wang Li") -> int:
    return world.person(name, id_number=id_number, address="1 Harbour Street", phone="1380000")


def announced(world: World) -> int:
    """A sale of which bidding opens in an hour."""
    return world.sale(world.court(rehearsal_at=OPENING - HOUR))


def asks(world: World, sale_id: int, *sentences: str) -> list[str]:
    """What the sale asked when it was a draft; only a test may write it afterwards."""
    by = world.person()
    with psycopg.connect(world.url, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        for number, sentence in enumerate(sentences):
            connection.execute(
                "INSERT INTO qualifications (public_id, court_id, sale_id, kind, asks,"
                " consequence, added_by) SELECT %s, court_id, id, 'housing_purchase', %s,"
                " 'No ruling is made.', %s FROM sales WHERE id = %s",
                (f"q{number}", sentence, by, sale_id),
            )
    return [f"q{number}" for number in range(len(sentences))]


def list_as(
    world: World, seals: Seals, sale_id: int, number: str, ground: Ground = Ground.CLOSE_RELATIVE
) -> None:
    [(court_id, lot_id)] = world.rows("SELECT court_id, lot_id FROM sales WHERE id = %s", sale_id)
    db.session.remove()
    act_for(Tenant(court_id=court_id))
    index = index_of_id_number(seals.key, number)
    exclude(db.session(), lot_id, index, ground, at=OPENING - 9 * HOUR, name="Somebody")
    db.session.commit()


def opened(world: World) -> dict[str, Any]:
    """The one person's envelope, as the closing opens it."""
    [(sealed,)] = world.rows("SELECT sealed FROM identity.person_envelopes")
    return Opener(world.settings["ENVELOPE_PRIVATE_KEY"]).open(sealed)


# --- capacity and qualifications -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "capacity", "hindrance"),
    [
        (YOUNG, Capacity.ADULT, Hindrance.UNDER_AGE),
        (NUMBER, Capacity.COMPANY, Hindrance.NOT_A_COMPANY),
        (COMPANY, Capacity.ADULT, Hindrance.NOT_A_PERSON),
    ],
)
def test_a_number_that_speaks_against_full_capacity_is_refused(
    world: World, enter: Any, number: str, capacity: Capacity, hindrance: Hindrance
) -> None:
    """RULE-E1."""
    sale_id = announced(world)

    assert enter(a_person(world, number), sale_id, capacity=capacity) == NotRegistered(hindrance)
    assert world.rows("SELECT count(*) FROM registrations") == [(0,)]


def test_the_declaration_is_frozen_with_the_registration(
    world: World, enter: Any, clean_database: dict[str, str]
) -> None:
    """RULE-E1, RULE-E11: in the words that the announcement used."""
    sale_id = announced(world)
    asked = asks(world, sale_id, "I may buy a home in Shenzhen.")

    enter(a_person(world, COMPANY), sale_id, capacity=Capacity.COMPANY, qualifications=(*asked,))

    [(capacity, declared)] = world.rows("SELECT capacity, qualifications FROM bidder_declarations")
    assert (capacity, declared[0]["asks"]) == ("company", "I may buy a home in Shenzhen.")
    with psycopg.connect(clean_database["migrator"], autocommit=True) as connection:
        for act in (
            "UPDATE bidder_declarations SET capacity = 'adult'",
            "DELETE FROM bidder_declarations",
        ):
            with pytest.raises(psycopg.DatabaseError, match="append-only"):
                connection.execute(act)


def test_whoever_leaves_one_qualification_out_is_not_admitted(world: World, enter: Any) -> None:
    """RULE-E11."""
    sale_id = announced(world)
    first, second = asks(world, sale_id, "I may buy here.", "I hold a licence.")
    person_id = a_person(world)

    refused = enter(person_id, sale_id, qualifications=(first,))
    registered = enter(person_id, sale_id, qualifications=(second, first))

    assert refused == NotRegistered(Hindrance.NOT_DECLARED)
    assert isinstance(registered, Registered)


# --- the court's list ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ground", "hindrance"),
    [
        (Ground.COURT_STAFF, Hindrance.LISTED_COURT_STAFF),
        (Ground.PLATFORM_STAFF, Hindrance.LISTED_PLATFORM_STAFF),
        (Ground.AUXILIARY, Hindrance.LISTED_AUXILIARY),
        (Ground.CLOSE_RELATIVE, Hindrance.LISTED_RELATIVE),
        (Ground.DEFAULTED, Hindrance.DEFAULTED_BEFORE),
    ],
)
def test_whoever_stands_on_the_list_is_told_why_and_leaves_no_trace(
    world: World, enter: Any, seals: Seals, ground: Ground, hindrance: Hindrance
) -> None:
    """RULE-E9, RULE-E10: nothing is written about the attempt."""
    sale_id = announced(world)
    list_as(world, seals, sale_id, NUMBER.lower(), ground)

    refused = enter(a_person(world), sale_id)

    assert refused == NotRegistered(hindrance)
    for table in ("registrations", "deposits", "audit", "outbox", "identity.person_envelopes"):
        assert world.rows(f"SELECT count(*) FROM {table}") == [(0,)], table


def test_another_number_than_the_listed_one_is_admitted(
    world: World, enter: Any, seals: Seals
) -> None:
    sale_id = announced(world)
    list_as(world, seals, sale_id, "E7654321")

    assert isinstance(enter(a_person(world), sale_id), Registered)


def test_whoever_is_listed_does_not_buy_through_a_proxy(
    world: World, enter: Any, seals: Seals
) -> None:
    """RULE-E9: excluded also through others."""
    sale_id, person_id = announced(world), a_person(world)
    world.rows(
        "INSERT INTO proxy_requests (public_id, court_id, sale_id, person_id, principal_name,"
        " principal_id_number, authority, state, decided_at) SELECT 'p1', court_id, id, %s,"
        " 'Chen Hua', 'E7654321', 'power', 'confirmed', %s FROM sales WHERE id = %s RETURNING id",
        person_id,
        OPENING - 2 * HOUR,
        sale_id,
    )
    list_as(world, seals, sale_id, "E7654321")

    refused = enter(person_id, sale_id, for_another=True)

    assert refused == NotRegistered(Hindrance.LISTED_RELATIVE)


def test_a_list_made_after_the_opening_bars_nobody_from_this_sale(
    world: World, enter: Any, seals: Seals
) -> None:
    """RULE-A8."""
    sale_id = world.sale(world.court(rehearsal_at=NOON - HOUR))
    [(court_id, lot_id)] = world.rows("SELECT court_id, lot_id FROM sales WHERE id = %s", sale_id)
    act_for(Tenant(court_id=court_id))
    index = index_of_id_number(seals.key, NUMBER)
    exclude(db.session(), lot_id, index, Ground.AUXILIARY, at=OPENING, name="Somebody")
    db.session.commit()

    assert isinstance(enter(a_person(world), sale_id), Registered)


def test_whoever_did_not_pay_stays_out_under_another_account_too(
    world: World, enter: Any, seals: Seals, closing: Engine
) -> None:
    """RULE-E10, RULE-J4: by what was sealed at the registration; joint buyers too."""
    sale_id, defaulter = announced(world), a_person(world)
    [(court_id, lot_id)] = world.rows("SELECT court_id, lot_id FROM sales WHERE id = %s", sale_id)
    named_by(seals, defaulter, sale_id, ("Zhao Min", "E7654321"))
    registration_id = enter(defaulter, sale_id, jointly=True).registration_id
    _buy_and_default(world, closing, sale_id, registration_id, court_id)
    again = world.sale(
        court_id, lot_id=lot_id, number=2, opens_at=NOON + 600 * HOUR, closes_at=NOON + 700 * HOUR
    )

    for number in (NUMBER.lower(), "E 7654321"):
        refused = enter(a_person(world, number), again)
        assert refused == NotRegistered(Hindrance.DEFAULTED_BEFORE)
    assert isinstance(enter(a_person(world, "E1111111"), again), Registered)


def _buy_and_default(
    world: World, closing: Engine, sale_id: int, registration_id: int, court_id: int
) -> None:
    """Pay the deposit, win, and let the court decide that the price was not paid."""
    world.rows("UPDATE deposits SET state = 'held', channel = 'bank' RETURNING 1")
    world.hold_clock(court_id, NOON - HOUR)
    entries = [
        Entry(sale_id, kind, uuid.uuid4(), registration_id=registration_id, amount=amount)
        for kind, amount in (("admit", None), ("bid", 70_000_000))
    ]
    with Session(closing) as session:
        enter_arrivals(session, entries)
        session.commit()
    world.hold_clock(court_id, NOON)
    with Session(closing) as session:
        close_if_due(session, sale_id, Opener(world.settings["ENVELOPE_PRIVATE_KEY"]).open)
        session.commit()
    world.hold_clock(court_id, NOON + 500 * HOUR)
    db.session.remove()
    judge = world.person()
    act_for(Tenant(court_id=court_id, person_id=judge))
    assert isinstance(decide_default(sale_id, by=judge, reference="(2026) 7"), Settlement)


# --- a right is one's own ------------------------------------------------------------------------


def confirmed_first_right(world: World, sale_id: int, person_id: int, rank: int = 1) -> None:
    world.rows(
        "INSERT INTO priority_claims (public_id, court_id, sale_id, person_id, ground, state, rank)"
        " SELECT 'c1', court_id, id, %s, 'co-owner', 'confirmed', %s FROM sales WHERE id = %s"
        " RETURNING id",
        person_id,
        rank,
        sale_id,
    )


def test_a_first_right_is_not_lent_to_a_principal(world: World, enter: Any) -> None:
    """RULE-F1."""
    sale_id, person_id = announced(world), a_person(world)
    confirmed_first_right(world, sale_id, person_id)
    world.rows(
        "INSERT INTO proxy_requests (public_id, court_id, sale_id, person_id, principal_name,"
        " principal_id_number, authority, state, decided_at) SELECT 'p1', court_id, id, %s,"
        " 'Chen Hua', 'E7654321', 'power', 'confirmed', %s FROM sales WHERE id = %s RETURNING id",
        person_id,
        OPENING - 2 * HOUR,
        sale_id,
    )

    enter(person_id, sale_id, for_another=True)

    assert world.rows("SELECT priority_rank FROM registrations") == [(None,)]


def test_a_first_right_does_not_free_from_the_deposit(world: World, enter: Any) -> None:
    """RULE-F7."""
    sale_id, person_id = announced(world), a_person(world)
    confirmed_first_right(world, sale_id, person_id)

    registered = enter(person_id, sale_id)

    assert world.rows("SELECT priority_rank FROM registrations") == [(1,)]
    assert registered.deposit_due == 7_000_000


@pytest.mark.parametrize(("rank", "begins"), [(1, "P1-"), (2, "P2-"), (1000, "P1000-")])
def test_a_priority_purchaser_gets_a_code_of_their_rank(
    world: World, enter: Any, rank: int, begins: str
) -> None:
    """RULE-F2."""
    sale_id, person_id = announced(world), a_person(world)
    confirmed_first_right(world, sale_id, person_id, rank)

    code = enter(person_id, sale_id).code

    assert code.startswith(begins)
    assert len(code) <= 8


def test_only_a_confirmed_right_gives_such_a_code(world: World, enter: Any) -> None:
    """RULE-F1."""
    assert "-" not in enter(a_person(world), announced(world)).code


# --- buying together -----------------------------------------------------------------------------


def named_by(seals: Seals, person_id: int, sale_id: int, *others: tuple[str, str]) -> Any:
    """Name others, each with an equal share."""
    share = Fraction(1, len(others) + 1)
    db.session.remove()
    act_for(Tenant(person_id=person_id))
    return name_joint_buyers(
        seals.key,
        person_id,
        sale_id,
        JointBuyer("Wang Li", NUMBER, share),
        [JointBuyer(name, number, share) for name, number in others],
    )


def test_joint_buyers_are_sealed_together_and_nobody_can_read_them(
    world: World, enter: Any, seals: Seals
) -> None:
    """RULE-E8, RULE-E13."""
    sale_id, person_id = announced(world), a_person(world)

    assert named_by(seals, person_id, sale_id, ("Zhao Min", "E7654321"), ("Li Na", "E1")) == ()
    [(locked,)] = world.rows("SELECT locked FROM identity.joint_drafts")
    registered = enter(person_id, sale_id, jointly=True)

    assert isinstance(registered, Registered)
    assert b"Zhao" not in locked and b"E7654321" not in locked
    envelope = opened(world)
    assert envelope["name"] == "Wang Li、Zhao Min、Li Na"
    assert [buyer["share"] for buyer in envelope["buyers"]] == [[1, 3]] * 3
    assert world.rows("SELECT count(*) FROM identity.joint_drafts") == [(0,)]


def test_together_one_bids_without_a_first_right(world: World, enter: Any, seals: Seals) -> None:
    """RULE-F1."""
    sale_id, person_id = announced(world), a_person(world)
    confirmed_first_right(world, sale_id, person_id)
    named_by(seals, person_id, sale_id, ("Zhao Min", "E7654321"))

    enter(person_id, sale_id, jointly=True)

    assert world.rows("SELECT priority_rank, deposit_due FROM registrations") == [(None, 7_000_000)]


def test_nobody_on_the_list_buys_together_with_others(
    world: World, enter: Any, seals: Seals
) -> None:
    """RULE-E9."""
    sale_id, person_id = announced(world), a_person(world)
    named_by(seals, person_id, sale_id, ("Zhao Min", "E7654321"))
    list_as(world, seals, sale_id, "e7654321")

    refused = enter(person_id, sale_id, jointly=True)

    assert refused == NotRegistered(Hindrance.LISTED_RELATIVE)


def test_a_list_that_cannot_stand_is_not_kept(world: World, app: Flask, seals: Seals) -> None:
    sale_id, person_id = announced(world), a_person(world)

    found = named_by(seals, person_id, sale_id, ("Zhao Min", NUMBER.lower()))

    assert found == (Violation(Fault.SAME_PERSON, 1),)
    assert world.rows("SELECT count(*) FROM identity.joint_drafts") == [(0,)]


def test_after_the_opening_nobody_is_named_any_more(world: World, enter: Any, seals: Seals) -> None:
    """RULE-E8: neither on the list nor in a registration."""
    sale_id, person_id = announced(world), a_person(world)
    [(court_id,)] = world.rows("SELECT court_id FROM sales WHERE id = %s", sale_id)
    named_by(seals, person_id, sale_id, ("Zhao Min", "E7654321"))
    world.hold_clock(court_id, OPENING)

    assert named_by(seals, person_id, sale_id, ("Li Na", "E1")) == TooLate()
    assert enter(person_id, sale_id, jointly=True) == NotRegistered(Hindrance.NAMED_TOO_LATE)
    assert isinstance(enter(person_id, sale_id), Registered)


def test_whoever_is_registered_names_nobody_any_more(
    world: World, enter: Any, seals: Seals
) -> None:
    sale_id, person_id = announced(world), a_person(world)
    enter(person_id, sale_id)

    assert named_by(seals, person_id, sale_id, ("Li Na", "E1")) == TooLate()


def test_a_list_is_forgotten_on_request(world: World, enter: Any, seals: Seals) -> None:
    sale_id, person_id = announced(world), a_person(world)
    named_by(seals, person_id, sale_id, ("Li Na", "E1"))

    buy_alone(seals.key, person_id, sale_id)

    assert enter(person_id, sale_id, jointly=True) == NotRegistered(Hindrance.NOT_NAMED)
