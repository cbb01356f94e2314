"""From the decision to sell off without an auction to the draft of that sell-off (RULE-K14).

It runs as any sell-off does (OJS 37): the whole price prepaid, sixty days, a day of bidding from
the first bid on. Only its price comes from the decision and not from a round that failed.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.db import transaction
from app.gateways.clock import legal_now
from app.models.calendar_rows import opens_earliest
from app.models.cases import AssetRecord
from app.models.courts import CourtRecord
from app.models.draft_rows import CURRENT, last_sale_of
from app.models.round_rows import acts_on
from app.models.rounds import RoundAct
from app.models.sales import SaleRecord
from app.services.listing import (
    OPENING_HOUR,
    PREPARATION,
    ListingRefusal,
    Terms,
    add_draft,
    law_of,
    lot_of,
    with_found_price,
)
from auction_engine.rulepacks.pack import RulePack, StagedDraft
from auction_engine.sale import limits
from auction_engine.sale.calendar import day_of
from auction_engine.sale.kinds import Round

# What the price was held against, as the draft names the basis of its price.
_METHODS = {"agreed": "agreement", "market": "market_value", "appraisal": "appraisal"}
_AMOUNTS = {"agreed": "agreed_price", "market": "market_price", "appraisal": "appraisal"}


def draft_direct_sell_off(asset: AssetRecord, *, by: int) -> SaleRecord | ListingRefusal:
    """A draft at the price that the court decided on; the drafter fills in the rest."""
    with transaction() as session:
        session.get_one(AssetRecord, asset.id, with_for_update=True)
        decision = next(reversed(acts_on(session, asset.id, "direct_sell_off")), None)
        if decision is None:
            return ListingRefusal.NO_DECISION
        lot = lot_of(session, asset, by)
        last = last_sale_of(session, lot.id)
        if last is not None:
            return ListingRefusal.LOT_IN_SALE if last.state in CURRENT else ListingRefusal.LOT_SOLD
        law = law_of(session, asset.court_id, asset.case_id)
        if law is None or not isinstance(law.draft, StagedDraft):
            return ListingRefusal.NO_LAW
        terms = with_found_price(session, asset.id, _terms(session, asset, decision, law))
        return add_draft(
            session, lot, asset.property_kind, Round.SELL_OFF, terms, rules=law.id, by=by
        )


def _terms(session: Session, asset: AssetRecord, decision: RoundAct, law: RulePack) -> Terms:
    price, basis = int(decision.facts["price"]), str(decision.facts["basis"])
    opens_at = _opening(session, asset, law)
    least_deposit, _most = limits.deposit_bounds(law, price)
    return Terms(
        currency=str(decision.facts["currency"]),
        reference_price=int(decision.facts[_AMOUNTS[basis]]),
        reference_price_method=_METHODS[basis],
        # Until when the basis is valid the drafter has to say (RULE-B11).
        reference_price_valid_until=None,
        starting_price=price,
        increment=limits.guided_increment(price),
        multiples_only=True,
        deposit=least_deposit,
        opens_at=opens_at,
        closes_at=limits.least_close(law, Round.SELL_OFF, opens_at),
        balance_due_days=10,
        viewing="",
        conditions="",
        taxes="",
        publication_items=[],
        warnings=[],
    )


def _opening(session: Session, asset: AssetRecord, law: RulePack) -> datetime:
    """The first morning on which it may open if the court needs `PREPARATION` until then."""
    court = session.get_one(CourtRecord, asset.court_id)
    announced_on: date = day_of(legal_now(session, court.id), law.staged.utc_offset) + PREPARATION
    first = opens_earliest(court, law, Round.SELL_OFF, asset.property_kind, announced_on)
    opens_on = first.on if first is not None else announced_on + timedelta(days=1)
    return datetime.combine(opens_on, OPENING_HOUR, ZoneInfo(court.timezone))
