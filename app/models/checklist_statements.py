"""What a court states, and whom it asks, before a draft may be published (RULE-C6, C9, C11, D9)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.models.cases import AssetRecord, ClaimRecord, Party
from app.models.checklist_lines import CheckLine, LineState
from app.models.courts import CourtRecord
from app.models.plan_rows import order_of_payment
from app.models.qualification_rows import equity_terms_of, qualifications_of
from app.models.sales import LotRecord, SaleRecord
from app.models.statements import AssetStatement, SurplusNotice
from auction_engine.money.fees import enforcement_fee
from auction_engine.rulepacks.waterfall import WaterfallRules
from auction_engine.sale.deadlines import Deadline, WorkingDays, court_deadline
from auction_engine.sale.kinds import Round
from auction_engine.sale.qualification import Asks, missing_statements

# The articles of what the pack's own instrument leaves to others.
_NO_SURPLUS = "6 of the Auction Provisions"
_SOLD_TOGETHER = "15 of the Auction Provisions"
_FLOORLESS = "12 of the Equity Provisions"
_PART_OF_EQUITY = "13 of the Equity Provisions"
_EQUITY_TERMS = "14 and 15 of the Equity Provisions"
_RESTRICTED_HOUSING = "2 of Fa Shi [2021] 18"


@dataclass(frozen=True, slots=True)
class Held:
    """A draft and what it is held against here; `today` is the day it would be announced."""

    sale: SaleRecord
    asset: AssetRecord
    # Admitted on this very thing and paid before everybody else.
    claims_before: int
    today: date

    @property
    def before(self) -> int:
        """What is paid before the applicant: claims on the thing, and the costs (RULE-C6)."""
        return self.claims_before + enforcement_fee(self.sale.starting_price)

    @property
    def leaves_nothing(self) -> bool:
        return bool(self.claims_before) and self.sale.starting_price <= self.before


def surplus_facts(session: Session, sale: SaleRecord, at: datetime) -> Held:
    """The draft as it stands on the day of `at`."""
    lot = session.get_one(LotRecord, sale.lot_id)
    asset = session.get_one(AssetRecord, lot.asset_id)
    zone = ZoneInfo(session.get_one(CourtRecord, sale.court_id).timezone)
    order = order_of_payment(session, sale)
    return Held(sale, asset, _claims_before(session, asset, order), at.astimezone(zone).date())


def _claims_before(session: Session, asset: AssetRecord, order: WaterfallRules | None) -> int:
    """What was admitted on this very thing and is paid before the applicant (RULE-C6): a mortgage
    of the applicant's own is no claim before them."""
    on_things = [each.name for each in order.classes if each.on_things] if order else []
    return int(
        session.scalars(
            select(func.coalesce(func.sum(ClaimRecord.admitted_amount), 0))
            .join(Party, Party.id == ClaimRecord.party_id)
            .where(
                ClaimRecord.case_id == asset.case_id,
                ClaimRecord.state == "admitted",
                ClaimRecord.claim_class.in_(on_things),
                ClaimRecord.on_assets.contains([asset.public_id]),
                Party.role != "applicant",
            )
        ).one()
    )


def statement_lines(session: Session, held: Held) -> Iterator[CheckLine]:
    yield from _surplus_lines(session, held)
    yield from _qualification_lines(session, held)
    yield from _reason_lines(session, held)


def statements_of(session: Session, asset_id: int) -> dict[str, AssetStatement]:
    rows = session.scalars(select(AssetStatement).where(AssetStatement.asset_id == asset_id))
    return {row.kind: row for row in rows}


# --- equity that cannot be appraised ------------------------------------------------------------


def is_without_floor(session: Session, sale: SaleRecord, asset: AssetRecord) -> bool:
    """Whether the court has stated that the documents for an appraisal are not to be had and the
    creditor asked in writing; then there is no reference price to be 70 percent of (RULE-C5)."""
    return (
        asset.category == "shares"
        and sale.round == Round.FIRST
        and sale.reference_price is None
        and "equity_without_documents" in statements_of(session, asset.id)
    )


def floorless_lines(sale: SaleRecord) -> Iterator[CheckLine]:
    """A price above the enforcement costs, a deposit at the court's discretion (RULE-C5)."""
    costs = enforcement_fee(sale.starting_price)
    state = LineState.SATISFIED if sale.starting_price > costs else LineState.VIOLATED
    yield CheckLine("C5", "starting_price", state, _FLOORLESS, sale.starting_price, costs)
    yield CheckLine("C5", "deposit", LineState.SATISFIED, _FLOORLESS, sale.deposit)


# --- no surplus ---------------------------------------------------------------------------------


def answer_by(told_on: date, calendar: WorkingDays) -> Deadline:
    """Until when the applicant may ask for the sale all the same (RULE-C6)."""
    return court_deadline("C6", told_on, calendar)


def _surplus_lines(session: Session, held: Held) -> Iterator[CheckLine]:
    """Nothing would be left for the applicant: they are told, and may ask for the sale; then the
    reserve rises above what comes before them (RULE-C6)."""
    if not held.claims_before:
        return
    price, before = held.sale.starting_price, held.before
    notice = session.get(SurplusNotice, held.sale.id)
    state, why = _surplus_state(held, notice)
    yield CheckLine("C6", "no_surplus", state, _NO_SURPLUS, price, before, why=why)
    if notice is not None and notice.requested_on is not None:
        yield CheckLine("C6", "applicant_bears", LineState.ADVICE, _NO_SURPLUS)


def _surplus_state(held: Held, notice: SurplusNotice | None) -> tuple[LineState, str]:
    if not held.leaves_nothing:
        return LineState.SATISFIED, ""
    if notice is None:
        return LineState.MISSING, "applicant_not_told"
    if notice.requested_on is not None:
        return LineState.VIOLATED, "reserve_not_raised"
    if held.today <= notice.answer_by:
        return LineState.MISSING, "applicant_may_ask"
    return LineState.VIOLATED, "applicant_did_not_ask"


# --- qualifications and capital -----------------------------------------------------------------


def _qualification_lines(session: Session, held: Held) -> Iterator[CheckLine]:
    """Restricted housing says who may buy it, shares state their capital (RULE-D9)."""
    asset, sale = held.asset, held.sale
    if asset.is_purchase_restricted:
        asked = {each.kind for each in qualifications_of(session, sale.id)}
        state = LineState.SATISFIED if Asks.HOUSING_PURCHASE in asked else LineState.MISSING
        yield CheckLine("D9", "housing_purchase", state, _RESTRICTED_HOUSING)
    if asset.category == "shares":
        stated = equity_terms_of(session, sale.id) is not None
        missing = missing_statements(asset.category, has_equity_terms=stated)
        state = LineState.MISSING if missing else LineState.SATISFIED
        yield CheckLine("D9", "equity_terms", state, _EQUITY_TERMS)


# --- reasons ------------------------------------------------------------------------------------


def _reason_lines(session: Session, held: Held) -> Iterator[CheckLine]:
    """Why so much of an equity is sold, and why things go together: the court's own judgment,
    which the platform asks for and records (RULE-C9, C11)."""
    stated = statements_of(session, held.asset.id)
    if held.asset.category == "shares":
        state = LineState.SATISFIED if "part_of_equity" in stated else LineState.ADVICE
        yield CheckLine("C11", "part_of_equity", state, _PART_OF_EQUITY)
    if "sold_together" in stated:
        yield CheckLine("C9", "sold_together", LineState.SATISFIED, _SOLD_TOGETHER)
