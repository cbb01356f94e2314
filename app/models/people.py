"""People and what leads to them: the `identity` schema, apart from everything about sales."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_security import UserMixin
from sqlalchemy import (
    BigInteger,
    Boolean,
    DateTime,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import db
from app.models.columns import Moment, Pk, PublicId, Written, one_of

IDENTITY = {"schema": "identity"}


class Person(db.Model, UserMixin):
    """An account. What Flask-Security needs stands here; what a court asks for, too."""

    __tablename__ = "people"
    __table_args__ = (IDENTITY,)

    id: Mapped[Pk]
    public_id: Mapped[PublicId]
    email: Mapped[str] = mapped_column(String(254), unique=True)
    password: Mapped[str | None] = mapped_column(String(255))
    name: Mapped[str] = mapped_column(String(200), default="")
    phone: Mapped[str | None] = mapped_column(String(40))
    id_number: Mapped[str | None] = mapped_column(String(64))
    address: Mapped[str | None] = mapped_column(String(300))
    locale: Mapped[str] = mapped_column(String(8), default="en")
    is_operator: Mapped[bool] = mapped_column(default=False)
    registered_at: Mapped[Written]
    # Flask-Security
    active: Mapped[bool] = mapped_column(Boolean, default=True)
    fs_uniquifier: Mapped[str] = mapped_column(String(64), unique=True)
    confirmed_at: Mapped[Moment | None]
    create_datetime: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    update_datetime: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    tf_primary_method: Mapped[str | None] = mapped_column(String(64))
    tf_totp_secret: Mapped[str | None] = mapped_column(String(255))
    # The time step of the last code that was taken: no code is taken twice (SEC-T7).
    tf_totp_counter: Mapped[int | None] = mapped_column(BigInteger)
    tf_phone_number: Mapped[str | None] = mapped_column(String(128))
    mf_recovery_codes: Mapped[Any | None] = mapped_column(JSONB)


class WebSession(db.Model):
    """A signed-in browser, kept here and not in the cookie, so that it can be ended (SEC-S2)."""

    __tablename__ = "sessions"
    __table_args__ = (IDENTITY,)

    id_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    person_id: Mapped[int | None] = mapped_column(
        BigInteger, ForeignKey("identity.people.id"), index=True
    )
    content: Mapped[dict[str, Any]] = mapped_column(JSONB)
    agent_class: Mapped[str] = mapped_column(String(80))
    started_at: Mapped[Written]
    seen_at: Mapped[Moment]
    expires_at: Mapped[Moment]
    ended_at: Mapped[Moment | None]
    end_reason: Mapped[str | None] = mapped_column(String(40))


class Participation(db.Model):
    """Leads a person to their own registrations, and nobody else: both columns are unreadable
    without the platform's key, so a copy of the table links nobody to a lot (INV-P1)."""

    __tablename__ = "participations"
    __table_args__ = (Index("ix_participations_person_index", "person_index"), IDENTITY)

    id: Mapped[Pk]
    person_index: Mapped[bytes]
    sealed_registration: Mapped[bytes]


class PersonEnvelope(db.Model):
    """Who stands behind a registration, sealed for the closing process alone (RULE-E13)."""

    __tablename__ = "person_envelopes"
    __table_args__ = (IDENTITY,)

    registration_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    sealed: Mapped[bytes]


class ContactEnvelope(db.Model):
    """Where a registration's letters go, sealed for the notifier alone."""

    __tablename__ = "contact_envelopes"
    __table_args__ = (IDENTITY,)

    registration_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    sealed: Mapped[bytes]


class StandingBehind(db.Model):
    """What the id numbers behind a registration come to in its sale, padded to `MOST_BUYERS`.

    No role reads it; functions answer whether somebody takes part already (migration 0026)."""

    __tablename__ = "standing_behind"
    __table_args__ = (IDENTITY,)

    registration_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    sale_id: Mapped[int] = mapped_column(BigInteger)
    numbers: Mapped[list[bytes]] = mapped_column(ARRAY(LargeBinary))


class TakingPart(db.Model):
    """Whose deposit is there, by number and sale: once, whatever the accounts (RULE-E3)."""

    __tablename__ = "taking_part"
    __table_args__ = (Index("ix_taking_part_registration_id", "registration_id"), IDENTITY)

    sale_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    number_index: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    registration_id: Mapped[int] = mapped_column(BigInteger)


class EnvelopeOpening(db.Model):
    """Each opening of a person's envelope: by which process, on what ground. Counted in public."""

    __tablename__ = "envelope_openings"
    __table_args__ = (
        one_of("ground", "close", "two_persons"),
        UniqueConstraint("registration_id", "ground"),
        IDENTITY,
    )

    id: Mapped[Pk]
    registration_id: Mapped[int] = mapped_column(BigInteger)
    ground: Mapped[str] = mapped_column(String(20))
    reference: Mapped[str] = mapped_column(String(200))
    opened_at: Mapped[Written]
