"""Distribute the proceeds of a sale: draft, serve, hear objections, finalise by two persons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.db import transaction
from app.gateways.clock import legal_now
from app.models.calendar_rows import calendar_of
from app.models.cases import AssetRecord, CaseRecord, ClaimRecord, Party
from app.models.columns import new_public_id
from app.models.courts import CourtRecord
from app.models.dispute_rows import hole_in_proceeds
from app.models.ledger_rows import Account, Posting, post_entry
from app.models.open_claim_rows import Beside, find_open_claims, stands_beside
from app.models.outbox_rows import record_act, tell
from app.models.plan_rows import (
    distribution_request,
    find_settlement,
    order_of_payment,
    plan_lines,
    run_distribution,
    surplus_of,
)
from app.models.plans import Payout, Plan, PlanLine, PlanObjection, PlanService
from app.models.proceeds_rows import find_proceeds
from app.models.round_rows import find_taking, lock_taking
from app.models.sales import LotRecord, SaleRecord
from app.models.settlement_rows import held_for_distribution
from app.models.stop_rows import Standstill, lock_case, standstill
from app.models.taking_rows import owed_by_taker
from auction_engine.sale.deadlines import deadline

# Each creditor and the debtor have so many days from their own receipt (DIST section 3).
OBJECTION_DAYS = 15
# Pay within so many days of the plan becoming final (DIST section 7).
PAYOUT_DAYS = 30


class Refusal(StrEnum):
    """Why a step of the distribution cannot be taken now."""

    NOT_PAID = "not_paid"
    NO_CLAIMS = "no_claims"
    NO_ORDER = "no_order"
    WRONG_STATE = "wrong_state"
    NOT_SERVED_ON_YOU = "not_served_on_you"
    TOO_LATE = "too_late"
    OBJECTED_ALREADY = "objected_already"
    OBJECTION_PERIOD_RUNS = "objection_period_runs"
    SAME_PERSON = "same_person"
    ACCOUNT_MISSING = "account_missing"
    COSTS_EXCEED_PRICE = "costs_exceed_price"
    TAKEN_BACK = "taken_back"
    DIFFERENCE_MISSING = "difference_missing"
    NO_OWNER = "no_owner"
    SEVERAL_OWNERS = "several_owners"
    MONEY_CHANGED = "money_changed"
    OTHER_LOT_PAID = "other_lot_paid"
    OTHER_LOT_OBJECTED_TO = "other_lot_objected_to"
    BANKRUPTCY = Standstill.BANKRUPTCY
    THIRD_PARTY = Standstill.THIRD_PARTY


@dataclass(frozen=True, slots=True)
class Refused:
    reason: Refusal
    # What the words need: the day until which a period runs, the payee whose account is missing.
    until: datetime | None = None
    who: str | None = None


def draft_plan(
    sale_id: int, *, costs: Sequence[tuple[str, int]], by: int, surplus_to: str = ""
) -> Plan | Refused:
    """Let the engine distribute what was paid; an earlier draft of the sale is replaced.

    Claims count with what other lots of the case have left of them. `surplus_to` names the debtor
    whose thing it was, where the case has several.
    """
    with transaction() as session:
        lot = _lot_of(session, sale_id)
        case = lock_case(session, lot.case_id)
        sale = session.get_one(SaleRecord, sale_id, with_for_update=True)
        _lock_taking_of(session, sale_id)
        proceeds = find_proceeds(session, sale)
        if proceeds is None:
            return Refused(Refusal.NOT_PAID)
        if sum(amount for _, amount in costs) > proceeds.total:
            return Refused(Refusal.COSTS_EXCEED_PRICE)
        claims = find_open_claims(session, sale)
        if not claims:
            return Refused(Refusal.NO_CLAIMS)
        order = order_of_payment(session, sale)
        if order is None:
            return Refused(Refusal.NO_ORDER)
        request = distribution_request(
            order,
            case,
            session.get_one(AssetRecord, lot.asset_id),
            claims,
            currency=sale.currency,
            proceeds=proceeds.total,
            costs=costs,
        )
        result = run_distribution(request)
        owner = _owner_of_surplus(session, case, result, surplus_to)
        if isinstance(owner, Refused):
            return owner
        version = _replace_earlier(session, sale_id)
        if isinstance(version, Refused):
            return version
        plan = Plan(
            court_id=sale.court_id,
            case_id=lot.case_id,
            sale_id=sale_id,
            version=version,
            currency=sale.currency,
            pool=proceeds.money_needed(claims, result),
            request=request,
            result=result,
            drafted_by=by,
        )
        session.add(plan)
        session.flush()
        session.add_all(
            plan_lines(session, plan, claims, costs=costs, in_kind=proceeds.in_kind, owner=owner)
        )
        _note(session, plan, by, "plan.drafted")
    return plan


def serve_plan(plan_id: int, *, by: int) -> Plan | Refused:
    """Serve the plan on every creditor and the debtor; each one's own 15 days begin."""
    with transaction() as session:
        plan = _lock_plan(session, plan_id)
        if plan.state != "draft":
            return Refused(Refusal.WRONG_STATE)
        if _money_missing(session, plan):
            return Refused(Refusal.DIFFERENCE_MISSING)
        outdated = _why_outdated(session, plan)
        if outdated is not None:
            return Refused(outdated)
        now = legal_now(session, plan.court_id)
        zone = ZoneInfo(session.get_one(CourtRecord, plan.court_id).timezone)
        served_on, calendar = now.astimezone(zone).date(), calendar_of(session, plan.court_id)
        until = deadline("E9", served_on, OBJECTION_DAYS, calendar).due_on
        plan.state, plan.served_at = "served", now
        for party in _served_parties(session, plan):
            session.add(
                PlanService(
                    court_id=plan.court_id,
                    plan_id=plan.id,
                    party_id=party.id,
                    served_at=now,
                    objection_until=until,
                )
            )
            if party.person_id is not None:
                tell(
                    session,
                    kind="plan_served",
                    key=f"plan-served:{plan.public_id}:{party.public_id}",
                    at=now,
                    params={"plan": plan.public_id, "until": until.isoformat()},
                    person_id=party.person_id,
                    court_id=plan.court_id,
                    sale_id=plan.sale_id,
                )
        _note(session, plan, by, "plan.served")
    return plan


def object_to_plan(plan_id: int, party_id: int, *, grounds: str, by: int) -> Plan | Refused:
    """A party's written objection within its own period; the plan cannot become final as it is."""
    with transaction() as session:
        service = session.scalars(
            select(PlanService).where(
                PlanService.plan_id == plan_id, PlanService.party_id == party_id
            )
        ).one_or_none()
        if service is None:
            return Refused(Refusal.NOT_SERVED_ON_YOU)
        plan = session.get_one(Plan, plan_id)
        if plan.state != "served":
            return Refused(Refusal.WRONG_STATE)
        now = legal_now(session, service.court_id)
        ends = _end_of(session, service)
        if now >= ends:
            return Refused(Refusal.TOO_LATE, until=ends)
        if session.scalars(
            select(PlanObjection.id).where(
                PlanObjection.plan_id == plan_id, PlanObjection.party_id == party_id
            )
        ).first():
            return Refused(Refusal.OBJECTED_ALREADY)
        session.add(
            PlanObjection(
                court_id=service.court_id,
                plan_id=plan_id,
                party_id=party_id,
                grounds=grounds,
                received_at=now,
            )
        )
        _note(session, plan, by, "plan.objected")
    return plan


def finalise_plan(plan_id: int, *, by: int) -> Plan | Refused:
    """Make a served plan final: a second person, after every period, nobody having objected.

    The price held for the sale becomes payable to each payee, and a payout is due to each.
    """
    with transaction() as session:
        plan = _lock_plan(session, plan_id)
        refusal = _reason_not_final(session, plan, by)
        if refusal is not None:
            return refusal
        now = legal_now(session, plan.court_id)
        lines = [line for line in _lines(session, plan) if line.amount]
        payouts = [_payout(session, plan, line, now) for line in lines]
        missing = next((payout for payout in payouts if not payout.account_number), None)
        if missing is not None:
            session.rollback()
            return Refused(Refusal.ACCOUNT_MISSING, who=missing.payee)
        plan.state, plan.finalised_by, plan.finalised_at = "final", by, now
        session.add_all(payouts)
        _book(session, plan, payouts, now)
        _note(session, plan, by, "plan.final")
    return plan


def debtors_of(session: Session, case_id: int) -> list[Party]:
    return list(
        session.scalars(select(Party).filter_by(case_id=case_id, role="debtor").order_by(Party.id))
    )


def _owner_of_surplus(
    session: Session, case: CaseRecord, result: Mapping[str, Any], named: str
) -> Party | Refused | None:
    """The debtor to whom the rest belongs; None where nothing is left (DIST section 2, step 8)."""
    if not surplus_of(result):
        return None
    debtors = debtors_of(session, case.id)
    if not debtors:
        return Refused(Refusal.NO_OWNER)
    if len(debtors) > 1:
        debtors = [debtor for debtor in debtors if debtor.public_id == named]
    return debtors[0] if debtors else Refused(Refusal.SEVERAL_OWNERS)


def is_outdated(session: Session, plan: Plan) -> bool:
    """Whether a served plan can never become final as it is, and is drawn up anew."""
    return plan.state == "served" and _why_outdated(session, plan) is not None


def _why_outdated(session: Session, plan: Plan) -> Refusal | None:
    """A plan divides what is there, to the cent, and follows what other lots pay."""
    sale = session.get_one(SaleRecord, plan.sale_id)
    if plan.pool != held_for_distribution(session, sale, plan.currency):
        return Refusal.MONEY_CHANGED
    outdated = stands_beside(session, plan) is Beside.OUTDATED
    return Refusal.OTHER_LOT_PAID if outdated else None


def _lot_of(session: Session, sale_id: int) -> LotRecord:
    return session.get_one(LotRecord, session.get_one(SaleRecord, sale_id).lot_id)


def _lock_plan(session: Session, plan_id: int) -> Plan:
    """The case first: the plans of its lots share its claims. What a taker still pays waits."""
    plan = session.get_one(Plan, plan_id)
    lock_case(session, plan.case_id)
    _lock_taking_of(session, plan.sale_id)
    return session.get_one(Plan, plan_id, with_for_update=True, populate_existing=True)


def _lock_taking_of(session: Session, sale_id: int) -> None:
    """The worker, who books what a taker pays by what the plan asks, holds the taking as well."""
    taking = find_taking(session, sale_id)
    if taking is not None:
        lock_taking(session, taking.id)


def _money_missing(session: Session, plan: Plan) -> int:
    """What a creditor who took the property owes yet by this plan; never anything of a price."""
    taking = find_taking(session, plan.sale_id)
    return owed_by_taker(session, taking) if taking is not None else 0


def _replace_earlier(session: Session, sale_id: int) -> int | Refused:
    """The number of the next version; a plan that was served and not objected to stands, unless
    other lots pay otherwise by now."""
    earlier = session.scalars(
        select(Plan).where(Plan.sale_id == sale_id, Plan.state != "replaced").with_for_update()
    ).one_or_none()
    if earlier is None:
        return 1
    objected = session.scalars(
        select(PlanObjection.id).where(PlanObjection.plan_id == earlier.id)
    ).first()
    stands = not objected and not is_outdated(session, earlier)
    if earlier.state == "final" or (earlier.state == "served" and stands):
        return Refused(Refusal.WRONG_STATE)
    earlier.state = "replaced"
    session.execute(delete(PlanLine).where(PlanLine.plan_id == earlier.id))
    session.flush()
    return earlier.version + 1


def _served_parties(session: Session, plan: Plan) -> list[Party]:
    """Everybody who has a claim, gets something, or owes; also whoever the plan leaves out."""
    wanted = (
        select(PlanLine.party_id)
        .where(PlanLine.plan_id == plan.id, PlanLine.party_id.is_not(None))
        .union(
            select(ClaimRecord.party_id).where(
                ClaimRecord.case_id == plan.case_id, ClaimRecord.state == "admitted"
            )
        )
    )
    return list(
        session.scalars(
            select(Party)
            .where(
                Party.case_id == plan.case_id,
                Party.id.in_(wanted) | (Party.role == "debtor"),
            )
            .order_by(Party.id)
        )
    )


def _reason_not_final(session: Session, plan: Plan, by: int) -> Refused | None:
    if plan.state != "served":
        return Refused(Refusal.WRONG_STATE)
    settlement = find_settlement(session, plan.sale_id)
    if settlement is not None and settlement.state in ("revoked", "not_approved"):
        return Refused(Refusal.WRONG_STATE)
    # A bankruptcy stays what was not paid out yet, and so does a third party's suit (L9, M2).
    sale = session.get_one(SaleRecord, plan.sale_id)
    held = standstill(session, sale, legal_now(session, plan.court_id))
    if held is not None:
        return Refused(Refusal(held))
    # What a card holder's bank took back is not there to be paid out (FAULT-F31).
    if hole_in_proceeds(session, plan.sale_id) is not None:
        return Refused(Refusal.TAKEN_BACK)
    if by == plan.drafted_by:
        return Refused(Refusal.SAME_PERSON)
    if session.scalars(select(PlanObjection.id).where(PlanObjection.plan_id == plan.id)).first():
        return Refused(Refusal.WRONG_STATE)
    outdated = _why_outdated(session, plan)
    if outdated is not None:
        return Refused(outdated)
    if stands_beside(session, plan) is Beside.OPPOSED:
        return Refused(Refusal.OTHER_LOT_OBJECTED_TO)
    services = session.scalars(select(PlanService).where(PlanService.plan_id == plan.id)).all()
    ends = max(_end_of(session, service) for service in services)
    if legal_now(session, plan.court_id) < ends:
        return Refused(Refusal.OBJECTION_PERIOD_RUNS, until=ends)
    return None


def _end_of(session: Session, service: PlanService) -> datetime:
    """Midnight after the last day on which this party may object."""
    zone = ZoneInfo(session.get_one(CourtRecord, service.court_id).timezone)
    after = service.objection_until + timedelta(days=1)
    return datetime.combine(after, time.min, zone).astimezone(UTC)


def _lines(session: Session, plan: Plan) -> list[PlanLine]:
    return list(
        session.scalars(select(PlanLine).where(PlanLine.plan_id == plan.id).order_by(PlanLine.id))
    )


def _payout(session: Session, plan: Plan, line: PlanLine, now: datetime) -> Payout:
    """The payment of one line, with the account as it stands locked into it (INV-M21)."""
    party = session.get(Party, line.party_id) if line.party_id is not None else None
    court = session.get_one(CourtRecord, plan.court_id)
    # Costs are owed to the court's own account; a party's money goes where the party said.
    account = party if line.kind != "cost" else court
    public_id = new_public_id()
    return Payout(
        public_id=public_id,
        court_id=plan.court_id,
        plan_id=plan.id,
        plan_line_id=line.id,
        party_id=line.party_id,
        payee=line.payee,
        amount=line.amount,
        currency=plan.currency,
        account_name=(account.account_name if account else None) or line.payee,
        account_number=(account.account_number if account else None) or "",
        account_bank=(account.account_bank if account else None) or "",
        reference=f"PAYOUT-{public_id}",
        due_at=now + timedelta(days=PAYOUT_DAYS),
    )


def _book(session: Session, plan: Plan, payouts: Sequence[Payout], now: datetime) -> None:
    sale = session.get_one(SaleRecord, plan.sale_id)
    owed = [Posting(Account("payable", payout.public_id), -payout.amount) for payout in payouts]
    post_entry(
        session,
        court_id=plan.court_id,
        key=f"plan-final:{plan.public_id}",
        memo=f"plan {plan.public_id} became final",
        currency=plan.currency,
        at=now,
        postings=[Posting(Account("price_held", sale.public_id), plan.pool), *owed],
    )


def _note(session: Session, plan: Plan, by: int, action: str) -> None:
    record_act(
        session,
        actor="court",
        action=action,
        subject=f"plan:{plan.public_id}",
        court_id=plan.court_id,
        person_id=by,
        version=plan.version,
    )
