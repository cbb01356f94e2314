"""Between a case's claims and the engine's distribution document, and back into a plan's lines."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models.cases import AssetRecord, CaseRecord, ClaimRecord, Party
from app.models.courts import CourtRecord
from app.models.money import Settlement
from app.models.open_claim_rows import OpenClaim
from app.models.plans import Plan, PlanLine
from app.models.sales import SaleRecord
from auction_engine.commands.distribute import distribute
from auction_engine.evidence.canonical import canonical
from auction_engine.invariants import ensure
from auction_engine.rulepacks import WATERFALL_RULES, sale_pack
from auction_engine.rulepacks.catalogue import read_otherwise
from auction_engine.rulepacks.waterfall import WaterfallRules


def order_of_payment(session: Session, sale: SaleRecord) -> WaterfallRules | None:
    """How the court pays out what a sale brought, read as it reads it; None where the sale's law
    holds no order. A plan names its order, so a later reading does not reach it."""
    name = sale_pack(sale.rules).distribution
    if name is None:
        return None
    order = WATERFALL_RULES[name]
    readings = session.get_one(CourtRecord, sale.court_id).readings
    return read_otherwise(
        order, {name: value for name, value in readings.items() if name in order.switches}
    )


def distribution_request(
    order: WaterfallRules,
    case: CaseRecord,
    asset: AssetRecord,
    claims: Sequence[OpenClaim],
    *,
    currency: str,
    proceeds: int,
    costs: Sequence[tuple[str, int]],
) -> dict[str, Any]:
    """The engine's input for one sold thing, as anybody can run it (contract, *distribute*)."""
    return {
        "format": "distribution/1",
        "rules": order.id,
        "currency": currency,
        "debtor_kind": case.debtor_kind,
        "properties": [{"id": asset.public_id, "proceeds": proceeds, "owner": "debtor"}],
        "costs": [{"id": name, "amount": amount} for name, amount in costs],
        "claims": [_as_claim(each, asset) for each in claims if each.amount],
    }


def run_distribution(request: dict[str, Any]) -> dict[str, Any]:
    """The engine's answer to `request`: the same bytes as on an auditor's machine."""
    answer: dict[str, Any] = json.loads(distribute(canonical(request).encode()).text)
    return answer


def plan_lines(
    session: Session,
    plan: Plan,
    claims: Sequence[OpenClaim],
    *,
    costs: Sequence[tuple[str, int]],
    in_kind: Callable[[ClaimRecord, int], int],
    owner: Party | None,
) -> list[PlanLine]:
    """A line for every payee: claims as paid, costs as they were met, the surplus.

    `in_kind` says how much of a claim's share a property pays that its creditor took. A claim that
    other lots have paid in full has its line, too: its creditor reads why there is nothing more.
    """
    payments = {payment["claim"]: payment for payment in plan.result["payments"]}  # type: ignore[attr-defined]
    names = {
        party.id: party.name
        for party in session.scalars(select(Party).where(Party.case_id == plan.case_id))
    }
    lines = [
        _claim_line(
            plan,
            each,
            payments.get(each.claim.public_id, {"paid": 0, "unpaid": 0}),
            names[each.claim.party_id],
            in_kind,
        )
        for each in claims
        if each.claim.admitted_amount
    ]
    return [*lines, *_cost_lines(plan, costs), *_surplus_lines(plan, owner)]


def _claim_line(
    plan: Plan,
    open_claim: OpenClaim,
    payment: dict[str, Any],
    payee: str,
    in_kind: Callable[[ClaimRecord, int], int],
) -> PlanLine:
    claim = open_claim.claim
    by_property = in_kind(claim, payment["paid"])
    return PlanLine(
        court_id=plan.court_id,
        plan_id=plan.id,
        kind="claim",
        claim_id=claim.id,
        party_id=claim.party_id,
        payee=payee,
        amount=payment["paid"] - by_property,
        in_kind=by_property,
        paid_before=open_claim.paid_before,
        unpaid=payment["unpaid"],
    )


def find_settlement(session: Session, sale_id: int) -> Settlement | None:
    return session.scalars(select(Settlement).where(Settlement.sale_id == sale_id)).one_or_none()


def _cost_lines(plan: Plan, costs: Sequence[tuple[str, int]]) -> list[PlanLine]:
    """Costs in their order, as far as the pool reaches."""
    left = int(str(plan.result["costs_paid"]))
    lines = []
    for name, amount in costs:
        paid = min(amount, left)
        left -= paid
        if amount:
            lines.append(
                PlanLine(
                    court_id=plan.court_id,
                    plan_id=plan.id,
                    kind="cost",
                    payee=name,
                    amount=paid,
                    unpaid=amount - paid,
                )
            )
    return lines


def surplus_of(result: Mapping[str, Any]) -> int:
    return sum(int(share["amount"]) for share in result["surplus"])


def _surplus_lines(plan: Plan, owner: Party | None) -> list[PlanLine]:
    surplus = surplus_of(plan.result)
    if not surplus:
        return []
    ensure(owner is not None, "a surplus belongs to somebody")
    return [
        PlanLine(
            court_id=plan.court_id,
            plan_id=plan.id,
            kind="surplus",
            party_id=owner.id if owner else None,
            payee=owner.name if owner else "",
            amount=surplus,
            unpaid=0,
        )
    ]


# Classes whose claims may stand on a thing; for `secured` the contract requires it.
_ON_THINGS = frozenset(
    {"secured", "home_reserve", "consumer_buyer", "construction_price", "tax_before_security"}
)


def write_claim(
    *,
    claim_id: str,
    claim_class: str,
    amount: int,
    rank: int | None,
    on_assets: Sequence[str],
    filed_on: date,
    seized_on: date | None,
    asset_id: str,
) -> dict[str, Any]:
    """A claim as the engine reads it, against the proceeds of one thing."""
    written: dict[str, Any] = {
        "id": claim_id,
        "class": claim_class,
        "amount": amount,
        "filed_at": filed_on.isoformat(),
    }
    if claim_class in _ON_THINGS:
        stands = asset_id in on_assets or not on_assets
        if claim_class == "secured" and not stands:
            # Secured on another thing of the case: here it is an ordinary creditor.
            written["class"] = "ordinary"
        elif stands:
            written["on"] = [asset_id]
            written["rank"] = rank or 1
    if seized_on is not None:
        written["seized_at"] = seized_on.isoformat()
    return written


def _as_claim(open_claim: OpenClaim, asset: AssetRecord) -> dict[str, Any]:
    claim = open_claim.claim
    return write_claim(
        claim_id=claim.public_id,
        claim_class=claim.claim_class,
        amount=open_claim.amount,
        rank=claim.rank,
        on_assets=claim.on_assets,
        filed_on=claim.filed_on,
        seized_on=claim.seized_on,
        asset_id=asset.public_id,
    )
