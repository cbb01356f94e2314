"""What a creditor paid for a property taken in kind is distributed like a price (DIST section 8).

The plan divides the whole price. The property pays its taker's share as far as it was counted; all
others are paid out of the difference (RULE-K5).
"""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from flask import Flask

from app.models.cases import Party
from app.models.money import Forfeiture, Settlement
from app.models.payout_rows import mark_paid
from app.models.plans import Plan
from app.models.proceeds_rows import find_proceeds
from app.models.rounds import Taking
from app.services import distribution, in_kind, settlement, suspense
from app.services.distribution import Refusal, Refused
from app.services.settlement import SettlementRefusal
from app.services.suspense import DeskRefusal
from tests.conftest import application_for
from tests.court_world import a_bench
from tests.round_world import Failed, a_failed_round
from tests.services import takings
from tests.world import NOON, World

# The enforcement fee of 700,000.00, with which the taker's share was reckoned.
FEE = 940_000
PRICE = 70_000_000
BOOKS = (
    "SELECT kind, sum(balance) FROM ledger_accounts GROUP BY kind"
    " HAVING sum(balance) <> 0 ORDER BY kind"
)


class Taken(takings.Taken):
    """And what its plan comes to."""

    def draft(self, **costs: int) -> Plan | Refused:
        by = self.bench.acting_as(self.bench.clerk)
        named = costs or {"fee": FEE}
        return distribution.draft_plan(self.failed.sale_id, costs=list(named.items()), by=by)

    def served(self, **costs: int) -> Plan:
        drafted = self.draft(**costs)
        assert isinstance(drafted, Plan), drafted
        plan = distribution.serve_plan(drafted.id, by=self.bench.clerk)
        assert isinstance(plan, Plan), plan
        return plan

    def final(self, **costs: int) -> Plan:
        plan = self.served(**costs)
        self.failed.hold(NOON + timedelta(days=20))
        final = distribution.finalise_plan(plan.id, by=self.bench.acting_as(self.bench.judges[0]))
        assert isinstance(final, Plan), final
        return final

    def lines(self) -> dict[str, tuple[int, int, int]]:
        """Money, property and what is still owed, by the payee."""
        rows = self.world.rows("SELECT payee, amount, in_kind, unpaid FROM plan_lines")
        return {payee: (money, kind, owed) for payee, money, kind, owed in rows}

    def books(self) -> dict[str, int]:
        return {kind: int(total) for kind, total in self.world.rows(BOOKS)}


@pytest.fixture
def failed(app: Flask, world: World) -> Failed:
    found = a_failed_round(world, a_bench(world))
    with world.session() as session:
        court, case = found.bench.court_id, found.case_id
        session.add(Party(court_id=court, case_id=case, role="debtor", name="Debtor"))
        session.commit()
    return found


def test_the_difference_pays_the_costs_and_those_behind_a_mortgage(failed: Failed) -> None:
    """RULE-K5: of 700,000.00 the mortgagee's 500,000.00 are the property."""
    taken = _takes(failed, Anna=dict(amount=50_000_000, **SECURED), Boris={})
    taken.told()

    plan = taken.draft()

    assert isinstance(plan, Plan)
    assert (plan.pool, plan.result["pool"]) == (20_000_000, PRICE)
    assert taken.lines() == {
        "Anna": (0, 50_000_000, 0),
        "Boris": (20_000_000 - FEE, 0, 100_000_000 - 20_000_000 + FEE),
        "fee": (FEE, 0, 0),
    }


def test_a_taker_among_equals_takes_nothing_out_of_the_others_shares(failed: Failed) -> None:
    """DIST-E5(b): an ordinary creditor takes it, and another of the same rank gets as much."""
    taken = _takes(failed, Anna={}, Boris={})
    taken.told()

    taken.draft()

    half = (PRICE - FEE) // 2
    assert taken.lines() == {
        "Anna": (0, half, 100_000_000 - half),
        "Boris": (half, 0, 100_000_000 - half),
        "fee": (FEE, 0, 0),
    }


def test_nothing_is_distributed_before_the_bank_told_of_the_difference(failed: Failed) -> None:
    taken = _takes(failed, Anna={}, Boris={})

    early = taken.draft()
    taken.told(taken.taking.difference - 1)
    short = taken.draft()

    assert early == short == Refused(Refusal.NOT_PAID)


@pytest.mark.parametrize(
    "creditors",
    [
        {"Anna": {"claim_class": "secured", "rank": 1, "amount": 50_000_000}, "Boris": {}},
        {"Anna": {}, "Boris": {}, "Clara": {"amount": 33_333_333}},
        {"Anna": {"amount": 30_000_000}, "Boris": {"amount": 10_000_001}},
        {"Anna": {"amount": 70_000_001}},
    ],
    ids=["mortgagee", "pro rata", "surplus to the debtor", "alone"],
)
@pytest.mark.parametrize("costs", [FEE, 0, 123_457])
def test_what_was_booked_in_is_paid_out_or_rests(
    failed: Failed, creditors: dict[str, dict[str, Any]], costs: int
) -> None:
    """INV-M7: at every payment bank and debts are equal; at the end nothing is left of either."""
    taken = _takes(failed, **creditors)
    taken.told()

    plan = taken.final(fee=costs)
    rests, paid = [taken.books()], 0
    for reference, amount in taken.world.rows("SELECT reference, amount FROM payouts ORDER BY id"):
        _confirm(taken, reference)
        paid += amount
        rests.append(taken.books())

    assert plan.pool == taken.taking.difference == paid
    assert all(sum(books.values()) == 0 for books in rests)
    assert [set(books) for books in rests[:-1]] == [{"bank", "payable"}] * (len(rests) - 1)
    assert rests[-1] == {}
    shares = {who: money + kind for who, (money, kind, _owed) in taken.lines().items()}
    assert sum(shares.values()) == PRICE


def test_a_share_larger_than_the_property_counted_for_is_topped_up_in_money(
    failed: Failed,
) -> None:
    taken = _takes(failed, Anna={}, Boris={})
    taken.told()

    taken.draft(fee=FEE - 100)

    half = (PRICE - FEE) // 2
    assert taken.lines()["Anna"][:2] == (50, half)
    assert taken.lines()["Boris"][:2] == (half + 50, 0)


def test_a_smaller_share_leaves_the_taker_owing_before_the_plan_is_served(failed: Failed) -> None:
    """Exactly what lacks comes under the same reference; then the plan goes on."""
    taken = _takes(failed, Anna={}, Boris={})
    taken.told()
    drafted = taken.draft(fee=FEE + 100)
    assert isinstance(drafted, Plan)

    early = distribution.serve_plan(drafted.id, by=taken.bench.clerk)
    taken.told(49)
    still = distribution.serve_plan(drafted.id, by=taken.bench.clerk)
    taken.told(50)
    served = distribution.serve_plan(drafted.id, by=taken.bench.clerk)

    assert early == still == Refused(Refusal.DIFFERENCE_MISSING)
    assert isinstance(served, Plan)
    assert served.pool == taken.taking.difference + 50
    assert taken.world.rows("SELECT reason, amount FROM suspense_items") == [("too_little", 49)]
    assert taken.world.rows("SELECT count(*) FROM takings WHERE state = 'paid'") == [(1,)]


def test_drafted_again_with_lower_costs_the_taker_owes_nothing_more(failed: Failed) -> None:
    taken = _takes(failed, Anna={}, Boris={})
    taken.told()
    taken.draft(fee=FEE + 100)

    taken.served()
    taken.told(50)

    assert taken.world.rows("SELECT reason FROM suspense_items") == [("paid_twice",)]


def test_a_plan_of_a_taking_is_objected_to_and_made_final_by_a_second_person(
    failed: Failed,
) -> None:
    """DIST section 3, as with a price."""
    taken = _takes(failed, Anna={}, Boris={})
    taken.told()
    plan = taken.served()
    judge = taken.bench.judges[0]

    early = distribution.finalise_plan(plan.id, by=taken.bench.acting_as(judge))
    taken.failed.hold(NOON + timedelta(days=20))
    alone = distribution.finalise_plan(plan.id, by=taken.bench.acting_as(taken.bench.clerk))
    final = distribution.finalise_plan(plan.id, by=taken.bench.acting_as(judge))

    assert isinstance(early, Refused) and early.reason is Refusal.OBJECTION_PERIOD_RUNS
    assert alone == Refused(Refusal.SAME_PERSON)
    assert isinstance(final, Plan)
    assert taken.world.rows("SELECT payee FROM payouts ORDER BY payee") == [("Boris",), ("fee",)]
    served = "SELECT name FROM plan_services s JOIN parties p ON p.id = s.party_id ORDER BY name"
    assert taken.world.rows(served) == [("Anna",), ("Boris",), ("Debtor",)]


# --- money that comes while a plan is drafted ----------------------------------------------------


def test_a_draft_and_the_notice_of_a_further_sum_wait_for_each_other(
    failed: Failed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the plan divides less than is held, and the rest lies on the price's account for ever:
    the bank's notice comes just when a new draft, which asks no more, has looked at the money."""
    taken = _takes(failed, Anna={}, Boris={})
    taken.told()
    taken.draft(fee=FEE + 100)
    notice = threading.Thread(target=_told_elsewhere, args=(taken, 50))

    def looked_at(*asked: Any) -> Any:
        found = find_proceeds(*asked)
        notice.start()
        notice.join(0.7)
        return found

    monkeypatch.setattr(distribution, "find_proceeds", looked_at)
    drafted = taken.draft()
    notice.join()
    assert isinstance(drafted, Plan)
    served = distribution.serve_plan(drafted.id, by=taken.bench.clerk)

    assert isinstance(served, Plan), served
    assert served.pool == taken.taking.difference == -taken.books()["price_held"]
    assert taken.world.rows("SELECT reason FROM suspense_items") == [("paid_twice",)]


# --- a lost deposit of an earlier buyer -----------------------------------------------------------


def test_a_lost_deposit_is_used_when_a_creditor_took_the_property_in_kind(failed: Failed) -> None:
    """RULE-J2: the deposit of 70,000.00 is money in the plan, and no payment of the taker's."""
    lost = _lost_deposit(failed)
    taken = _takes(failed, Anna=dict(amount=50_000_000, **SECURED), Boris={})
    judge = taken.bench.acting_as(taken.bench.judges[0])

    early = settlement.use_forfeiture(lost, costs=1_000_000, by=judge)
    taken.told()
    used = settlement.use_forfeiture(lost, costs=1_000_000, by=judge)
    plan = taken.final()

    assert early is SettlementRefusal.NO_RESALE_YET
    assert isinstance(used, Forfeiture)
    # 800,000.00 were bid, the property was taken at 700,000.00.
    assert (used.to_costs, used.to_price_gap, used.to_debts) == (1_000_000, 6_000_000, 0)
    assert used.shortfall == 4_000_000
    assert (plan.pool, plan.result["pool"]) == (27_000_000, PRICE + 7_000_000)
    assert taken.lines() == {
        "Anna": (0, 50_000_000, 0),
        "Boris": (27_000_000 - FEE, 0, 100_000_000 - 27_000_000 + FEE),
        "fee": (FEE, 0, 0),
    }
    books = taken.books()
    assert set(books) == {"bank", "provider_clearing", "payable"}
    assert sum(books.values()) == 0
    assert books["payable"] == -27_000_000


def test_a_lost_deposit_pays_nothing_that_the_taker_owes(failed: Failed) -> None:
    """DIST section 8: with higher costs they owe what is less, whatever else is held."""
    lost = _lost_deposit(failed)
    taken = _takes(failed, Anna={}, Boris={})
    taken.told()
    judge = taken.bench.acting_as(taken.bench.judges[0])
    settlement.use_forfeiture(lost, costs=0, by=judge)

    drafted = taken.draft(fee=FEE + 7_000_000 + 100)

    assert isinstance(drafted, Plan)
    early = distribution.serve_plan(drafted.id, by=taken.bench.clerk)
    assert early == Refused(Refusal.DIFFERENCE_MISSING)
    assert drafted.pool == taken.taking.difference + 7_000_000 + 50


# --- the wrong reference ------------------------------------------------------------------------


def test_a_difference_with_a_wrong_reference_counts_once_two_persons_assigned_it(
    failed: Failed,
) -> None:
    """RULE-K5, INV-M6"""
    taken = _takes(failed, Anna={}, Boris={})
    taken.told(says="for the flat")
    waiting = taken.world.rows("SELECT state FROM takings")

    proposal = _propose(taken, taken.taking.reference)
    alone = _decide(taken, proposal, by=taken.bench.clerk)
    decided = _decide(taken, proposal, by=taken.bench.judges[0])
    _work(taken)

    assert waiting == [("awaiting_difference",)]
    assert alone is DeskRefusal.SAME_PERSON
    assert not isinstance(decided, DeskRefusal)
    assert taken.world.rows("SELECT state, paid_reference FROM takings") == [("paid", "B-1")]
    assert taken.world.rows("SELECT state FROM bank_credits") == [("matched",)]
    assert taken.world.rows("SELECT state FROM suspense_items") == [("assigned",)]
    difference = taken.taking.difference
    assert taken.books() == {"bank": difference, "price_held": -difference}
    assert isinstance(taken.draft(), Plan)


def test_less_than_the_difference_is_not_assigned_to_a_taking(failed: Failed) -> None:
    taken = _takes(failed, Anna={}, Boris={})
    taken.told(taken.taking.difference - 1, "for the flat")

    assert _propose(taken, taken.taking.reference) is DeskRefusal.TOO_LITTLE
    assert taken.world.rows("SELECT state FROM takings") == [("awaiting_difference",)]


def test_a_difference_that_came_meanwhile_leaves_the_assigned_money_open(failed: Failed) -> None:
    taken = _takes(failed, Anna={}, Boris={})
    taken.told(says="for the flat")
    _decide(taken, _propose(taken, taken.taking.reference), by=taken.bench.judges[0])
    taken.told()

    _work(taken)

    assert taken.world.rows("SELECT state, last_answer FROM suspense_items") == [
        ("open", "not_awaited")
    ]
    assert taken.books()["price_held"] == -taken.taking.difference


# --- arranging ----------------------------------------------------------------------------------

SECURED: dict[str, Any] = {"claim_class": "secured", "rank": 1}


def _takes(failed: Failed, **creditors: dict[str, Any]) -> Taken:
    """Anna, who alone wants it, takes the property."""
    for name, claim in creditors.items():
        failed.creditor(name, **claim)
    with failed.world.engine.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE parties SET account_name = name, account_number = '6222' || id,"
            " account_bank = '102100099996'"
        )
    bench = failed.bench
    clerk = bench.acting_as(bench.clerk)
    inquiry = in_kind.ask_creditors(failed.sale, by=clerk)
    assert not isinstance(inquiry, in_kind.InKindRefusal), inquiry
    for name in creditors:
        in_kind.answer(inquiry.id, failed.claim(name), wants=name == "Anna", by=clerk)
    in_kind.draw(inquiry, by=clerk)
    taking = in_kind.record_taking(
        inquiry, failed.claims["Anna"], fit_to_own=True, pay_days=15, by=bench.judges[0]
    )
    assert isinstance(taking, Taking), taking
    return Taken(failed, taking)


def _told_elsewhere(taken: Taken, amount: int) -> None:
    with application_for("web", taken.world.settings).app_context():
        taken.told(amount)


def _lost_deposit(failed: Failed) -> int:
    """An earlier round of the lot: bid to 800,000.00, not paid, its deposit of 70,000.00 kept."""
    first = failed.world.sale(failed.bench.court_id, number=1)
    registration = failed.world.bidder(first, "B77")
    with psycopg.connect(failed.world.url) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("UPDATE sales SET number = 2 WHERE id = %s", [failed.sale_id])
        connection.execute(
            "UPDATE sales SET lot_id = (SELECT lot_id FROM sales WHERE id = %s) WHERE id = %s",
            [failed.sale_id, first],
        )
    with failed.world.session() as session:
        session.add(
            Settlement(
                court_id=failed.bench.court_id,
                sale_id=first,
                registration_id=registration,
                price=80_000_000,
                currency="CNY",
                deposit_applied=7_000_000,
                paid=0,
                due_at=NOON,
                reference="LC0000000000000077",
                state="defaulted",
                defaulted_at=NOON,
                default_decided_by=failed.bench.judges[0],
                default_reference="Exec. 12",
            )
        )
        session.commit()
    with application_for("closer", failed.world.settings).app_context():
        settlement.keep_lost_deposits()
    return first


def _confirm(taken: Taken, reference: str) -> None:
    """The bank's debit of a payout."""
    with taken.world.session() as session:
        assert mark_paid(session, reference, f"D-{reference}", NOON)
        session.commit()


def _propose(taken: Taken, reference: str | None) -> Any:
    ((item,),) = taken.world.rows("SELECT public_id FROM suspense_items")
    return suspense.propose_assignment(
        taken.bench.court_id,
        item,
        reference=reference or "",
        reason="the creditor rang up",
        by=taken.bench.acting_as(taken.bench.clerk),
    )


def _decide(taken: Taken, proposal: str, *, by: int) -> Any:
    ((shown,),) = taken.world.rows("SELECT payload_hash FROM proposals")
    return suspense.decide_assignment(
        taken.bench.court_id,
        proposal,
        payload_hash=shown,
        approved=True,
        reason="",
        by=taken.bench.acting_as(by),
    )


def _work(taken: Taken) -> None:
    """The worker does what the desk decided."""
    with application_for("closer", taken.world.settings).app_context():
        suspense.settle_decided()
    taken.failed.hold(NOON)
