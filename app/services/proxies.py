"""Leave to bid for somebody else: confirmed by the court before bidding starts, or never (E8)."""

from __future__ import annotations

from enum import StrEnum

from app.db import transaction
from app.gateways.clock import legal_now
from app.models.draft_rows import lock_sale_record, record_about
from app.models.outbox_rows import tell
from app.models.sales import ProxyRequest


class ProxyRefusal(StrEnum):
    DECIDED_ALREADY = "decided_already"
    BIDDING_STARTED = "bidding_started"


def decide_proxy(request: ProxyRequest, *, confirm: bool, by: int) -> ProxyRequest | ProxyRefusal:
    """Decide once, and tell the one who asked (RULE-E8)."""
    with transaction() as session:
        sale = lock_sale_record(session, request.sale_id)
        now = legal_now(session, sale.court_id)
        if now >= sale.opens_at:
            return ProxyRefusal.BIDDING_STARTED
        locked = session.get_one(
            ProxyRequest, request.id, with_for_update=True, populate_existing=True
        )
        if locked.state != "asked":
            return ProxyRefusal.DECIDED_ALREADY
        locked.state = "confirmed" if confirm else "refused"
        locked.decided_by, locked.decided_at = by, now
        tell(
            session,
            kind=f"proxy_{locked.state}",
            key=f"proxy-{locked.state}:{locked.public_id}",
            at=now,
            params={"sale": sale.public_id},
            person_id=locked.person_id,
            court_id=sale.court_id,
            sale_id=sale.id,
        )
        record_about(session, sale, f"proxy.{locked.state}", by, proxy=locked.public_id)
    return locked
