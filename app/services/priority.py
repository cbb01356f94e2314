"""First rights to buy: entered, confirmed with a rank, or refused (RULE-F1, F2)."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as upsert

from app.db import transaction
from app.gateways.clock import legal_now
from app.models.cases import Party
from app.models.draft_rows import (
    CURRENT,
    DraftHeld,
    lock_sale_record,
    reason_not_to_change,
    record_about,
)
from app.models.outbox_rows import tell
from app.models.pending_rows import pending_publication
from app.models.sales import PriorityClaim, SaleRecord


class PriorityRefusal(StrEnum):
    NOT_LINKED = "not_linked"
    DECIDED_ALREADY = "decided_already"
    BIDDING_OVER = "bidding_over"


def enter_priority(
    sale: SaleRecord, party: Party, ground: str, *, by: int
) -> PriorityClaim | DraftHeld | PriorityRefusal:
    """Enter a first right that the court knows of, for a party with an account (RULE-F1)."""
    if party.person_id is None:
        return PriorityRefusal.NOT_LINKED
    with transaction() as session:
        locked = lock_sale_record(session, sale.id)
        refusal = reason_not_to_change(session, locked)
        if refusal is not None:
            return refusal
        session.execute(
            upsert(PriorityClaim)
            .values(
                court_id=locked.court_id,
                sale_id=locked.id,
                person_id=party.person_id,
                ground=ground,
            )
            .on_conflict_do_nothing(index_elements=["sale_id", "person_id"])
        )
        claim = session.scalars(
            select(PriorityClaim).where(
                PriorityClaim.sale_id == locked.id, PriorityClaim.person_id == party.person_id
            )
        ).one()
        record_about(session, locked, "priority.entered", by, claim=claim.public_id)
    return claim


def confirm_priority(
    claim: PriorityClaim, *, rank: int, nature: str, by: int
) -> PriorityClaim | DraftHeld | PriorityRefusal:
    """Confirm a first right with its rank; votes of the panel cast before are void (RULE-A10)."""
    return _decide_priority(claim, "confirmed", rank, nature, by)


def refuse_priority(
    claim: PriorityClaim, *, by: int
) -> PriorityClaim | DraftHeld | PriorityRefusal:
    return _decide_priority(claim, "refused", None, None, by)


def _decide_priority(
    claim: PriorityClaim, state: str, rank: int | None, nature: str | None, by: int
) -> PriorityClaim | DraftHeld | PriorityRefusal:
    with transaction() as session:
        sale = lock_sale_record(session, claim.sale_id)
        if sale.state not in CURRENT:
            return PriorityRefusal.BIDDING_OVER
        if pending_publication(session, sale) is not None:
            return DraftHeld.AWAITING_DECISION
        locked = session.get_one(PriorityClaim, claim.id, with_for_update=True)
        if locked.state != "asked":
            return PriorityRefusal.DECIDED_ALREADY
        now = legal_now(session, sale.court_id)
        locked.state, locked.rank, locked.nature = state, rank, nature
        locked.decided_by, locked.decided_at = by, now
        tell(
            session,
            kind=f"priority_{state}",
            key=f"priority-{state}:{locked.public_id}",
            at=now,
            params={"sale": sale.public_id, "rank": rank},
            person_id=locked.person_id,
            court_id=sale.court_id,
        )
        record_about(session, sale, f"priority.{state}", by, claim=locked.public_id)
    return locked
