"""The price of a sold lot: paid by card or bank, chased, or lost with the deposit (RULE-I1, J).

Nothing here decides that a buyer has defaulted: the court does, on the record (INV-M13). What
follows from the decision, the worker books.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from app.db import transaction
from app.gateways.clock import legal_now, real_now
from app.gateways.payments.values import MAX_CARD_AMOUNT_MINOR
from app.models.bidding import Buyer
from app.models.card_rows import Offered, add_offer, find_offer, withdraw_offers
from app.models.courts import CourtMembership, CourtRecord
from app.models.deposit_rows import (
    deposit_account,
    owe_rest_of_deposit,
    refund_account,
)
from app.models.dispute_rows import is_taken_back
from app.models.draft_rows import record_about
from app.models.exclusion_rows import exclude_buyers
from app.models.ledger_rows import Account, Posting, post_entry
from app.models.money import CardPayment, Deposit, Forfeiture, Settlement
from app.models.open_claim_rows import find_open_claims
from app.models.outbox_rows import record_act, tell
from app.models.part_rows import PricePart, next_part_of, parts_of_price
from app.models.plans import Plan
from app.models.proceeds_rows import Resale, find_paid_resale
from app.models.sales import SaleRecord
from app.models.settlement_rows import (
    balance_of_price,
    complete_price,
    kept_deposit,
    lock_settlement,
    owe_parts_back,
    price_account,
)
from app.services.card_offers import CardOffer, await_offer
from app.services.promises import for_each
from auction_engine.money.forfeit import Forfeit, forfeit
from auction_engine.money.lost_deposit import ShortfallMode, four_uses
from auction_engine.rulepacks import sale_pack

_PATIENCE_SECONDS = 4.0
# The buyer is reminded so long before the money must be there.
REMIND_BEFORE = (timedelta(days=3), timedelta(days=1))


class SettlementRefusal(StrEnum):
    """Why the price cannot be paid so, or the court cannot decide so now."""

    PAID_ALREADY = "paid_already"
    DEFAULTED = "defaulted"
    TOO_LARGE_FOR_CARD = "too_large_for_card"
    NOT_DUE_YET = "not_due_yet"
    NO_REFERENCE = "no_reference"
    NOT_DEFAULTED = "not_defaulted"
    NO_RESALE_YET = "no_resale_yet"
    USED_ALREADY = "used_already"
    NO_SHORTFALL = "no_shortfall"
    DECIDED_ALREADY = "decided_already"
    PLAN_IS_OUT = "plan_is_out"
    TAKEN_BACK = "taken_back"


def open_card_balance(
    registration_id: int,
    offered: Offered,
    *,
    next_part_only: bool = False,
    patience_seconds: float = _PATIENCE_SECONDS,
) -> CardOffer | SettlementRefusal:
    """The provider's page on which the buyer pays what is still owed, or the part that is due
    next, if a card can hold it."""
    with transaction() as session:
        settlement = session.scalars(
            select(Settlement)
            .where(Settlement.registration_id == registration_id)
            .with_for_update()
        ).one()
        left = balance_of_price(settlement)
        if settlement.state == "defaulted":
            return SettlementRefusal.DEFAULTED
        if settlement.state != "awaiting_balance" or left == 0:
            return SettlementRefusal.PAID_ALREADY
        part = next_part_of(session, settlement) if next_part_only else None
        amount = part.missing if part is not None else left
        if amount > MAX_CARD_AMOUNT_MINOR:
            return SettlementRefusal.TOO_LARGE_FOR_CARD
        standing = find_offer(session, now=real_now(session), settlement_id=settlement.id)
        if standing is None or standing.amount != amount:
            standing = _wish(session, settlement, amount, offered)
        public_id = standing.public_id
    return await_offer(public_id, patience_seconds)


def decide_default(sale_id: int, *, by: int, reference: str) -> Settlement | SettlementRefusal:
    """The court decides that the buyer has not paid (RULE-J1); `reference` is its decision's.

    A price that is due in parts may be lost with the first part that does not come.
    The deposit is kept and part payments go back as soon as the worker has seen the decision.
    """
    with transaction() as session:
        settlement = session.scalars(
            select(Settlement).where(Settlement.sale_id == sale_id).with_for_update()
        ).one()
        now = legal_now(session, settlement.court_id)
        refusal = _why_no_default(session, settlement, reference, now)
        if refusal is not None:
            return refusal
        settlement.state = "defaulted"
        settlement.defaulted_at = now
        settlement.default_decided_by = by
        settlement.default_reference = reference.strip()[:200]
        sale = session.get_one(SaleRecord, sale_id)
        record_act(
            session,
            actor="court",
            action="price.default_decided",
            subject=f"sale:{sale.public_id}",
            court_id=settlement.court_id,
            person_id=by,
            reference=settlement.default_reference,
        )
        _tell_buyer(
            session,
            settlement,
            "default_decided",
            at=now,
            reference=settlement.default_reference,
            deposit=kept_deposit(sale, settlement.deposit_applied),
        )
        # From this moment the buyer stays out of every later sale of the lot (RULE-J4, K11).
        exclude_buyers(session, sale_id, at=now, by=by)
    return settlement


def order_shortfall(
    sale_id: int, *, owed: bool, reference: str, by: int
) -> Forfeiture | SettlementRefusal:
    """Decide whether the defaulting buyer owes what the deposit did not cover (RULE-J5).

    Two views are published; the pack's reading says what holds without an order, and only where a
    shortfall is merely recorded is there something to decide.
    """
    if not reference.strip():
        return SettlementRefusal.NO_REFERENCE
    with transaction() as session:
        kept = _lock_forfeiture(session, sale_id)
        if kept is None or kept.state != "used":
            return SettlementRefusal.NO_RESALE_YET
        if not kept.shortfall:
            return SettlementRefusal.NO_SHORTFALL
        if kept.shortfall_reference is not None:
            return SettlementRefusal.DECIDED_ALREADY
        sale = session.get_one(SaleRecord, sale_id)
        kept.shortfall_owed = kept.shortfall if owed or _owes_without_order(sale) else 0
        kept.shortfall_reference = reference.strip()[:200]
        record_about(
            session,
            sale,
            "forfeiture.shortfall_decided",
            by,
            owed=kept.shortfall_owed,
            reference=kept.shortfall_reference,
        )
    return kept


def use_forfeiture(sale_id: int, *, costs: int, by: int) -> Forfeiture | SettlementRefusal:
    """Use a lost deposit after the resale, in RULE-J2's order: costs, gap, debts; no cent back.

    `sale_id` is the sale that was not paid. All of it joins the resale's proceeds, from which the
    plan pays costs first; what the deposit did not cover is recorded for the court (RULE-J5).
    """
    with transaction() as session:
        settlement = session.scalars(
            select(Settlement).where(Settlement.sale_id == sale_id).with_for_update()
        ).one()
        kept = _lock_forfeiture(session, sale_id)
        if kept is None:
            return SettlementRefusal.NOT_DEFAULTED
        if kept.state == "used":
            return SettlementRefusal.USED_ALREADY
        if is_taken_back(session, kept.deposit_id):
            return SettlementRefusal.TAKEN_BACK
        resale = find_paid_resale(session, session.get_one(SaleRecord, sale_id))
        if resale is None:
            return SettlementRefusal.NO_RESALE_YET
        if _is_distributed(session, resale):
            return SettlementRefusal.PLAN_IS_OUT
        uses = forfeit(
            deposit=kept.amount,
            costs=costs,
            original_price=settlement.price,
            resale_price=resale.price,
        )
        _use(session, kept, settlement, resale, uses, costs=costs, by=by)
    return kept


def settle_what_is_covered() -> int:
    """A price that the deposit covers alone is paid without another payment."""
    with transaction() as session:
        found = session.scalars(
            select(Settlement.id).where(
                Settlement.state == "awaiting_balance",
                Settlement.price == Settlement.deposit_applied + Settlement.paid,
            )
        ).all()
    return for_each(found, _settle_covered)


def keep_lost_deposits() -> int:
    """Book what the court's decision means: the deposit is lost, part payments are not (J1)."""
    with transaction() as session:
        found = session.scalars(
            select(Settlement.id)
            .join(Deposit, Deposit.registration_id == Settlement.registration_id)
            .where(Settlement.state == "defaulted", Deposit.state == "held")
        ).all()
    return for_each(found, _keep)


def chase_balances() -> int:
    """Remind buyers before the day, tell buyer and court after it; safe to run at any time.

    Whether somebody is late is the court's time to say, and what follows is the court's decision.
    """
    with transaction() as session:
        found = session.scalars(
            select(Settlement.id)
            .join(SaleRecord, SaleRecord.id == Settlement.sale_id)
            .where(
                Settlement.state == "awaiting_balance",
                or_(
                    # The few that are due in parts have earlier days than their last.
                    SaleRecord.balance_parts != [],
                    Settlement.due_at
                    <= func.legal_time(Settlement.court_id, func.clock_timestamp())
                    + max(REMIND_BEFORE),
                ),
            )
        ).all()
    return for_each(found, _chase)


def _wish(session: Session, settlement: Settlement, amount: int, offered: Offered) -> CardPayment:
    return add_offer(
        session,
        CardPayment(
            court_id=settlement.court_id,
            registration_id=settlement.registration_id,
            purpose="balance",
            settlement_id=settlement.id,
            amount=amount,
            currency=settlement.currency,
        ),
        offered,
        reference=settlement.reference,
    )


def _why_no_default(
    session: Session, settlement: Settlement, reference: str, now: datetime
) -> SettlementRefusal | None:
    if settlement.state == "defaulted":
        return SettlementRefusal.DEFAULTED
    if settlement.state != "awaiting_balance" or balance_of_price(settlement) == 0:
        return SettlementRefusal.PAID_ALREADY
    part = next_part_of(session, settlement)
    if part is None or now < part.due_at:
        return SettlementRefusal.NOT_DUE_YET
    if not reference.strip():
        return SettlementRefusal.NO_REFERENCE
    return None


def _is_distributed(session: Session, resale: Resale) -> bool:
    """Whether a plan of the resale is out already; a mere draft is drawn up anew instead."""
    plan = session.scalars(
        select(Plan)
        .where(Plan.sale_id == resale.sale_id, Plan.state != "replaced")
        .with_for_update()
    ).one_or_none()
    if plan is not None and plan.state == "draft":
        plan.state = "replaced"
    return plan is not None and plan.state in ("served", "final")


def _use(
    session: Session,
    kept: Forfeiture,
    settlement: Settlement,
    resale: Resale,
    uses: Forfeit,
    *,
    costs: int,
    by: int,
) -> None:
    now = legal_now(session, kept.court_id)
    original = session.get_one(SaleRecord, settlement.sale_id)
    again = session.get_one(SaleRecord, resale.sale_id)
    four = four_uses(uses, owed_in_case=_still_owed_in_case(session, again, resale.price))
    parts = (four.to_costs, four.to_price_gap, four.to_case_debts, four.to_connected_debts)
    if kept.amount:
        # One credit for each of the four uses, in their order; together the whole deposit.
        post_entry(
            session,
            court_id=kept.court_id,
            key=f"forfeiture-used:{kept.public_id}",
            memo=f"lost deposit of sale {original.public_id}: costs, gap, case, property",
            currency=kept.currency,
            at=now,
            postings=[
                Posting(_forfeited_account(original), kept.amount),
                *(Posting(price_account(again), -part) for part in parts if part),
            ],
        )
    kept.state = "used"
    kept.resale_sale_id = resale.sale_id
    kept.costs = costs
    kept.to_costs, kept.to_price_gap, kept.to_debts = (
        uses.to_costs,
        uses.to_price_gap,
        uses.to_debts,
    )
    kept.to_case_debts, kept.to_connected_debts = four.to_case_debts, four.to_connected_debts
    kept.price_gap, kept.shortfall = uses.price_gap, uses.shortfall
    kept.shortfall_owed = uses.shortfall if _owes_without_order(original) else 0
    kept.used_at, kept.used_by = now, by
    record_act(
        session,
        actor="court",
        action="forfeiture.used",
        subject=f"sale:{original.public_id}",
        court_id=kept.court_id,
        person_id=by,
        to_costs=uses.to_costs,
        to_price_gap=uses.to_price_gap,
        to_debts=uses.to_debts,
        to_case_debts=four.to_case_debts,
        to_connected_debts=four.to_connected_debts,
        shortfall=uses.shortfall,
    )


def _lock_forfeiture(session: Session, sale_id: int) -> Forfeiture | None:
    return session.scalars(
        select(Forfeiture)
        .join(Settlement, Settlement.id == Forfeiture.settlement_id)
        .where(Settlement.sale_id == sale_id)
        .with_for_update(of=Forfeiture)
    ).one_or_none()


def _owes_without_order(sale: SaleRecord) -> bool:
    """The pack's reading of a silent law (RULE-J5)."""
    return sale_pack(sale.rules).reading("shortfall") == ShortfallMode.RECOVERABLE


def _still_owed_in_case(session: Session, resale: SaleRecord, price: int) -> int:
    """What the resale's price leaves open of the debts of this case (RULE-J2)."""
    return max(0, sum(each.amount for each in find_open_claims(session, resale)) - price)


def _settle_covered(session: Session, settlement_id: int) -> None:
    settlement = lock_settlement(session, settlement_id)
    if settlement.state == "awaiting_balance" and balance_of_price(settlement) == 0:
        complete_price(session, settlement, legal_now(session, settlement.court_id))


def _keep(session: Session, settlement_id: int) -> None:
    settlement = lock_settlement(session, settlement_id)
    deposit = session.scalars(
        select(Deposit)
        .where(Deposit.registration_id == settlement.registration_id)
        .with_for_update()
    ).one()
    if settlement.state != "defaulted" or deposit.state != "held":
        return
    now = legal_now(session, settlement.court_id)
    sale = session.get_one(SaleRecord, settlement.sale_id)
    deposit.state, deposit.ended_at = "forfeited", now
    kept = kept_deposit(sale, deposit.amount)
    rest = deposit.amount - kept
    session.add(
        Forfeiture(
            court_id=settlement.court_id,
            settlement_id=settlement.id,
            deposit_id=deposit.id,
            amount=kept,
            currency=deposit.currency,
            kept_at=now,
        )
    )
    if deposit.amount:
        post_entry(
            session,
            court_id=settlement.court_id,
            key=f"deposit-forfeited:{deposit.public_id}",
            memo=f"deposit {deposit.public_id} lost: {settlement.default_reference}",
            currency=deposit.currency,
            at=now,
            postings=[
                Posting(deposit_account(deposit), deposit.amount),
                *([Posting(_forfeited_account(sale), -kept)] if kept else []),
                *([Posting(refund_account(deposit.public_id), -rest)] if rest else []),
            ],
        )
    if rest:
        owe_rest_of_deposit(session, deposit, rest, now, reason="sale_not_completed")
    withdraw_offers(session, settlement_id=settlement.id)
    # Only the deposit is lost: what was paid towards the price goes back where it came from.
    owe_parts_back(session, settlement, sale, at=now, reason="sale_not_completed")


def _forfeited_account(sale: SaleRecord) -> Account:
    return Account("forfeited", sale.public_id)


def _chase(session: Session, settlement_id: int) -> None:
    settlement = lock_settlement(session, settlement_id)
    now = legal_now(session, settlement.court_id)
    part = next_part_of(session, settlement)
    if settlement.state != "awaiting_balance" or part is None:
        return
    if part.of > 1:
        _tell_of_parts(session, settlement, now)
    due = {"due_at": part.due_at.isoformat(), **_part_told(settlement, part)}
    if now >= part.due_at:
        _tell_buyer(session, settlement, "balance_overdue", stage=_stage(part), at=now, **due)
        _tell_court(session, settlement, part, now)
        return
    for ahead in sorted(REMIND_BEFORE):
        if now >= part.due_at - ahead:
            # Only the nearest: after a held clock nobody gets two reminders at once.
            _tell_buyer(
                session,
                settlement,
                "balance_due_soon",
                stage=_stage(part, ahead.days),
                at=now,
                days=ahead.days,
                **due,
            )
            return


def _part_told(settlement: Settlement, part: PricePart) -> dict[str, object]:
    """What is asked for now: a part by its number, or the rest as a whole."""
    if part.of == 1:
        return {"balance": balance_of_price(settlement)}
    return {"balance": part.missing, "part": part.number, "parts": part.of}


def _stage(part: PricePart, days: int | None = None) -> str:
    """What tells one reminder of a price from another, so that each goes out once."""
    written = "" if days is None else str(days)
    return written if part.of == 1 else f"{part.number}of{part.of}-{written}"


def _tell_of_parts(session: Session, settlement: Settlement, at: datetime) -> None:
    """Once, when the price begins to be awaited: what each part asks, and by when."""
    sale = session.get_one(SaleRecord, settlement.sale_id)
    court = session.get_one(CourtRecord, settlement.court_id)
    parts = parts_of_price(settlement, sale, court.timezone)
    _tell_buyer(
        session,
        settlement,
        "balance_in_parts",
        at=at,
        due_at=parts[0].due_at.isoformat(),
        each=[{"amount": part.amount, "due_at": part.due_at.isoformat()} for part in parts],
    )


def _tell_buyer(
    session: Session,
    settlement: Settlement,
    kind: str,
    *,
    at: datetime,
    stage: str = "",
    **more: object,
) -> None:
    sale = session.get_one(SaleRecord, settlement.sale_id)
    tell(
        session,
        kind=kind,
        key=f"{kind}:{settlement.public_id}:{stage}",
        at=at,
        params={
            "sale": sale.public_id,
            "balance": balance_of_price(settlement),
            "currency": settlement.currency,
            "due_at": settlement.due_at.isoformat(),
            "reference_for_payment": settlement.reference,
            **more,
        },
        registration_id=settlement.registration_id,
        court_id=settlement.court_id,
        sale_id=settlement.sale_id,
    )


def _tell_court(session: Session, settlement: Settlement, part: PricePart, at: datetime) -> None:
    """The judges and clerks learn that a buyer is late; the name is public since the close."""
    sale = session.get_one(SaleRecord, settlement.sale_id)
    buyer = session.get_one(Buyer, settlement.sale_id)
    staff = session.scalars(
        select(CourtMembership.person_id)
        .where(
            CourtMembership.court_id == settlement.court_id,
            CourtMembership.role.in_(("judge", "clerk")),
            CourtMembership.ended_at.is_(None),
        )
        .distinct()
    )
    for person_id in staff:
        tell(
            session,
            kind="buyer_is_late",
            key=f"buyer-is-late:{settlement.public_id}:{person_id}"
            + (f":{_stage(part)}" if part.of > 1 else ""),
            at=at,
            params={
                "sale": sale.public_id,
                "buyer": buyer.name,
                "balance": part.missing,
                "currency": settlement.currency,
                "due_at": part.due_at.isoformat(),
            },
            person_id=person_id,
            court_id=settlement.court_id,
            sale_id=settlement.sale_id,
        )
