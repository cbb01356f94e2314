"""The journal, the decisions, and the evidence of a sale: all insert-only but the state row."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import db
from app.models.columns import (
    Currency,
    Minor,
    Moment,
    Pk,
    PublicId,
    Written,
    court_key,
    one_of,
    person_key,
)

ARRIVAL_KINDS = ("bid", "admit", "suspend", "resume", "withdraw")


class Registration(db.Model):
    """Somebody's wish to bid in one sale, known by its code alone until the end (RULE-E13)."""

    __tablename__ = "registrations"
    __table_args__ = (
        UniqueConstraint("sale_id", "code"),
        UniqueConstraint("sale_id", "blind_index"),
        CheckConstraint("priority_rank BETWEEN 1 AND 1000", name="rank_in_range"),
    )

    id: Mapped[Pk]
    public_id: Mapped[PublicId]
    court_id: Mapped[int] = mapped_column(court_key())
    sale_id: Mapped[int] = mapped_column(ForeignKey("sales.id"))
    code: Mapped[str] = mapped_column(String(8))
    # HMAC of sale and person: answers "is this you" and "is this person barred", nothing else.
    blind_index: Mapped[bytes]
    priority_rank: Mapped[int | None]
    excluded: Mapped[str | None] = mapped_column(String(60))
    # The applicant creditor pays less or nothing (RULE-E6).
    deposit_due: Mapped[Minor]
    currency: Mapped[Currency]
    terms_hash: Mapped[str] = mapped_column(String(64))
    terms_accepted_at: Mapped[Moment]
    registered_at: Mapped[Written]


class Admission(db.Model):
    """From `at` on the registration may bid; `named_n` is the transcript line that named it."""

    __tablename__ = "admissions"

    registration_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("registrations.id"), primary_key=True, autoincrement=False
    )
    sale_id: Mapped[int] = mapped_column(ForeignKey("sales.id"), index=True)
    arrival_id: Mapped[int] = mapped_column(ForeignKey("arrivals.id"))
    at: Mapped[Moment]
    named_n: Mapped[int | None]


class Arrival(db.Model):
    """What entered the system for a sale, and when by the database's clock (RULE-G3). Journal."""

    __tablename__ = "arrivals"
    __table_args__ = (
        one_of("kind", *ARRIVAL_KINDS),
        CheckConstraint("amount >= 0", name="amount_not_negative"),
        CheckConstraint(
            "(kind IN ('bid', 'admit')) = (registration_id IS NOT NULL)",
            name="bidders_acts_are_theirs",
        ),
        Index("ix_arrivals_sale_order", "sale_id", "arrived_at", "id"),
        Index("ix_arrivals_admit", "registration_id", postgresql_where=text("kind = 'admit'")),
    )

    id: Mapped[Pk]
    sale_id: Mapped[int] = mapped_column(ForeignKey("sales.id"))
    kind: Mapped[str] = mapped_column(String(10))
    registration_id: Mapped[int | None] = mapped_column(ForeignKey("registrations.id"))
    amount: Mapped[Minor | None]
    # What was typed when it is no amount: kept, so that every refusal can be explained.
    typed: Mapped[str | None] = mapped_column(String(80))
    details: Mapped[dict[str, object] | None] = mapped_column(JSONB)
    key: Mapped[uuid.UUID] = mapped_column(unique=True)
    arrived_at: Mapped[Moment]
    written_at: Mapped[Written]


class Undecided(db.Model):
    """The queue of arrivals without a decision; a row goes when its decision is written."""

    __tablename__ = "undecided"
    __table_args__ = (Index("ix_undecided_sale_id", "sale_id"),)

    arrival_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("arrivals.id"), primary_key=True, autoincrement=False
    )
    sale_id: Mapped[int] = mapped_column(BigInteger)


class Decision(db.Model):
    """The one answer to an arrival (INV-A2)."""

    __tablename__ = "decisions"

    arrival_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("arrivals.id"), primary_key=True, autoincrement=False
    )
    sale_id: Mapped[int] = mapped_column(ForeignKey("sales.id"), index=True)
    # The moment by which it was decided: the arrival's, or the one before it if that is later.
    at: Mapped[Moment]
    accepted: Mapped[bool]
    reason: Mapped[str | None] = mapped_column(String(40))
    minimum: Mapped[Minor | None]
    seq: Mapped[int | None] = mapped_column(BigInteger)
    closes_at: Mapped[Moment | None]
    n: Mapped[int | None] = mapped_column(BigInteger)
    decided_at: Mapped[Written]


class BidRecord(db.Model):
    """An accepted bid, as everybody may see it."""

    __tablename__ = "bids"
    __table_args__ = (CheckConstraint("amount >= 1", name="amount_positive"),)

    sale_id: Mapped[int] = mapped_column(ForeignKey("sales.id"), primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    arrival_id: Mapped[int] = mapped_column(ForeignKey("arrivals.id"), unique=True)
    registration_id: Mapped[int] = mapped_column(ForeignKey("registrations.id"))
    code: Mapped[str] = mapped_column(String(8))
    rank: Mapped[int | None]
    amount: Mapped[Minor]
    at: Mapped[Moment]
    closes_at: Mapped[Moment]
    # Stands in if the best bidder does not pay, under laws that know it.
    reserve: Mapped[bool] = mapped_column(default=False, server_default="f")


class TranscriptLine(db.Model):
    """A line of the sale's evidence, byte for byte as `verify` reads it (INV-R1)."""

    __tablename__ = "transcript_lines"

    sale_id: Mapped[int] = mapped_column(ForeignKey("sales.id"), primary_key=True)
    n: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    prev: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))
    line: Mapped[str] = mapped_column(Text)


class SaleStateRecord(db.Model):
    """A sale as it stands: the engine's `Sale` in columns. Only the drain's role writes here."""

    __tablename__ = "sale_states"
    __table_args__ = (
        one_of(
            "status",
            "announced",
            "open",
            "suspended",
            "sold",
            "pending_award",
            "unsold",
            "withdrawn",
        ),
        CheckConstraint("(leader_code IS NULL) = (price IS NULL)", name="leader_has_price"),
        Index("ix_sale_states_due", "status", "closes_at"),
        Index("ix_sale_states_sealed", "sale_id", postgresql_where=text("is_sealed")),
        Index(
            "ix_sale_states_withdrawn",
            "sale_id",
            postgresql_where=text("status = 'withdrawn' AND NOT is_over"),
        ),
        Index(
            "ix_sale_states_to_open",
            "opens_at",
            postgresql_where=text("status = 'announced'"),
        ),
    )

    sale_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("sales.id"), primary_key=True, autoincrement=False
    )
    court_id: Mapped[int] = mapped_column(court_key())
    status: Mapped[str] = mapped_column(String(16))
    # Until it is over nobody sees its bids, the court included (policies of migration 0013).
    is_sealed: Mapped[bool] = mapped_column(default=False, server_default="f")
    bids_rise: Mapped[bool] = mapped_column(default=True, server_default="t")
    # Its outcome is written.
    is_over: Mapped[bool] = mapped_column(default=False, server_default="f")
    opens_at: Mapped[Moment]
    closes_at: Mapped[Moment]
    leader_code: Mapped[str | None] = mapped_column(String(8))
    leader_rank: Mapped[int | None]
    leader_registration_id: Mapped[int | None] = mapped_column(ForeignKey("registrations.id"))
    price: Mapped[Minor | None]
    accepted: Mapped[int] = mapped_column(BigInteger, default=0)
    refused: Mapped[int] = mapped_column(BigInteger, default=0)
    extensions: Mapped[int] = mapped_column(BigInteger, default=0)
    stayed_from: Mapped[Moment | None]
    stayed_by: Mapped[str | None] = mapped_column(String(10))
    stay_reason: Mapped[str | None] = mapped_column(String(200))
    withdrawn_at: Mapped[Moment | None]
    withdrawal_reason: Mapped[str | None] = mapped_column(String(200))
    last_at: Mapped[Moment | None]
    committed_at: Mapped[Moment | None]
    moved_end: Mapped[Moment | None]
    # The transcript's last line: the next one has n + 1 and prev = head.
    n: Mapped[int] = mapped_column(BigInteger)
    head: Mapped[str] = mapped_column(String(64))


class Outcome(db.Model):
    """How a sale ended: one row, once, for ever (INV-A11)."""

    __tablename__ = "outcomes"
    __table_args__ = (
        one_of("status", "sold", "pending_award", "unsold", "withdrawn"),
        CheckConstraint(
            "(status = 'sold') = (winner_registration_id IS NOT NULL)", name="sold_has_winner"
        ),
    )

    sale_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("sales.id"), primary_key=True, autoincrement=False
    )
    court_id: Mapped[int] = mapped_column(court_key())
    status: Mapped[str] = mapped_column(String(16))
    at: Mapped[Moment]
    winner_registration_id: Mapped[int | None] = mapped_column(ForeignKey("registrations.id"))
    winner_code: Mapped[str | None] = mapped_column(String(8))
    price: Mapped[Minor | None]
    extensions: Mapped[int] = mapped_column(BigInteger)
    accepted: Mapped[int] = mapped_column(BigInteger)
    refused: Mapped[int] = mapped_column(BigInteger)
    n: Mapped[int] = mapped_column(BigInteger)
    head: Mapped[str] = mapped_column(String(64))
    written_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))


class AwardRecord(db.Model):
    """What the court decided on the best bid of a sale whose law weighs it afterwards."""

    __tablename__ = "awards"
    __table_args__ = (
        one_of("decision", "approved", "refused"),
        CheckConstraint("price >= 1", name="price_positive"),
    )

    id: Mapped[Pk]
    public_id: Mapped[PublicId]
    court_id: Mapped[int] = mapped_column(court_key(), index=True)
    sale_id: Mapped[int] = mapped_column(ForeignKey("sales.id"), unique=True)
    decision: Mapped[str] = mapped_column(String(12))
    # What the engine said the law makes of the bid (docs/packs.md, `award`).
    answer: Mapped[dict[str, object]] = mapped_column(JSONB)
    price: Mapped[Minor]
    reason: Mapped[str] = mapped_column(String(1000))
    decided_by: Mapped[int] = mapped_column(person_key())
    decided_at: Mapped[Moment]
    # When the closing process has acted on it: opened the winner's envelope, freed deposits.
    carried_out_at: Mapped[Moment | None]


class Buyer(db.Model):
    """Who bought: opened from the envelope by the closing transaction, published (RULE-H2)."""

    __tablename__ = "buyers"

    sale_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("sales.id"), primary_key=True, autoincrement=False
    )
    court_id: Mapped[int] = mapped_column(court_key())
    registration_id: Mapped[int] = mapped_column(ForeignKey("registrations.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("identity.people.id"))
    name: Mapped[str] = mapped_column(String(200))
    confirmed_at: Mapped[Moment]
