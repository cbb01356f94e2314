"""What stops the sales of a case: money of the debtor, lots that bring enough, a bankruptcy."""

from __future__ import annotations

from datetime import date

from sqlalchemy import BigInteger, CheckConstraint, Date, ForeignKey, Index, String, text
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


class CaseCoverage(db.Model):
    """What the court knows of a case for RULE-C10: further costs, and the debtor's consent."""

    __tablename__ = "case_coverages"
    __table_args__ = (
        CheckConstraint("costs >= 0", name="costs_not_negative"),
        CheckConstraint(
            "(sells_all_at IS NULL) = (sells_all_reference IS NULL)", name="consent_has_proof"
        ),
    )

    case_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("cases.id"), primary_key=True, autoincrement=False
    )
    court_id: Mapped[int] = mapped_column(court_key())
    # Costs beyond the enforcement fee: appraisal, storage, publication.
    costs: Mapped[Minor] = mapped_column(default=0)
    sells_all_at: Mapped[Moment | None]
    sells_all_reference: Mapped[str | None] = mapped_column(String(200))
    changed_by: Mapped[int] = mapped_column(person_key())
    changed_at: Mapped[Written]


class DebtorPayment(db.Model):
    """The debtor's money and the request to stop (RULE-L7): recorded by one, decided by a judge.

    What was owed then is kept beside it: it is what "in full" was held against. Money that came
    through the platform's account is the suspense item that names this row; other money the court
    has itself, under `reference`.
    """

    __tablename__ = "debtor_payments"
    __table_args__ = (
        one_of("state", "recorded", "granted", "refused"),
        CheckConstraint("amount >= 1", name="amount_positive"),
        CheckConstraint(
            "covered_before >= 0 AND debts >= 0 AND costs >= 0", name="sums_not_negative"
        ),
        CheckConstraint("(state = 'recorded') = (decided_by IS NULL)", name="decided_whole"),
        CheckConstraint("decided_by IS NULL OR decided_by <> recorded_by", name="two_persons"),
        CheckConstraint(
            "state <> 'granted' OR amount + covered_before >= debts + costs", name="granted_is_full"
        ),
        Index("ix_debtor_payments_case_id", "case_id"),
    )

    id: Mapped[Pk]
    public_id: Mapped[PublicId]
    court_id: Mapped[int] = mapped_column(court_key())
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    amount: Mapped[Minor]
    currency: Mapped[Currency]
    # The bank's or the court's own number of the receipt.
    reference: Mapped[str] = mapped_column(String(200))
    received_at: Mapped[Moment]
    asked_at: Mapped[Moment]
    debts: Mapped[Minor]
    costs: Mapped[Minor]
    covered_before: Mapped[Minor] = mapped_column(default=0)
    state: Mapped[str] = mapped_column(String(10), default="recorded")
    recorded_by: Mapped[int] = mapped_column(person_key())
    recorded_at: Mapped[Moment]
    decided_by: Mapped[int | None] = mapped_column(person_key())
    decided_at: Mapped[Moment | None]
    reason: Mapped[str] = mapped_column(String(500), default="")


class Bankruptcy(db.Model):
    """A bankruptcy of the debtor, on the file of one case (RULE-L9)."""

    __tablename__ = "bankruptcies"
    __table_args__ = (
        one_of("state", "accepted", "declared", "lifted"),
        CheckConstraint("(state = 'accepted') = (ended_at IS NULL)", name="ended_whole"),
        Index(
            "uq_bankruptcies_current",
            "case_id",
            unique=True,
            postgresql_where=text("state <> 'lifted'"),
        ),
    )

    id: Mapped[Pk]
    public_id: Mapped[PublicId]
    court_id: Mapped[int] = mapped_column(court_key())
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    # The bankruptcy court and its case number.
    reference: Mapped[str] = mapped_column(String(200))
    accepted_on: Mapped[date] = mapped_column(Date)
    state: Mapped[str] = mapped_column(String(10), default="accepted")
    recorded_by: Mapped[int] = mapped_column(person_key())
    recorded_at: Mapped[Moment]
    # The day and the number of the declaration, or of what ended the bankruptcy.
    ended_reference: Mapped[str | None] = mapped_column(String(200))
    ended_at: Mapped[Moment | None]
    ended_by: Mapped[int | None] = mapped_column(person_key())
