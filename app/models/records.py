"""What the platform promised, told, wrote and did: outbox, notices, documents, audit."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import db
from app.models.columns import Moment, Pk, PublicId, Written, court_key, one_of, person_key

# Who keeps which promise: the worker moves money and fetches, the notifier writes letters, and the
# scheduler, which alone can open where money came from, makes the bank's payment files and, which
# alone writes into the journals of several sales, stops what a case no longer needs.
OUTBOX_KINDS = ("provider_event", "checkout", "refund", "payment_file", "letter", "covered_case")


class OutboxItem(db.Model):
    """A promise, with its key written in the transaction that decided it: mostly to the outside."""

    __tablename__ = "outbox"
    __table_args__ = (
        one_of("kind", *OUTBOX_KINDS),
        one_of("state", "due", "done", "parked"),
        Index("ix_outbox_due", "kind", "next_try_at", postgresql_where=text("state = 'due'")),
        Index(
            "ix_outbox_urgent",
            "kind",
            text("deadline_at NULLS FIRST"),
            "id",
            postgresql_where=text("state = 'due'"),
        ),
    )

    id: Mapped[Pk]
    public_id: Mapped[PublicId]
    kind: Mapped[str] = mapped_column(String(20))
    key: Mapped[str] = mapped_column(String(120), unique=True)
    court_id: Mapped[int | None] = mapped_column(court_key())
    payload: Mapped[dict[str, object]] = mapped_column(JSONB)
    # The legal deadline, by which the queue is ordered; tries are spaced by real time.
    deadline_at: Mapped[Moment | None]
    next_try_at: Mapped[Written]
    tries: Mapped[int] = mapped_column(default=0)
    last_answer: Mapped[str | None] = mapped_column(String(500))
    state: Mapped[str] = mapped_column(String(10), default="due")
    created_at: Mapped[Written]
    done_at: Mapped[Moment | None]


class PublicNotice(db.Model):
    """What everybody is told about a sale: stays with reason, new ends, results (RULE-L3)."""

    __tablename__ = "public_notices"
    __table_args__ = (Index("ix_public_notices_sale_id", "sale_id"),)

    id: Mapped[Pk]
    public_id: Mapped[PublicId]
    court_id: Mapped[int] = mapped_column(court_key())
    sale_id: Mapped[int | None] = mapped_column(ForeignKey("sales.id"))
    kind: Mapped[str] = mapped_column(String(40))
    params: Mapped[dict[str, object]] = mapped_column(JSONB, default=dict)
    at: Mapped[Moment]
    written_at: Mapped[Written]


class Message(db.Model):
    """A legal notice to one person, or to one registration whose person nobody may know yet."""

    __tablename__ = "messages"
    __table_args__ = (
        CheckConstraint(
            "(person_id IS NULL) <> (registration_id IS NULL)", name="exactly_one_addressee"
        ),
        Index("ix_messages_person_id", "person_id"),
        Index("ix_messages_registration_id", "registration_id"),
    )

    id: Mapped[Pk]
    public_id: Mapped[PublicId]
    court_id: Mapped[int | None] = mapped_column(court_key())
    person_id: Mapped[int | None] = mapped_column(person_key())
    registration_id: Mapped[int | None] = mapped_column(ForeignKey("registrations.id"))
    sale_id: Mapped[int | None] = mapped_column(ForeignKey("sales.id"))
    key: Mapped[str] = mapped_column(String(120), unique=True)
    kind: Mapped[str] = mapped_column(String(40))
    params: Mapped[dict[str, object]] = mapped_column(JSONB, default=dict)
    at: Mapped[Moment]
    read_at: Mapped[Moment | None]


class DocumentRecord(db.Model):
    """A document as it was made: its text, its hash, who signed and who was served."""

    __tablename__ = "documents"
    __table_args__ = (
        UniqueConstraint("court_id", "kind", "subject", "version"),
        one_of("audience", "public", "parties", "court", "buyer"),
        Index("ix_documents_case_id", "case_id"),
        Index("ix_documents_sale_id", "sale_id"),
    )

    id: Mapped[Pk]
    public_id: Mapped[PublicId]
    court_id: Mapped[int] = mapped_column(court_key())
    case_id: Mapped[int | None] = mapped_column(ForeignKey("cases.id"))
    sale_id: Mapped[int | None] = mapped_column(ForeignKey("sales.id"))
    kind: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str] = mapped_column(String(80))
    version: Mapped[int] = mapped_column(default=1)
    audience: Mapped[str] = mapped_column(String(10))
    title: Mapped[str] = mapped_column(String(200))
    content: Mapped[str]
    sha256: Mapped[str] = mapped_column(String(64))
    made_by: Mapped[int | None] = mapped_column(person_key())
    made_at: Mapped[Moment]
    signed_by: Mapped[int | None] = mapped_column(person_key())
    signed_at: Mapped[Moment | None]
    served_at: Mapped[Moment | None]


class AuditRecord(db.Model):
    """Who did what to what: append-only, and without personal data in `details`."""

    __tablename__ = "audit"
    __table_args__ = (Index("ix_audit_court_at", "court_id", "at"),)

    id: Mapped[Pk]
    court_id: Mapped[int | None] = mapped_column(court_key())
    person_id: Mapped[int | None] = mapped_column(person_key())
    actor: Mapped[str] = mapped_column(String(40))
    action: Mapped[str] = mapped_column(String(60))
    subject: Mapped[str] = mapped_column(String(80))
    details: Mapped[dict[str, object]] = mapped_column(JSONB, default=dict)
    at: Mapped[Written]
