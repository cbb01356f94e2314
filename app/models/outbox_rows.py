"""Promises to the outside, and words to people: written in the transaction that decided them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import insert
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from app.models.columns import new_public_id
from app.models.many_rows import Row, insert_many
from app.models.records import AuditRecord, Message, OutboxItem, PublicNotice

# A letter that tells of no period is out within a day.
LETTER_WITHIN = timedelta(hours=24)
_PERIOD_ENDS = ("due_at", "answer_by", "until", "pay_by", "closes_at", "object_by")


@dataclass(frozen=True, slots=True)
class Promise:
    """An effect on the outside, promised once per `key`."""

    kind: str
    key: str
    payload: dict[str, Any]
    court_id: int | None = None
    deadline_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """A legal notice to a person, or to a registration of whom nobody knows who that is."""

    kind: str
    key: str
    at: datetime
    params: dict[str, Any]
    person_id: int | None = None
    registration_id: int | None = None
    court_id: int | None = None
    sale_id: int | None = None


def promise(
    session: Session,
    *,
    kind: str,
    key: str,
    payload: dict[str, Any],
    court_id: int | None = None,
    deadline_at: datetime | None = None,
) -> bool:
    """Put an effect into the outbox, once per `key`; False where it is promised already."""
    done = session.execute(
        upsert(OutboxItem)
        .values(_outbox_row(Promise(kind, key, payload, court_id, deadline_at)))
        .on_conflict_do_nothing(index_elements=["key"])
        .returning(OutboxItem.id)
    )
    return done.scalar_one_or_none() is not None


def promise_all(session: Session, promises: Sequence[Promise]) -> None:
    """Several at once, each once per `key`."""
    insert_many(
        session,
        OutboxItem,
        [_outbox_row(each) for each in promises],
        on_conflict="ON CONFLICT (key) DO NOTHING",
    )


def _outbox_row(promised: Promise) -> dict[str, Any]:
    return {
        "public_id": new_public_id(),
        "kind": promised.kind,
        "key": promised.key,
        "payload": promised.payload,
        "court_id": promised.court_id,
        "deadline_at": promised.deadline_at,
    }


def tell(
    session: Session,
    *,
    kind: str,
    key: str,
    at: datetime,
    params: dict[str, Any],
    person_id: int | None = None,
    registration_id: int | None = None,
    court_id: int | None = None,
    sale_id: int | None = None,
) -> None:
    """Leave a legal notice in somebody's inbox, and promise the letter that carries it.

    A registration is told without anybody knowing who that is; only the notifier can open where
    its letters go. `kind` is worded in `app/web/words/` for the page and the letter alike.
    """
    tell_all(session, [Told(kind, key, at, params, person_id, registration_id, court_id, sale_id)])


def tell_all(session: Session, told: Sequence[Told]) -> None:
    """Several notices at once, and their letters."""
    insert_many(
        session,
        Message,
        [
            {
                "person_id": each.person_id,
                "registration_id": each.registration_id,
                "court_id": each.court_id,
                "sale_id": each.sale_id,
                "key": each.key,
                "kind": each.kind,
                "params": each.params,
                "at": each.at,
            }
            for each in told
        ],
        # Names no column: whoever tells somebody else may not read that inbox.
        on_conflict="ON CONFLICT DO NOTHING",
    )
    promise_all(session, [_letter(each) for each in told])


def _letter(told: Told) -> Promise:
    return Promise(
        kind="letter",
        key=f"letter:{told.key}",
        payload={
            "message": told.kind,
            "params": told.params,
            "person_id": told.person_id,
            "registration_id": told.registration_id,
            "at": told.at.isoformat(),
        },
        court_id=told.court_id,
        deadline_at=letter_due(told.at, told.params),
    )


def letter_due(at: datetime, params: dict[str, Any]) -> datetime:
    """When a letter has to be out: before the end of the period that it tells of, or in a day.

    The period itself runs from the notice in the inbox, which is there with the decision, or from
    what the court served: never from the hope that a letter arrived (FAULT-F42). The queue drains
    in this order when the mail comes back.
    """
    ends = [_moment_in(params.get(name)) for name in _PERIOD_ENDS]
    return min((end for end in ends if end is not None and end > at), default=at + LETTER_WITHIN)


def _moment_in(written: object) -> datetime | None:
    if not isinstance(written, str):
        return None
    try:
        read = datetime.fromisoformat(written)
    except ValueError:
        return None
    # A day without a zone ends somewhere on earth within it; its beginning is early enough.
    return read if read.tzinfo is not None else read.replace(tzinfo=UTC)


def publish_notice(
    session: Session,
    *,
    court_id: int,
    kind: str,
    at: datetime,
    params: dict[str, Any],
    sale_id: int | None = None,
) -> None:
    """Tell everybody: it stands on the lot's page and in the court's notices."""
    session.add(PublicNotice(court_id=court_id, sale_id=sale_id, kind=kind, params=params, at=at))


@dataclass(frozen=True, slots=True)
class Notice:
    """What everybody is told of a sale."""

    court_id: int
    sale_id: int
    kind: str
    at: datetime
    params: dict[str, Any]


def publish_notices(session: Session, notices: Sequence[Notice]) -> None:
    """Several at once."""
    insert_many(session, PublicNotice, [_fields(notice) for notice in notices])


def record_act(
    session: Session,
    *,
    actor: str,
    action: str,
    subject: str,
    court_id: int | None = None,
    person_id: int | None = None,
    **details: Any,
) -> None:
    """Write down who did what. No personal data in `details` (INV-P5)."""
    session.execute(
        insert(AuditRecord)
        .values(
            court_id=court_id,
            person_id=person_id,
            actor=actor,
            action=action,
            subject=subject,
            details=details,
        )
        # Nothing is asked back: whoever adds a line need not be allowed to read the file.
        .inline()
    )


@dataclass(frozen=True, slots=True)
class Act:
    """What a process did by itself."""

    actor: str
    action: str
    subject: str
    court_id: int
    details: dict[str, Any]


def record_acts(session: Session, acts: Sequence[Act]) -> None:
    """`record_act` of several."""
    insert_many(session, AuditRecord, [_fields(act) for act in acts])


def _fields(row: Notice | Act) -> Row:
    return {name: getattr(row, name) for name in row.__slots__}
