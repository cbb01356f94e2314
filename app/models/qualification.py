"""Who may bid: what a sale asks of its bidders, who is kept out, who buys together (RULE-E, D9)."""

from __future__ import annotations

from datetime import date

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    LargeBinary,
    String,
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
from app.models.people import IDENTITY

QUALIFICATION_KINDS = (
    "housing_purchase", "equity_holder", "licence", "not_on_defaulter_list", "other",
)  # fmt: skip
EXCLUSION_GROUNDS = (
    "defaulted", "court_staff", "platform_staff", "auxiliary", "close_relative",
)  # fmt: skip
CAPACITIES = ("adult", "own_labour", "company")


class QualificationRecord(db.Model):
    """Something the announcement asks of every bidder, and what follows where it is not so."""

    __tablename__ = "qualifications"
    __table_args__ = (
        one_of("kind", *QUALIFICATION_KINDS),
        CheckConstraint("asks <> '' AND consequence <> ''", name="says_what_follows"),
        Index("ix_qualifications_sale_id", "sale_id"),
    )

    id: Mapped[Pk]
    public_id: Mapped[PublicId]
    court_id: Mapped[int] = mapped_column(court_key())
    sale_id: Mapped[int] = mapped_column(ForeignKey("sales.id"))
    kind: Mapped[str] = mapped_column(String(30))
    asks: Mapped[str] = mapped_column(String(500))
    consequence: Mapped[str] = mapped_column(String(500))
    added_by: Mapped[int] = mapped_column(person_key())
    added_at: Mapped[Written]


class EquityTerms(db.Model):
    """What an announcement of shares states: capital, its term, approvals needed (RULE-D9)."""

    __tablename__ = "equity_terms"
    __table_args__ = (
        CheckConstraint(
            "subscribed > 0 AND paid_in >= 0 AND paid_in <= subscribed", name="paid_in_of_it"
        ),
        CheckConstraint(
            "paid_in = subscribed OR contribution_due_on IS NOT NULL", name="rest_has_its_term"
        ),
    )

    sale_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("sales.id"), primary_key=True, autoincrement=False
    )
    court_id: Mapped[int] = mapped_column(court_key())
    currency: Mapped[Currency]
    subscribed: Mapped[Minor]
    paid_in: Mapped[Minor]
    contribution_due_on: Mapped[date | None] = mapped_column(Date)
    approvals: Mapped[str] = mapped_column(String(500))


class BidderDeclaration(db.Model):
    """What a bidder declared when they registered, in the words they were shown. Evidence."""

    __tablename__ = "bidder_declarations"
    __table_args__ = (one_of("capacity", *CAPACITIES),)

    registration_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("registrations.id"), primary_key=True, autoincrement=False
    )
    court_id: Mapped[int] = mapped_column(court_key())
    sale_id: Mapped[int] = mapped_column(ForeignKey("sales.id"), index=True)
    capacity: Mapped[str] = mapped_column(String(12))
    # Each with its public id, what it asked and what follows, as they stood on the page.
    qualifications: Mapped[list[dict[str, str]]] = mapped_column(JSONB)
    declared_at: Mapped[Moment]
    written_at: Mapped[Written]


class QualificationCheck(db.Model):
    """The court's look at the buyer, from the registration to the ruling (RULE-E11). Evidence."""

    __tablename__ = "qualification_checks"
    __table_args__ = (one_of("outcome", "met", "not_met"),)

    id: Mapped[Pk]
    public_id: Mapped[PublicId]
    court_id: Mapped[int] = mapped_column(court_key())
    sale_id: Mapped[int] = mapped_column(ForeignKey("sales.id"), index=True)
    outcome: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str] = mapped_column(String(1000))
    checked_by: Mapped[int] = mapped_column(person_key())
    checked_at: Mapped[Moment]
    written_at: Mapped[Written]


class ExclusionRecord(db.Model):
    """Somebody kept out of all lots of a case, or of one: by the court's list or a default.

    `person_index` is what the id number comes to under the platform's key; the number itself is
    kept nowhere, and who is compared with it at a registration is told to nobody (RULE-E9, E13).
    """

    __tablename__ = "exclusions"
    __table_args__ = (
        one_of("ground", *EXCLUSION_GROUNDS),
        one_of("state", "standing", "lifted"),
        CheckConstraint("(state = 'lifted') = (lifted_at IS NOT NULL)", name="lifted_has_moment"),
        Index(
            "uq_exclusions_standing",
            "case_id",
            "lot_id",
            "person_index",
            unique=True,
            postgresql_nulls_not_distinct=True,
            postgresql_where=text("state = 'standing'"),
        ),
    )

    id: Mapped[Pk]
    public_id: Mapped[PublicId]
    court_id: Mapped[int] = mapped_column(court_key())
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    # None: all lots of the case.
    lot_id: Mapped[int | None] = mapped_column(ForeignKey("lots.id"))
    person_index: Mapped[bytes] = mapped_column(LargeBinary)
    name: Mapped[str] = mapped_column(String(200))
    ground: Mapped[str] = mapped_column(String(20))
    note: Mapped[str] = mapped_column(String(500), default="")
    state: Mapped[str] = mapped_column(String(10), default="standing")
    entered_by: Mapped[int | None] = mapped_column(person_key())
    entered_at: Mapped[Moment]
    lifted_by: Mapped[int | None] = mapped_column(person_key())
    lifted_at: Mapped[Moment | None]
    written_at: Mapped[Written]


class NamedBuyer(db.Model):
    """One of those who bought, out of the winner's envelope: with their share, where several did.

    A proxy is kept apart from the buyers: they sign, and own nothing (RULE-E8).
    """

    __tablename__ = "named_buyers"
    __table_args__ = (
        one_of("part", "buyer", "proxy"),
        CheckConstraint(
            "part = 'proxy' OR (share_parts >= 1 AND share_of >= share_parts)",
            name="buyer_has_share",
        ),
    )

    sale_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("sales.id"), primary_key=True, autoincrement=False
    )
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    court_id: Mapped[int] = mapped_column(court_key())
    part: Mapped[str] = mapped_column(String(10))
    name: Mapped[str] = mapped_column(String(200))
    share_parts: Mapped[int | None]
    share_of: Mapped[int | None]
    # As in `exclusions`: computed when they registered, sealed until the close.
    person_index: Mapped[bytes | None] = mapped_column(LargeBinary)


class JointDraft(db.Model):
    """Whom somebody will name as buying with them: locked, under an index that links nobody."""

    __tablename__ = "joint_drafts"
    __table_args__ = (IDENTITY,)

    draft_index: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    locked: Mapped[bytes] = mapped_column(LargeBinary)
    saved_at: Mapped[Written]
