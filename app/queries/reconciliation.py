"""Open items and comparisons, as the finance desk and the operator see them; no bidder's name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session, aliased

from app.models.courts import CourtRecord, Proposal
from app.models.open_item_rows import CLOSING
from app.models.people import Person
from app.models.proposal_rows import payload_of
from app.models.reconciliation import OpenItem, Reconciliation

_ON_A_PAGE = 200
_NEWEST_CLOSED = 20


@dataclass(frozen=True, slots=True)
class Item:
    """An item with its age; `owner` only where the reader works in that court."""

    item: OpenItem
    court_en: str | None
    court_zh: str | None
    owner: str | None
    age: timedelta
    is_late: bool


@dataclass(frozen=True, slots=True)
class Pending:
    """A closing that waits for a second person, exactly as it was proposed."""

    proposal: Proposal
    content: dict[str, Any]
    proposer: str


@dataclass(frozen=True, slots=True)
class Decided:
    """A closing that two persons agreed on."""

    proposal: Proposal
    content: dict[str, Any]
    proposer: str
    decider: str


@dataclass(frozen=True, slots=True)
class NearDeadline:
    """Refunds of a court that are not done four hours before their day is over (RULE-H3)."""

    court_en: str
    court_zh: str
    refunds: int
    late: int
    first_due: datetime


def items_of(session: Session, court_id: int, now: datetime, *, state: str) -> list[Item]:
    query = (
        select(OpenItem, CourtRecord.name_en, CourtRecord.name_zh, Person.name)
        .join(CourtRecord, CourtRecord.id == OpenItem.court_id)
        .outerjoin(Person, Person.id == OpenItem.owner_id)
        .where(OpenItem.court_id == court_id, OpenItem.state == state)
    )
    if state == "open":
        query = query.order_by(OpenItem.due_at, OpenItem.id).limit(_ON_A_PAGE)
    else:
        query = query.order_by(OpenItem.closed_at.desc()).limit(_NEWEST_CLOSED)
    return [_item(*row, now) for row in session.execute(query)]


def every_open_item(session: Session, now: datetime) -> list[Item]:
    """Of all courts and of the platform, the oldest first; whose they are stays in the court."""
    rows = session.execute(
        select(OpenItem, CourtRecord.name_en, CourtRecord.name_zh)
        .outerjoin(CourtRecord, CourtRecord.id == OpenItem.court_id)
        .where(OpenItem.state == "open")
        .order_by(OpenItem.since, OpenItem.id)
        .limit(_ON_A_PAGE)
    )
    return [_item(*row, None, now) for row in rows]


def find_item(session: Session, court_id: int | None, public_id: str, now: datetime) -> Item | None:
    row = session.execute(
        select(OpenItem, CourtRecord.name_en, CourtRecord.name_zh, Person.name)
        .outerjoin(CourtRecord, CourtRecord.id == OpenItem.court_id)
        .outerjoin(Person, Person.id == OpenItem.owner_id)
        .where(OpenItem.public_id == public_id, OpenItem.court_id.is_not_distinct_from(court_id))
    ).one_or_none()
    return _item(*row, now) if row is not None else None


def pending_closing(session: Session, court_id: int | None, item: str) -> Pending | None:
    row = session.execute(
        select(Proposal, Person.name)
        .join(Person, Person.id == Proposal.proposed_by)
        .where(
            Proposal.kind == CLOSING,
            Proposal.subject == f"item:{item}",
            Proposal.court_id.is_not_distinct_from(court_id),
            Proposal.approved.is_(None),
        )
    ).one_or_none()
    return Pending(row[0], payload_of(row[0]), row[1]) if row is not None else None


def decided_closing(session: Session, court_id: int | None, item: str) -> Decided | None:
    """Why two persons closed an item; None where it closed by itself."""
    first, second = aliased(Person), aliased(Person)
    row = session.execute(
        select(Proposal, first.name, second.name)
        .join(first, first.id == Proposal.proposed_by)
        .join(second, second.id == Proposal.decided_by)
        .where(
            Proposal.kind == CLOSING,
            Proposal.subject == f"item:{item}",
            Proposal.court_id.is_not_distinct_from(court_id),
            Proposal.approved,
        )
        .order_by(Proposal.id.desc())
        .limit(1)
    ).one_or_none()
    return Decided(row[0], payload_of(row[0]), row[1], row[2]) if row is not None else None


def comparisons(session: Session, court_id: int | None) -> Sequence[Reconciliation]:
    """The newest comparison of each day, side and currency."""
    return session.scalars(
        select(Reconciliation)
        .where(Reconciliation.court_id.is_not_distinct_from(court_id))
        .ext(distinct_on(Reconciliation.day, Reconciliation.side, Reconciliation.currency))
        .order_by(
            Reconciliation.day.desc(),
            Reconciliation.side,
            Reconciliation.currency,
            Reconciliation.id.desc(),
        )
        .limit(_NEWEST_CLOSED)
    ).all()


def refunds_near_deadline(session: Session) -> list[NearDeadline]:
    """The alarm at 20 hours: who is not paid by then is told of while there is time (H3)."""
    rows = session.execute(
        text("""
            SELECT c.name_en, c.name_zh, count(*),
              count(*) FILTER (WHERE r.due_at < legal_time(r.court_id, clock_timestamp())),
              min(r.due_at)
            FROM refunds r JOIN courts c ON c.id = r.court_id
            WHERE r.state IN ('due', 'sent') AND r.due_at - interval '4 hours'
              <= legal_time(r.court_id, clock_timestamp())
            GROUP BY c.id, c.name_en, c.name_zh ORDER BY 5""")
    )
    return [NearDeadline(*row) for row in rows]


def _item(
    item: OpenItem, court_en: str | None, court_zh: str | None, owner: str | None, now: datetime
) -> Item:
    until = item.closed_at or now
    return Item(
        item, court_en, court_zh, owner, max(until - item.since, timedelta(0)), now > item.due_at
    )
