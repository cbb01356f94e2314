"""Proceeds reach creditors by a plan that two persons made and everybody could object to."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import psycopg
import pytest
from flask import Flask

from app.db import Tenant, act_for
from app.models.cases import ClaimRecord, Party
from app.models.ledger_rows import Account, post_entry, transfer
from app.models.money import Settlement
from app.models.plans import Plan
from app.services import claims, distribution
from app.services.claims import AccountDetails, ClaimForm
from app.services.distribution import Refusal, Refused
from tests.world import NOON, World

DAY = timedelta(days=1)


class Sold:
    """A home sold for 3,000,000.00 and paid; a mortgage and three ordinary creditors (DIST-E1)."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.court = world.court()
        self.clerk, self.judge = world.person("Clerk"), world.person("Judge")
        self.sale = world.sale(self.court, starting_price=300_000_000)
        registration = world.bidder(self.sale, "B01", deposit=30_000_000)
        self.case, self.asset, self.public_id = world.rows(
            "SELECT l.case_id, a.public_id, s.public_id FROM sales s"
            " JOIN lots l ON l.id = s.lot_id JOIN assets a ON a.id = l.asset_id"
        )[0]
        with world.session() as session:
            session.add(
                Settlement(
                    court_id=self.court,
                    sale_id=self.sale,
                    registration_id=registration,
                    price=300_000_000,
                    currency="CNY",
                    deposit_applied=30_000_000,
                    paid=270_000_000,
                    due_at=NOON,
                    reference="LC0000000000000000",
                    state="paid",
                )
            )
            post_entry(
                session,
                court_id=self.court,
                key="price",
                memo="price paid",
                currency="CNY",
                at=NOON,
                postings=transfer(
                    Account("bank"), Account("price_held", self.public_id), 300_000_000
                ),
            )
            session.add(Party(court_id=self.court, case_id=self.case, role="debtor", name="Debtor"))
            session.commit()
        self.people: dict[str, int] = {}
        for name, kind, amount in (
            ("M", "secured", 180_000_000),
            ("A", "ordinary", 90_000_000),
            ("B", "ordinary", 60_000_000),
            ("C", "ordinary", 45_000_000),
        ):
            self._claim(name, kind, amount)

    def _claim(self, name: str, kind: str, amount: int) -> None:
        person = self.people[name] = self.world.person(name)
        with self.world.session() as session:
            party = Party(
                court_id=self.court,
                case_id=self.case,
                role="creditor",
                name=name,
                person_id=person,
                account_name=name,
                account_number=f"62220000{person}",
                account_bank="Bank",
            )
            session.add(party)
            session.flush()
            session.add(
                ClaimRecord(
                    court_id=self.court,
                    case_id=self.case,
                    party_id=party.id,
                    claim_class=kind,
                    amount=amount,
                    admitted_amount=amount,
                    state="admitted",
                    currency="CNY",
                    ground="judgment",
                    filed_on=date(2026, 1, 5),
                    on_assets=[self.asset] if kind == "secured" else [],
                    rank=1 if kind == "secured" else None,
                )
            )
            session.commit()

    def move(self, to: datetime) -> None:
        self.world.hold_clock(self.court, to)

    def as_court(self) -> None:
        act_for(Tenant(court_id=self.court, person_id=self.clerk))

    def as_creditor(self, name: str) -> int:
        act_for(Tenant(person_id=self.people[name]))
        return self.world.rows("SELECT id FROM parties WHERE person_id = %s", self.people[name])[0][
            0
        ]

    def draft(self) -> Plan:
        self.as_court()
        plan = distribution.draft_plan(self.sale, costs=[("auction", 5_000_000)], by=self.clerk)
        assert isinstance(plan, Plan), plan
        return plan

    def served(self) -> Plan:
        plan = distribution.serve_plan(self.draft().id, by=self.clerk)
        assert isinstance(plan, Plan), plan
        return plan


@pytest.fixture
def sold(app: Flask, world: World) -> Sold:
    return Sold(world)


def test_the_plan_is_the_worked_example(sold: Sold) -> None:
    plan = sold.draft()

    lines = dict(
        sold.world.rows("SELECT payee, amount FROM plan_lines WHERE plan_id = %s", plan.id)
    )
    assert lines == {
        "M": 180_000_000,
        "A": 53_076_923,
        "B": 35_384_615,
        "C": 26_538_462,
        "auction": 5_000_000,
    }
    assert sum(lines.values()) == plan.pool


def test_a_plan_pays_as_its_court_reads_the_law_and_says_so(sold: Sold, world: World) -> None:
    """DIST section 2, step 5, the other reading; A was the first to seize."""
    with psycopg.connect(world.url) as connection:
        connection.execute(
            "UPDATE claims SET seized_on = '2026-01-01' WHERE party_id ="
            " (SELECT id FROM parties WHERE name = 'A')"
        )
        connection.execute(
            """UPDATE courts SET readings = '{"first_seizer": "bonus_of_a_fifth"}'"""
        )

    plan = sold.draft()

    ((to_a,),) = world.rows("SELECT amount FROM plan_lines WHERE payee = 'A'")
    assert plan.request["rules"] == "cn+first_seizer=bonus_of_a_fifth"
    assert to_a == 63_692_307


def test_no_plan_is_made_under_a_law_whose_order_we_do_not_hold(sold: Sold, world: World) -> None:
    with psycopg.connect(world.url) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("UPDATE sales SET rules = 'es-2025'")
    sold.as_court()

    answer = distribution.draft_plan(sold.sale, costs=[], by=sold.clerk)

    assert answer == Refused(Refusal.NO_ORDER)


def test_nothing_is_distributed_before_the_price_is_paid(sold: Sold, world: World) -> None:
    unpaid = world.sale(sold.court)
    sold.as_court()

    answer = distribution.draft_plan(unpaid, costs=[], by=sold.clerk)

    assert answer == Refused(Refusal.NOT_PAID)


def test_everybody_has_fifteen_days_from_their_own_receipt(sold: Sold) -> None:
    plan = sold.served()

    # NOON is Tuesday 2026-05-26 in Shanghai; fifteen days later is Wednesday the 10th of June.
    until = sold.world.rows(
        "SELECT DISTINCT objection_until FROM plan_services WHERE plan_id = %s", plan.id
    )
    assert until == [(date(2026, 6, 10),)]


def test_a_plan_is_final_only_after_the_last_day(sold: Sold) -> None:
    plan = sold.served()
    last_moment = datetime.fromisoformat("2026-06-10T23:59:59+08:00")
    sold.move(last_moment)

    early = distribution.finalise_plan(plan.id, by=sold.judge)
    sold.move(last_moment + timedelta(seconds=1))
    final = distribution.finalise_plan(plan.id, by=sold.judge)

    assert isinstance(early, Refused) and early.reason is Refusal.OBJECTION_PERIOD_RUNS
    assert isinstance(final, Plan) and final.state == "final"


def test_whoever_drafted_a_plan_does_not_make_it_final(sold: Sold) -> None:
    plan = sold.served()
    sold.move(NOON + 30 * DAY)

    assert distribution.finalise_plan(plan.id, by=sold.clerk) == Refused(Refusal.SAME_PERSON)


def test_a_final_plan_owes_every_cent_of_the_price(sold: Sold) -> None:
    plan = sold.served()
    sold.move(NOON + 30 * DAY)

    distribution.finalise_plan(plan.id, by=sold.judge)

    assert sold.world.rows("SELECT sum(amount)::bigint, count(*) FROM payouts") == [
        (300_000_000, 5)
    ]
    assert sold.world.rows("SELECT sum(balance)::bigint FROM ledger_accounts") == [(0,)]
    held = sold.world.rows("SELECT balance FROM ledger_accounts WHERE kind = 'price_held'")
    assert held == [(0,)]


def test_a_payee_without_an_account_holds_the_plan_and_is_named(sold: Sold) -> None:
    plan = sold.served()
    with sold.world.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE parties SET account_number = NULL WHERE name = 'B'")
    sold.move(NOON + 30 * DAY)

    answer = distribution.finalise_plan(plan.id, by=sold.judge)

    assert answer == Refused(Refusal.ACCOUNT_MISSING, who="B")
    assert sold.world.rows("SELECT count(*) FROM payouts") == [(0,)]


def test_an_objection_in_time_keeps_the_plan_from_becoming_final(sold: Sold) -> None:
    plan = sold.served()
    party = sold.as_creditor("A")

    objected = distribution.object_to_plan(
        plan.id, party, grounds="C is paid already", by=sold.people["A"]
    )
    sold.as_court()
    sold.move(NOON + 30 * DAY)
    answer = distribution.finalise_plan(plan.id, by=sold.judge)
    replaced = sold.draft()

    assert isinstance(objected, Plan)
    assert answer == Refused(Refusal.WRONG_STATE)
    assert replaced.version == 2


def test_an_objection_after_the_last_day_is_too_late(sold: Sold) -> None:
    plan = sold.served()
    sold.move(datetime.fromisoformat("2026-06-11T00:00:00+08:00"))
    party = sold.as_creditor("A")

    answer = distribution.object_to_plan(plan.id, party, grounds="late", by=sold.people["A"])

    assert isinstance(answer, Refused) and answer.reason is Refusal.TOO_LATE


def test_a_creditor_does_not_see_the_draft_nor_the_claims_of_others(sold: Sold) -> None:
    from sqlalchemy import select

    from app.extensions import db

    sold.draft()

    sold.as_creditor("A")

    assert db.session.scalars(select(Plan)).all() == []
    assert len(db.session.scalars(select(ClaimRecord)).all()) == 1


def test_a_claim_is_filed_admitted_in_part_and_told(sold: Sold, world: World) -> None:
    person = world.person("New creditor")
    act_for(Tenant(person_id=person))
    filed = claims.file_claim(
        sold.sale,
        ClaimForm(claim_class="ordinary", amount=1_000_000, ground="loan"),
        person_id=person,
        name="New creditor",
        currency="CNY",
    )
    assert isinstance(filed, ClaimRecord)
    claims.set_account(filed.party_id, AccountDetails("New creditor", "6222", "Bank"), by=person)

    sold.as_court()
    too_much = _admit(filed.id, 1_000_001, sold.judge)
    admitted = _admit(filed.id, 400_000, sold.judge)

    assert isinstance(too_much, claims.Refused)
    assert isinstance(admitted, ClaimRecord) and admitted.admitted_amount == 400_000
    told = world.rows("SELECT kind FROM messages WHERE person_id = %s ORDER BY id", person)
    assert told == [
        ("party_account_changed",),
        ("claim_admitted",),
    ]


def test_a_creditor_cannot_write_the_courts_decision(sold: Sold) -> None:
    world = sold.world
    person = sold.people["A"]
    with psycopg.connect(world.settings["DATABASE_URLS"]["web"]) as connection:
        connection.execute("SELECT set_config('luochui.person', %s, true)", [str(person)])

        changed = connection.execute("UPDATE claims SET admitted_amount = 1")

        assert changed.rowcount == 0


def test_a_surplus_belongs_to_a_debtor_whom_the_case_names(sold: Sold) -> None:
    """DIST section 2, step 8: before, such a plan could be drafted and never became final."""
    _pay_off_all_but(sold, "A")
    _sql(sold, "UPDATE parties SET role = 'third_party' WHERE name = 'Debtor'")

    nobody = distribution.draft_plan(sold.sale, costs=[], by=sold.clerk)
    _sql(sold, "UPDATE parties SET role = 'debtor' WHERE name = 'Debtor'")
    plan = sold.draft()

    assert nobody == Refused(Refusal.NO_OWNER)
    surplus = "SELECT payee, amount FROM plan_lines WHERE kind = 'surplus' AND plan_id = %s"
    assert sold.world.rows(surplus, plan.id) == [("Debtor", 205_000_000)]


def test_of_several_debtors_the_court_names_the_one_whose_thing_it_was(sold: Sold) -> None:
    _pay_off_all_but(sold, "A")
    with sold.world.session() as session:
        wife = Party(court_id=sold.court, case_id=sold.case, role="debtor", name="Wife")
        session.add(wife)
        session.commit()
        named = wife.public_id
    standing = sold.world.rows("SELECT count(*) FROM plans")

    unsaid = distribution.draft_plan(sold.sale, costs=[], by=sold.clerk)
    creditor = distribution.draft_plan(sold.sale, costs=[], by=sold.clerk, surplus_to="nobody")
    plan = distribution.draft_plan(sold.sale, costs=[], by=sold.clerk, surplus_to=named)

    assert unsaid == creditor == Refused(Refusal.SEVERAL_OWNERS)
    assert standing == [(0,)]
    assert isinstance(plan, Plan)
    surplus = "SELECT payee, amount FROM plan_lines WHERE kind = 'surplus'"
    assert sold.world.rows(surplus) == [("Wife", 210_000_000)]


def test_a_refused_draft_leaves_the_earlier_one_as_it_is(sold: Sold) -> None:
    _pay_off_all_but(sold, "A")
    plan = sold.draft()
    _sql(sold, "UPDATE parties SET role = 'third_party' WHERE name = 'Debtor'")

    distribution.draft_plan(sold.sale, costs=[], by=sold.clerk)

    assert sold.world.rows("SELECT id, state FROM plans") == [(plan.id, "draft")]
    assert sold.world.rows("SELECT sum(amount)::bigint FROM plan_lines") == [(plan.pool,)]


def test_a_plan_of_other_money_than_is_held_is_not_served(sold: Sold, world: World) -> None:
    plan = sold.draft()
    _book(sold, 1)

    assert distribution.serve_plan(plan.id, by=sold.clerk) == Refused(Refusal.MONEY_CHANGED)


def test_a_served_plan_of_other_money_than_is_held_is_drafted_again(sold: Sold) -> None:
    plan = sold.served()
    _book(sold, 1)
    sold.move(NOON + 30 * DAY)

    answer = distribution.finalise_plan(plan.id, by=sold.judge)
    again = sold.draft()

    assert answer == Refused(Refusal.MONEY_CHANGED)
    assert again.version == 2


def test_the_database_lets_no_plan_distribute_other_money_than_is_held(sold: Sold) -> None:
    """INV-M14"""
    plan = sold.served()
    _book(sold, 1)

    with (
        psycopg.connect(sold.world.url) as connection,
        pytest.raises(psycopg.Error, match="does not distribute what is held"),
    ):
        connection.execute(
            "UPDATE plans SET state = 'final', finalised_by = %s WHERE id = %s",
            [sold.judge, plan.id],
        )


def _book(sold: Sold, amount: int) -> None:
    """More money comes to what is held for the sale."""
    with sold.world.session() as session:
        post_entry(
            session,
            court_id=sold.court,
            key="more",
            memo="more",
            currency="CNY",
            at=NOON,
            postings=transfer(Account("bank"), Account("price_held", sold.public_id), amount),
        )
        session.commit()


def _pay_off_all_but(sold: Sold, name: str) -> None:
    _sql(
        sold,
        "UPDATE claims SET admitted_amount = 0 WHERE party_id IN"
        f" (SELECT id FROM parties WHERE name <> '{name}')",
    )
    sold.as_court()


def _sql(sold: Sold, statement: str) -> None:
    with psycopg.connect(sold.world.url) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute(statement)


def _admit(claim_id: int, amount: int, by: int) -> Any:
    return claims.admit_claim(
        claim_id,
        amount=amount,
        claim_class="ordinary",
        rank=None,
        on_assets=(),
        reason="proven in part",
        by=by,
    )
