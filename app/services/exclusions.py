"""The court's list of those who may not bid: entered and lifted, never read at a registration.

Names stand here for the court's own file. Of an id number only what it comes to under the
platform's key is kept; it is compared when somebody registers, and nobody learns that it matched
but whoever is turned away (RULE-E9, A8, E13).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from app.db import transaction
from app.gateways.clock import legal_now
from app.gateways.seal import index_of_id_number
from app.models.draft_rows import CURRENT, lock_sale_record, record_about
from app.models.exclusion_rows import exclude
from app.models.qualification import ExclusionRecord
from app.models.sales import SaleRecord
from auction_engine.sale.exclusion import BY_DECISION, NEXT, EntryState, Ground, counts_in


class ExclusionRefusal(StrEnum):
    BIDDING_IS_OPEN = "bidding_is_open"
    SALE_IS_OVER = "sale_is_over"
    LISTED_ALREADY = "listed_already"
    LIFTED_ALREADY = "lifted_already"
    ONLY_BY_DECISION = "only_by_decision"


@dataclass(frozen=True, slots=True)
class Entry:
    """Somebody the law keeps out, as the court knows them."""

    name: str
    id_number: str
    ground: Ground
    note: str = ""
    whole_case: bool = False


def enter(key: str, sale: SaleRecord, entry: Entry, *, by: int) -> ExclusionRefusal | None:
    """Put somebody on the list, before bidding opens: from then on nobody is barred (RULE-A8)."""
    with transaction() as session:
        locked = lock_sale_record(session, sale.id)
        now = legal_now(session, locked.court_id)
        if locked.state not in CURRENT:
            return ExclusionRefusal.SALE_IS_OVER
        if locked.state == "published" and not counts_in(entered_at=now, opens_at=locked.opens_at):
            return ExclusionRefusal.BIDDING_IS_OPEN
        entered = exclude(
            session,
            locked.lot_id,
            index_of_id_number(key, entry.id_number),
            entry.ground,
            at=now,
            name=entry.name,
            note=entry.note,
            by=by,
            whole_case=entry.whole_case,
        )
        if not entered:
            return ExclusionRefusal.LISTED_ALREADY
        record_about(session, locked, "exclusion.entered", by, ground=entry.ground.value)
    return None


def lift(sale: SaleRecord, exclusion: ExclusionRecord, *, by: int) -> ExclusionRefusal | None:
    """Take an entry off; the line stays, and so does who entered and who lifted it."""
    with transaction() as session:
        locked_sale = lock_sale_record(session, sale.id)
        locked = session.get_one(
            ExclusionRecord, exclusion.id, with_for_update=True, populate_existing=True
        )
        if EntryState.LIFTED not in NEXT[EntryState(locked.state)]:
            return ExclusionRefusal.LIFTED_ALREADY
        if Ground(locked.ground) in BY_DECISION:
            return ExclusionRefusal.ONLY_BY_DECISION
        now = legal_now(session, locked.court_id)
        locked.state, locked.lifted_by, locked.lifted_at = EntryState.LIFTED.value, by, now
        record_about(session, locked_sale, "exclusion.lifted", by, exclusion=locked.public_id)
    return None
