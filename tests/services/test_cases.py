"""Opening a case, naming its parties, describing what was seized."""

from __future__ import annotations

from datetime import date

from flask import Flask

from app.models.cases import CaseRecord
from app.services.cases import (
    CaseRefusal,
    EnteredClaim,
    NewCase,
    NewParty,
    add_party,
    describe_asset,
    enter_claim,
    link_party,
    open_case,
)
from tests.court_world import DESCRIPTION, a_bench, a_case, a_party, an_asset
from tests.world import World


def test_a_number_names_one_case_of_a_court(app: Flask, world: World) -> None:
    bench = a_bench(world)
    a_case(bench, "(2026) 7")

    again = open_case(
        bench.court_id,
        NewCase("(2026) 7", "Another judgment", "enterprise", date(2026, 2, 1)),
        by=bench.clerk,
    )

    assert again is CaseRefusal.NUMBER_TAKEN


def test_two_courts_may_use_the_same_number(app: Flask, world: World) -> None:
    first = a_bench(world)
    a_case(first, "(2026) 7")
    second = a_bench(world)

    assert isinstance(a_case(second, "(2026) 7"), CaseRecord)


def test_a_party_with_an_account_is_told_of_being_one(app: Flask, world: World) -> None:
    bench = a_bench(world)
    debtor = world.person(email="debtor@example.org")

    a_party(bench, a_case(bench), "debtor", email="Debtor@example.org")

    told = world.rows("SELECT person_id, kind FROM messages")
    assert told == [(debtor, "party_linked")]


def test_no_party_is_made_for_an_account_that_does_not_exist(app: Flask, world: World) -> None:
    bench = a_bench(world)
    case = a_case(bench)

    answer = add_party(case, NewParty("debtor", "Somebody", "nobody@example.org"), by=bench.clerk)

    assert answer is CaseRefusal.NO_SUCH_ACCOUNT
    assert world.rows("SELECT count(*) FROM parties") == [(0,)]


def test_a_party_is_linked_once_and_never_to_somebody_else(app: Flask, world: World) -> None:
    bench = a_bench(world)
    world.person(email="one@example.org")
    world.person(email="two@example.org")
    party = a_party(bench, a_case(bench), "debtor")
    link_party(party, "one@example.org", by=bench.clerk)

    answer = link_party(party, "two@example.org", by=bench.clerk)

    assert answer is CaseRefusal.LINKED_ALREADY


def test_an_asset_may_be_described_anew(app: Flask, world: World) -> None:
    from dataclasses import replace

    bench = a_bench(world)
    asset = an_asset(bench, a_case(bench))

    describe_asset(asset, replace(DESCRIPTION, defects="None known."), by=bench.clerk)

    assert world.rows("SELECT defects FROM assets") == [("None known.",)]


def test_a_claim_that_came_on_paper_waits_for_the_courts_decision(app: Flask, world: World) -> None:
    bench = a_bench(world)
    case = a_case(bench)
    asset = an_asset(bench, case)
    bank = a_party(bench, case, "creditor")

    claim = enter_claim(
        bank,
        EnteredClaim(
            claim_class="secured",
            amount=5_000_000,
            currency="CNY",
            ground="Mortgage of 2019",
            rank=1,
            on_assets=(asset.public_id,),
            seized_on=None,
            filed_on=date(2026, 3, 1),
        ),
        by=bench.clerk,
    )

    assert claim.state == "filed"
    assert world.rows("SELECT on_assets FROM claims") == [([asset.public_id],)]


def test_every_act_on_a_case_stands_in_its_log(app: Flask, world: World) -> None:
    bench = a_bench(world)
    case = a_case(bench)
    a_party(bench, case, "applicant")
    an_asset(bench, case)

    logged = world.rows(
        "SELECT action, person_id, details->>'case' FROM audit ORDER BY id",
    )

    assert logged == [
        (action, bench.clerk, case.public_id)
        for action in ("case.opened", "party.added", "asset.added")
    ]
