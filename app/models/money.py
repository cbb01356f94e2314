"""Deposits, the price of a sold lot, and the two ways in which money arrives."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import (
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    UniqueConstraint,
    text,
)
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

# The engine's deposit machine (`auction_engine.money.deposits`); the trigger of 0005 repeats it.
DEPOSIT_STATES = (
    "awaiting", "held", "releasing", "released", "applied", "forfeited", "cancelled",
)  # fmt: skip
SETTLEMENT_STATES = ("awaiting_balance", "paid", "defaulted", "ruled", "delivered")


class Deposit(db.Model):
    """The deposit of one registration; it secures one lot only and ends exactly once (INV-M4)."""

    __tablename__ = "deposits"
    __table_args__ = (
        one_of("state", *DEPOSIT_STATES),
        one_of("channel", "card", "bank", "none"),
        CheckConstraint("amount >= 0", name="amount_not_negative"),
        Index("ix_deposits_release", "state", "release_due_at"),
    )

    id: Mapped[Pk]
    public_id: Mapped[PublicId]
    court_id: Mapped[int] = mapped_column(court_key())
    sale_id: Mapped[int] = mapped_column(ForeignKey("sales.id"), index=True)
    registration_id: Mapped[int] = mapped_column(ForeignKey("registrations.id"), unique=True)
    amount: Mapped[Minor]
    currency: Mapped[Currency]
    channel: Mapped[str] = mapped_column(String(6))
    # Written on a bank transfer; unique over the platform, so a credit finds its deposit.
    reference: Mapped[str] = mapped_column(String(24), unique=True)
    state: Mapped[str] = mapped_column(String(12), default="awaiting")
    held_at: Mapped[Moment | None]
    release_due_at: Mapped[Moment | None]
    ended_at: Mapped[Moment | None]
    # Where a bank deposit came from and goes back to, sealed for the closing process.
    sealed_origin: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_at: Mapped[Written]


class CardPayment(db.Model):
    """A payment at the provider: our wish first, then what the provider says of it."""

    __tablename__ = "card_payments"
    __table_args__ = (
        one_of("purpose", "deposit", "balance"),
        one_of("state", "opening", "open", "succeeded", "failed", "expired"),
        CheckConstraint("amount BETWEEN 1 AND 99999999", name="within_provider_limit"),
        CheckConstraint("refunded >= 0 AND refunded <= amount", name="refunded_within_amount"),
    )

    id: Mapped[Pk]
    public_id: Mapped[PublicId]
    court_id: Mapped[int] = mapped_column(court_key())
    registration_id: Mapped[int] = mapped_column(ForeignKey("registrations.id"), index=True)
    purpose: Mapped[str] = mapped_column(String(10))
    deposit_id: Mapped[int | None] = mapped_column(ForeignKey("deposits.id"), index=True)
    settlement_id: Mapped[int | None] = mapped_column(ForeignKey("settlements.id"))
    amount: Mapped[Minor]
    currency: Mapped[Currency]
    # The idempotency key, stored before the provider is called (INV-M8).
    key: Mapped[str] = mapped_column(String(64), unique=True)
    checkout_id: Mapped[str | None] = mapped_column(String(120), unique=True)
    intent_id: Mapped[str | None] = mapped_column(String(120), unique=True)
    state: Mapped[str] = mapped_column(String(12), default="opening")
    refunded: Mapped[Minor] = mapped_column(default=0)
    paid_at: Mapped[Moment | None]
    created_at: Mapped[Written]


class ProviderEvent(db.Model):
    """A webhook as it came: a hint that something happened, deduplicated by its id."""

    __tablename__ = "provider_events"

    event_id: Mapped[str] = mapped_column(String(120), primary_key=True)
    kind: Mapped[str] = mapped_column(String(80))
    object_id: Mapped[str] = mapped_column(String(120))
    received_at: Mapped[Written]


class Settlement(db.Model):
    """What the buyer owes after the close, and how far it is paid (RULE-I1)."""

    __tablename__ = "settlements"
    __table_args__ = (
        one_of("state", *SETTLEMENT_STATES),
        CheckConstraint("price >= 1", name="price_positive"),
        CheckConstraint(
            "deposit_applied >= 0 AND paid >= 0 AND deposit_applied + paid <= price",
            name="never_more_than_price",
        ),
        CheckConstraint(
            "state IN ('awaiting_balance', 'defaulted') OR deposit_applied + paid = price",
            name="paid_means_paid",
        ),
    )

    id: Mapped[Pk]
    public_id: Mapped[PublicId]
    court_id: Mapped[int] = mapped_column(court_key())
    sale_id: Mapped[int] = mapped_column(ForeignKey("sales.id"), unique=True)
    registration_id: Mapped[int] = mapped_column(ForeignKey("registrations.id"), unique=True)
    price: Mapped[Minor]
    currency: Mapped[Currency]
    deposit_applied: Mapped[Minor] = mapped_column(default=0)
    paid: Mapped[Minor] = mapped_column(default=0)
    due_at: Mapped[Moment]
    reference: Mapped[str] = mapped_column(String(24), unique=True)
    state: Mapped[str] = mapped_column(String(20), default="awaiting_balance")
    paid_at: Mapped[Moment | None]
    ruled_at: Mapped[Moment | None]
    ruling_served_at: Mapped[Moment | None]
    delivered_at: Mapped[Moment | None]
    defaulted_at: Mapped[Moment | None]
    default_decided_by: Mapped[int | None] = mapped_column(person_key())
    created_at: Mapped[Written]


class BankStatement(db.Model):
    """A file from the bank, once by its hash."""

    __tablename__ = "bank_statements"

    id: Mapped[Pk]
    public_id: Mapped[PublicId]
    court_id: Mapped[int] = mapped_column(court_key())
    sha256: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    message_id: Mapped[str] = mapped_column(String(80))
    entries: Mapped[int]
    imported_by: Mapped[int | None] = mapped_column(person_key())
    imported_at: Mapped[Written]


class BankCredit(db.Model):
    """Money that arrived at a court's bank, matched by machine or waiting in suspense (INV-M6)."""

    __tablename__ = "bank_credits"
    __table_args__ = (
        UniqueConstraint("court_id", "entry_reference"),
        one_of("state", "matched", "suspense", "returned"),
        CheckConstraint("amount >= 1", name="amount_positive"),
    )

    id: Mapped[Pk]
    public_id: Mapped[PublicId]
    court_id: Mapped[int] = mapped_column(court_key())
    statement_id: Mapped[int] = mapped_column(ForeignKey("bank_statements.id"), index=True)
    entry_reference: Mapped[str] = mapped_column(String(80))
    amount: Mapped[Minor]
    currency: Mapped[Currency]
    value_on: Mapped[date] = mapped_column(Date)
    # What the payer wrote; the payer's name and account are sealed (identities stay closed).
    reference: Mapped[str] = mapped_column(String(140))
    sealed_payer: Mapped[bytes] = mapped_column(LargeBinary)
    state: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str] = mapped_column(String(200), default="")
    deposit_id: Mapped[int | None] = mapped_column(ForeignKey("deposits.id"))
    settlement_id: Mapped[int | None] = mapped_column(ForeignKey("settlements.id"))
    owner_id: Mapped[int | None] = mapped_column(person_key())
    due_on: Mapped[date | None] = mapped_column(Date)
    recorded_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))


class Refund(db.Model):
    """Money going back to a bidder: by the provider, or by the bank's next payment file."""

    __tablename__ = "refunds"
    __table_args__ = (
        one_of("state", "due", "sent", "done", "failed"),
        one_of("channel", "card", "bank"),
        CheckConstraint("amount >= 1", name="amount_positive"),
    )

    id: Mapped[Pk]
    public_id: Mapped[PublicId]
    court_id: Mapped[int] = mapped_column(court_key())
    deposit_id: Mapped[int] = mapped_column(ForeignKey("deposits.id"), unique=True)
    channel: Mapped[str] = mapped_column(String(6))
    amount: Mapped[Minor]
    currency: Mapped[Currency]
    key: Mapped[str] = mapped_column(String(64), unique=True)
    provider_id: Mapped[str | None] = mapped_column(String(120), unique=True)
    state: Mapped[str] = mapped_column(String(10), default="due")
    reason: Mapped[str] = mapped_column(String(200))
    due_at: Mapped[Moment]
    done_at: Mapped[Moment | None]
    created_at: Mapped[Written]


class PaymentFile(db.Model):
    """A pain.001 file handed to the bank: made once, the same bytes whenever asked again."""

    __tablename__ = "payment_files"

    id: Mapped[Pk]
    public_id: Mapped[PublicId]
    court_id: Mapped[int] = mapped_column(court_key())
    message_id: Mapped[str] = mapped_column(String(35), unique=True)
    sha256: Mapped[str] = mapped_column(String(64))
    content: Mapped[str]
    made_by: Mapped[int | None] = mapped_column(person_key())
    made_at: Mapped[Written]
