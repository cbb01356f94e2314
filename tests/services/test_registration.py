"""Registering for a lot: who may, what it leaves behind, and what nobody can read in it."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from app.db import Tenant, act_for
from app.extensions import db
from app.gateways.seal import EnvelopeUnreadable, Opener, Sealer, blind_index
from app.models.registration_rows import find_registration_id
from app.services.bidding.desk import Desk
from app.services.registration import (
    Declaration,
    Hindrance,
    NotRegistered,
    Registered,
    Seals,
    my_registrations,
    register,
)
from app.services.registration_requests import (
    Asked,
    Principal,
    ask_for_priority,
    ask_to_bid_for,
)
from tests.world import NOON, World

HOUR = timedelta(hours=1)
READ = Declaration(terms_hash="0" * 64)
DETAILS = {"id_number": "11010519491231002X", "address": "1 Harbour Street", "phone": "1380000"}


@pytest.fixture
def desk(app: Flask) -> Desk:
    from app.web.desk import desk

    return desk()


@pytest.fixture
def seals(world: World) -> Seals:
    settings = world.settings
    return Seals(
        settings["BLIND_INDEX_KEY"],
        Sealer(settings["ENVELOPE_PUBLIC_KEY"]),
        Sealer(settings["CONTACT_PUBLIC_KEY"]),
    )


@pytest.fixture
def enter(seals: Seals, desk: Desk) -> Any:
    """Register a person as a request of theirs would."""

    def enter(person_id: int, sale_id: int, declaration: Declaration = READ) -> Any:
        db.session.remove()
        act_for(Tenant(person_id=person_id))
        return register(seals, desk, person_id, sale_id, declaration)

    return enter


def a_running_sale(world: World, **columns: Any) -> int:
    return world.sale(world.court(rehearsal_at=NOON - HOUR), **columns)


def an_applicant_for_it(
    world: World, sale_id: int, *, admitted: int, role: str = "applicant"
) -> int:
    """The applicant creditor of the case, with so much of their claim admitted."""
    person_id = world.person(**DETAILS)
    [(court_id, case_id)] = world.rows(
        "SELECT l.court_id, l.case_id FROM sales s JOIN lots l ON l.id = s.lot_id WHERE s.id = %s",
        sale_id,
    )
    [(party_id,)] = world.rows(
        "INSERT INTO parties (public_id, court_id, case_id, role, name, person_id)"
        " VALUES ('party1', %s, %s, %s, 'Bank', %s) RETURNING id",
        court_id,
        case_id,
        role,
        person_id,
    )
    world.rows(
        "INSERT INTO claims (public_id, court_id, case_id, party_id, claim_class, on_assets,"
        " amount, currency, ground, filed_on, state, admitted_amount) VALUES ('claim1', %s, %s,"
        " %s, 'ordinary', '{}', 900000000, 'CNY', 'loan', '2026-01-05', 'admitted', %s)"
        " RETURNING id",
        court_id,
        case_id,
        party_id,
        admitted,
    )
    return person_id


def test_registering_gives_a_code_and_a_deposit_to_pay(world: World, enter: Any) -> None:
    sale_id, person_id = a_running_sale(world), world.person(**DETAILS)

    registered = enter(person_id, sale_id)

    assert isinstance(registered, Registered)
    assert len(registered.code) in (4, 5)
    assert world.rows("SELECT amount, state, channel FROM deposits") == [
        (7_000_000, "awaiting", "none")
    ]
    assert world.rows("SELECT terms_hash, deposit_due FROM registrations") == [
        ("0" * 64, 7_000_000)
    ]


def test_a_second_registration_of_the_same_person_is_the_first(world: World, enter: Any) -> None:
    sale_id, person_id = a_running_sale(world), world.person(**DETAILS)

    first, second = enter(person_id, sale_id), enter(person_id, sale_id)

    assert first == second
    assert world.rows("SELECT count(*) FROM registrations") == [(1,)]


def test_two_presses_at_once_make_one_registration(
    world: World, app: Flask, seals: Seals, desk: Desk
) -> None:
    sale_id, person_id = a_running_sale(world), world.person(**DETAILS)
    answers: list[Any] = []

    def press() -> None:
        with app.app_context():
            act_for(Tenant(person_id=person_id))
            answers.append(register(seals, desk, person_id, sale_id, READ))
            db.session.remove()

    presses = [threading.Thread(target=press) for _ in range(4)]
    for thread in presses:
        thread.start()
    for thread in presses:
        thread.join()

    assert len({answer.code for answer in answers}) == 1
    assert world.rows("SELECT count(*) FROM registrations") == [(1,)]


def test_nothing_in_the_database_names_the_person_of_a_registration(
    world: World, enter: Any
) -> None:
    """RULE-E13, A8"""
    sale_id = a_running_sale(world)
    person_id = world.person("Zhao Unlinkable", email="zhao@unlinkable.example", **DETAILS)

    enter(person_id, sale_id)

    kept = str(
        world.rows(
            "SELECT to_jsonb(r), to_jsonb(d), convert_to(p.sealed::text, 'UTF8'),"
            " convert_to(c.sealed::text, 'UTF8') FROM registrations r"
            " JOIN deposits d ON d.registration_id = r.id"
            " JOIN identity.person_envelopes p ON p.registration_id = r.id"
            " JOIN identity.contact_envelopes c ON c.registration_id = r.id"
        )
    )
    for secret in ("Zhao", "unlinkable", DETAILS["id_number"], DETAILS["phone"]):
        assert secret not in kept
        assert secret.encode().hex() not in kept


def test_the_person_is_sealed_for_the_closer_and_the_letters_for_the_notifier(
    world: World, enter: Any
) -> None:
    """RULE-E13"""
    sale_id = a_running_sale(world)
    person_id = world.person("Zhao Min", email="zhao@example.org", **DETAILS)

    enter(person_id, sale_id)

    closer = Opener(world.settings["ENVELOPE_PRIVATE_KEY"])
    notifier = Opener(world.settings["CONTACT_PRIVATE_KEY"])
    [(person,)] = world.rows("SELECT sealed FROM identity.person_envelopes")
    [(contact,)] = world.rows("SELECT sealed FROM identity.contact_envelopes")
    assert closer.open(person)["person_id"] == person_id
    assert closer.open(person)["name"] == "Zhao Min"
    assert notifier.open(contact)["email"] == "zhao@example.org"
    with pytest.raises(EnvelopeUnreadable):
        notifier.open(person)


def test_a_person_is_led_to_their_own_registrations_alone(
    world: World, enter: Any, seals: Seals
) -> None:
    first, second = a_running_sale(world), a_running_sale(world)
    one, other = world.person(**DETAILS), world.person(**DETAILS)
    mine = {enter(one, first).registration_id, enter(one, second).registration_id}
    enter(other, first)

    db.session.remove()
    assert set(my_registrations(db.session(), seals, one)) == mine
    index = blind_index(seals.key, "sale", first, one)
    assert find_registration_id(db.session(), first, index) in mine


def test_an_applicant_whose_claim_covers_the_deposit_owes_none_and_is_admitted(
    world: World, enter: Any, desk: Desk
) -> None:
    """RULE-E6, E7"""
    sale_id = a_running_sale(world, deposit=20_000_000)
    person_id = an_applicant_for_it(world, sale_id, admitted=20_000_000)

    registered = enter(person_id, sale_id)

    assert registered.deposit_due == 0
    assert world.rows("SELECT state, amount FROM deposits") == [("held", 0)]
    [(arrival_id,)] = world.rows("SELECT id FROM arrivals WHERE kind = 'admit'")
    assert desk.decision(sale_id, arrival_id).accepted


def test_an_applicant_whose_claim_falls_short_deposits_the_difference(
    world: World, enter: Any
) -> None:
    """RULE-E6"""
    sale_id = a_running_sale(world, deposit=20_000_000)
    person_id = an_applicant_for_it(world, sale_id, admitted=15_000_000)

    assert enter(person_id, sale_id).deposit_due == 5_000_000


def test_another_creditor_of_the_case_deposits_like_everybody(world: World, enter: Any) -> None:
    """RULE-E6"""
    sale_id = a_running_sale(world, deposit=20_000_000)
    person_id = an_applicant_for_it(world, sale_id, admitted=20_000_000, role="creditor")

    assert enter(person_id, sale_id).deposit_due == 20_000_000


def test_the_judgment_debtor_may_bid(world: World, enter: Any) -> None:
    """RULE-E7"""
    sale_id = a_running_sale(world)
    person_id = an_applicant_for_it(world, sale_id, admitted=1, role="debtor")

    assert enter(person_id, sale_id).deposit_due == 7_000_000


def test_the_claim_of_another_case_does_not_lower_the_deposit(world: World, enter: Any) -> None:
    elsewhere, sale_id = a_running_sale(world), a_running_sale(world, deposit=20_000_000)
    person_id = an_applicant_for_it(world, elsewhere, admitted=20_000_000)

    assert enter(person_id, sale_id).deposit_due == 20_000_000


def test_the_staff_of_the_court_may_not_register_but_those_of_another_court_may(
    world: World, enter: Any
) -> None:
    """RULE-E9"""
    sale_id, person_id = a_running_sale(world), world.person(**DETAILS)
    elsewhere = a_running_sale(world)
    one, other = world.person(), world.person()
    world.rows(
        "INSERT INTO court_memberships (court_id, person_id, role, granted_by, approved_by)"
        " SELECT court_id, %s, 'clerk', %s, %s FROM sales WHERE id = %s RETURNING id",
        person_id,
        one,
        other,
        sale_id,
    )

    assert enter(person_id, sale_id) == NotRegistered(Hindrance.COURT_STAFF)
    assert isinstance(enter(person_id, elsewhere), Registered)


def test_an_operator_of_the_platform_may_not_register(world: World, enter: Any) -> None:
    """RULE-E9"""
    sale_id, person_id = a_running_sale(world), world.person(is_operator=True, **DETAILS)

    assert enter(person_id, sale_id) == NotRegistered(Hindrance.OPERATOR)


def test_whoever_bought_the_lot_and_did_not_pay_may_not_register_again(
    world: World, enter: Any
) -> None:
    """RULE-J4, E10"""
    sale_id, person_id = a_running_sale(world), world.person(**DETAILS)
    defaulter = world.bidder(sale_id, "DEF1", person_id=person_id)
    world.rows(
        "INSERT INTO settlements (public_id, court_id, sale_id, registration_id, price, currency,"
        " deposit_applied, paid, due_at, reference, state) SELECT 's1', court_id, id, %s, 70000000,"
        " 'CNY', 0, 0, %s, 'LC1', 'defaulted' FROM sales WHERE id = %s RETURNING id",
        defaulter,
        NOON,
        sale_id,
    )
    again = _next_round(world, sale_id)

    assert enter(person_id, again) == NotRegistered(Hindrance.DEFAULTED_BEFORE)
    assert isinstance(enter(world.person(**DETAILS), again), Registered)


def test_whoever_was_shown_other_terms_must_read_these_first(world: World, enter: Any) -> None:
    sale_id, person_id = a_running_sale(world), world.person(**DETAILS)

    refused = enter(person_id, sale_id, Declaration(terms_hash="1" * 64))

    assert refused == NotRegistered(Hindrance.TERMS_CHANGED)


def test_without_the_details_a_buyer_needs_nobody_registers(world: World, enter: Any) -> None:
    sale_id, person_id = a_running_sale(world), world.person(**{**DETAILS, "id_number": None})

    assert enter(person_id, sale_id) == NotRegistered(Hindrance.DETAILS_MISSING)


@pytest.mark.parametrize("seconds", [30, 1])
def test_registering_just_before_the_end_works(world: World, enter: Any, seconds: int) -> None:
    """RULE-E4"""
    court = world.court(rehearsal_at=NOON - timedelta(seconds=seconds))

    assert isinstance(enter(world.person(**DETAILS), world.sale(court)), Registered)


def test_at_the_end_nobody_registers_any_more(world: World, enter: Any) -> None:
    sale_id = world.sale(world.court(rehearsal_at=NOON))

    assert enter(world.person(**DETAILS), sale_id) == NotRegistered(Hindrance.ENDED)


def test_while_the_court_has_not_decided_on_a_priority_right_it_is_given_up_on_purpose_only(
    world: World, enter: Any
) -> None:
    """RULE-F1"""
    sale_id, person_id = a_running_sale(world), world.person(**DETAILS)
    act_for(Tenant(person_id=person_id))
    assert ask_for_priority(person_id, sale_id, "Tenant since 2019") is Asked.ASKED

    waiting = enter(person_id, sale_id)
    ordinary = enter(person_id, sale_id, Declaration(terms_hash="0" * 64, as_ordinary=True))

    assert waiting == NotRegistered(Hindrance.PRIORITY_UNDECIDED)
    assert isinstance(ordinary, Registered)
    assert world.rows("SELECT priority_rank FROM registrations") == [(None,)]


def test_a_confirmed_priority_right_gives_its_rank_to_the_code(world: World, enter: Any) -> None:
    """RULE-F1, F2"""
    sale_id, person_id = a_running_sale(world), world.person(**DETAILS)
    act_for(Tenant(person_id=person_id))
    ask_for_priority(person_id, sale_id, "Co-owner of a half")
    world.rows("UPDATE priority_claims SET state = 'confirmed', rank = 1 RETURNING id")

    enter(person_id, sale_id)

    assert world.rows("SELECT priority_rank FROM registrations") == [(1,)]


def test_a_proxy_asks_before_bidding_starts_or_not_at_all(world: World, app: Flask) -> None:
    """RULE-E8"""
    person_id = world.person(**DETAILS)
    running = a_running_sale(world)
    announced = world.sale(world.court(rehearsal_at=NOON - 25 * HOUR))
    principal = Principal("Chen Hua", "11010519491231002X", "Notarised power of attorney")
    act_for(Tenant(person_id=person_id))

    assert ask_to_bid_for(person_id, running, principal) is Asked.TOO_LATE
    assert ask_to_bid_for(person_id, announced, principal) is Asked.ASKED
    assert ask_to_bid_for(person_id, announced, principal) is Asked.ASKED_BEFORE


@pytest.mark.parametrize(("decided_at", "is_in_time"), [(-25 * HOUR, True), (-24 * HOUR, False)])
def test_a_proxy_confirmed_before_bidding_starts_is_sealed_with_the_principal(
    world: World, enter: Any, decided_at: timedelta, is_in_time: bool
) -> None:
    """RULE-E8"""
    sale_id, person_id = a_running_sale(world), world.person("Agent Liu", **DETAILS)
    world.rows(
        "INSERT INTO proxy_requests (public_id, court_id, sale_id, person_id, principal_name,"
        " principal_id_number, authority, state, decided_at) SELECT 'p1', court_id, id, %s,"
        " 'Chen Hua', 'E1', 'power', 'confirmed', %s FROM sales WHERE id = %s RETURNING id",
        person_id,
        NOON + decided_at,
        sale_id,
    )

    answer = enter(person_id, sale_id, Declaration(terms_hash="0" * 64, for_another=True))

    if not is_in_time:
        assert answer == NotRegistered(Hindrance.PROXY_NOT_CONFIRMED)
        return
    [(sealed,)] = world.rows("SELECT sealed FROM identity.person_envelopes")
    opened = Opener(world.settings["ENVELOPE_PRIVATE_KEY"]).open(sealed)
    assert (opened["name"], opened["proxy"]) == ("Chen Hua", "Agent Liu")


def _next_round(world: World, sale_id: int) -> int:
    """Another sale of the same lot, running now."""
    [(lot_id,)] = world.rows("SELECT lot_id FROM sales WHERE id = %s", sale_id)
    return a_running_sale(world, lot_id=lot_id, number=2)
