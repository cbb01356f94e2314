"""Row operations on accounts that several services share: find, end sessions, promise letters."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from app.models.columns import new_public_id
from app.models.courts import CourtMembership
from app.models.outbox_rows import promise, record_act
from app.models.people import Person, WebSession


def written_email(email: str) -> str:
    """An address as it is kept and compared: nobody has two accounts by capital letters."""
    return email.strip().casefold()


def find_person(session: Session, email: str) -> Person | None:
    return session.scalars(select(Person).where(Person.email == written_email(email))).one_or_none()


def add_person(
    session: Session,
    *,
    email: str,
    name: str,
    phone: str | None,
    hashed: str,
    locale: str,
) -> Person | None:
    """Write an account that waits to be confirmed, or write over one that nobody confirmed.

    None where the address has an account already. Two who ask at once do not collide.
    """
    session.execute(
        upsert(Person)
        .values(
            public_id=new_public_id(),
            email=written_email(email),
            is_operator=False,
            active=True,
            fs_uniquifier=uuid.uuid4().hex,
            create_datetime=func.clock_timestamp(),
            name=name,
            locale=locale,
        )
        .on_conflict_do_nothing(index_elements=["email"])
    )
    person = session.scalars(
        select(Person)
        .where(Person.email == written_email(email))
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    if person.confirmed_at is not None or not person.active:
        return None
    person.name, person.phone, person.locale = name, phone, locale
    # A link that was sent for an earlier try is dead from here on.
    person.password, person.fs_uniquifier = hashed, uuid.uuid4().hex
    session.flush()
    return person


def lock_person(session: Session, person_id: int) -> Person:
    """The row, locked: what is decided on it is decided for one browser at a time."""
    return session.get_one(Person, person_id, with_for_update=True, populate_existing=True)


def has_duties(session: Session, person: Person) -> bool:
    """Whether this person works for a court or runs the platform: then an app must vouch."""
    return person.is_operator or (
        session.scalars(
            select(CourtMembership.id)
            .where(CourtMembership.person_id == person.id, CourtMembership.ended_at.is_(None))
            .limit(1)
        ).first()
        is not None
    )


def end_sessions(
    session: Session,
    person_id: int,
    reason: str,
    *,
    only: str | None = None,
    keep: bytes | None = None,
) -> int:
    """End a person's sessions at once: all, all but the one kept, or the one named by its handle.

    No socket needs to be ended with them: sockets carry no session (SEC-S3, INV-P7).
    """
    wanted = [WebSession.person_id == person_id, WebSession.ended_at.is_(None)]
    if only is not None:
        wanted.append(func.left(func.encode(WebSession.id_hash, "hex"), len(only)) == only)
    if keep is not None:
        wanted.append(WebSession.id_hash != keep)
    ended = session.execute(
        update(WebSession)
        .where(*wanted)
        .values(ended_at=func.clock_timestamp(), end_reason=reason, content={})
        .returning(WebSession.id_hash)
    )
    return len(ended.all())


def promise_letter(
    session: Session,
    kind: str,
    params: dict[str, Any],
    *,
    person_id: int | None = None,
    email: str | None = None,
    locale: str | None = None,
    court_id: int | None = None,
) -> None:
    """Promise a letter about an account; `app/services/letters_account.py` words it.

    To a person, or to an address of somebody who has no account yet. What it carries (a link, a
    code) is in the promise alone, and is taken out of it once the letter has left.
    """
    promise(
        session,
        kind="letter",
        key=f"letter:account:{uuid.uuid4()}",
        payload={
            "message": f"account_{kind}",
            "params": params,
            "person_id": person_id,
            "registration_id": None,
            "email": email,
            "locale": locale,
            "at": session.scalars(select(func.clock_timestamp())).one().isoformat(),
        },
        court_id=court_id,
    )


def record_own_act(session: Session, person: Person, action: str) -> None:
    """What somebody did to their own account."""
    record_act(
        session,
        actor="person",
        action=action,
        subject=f"person:{person.public_id}",
        person_id=person.id,
    )
