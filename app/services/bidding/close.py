"""Close sales: the same drain with the end in view, and all that follows from the outcome.

One transaction for one sale or for many. The end is data; whoever runs this only writes it down,
twice or late without harm. Thousands of sales end in one second, so everything here is asked and
written for a batch at once: a batch costs little more than one sale did.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.gateways.clock import legal_now, legal_times
from app.models.bidding import AwardRecord, Outcome, SaleStateRecord, TranscriptLine, Undecided
from app.models.coverage_rows import (
    Ending,
    SoldLot,
    hold_places_in_cases,
    stop_what_is_not_needed,
)
from app.models.live_message import public_message
from app.models.many_rows import Row, change_many, insert_many, is_any_of, update_many
from app.models.outbox_rows import Act, Notice, publish_notice, publish_notices, record_acts
from app.models.sale_rows import (
    lock_sale_state,
    lock_sale_states,
    pass_barriers,
    phase_of,
    standing_offers,
    standing_offers_of,
    to_sale,
    to_terms,
)
from app.models.sales import LotRecord, PublicLot, SaleRecord
from app.services.bidding.drain import drain
from app.services.bidding.settle import OpenEnvelope, Sold, settle
from auction_engine.evidence.chain import Line
from auction_engine.evidence.transcript import outcome_line
from auction_engine.sale.closing import Outcome as Ended
from auction_engine.sale.closing import Status, outcome, revealed
from auction_engine.sale.offers import Offer
from auction_engine.sale.state import Sale

Message = dict[str, Any]


def close_if_due(session: Session, sale_id: int, open_envelope: OpenEnvelope) -> Message | None:
    """Close the sale if its end has come; the message for those who watch, or None.

    The caller commits. `open_envelope` reads the winner's sealed identity and nobody else's.
    """
    return next(iter(close_together(session, [sale_id], open_envelope)), None)


def close_together(
    session: Session,
    sale_ids: Sequence[int],
    open_envelope: OpenEnvelope,
    *,
    skip_locked: bool = False,
) -> list[Message]:
    """Close those of the sales whose end has come; a message of each that was moved on.

    With `skip_locked` a sale for which somebody decides just now is left for another time, so that
    one that is stuck holds up nobody. The caller commits, all or nothing.
    """
    endings = _ending(session, sale_ids, skip_locked=skip_locked)
    if endings:
        endings = hold_places_in_cases(session, endings)
    if not endings:
        return []
    _drain_to_the_end(session, endings)
    offers = standing_offers(session, [ending.record.id for ending in endings])
    closed: list[tuple[Ending, Ended, Sold]] = []
    for ending in endings:
        state, mine = ending.state, offers.get(ending.record.id, [])
        sale = to_sale(state, to_terms(ending.record))
        shown = revealed(sale, [offer for offer, _registration in mine], ending.now)
        ended = outcome(shown, ending.now)
        if ended is None:
            # What was drained moved the end, or stayed the sale: not today.
            continue
        _reveal(state, shown, mine)
        closed.append((ending, ended, _sold(ending, ended, _waiting(state, sale, mine))))
    _write_outcomes(session, [(ending, ended) for ending, ended, _sold_to in closed])
    settle(session, [sold for _ending_of, _ended, sold in closed], open_envelope, confirm=True)
    _stop_siblings(session, [(ending, ended) for ending, ended, _sold_to in closed])
    return [public_message(each.record.public_id, each.state, []) for each in endings]


def carry_out_award(session: Session, sale_id: int, open_envelope: OpenEnvelope) -> Message | None:
    """Do what the court decided on a best bid: it buys, or everybody gets their deposit back."""
    state = lock_sale_state(session, sale_id)
    decided = session.scalars(
        select(AwardRecord).where(AwardRecord.sale_id == sale_id).with_for_update()
    ).one_or_none()
    if state is None or decided is None or decided.carried_out_at is not None:
        return None
    record = session.get_one(SaleRecord, sale_id)
    at = legal_now(session, state.court_id)
    best = state.leader_registration_id if decided.decision == "approved" else None
    state.status = "sold" if best is not None else "unsold"
    waiting: frozenset[int] = frozenset()
    if best is not None:
        offers = standing_offers_of(session, sale_id)
        waiting = frozenset({best, *(who for offer, who in offers if offer.reserve)})
    settle(session, [Sold(record, at, best, decided.price, waiting)], open_envelope, confirm=False)
    decided.carried_out_at = at
    session.execute(
        update(PublicLot).where(PublicLot.sale_id == sale_id).values(phase=state.status)
    )
    publish_notice(
        session,
        court_id=record.court_id,
        sale_id=sale_id,
        kind=state.status,
        at=at,
        params={"price": decided.price if best else None, "currency": record.currency},
    )
    return public_message(record.public_id, state, [])


def _ending(session: Session, sale_ids: Sequence[int], *, skip_locked: bool) -> list[Ending]:
    """Of these sales, locked, those that are over and have no outcome yet."""
    states = lock_sale_states(session, sale_ids, skip_locked=skip_locked)
    ids = [state.sale_id for state in states]
    written = set(session.scalars(select(Outcome.sale_id).where(is_any_of(Outcome.sale_id, ids))))
    # Read before the drain: whatever arrives later is later than this.
    now = legal_times(session, [state.court_id for state in states])
    over = [
        state
        for state in states
        if state.sale_id not in written
        and (
            state.status == "withdrawn"
            or (state.stayed_from is None and state.closes_at <= now[state.court_id])
        )
    ]
    rows = session.execute(
        select(SaleRecord, LotRecord.case_id)
        .join(LotRecord, LotRecord.id == SaleRecord.lot_id)
        .where(is_any_of(SaleRecord.id, [state.sale_id for state in over]))
    )
    about = {record.id: (record, case_id) for record, case_id in rows}
    return [Ending(state, *about[state.sale_id], now[state.court_id]) for state in over]


def _drain_to_the_end(session: Session, endings: Sequence[Ending]) -> None:
    """No outcome while an arrival before the end is undecided (INV-A5)."""
    ids = [ending.record.id for ending in endings]
    pass_barriers(session, ids)
    waiting = session.scalars(
        select(Undecided.sale_id).where(is_any_of(Undecided.sale_id, ids)).distinct()
    ).all()
    for sale_id in waiting:
        while drain(session, sale_id).count:
            pass


def _sold(ending: Ending, ended: Ended, waiting: frozenset[int]) -> Sold:
    is_sold = ended.standing.status is Status.SOLD
    return Sold(
        record=ending.record,
        at=ended.at,
        winner=ending.state.leader_registration_id if is_sold else None,
        price=ended.standing.price,
        waiting=waiting,
    )


def _reveal(state: SaleStateRecord, shown: Sale, offers: Sequence[tuple[Offer, int]]) -> None:
    """From here on everybody sees what was bid; of an open sale everybody has.

    What was bid in a sale that is withdrawn stays sealed for ever.
    """
    if not state.is_sealed or shown.is_withdrawn:
        return
    state.is_sealed = False
    if shown.leader is None:
        return
    state.leader_code, state.leader_rank = shown.leader.code, shown.leader.priority_rank
    state.price = shown.price
    state.leader_registration_id = next(
        registration for offer, registration in offers if offer.bidder == shown.leader
    )


def _waiting(
    state: SaleStateRecord, sale: Sale, offers: Sequence[tuple[Offer, int]]
) -> frozenset[int]:
    """Whose deposits stay: the best bidder's, and of those who offered to stand in (LEC 652)."""
    if sale.is_withdrawn:
        return frozenset()
    stand_in = {registration for offer, registration in offers if offer.reserve}
    if not sale.terms.rules.course.second_bidder:
        stand_in = set()
    best = {state.leader_registration_id} if state.leader_registration_id else set()
    return frozenset(stand_in | best)


def _write_outcomes(session: Session, closed: Sequence[tuple[Ending, Ended]]) -> None:
    """What a close leaves about the sale itself, in one statement for each table."""
    lines = [outcome_line(each.state.n + 1, each.state.head, ended) for each, ended in closed]
    insert_many(
        session,
        TranscriptLine,
        [
            _line_row(ending.record, line)
            for (ending, _ended), line in zip(closed, lines, strict=True)
        ],
    )
    change_many(
        session,
        [
            (ending.state, _last_state(ended, line))
            for (ending, ended), line in zip(closed, lines, strict=True)
        ],
    )
    change_many(session, [(each.record, {"state": _end_of(ended)}) for each, ended in closed])
    insert_many(session, Outcome, [_outcome_row(each, ended) for each, ended in closed])
    update_many(session, PublicLot, [_shown(each) for each, _ended in closed])
    publish_notices(session, [_notice(each, ended) for each, ended in closed])
    record_acts(session, [_act(each) for each, _ended in closed])


def _line_row(record: SaleRecord, line: Line) -> Row:
    return {
        "sale_id": record.id,
        "n": line.n,
        "prev": line.sealed["prev"],
        "hash": line.hash,
        "line": line.text,
    }


def _last_state(ended: Ended, line: Line) -> Row:
    return {
        "status": phase_of(ended.standing.status),
        "is_over": True,
        "n": line.n,
        "head": line.hash,
    }


def _end_of(ended: Ended) -> str:
    return "withdrawn" if ended.standing.status is Status.WITHDRAWN else "ended"


def _outcome_row(ending: Ending, ended: Ended) -> Row:
    state, standing = ending.state, ended.standing
    is_sold = standing.status is Status.SOLD
    return {
        "sale_id": ending.record.id,
        "court_id": ending.record.court_id,
        "status": standing.status.value,
        "at": ended.at,
        "winner_registration_id": state.leader_registration_id if is_sold else None,
        "winner_code": standing.winner,
        "price": standing.price if is_sold else None,
        "extensions": standing.extensions,
        "accepted": standing.accepted,
        "refused": standing.refused,
        "n": state.n,
        "head": state.head,
    }


def _shown(ending: Ending) -> Row:
    state = ending.state
    return {
        "sale_id": ending.record.id,
        "phase": state.status,
        "price": state.price,
        "bids": state.accepted,
    }


def _notice(ending: Ending, ended: Ended) -> Notice:
    is_sold = ended.standing.status is Status.SOLD
    return Notice(
        court_id=ending.record.court_id,
        sale_id=ending.record.id,
        kind=ending.state.status,
        at=ended.at,
        params={
            "price": ended.standing.price if is_sold else None,
            "currency": ending.record.currency,
        },
    )


def _act(ending: Ending) -> Act:
    return Act(
        actor="closer",
        action="sale.closed",
        subject=f"sale:{ending.record.public_id}",
        court_id=ending.record.court_id,
        details={"status": ending.state.status, "head": ending.state.head},
    )


def _stop_siblings(session: Session, closed: Sequence[tuple[Ending, Ended]]) -> None:
    """Whatever is still running in the case of a lot that was sold may be needless now (C10)."""
    stop_what_is_not_needed(
        session,
        [
            SoldLot(ending.record, ending.case_id, ended.at, ending.now)
            for ending, ended in closed
            if ended.standing.status is Status.SOLD
        ],
    )
