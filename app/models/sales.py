"""Lots, the rounds in which they are sold (a *sale* is one round), and how a sale is decided on."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Computed,
    Date,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR
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

SALE_STATES = ("draft", "published", "ended", "withdrawn")
ROUNDS = ("first", "second", "sell_off")
NOTICE_WAYS = ("in_person", "post", "electronic", "waived", "unreachable")
PRIORITY_NATURES = ("co_owner", "tenant", "shareholder", "other")


class LotRecord(db.Model):
    """What is sold together: here one asset of one case, through all its rounds."""

    __tablename__ = "lots"

    id: Mapped[Pk]
    public_id: Mapped[PublicId]
    court_id: Mapped[int] = mapped_column(court_key())
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    asset_id: Mapped[int] = mapped_column(ForeignKey("assets.id"), index=True)
    created_by: Mapped[int | None] = mapped_column(person_key())
    created_at: Mapped[Written]


class SaleRecord(db.Model):
    """One round of a lot. Everything but `state` is frozen once published (INV-A14, trigger)."""

    __tablename__ = "sales"
    __table_args__ = (
        UniqueConstraint("lot_id", "number"),
        one_of("state", *SALE_STATES),
        one_of("round", *ROUNDS),
        one_of("property_kind", "movable", "real_property", "other_right"),
        CheckConstraint("starting_price >= 1 AND increment >= 1", name="prices_positive"),
        CheckConstraint("deposit >= 0", name="deposit_not_negative"),
        CheckConstraint("closes_at > opens_at", name="closes_after_opening"),
        CheckConstraint(
            "state = 'draft' OR closes_at >= opens_at + interval '24 hours'",
            name="bidding_time_at_least_24_hours",
        ),
        CheckConstraint(
            "state = 'draft' OR (announcement IS NOT NULL AND announcement_hash IS NOT NULL"
            " AND published_at IS NOT NULL)",
            name="published_is_announced",
        ),
        CheckConstraint(
            "state = 'draft' OR balance_parts = '[]' OR (round <> 'sell_off'"
            " AND parts_are_in_order(balance_parts, balance_due_days))",
            name="parts_in_order",
        ),
    )

    id: Mapped[Pk]
    public_id: Mapped[PublicId]
    court_id: Mapped[int] = mapped_column(court_key())
    lot_id: Mapped[int] = mapped_column(ForeignKey("lots.id"), index=True)
    number: Mapped[int] = mapped_column(default=1)
    previous_sale_id: Mapped[int | None] = mapped_column(ForeignKey("sales.id"))
    state: Mapped[str] = mapped_column(String(12), default="draft")
    rules: Mapped[str] = mapped_column(String(400), default="cn-2016-18")
    property_kind: Mapped[str] = mapped_column(String(20))
    round: Mapped[str] = mapped_column(String(10), default="first")
    currency: Mapped[Currency]
    reference_price: Mapped[Minor | None]
    reference_price_method: Mapped[str] = mapped_column(String(40), default="")
    reference_price_valid_until: Mapped[date | None] = mapped_column(Date)
    # The reserve and nothing else: there is no second, secret one (RULE-C1).
    starting_price: Mapped[Minor]
    increment: Mapped[Minor]
    multiples_only: Mapped[bool] = mapped_column(default=True)
    deposit: Mapped[Minor]
    opens_at: Mapped[Moment]
    closes_at: Mapped[Moment]
    balance_due_days: Mapped[int] = mapped_column(default=10)
    # Parts of the rest that are due before the last day: `days` and `percent` (RULE-I1).
    balance_parts: Mapped[list[dict[str, int]]] = mapped_column(
        JSONB, default=list, server_default="[]"
    )
    viewing: Mapped[str] = mapped_column(default="")
    conditions: Mapped[str] = mapped_column(default="")
    taxes: Mapped[str] = mapped_column(default="")
    # Which of RULE-D3's items and RULE-D4's warnings the drafter has put in, by their names.
    publication_items: Mapped[list[str]] = mapped_column(JSONB, default=list)
    warnings: Mapped[list[str]] = mapped_column(JSONB, default=list)
    parties_notified_at: Mapped[Moment | None]
    announcement: Mapped[str | None]
    announcement_hash: Mapped[str | None] = mapped_column(String(64))
    published_at: Mapped[Moment | None]
    created_by: Mapped[int | None] = mapped_column(person_key())
    created_at: Mapped[Written]


class PanelVote(db.Model):
    """A member's vote on the five items of RULE-A10, as they stood (`terms_hash`)."""

    __tablename__ = "panel_votes"
    __table_args__ = (UniqueConstraint("sale_id", "member_id", "terms_hash"),)

    id: Mapped[Pk]
    court_id: Mapped[int] = mapped_column(court_key())
    sale_id: Mapped[int] = mapped_column(ForeignKey("sales.id"), index=True)
    member_id: Mapped[int] = mapped_column(person_key())
    terms_hash: Mapped[str] = mapped_column(String(64))
    in_favour: Mapped[bool]
    dissent: Mapped[str] = mapped_column(String(1000), default="")
    voted_at: Mapped[Written]


class PriorityClaim(db.Model):
    """Somebody's first right to buy, confirmed with a rank by the court (RULE-F1, F2)."""

    __tablename__ = "priority_claims"
    __table_args__ = (
        UniqueConstraint("sale_id", "person_id"),
        one_of("state", "asked", "confirmed", "refused"),
        CheckConstraint("(state = 'confirmed') = (rank IS NOT NULL)", name="confirmed_has_rank"),
        CheckConstraint("rank BETWEEN 1 AND 1000", name="rank_in_range"),
        one_of("nature", *PRIORITY_NATURES),
    )

    id: Mapped[Pk]
    public_id: Mapped[PublicId]
    court_id: Mapped[int] = mapped_column(court_key())
    sale_id: Mapped[int] = mapped_column(ForeignKey("sales.id"), index=True)
    person_id: Mapped[int] = mapped_column(person_key())
    ground: Mapped[str] = mapped_column(String(500))
    state: Mapped[str] = mapped_column(String(10), default="asked")
    rank: Mapped[int | None]
    # What the public is told of the right, without a name; set when it is confirmed (RULE-D3).
    nature: Mapped[str | None] = mapped_column(String(20))
    decided_by: Mapped[int | None] = mapped_column(person_key())
    decided_at: Mapped[Moment | None]
    asked_at: Mapped[Written]


class ProxyRequest(db.Model):
    """Leave to bid for somebody else, confirmed by the court before bidding starts (RULE-E8)."""

    __tablename__ = "proxy_requests"
    __table_args__ = (
        UniqueConstraint("sale_id", "person_id"),
        one_of("state", "asked", "confirmed", "refused"),
    )

    id: Mapped[Pk]
    public_id: Mapped[PublicId]
    court_id: Mapped[int] = mapped_column(court_key())
    sale_id: Mapped[int] = mapped_column(ForeignKey("sales.id"), index=True)
    person_id: Mapped[int] = mapped_column(person_key())
    principal_name: Mapped[str] = mapped_column(String(200))
    principal_id_number: Mapped[str] = mapped_column(String(64))
    authority: Mapped[str] = mapped_column(String(500))
    state: Mapped[str] = mapped_column(String(10), default="asked")
    decided_by: Mapped[int | None] = mapped_column(person_key())
    decided_at: Mapped[Moment | None]
    asked_at: Mapped[Written]


class PartyNotice(db.Model):
    """How and when a party was told of a sale before its announcement (RULE-D6)."""

    __tablename__ = "party_notices"
    __table_args__ = (UniqueConstraint("sale_id", "party_id"), one_of("way", *NOTICE_WAYS))

    id: Mapped[Pk]
    court_id: Mapped[int] = mapped_column(court_key())
    sale_id: Mapped[int] = mapped_column(ForeignKey("sales.id"))
    party_id: Mapped[int] = mapped_column(ForeignKey("parties.id"))
    way: Mapped[str] = mapped_column(String(20))
    at: Mapped[Moment]
    note: Mapped[str] = mapped_column(String(300), default="")
    recorded_by: Mapped[int] = mapped_column(person_key())
    recorded_at: Mapped[Written]


def _of_over(name: str, *columns: str) -> Index:
    """An index of the lots that are over: a bid never touches it."""
    return Index(
        f"ix_public_lots_over_{name}",
        *columns,
        "public_id",
        postgresql_where=text("final_price IS NOT NULL"),
    )


class PublicLot(db.Model):
    """The public face of a published sale: what search, lists and the lot page read.

    A projection without row-level security (a policy would turn a search into a full scan);
    written at publication from the frozen announcement, and by the drain as the phase changes.
    """

    __tablename__ = "public_lots"
    __table_args__ = (
        one_of(
            "phase",
            "announced",
            "open",
            "suspended",
            "sold",
            "pending_award",
            "unsold",
            "withdrawn",
        ),
        # Running lots are few and change with every bid; those that are over stand still.
        Index(
            "ix_public_lots_over_search",
            "search",
            postgresql_using="gin",
            postgresql_where=text("final_price IS NOT NULL"),
        ),
        Index(
            "ix_public_lots_running_search",
            "search",
            postgresql_using="gin",
            postgresql_where=text("final_price IS NULL"),
        ),
        _of_over("closes", "closes_at"),
        _of_over("category", "category", "closes_at"),
        _of_over("price", "final_price"),
        _of_over("published", "published_at"),
        Index("ix_public_lots_region", "region", "closes_at", "public_id"),
        Index("ix_public_lots_court", "court_id", "closes_at", "public_id"),
        Index("ix_public_lots_phase_closes", "phase", "closes_at"),
        {"postgresql_with": {"fillfactor": "85"}},
    )

    sale_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("sales.id"), primary_key=True, autoincrement=False
    )
    public_id: Mapped[str] = mapped_column(String(16), unique=True)
    lot_public_id: Mapped[str] = mapped_column(String(16), index=True)
    court_id: Mapped[int] = mapped_column(court_key())
    phase: Mapped[str] = mapped_column(String(16))
    round: Mapped[str] = mapped_column(String(10))
    number: Mapped[int]
    property_kind: Mapped[str] = mapped_column(String(20))
    category: Mapped[str] = mapped_column(String(20))
    title: Mapped[str] = mapped_column(String(200))
    title_zh: Mapped[str] = mapped_column(String(200))
    region: Mapped[str] = mapped_column(String(100))
    picture: Mapped[str] = mapped_column(String(80))
    currency: Mapped[Currency]
    reference_price: Mapped[Minor | None]
    starting_price: Mapped[Minor]
    price: Mapped[Minor | None]
    # Empty while the lot runs; then what it brought, or what it was offered for.
    final_price: Mapped[int | None] = mapped_column(
        BigInteger,
        Computed(
            "CASE WHEN phase IN ('sold', 'pending_award', 'unsold', 'withdrawn')"
            " THEN coalesce(price, starting_price) END",
            persisted=True,
        ),
    )
    bids: Mapped[int] = mapped_column(default=0)
    opens_at: Mapped[Moment]
    closes_at: Mapped[Moment]
    published_at: Mapped[Moment]
    announcement: Mapped[dict[str, object]] = mapped_column(JSONB)
    announcement_hash: Mapped[str] = mapped_column(String(64))
    # One- and two-character grams: Chinese words are too short for trigrams (stack.md).
    search: Mapped[str] = mapped_column(
        TSVECTOR,
        Computed(
            "array_to_tsvector(search_grams(title || ' ' || title_zh || ' ' || region))",
            persisted=True,
        ),
    )


class Beat(db.Model):
    """One row a second while the platform is able to take bids (INV-A17, R8)."""

    __tablename__ = "beats"

    at: Mapped[datetime] = mapped_column(primary_key=True)
    process: Mapped[str] = mapped_column(String(40), primary_key=True)
