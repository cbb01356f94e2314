"""Enforcement cases, who takes part in them, what they claim, and what was seized."""

from __future__ import annotations

from datetime import date

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
    false,
)
from sqlalchemy.dialects.postgresql import ARRAY
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

PARTY_ROLES = ("applicant", "debtor", "creditor", "co_owner", "tenant", "third_party")
CLAIM_STATES = ("filed", "admitted", "refused", "withdrawn")
PROPERTY_KINDS = ("movable", "real_property", "other_right")
CATEGORIES = (
    "home", "apartment", "shop", "warehouse", "land_use_right", "car", "truck", "machinery",
    "ship", "shares", "jewellery", "watch", "art", "other",
)  # fmt: skip


class CaseRecord(db.Model):
    """One enforcement case of one court."""

    __tablename__ = "cases"
    __table_args__ = (
        UniqueConstraint("court_id", "number"),
        one_of("debtor_kind", "natural_person", "other_organisation", "enterprise"),
        one_of("state", "open", "ended"),
    )

    id: Mapped[Pk]
    public_id: Mapped[PublicId]
    court_id: Mapped[int] = mapped_column(court_key())
    number: Mapped[str] = mapped_column(String(80))
    instrument: Mapped[str] = mapped_column(String(300))
    debtor_kind: Mapped[str] = mapped_column(String(30))
    opened_on: Mapped[date] = mapped_column(Date)
    state: Mapped[str] = mapped_column(String(10), default="open")
    created_by: Mapped[int | None] = mapped_column(person_key())
    created_at: Mapped[Written]


class Party(db.Model):
    """A person or body in a case; `person_id` once they have an account that the court linked."""

    __tablename__ = "parties"
    __table_args__ = (one_of("role", *PARTY_ROLES), Index("ix_parties_person_id", "person_id"))

    id: Mapped[Pk]
    public_id: Mapped[PublicId]
    court_id: Mapped[int] = mapped_column(court_key())
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    role: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(200))
    person_id: Mapped[int | None] = mapped_column(person_key())
    # Where money for this party goes; set by the party, locked into a payout when it is made.
    account_name: Mapped[str | None] = mapped_column(String(200))
    account_number: Mapped[str | None] = mapped_column(String(64))
    account_bank: Mapped[str | None] = mapped_column(String(200))
    account_changed_at: Mapped[Moment | None]
    added_at: Mapped[Written]


class ClaimRecord(db.Model):
    """What a creditor asks for, and what the court admitted of it."""

    __tablename__ = "claims"
    __table_args__ = (
        one_of("state", *CLAIM_STATES),
        CheckConstraint("amount > 0", name="amount_positive"),
        CheckConstraint(
            "admitted_amount IS NULL OR (admitted_amount >= 0 AND admitted_amount <= amount)",
            name="admitted_within_claim",
        ),
        CheckConstraint(
            "(state = 'admitted') = (admitted_amount IS NOT NULL)", name="admitted_has_amount"
        ),
    )

    id: Mapped[Pk]
    public_id: Mapped[PublicId]
    court_id: Mapped[int] = mapped_column(court_key())
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    party_id: Mapped[int] = mapped_column(ForeignKey("parties.id"), index=True)
    # A class of DIST section 2, in the engine's words ("secured", "ordinary", …).
    claim_class: Mapped[str] = mapped_column(String(40))
    rank: Mapped[int | None]
    on_assets: Mapped[list[str]] = mapped_column(ARRAY(String(16)), default=list)
    amount: Mapped[Minor]
    currency: Mapped[Currency]
    ground: Mapped[str] = mapped_column(String(500))
    seized_on: Mapped[date | None] = mapped_column(Date)
    filed_on: Mapped[date] = mapped_column(Date)
    state: Mapped[str] = mapped_column(String(12), default="filed")
    admitted_amount: Mapped[Minor | None]
    decision_reason: Mapped[str | None] = mapped_column(String(500))
    decided_by: Mapped[int | None] = mapped_column(person_key())
    decided_at: Mapped[Moment | None]
    filed_at: Mapped[Written]


class AssetRecord(db.Model):
    """A thing or right seized in a case, described as RULE-D3 asks for it."""

    __tablename__ = "assets"
    __table_args__ = (
        one_of("property_kind", *PROPERTY_KINDS),
        one_of("category", *CATEGORIES),
    )

    id: Mapped[Pk]
    public_id: Mapped[PublicId]
    court_id: Mapped[int] = mapped_column(court_key())
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    property_kind: Mapped[str] = mapped_column(String(20))
    category: Mapped[str] = mapped_column(String(20))
    title: Mapped[str] = mapped_column(String(200))
    title_zh: Mapped[str] = mapped_column(String(200), default="")
    description: Mapped[str] = mapped_column(default="")
    address: Mapped[str] = mapped_column(String(300), default="")
    region: Mapped[str] = mapped_column(String(100), default="")
    ownership: Mapped[str] = mapped_column(default="")
    possession: Mapped[str] = mapped_column(default="")
    burdens: Mapped[str] = mapped_column(default="")
    defects: Mapped[str] = mapped_column(default="")
    seized_on: Mapped[date | None] = mapped_column(Date)
    picture: Mapped[str] = mapped_column(String(80), default="")
    is_living_home: Mapped[bool] = mapped_column(Boolean, default=False)
    # Why a home people live in may be sold all the same (RULE-D10); asked for where it is one.
    living_home_ground: Mapped[str] = mapped_column(String(500), default="")
    # Whether not everybody may buy a home here: then the announcement says who (RULE-D9).
    is_purchase_restricted: Mapped[bool] = mapped_column(
        Boolean, default=False, server_default=false()
    )
    created_at: Mapped[Written]
