"""A property that a creditor took in kind, in as few words as a test needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from app.extensions import db
from app.models.bank_rows import match_credit
from app.models.cases import Party
from app.models.money import BankCredit, BankStatement
from app.models.plans import Plan
from app.models.rounds import InKindInquiry, Taking
from app.services import distribution, in_kind, suspense
from tests.conftest import application_for
from tests.court_world import Bench
from tests.round_world import Failed
from tests.world import NOON, World

# The enforcement fee of 700,000.00, with which the taker's share was reckoned.
FEE = 940_000


@dataclass
class Taken:
    """A round that failed at 700,000.00, and the creditor Anna who took the property."""

    failed: Failed
    taking: Taking

    @property
    def world(self) -> World:
        return self.failed.world

    @property
    def bench(self) -> Bench:
        return self.failed.bench

    @property
    def clerk(self) -> int:
        return self.bench.acting_as(self.bench.clerk)

    @property
    def judge(self) -> int:
        return self.bench.acting_as(self.bench.judges[0])

    def state(self) -> str:
        ((found,),) = self.world.rows("SELECT state FROM takings")
        return str(found)

    def told(self, amount: int | None = None, says: str | None = None) -> None:
        """The bank tells of a transfer, by itself of the difference under its reference."""
        bank_tells(
            self.failed, self.taking, self.taking.difference if amount is None else amount, says
        )

    def draft_plan(self, fee: int = FEE) -> Plan:
        plan = distribution.draft_plan(self.failed.sale_id, costs=[("fee", fee)], by=self.clerk)
        assert isinstance(plan, Plan), plan
        return plan

    def waiting(self) -> list[str]:
        rows = self.world.rows(
            "SELECT public_id FROM suspense_items WHERE state = 'open' ORDER BY id"
        )
        return [item for (item,) in rows]

    def propose(self, item: str) -> Any:
        return suspense.propose_assignment(
            self.bench.court_id,
            item,
            reference=self.taking.reference or "",
            reason="the creditor rang up",
            by=self.clerk,
        )

    def assign(self, item: str) -> None:
        """Two persons assign the item to the taking, and the worker does it."""
        proposal = self.propose(item)
        shown = self.world.rows(
            "SELECT payload_hash FROM proposals WHERE public_id = %s", proposal
        )[0][0]
        decided = suspense.decide_assignment(
            self.bench.court_id,
            proposal,
            payload_hash=shown,
            approved=True,
            reason="",
            by=self.judge,
        )
        assert not isinstance(decided, suspense.DeskRefusal), decided
        self.work()

    def work(self) -> None:
        """The worker does what the desk decided."""
        with application_for("closer", self.world.settings).app_context():
            suspense.settle_decided()
        db.session.expire_all()


def an_order(failed: Failed, **creditors: dict[str, Any]) -> InKindInquiry:
    """Creditors of a case with one debtor were asked, and Anna alone wants it."""
    with failed.world.session() as session:
        court, case = failed.bench.court_id, failed.case_id
        session.add(Party(court_id=court, case_id=case, role="debtor", name="Debtor"))
        session.commit()
    for name, claim in (creditors or {"Anna": {}, "Boris": {}}).items():
        failed.creditor(name, **claim)
    clerk = failed.bench.acting_as(failed.bench.clerk)
    inquiry = in_kind.ask_creditors(failed.sale, by=clerk)
    assert isinstance(inquiry, InKindInquiry), inquiry
    for name in failed.claims:
        in_kind.answer(inquiry.id, failed.claim(name), wants=name == "Anna", by=clerk)
    in_kind.draw(inquiry, by=clerk)
    return inquiry


def take(failed: Failed, inquiry: InKindInquiry) -> Any:
    """The court records that Anna takes the property, or says why not."""
    return in_kind.record_taking(
        inquiry,
        failed.claims["Anna"],
        fit_to_own=True,
        pay_days=15,
        by=failed.bench.acting_as(failed.bench.judges[0]),
    )


def a_taking(failed: Failed, **creditors: dict[str, Any]) -> Taken:
    taking = take(failed, an_order(failed, **creditors))
    assert isinstance(taking, Taking), taking
    return Taken(failed, taking)


def bank_tells(failed: Failed, taking: Taking, amount: int, says: str | None = None) -> None:
    """Of a transfer to the court's account, under the taking's reference or what it says."""
    with failed.world.session() as session:
        number = session.query(BankCredit).count() + 1
        statement = BankStatement(
            court_id=taking.court_id,
            sha256=f"{number:064}",
            name="notice.xml",
            message_id=f"notice-{number}",
            entries=1,
        )
        session.add(statement)
        session.flush()
        credit = BankCredit(
            court_id=taking.court_id,
            statement_id=statement.id,
            entry_reference=f"B-{number}",
            amount=amount,
            currency=taking.currency,
            value_on=NOON.date(),
            booked_on=NOON.date(),
            state="new",
            reference=taking.reference if says is None else says,
            sealed_payer=b"",
        )
        session.add(credit)
        session.flush()
        match_credit(session, credit, NOON)
        session.commit()
    failed.hold(NOON)
