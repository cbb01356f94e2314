"""The debtor pays in full, lots bring enough, a bankruptcy: what stops the sales of a case."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.extensions import db
from app.models.cases import AssetRecord, CaseRecord, ClaimRecord, Party
from app.models.columns import new_public_id
from app.models.ledger_rows import Account, post_entry, transfer
from app.models.money import BankCredit, BankStatement, SuspenseItem
from app.models.plans import Payout, Plan, PlanLine
from app.models.sales import LotRecord, SaleRecord
from app.models.stop_rows import payout_is_held
from app.models.stopping import Bankruptcy, DebtorPayment
from app.services.bidding.desk import Desk
from app.services.debt_payments import (
    Granted,
    PaidDebt,
    PaymentRefusal,
    grant,
    record_payment,
    refuse,
)
from app.services.publication import NotPublishable, propose_publication
from app.services.standstill import (
    StandstillRefusal,
    Stopped,
    end_bankruptcy,
    record_bankruptcy,
    set_coverage,
)
from app.services.stays import StayRefusal, announce_resumption
from auction_engine.money.fees import enforcement_fee
from tests.court_world import Bench, a_bench, a_draft, decided
from tests.desks import a_desk
from tests.world import NOON, World

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
DEBT = 10_000_000
FEE = enforcement_fee(DEBT)


@pytest.fixture
def desk(clean_database: dict[str, str]) -> Iterator[Desk]:
    with a_desk(clean_database) as opened:
        yield opened


class OneCase:
    """A case with an admitted claim of 100,000.00 and a sale that opens tomorrow."""

    def __init__(self, world: World, bench: Bench) -> None:
        self.world, self.bench = world, bench
        self.first = self.sale(opens_at=NOON + DAY, closes_at=NOON + 2 * DAY)
        self.case = db.session.get_one(CaseRecord, self._lot(self.first).case_id)
        self.admit(DEBT)

    @classmethod
    def of(cls, world: World, bench: Bench, draft: SaleRecord) -> OneCase:
        """The case of a draft, with the same admitted claim."""
        made = cls.__new__(cls)
        made.world, made.bench, made.first = world, bench, draft
        made.case = db.session.get_one(CaseRecord, made._lot(draft).case_id)
        made.admit(DEBT)
        return made

    def sale(self, **terms: Any) -> SaleRecord:
        """Another lot, in the same case as the first."""
        sale_id = self.world.sale(self.bench.court_id, **terms)
        if hasattr(self, "case"):
            lot = self._lot(db.session.get_one(SaleRecord, sale_id))
            with self.world.session() as session:
                session.get_one(LotRecord, lot.id).case_id = self.case.id
                session.get_one(AssetRecord, lot.asset_id).case_id = self.case.id
                session.commit()
        db.session.expire_all()
        return db.session.get_one(SaleRecord, sale_id)

    def admit(self, amount: int, currency: str = "CNY") -> None:
        with self.world.session() as session:
            party = session.scalars(
                select(Party).where(Party.case_id == self.case.id, Party.role == "applicant")
            ).first() or Party(
                court_id=self.bench.court_id, case_id=self.case.id, role="applicant", name="Bank"
            )
            session.add(party)
            session.flush()
            session.add(
                ClaimRecord(
                    court_id=self.bench.court_id,
                    case_id=self.case.id,
                    party_id=party.id,
                    claim_class="ordinary",
                    amount=amount,
                    currency=currency,
                    ground="judgment",
                    filed_on=date(2026, 1, 5),
                    state="admitted",
                    admitted_amount=amount,
                )
            )
            session.commit()

    def record(self, amount: int = DEBT + FEE, **changed: Any) -> Any:
        given: dict[str, Any] = {
            "currency": "CNY",
            "reference": "receipt 7",
            "received_at": NOON - HOUR,
            "asked_at": NOON - HOUR,
        }
        clerk = self.bench.acting_as(self.bench.clerk)
        return record_payment(self.case, PaidDebt(amount=amount, **given | changed), by=clerk)

    def status(self, sale: SaleRecord) -> str:
        ((found,),) = self.world.rows("SELECT status FROM sale_states WHERE sale_id = %s", sale.id)
        return str(found)

    def _lot(self, sale: SaleRecord) -> LotRecord:
        return db.session.get_one(LotRecord, sale.lot_id)

    def judge(self) -> int:
        return self.bench.acting_as(self.bench.judges[0])


@pytest.fixture
def case(app: Flask, world: World) -> OneCase:
    return OneCase(world, a_bench(world))


def _grant(desk: Desk, case: OneCase, payment: DebtorPayment, also: tuple[str, ...] = ()) -> Any:
    return grant(desk, payment, also=also, reason="", by=case.judge())


# --- RULE-L7 ------------------------------------------------------------------------------------


def test_a_debt_paid_in_full_before_the_auction_day_stops_every_lot_of_the_case(
    desk: Desk, case: OneCase
) -> None:
    """RULE-L7."""
    further = case.sale(opens_at=NOON + 9 * DAY, closes_at=NOON + 10 * DAY)
    case.world.bidder(case.first.id, "B01")

    answer = _grant(desk, case, case.record())

    assert isinstance(answer, Granted) and len(answer.withdrawn) == 2
    assert (case.status(case.first), case.status(further)) == ("withdrawn", "withdrawn")
    notices = case.world.rows("SELECT params->>'ground' FROM public_notices WHERE kind='withdraw'")
    assert notices == [("debt_paid",)] * 2
    assert case.world.rows("SELECT kind FROM messages") == [("sale_withdrawn",)]


def test_the_debtor_bears_the_costs_too(desk: Desk, case: OneCase) -> None:
    """RULE-L7: one fen less than debts and costs is not payment in full."""
    payment = case.record(DEBT + FEE - 1)

    assert _grant(desk, case, payment) is PaymentRefusal.NOT_FULL
    assert case.status(case.first) == "announced"


def test_costs_the_court_wrote_down_belong_to_it(desk: Desk, case: OneCase) -> None:
    set_coverage(case.case, costs=300, sells_all_reference="", by=case.bench.clerk)

    short, whole = case.record(DEBT + FEE + 299), case.record(DEBT + FEE + 300)

    assert _grant(desk, case, short) is PaymentRefusal.NOT_FULL
    assert isinstance(_grant(desk, case, whole), Granted)


def test_before_the_auction_day_the_court_has_no_choice(case: OneCase) -> None:
    payment = case.record()

    answer = refuse(payment, reason="The auction is prepared", by=case.judge())

    assert answer is PaymentRefusal.MUST_BE_GRANTED


def test_deciding_late_does_not_turn_a_duty_into_a_choice(desk: Desk, case: OneCase) -> None:
    """RULE-L7: money and request were there in time; the court decides while bidding runs."""
    payment = case.record()
    case.world.hold_clock(case.bench.court_id, NOON + DAY + HOUR)

    refused = refuse(payment, reason="Bidding has begun", by=case.judge())

    assert refused is PaymentRefusal.MUST_BE_GRANTED
    assert isinstance(_grant(desk, case, payment), Granted)


def test_on_the_auction_day_the_court_may_let_it_go_on(desk: Desk, case: OneCase) -> None:
    case.world.hold_clock(case.bench.court_id, NOON + DAY + HOUR)
    late = {"received_at": NOON + DAY, "asked_at": NOON + DAY}
    first, second = case.record(**late), case.record(**late)

    refused = refuse(first, reason="Bids stand", by=case.judge())
    unchosen = _grant(desk, case, second)
    chosen = _grant(desk, case, second, also=(case.first.public_id,))

    assert isinstance(refused, DebtorPayment) and refused.state == "refused"
    assert unchosen is PaymentRefusal.NOTHING_CHOSEN
    assert chosen == Granted([case.first.public_id], [])


def test_whoever_recorded_the_payment_does_not_decide_on_it(desk: Desk, case: OneCase) -> None:
    payment = case.record()

    answer = grant(desk, payment, also=(), reason="", by=case.bench.clerk)

    assert answer is PaymentRefusal.SAME_PERSON


def test_the_same_grant_twice_withdraws_once(desk: Desk, case: OneCase) -> None:
    payment = case.record()

    first, second = _grant(desk, case, payment), _grant(desk, case, payment)

    assert isinstance(first, Granted) and second == Granted([], [])
    assert case.world.rows("SELECT count(*) FROM arrivals WHERE kind = 'withdraw'") == [(1,)]


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"received_at": NOON + HOUR}, PaymentRefusal.IN_THE_FUTURE),
        ({"currency": "EUR"}, PaymentRefusal.OTHER_CURRENCY),
        ({"item": "nothing"}, PaymentRefusal.NO_SUCH_MONEY),
    ],
)
def test_what_cannot_be_recorded(case: OneCase, changed: dict[str, Any], refusal: Any) -> None:
    assert case.record(**changed) is refusal


def test_money_in_suspense_is_held_for_the_creditors_once_a_judge_agrees(
    desk: Desk, case: OneCase
) -> None:
    item = _money_in_suspense(case, DEBT + FEE)
    payment = case.record(item=item)
    waiting = case.world.rows("SELECT state FROM suspense_items")

    _grant(desk, case, payment)

    assert waiting == [("open",)]
    assert case.world.rows("SELECT state FROM suspense_items") == [("assigned",)]
    held = case.world.rows(
        "SELECT balance FROM ledger_accounts WHERE kind = 'price_held' AND subject = %s",
        f"case-{case.case.public_id}",
    )
    assert held == [(-(DEBT + FEE),)]
    total = case.world.rows("SELECT sum(balance) FROM ledger_accounts")
    assert total == [(0,)]


def _money_in_suspense(case: OneCase, amount: int) -> str:
    court = case.bench.court_id
    with case.world.session() as session:
        statement = BankStatement(
            court_id=court, sha256="1" * 64, name="s.xml", message_id="M1", entries=1
        )
        session.add(statement)
        session.flush()
        credit = BankCredit(
            court_id=court,
            statement_id=statement.id,
            entry_reference="E1",
            amount=amount,
            currency="CNY",
            value_on=date(2026, 5, 26),
            reference="debt",
            sealed_payer=b"",
            state="suspense",
        )
        session.add(credit)
        session.flush()
        item = SuspenseItem(
            public_id=new_public_id(),
            court_id=court,
            bank_credit_id=credit.id,
            amount=amount,
            currency="CNY",
            reason="unknown_reference",
            since=NOON,
            due_at=NOON + DAY,
        )
        session.add(item)
        post_entry(
            session,
            court_id=court,
            key="in",
            memo="in",
            currency="CNY",
            at=NOON,
            postings=transfer(Account("bank"), Account("suspense", item.public_id), amount),
        )
        session.commit()
        return item.public_id


# --- RULE-L9 ------------------------------------------------------------------------------------


def test_an_accepted_bankruptcy_stays_every_sale_of_the_case(desk: Desk, case: OneCase) -> None:
    """RULE-L9."""
    further = case.sale(opens_at=NOON + 9 * DAY, closes_at=NOON + 10 * DAY)

    answer = _accept(desk, case)

    assert isinstance(answer, Stopped) and len(answer.sales) == 2
    assert (case.status(case.first), case.status(further)) == ("suspended", "suspended")


def test_nothing_goes_on_while_a_bankruptcy_stands(desk: Desk, case: OneCase) -> None:
    _accept(desk, case)

    answer = announce_resumption(
        case.first, resumes_at=NOON + HOUR, closes_at=None, by=case.judge()
    )

    assert answer is StayRefusal.BANKRUPTCY


def test_a_bankruptcy_that_ended_lets_sales_go_on_announced(desk: Desk, case: OneCase) -> None:
    """RULE-L9, RULE-L4."""
    _accept(desk, case)
    _end(desk, case, declared=False)

    answer = announce_resumption(
        case.first, resumes_at=NOON + HOUR, closes_at=None, by=case.judge()
    )

    assert not isinstance(answer, StayRefusal)


def test_a_declared_bankruptcy_ends_enforcement(desk: Desk, case: OneCase) -> None:
    """RULE-L9."""
    _accept(desk, case)

    answer = _end(desk, case, declared=True)

    assert isinstance(answer, Stopped) and answer.sales == [case.first.public_id]
    assert case.status(case.first) == "withdrawn"
    assert case.world.rows("SELECT state FROM cases") == [("ended",)]
    assert _end(desk, case, declared=False) is StandstillRefusal.DECIDED_ALREADY


def test_nothing_is_published_in_a_case_that_stands_still(
    desk: Desk, app: Flask, world: World
) -> None:
    """RULE-L9: a draft that lacks nothing else cannot even be proposed."""
    bench = a_bench(world)
    draft = decided(bench, a_draft(bench))
    case = db.session.get_one(CaseRecord, db.session.get_one(LotRecord, draft.lot_id).case_id)
    judge = bench.acting_as(bench.judges[0])
    record_bankruptcy(desk, case, reference="B 3", accepted_on=date(2026, 5, 25), by=judge)
    bench.acting_as(bench.clerk)

    answer = propose_publication(draft, by=bench.clerk)

    assert isinstance(answer, NotPublishable)
    assert [line.rule for line in answer.checklist.open_lines] == ["L9"]


def test_no_further_lot_is_published_once_everything_is_paid(
    desk: Desk, app: Flask, world: World
) -> None:
    """RULE-C10, RULE-L7."""
    bench = a_bench(world)
    draft = decided(bench, a_draft(bench))
    one = OneCase.of(world, bench, draft)
    _grant(desk, one, one.record())
    bench.acting_as(bench.clerk)

    answer = propose_publication(draft, by=bench.clerk)

    assert isinstance(answer, NotPublishable)
    assert [line.rule for line in answer.checklist.open_lines] == ["C10"]


def test_a_second_bankruptcy_does_not_fit_on_the_same_file(desk: Desk, case: OneCase) -> None:
    _accept(desk, case)

    assert _accept(desk, case) is StandstillRefusal.RECORDED_ALREADY


def _accept(desk: Desk, case: OneCase) -> Any:
    return record_bankruptcy(
        desk, case.case, reference="(2026) Bankr. 3", accepted_on=date(2026, 5, 25), by=case.judge()
    )


def _end(desk: Desk, case: OneCase, *, declared: bool) -> Any:
    bankruptcy = db.session.query(Bankruptcy).one()
    return end_bankruptcy(
        desk, bankruptcy, declared=declared, reference="(2026) Bankr. 3-2", by=case.judge()
    )


def test_what_is_due_stays_with_the_court_while_a_bankruptcy_stands(
    desk: Desk, case: OneCase
) -> None:
    """RULE-L9: no payout leaves, whether or not its plan was final before."""
    _a_payout(case)
    free = _held(case)

    _accept(desk, case)

    assert (free, _held(case)) == ([False], [True])
    _end(desk, case, declared=False)
    assert _held(case) == [False]


def _held(case: OneCase) -> list[bool]:
    case.judge()
    db.session.expire_all()
    return list(db.session.scalars(select(payout_is_held()).select_from(Payout)))


def _a_payout(case: OneCase) -> None:
    with case.world.session() as session:
        plan = Plan(
            court_id=case.bench.court_id,
            case_id=case.case.id,
            sale_id=case.first.id,
            state="served",
            currency="CNY",
            pool=100,
            request={},
            result={},
            drafted_by=case.bench.clerk,
        )
        session.add(plan)
        session.flush()
        line = PlanLine(
            court_id=case.bench.court_id, plan_id=plan.id, kind="surplus", payee="D", amount=100
        )
        line.unpaid = 0
        session.add(line)
        session.flush()
        session.add(
            Payout(
                court_id=case.bench.court_id,
                plan_id=plan.id,
                plan_line_id=line.id,
                payee="D",
                amount=100,
                currency="CNY",
                account_name="D",
                account_number="1",
                account_bank="B",
                reference="PAYOUT-1",
                due_at=NOON,
            )
        )
        session.commit()
