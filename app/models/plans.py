"""How the proceeds of a sale are distributed and paid out."""

from __future__ import annotations

from datetime import date

from sqlalchemy import (
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    String,
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

PLAN_STATES = ("draft", "served", "final", "replaced")
PAYOUT_STATES = ("due", "sent", "paid", "failed")


class Plan(db.Model):
    """A distribution plan: the engine's input and answer, and its way through service (DIST 3)."""

    __tablename__ = "plans"
    __table_args__ = (
        UniqueConstraint("sale_id", "version"),
        one_of("state", *PLAN_STATES),
        CheckConstraint("finalised_by IS NULL OR finalised_by <> drafted_by", name="two_persons"),
        CheckConstraint("(state = 'final') = (finalised_by IS NOT NULL)", name="final_has_person"),
        Index(
            "uq_plans_current",
            "sale_id",
            unique=True,
            postgresql_where=text("state <> 'replaced'"),
        ),
    )

    id: Mapped[Pk]
    public_id: Mapped[PublicId]
    court_id: Mapped[int] = mapped_column(court_key())
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    sale_id: Mapped[int] = mapped_column(ForeignKey("sales.id"))
    version: Mapped[int] = mapped_column(default=1)
    state: Mapped[str] = mapped_column(String(10), default="draft")
    currency: Mapped[Currency]
    pool: Mapped[Minor]
    request: Mapped[dict[str, object]] = mapped_column(JSONB)
    result: Mapped[dict[str, object]] = mapped_column(JSONB)
    drafted_by: Mapped[int] = mapped_column(person_key())
    drafted_at: Mapped[Written]
    served_at: Mapped[Moment | None]
    finalised_by: Mapped[int | None] = mapped_column(person_key())
    finalised_at: Mapped[Moment | None]


class PlanLine(db.Model):
    """What one payee gets. Lines of a final plan sum to its pool (INV-M14, deferred trigger)."""

    __tablename__ = "plan_lines"
    __table_args__ = (
        one_of("kind", "claim", "cost", "surplus"),
        CheckConstraint("amount >= 0 AND unpaid >= 0", name="amounts_not_negative"),
        CheckConstraint("(kind = 'claim') = (claim_id IS NOT NULL)", name="claim_named"),
        CheckConstraint(
            "in_kind >= 0 AND (in_kind = 0 OR kind = 'claim')", name="property_pays_a_claim"
        ),
        CheckConstraint(
            "paid_before >= 0 AND (paid_before = 0 OR kind = 'claim')",
            name="paid_before_on_a_claim",
        ),
    )

    id: Mapped[Pk]
    court_id: Mapped[int] = mapped_column(court_key())
    plan_id: Mapped[int] = mapped_column(ForeignKey("plans.id"), index=True)
    kind: Mapped[str] = mapped_column(String(10))
    claim_id: Mapped[int | None] = mapped_column(ForeignKey("claims.id"))
    party_id: Mapped[int | None] = mapped_column(ForeignKey("parties.id"))
    payee: Mapped[str] = mapped_column(String(200))
    amount: Mapped[Minor]
    # What the property pays of the claim of whoever took it in kind: no money, and not in the pool.
    in_kind: Mapped[Minor] = mapped_column(default=0, server_default="0")
    # What other lots of the case had paid on the claim when this plan was drafted.
    paid_before: Mapped[Minor] = mapped_column(default=0, server_default="0")
    unpaid: Mapped[Minor]


class PlanService(db.Model):
    """Proof that a party received the plan, and until when that party may object (15 days)."""

    __tablename__ = "plan_services"
    __table_args__ = (UniqueConstraint("plan_id", "party_id"),)

    id: Mapped[Pk]
    court_id: Mapped[int] = mapped_column(court_key())
    plan_id: Mapped[int] = mapped_column(ForeignKey("plans.id"))
    party_id: Mapped[int] = mapped_column(ForeignKey("parties.id"), index=True)
    served_at: Mapped[Moment]
    objection_until: Mapped[date] = mapped_column(Date)


class PlanObjection(db.Model):
    __tablename__ = "plan_objections"
    __table_args__ = (UniqueConstraint("plan_id", "party_id"),)

    id: Mapped[Pk]
    court_id: Mapped[int] = mapped_column(court_key())
    plan_id: Mapped[int] = mapped_column(ForeignKey("plans.id"))
    party_id: Mapped[int] = mapped_column(ForeignKey("parties.id"), index=True)
    grounds: Mapped[str] = mapped_column(String(2000))
    received_at: Mapped[Moment]


class Payout(db.Model):
    """One payment to one payee under a final plan; account details are locked in (INV-M21)."""

    __tablename__ = "payouts"
    __table_args__ = (
        one_of("state", *PAYOUT_STATES),
        CheckConstraint("amount >= 1", name="amount_positive"),
    )

    id: Mapped[Pk]
    public_id: Mapped[PublicId]
    court_id: Mapped[int] = mapped_column(court_key())
    plan_id: Mapped[int] = mapped_column(ForeignKey("plans.id"), index=True)
    plan_line_id: Mapped[int] = mapped_column(ForeignKey("plan_lines.id"), unique=True)
    party_id: Mapped[int | None] = mapped_column(ForeignKey("parties.id"), index=True)
    payee: Mapped[str] = mapped_column(String(200))
    amount: Mapped[Minor]
    currency: Mapped[Currency]
    account_name: Mapped[str] = mapped_column(String(200))
    account_number: Mapped[str] = mapped_column(String(64))
    account_bank: Mapped[str] = mapped_column(String(200))
    # End-to-end id in the payment file; the bank's debit notice brings it back (INV-M20).
    reference: Mapped[str] = mapped_column(String(35), unique=True)
    payment_file_id: Mapped[int | None] = mapped_column(ForeignKey("payment_files.id"))
    state: Mapped[str] = mapped_column(String(10), default="due")
    bank_reference: Mapped[str | None] = mapped_column(String(80), unique=True)
    due_at: Mapped[Moment]
    paid_at: Mapped[Moment | None]
    created_at: Mapped[Written]
