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
SETTLEMENT_STATES = (
    "awaiting_balance", "paid", "defaulted", "ruled", "delivered", "revoked", "not_approved",
)  # fmt: skip
# The whole price has come, and the sale stands.
STATES_WITH_PRICE = ("paid", "ruled", "delivered")


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
    # The card holder's bank has its money: until it is paid once more it secures no further bid.
    taken_back_at: Mapped[Moment | None]
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
    # The provider's page, until it expires there: its own, real time.
    url: Mapped[str | None] = mapped_column(String(2000))
    expires_at: Mapped[Moment | None]
    polled_at: Mapped[Moment | None]
    # Why the card's bank took nothing, as the provider calls it; the page says it in words.
    declined_as: Mapped[str | None] = mapped_column(String(60))
    refunded: Mapped[Minor] = mapped_column(default=0)
    paid_at: Mapped[Moment | None]
    # Whether it made its deposit or went into the price; money that did neither goes back.
    counted: Mapped[bool] = mapped_column(default=False)
    # The holder told the bank to take it back: money that may leave the provider (FAULT-F31).
    disputed_at: Mapped[Moment | None]
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
            "state IN ('awaiting_balance', 'defaulted', 'revoked', 'not_approved')"
            " OR deposit_applied + paid = price",
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
    # The court's decision, as its file calls it (INV-M13).
    default_reference: Mapped[str | None] = mapped_column(String(200))
    # When the money of a buyer who was not approved went back (RULE-I8).
    money_back_at: Mapped[Moment | None]
    created_at: Mapped[Written]


class Forfeiture(db.Model):
    """A lost deposit: kept on the court's decision, used in RULE-J2's order after the resale."""

    __tablename__ = "forfeitures"
    __table_args__ = (
        one_of("state", "kept", "used"),
        CheckConstraint(
            "state = 'kept' OR to_costs + to_price_gap + to_debts = amount", name="used_up"
        ),
        CheckConstraint(
            "to_case_debts IS NULL OR to_case_debts + to_connected_debts = to_debts",
            name="debts_told_apart",
        ),
        CheckConstraint(
            "shortfall_owed IS NULL OR (shortfall_owed >= 0 AND shortfall_owed <= shortfall)",
            name="owes_no_more_than_lacks",
        ),
        CheckConstraint(
            "(state = 'used') = (resale_sale_id IS NOT NULL AND shortfall IS NOT NULL"
            " AND price_gap IS NOT NULL AND costs IS NOT NULL)",
            name="used_after_a_resale",
        ),
    )

    id: Mapped[Pk]
    public_id: Mapped[PublicId]
    court_id: Mapped[int] = mapped_column(court_key())
    settlement_id: Mapped[int] = mapped_column(ForeignKey("settlements.id"), unique=True)
    deposit_id: Mapped[int] = mapped_column(ForeignKey("deposits.id"), unique=True)
    amount: Mapped[Minor]
    currency: Mapped[Currency]
    kept_at: Mapped[Moment]
    state: Mapped[str] = mapped_column(String(10), default="kept")
    resale_sale_id: Mapped[int | None] = mapped_column(ForeignKey("sales.id"))
    costs: Mapped[Minor | None]
    to_costs: Mapped[Minor | None]
    to_price_gap: Mapped[Minor | None]
    to_debts: Mapped[Minor | None]
    price_gap: Mapped[Minor | None]
    # The two uses behind `to_debts`: this case's debts, then those connected with the property.
    to_case_debts: Mapped[Minor | None]
    to_connected_debts: Mapped[Minor | None]
    # Whether the buyer owes this is for the court to say, or for the pack's reading (RULE-J5).
    shortfall: Mapped[Minor | None]
    shortfall_owed: Mapped[Minor | None]
    shortfall_reference: Mapped[str | None] = mapped_column(String(200))
    used_at: Mapped[Moment | None]
    used_by: Mapped[int | None] = mapped_column(person_key())


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
        one_of("state", "new", "matched", "suspense", "returned"),
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
    # The day on whose balance the bank counts it.
    booked_on: Mapped[date | None] = mapped_column(Date)
    # What the payer wrote; the payer's name and account are sealed (identities stay closed).
    reference: Mapped[str] = mapped_column(String(140))
    sealed_payer: Mapped[bytes] = mapped_column(LargeBinary)
    # The end-to-end id of one of our own payments, where the bank brings it back.
    end_to_end_id: Mapped[str | None] = mapped_column(String(35))
    # Why no machine may match it: the bank told too little.
    doubt: Mapped[str | None] = mapped_column(String(40))
    state: Mapped[str] = mapped_column(String(10), default="new")
    deposit_id: Mapped[int | None] = mapped_column(ForeignKey("deposits.id"))
    settlement_id: Mapped[int | None] = mapped_column(ForeignKey("settlements.id"))
    recorded_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))


class BankDebit(db.Model):
    """Money that left a court's bank: it confirms a payment of ours, or somebody has to explain."""

    __tablename__ = "bank_debits"
    __table_args__ = (
        UniqueConstraint("court_id", "entry_reference"),
        one_of("state", "new", "matched", "unknown"),
        CheckConstraint("amount >= 1", name="amount_positive"),
    )

    id: Mapped[Pk]
    public_id: Mapped[PublicId]
    court_id: Mapped[int] = mapped_column(court_key())
    statement_id: Mapped[int] = mapped_column(ForeignKey("bank_statements.id"), index=True)
    entry_reference: Mapped[str] = mapped_column(String(80))
    end_to_end_id: Mapped[str | None] = mapped_column(String(35))
    amount: Mapped[Minor]
    currency: Mapped[Currency]
    value_on: Mapped[date] = mapped_column(Date)
    # The day on whose balance the bank counts it.
    booked_on: Mapped[date | None] = mapped_column(Date)
    state: Mapped[str] = mapped_column(String(10), default="new")
    recorded_at: Mapped[Written]


class SuspenseItem(db.Model):
    """Money without a rightful place yet: why, who looks after it, and until when (INV-M6).

    It came by the bank or by card, or it is a refund that came back. A deposit or a settlement
    gets it by two persons (`proposal_id`); otherwise it returns to where it came from.
    """

    __tablename__ = "suspense_items"
    __table_args__ = (
        one_of("state", "open", "assigning", "returning", "assigned", "returned"),
        CheckConstraint("amount >= 1", name="amount_positive"),
        CheckConstraint(
            "num_nonnulls(bank_credit_id, card_payment_id, refund_id) = 1", name="one_source"
        ),
        CheckConstraint(
            "state NOT IN ('assigning', 'assigned') OR debtor_payment_id IS NOT NULL"
            " OR by_machine IS NOT NULL"
            " OR (proposal_id IS NOT NULL AND num_nonnulls(deposit_id, settlement_id) = 1)",
            name="assigned_by_two_persons",
        ),
        CheckConstraint(
            "by_machine IS NULL OR by_machine IN ('added_up', 'provider_payout', 'taking')",
            name="by_machine_known",
        ),
        Index("ix_suspense_items_state", "state"),
    )

    id: Mapped[Pk]
    public_id: Mapped[PublicId]
    court_id: Mapped[int] = mapped_column(court_key())
    bank_credit_id: Mapped[int | None] = mapped_column(ForeignKey("bank_credits.id"), unique=True)
    card_payment_id: Mapped[int | None] = mapped_column(ForeignKey("card_payments.id"), unique=True)
    refund_id: Mapped[int | None] = mapped_column(ForeignKey("refunds.id"), index=True)
    amount: Mapped[Minor]
    currency: Mapped[Currency]
    reason: Mapped[str] = mapped_column(String(40))
    owner_id: Mapped[int | None] = mapped_column(person_key())
    since: Mapped[Moment]
    due_at: Mapped[Moment]
    state: Mapped[str] = mapped_column(String(10), default="open")
    proposal_id: Mapped[int | None] = mapped_column(ForeignKey("proposals.id"))
    deposit_id: Mapped[int | None] = mapped_column(ForeignKey("deposits.id"))
    settlement_id: Mapped[int | None] = mapped_column(ForeignKey("settlements.id"))
    # Money of the debtor that pays the debt (RULE-L7): one recorded it, a judge granted it.
    debtor_payment_id: Mapped[int | None] = mapped_column(
        ForeignKey("debtor_payments.id"), unique=True
    )
    # It explained itself: short transfers that together are the deposit, or the provider's payout.
    by_machine: Mapped[str | None] = mapped_column(String(20))
    # Why the last attempt to settle it came to nothing.
    last_answer: Mapped[str | None] = mapped_column(String(40))
    ended_at: Mapped[Moment | None]


class Refund(db.Model):
    """Money going back to a bidder: by the provider, or by the bank's next payment file."""

    __tablename__ = "refunds"
    __table_args__ = (
        one_of("state", "due", "sent", "done", "failed"),
        one_of("channel", "card", "bank"),
        CheckConstraint("amount >= 1", name="amount_positive"),
        CheckConstraint(
            "num_nonnulls(deposit_id, card_payment_id, bank_credit_id) = 1", name="one_origin"
        ),
        Index("ix_refunds_state_due", "state", "due_at"),
        # For the public view of how long refunds take.
        Index(
            "ix_refunds_done",
            "court_id",
            "done_at",
            postgresql_where=text("state = 'done' AND deposit_id IS NOT NULL"),
        ),
    )

    id: Mapped[Pk]
    public_id: Mapped[PublicId]
    court_id: Mapped[int] = mapped_column(court_key())
    # What goes back: a deposit, or money that never became one.
    deposit_id: Mapped[int | None] = mapped_column(ForeignKey("deposits.id"), unique=True)
    card_payment_id: Mapped[int | None] = mapped_column(ForeignKey("card_payments.id"), unique=True)
    bank_credit_id: Mapped[int | None] = mapped_column(ForeignKey("bank_credits.id"), unique=True)
    # The public id of that; its `refunds_payable` account is named so.
    subject: Mapped[str] = mapped_column(String(16))
    channel: Mapped[str] = mapped_column(String(6))
    amount: Mapped[Minor]
    currency: Mapped[Currency]
    # The provider's idempotency key, and the end-to-end id where the bank pays (INV-M8).
    key: Mapped[str] = mapped_column(String(35), unique=True)
    provider_id: Mapped[str | None] = mapped_column(String(120), unique=True)
    payment_file_id: Mapped[int | None] = mapped_column(ForeignKey("payment_files.id"))
    bank_reference: Mapped[str | None] = mapped_column(String(80), unique=True)
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
    payments: Mapped[int]
    total: Mapped[Minor]
    currency: Mapped[Currency]
    made_by: Mapped[int | None] = mapped_column(person_key())
    made_at: Mapped[Written]
