"""What is still owed on a case's claims where several of its lots were sold (INV-M15).

A claim is paid once, whichever lots pay it. What another lot's plan that is served or final gives
it, or a property that its creditor took in kind, is not paid again; `paid_by_other_lots` of
migration 0033 says what that is, and the database repeats it when a plan becomes final.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import BigInteger, column, func, select
from sqlalchemy.orm import Session

from app.models.cases import ClaimRecord
from app.models.plans import Plan, PlanLine
from app.models.sales import LotRecord, SaleRecord

_PAID = ("claim_id", "paid", "unopposed")


@dataclass(frozen=True, slots=True)
class OpenClaim:
    """An admitted claim, and what other lots of its case have paid on it."""

    claim: ClaimRecord
    paid_before: int = 0

    @property
    def amount(self) -> int:
        """What may still be paid on it."""
        return max(0, (self.claim.admitted_amount or 0) - self.paid_before)


class Beside(StrEnum):
    """How a plan stands beside those of the other lots of its case."""

    HOLDS = "holds"
    # A plan on which it builds is objected to: it may yet fall.
    OPPOSED = "opposed"
    # Other lots pay more or less than it says: it is drawn up anew.
    OUTDATED = "outdated"


def find_admitted_claims(session: Session, case_id: int) -> list[ClaimRecord]:
    return list(
        session.scalars(
            select(ClaimRecord)
            .where(ClaimRecord.case_id == case_id, ClaimRecord.state == "admitted")
            .order_by(ClaimRecord.id)
        )
    )


def find_open_claims(session: Session, sale: SaleRecord) -> list[OpenClaim]:
    """The claims that share what a sale brought; one in another currency cannot.

    Whoever decides by it holds the case (`lock_case`): of two lots only the first takes a claim.
    """
    case_id = session.get_one(LotRecord, sale.lot_id).case_id
    paid = _paid_by_other_lots(session, case_id, sale.id)
    return [
        OpenClaim(claim, paid[claim.id].paid if claim.id in paid else 0)
        for claim in find_admitted_claims(session, case_id)
        if claim.currency == sale.currency
    ]


def stands_beside(session: Session, plan: Plan) -> Beside:
    """Whether what a plan pays still fits what the other lots pay.

    A draft follows what is paid to the cent. A served plan stays as it is when others are served
    later, for they follow it; it falls with those that it builds on itself.
    """
    paid = _paid_by_other_lots(session, plan.case_id, plan.sale_id)
    verdicts = {
        _verdict(plan, line, paid.get(line.claim_id)) for line in _claim_lines(session, plan)
    }
    return max(verdicts, key=list(Beside).index, default=Beside.HOLDS)


@dataclass(frozen=True, slots=True)
class _Paid:
    paid: int = 0
    unopposed: int = 0


def _verdict(plan: Plan, line: PlanLine, found: _Paid | None) -> Beside:
    other = found or _Paid()
    moved = other.paid - line.paid_before
    if moved < 0 or moved > line.unpaid or (moved and plan.state == "draft"):
        return Beside.OUTDATED
    return Beside.HOLDS if other.unopposed >= line.paid_before else Beside.OPPOSED


def _claim_lines(session: Session, plan: Plan) -> Sequence[PlanLine]:
    return session.scalars(
        select(PlanLine).where(PlanLine.plan_id == plan.id, PlanLine.claim_id.is_not(None))
    ).all()


def _paid_by_other_lots(session: Session, case_id: int, sale_id: int) -> dict[int | None, _Paid]:
    columns = [column(name, BigInteger) for name in _PAID]
    found = func.paid_by_other_lots(case_id, sale_id).table_valued(*columns)
    return {row.claim_id: _Paid(row.paid, row.unopposed) for row in session.execute(select(found))}
