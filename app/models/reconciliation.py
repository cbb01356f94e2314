"""What the outside says of our money, and where the two do not agree: an item with an owner.

The provider's movements and the bank's balances are kept as they were told, beside the ledger and
never in its place (INV-M7).
"""

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


class ProviderMovement(db.Model):
    """A movement of the provider's balance, once by its id; the fee is not in the amount.

    Without a court it is money that nothing of ours explains.
    """

    __tablename__ = "provider_movements"

    id: Mapped[Pk]
    provider_id: Mapped[str] = mapped_column(String(120), unique=True)
    court_id: Mapped[int | None] = mapped_column(court_key(), index=True)
    card_payment_id: Mapped[int | None] = mapped_column(ForeignKey("card_payments.id"), index=True)
    category: Mapped[str] = mapped_column(String(40))
    source_id: Mapped[str | None] = mapped_column(String(120), index=True)
    amount: Mapped[Minor]
    fee: Mapped[Minor]
    currency: Mapped[Currency]
    # The provider's own time.
    at: Mapped[Moment]
    written_at: Mapped[Written]


class Dispute(db.Model):
    """A card holder's bank takes a payment back (FAULT-F31): won, or lost with what follows."""

    __tablename__ = "disputes"
    __table_args__ = (
        one_of("state", "open", "won", "lost"),
        CheckConstraint("amount >= 1", name="amount_positive"),
        CheckConstraint("(state = 'open') = (closed_at IS NULL)", name="closed_whole"),
        CheckConstraint(
            "(state = 'lost') = (consequence IS NOT NULL)", name="lost_has_consequence"
        ),
    )

    id: Mapped[Pk]
    public_id: Mapped[PublicId]
    court_id: Mapped[int] = mapped_column(court_key(), index=True)
    card_payment_id: Mapped[int] = mapped_column(ForeignKey("card_payments.id"), index=True)
    provider_id: Mapped[str] = mapped_column(String(120), unique=True)
    amount: Mapped[Minor]
    currency: Mapped[Currency]
    reason: Mapped[str] = mapped_column(String(80))
    state: Mapped[str] = mapped_column(String(10), default="open")
    opened_at: Mapped[Moment]
    # Until when the provider takes an answer: its own, real time.
    answer_by: Mapped[Moment | None]
    closed_at: Mapped[Moment | None]
    # What the lost money had become.
    consequence: Mapped[str | None] = mapped_column(String(20))


class ProviderPayout(db.Model):
    """A court's share of a payout from the provider to the bank, fees taken off."""

    __tablename__ = "provider_payouts"
    __table_args__ = (
        UniqueConstraint("provider_id", "court_id"),
        UniqueConstraint("bank_credit_id", "court_id"),
        one_of("state", "on_its_way", "arrived", "failed"),
        CheckConstraint("(state = 'arrived') = (bank_credit_id IS NOT NULL)", name="arrived_there"),
    )

    id: Mapped[Pk]
    public_id: Mapped[PublicId]
    court_id: Mapped[int] = mapped_column(court_key(), index=True)
    provider_id: Mapped[str] = mapped_column(String(120))
    amount: Mapped[Minor]
    fees: Mapped[Minor]
    currency: Mapped[Currency]
    # What the bank writes on its statement.
    trace: Mapped[str | None] = mapped_column(String(80), index=True)
    # Whether the whole payout is this court's: then one credit of this amount arrives.
    is_whole: Mapped[bool]
    arrives_on: Mapped[date] = mapped_column(Date)
    state: Mapped[str] = mapped_column(String(12), default="on_its_way")
    # What arrives at the bank in one sum, of all courts together.
    total: Mapped[Minor | None]
    bank_credit_id: Mapped[int | None] = mapped_column(ForeignKey("bank_credits.id"))
    booked_at: Mapped[Moment | None]
    written_at: Mapped[Written]


class CourtTransfer(db.Model):
    """A court's share of a payout that landed on another court's account: to be passed on.

    Each side is booked on the word of its own bank, which shows the reference.
    """

    __tablename__ = "court_transfers"
    __table_args__ = (
        CheckConstraint("amount >= 1", name="amount_positive"),
        CheckConstraint("from_court_id <> to_court_id", name="between_two"),
    )

    id: Mapped[Pk]
    public_id: Mapped[PublicId]
    payout_id: Mapped[int] = mapped_column(ForeignKey("provider_payouts.id"), unique=True)
    from_court_id: Mapped[int] = mapped_column(court_key(), index=True)
    to_court_id: Mapped[int] = mapped_column(court_key(), index=True)
    amount: Mapped[Minor]
    currency: Mapped[Currency]
    # End-to-end id and purpose of the transfer; both banks' notices bring it back.
    reference: Mapped[str] = mapped_column(String(24), unique=True)
    # It stands in one file at most (INV-M20).
    payment_file_id: Mapped[int | None] = mapped_column(ForeignKey("payment_files.id"))
    paid_at: Mapped[Moment | None]
    received_at: Mapped[Moment | None]
    # When it last came back from the bank: it is owed again.
    returned_at: Mapped[Moment | None]
    written_at: Mapped[Written]


class BankBalance(db.Model):
    """The closing balance of a day, as the bank stated it."""

    __tablename__ = "bank_balances"
    __table_args__ = (UniqueConstraint("statement_id", "currency", "on"),)

    id: Mapped[Pk]
    court_id: Mapped[int] = mapped_column(court_key(), index=True)
    statement_id: Mapped[int] = mapped_column(ForeignKey("bank_statements.id"))
    currency: Mapped[Currency]
    on: Mapped[date] = mapped_column(Date)
    opening: Mapped[Minor]
    closing: Mapped[Minor]
    written_at: Mapped[Written]


class OpenItem(db.Model):
    """Where our books and the outside do not agree, or somebody has to act: named, owned, dated.

    It is closed by the next look that finds the two equal, by what it waited for, or by two
    persons who say why. Without a court it is the platform's operator who looks after it.
    """

    __tablename__ = "open_items"
    __table_args__ = (
        one_of("state", "open", "closed"),
        CheckConstraint(
            "closed_how IS NULL OR closed_how IN ('equal', 'done', 'two_persons')",
            name="closed_how_known",
        ),
        CheckConstraint(
            "(state = 'closed') = (closed_at IS NOT NULL AND closed_how IS NOT NULL)",
            name="closed_whole",
        ),
        CheckConstraint(
            "closed_how IS DISTINCT FROM 'two_persons' OR proposal_id IS NOT NULL",
            name="closed_by_two_persons",
        ),
        Index(
            "uq_open_items_open",
            "kind",
            "subject",
            unique=True,
            postgresql_where=text("state = 'open'"),
        ),
    )

    id: Mapped[Pk]
    public_id: Mapped[PublicId]
    court_id: Mapped[int | None] = mapped_column(court_key(), index=True)
    kind: Mapped[str] = mapped_column(String(30))
    # What it is about: unique among the open ones of a kind.
    subject: Mapped[str] = mapped_column(String(120))
    ours: Mapped[Minor | None]
    theirs: Mapped[Minor | None]
    currency: Mapped[str | None] = mapped_column(String(3))
    owner_id: Mapped[int | None] = mapped_column(person_key())
    since: Mapped[Moment]
    due_at: Mapped[Moment]
    state: Mapped[str] = mapped_column(String(10), default="open")
    closed_how: Mapped[str | None] = mapped_column(String(12))
    proposal_id: Mapped[int | None] = mapped_column(ForeignKey("proposals.id"))
    closed_at: Mapped[Moment | None]


class Reconciliation(db.Model):
    """One comparison of a day: what our books say, and what the other side says."""

    __tablename__ = "reconciliations"
    __table_args__ = (one_of("side", "provider", "bank"),)

    id: Mapped[Pk]
    court_id: Mapped[int | None] = mapped_column(court_key(), index=True)
    side: Mapped[str] = mapped_column(String(10))
    day: Mapped[date] = mapped_column(Date, index=True)
    currency: Mapped[Currency]
    ours: Mapped[Minor]
    theirs: Mapped[Minor]
    run_at: Mapped[Written]
