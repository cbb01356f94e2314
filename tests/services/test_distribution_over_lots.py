"""Several lots of one case share its claims: nobody is paid anew from every lot (INV-M15)."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from flask import Flask

from app.db import Tenant, act_for
from app.models.cases import AssetRecord
from app.models.ledger_rows import Account, post_entry, transfer
from app.models.money import Settlement
from app.models.plans import Plan
from app.models.rounds import Taking
from app.models.sales import LotRecord, SaleRecord
from app.services import distribution, in_kind
from app.services.distribution import Refusal, Refused
from tests.conftest import application_for
from tests.court_world import Bench, a_bench
from tests.round_world import Failed, a_failed_round
from tests.services.test_taking_is_distributed import FEE, SECURED, _takes
from tests.world import NOON, World

PRICE = 60_000_000


@dataclass
class Case:
    """A case whose first lot failed at 700,000.00, and lots of it that were sold."""

    failed: Failed
    lots: list[int] = field(default_factory=list)
    days: int = 0

    @property
    def world(self) -> World:
        return self.failed.world

    @property
    def bench(self) -> Bench:
        return self.failed.bench

    def sold(self, price: int = PRICE) -> int:
        """A further lot of the case, sold and paid."""
        sale_id = self.world.sale(self.bench.court_id, starting_price=price)
        registration = self.world.bidder(sale_id, f"B{len(self.lots):02}", deposit=None)
        with self.world.session() as session:
            sale = session.get_one(SaleRecord, sale_id)
            lot = session.get_one(LotRecord, sale.lot_id)
            lot.case_id = session.get_one(AssetRecord, lot.asset_id).case_id = self.failed.case_id
            session.add(
                Settlement(
                    court_id=lot.court_id,
                    sale_id=sale_id,
                    registration_id=registration,
                    price=price,
                    currency="CNY",
                    deposit_applied=0,
                    paid=price,
                    due_at=NOON,
                    reference=f"LC{sale_id:014}",
                    state="paid",
                )
            )
            post_entry(
                session,
                court_id=lot.court_id,
                key=f"price of {sale_id}",
                memo="price paid",
                currency="CNY",
                at=NOON,
                postings=transfer(Account("bank"), Account("price_held", sale.public_id), price),
            )
            session.commit()
        self.lots.append(sale_id)
        return sale_id

    def admit(self, **creditors: dict[str, Any]) -> None:
        for name, claim in creditors.items():
            self.failed.creditor(name, **claim)
        self.sql(
            "UPDATE parties SET account_name = name, account_number = '6222' || id,"
            " account_bank = '102100099996'"
        )

    def draft(self, sale_id: int, **more: Any) -> Plan | Refused:
        by = self.bench.acting_as(self.bench.clerk)
        return distribution.draft_plan(sale_id, costs=[], by=by, **more)

    def drafted(self, sale_id: int) -> Plan:
        plan = self.draft(sale_id)
        assert isinstance(plan, Plan), plan
        return plan

    def serve(self, plan: Plan) -> Plan | Refused:
        by = self.bench.acting_as(self.bench.clerk)
        return distribution.serve_plan(plan.id, by=by)

    def served(self, sale_id: int) -> Plan:
        plan = self.serve(self.drafted(sale_id))
        assert isinstance(plan, Plan), plan
        return plan

    def finalise(self, plan: Plan) -> Plan | Refused:
        self.days += 20
        self.failed.hold(NOON + timedelta(days=self.days))
        judge = self.bench.acting_as(self.bench.judges[0])
        return distribution.finalise_plan(plan.id, by=judge)

    def final(self, sale_id: int) -> Plan:
        plan = self.finalise(self.served(sale_id))
        assert isinstance(plan, Plan), plan
        return plan

    def object_to(self, plan: Plan, name: str) -> None:
        person = self.failed.persons[name]
        act_for(Tenant(person_id=person))
        ((party,),) = self.world.rows("SELECT id FROM parties WHERE person_id = %s", person)
        answer = distribution.object_to_plan(plan.id, party, grounds="too little", by=person)
        assert isinstance(answer, Plan), answer

    def lines(self, plan: Plan) -> dict[str, tuple[int, int, int]]:
        """Money, what other lots paid before, and what is still owed, by the payee."""
        rows = self.world.rows(
            "SELECT payee, amount, paid_before, unpaid FROM plan_lines WHERE plan_id = %s", plan.id
        )
        return {payee: (money, before, owed) for payee, money, before, owed in rows}

    def paid_on(self, name: str) -> int:
        """What all plans that are final pay a creditor, in money and by the property."""
        ((total,),) = self.world.rows(
            "SELECT coalesce(sum(amount + in_kind), 0)::bigint FROM plan_lines l"
            " JOIN plans p ON p.id = l.plan_id WHERE p.state = 'final' AND l.payee = %s",
            name,
        )
        return int(total)

    def sql(self, statement: str) -> None:
        with self.world.engine.begin() as connection:
            connection.exec_driver_sql(statement)


@pytest.fixture
def case(app: Flask, world: World) -> Case:
    made = Case(a_failed_round(world, a_bench(world)))
    made.sql(
        "INSERT INTO parties (public_id, court_id, case_id, role, name)"
        " SELECT 'debtor', court_id, id, 'debtor', 'Debtor' FROM cases"
    )
    return made


def test_a_creditor_who_took_a_lot_in_kind_is_not_paid_again_by_another_lot(case: Case) -> None:
    """RULE-K5, INV-M15: Anna's 500,000.00 are the property of the first lot."""
    taken = _takes(case.failed, Anna=dict(amount=50_000_000, **SECURED), Boris={})
    taken.told()
    taken.final()
    case.days = 20

    plan = case.final(case.sold())

    assert case.lines(plan)["Anna"] == (0, 50_000_000, 0)
    assert case.lines(plan)["Boris"] == (PRICE, 20_000_000 - FEE, 100_000_000 - 80_000_000 + FEE)
    assert case.paid_on("Anna") == 50_000_000


def test_a_lot_taken_in_kind_counts_from_the_day_it_is_taken(case: Case) -> None:
    """RULE-K5: no plan of the taken lot is drafted yet."""
    _takes(case.failed, Anna=dict(amount=50_000_000, **SECURED), Boris={})

    plan = case.drafted(case.sold())

    assert case.lines(plan)["Anna"] == (0, 50_000_000, 0)


def test_of_a_claim_that_a_sold_lot_paid_only_the_rest_counts_in_kind(case: Case) -> None:
    """RULE-K5"""
    case.admit(Anna=dict(amount=50_000_000, **SECURED), Boris={})
    case.final(case.sold(30_000_000))

    taken = _took_what_is_there(case)

    assert taken.due_to_taker == 20_000_000
    assert taken.difference == 70_000_000 - 20_000_000


def test_a_taker_who_defaulted_is_owed_as_before(case: Case) -> None:
    """RULE-K16"""
    taken = _takes(case.failed, Anna=dict(amount=50_000_000, **SECURED), Boris={})
    case.failed.hold(NOON + timedelta(days=30))
    by = case.bench.acting_as(case.bench.judges[0])
    key = case.world.settings["BLIND_INDEX_KEY"]
    in_kind.decide_taker_default(taken.taking, reference="Exec. 9", key=key, by=by)

    plan = case.drafted(case.sold())

    assert case.lines(plan)["Anna"] == (50_000_000, 0, 0)


def test_two_sold_lots_pay_a_claim_once_and_the_rest_to_those_behind(case: Case) -> None:
    case.admit(Anna=dict(amount=50_000_000, **SECURED), Boris={"amount": 100_000_000})

    first, second = case.final(case.sold()), case.final(case.sold())

    assert case.lines(first) == {
        "Anna": (50_000_000, 0, 0),
        "Boris": (10_000_000, 0, 90_000_000),
    }
    assert case.lines(second) == {
        "Anna": (0, 50_000_000, 0),
        "Boris": (60_000_000, 10_000_000, 30_000_000),
    }


def test_equals_share_a_second_lot_by_what_is_still_owed(case: Case) -> None:
    """DIST section 2, step 5"""
    case.admit(Anna={"amount": 90_000_000}, Boris={"amount": 30_000_000})

    case.final(case.sold(40_000_000))
    second = case.final(case.sold(100_000_000))

    assert case.lines(second) == {
        "Anna": (60_000_000, 30_000_000, 0),
        "Boris": (20_000_000, 10_000_000, 0),
        "Debtor": (20_000_000, 0, 0),
    }


def test_a_plan_that_is_served_counts_while_it_may_be_objected_to(case: Case) -> None:
    case.admit(Anna={"amount": 50_000_000})
    case.served(case.sold(30_000_000))

    plan = case.drafted(case.sold())

    assert case.lines(plan)["Anna"] == (20_000_000, 30_000_000, 0)


def test_of_two_drafts_only_the_first_is_served_and_the_other_is_drafted_again(case: Case) -> None:
    case.admit(Anna={"amount": 50_000_000})
    first, second = case.drafted(case.sold()), case.drafted(case.sold())

    early, late = case.serve(first), case.serve(second)
    again = case.serve(case.drafted(second.sale_id))

    assert isinstance(early, Plan)
    assert late == Refused(Refusal.OTHER_LOT_PAID)
    assert isinstance(again, Plan)
    assert case.lines(again) == {"Anna": (0, 50_000_000, 0), "Debtor": (PRICE, 0, 0)}


def test_two_drafts_served_in_one_moment_do_not_both_take_the_claim(case: Case) -> None:
    case.admit(Anna={"amount": 50_000_000})
    plans = [case.drafted(case.sold()), case.drafted(case.sold())]

    answers = _at_once(case, plans)

    refused = [answer for answer in answers if isinstance(answer, Refused)]
    assert refused == [Refused(Refusal.OTHER_LOT_PAID)]
    assert case.world.rows("SELECT count(*) FROM plans WHERE state = 'served'") == [(1,)]


def test_a_plan_waits_while_the_one_that_it_builds_on_is_objected_to(case: Case) -> None:
    case.admit(Anna={"amount": 50_000_000}, Boris={})
    first = case.served(case.sold(30_000_000))
    second = case.served(case.sold())
    case.object_to(first, "Boris")

    waits = case.finalise(second)
    again = case.draft(second.sale_id)

    assert waits == Refused(Refusal.OTHER_LOT_OBJECTED_TO)
    assert again == Refused(Refusal.WRONG_STATE)


def test_a_plan_whose_ground_fell_away_is_drafted_again(case: Case) -> None:
    """What the other lot's plan had paid it does not pay any more."""
    case.admit(Anna={"amount": 50_000_000})
    first = case.served(case.sold(30_000_000))
    second = case.served(case.sold())
    case.object_to(first, "Anna")
    case.drafted(first.sale_id)

    refused = case.finalise(second)
    again = case.drafted(second.sale_id)

    assert refused == Refused(Refusal.OTHER_LOT_PAID)
    assert case.lines(again) == {"Anna": (50_000_000, 0, 0), "Debtor": (10_000_000, 0, 0)}


def test_a_sale_that_was_revoked_has_paid_nobody(case: Case) -> None:
    """RULE-M3"""
    case.admit(Anna={"amount": 50_000_000})
    case.final(case.sold(30_000_000))
    case.sql("UPDATE settlements SET state = 'revoked'")

    plan = case.drafted(case.sold())

    assert case.lines(plan)["Anna"] == (50_000_000, 0, 0)


def test_the_database_lets_no_claim_be_paid_twice(case: Case) -> None:
    """INV-M15, whatever the program says."""
    case.admit(Anna={"amount": 50_000_000})
    case.final(case.sold(40_000_000))
    second = case.served(case.sold(10_000_000))
    with psycopg.connect(case.world.url) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute(
            "UPDATE plan_lines SET paid_before = 0, amount = amount + 1 WHERE plan_id = %s",
            [second.id],
        )

    with (
        psycopg.connect(case.world.url) as connection,
        pytest.raises(psycopg.Error, match="exceeds what is left"),
    ):
        connection.execute(
            "UPDATE plans SET state = 'final', finalised_by = %s WHERE id = %s",
            [case.bench.judges[0], second.id],
        )


def test_a_claim_in_another_currency_is_left_out_and_its_creditor_hears_of_it(case: Case) -> None:
    case.admit(Anna={"amount": 50_000_000}, Boris={})
    case.sql("UPDATE claims SET currency = 'USD' WHERE amount = 50000000")

    plan = case.served(case.sold())

    served = "SELECT name FROM plan_services s JOIN parties p ON p.id = s.party_id ORDER BY name"
    assert case.lines(plan) == {"Boris": (PRICE, 0, 40_000_000)}
    assert case.world.rows(served) == [("Anna",), ("Boris",), ("Debtor",)]


# --- arranging ----------------------------------------------------------------------------------


def _took_what_is_there(case: Case) -> Taking:
    """Anna takes the failed lot, with the claims that the case has by now."""
    clerk = case.bench.acting_as(case.bench.clerk)
    inquiry = in_kind.ask_creditors(case.failed.sale, by=clerk)
    assert not isinstance(inquiry, in_kind.InKindRefusal), inquiry
    for name in case.failed.claims:
        in_kind.answer(inquiry.id, case.failed.claim(name), wants=name == "Anna", by=clerk)
    in_kind.draw(inquiry, by=clerk)
    taking = in_kind.record_taking(
        inquiry, case.failed.claims["Anna"], fit_to_own=True, pay_days=15, by=case.bench.judges[0]
    )
    assert isinstance(taking, Taking), taking
    return taking


def _at_once(case: Case, plans: list[Plan]) -> list[Plan | Refused]:
    """Two clerks serve two plans in the same instant."""
    answers: list[Plan | Refused] = []
    start = threading.Barrier(len(plans))

    def serve(plan_id: int) -> None:
        with application_for("web", case.world.settings).app_context():
            act_for(Tenant(court_id=case.bench.court_id, person_id=case.bench.clerk))
            start.wait()
            answers.append(distribution.serve_plan(plan_id, by=case.bench.clerk))

    threads = [threading.Thread(target=serve, args=(plan.id,)) for plan in plans]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers
