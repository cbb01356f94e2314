"""What the plan in the making asks of a taker beyond the difference (RULE-K5, DIST section 8).

By its costs and claims the taker's share of the price may be lower than the property counted for.
The draft and the books are the court's own, so the worker writes the sum beside the taking, where
its taker may read it, and tells them where to pay it.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db import transaction
from app.gateways.clock import legal_now
from app.models.cases import Party
from app.models.courts import CourtRecord
from app.models.outbox_rows import tell
from app.models.plans import Plan
from app.models.round_rows import asset_of, lock_taking
from app.models.rounds import InKindInquiry, Taking
from app.models.sales import SaleRecord
from app.models.taking_rows import STATES_WITH_DIFFERENCE, owed_by_taker
from app.services.promises import for_each


def tell_takers() -> int:
    """Bring what each taker reads up to date, and tell whoever owes more than they knew."""
    drafted = select(Plan.sale_id).where(Plan.state == "draft")
    with transaction() as session:
        found = session.scalars(
            select(Taking)
            .where(
                Taking.state.in_(STATES_WITH_DIFFERENCE),
                Taking.difference > 0,
                (Taking.further_due > 0) | Taking.sale_id.in_(drafted),
            )
            .order_by(Taking.id)
        ).all()
        changed = [each.id for each in found if owed_by_taker(session, each) != each.further_due]
    return for_each(changed, _write)


def _write(session: Session, taking_id: int) -> None:
    taking = lock_taking(session, taking_id)
    taking.further_due = owed_by_taker(session, taking)
    taker = session.get_one(Party, taking.party_id)
    if taking.further_due and taker.person_id is not None:
        _tell(session, taking, taker.person_id)


def _tell(session: Session, taking: Taking, person_id: int) -> None:
    sale = session.get_one(SaleRecord, taking.sale_id)
    asset, court = asset_of(session, sale), session.get_one(CourtRecord, taking.court_id)
    plan = session.scalars(select(Plan).filter_by(sale_id=sale.id, state="draft")).one()
    tell(
        session,
        kind="further_sum_owed",
        # Drafted anew it may ask another sum: then they are told again.
        key=f"further-sum:{plan.public_id}:{taking.further_due}",
        at=legal_now(session, taking.court_id),
        params={
            "inquiry": session.get_one(InKindInquiry, taking.inquiry_id).public_id,
            "title": asset.title,
            "title_zh": asset.title_zh,
            "amount": taking.further_due,
            "currency": taking.currency,
            "reference": taking.reference or "",
            "account_name": court.account_name,
            "account_number": court.account_number,
            "account_bank": court.account_bank,
        },
        person_id=person_id,
        court_id=taking.court_id,
        sale_id=sale.id,
    )
