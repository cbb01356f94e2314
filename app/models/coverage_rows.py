"""What a case owes and what its sold lots brought; stopping the others once that is enough."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.models.bidding import Outcome, SaleStateRecord
from app.models.cases import ClaimRecord
from app.models.draft_rows import record_about
from app.models.journal import Entry, enter_arrivals
from app.models.many_rows import is_any_of
from app.models.money import Settlement
from app.models.outbox_rows import promise
from app.models.rounds import Taking
from app.models.sales import LotRecord, SaleRecord
from app.models.stop_rows import RUNNING, lock_cases
from app.models.stopping import CaseCoverage, DebtorPayment
from auction_engine.money.fees import enforcement_fee
from auction_engine.sale.coverage import Debts, Place, Running, goes_first, is_covered, stops
from auction_engine.sale.stopping import Ground

# Public in both languages, and the same for every lot: it names nobody and no sum.
REASON = (
    "本案其他财产的处置所得已足以清偿债务及费用。"
    "What other property of this case brought covers the debts and the costs."
)
# Acts that follow from another one are journalled once, however often that is written down.
_ACTS = uuid.UUID("6f1d4f0e-1c0a-4d2b-9c7e-0c10c10c10c1")


def coverage_of(session: Session, case_id: int) -> CaseCoverage | None:
    return session.get(CaseCoverage, case_id, populate_existing=True)


def debts_of(session: Session, case_id: int, currency: str) -> Debts | None:
    """The admitted claims and the costs, or None where a claim is in another currency.

    Costs are the enforcement fee and what the court wrote down besides.
    """
    return debts_of_cases(session, {case_id: currency})[case_id]


def debts_of_cases(session: Session, currencies: Mapping[int, str]) -> dict[int, Debts | None]:
    """The same of several cases, each in its currency."""
    admitted: dict[int, dict[str, int]] = {}
    for row in session.execute(
        select(ClaimRecord.case_id, ClaimRecord.currency, func.sum(ClaimRecord.admitted_amount))
        .where(is_any_of(ClaimRecord.case_id, currencies), ClaimRecord.state == "admitted")
        .group_by(ClaimRecord.case_id, ClaimRecord.currency)
    ):
        admitted.setdefault(row[0], {})[row[1]] = int(row[2])
    costs = _costs_of_cases(session, currencies)
    return {
        case_id: _debts(admitted.get(case_id, {}), currency, costs.get(case_id, 0))
        for case_id, currency in currencies.items()
    }


def _costs_of_cases(session: Session, case_ids: Iterable[int]) -> dict[int, int]:
    noted = select(CaseCoverage.case_id, CaseCoverage.costs).where(
        is_any_of(CaseCoverage.case_id, case_ids)
    )
    return {row.case_id: row.costs for row in session.execute(noted)}


def _debts(admitted: Mapping[str, int], currency: str, further: int) -> Debts | None:
    if any(other != currency for other in admitted):
        return None
    total = sum(admitted.values())
    return Debts(total, enforcement_fee(total) + further if total else further)


def brought_in(session: Session, case_id: int, currency: str) -> list[int]:
    """What a case has brought: lots sold and not undone, property to which a creditor has title in
    kind (K5), and what the debtor paid (L7)."""
    return brought_in_by_cases(session, {case_id: currency})[case_id]


def brought_in_by_cases(session: Session, currencies: Mapping[int, str]) -> dict[int, list[int]]:
    """The same of several cases, each in its currency."""
    prices = (
        select(LotRecord.case_id, Settlement.currency, Settlement.price)
        .join(SaleRecord, SaleRecord.lot_id == LotRecord.id)
        .join(Settlement, Settlement.sale_id == SaleRecord.id)
        .join(Outcome, Outcome.sale_id == Settlement.sale_id)
        .where(
            is_any_of(LotRecord.case_id, currencies),
            Outcome.status == "sold",
            Settlement.state.not_in(("defaulted", "revoked", "not_approved")),
        )
    )
    payments = select(DebtorPayment.case_id, DebtorPayment.currency, DebtorPayment.amount).where(
        is_any_of(DebtorPayment.case_id, currencies), DebtorPayment.state == "granted"
    )
    takings = select(Taking.case_id, Taking.currency, Taking.price).where(
        is_any_of(Taking.case_id, currencies), Taking.state == "served"
    )
    brought: dict[int, list[int]] = {case_id: [] for case_id in currencies}
    found = [row for each in (prices, takings, payments) for row in session.execute(each)]
    for case_id, currency, amount in found:
        if currency == currencies[case_id]:
            brought[case_id].append(amount)
    return brought


def nothing_left_to_sell_for(session: Session, case_id: int, currency: str) -> bool:
    """Whether everything is paid for, and the debtor did not agree to sell all (RULE-C10, L7)."""
    debts = debts_of(session, case_id, currency)
    if debts is None or _sells_all(session, case_id):
        return False
    return is_covered(debts, brought_in(session, case_id, currency))


@dataclass(frozen=True, slots=True)
class Ending:
    """A lot whose end has come, with its state locked; `now` is its court's legal time."""

    state: SaleStateRecord
    record: SaleRecord
    case_id: int
    now: datetime


def hold_places_in_cases(session: Session, endings: Sequence[Ending]) -> list[Ending]:
    """Hold the cases of lots that are about to be closed; those whose turn it is.

    Two lots of a case that end together are closed one after the other, and the second sees what
    the first brought: its own stop stands in its journal by then (RULE-C10). A lot that ended
    before this one goes first, whatever thread is quicker, and of two in one batch only the first
    is let through. With the caller's commit the cases are let go.
    """
    cases = sorted({ending.case_id for ending in endings})
    lock_cases(session, cases)
    running = running_of_cases(session, cases)
    sells_all = _cases_that_sell_all(
        session, [case_id for case_id, lots in running.items() if len(lots) > 1]
    )
    return [
        ending
        for ending in endings
        # A lot that nobody can stop waits for nobody.
        if ending.state.status == "withdrawn"
        or ending.case_id in sells_all
        or goes_first(
            Place(ending.state.closes_at, ending.record.id),
            [
                lot
                for lot in running.get(ending.case_id, [])
                if lot.place.number != ending.record.id
            ],
            ending.now,
        )
    ]


@dataclass(frozen=True, slots=True)
class SoldLot:
    """A lot that was sold, or taken in kind, at `at`; `now` is its court's legal time."""

    record: SaleRecord
    case_id: int
    at: datetime
    now: datetime


def stop_what_is_not_needed(session: Session, sold: Sequence[SoldLot]) -> None:
    """Stop the other lots of these lots' cases if their price is not needed (RULE-C10).

    The stops are journalled with the outcome, in one commit; a drain decides them like any other
    act of the court. The caller holds the cases (`hold_places_in_cases`).
    """
    running = running_of_cases(session, sorted({lot.case_id for lot in sold}))
    followed = [lot for lot in sold if lot.case_id in running]
    if not followed:
        return
    currencies = {lot.case_id: lot.record.currency for lot in followed}
    debts = debts_of_cases(session, currencies)
    brought = brought_in_by_cases(session, currencies)
    sells_all = _cases_that_sell_all(session, list(currencies))
    for lot in followed:
        owed = debts[lot.case_id]
        if owed is None:
            continue
        stopped = stops(
            owed,
            brought[lot.case_id],
            debtor_sells_all=lot.case_id in sells_all,
            sold_at=lot.at,
            others=running[lot.case_id],
            now=lot.now,
        )
        for sale_id, stop in stopped.items():
            _stop(session, lot.record, sale_id, stop.stayed_since)


def promise_to_stop_others(session: Session, taking: Taking) -> None:
    """With the service of the ruling property taken in kind counts for good. The scheduler keeps
    this: a desk writes into no journal of other lots."""
    promise(
        session,
        kind="covered_case",
        key=f"covered-case:{taking.public_id}",
        payload={"taking": taking.id},
        court_id=taking.court_id,
    )


def _stop(session: Session, sold: SaleRecord, sale_id: int, stayed_since: datetime | None) -> None:
    enter_arrivals(session, _acts(sold, sale_id, stayed_since))
    record_about(
        session,
        session.get_one(SaleRecord, sale_id),
        "sale.not_needed",
        None,
        ground=Ground.DEBTS_COVERED.value,
        sold=sold.public_id,
    )


def _acts(sold: SaleRecord, sale_id: int, stayed_since: datetime | None) -> list[Entry]:
    entries = []
    if stayed_since is not None:
        since = {"by": "platform", "reason": REASON, "since": stayed_since.isoformat()}
        entries.append(_entry(sold, sale_id, "suspend", since))
    ground = {"by": "court", "reason": REASON, "ground": Ground.DEBTS_COVERED.value}
    return [*entries, _entry(sold, sale_id, "withdraw", ground)]


def _entry(sold: SaleRecord, sale_id: int, kind: str, details: dict[str, Any]) -> Entry:
    key = uuid.uuid5(_ACTS, f"{sold.public_id}:{sale_id}:{kind}")
    return Entry(sale_id, kind, key, details=details)


def running_of_cases(session: Session, case_ids: Sequence[int]) -> dict[int, list[Running]]:
    """The published lots of these cases that are not over, by case."""
    session.flush()
    rows = session.execute(
        select(
            LotRecord.case_id,
            SaleStateRecord.sale_id,
            SaleStateRecord.closes_at,
            SaleStateRecord.stayed_from,
            SaleStateRecord.committed_at,
        )
        .join(SaleRecord, SaleRecord.lot_id == LotRecord.id)
        .join(SaleStateRecord, SaleStateRecord.sale_id == SaleRecord.id)
        .where(is_any_of(LotRecord.case_id, case_ids), SaleStateRecord.status.in_(RUNNING))
        .order_by(SaleStateRecord.sale_id)
    )
    running: dict[int, list[Running]] = {}
    for row in rows:
        lot = Running(
            place=Place(row.closes_at, row.sale_id),
            is_stayed=row.stayed_from is not None,
            committed_at=row.committed_at,
        )
        running.setdefault(row.case_id, []).append(lot)
    return running


def _cases_that_sell_all(session: Session, case_ids: Sequence[int]) -> set[int]:
    if not case_ids:
        return set()
    agreed = select(CaseCoverage.case_id).where(
        is_any_of(CaseCoverage.case_id, case_ids), CaseCoverage.sells_all_at.is_not(None)
    )
    return set(session.scalars(agreed))


def _sells_all(session: Session, case_id: int) -> bool:
    coverage = coverage_of(session, case_id)
    return coverage is not None and coverage.sells_all_at is not None
