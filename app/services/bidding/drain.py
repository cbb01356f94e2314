"""Decide everything that arrived for a sale, in the order of arrival, in one commit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import exists, insert, select, text, update
from sqlalchemy.orm import Session

from app.models.bidding import Admission, Outcome
from app.models.decision_rows import write_decisions
from app.models.journal import Waiting, find_undecided
from app.models.live_message import public_message
from app.models.records import PublicNotice
from app.models.sale_rows import lock_sale_state, pass_barrier, to_sale, to_terms
from app.models.sales import SaleRecord
from app.services.bidding.sitting import Known, Sitting
from auction_engine.sale.bidders import Bidder


@dataclass(slots=True)
class Drained:
    """What one commit decided: how many arrivals, the decision on each, and what those who watch
    are told."""

    count: int
    message: dict[str, Any] | None
    decisions: list[dict[str, Any]] = field(default_factory=list)


def drain(session: Session, sale_id: int) -> Drained:
    """Decide the next arrivals of a sale. The caller commits; nothing is decided before."""
    state = lock_sale_state(session, sale_id)
    if state is None:
        return Drained(0, None)
    last = pass_barrier(session, sale_id)
    if last is None:
        return Drained(0, None)
    arrivals = find_undecided(session, sale_id, last)
    terms, is_over = _terms(session, sale_id)
    sale = to_sale(state, to_terms(terms))
    sitting = Sitting(state, sale, _bidders(arrivals), is_over)
    for arrival in arrivals:
        sitting.decide(arrival)
    sitting.finish()
    _write(session, sitting)
    message = public_message(terms.public_id, state, sitting.bids)
    return Drained(len(arrivals), message, sitting.decisions)


def _terms(session: Session, sale_id: int) -> tuple[SaleRecord, bool]:
    """The frozen terms, and whether the outcome is written."""
    found = session.execute(
        select(SaleRecord, exists().where(Outcome.sale_id == sale_id)).where(
            SaleRecord.id == sale_id
        )
    ).one()
    return found[0], found[1]


def _bidders(arrivals: Sequence[Waiting]) -> dict[int, Known]:
    """Who stands behind the codes, as they stand now: read anew for every batch."""
    return {
        one.registration_id: Known(
            registration_id=one.registration_id,
            bidder=Bidder(one.code, one.priority_rank, one.excluded),
            admitted=one.is_admitted,
            named_n=one.named_n,
        )
        for one in {each.registration_id: each for each in arrivals}.values()
        if one.registration_id is not None
    }


def _write(session: Session, sitting: Sitting) -> None:
    if sitting.admissions:
        session.execute(insert(Admission), sitting.admissions)
    write_decisions(
        session,
        sitting.state,
        sitting.decisions,
        lines=sitting.lines,
        bids=sitting.bids,
        shows=bool(sitting.bids or sitting.notices),
    )
    for registration_id, n in sitting.named:
        session.execute(
            update(Admission).where(Admission.registration_id == registration_id).values(named_n=n)
        )
    if sitting.notices:
        session.execute(insert(PublicNotice), sitting.notices)


def sales_with_undecided(session: Session, limit: int = 100) -> list[int]:
    """Sales where something waits, for whoever sweeps up after a process that died."""
    rows = session.execute(text("SELECT DISTINCT sale_id FROM undecided LIMIT :n"), {"n": limit})
    return [row.sale_id for row in rows]
