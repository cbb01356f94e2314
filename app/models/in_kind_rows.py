"""Creditors asked about taking in kind: who may answer, in which legal rank, for what share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models.cases import AssetRecord, CaseRecord, ClaimRecord
from app.models.open_claim_rows import find_admitted_claims, find_open_claims
from app.models.plan_rows import distribution_request, order_of_payment, run_distribution
from app.models.rounds import InKindAnswer, InKindInquiry
from app.models.sales import SaleRecord
from app.models.stop_rows import lock_case
from auction_engine.money.fees import enforcement_fee
from auction_engine.rulepacks.waterfall import WaterfallRules


@dataclass(frozen=True, slots=True)
class Asked:
    """An admitted claim of the case, its legal rank, and the last answer that came in time."""

    claim: ClaimRecord
    rank: int
    wants: bool | None


def asked_claims(session: Session, inquiry: InKindInquiry) -> list[Asked]:
    """Every claim that may answer, the best rank first.

    Whoever other lots have paid in full is no creditor any more who could take a thing for a claim.
    """
    case = session.get_one(CaseRecord, inquiry.case_id)
    claims = [each for each in find_admitted_claims(session, case.id) if each.admitted_amount]
    if inquiry.state == "asked":
        sale = session.get_one(SaleRecord, inquiry.sale_id)
        claims = [each.claim for each in find_open_claims(session, sale) if each.amount]
    ranks = legal_ranks(_order(session, inquiry), case, claims)
    wants = last_answers(session, inquiry.id)
    found = [Asked(claim, ranks[claim.public_id], wants.get(claim.id)) for claim in claims]
    return sorted(found, key=lambda asked: (asked.rank, asked.claim.id))


def last_answers(session: Session, inquiry_id: int) -> dict[int, bool]:
    rows = session.scalars(
        select(InKindAnswer).where(InKindAnswer.inquiry_id == inquiry_id).order_by(InKindAnswer.id)
    )
    return {answer.claim_id: answer.wants for answer in rows}


def legal_ranks(
    order: WaterfallRules, case: CaseRecord, claims: Sequence[ClaimRecord]
) -> dict[str, int]:
    """1 for the best: by class, by rank on the thing, against enterprises by seizure (RULE-K5)."""
    keys = {claim.public_id: _legal_key(order, case, claim) for claim in claims}
    places = {key: place for place, key in enumerate(sorted(set(keys.values())), start=1)}
    return {public_id: places[key] for public_id, key in keys.items()}


def share_at(session: Session, inquiry: InKindInquiry, asset: AssetRecord, claim: str) -> int:
    """What this price would bring the claim once everybody before it is paid (RULE-K5).

    The case is held from here on: what is taken in kind no other lot's plan pays as well.
    """
    case = lock_case(session, inquiry.case_id)
    fee = min(enforcement_fee(inquiry.price), inquiry.price)
    request = distribution_request(
        _order(session, inquiry),
        case,
        asset,
        find_open_claims(session, session.get_one(SaleRecord, inquiry.sale_id)),
        currency=inquiry.currency,
        proceeds=inquiry.price,
        costs=[("fee", fee)],
    )
    payments = run_distribution(request)["payments"]
    return int(next((each["paid"] for each in payments if each["claim"] == claim), 0))


def _order(session: Session, inquiry: InKindInquiry) -> WaterfallRules:
    order = order_of_payment(session, session.get_one(SaleRecord, inquiry.sale_id))
    assert order is not None, "creditors are asked under laws that say in which order"
    return order


def _legal_key(
    order: WaterfallRules, case: CaseRecord, claim: ClaimRecord
) -> tuple[int, int, date]:
    places = {each.name: place for place, each in enumerate(order.classes)}
    place = order.classes[places[claim.claim_class]]
    if place.otherwise_in is not None and not place.has_a_place(frozenset()):
        place = order.classes[places[place.otherwise_in]]
    by_seizure = place.by_seizure_against_enterprises and case.debtor_kind == "enterprise"
    return (
        places[place.name],
        (claim.rank or 1) if place.on_things else 0,
        (claim.seized_on or date.max) if by_seizure else date.min,
    )
