"""Courts, their staff, and the legal clock of rehearsal courts."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import (
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    Numeric,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import db
from app.models.columns import Moment, Pk, PublicId, Written, court_key, one_of, person_key

# What a member of staff may do in a court. `clerk` prepares, `judge` sits in the panel and
# approves publication, `finance` moves money, `president` opens the door to people.
COURT_ROLES = ("president", "judge", "clerk", "finance")


class CourtRecord(db.Model):
    """A tenant. A rehearsal court has a legal clock of its own and never sells anything real."""

    __tablename__ = "courts"
    __table_args__ = (one_of("days_before", "default", "strict"),)

    id: Mapped[Pk]
    public_id: Mapped[PublicId]
    name_en: Mapped[str] = mapped_column(String(200))
    name_zh: Mapped[str] = mapped_column(String(200))
    region: Mapped[str] = mapped_column(String(100))
    contact: Mapped[str] = mapped_column(String(300))
    account_name: Mapped[str] = mapped_column(String(200))
    account_number: Mapped[str] = mapped_column(String(64))
    account_bank: Mapped[str] = mapped_column(String(200))
    timezone: Mapped[str] = mapped_column(String(64), default="Asia/Shanghai")
    # Which family of rule packs is its law; the pack follows from the day of each proceeding.
    rule_family: Mapped[str] = mapped_column(String(20), default="cn", server_default="cn")
    # How the court reads what its law leaves open, by the switch's name; the rest by default.
    readings: Mapped[dict[str, str]] = mapped_column(
        JSONB, default=dict, server_default=text("'{}'::jsonb")
    )
    is_rehearsal: Mapped[bool] = mapped_column(default=False)
    # How this court reads "so many days before" (RULE-Q2); `Reading` of the engine.
    days_before: Mapped[str] = mapped_column(
        String(10), default="default", server_default="default"
    )
    opened_at: Mapped[Written]


class LegalTimeSegment(db.Model):
    """From `real_from` on, a rehearsal court's legal time runs from `legal_from` at `rate`.

    Rate 0 holds the clock still. Append-only; legal time never goes back (trigger in 0004).
    """

    __tablename__ = "legal_time_segments"
    __table_args__ = (
        CheckConstraint("rate >= 0 AND rate <= 10000", name="rate_in_range"),
        Index("ix_legal_time_segments_court_real", "court_id", "real_from"),
    )

    id: Mapped[Pk]
    court_id: Mapped[int] = mapped_column(court_key())
    real_from: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
    legal_from: Mapped[Moment]
    rate: Mapped[float] = mapped_column(Numeric(9, 3, asdecimal=False))
    set_by: Mapped[int | None] = mapped_column(person_key())


class CalendarDay(db.Model):
    """A day on which this court does not work, or works although it is a weekend (RULE-Q1)."""

    __tablename__ = "calendar_days"
    __table_args__ = (UniqueConstraint("court_id", "on"),)

    id: Mapped[Pk]
    court_id: Mapped[int] = mapped_column(court_key())
    on: Mapped[date] = mapped_column(Date)
    works: Mapped[bool]
    name: Mapped[str] = mapped_column(String(80), default="")


class CourtMembership(db.Model):
    """A role of a person in a court: proposed by one, approved by another, ended on the record."""

    __tablename__ = "court_memberships"
    __table_args__ = (
        one_of("role", *COURT_ROLES),
        CheckConstraint("granted_by <> approved_by", name="two_persons"),
        CheckConstraint(
            "person_id <> granted_by AND person_id <> approved_by", name="never_by_oneself"
        ),
        Index(
            "uq_court_memberships_current",
            "court_id",
            "person_id",
            "role",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[Pk]
    court_id: Mapped[int] = mapped_column(court_key())
    person_id: Mapped[int] = mapped_column(person_key())
    role: Mapped[str] = mapped_column(String(20))
    granted_by: Mapped[int] = mapped_column(person_key())
    approved_by: Mapped[int] = mapped_column(person_key())
    granted_at: Mapped[Written]
    ended_at: Mapped[Moment | None]
    ended_by: Mapped[int | None] = mapped_column(person_key())
    end_reason: Mapped[str | None] = mapped_column(String(300))


class StaffInvitation(db.Model):
    """An invitation by mail to take a role; becomes a membership when two persons agreed."""

    __tablename__ = "staff_invitations"
    __table_args__ = (one_of("role", *COURT_ROLES),)

    id: Mapped[Pk]
    public_id: Mapped[PublicId]
    court_id: Mapped[int] = mapped_column(court_key())
    email: Mapped[str] = mapped_column(String(254))
    role: Mapped[str] = mapped_column(String(20))
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    invited_by: Mapped[int] = mapped_column(person_key())
    approved_by: Mapped[int | None] = mapped_column(person_key())
    invited_at: Mapped[Written]
    expires_at: Mapped[Moment]
    accepted_by: Mapped[int | None] = mapped_column(person_key())
    accepted_at: Mapped[Moment | None]
    withdrawn_at: Mapped[Moment | None]


class Proposal(db.Model):
    """An act that needs two persons: what exactly, by whom proposed, by whom decided.

    `payload_hash` fixes what was proposed; the decision names the same hash, so nobody approves
    something else than was shown to them (INV T9, A14).
    """

    __tablename__ = "proposals"
    __table_args__ = (
        CheckConstraint("decided_by IS NULL OR decided_by <> proposed_by", name="two_persons"),
        CheckConstraint("(decided_by IS NULL) = (approved IS NULL)", name="decided_whole"),
        Index("ix_proposals_subject", "kind", "subject"),
        Index(
            "uq_proposals_pending",
            "kind",
            "subject",
            unique=True,
            postgresql_where=text("approved IS NULL"),
        ),
    )

    id: Mapped[Pk]
    public_id: Mapped[PublicId]
    court_id: Mapped[int | None] = mapped_column(court_key())
    kind: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str] = mapped_column(String(80))
    payload: Mapped[str]
    payload_hash: Mapped[str] = mapped_column(String(64))
    reason: Mapped[str] = mapped_column(String(300), default="")
    proposed_by: Mapped[int] = mapped_column(person_key())
    proposed_at: Mapped[Written]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("identity.people.id"))
    decided_at: Mapped[Moment | None]
    approved: Mapped[bool | None]
    decision_reason: Mapped[str | None] = mapped_column(String(300))
