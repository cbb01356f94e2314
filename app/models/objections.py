"""Objections to a sale, and requests to undo one that was made."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
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
from auction_engine.sale.objections import Kind, State
from auction_engine.sale.revocation import Ground
from auction_engine.sale.revocation import State as RevocationState


class Objection(db.Model):
    """Somebody's objection, its way through the court, and what was decided (RULE-M1, M2)."""

    __tablename__ = "objections"
    __table_args__ = (
        one_of("kind", *Kind),
        one_of("state", *State),
        one_of("decision", "upheld", "dismissed"),
        CheckConstraint(
            "kind <> 'third_party' OR right_claimed <> ''", name="third_party_names_its_right"
        ),
        CheckConstraint(
            "state IN ('filed', 'withdrawn') OR received_by IS NOT NULL", name="received_by_one"
        ),
        CheckConstraint(
            "state IN ('filed', 'received', 'withdrawn')"
            " OR (decision IS NOT NULL AND decided_by IS NOT NULL AND decided_at IS NOT NULL"
            " AND decision_reason IS NOT NULL AND document_id IS NOT NULL)",
            name="decided_with_reason",
        ),
        Index("ix_objections_sale_id", "sale_id"),
        Index("ix_objections_court_state", "court_id", "state"),
    )

    id: Mapped[Pk]
    public_id: Mapped[PublicId]
    court_id: Mapped[int] = mapped_column(court_key())
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    sale_id: Mapped[int] = mapped_column(ForeignKey("sales.id"))
    kind: Mapped[str] = mapped_column(String(12))
    # Who filed it here; without one the court took it in on paper, under this name.
    person_id: Mapped[int | None] = mapped_column(person_key(), index=True)
    name: Mapped[str] = mapped_column(String(200))
    right_claimed: Mapped[str] = mapped_column(String(300), default="")
    grounds: Mapped[str]
    filed_at: Mapped[Moment]
    state: Mapped[str] = mapped_column(String(12), default="filed")
    entered_by: Mapped[int | None] = mapped_column(person_key())
    received_by: Mapped[int | None] = mapped_column(person_key())
    received_at: Mapped[Moment | None]
    # Whether the court stayed the sale for it.
    stayed: Mapped[bool] = mapped_column(default=False)
    decision: Mapped[str | None] = mapped_column(String(12))
    decision_reason: Mapped[str | None]
    decided_by: Mapped[int | None] = mapped_column(person_key())
    decided_at: Mapped[Moment | None]
    document_id: Mapped[int | None] = mapped_column(ForeignKey("documents.id"))
    # Reconsideration or suit: where, under which number, and how it ended.
    review_reference: Mapped[str | None] = mapped_column(String(200))
    review_filed_at: Mapped[Moment | None]
    review_ended_at: Mapped[Moment | None]
    review_outcome: Mapped[str | None] = mapped_column(String(500))
    written_at: Mapped[Written]


class Revocation(db.Model):
    """A request to undo a sale, on one of the grounds of the law, and its decision (RULE-M3)."""

    __tablename__ = "revocations"
    __table_args__ = (
        one_of("ground", *Ground),
        one_of("state", *RevocationState),
        CheckConstraint(
            "state IN ('requested', 'withdrawn')"
            " OR (decided_by IS NOT NULL AND decided_at IS NOT NULL"
            " AND decision_reason IS NOT NULL AND document_id IS NOT NULL)",
            name="decided_with_reason",
        ),
        CheckConstraint("state = 'granted' OR money_done_at IS NULL", name="money_after_decision"),
        Index(
            "uq_revocations_granted",
            "sale_id",
            unique=True,
            postgresql_where=text("state = 'granted'"),
        ),
        Index("ix_revocations_court_state", "court_id", "state"),
    )

    id: Mapped[Pk]
    public_id: Mapped[PublicId]
    court_id: Mapped[int] = mapped_column(court_key())
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    sale_id: Mapped[int] = mapped_column(ForeignKey("sales.id"))
    ground: Mapped[str] = mapped_column(String(20))
    person_id: Mapped[int | None] = mapped_column(person_key(), index=True)
    name: Mapped[str] = mapped_column(String(200))
    grounds: Mapped[str]
    requested_at: Mapped[Moment]
    state: Mapped[str] = mapped_column(String(12), default="requested")
    entered_by: Mapped[int | None] = mapped_column(person_key())
    decided_by: Mapped[int | None] = mapped_column(person_key())
    decided_at: Mapped[Moment | None]
    decision_reason: Mapped[str | None]
    document_id: Mapped[int | None] = mapped_column(ForeignKey("documents.id"))
    # What the worker sent back, and what has left the platform and the court has to call back.
    currency: Mapped[Currency | None]
    returned: Mapped[Minor | None]
    to_call_back: Mapped[Minor | None]
    money_done_at: Mapped[Moment | None]
    written_at: Mapped[Written]
