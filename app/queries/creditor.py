"""What a creditor's pages show: their claims, what they may expect, what they were paid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, select, text
from sqlalchemy.orm import Session

from app.models.cases import CaseRecord, ClaimRecord, Party
from app.models.courts import CourtRecord
from app.models.plan_rows import run_distribution, write_claim
from app.models.plans import Payout, Plan, PlanLine, PlanObjection, PlanService
from app.models.rounds import InKindInquiry
from app.models.sales import LotRecord, PublicLot, SaleRecord
from auction_engine.money.fees import enforcement_fee


@dataclass(frozen=True, slots=True)
class Expected:
    """What a claim would get at a price, and the whole waterfall that says why."""

    price: int
    share: int
    rows: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Outlook:
    """Low: the starting price. Likely: the price as it stands. High: the reference price."""

    low: Expected
    likely: Expected
    high: Expected
    is_final: bool


def my_claims(session: Session) -> Sequence[Row[Any]]:
    """The claims of whoever reads (row-level security), with their case and its newest sale."""
    return session.execute(
        select(ClaimRecord, CaseRecord, CourtRecord, Party)
        .join(CaseRecord, CaseRecord.id == ClaimRecord.case_id)
        .join(CourtRecord, CourtRecord.id == ClaimRecord.court_id)
        .join(Party, Party.id == ClaimRecord.party_id)
        .order_by(ClaimRecord.id.desc())
    ).all()


def find_claim(session: Session, public_id: str) -> Row[Any] | None:
    return session.execute(
        select(ClaimRecord, CaseRecord, CourtRecord, Party)
        .join(CaseRecord, CaseRecord.id == ClaimRecord.case_id)
        .join(CourtRecord, CourtRecord.id == ClaimRecord.court_id)
        .join(Party, Party.id == ClaimRecord.party_id)
        .where(ClaimRecord.public_id == public_id)
    ).one_or_none()


def sales_of_case(session: Session, case_id: int) -> Sequence[PublicLot]:
    """The published sales of a case, the newest first."""
    return session.scalars(
        select(PublicLot)
        .join(SaleRecord, SaleRecord.id == PublicLot.sale_id)
        .join(LotRecord, LotRecord.id == SaleRecord.lot_id)
        .where(LotRecord.case_id == case_id)
        .order_by(PublicLot.published_at.desc())
    ).all()


def outlook(session: Session, case: CaseRecord, claim: ClaimRecord, sale: PublicLot) -> Outlook:
    """The expected share of a claim while nothing is final, computed by the engine itself.

    Claims that the court has not decided on count in full, others with what other lots left of
    them; costs are the enforcement fee alone.
    """
    claims = session.execute(
        text("SELECT * FROM claims_on_sale(:case, :sale)"),
        {"case": case.id, "sale": sale.sale_id},
    ).all()
    asset_id = session.execute(
        text(
            "SELECT a.public_id FROM assets a JOIN lots l ON l.asset_id = a.id"
            " JOIN sales s ON s.lot_id = l.id WHERE s.id = :sale"
        ),
        {"sale": sale.sale_id},
    ).scalar_one()
    likely = sale.price or sale.starting_price
    highest = max(likely, sale.reference_price or likely)

    def at(price: int) -> Expected:
        return _expected(case, claims, asset_id, sale.currency, price, mine=claim.public_id)

    return Outlook(
        low=at(sale.price if sale.phase == "sold" and sale.price else sale.starting_price),
        likely=at(likely),
        high=at(likely if sale.phase == "sold" else highest),
        is_final=sale.phase == "sold",
    )


def plan_for(session: Session, public_id: str) -> Plan | None:
    return session.scalars(select(Plan).where(Plan.public_id == public_id)).one_or_none()


def plans_of_case(session: Session, case_id: int) -> Sequence[Plan]:
    return session.scalars(
        select(Plan)
        .where(Plan.case_id == case_id, Plan.state != "replaced")
        .order_by(Plan.id.desc())
    ).all()


def inquiries_of_case(session: Session, case_id: int) -> Sequence[InKindInquiry]:
    """Where the court asks the creditors of this case whether they take the property in kind."""
    return session.scalars(
        select(InKindInquiry)
        .where(InKindInquiry.case_id == case_id)
        .order_by(InKindInquiry.id.desc())
    ).all()


def lines_of(session: Session, plan: Plan) -> Sequence[PlanLine]:
    return session.scalars(
        select(PlanLine).where(PlanLine.plan_id == plan.id).order_by(PlanLine.id)
    ).all()


def case_of(session: Session, plan: Plan) -> tuple[CaseRecord, CourtRecord]:
    return session.get_one(CaseRecord, plan.case_id), session.get_one(CourtRecord, plan.court_id)


def my_plans(session: Session) -> Sequence[Row[Any]]:
    """The plans that were served on whoever reads, as creditor or as debtor, the newest first."""
    return session.execute(
        select(Plan, CaseRecord, CourtRecord, PlanService)
        .join(PlanService, PlanService.plan_id == Plan.id)
        .join(CaseRecord, CaseRecord.id == Plan.case_id)
        .join(CourtRecord, CourtRecord.id == Plan.court_id)
        .order_by(Plan.id.desc())
    ).all()


def my_service(session: Session, plan: Plan) -> Row[Any] | None:
    """When this plan was served on whoever reads, until when they may object, and who they are."""
    return session.execute(
        select(PlanService, Party)
        .join(Party, Party.id == PlanService.party_id)
        .where(PlanService.plan_id == plan.id)
        .limit(1)
    ).one_or_none()


def my_objection(session: Session, plan: Plan) -> PlanObjection | None:
    return session.scalars(
        select(PlanObjection).where(PlanObjection.plan_id == plan.id).limit(1)
    ).one_or_none()


def my_payouts(session: Session) -> Sequence[Row[Any]]:
    return session.execute(
        select(Payout, Plan, CaseRecord)
        .join(Plan, Plan.id == Payout.plan_id)
        .join(CaseRecord, CaseRecord.id == Plan.case_id)
        .order_by(Payout.id.desc())
    ).all()


def waterfall_rows(result: dict[str, Any], mine: frozenset[str]) -> list[dict[str, Any]]:
    """The engine's answer as the plot draws it: the pool, costs, each class, the surplus."""
    rows: list[dict[str, Any]] = [{"kind": "pool", "label": "pool", "amount_minor": result["pool"]}]
    if result["costs_paid"]:
        rows.append({"kind": "cost", "label": "costs", "amount_minor": result["costs_paid"]})
    for step in result["steps"]:
        own = sum(
            part["amount"]
            for payment in result["payments"]
            if payment["claim"] in mine
            for part in payment["parts"]
            if part["step"] == step["step"]
        )
        if own:
            rows.append(_step_row(step, own, is_mine=True))
        if step["paid"] - own or not own:
            rows.append(_step_row(step, step["paid"] - own, is_mine=False))
    surplus = sum(share["amount"] for share in result["surplus"])
    rows.append({"kind": "surplus", "label": "surplus", "amount_minor": surplus})
    return rows


def _step_row(step: dict[str, Any], amount: int, *, is_mine: bool) -> dict[str, Any]:
    return {"kind": "claim", "label": step["step"], "amount_minor": amount, "mine": is_mine}


def _expected(
    case: CaseRecord,
    claims: Sequence[Row[Any]],
    asset_id: str,
    currency: str,
    price: int,
    *,
    mine: str,
) -> Expected:
    request = {
        "format": "distribution/1",
        "rules": "cn",
        "currency": currency,
        "debtor_kind": case.debtor_kind,
        "properties": [{"id": asset_id, "proceeds": price, "owner": "debtor"}],
        "costs": [{"id": "fee", "amount": min(enforcement_fee(price), price)}],
        "claims": [_as_claim(claim, asset_id) for claim in claims],
    }
    result = run_distribution(request)
    share = next((p["paid"] for p in result["payments"] if p["claim"] == mine), 0)
    return Expected(price, share, tuple(waterfall_rows(result, frozenset({mine}))))


def _as_claim(claim: Row[Any], asset_id: str) -> dict[str, Any]:
    return write_claim(
        claim_id=claim.public_id,
        claim_class=claim.claim_class,
        amount=claim.amount,
        rank=claim.rank,
        on_assets=claim.on_assets,
        filed_on=claim.filed_on,
        seized_on=claim.seized_on,
        asset_id=asset_id,
    )
