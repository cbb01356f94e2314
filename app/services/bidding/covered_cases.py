"""Property taken in kind that covers the debts of its case stops the other lots (RULE-C10, K5).

A lot that is sold stops the others with its end. Title to property taken in kind passes at a desk,
which does not write into the journals of other lots; so it is looked for here.
"""

from __future__ import annotations

from sqlalchemy import Engine, exists, select
from sqlalchemy.orm import Session

from app.gateways.clock import legal_now
from app.models.bidding import SaleStateRecord
from app.models.coverage_rows import SoldLot, stop_what_is_not_needed
from app.models.rounds import Taking
from app.models.sales import LotRecord, SaleRecord
from app.models.stop_rows import RUNNING, lock_case

_RUNS_BESIDE = exists(
    select(SaleStateRecord.sale_id)
    .join(SaleRecord, SaleRecord.id == SaleStateRecord.sale_id)
    .join(LotRecord, LotRecord.id == SaleRecord.lot_id)
    .where(LotRecord.case_id == Taking.case_id, SaleStateRecord.status.in_(RUNNING))
)


def stop_what_is_covered(engine: Engine) -> None:
    """For the scheduler: without harm if it was done already."""
    with Session(engine) as session:
        takings = session.scalars(
            select(Taking).where(Taking.state == "served", _RUNS_BESIDE).order_by(Taking.id)
        ).all()
    for taking in takings:
        with Session(engine) as session:
            lock_case(session, taking.case_id)
            sale = session.get_one(SaleRecord, taking.sale_id)
            now = legal_now(session, sale.court_id)
            taken = SoldLot(sale, taking.case_id, at=now, now=now)
            stop_what_is_not_needed(session, [taken])
            session.commit()
