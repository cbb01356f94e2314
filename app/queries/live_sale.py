"""How a sale stands right now, as everybody may know it: the snapshot behind the live channel."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, Row, select

from app.gateways.clock import legal_clock, real_now
from app.models.bidding import BidRecord, SaleStateRecord, TranscriptLine
from app.models.live_message import public_message
from app.models.sales import PublicLot

# A page that was away for longer asks again from the last seq it got.
MOST_BIDS = 500

_STATE = (
    SaleStateRecord.sale_id,
    SaleStateRecord.court_id,
    SaleStateRecord.status,
    SaleStateRecord.is_sealed,
    SaleStateRecord.closes_at,
    SaleStateRecord.opens_at,
    SaleStateRecord.leader_code,
    SaleStateRecord.price,
    SaleStateRecord.accepted,
    SaleStateRecord.extensions,
    SaleStateRecord.stay_reason,
    SaleStateRecord.stayed_by,
    SaleStateRecord.stayed_from,
    SaleStateRecord.last_at,
)


def snapshot(connection: Connection, public_id: str, after: int = 0) -> dict[str, Any] | None:
    """The live message of a sale with the bids behind `after`; None where there is no such sale.

    The same shape as what the sockets send, so that a page has one way to read both.
    """
    state = connection.execute(
        select(*_STATE, PublicLot.currency)
        .join(PublicLot, PublicLot.sale_id == SaleStateRecord.sale_id)
        .where(PublicLot.public_id == public_id)
    ).one_or_none()
    if state is None:
        return None
    legal, rate = legal_clock(connection, state.court_id)
    bids = connection.execute(
        select(
            BidRecord.seq,
            BidRecord.code,
            BidRecord.rank,
            BidRecord.amount,
            BidRecord.at,
            BidRecord.closes_at,
        )
        .where(BidRecord.sale_id == state.sale_id, BidRecord.seq > after)
        .order_by(BidRecord.seq)
        .limit(MOST_BIDS)
    ).mappings()
    return public_message(public_id, state, bids) | {
        "currency": state.currency,
        "opens_at": state.opens_at.isoformat(),
        "stay": _stay(state),
        "legal": legal.isoformat(),
        "rate": rate,
        "now": real_now(connection).isoformat(),
    }


def _stay(state: Row[Any]) -> dict[str, str] | None:
    if state.stayed_from is None:
        return None
    return {
        "by": state.stayed_by,
        "reason": state.stay_reason,
        "from": state.stayed_from.isoformat(),
    }


def find_transcript(connection: Connection, public_id: str) -> int | None:
    """The sale whose evidence everybody may read; while it is sealed nobody may."""
    return connection.execute(
        select(PublicLot.sale_id)
        .join(SaleStateRecord, SaleStateRecord.sale_id == PublicLot.sale_id)
        .where(PublicLot.public_id == public_id, SaleStateRecord.is_sealed.is_(False))
    ).scalar_one_or_none()


def transcript_lines(connection: Connection, sale_id: int) -> Iterator[str]:
    """The evidence of a sale as far as it goes, line by line, without holding it in memory."""
    with connection.execute(
        select(TranscriptLine.line)
        .where(TranscriptLine.sale_id == sale_id)
        .order_by(TranscriptLine.n)
        .execution_options(yield_per=1000)
    ) as lines:
        for row in lines:
            yield row.line + "\n"
