"""Finding the reference price of an asset: the procedure, its steps on the record, objections.

What happened is a step, and steps are only added (INV-A1). The procedure holds where it stands
and the price once it is fixed; both change along tables (RULE-B3, B9, INV-A12).
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import db
from app.models.columns import (
    Currency,
    Minor,
    Pk,
    PublicId,
    Written,
    court_key,
    one_of,
    person_key,
)

METHODS = ("agreement", "directed_inquiry", "online_inquiry", "appraisal")
STAGES = (*METHODS, "objections", "fixed", "stayed", "withdrawn")
STEP_KINDS = (
    "begun", "price_named", "asked", "answered", "commissioned", "time_asked", "extended",
    "report", "candidate", "appraiser", "instructed", "longer", "file_back", "delivered",
    "objection", "failed", "fixed", "stayed", "resumed", "withdrawn",
)  # fmt: skip
# Steps that name an amount, and those that say until when it is valid.
WITH_AMOUNT = ("price_named", "answered", "report", "fixed")
WITH_VALIDITY = ("answered", "report", "fixed")
GROUNDS = (
    "facts_wrong", "scope_wrong", "not_qualified", "serious_breach", "technical", "fraud",
    "duress", "collusion", "false_result", "wrong_handling",
)  # fmt: skip
OBJECTION_STATES = (
    "filed", "passed_on", "explained", "in_review", "dismissed", "corrected", "upheld",
    "taken_back", "refused",
)  # fmt: skip


def _if_kind(kinds: tuple[str, ...], holds: str) -> str:
    listed = ", ".join(f"'{kind}'" for kind in kinds)
    return f"kind NOT IN ({listed}) OR {holds}"


class PricingProcedure(db.Model):
    """One procedure finds the price of an asset; another only after it was withdrawn."""

    __tablename__ = "pricing_procedures"
    __table_args__ = (
        one_of("state", *STAGES),
        one_of("method", *METHODS),
        one_of("both_ask_for", *METHODS),
        one_of("price_method", *METHODS),
        CheckConstraint("(state = 'stayed') = (stayed_in IS NOT NULL)", name="stayed_knows_where"),
        CheckConstraint(
            "state <> 'fixed' OR (price > 0 AND price_method IS NOT NULL"
            " AND price_valid_until IS NOT NULL AND price_fixed_on IS NOT NULL)",
            name="fixed_has_price",
        ),
        CheckConstraint(
            "price_valid_until <= price_fixed_on + interval '1 year'", name="valid_for_a_year"
        ),
        Index(
            "uq_pricing_procedures_asset_id",
            "asset_id",
            unique=True,
            postgresql_where=text("state <> 'withdrawn'"),
        ),
    )

    id: Mapped[Pk]
    public_id: Mapped[PublicId]
    court_id: Mapped[int] = mapped_column(court_key())
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    asset_id: Mapped[int] = mapped_column(ForeignKey("assets.id"))
    currency: Mapped[Currency]
    state: Mapped[str] = mapped_column(String(20))
    # The method that is tried, or was tried last.
    method: Mapped[str] = mapped_column(String(20))
    stayed_in: Mapped[str | None] = mapped_column(String(20))
    started_on: Mapped[date] = mapped_column(Date)
    # What decides which method is open (RULE-B3).
    public_price: Mapped[bool] = mapped_column(default=False)
    fit_for_platforms: Mapped[bool] = mapped_column(default=False)
    law_requires_appraisal: Mapped[bool] = mapped_column(default=False)
    no_agreement_possible: Mapped[bool] = mapped_column(default=False)
    both_ask_for: Mapped[str | None] = mapped_column(String(20))
    price: Mapped[Minor | None]
    price_method: Mapped[str | None] = mapped_column(String(20))
    price_valid_until: Mapped[date | None] = mapped_column(Date)
    price_fixed_on: Mapped[date | None] = mapped_column(Date)
    price_fixed_by: Mapped[int | None] = mapped_column(person_key())
    started_by: Mapped[int | None] = mapped_column(person_key())
    created_at: Mapped[Written]


class PricingStep(db.Model):
    """Something that happened, on a day of legal time; never changed (trigger)."""

    __tablename__ = "pricing_steps"
    __table_args__ = (
        one_of("kind", *STEP_KINDS),
        one_of("method", *METHODS),
        CheckConstraint("amount > 0", name="amount_positive"),
        CheckConstraint("days > 0", name="days_positive"),
        CheckConstraint(_if_kind(WITH_AMOUNT, "amount IS NOT NULL"), name="amount_named"),
        CheckConstraint(_if_kind(WITH_VALIDITY, "valid_until IS NOT NULL"), name="validity_named"),
        CheckConstraint(
            _if_kind(("price_named", "delivered"), "party_id IS NOT NULL"), name="party_named"
        ),
    )

    id: Mapped[Pk]
    public_id: Mapped[PublicId]
    court_id: Mapped[int] = mapped_column(court_key())
    procedure_id: Mapped[int] = mapped_column(ForeignKey("pricing_procedures.id"), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    method: Mapped[str] = mapped_column(String(20))
    happened_on: Mapped[date] = mapped_column(Date)
    # A platform, an appraiser or an authority by name; an objection by its public id.
    source: Mapped[str] = mapped_column(String(200), default="")
    party_id: Mapped[int | None] = mapped_column(ForeignKey("parties.id"))
    amount: Mapped[Minor | None]
    valid_until: Mapped[date | None] = mapped_column(Date)
    days: Mapped[int | None]
    # Until when a party was told that it may answer: no later calendar makes it earlier.
    answer_by: Mapped[date | None] = mapped_column(Date)
    # A word of ours (a ground, a way, a state) or a text, as the kind has it.
    note: Mapped[str] = mapped_column(String(1000), default="")
    recorded_by: Mapped[int | None] = mapped_column(person_key())
    recorded_at: Mapped[Written]


class PricingObjection(db.Model):
    """A party's written objection to a report or a price, and what became of it (RULE-B9, B10)."""

    __tablename__ = "pricing_objections"
    __table_args__ = (
        one_of("ground", *GROUNDS),
        one_of("hearing", "conduct", "technical", "supervision"),
        one_of("state", *OBJECTION_STATES),
        CheckConstraint("(state = 'refused') = (refusal IS NOT NULL)", name="refused_has_reason"),
        CheckConstraint("state = 'refused' OR hearing IS NOT NULL", name="heard_by_somebody"),
        CheckConstraint(
            "state <> 'corrected' OR report_id IS NULL OR corrected_amount > 0",
            name="corrected_has_amount",
        ),
    )

    id: Mapped[Pk]
    public_id: Mapped[PublicId]
    court_id: Mapped[int] = mapped_column(court_key())
    procedure_id: Mapped[int] = mapped_column(ForeignKey("pricing_procedures.id"), index=True)
    # The report that it is about; none where it is about a price without one.
    report_id: Mapped[int | None] = mapped_column(ForeignKey("pricing_steps.id"))
    party_id: Mapped[int] = mapped_column(ForeignKey("parties.id"))
    ground: Mapped[str] = mapped_column(String(20))
    hearing: Mapped[str | None] = mapped_column(String(12))
    text: Mapped[str] = mapped_column(String(2000), default="")
    raised_on: Mapped[date] = mapped_column(Date)
    state: Mapped[str] = mapped_column(String(12))
    refusal: Mapped[str | None] = mapped_column(String(30))
    # The day on which it came into this state: what follows is counted from it.
    moved_on: Mapped[date] = mapped_column(Date)
    corrected_amount: Mapped[Minor | None]
    recorded_by: Mapped[int | None] = mapped_column(person_key())
    recorded_at: Mapped[Written]
