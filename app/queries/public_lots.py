"""Search, lists and the pages of one sale: what the public role may read, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    DateTime,
    Row,
    Select,
    Text,
    and_,
    case,
    cast,
    func,
    literal,
    select,
    text,
    tuple_,
)
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.exc import OperationalError

from app.models.bidding import BidRecord, Buyer, Outcome, SaleStateRecord
from app.models.courts import CourtRecord
from app.models.records import DocumentRecord, PublicNotice
from app.models.sales import PublicLot
from auction_engine.evidence.canonical import canonical

PER_PAGE = 24
# Nobody reads further, and counting on would cost more the more there is to find.
MOST_COUNTED = 1_000
# With more courts than this a list of them helps nobody; a place has to be chosen first.
MOST_COURTS = 100

RUNNING = ("open", "suspended", "announced")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody looks for; empty fields do not narrow. `after` is a `Found.following`."""

    words: str = ""
    category: str = ""
    court: str = ""
    region: str = ""
    phase: str = ""
    sort: str = "ending"
    after: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """`count` stops at `MOST_COUNTED`, or at what is shown where counting takes too long;
    `has_more` says that there are more than that."""

    lots: Sequence[Row[Any]]
    count: int
    has_more: bool
    # Where the next page begins; empty on the last one.
    following: str


@dataclass(frozen=True, slots=True)
class _Part:
    """Lots that stand together in a list, in an order that an index has.

    Running lots come first, whatever a list is sorted by: those are the ones that one can bid on.
    """

    phases: tuple[str, ...] | None
    key: Any
    is_falling: bool = False

    @property
    def belongs(self) -> ColumnElement[bool]:
        if self.phases is None:
            return PublicLot.final_price.is_not(None)
        return and_(PublicLot.final_price.is_(None), PublicLot.phase.in_(self.phases))

    @property
    def order(self) -> tuple[Any, ...]:
        columns = (self.key, PublicLot.public_id)
        return tuple(column.desc() for column in columns) if self.is_falling else columns

    def holds(self, phase: str) -> bool:
        return phase not in RUNNING if self.phases is None else phase in self.phases

    def behind(self, key: Any, public_id: str) -> ColumnElement[bool]:
        place = tuple_(self.key, PublicLot.public_id)
        here = tuple_(literal(key, self.key.type), literal(public_id))
        return place < here if self.is_falling else place > here


# A database fresh from its disk may need seconds to count what it has never read.
COUNT_WITHIN_MS = 1_000
_TIMED_OUT = "57014"

_NOW = func.coalesce(PublicLot.price, PublicLot.starting_price)
_SORTS: dict[str, tuple[_Part, ...]] = {
    # Running ones by their end; of those that are over the newest first.
    "ending": (
        *(_Part((phase,), PublicLot.closes_at) for phase in RUNNING),
        _Part(None, PublicLot.closes_at, is_falling=True),
    ),
    "newest": (
        _Part(RUNNING, PublicLot.published_at, is_falling=True),
        _Part(None, PublicLot.published_at, is_falling=True),
    ),
    "price_up": (_Part(RUNNING, _NOW), _Part(None, PublicLot.final_price)),
    "price_down": (
        _Part(RUNNING, _NOW, is_falling=True),
        _Part(None, PublicLot.final_price, is_falling=True),
    ),
}


def search(connection: Connection, wanted: Wanted) -> Found:
    """A page of lots, and how many there are as far as anybody counts."""
    narrowing = _narrowing(connection, wanted)
    parts = _SORTS.get(wanted.sort, _SORTS["ending"])
    begin, key, public_id = _place(wanted.after, parts)
    lots: list[Row[Any]] = []
    following = ""
    for number in range(begin, len(parts)):
        part = parts[number]
        here = [part.behind(key, public_id)] if number == begin and key is not None else []
        if wanted.phase and not part.holds(wanted.phase):
            continue
        wish = _cards(part, [*narrowing, *here], PER_PAGE + 1 - len(lots))
        lots.extend(connection.execute(wish).all())
        if len(lots) > PER_PAGE:
            last = lots[PER_PAGE - 1]
            where = next(n for n, each in enumerate(parts) if each.holds(last.phase))
            following = _written(where, last.sort_key, last.public_id)
            break
    shown = lots[:PER_PAGE]
    if not following and not wanted.after:
        return Found(shown, len(shown), False, following)
    count = _count_in_time(connection, narrowing, wanted.phase)
    if count is None:
        return Found(shown, len(shown), True, following)
    return Found(shown, min(count, MOST_COUNTED), count > MOST_COUNTED, following)


def choices(connection: Connection, region: str = "") -> dict[str, Any]:
    """The places where something was published, and courts: of one place where there are many."""
    regions = connection.execute(text(_REGIONS)).scalars().all()
    given = {"region": region} if region else {"most": MOST_COURTS + 1}
    asked = text(_COURTS_OF if region else _COURTS)
    found = connection.execute(asked, given).scalars().all()
    are_many = len(found) > MOST_COURTS
    courts = connection.execute(
        select(CourtRecord.public_id, CourtRecord.name_en, CourtRecord.name_zh)
        .where(CourtRecord.id.in_([] if are_many else found))
        .order_by(CourtRecord.name_en)
    ).all()
    return {"courts": list(courts), "regions": list(regions), "has_many_courts": are_many}


# From one value of an index to the next: as many steps as there are values, not as there are lots.
_REGIONS = """
    WITH RECURSIVE found AS (
      (SELECT region FROM public_lots ORDER BY region LIMIT 1)
      UNION ALL
      SELECT (SELECT p.region FROM public_lots p WHERE p.region > found.region
              ORDER BY p.region LIMIT 1)
      FROM found WHERE found.region IS NOT NULL)
    SELECT region FROM found WHERE region <> ''"""
_COURTS = """
    WITH RECURSIVE found AS (
      (SELECT court_id FROM public_lots ORDER BY court_id LIMIT 1)
      UNION ALL
      SELECT (SELECT p.court_id FROM public_lots p WHERE p.court_id > found.court_id
              ORDER BY p.court_id LIMIT 1)
      FROM found WHERE found.court_id IS NOT NULL)
    SELECT court_id FROM found WHERE court_id IS NOT NULL LIMIT :most"""
_COURTS_OF = "SELECT DISTINCT court_id FROM public_lots WHERE region = :region"


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


def _narrowing(connection: Connection, wanted: Wanted) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.words.strip():
        # Read once: the planner then knows what is asked for, and how many lots that may be.
        asked = connection.execute(
            select(cast(func.search_query(wanted.words[:100]), Text))
        ).scalar_one()
        conditions.append(PublicLot.search.op("@@")(cast(asked, TSQUERY)))
    if wanted.court:
        court = select(CourtRecord.id).where(CourtRecord.public_id == wanted.court)
        found = connection.execute(court).scalar_one_or_none()
        conditions.append(PublicLot.court_id == (found or 0))
    for value, column in (
        (wanted.category, PublicLot.category),
        (wanted.region, PublicLot.region),
        (wanted.phase, PublicLot.phase),
    ):
        if value:
            conditions.append(column == value)
    return conditions


def _cards(part: _Part, conditions: Sequence[ColumnElement[bool]], limit: int) -> Select[Any]:
    """A list's rows: first the page, then what is looked up for it and for nothing else."""
    page = (
        select(*_OF_A_CARD, part.key.label("sort_key"))
        .where(part.belongs, *conditions)
        .order_by(*part.order)
        .limit(limit)
        .subquery("page")
    )
    order = (page.c.sort_key, page.c.public_id)
    return (
        select(
            page,
            CourtRecord.name_en,
            CourtRecord.name_zh,
            CourtRecord.public_id.label("court_public_id"),
            CourtRecord.is_rehearsal,
            SaleStateRecord.extensions,
        )
        .join(CourtRecord, CourtRecord.id == page.c.court_id)
        .outerjoin(SaleStateRecord, SaleStateRecord.sale_id == page.c.sale_id)
        .order_by(*(column.desc() for column in order) if part.is_falling else order)
    )


_OF_A_CARD = (
    PublicLot.sale_id,
    PublicLot.public_id,
    PublicLot.court_id,
    PublicLot.phase,
    PublicLot.round,
    PublicLot.category,
    PublicLot.title,
    PublicLot.title_zh,
    PublicLot.region,
    PublicLot.picture,
    PublicLot.currency,
    PublicLot.starting_price,
    PublicLot.price,
    PublicLot.bids,
    PublicLot.opens_at,
    PublicLot.closes_at,
)


def _count_in_time(
    connection: Connection, conditions: Sequence[ColumnElement[bool]], phase: str
) -> int | None:
    """None where counting takes too long: a page without its number is better than none."""
    connection.execute(text(f"SET LOCAL statement_timeout = {COUNT_WITHIN_MS}"))
    try:
        count = _count(connection, conditions, phase)
    except OperationalError as late:
        if getattr(late.orig, "sqlstate", None) != _TIMED_OUT:
            raise
        connection.rollback()
        return None
    connection.execute(text("SET LOCAL statement_timeout TO DEFAULT"))
    return count


def _count(connection: Connection, conditions: Sequence[ColumnElement[bool]], phase: str) -> int:
    """How many there are, up to one more than is counted; the few running ones first."""
    count = 0
    for is_over in (False, True):
        if phase and is_over == (phase in RUNNING):
            continue
        final = PublicLot.final_price
        some = (
            select(literal(1))
            .select_from(PublicLot)
            .where(final.is_not(None) if is_over else final.is_(None), *conditions)
            .limit(MOST_COUNTED + 1 - count)
            .subquery()
        )
        count += connection.execute(select(func.count()).select_from(some)).scalar_one()
        if count > MOST_COUNTED:
            break
    return count


def _written(part: int, key: Any, public_id: str) -> str:
    """A place in a list, for an address: no number of ours, and nothing that has to be kept."""
    return f"{part}~{key.isoformat() if isinstance(key, datetime) else key}~{public_id}"


def _place(after: str, parts: Sequence[_Part]) -> tuple[int, Any, str]:
    """Where a page begins; at the beginning where that cannot be read."""
    number, _, rest = after.partition("~")
    key, _, public_id = rest.partition("~")
    if not (number.isascii() and number.isdecimal() and int(number) < len(parts)):
        return 0, None, ""
    part = parts[int(number)]
    read: Any
    try:
        is_moment = isinstance(part.key.type, DateTime)
        read = datetime.fromisoformat(key) if is_moment else int(key)
    except ValueError:
        return 0, None, ""
    if isinstance(read, datetime) and read.tzinfo is None:
        return 0, None, ""
    if isinstance(read, int) and abs(read) >= 2**63:
        return 0, None, ""
    return int(number), read, public_id[:16]
