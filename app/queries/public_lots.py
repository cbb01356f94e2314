"""Search, lists and the pages of one sale: what the public role may read, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, case, desc, func, select

from app.models.bidding import BidRecord, Buyer, Outcome, SaleStateRecord
from app.models.courts import CourtRecord
from app.models.records import DocumentRecord, PublicNotice
from app.models.sales import PublicLot
from auction_engine.evidence.canonical import canonical

PER_PAGE = 24

# What a list may be sorted by; running sales by their end, announced ones by their opening.
_PHASE_ORDER = case(
    (PublicLot.phase == "open", 0),
    (PublicLot.phase == "suspended", 1),
    (PublicLot.phase == "announced", 2),
    else_=3,
)
SORTS: dict[str, tuple[Any, ...]] = {
    "ending": (_PHASE_ORDER, PublicLot.closes_at, PublicLot.sale_id),
    "newest": (desc(PublicLot.published_at), desc(PublicLot.sale_id)),
    "price_up": (func.coalesce(PublicLot.price, PublicLot.starting_price), PublicLot.sale_id),
    "price_down": (
        desc(func.coalesce(PublicLot.price, PublicLot.starting_price)),
        PublicLot.sale_id,
    ),
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody looks for; empty fields do not narrow."""

    words: str = ""
    category: str = ""
    court: str = ""
    region: str = ""
    phase: str = ""
    sort: str = "ending"
    page: int = 1


@dataclass(frozen=True, slots=True)
class Found:
    lots: Sequence[Row[Any]]
    count: int
    pages: int


def search(connection: Connection, wanted: Wanted) -> Found:
    """A page of lots and how many there are."""
    narrowed = _narrowed(
        select(
            PublicLot,
            CourtRecord.name_en,
            CourtRecord.name_zh,
            CourtRecord.public_id.label("court_public_id"),
            CourtRecord.is_rehearsal,
            SaleStateRecord.extensions,
        )
        .join(CourtRecord, CourtRecord.id == PublicLot.court_id)
        .outerjoin(SaleStateRecord, SaleStateRecord.sale_id == PublicLot.sale_id),
        wanted,
    )
    count = connection.execute(
        _narrowed(
            select(func.count())
            .select_from(PublicLot)
            .join(CourtRecord, CourtRecord.id == PublicLot.court_id),
            wanted,
        )
    ).scalar_one()
    pages = max(1, -(-count // PER_PAGE))
    offset = (min(max(wanted.page, 1), pages) - 1) * PER_PAGE
    order = SORTS.get(wanted.sort, SORTS["ending"])
    lots = connection.execute(narrowed.order_by(*order).limit(PER_PAGE).offset(offset)).all()
    return Found(lots, count, pages)


def choices(connection: Connection) -> dict[str, list[Any]]:
    """The courts and regions that have published something."""
    courts = connection.execute(
        select(CourtRecord.public_id, CourtRecord.name_en, CourtRecord.name_zh)
        .where(CourtRecord.id.in_(select(PublicLot.court_id)))
        .order_by(CourtRecord.name_en)
    ).all()
    regions = connection.execute(
        select(PublicLot.region).distinct().where(PublicLot.region != "").order_by(PublicLot.region)
    ).scalars()
    return {"courts": list(courts), "regions": list(regions)}


def lot_page(connection: Connection, public_id: str) -> Row[Any] | None:
    """Everything the page of one sale needs in one row."""
    return connection.execute(
        select(
            PublicLot,
            CourtRecord.name_en,
            CourtRecord.name_zh,
            CourtRecord.public_id.label("court_public_id"),
            CourtRecord.contact,
            CourtRecord.timezone,
            CourtRecord.is_rehearsal,
            SaleStateRecord.status,
            SaleStateRecord.leader_code,
            SaleStateRecord.is_sealed,
            _unless_sealed(SaleStateRecord.accepted),
            _unless_sealed(SaleStateRecord.refused),
            SaleStateRecord.extensions,
            SaleStateRecord.closes_at.label("ends_at"),
            SaleStateRecord.price.label("leading_price"),
            SaleStateRecord.stay_reason,
            SaleStateRecord.stayed_by,
            SaleStateRecord.stayed_from,
            SaleStateRecord.withdrawal_reason,
            SaleStateRecord.withdrawn_at,
            SaleStateRecord.head,
            _unless_sealed(SaleStateRecord.n),
        )
        .join(CourtRecord, CourtRecord.id == PublicLot.court_id)
        .join(SaleStateRecord, SaleStateRecord.sale_id == PublicLot.sale_id)
        .where(PublicLot.public_id == public_id)
    ).one_or_none()


def _unless_sealed(column: Any) -> Any:
    """A count that would tell how many sealed bids there are stays at nought."""
    return case((SaleStateRecord.is_sealed, 0), else_=column).label(column.key)


def rounds_of(connection: Connection, lot_public_id: str) -> Sequence[Row[Any]]:
    """All published rounds of a lot, in order: its price history."""
    return connection.execute(
        select(
            PublicLot.public_id,
            PublicLot.round,
            PublicLot.number,
            PublicLot.phase,
            PublicLot.starting_price,
            PublicLot.price,
            PublicLot.currency,
            PublicLot.opens_at,
            PublicLot.closes_at,
            PublicLot.published_at,
        )
        .where(PublicLot.lot_public_id == lot_public_id)
        .order_by(PublicLot.number)
    ).all()


def bids_of(connection: Connection, sale_id: int, limit: int = 200) -> Sequence[Row[Any]]:
    """The newest bids first."""
    return connection.execute(
        select(
            BidRecord.seq,
            BidRecord.code,
            BidRecord.rank,
            BidRecord.amount.label("amount_minor"),
            BidRecord.at,
            BidRecord.closes_at,
        )
        .where(BidRecord.sale_id == sale_id)
        .order_by(BidRecord.seq.desc())
        .limit(limit)
    ).all()


def outcome_of(connection: Connection, sale_id: int) -> Row[Any] | None:
    """How a sale ended, and who bought where the law publishes it (RULE-H2)."""
    return connection.execute(
        select(
            Outcome.status,
            Outcome.at,
            Outcome.winner_code,
            Outcome.price,
            Outcome.extensions,
            Outcome.accepted,
            Outcome.refused,
            Outcome.n,
            Outcome.head,
            Buyer.name.label("buyer"),
            Buyer.confirmed_at,
        )
        .outerjoin(Buyer, Buyer.sale_id == Outcome.sale_id)
        .where(Outcome.sale_id == sale_id)
    ).one_or_none()


def documents_of(connection: Connection, sale_id: int) -> Sequence[Row[Any]]:
    """The public documents of a sale (the policy lets no others through)."""
    return connection.execute(
        select(
            DocumentRecord.public_id,
            DocumentRecord.kind,
            DocumentRecord.title,
            DocumentRecord.sha256,
            DocumentRecord.made_at,
        )
        .where(DocumentRecord.sale_id == sale_id, DocumentRecord.audience == "public")
        .order_by(DocumentRecord.id)
    ).all()


def document(connection: Connection, public_id: str) -> Row[Any] | None:
    return connection.execute(
        select(
            DocumentRecord.kind,
            DocumentRecord.title,
            DocumentRecord.content,
            DocumentRecord.sha256,
            DocumentRecord.made_at,
            DocumentRecord.version,
        ).where(DocumentRecord.public_id == public_id, DocumentRecord.audience == "public")
    ).one_or_none()


def notices(
    connection: Connection, *, sale_id: int | None = None, before: datetime | None = None
) -> Sequence[Row[Any]]:
    """Public notices, the newest first: of one sale, or of everybody."""
    query = (
        select(
            PublicNotice.public_id,
            PublicNotice.kind,
            PublicNotice.params,
            PublicNotice.at,
            PublicNotice.written_at,
            PublicLot.public_id.label("sale"),
            PublicLot.title,
            PublicLot.title_zh,
            CourtRecord.name_en,
            CourtRecord.name_zh,
        )
        .join(CourtRecord, CourtRecord.id == PublicNotice.court_id)
        .outerjoin(PublicLot, PublicLot.sale_id == PublicNotice.sale_id)
        .order_by(PublicNotice.id.desc())
        .limit(50)
    )
    if sale_id is not None:
        query = query.where(PublicNotice.sale_id == sale_id)
    if before is not None:
        query = query.where(PublicNotice.written_at < before)
    return connection.execute(query).all()


def announcement_text(announcement: dict[str, Any]) -> str:
    """The announcement as it was hashed: canonical JSON."""
    return canonical(announcement)


def _narrowed(query: Select[Any], wanted: Wanted) -> Select[Any]:
    if wanted.words.strip():
        query = query.where(PublicLot.search.op("@@")(func.search_query(wanted.words[:100])))
    for value, column in (
        (wanted.category, PublicLot.category),
        (wanted.court, CourtRecord.public_id),
        (wanted.region, PublicLot.region),
        (wanted.phase, PublicLot.phase),
    ):
        if value:
            query = query.where(column == value)
    return query
