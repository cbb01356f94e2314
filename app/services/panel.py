"""The collegial panel votes on the five items of a draft, as they stand (RULE-A10)."""

from __future__ import annotations

from enum import StrEnum

from app.db import transaction
from app.models.draft_rows import lock_sale_record, record_about
from app.models.panel_rows import terms_hash, votes_on
from app.models.sales import PanelVote, SaleRecord
from auction_engine.sale.panel import MEMBERS, PanelDecision, panel_decision


class PanelRefusal(StrEnum):
    NOT_A_DRAFT = "not_a_draft"
    TERMS_CHANGED = "terms_changed"
    VOTED_ALREADY = "voted_already"
    PANEL_COMPLETE = "panel_complete"
    DISSENT_WITHOUT_REASON = "dissent_without_reason"


def vote(
    sale: SaleRecord, *, terms: str, in_favour: bool, dissent: str, by: int
) -> PanelDecision | PanelRefusal:
    """Cast a member's vote on the terms whose hash is `terms`, and no others.

    A vote stands for good. Whoever dissents says why, and it is kept with the case.
    """
    if not in_favour and not dissent.strip():
        return PanelRefusal.DISSENT_WITHOUT_REASON
    with transaction() as session:
        locked = lock_sale_record(session, sale.id)
        if locked.state != "draft":
            return PanelRefusal.NOT_A_DRAFT
        if terms_hash(session, locked) != terms:
            return PanelRefusal.TERMS_CHANGED
        votes = votes_on(session, locked.id, terms)
        if any(each.member_id == by for each in votes):
            return PanelRefusal.VOTED_ALREADY
        if len(votes) >= MEMBERS:
            return PanelRefusal.PANEL_COMPLETE
        session.add(
            PanelVote(
                court_id=locked.court_id,
                sale_id=locked.id,
                member_id=by,
                terms_hash=terms,
                in_favour=in_favour,
                dissent=dissent.strip(),
            )
        )
        record_about(session, locked, "panel.voted", by, terms=terms)
    return panel_decision([*(each.in_favour for each in votes), in_favour])
