"""Property taken in kind that covers the debts of its case stops the other lots (RULE-C10, K5).

A lot that is sold stops the others with its end. Title to property taken in kind passes at a desk,
which writes into no journal; the scheduler keeps what is promised there.
"""

from __future__ import annotations

from app.db import transaction
from app.gateways.clock import legal_now
from app.models.coverage_rows import SoldLot, running_of_cases, stop_what_is_not_needed
from app.models.outbox_queue import Claim, finish
from app.models.rounds import Taking
from app.models.sales import SaleRecord
from app.models.stop_rows import lock_case
from app.services.promises import NotYet
from auction_engine.sale.coverage import Place, goes_first


def stop_others(claim: Claim) -> None:
    """Stop the other lots where their prices are not needed any more."""
    with transaction() as session:
        taking = session.get_one(Taking, claim.payload["taking"])
        lock_case(session, taking.case_id)
        sale = session.get_one(SaleRecord, taking.sale_id)
        now = legal_now(session, sale.court_id)
        others = running_of_cases(session, [taking.case_id]).get(taking.case_id, [])
        if not goes_first(Place(now, sale.id), others, now):
            # A lot that was over before is not stopped: it counts, or goes on.
            raise NotYet("a lot that is over is written down first")
        taken = SoldLot(sale, taking.case_id, at=now, now=now)
        stop_what_is_not_needed(session, [taken])
        finish(session, claim.id, "the case was looked at")
