"""What the operator sees: queues, clocks, sweeps, suspense; never a name, never a bid (RULE-A8)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from app.models.courts import CourtRecord
from app.models.records import OUTBOX_KINDS, OutboxItem

# A promise that is due for so long is one that nobody keeps: its process is down.
SILENT_AFTER_SECONDS = 30
_ON_A_PAGE = 100


@dataclass(frozen=True, slots=True)
class Queue:
    """Promises of one kind: how many wait, since when, and whether anybody works on them."""

    kind: str
    due: int
    parked: int
    oldest: datetime | None
    most_tries: int
    overdue: int
    is_silent: bool
    last_done: datetime | None


@dataclass(frozen=True, slots=True)
class Clock:
    """A rehearsal court's own legal time; real courts have none."""

    court: str
    name_en: str
    name_zh: str
    now: datetime
    rate: float


@dataclass(frozen=True, slots=True)
class Pulse:
    """Whether the sweeps keep up: each number is what should have been done by now."""

    now: datetime
    last_beat: datetime | None
    to_open: int
    to_close: int
    undecided: int
    new_bank_movements: int

    @property
    def is_beating(self) -> bool:
        return (
            self.last_beat is not None
            and (self.now - self.last_beat).total_seconds() < SILENT_AFTER_SECONDS
        )


@dataclass(frozen=True, slots=True)
class InSuspense:
    """How much money waits for a decision in a court."""

    court: str
    name_en: str
    name_zh: str
    currency: str
    items: int
    total: int
    late: int


@dataclass(frozen=True, slots=True)
class Promised:
    """One promise as the operator may see it: its payload is not shown."""

    item: OutboxItem
    court_en: str | None
    court_zh: str | None


def queues(session: Session) -> list[Queue]:
    rows = {
        row.kind: row
        for row in session.execute(
            text(
                """
                SELECT kind,
                  count(*) FILTER (WHERE state = 'due') AS due,
                  count(*) FILTER (WHERE state = 'parked') AS parked,
                  min(created_at) FILTER (WHERE state = 'due') AS oldest,
                  max(tries) FILTER (WHERE state = 'due') AS tries,
                  count(*) FILTER (WHERE state <> 'done' AND kind = 'refund' AND deadline_at <
                    legal_time(court_id, clock_timestamp())) AS overdue,
                  bool_or(state = 'due' AND next_try_at <
                    clock_timestamp() - make_interval(secs => :silent)) AS silent,
                  max(done_at) AS done
                FROM outbox GROUP BY kind"""
            ),
            {"silent": SILENT_AFTER_SECONDS},
        )
    }
    return [
        Queue(
            kind,
            row.due,
            row.parked,
            row.oldest,
            row.tries or 0,
            row.overdue,
            bool(row.silent),
            row.done,
        )
        if (row := rows.get(kind)) is not None
        else Queue(kind, 0, 0, None, 0, 0, False, None)
        for kind in OUTBOX_KINDS
    ]


def pulse(session: Session) -> Pulse:
    row = session.execute(
        text(
            """
            SELECT clock_timestamp() AS now, (SELECT max(at) FROM beats
                WHERE process NOT LIKE 'web-%') AS last_beat,
              (SELECT count(*) FROM sale_states WHERE status = 'announced' AND opens_at <
                legal_time(court_id, clock_timestamp()) - interval '10 seconds') AS to_open,
              (SELECT count(*) FROM sale_states WHERE status IN ('announced', 'open')
                AND closes_at < legal_time(court_id, clock_timestamp()) - interval '10 seconds'
              ) AS to_close,
              (SELECT count(*) FROM undecided) AS undecided,
              (SELECT count(*) FROM bank_credits WHERE state = 'new') AS new_bank_movements"""
        )
    ).one()
    return Pulse(*row)


def clocks(session: Session) -> list[Clock]:
    rows = session.execute(
        text(
            """
            SELECT public_id, name_en, name_zh, legal_time(id, clock_timestamp()) AS now,
              coalesce((SELECT rate FROM legal_time_segments WHERE court_id = courts.id
                ORDER BY real_from DESC, id DESC LIMIT 1), 1) AS rate
            FROM courts WHERE is_rehearsal ORDER BY name_en"""
        )
    )
    return [Clock(row[0], row[1], row[2], row[3], float(row[4])) for row in rows]


def suspense(session: Session) -> list[InSuspense]:
    rows = session.execute(
        text(
            """
            SELECT c.public_id, c.name_en, c.name_zh, i.currency, count(*), sum(i.amount),
              count(*) FILTER (WHERE i.due_at < legal_time(c.id, clock_timestamp()))
            FROM suspense_items i JOIN courts c ON c.id = i.court_id
            WHERE i.state IN ('open', 'assigning', 'returning')
            GROUP BY c.id, i.currency ORDER BY c.name_en, i.currency"""
        )
    )
    return [InSuspense(*row[:5], total=int(row[5]), late=row[6]) for row in rows]


def promises(session: Session, *, kind: str | None, state: str) -> list[Promised]:
    """Promises in a state, the most urgent first; a page of them."""
    query = (
        select(OutboxItem, CourtRecord.name_en, CourtRecord.name_zh)
        .outerjoin(CourtRecord, CourtRecord.id == OutboxItem.court_id)
        .where(OutboxItem.state == state)
        .limit(_ON_A_PAGE)
    )
    if kind is not None:
        query = query.where(OutboxItem.kind == kind)
    newest_first = OutboxItem.done_at.desc() if state == "done" else OutboxItem.deadline_at
    rows = session.execute(query.order_by(newest_first.nulls_last(), OutboxItem.id))
    return [Promised(*row) for row in rows]


def find_promise(session: Session, public_id: str) -> Promised | None:
    row = session.execute(
        select(OutboxItem, CourtRecord.name_en, CourtRecord.name_zh)
        .outerjoin(CourtRecord, CourtRecord.id == OutboxItem.court_id)
        .where(OutboxItem.public_id == public_id)
    ).one_or_none()
    return Promised(*row) if row is not None else None


def kinds() -> Sequence[str]:
    return OUTBOX_KINDS


def seconds_apart(session: Session, here: datetime) -> float:
    """How far this process's clock is from the database's; nothing is decided by either."""
    there: datetime = session.execute(select(func.clock_timestamp())).scalar_one()
    return (here - there).total_seconds()
