"""From an act on a running sale, as the journal decided it, to the notices of its depositors."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import exists, select, text
from sqlalchemy.orm import Session

from app.models.depositor_rows import tell_depositors
from app.models.records import Message, PublicNotice
from app.models.sales import PublicLot

# How the drain names an act in public, and how depositors are told of it.
MESSAGES = {"suspend": "sale_suspended", "resume": "sale_resumed", "withdraw": "sale_withdrawn"}


def tell_of_act(session: Session, notice: PublicNotice) -> None:
    """Tell every depositor of the act that `notice` published, with the new end."""
    assert notice.sale_id is not None
    tell_depositors(
        session,
        court_id=notice.court_id,
        sale_id=notice.sale_id,
        kind=MESSAGES[notice.kind],
        key=f"{notice.kind}:{notice.public_id}",
        at=notice.at,
        params=_named(session, notice.sale_id) | dict(notice.params),
    )


def find_act(session: Session, sale_id: int, kind: str, at: datetime) -> PublicNotice | None:
    """The public notice of an act that was decided at `at`."""
    return session.scalars(
        select(PublicNotice)
        .where(
            PublicNotice.sale_id == sale_id,
            PublicNotice.kind == kind,
            PublicNotice.at == at,
        )
        .order_by(PublicNotice.id.desc())
        .limit(1)
    ).one_or_none()


def untold_acts(session: Session) -> list[PublicNotice]:
    """Acts of the last hour of real time of which no depositor was told: the platform's own stays,
    and what a web process that died left half done. All are told in one statement or none."""
    stem = PublicNotice.kind + ":" + PublicNotice.public_id
    told = exists().where(Message.key > stem + ":", Message.key < stem + ";")
    return list(
        session.scalars(
            select(PublicNotice).where(
                PublicNotice.kind.in_(list(MESSAGES)),
                PublicNotice.written_at > text("clock_timestamp() - interval '1 hour'"),
                ~told,
            )
        )
    )


def announced_resumption(
    session: Session, sale_id: int, stayed_from: datetime
) -> PublicNotice | None:
    """The last announcement of how this stay ends; those of earlier stays count no more."""
    return session.scalars(
        select(PublicNotice)
        .where(
            PublicNotice.sale_id == sale_id,
            PublicNotice.kind == "resumption_announced",
            PublicNotice.at >= stayed_from,
        )
        .order_by(PublicNotice.id.desc())
        .limit(1)
    ).one_or_none()


def _named(session: Session, sale_id: int) -> dict[str, Any]:
    lot = session.get_one(PublicLot, sale_id)
    return {"sale": lot.public_id, "title": lot.title, "title_zh": lot.title_zh}
