"""What a court's page about stopping the sales of a case shows."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models.bidding import SaleStateRecord
from app.models.cases import AssetRecord, CaseRecord, ClaimRecord
from app.models.coverage_rows import brought_in, coverage_of, debts_of
from app.models.sales import LotRecord, SaleRecord
from app.models.stop_rows import running_sales
from app.models.stopping import Bankruptcy, CaseCoverage, DebtorPayment
from auction_engine.sale.coverage import Debts, is_covered


@dataclass(frozen=True, slots=True)
class RunningSale:
    sale: SaleRecord
    state: SaleStateRecord
    title: str
    title_zh: str


@dataclass(frozen=True, slots=True)
class StoppingFile:
    """What is owed, what came in, what runs, and what was decided about it."""

    currency: str
    debts: Debts | None
    brought: int
    is_covered: bool
    coverage: CaseCoverage | None
    running: list[RunningSale]
    payments: list[DebtorPayment]
    bankruptcies: list[Bankruptcy]

    @property
    def standing_bankruptcy(self) -> Bankruptcy | None:
        return next((each for each in self.bankruptcies if each.state != "lifted"), None)


def stopping_file(session: Session, case: CaseRecord) -> StoppingFile:
    currency = _currency(session, case)
    debts = debts_of(session, case.id, currency)
    brought = brought_in(session, case.id, currency)
    return StoppingFile(
        currency=currency,
        debts=debts,
        brought=sum(brought),
        is_covered=debts is not None and is_covered(debts, brought),
        coverage=coverage_of(session, case.id),
        running=[_named(session, sale, state) for sale, state in running_sales(session, case.id)],
        payments=list(
            session.scalars(
                select(DebtorPayment)
                .where(DebtorPayment.case_id == case.id)
                .order_by(DebtorPayment.id.desc())
            )
        ),
        bankruptcies=list(
            session.scalars(
                select(Bankruptcy)
                .where(Bankruptcy.case_id == case.id)
                .order_by(Bankruptcy.id.desc())
            )
        ),
    )


def title_of(session: Session, sale: SaleRecord) -> str:
    asset = _asset(session, sale)
    return asset.title_zh or asset.title


def _named(session: Session, sale: SaleRecord, state: SaleStateRecord) -> RunningSale:
    asset = _asset(session, sale)
    return RunningSale(sale, state, asset.title, asset.title_zh)


def _asset(session: Session, sale: SaleRecord) -> AssetRecord:
    lot = session.get_one(LotRecord, sale.lot_id)
    return session.get_one(AssetRecord, lot.asset_id)


def _currency(session: Session, case: CaseRecord) -> str:
    """The currency of the case's claims, or of its sales; yuan where there is neither."""
    found = session.scalars(
        select(ClaimRecord.currency)
        .where(ClaimRecord.case_id == case.id, ClaimRecord.state == "admitted")
        .limit(1)
    ).first()
    return found or "CNY"
