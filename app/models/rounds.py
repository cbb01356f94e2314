"""What follows a failure: creditors asked, a lot drawn, a taking in kind; and the court's acts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Final

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String, UniqueConstraint
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

# Whatever is not in these tables cannot happen; the triggers of 0010 repeat them.
INQUIRY_NEXT: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "asked": frozenset({"ordered", "declined"}),
        "ordered": frozenset({"taken", "declined"}),
        "taken": frozenset(),
        "declined": frozenset(),
    }
)
TAKING_NEXT: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "awaiting_difference": frozenset({"paid", "defaulted"}),
        "paid": frozenset({"ruled"}),
        "ruled": frozenset({"served"}),
        "served": frozenset(),
        "defaulted": frozenset(),
    }
)
ACT_KINDS = (
    "new_round", "returned", "direct_sell_off", "taken_by_agreement", "approved", "not_approved",
)  # fmt: skip


class InKindInquiry(db.Model):
    """Creditors asked whether they take the property in kind (RULE-K5, K6).

    The seed of the lot is drawn by the platform and published before anybody has answered; it is
    frozen by a trigger, so that whoever draws cannot choose.
    """

    __tablename__ = "in_kind_inquiries"
    __table_args__ = (
        one_of("state", *INQUIRY_NEXT),
        CheckConstraint("price >= 1", name="price_positive"),
        CheckConstraint("(state = 'asked') = (drawn_at IS NULL)", name="drawn_has_moment"),
    )

    id: Mapped[Pk]
    public_id: Mapped[PublicId]
    court_id: Mapped[int] = mapped_column(court_key())
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    sale_id: Mapped[int] = mapped_column(ForeignKey("sales.id"), unique=True)
    price: Mapped[Minor]
    currency: Mapped[Currency]
    seed: Mapped[str] = mapped_column(String(64))
    asked_at: Mapped[Moment]
    answer_by: Mapped[date] = mapped_column(Date)
    asked_by: Mapped[int] = mapped_column(person_key())
    state: Mapped[str] = mapped_column(String(10), default="asked")
    # The order as drawn: claim, rank and ticket of each, by public ids.
    places: Mapped[list[dict[str, object]]] = mapped_column(JSONB, default=list)
    drawn_at: Mapped[Moment | None]
    drawn_by: Mapped[int | None] = mapped_column(person_key())


class InKindAnswer(db.Model):
    """Yes or no of one claim's creditor. The last one within the time counts. Evidence."""

    __tablename__ = "in_kind_answers"
    __table_args__ = (Index("ix_in_kind_answers_inquiry_id", "inquiry_id"),)

    id: Mapped[Pk]
    court_id: Mapped[int] = mapped_column(court_key())
    inquiry_id: Mapped[int] = mapped_column(ForeignKey("in_kind_inquiries.id"))
    claim_id: Mapped[int] = mapped_column(ForeignKey("claims.id"))
    party_id: Mapped[int] = mapped_column(ForeignKey("parties.id"))
    wants: Mapped[bool]
    answered_at: Mapped[Moment]
    answered_by: Mapped[int] = mapped_column(person_key())
    written_at: Mapped[Written]


class Taking(db.Model):
    """Property taken in kind at the reserve of the round that failed (RULE-K5, K15, K16)."""

    __tablename__ = "takings"
    __table_args__ = (
        one_of("state", *TAKING_NEXT),
        UniqueConstraint("sale_id"),
        CheckConstraint(
            "price >= 1 AND due_to_taker >= 0 AND difference = greatest(0, price - due_to_taker)",
            name="difference_is_the_rest",
        ),
        CheckConstraint("(difference > 0) = (pay_by IS NOT NULL)", name="difference_has_day"),
        CheckConstraint(
            "state IN ('awaiting_difference', 'defaulted') OR paid_at IS NOT NULL",
            name="paid_has_moment",
        ),
        CheckConstraint("further_due >= 0", name="further_due_not_negative"),
    )

    id: Mapped[Pk]
    public_id: Mapped[PublicId]
    court_id: Mapped[int] = mapped_column(court_key())
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    sale_id: Mapped[int] = mapped_column(ForeignKey("sales.id"))
    inquiry_id: Mapped[int] = mapped_column(ForeignKey("in_kind_inquiries.id"))
    claim_id: Mapped[int] = mapped_column(ForeignKey("claims.id"))
    party_id: Mapped[int] = mapped_column(ForeignKey("parties.id"))
    price: Mapped[Minor]
    due_to_taker: Mapped[Minor]
    difference: Mapped[Minor]
    currency: Mapped[Currency]
    pay_by: Mapped[date | None] = mapped_column(Date)
    state: Mapped[str] = mapped_column(String(20))
    recorded_by: Mapped[int] = mapped_column(person_key())
    recorded_at: Mapped[Moment]
    paid_at: Mapped[Moment | None]
    # What the creditor writes on the transfer of the difference.
    reference: Mapped[str | None] = mapped_column(String(24), unique=True)
    # How the court knows that the difference came: the bank's reference.
    paid_reference: Mapped[str] = mapped_column(String(140), default="")
    defaulted_at: Mapped[Moment | None]
    default_reference: Mapped[str] = mapped_column(String(200), default="")
    served_at: Mapped[Moment | None]
    # What the plan in the making asks of the taker beyond the difference, for their own page;
    # the worker writes it. Decisions ask `owed_by_taker`.
    further_due: Mapped[Minor] = mapped_column(default=0, server_default="0")


class RoundAct(db.Model):
    """What a court decided beside the plain course, with its reason. Evidence.

    `new_round`: the round that the table allows with a reason only. `returned`: back to the
    debtor (RULE-K13). `direct_sell_off`, `taken_by_agreement`: without an auction (K14, K15).
    `approved`: the approval that a buyer of shares needs before the ruling; `not_approved`: it was
    refused or did not come, and the sale has ended (RULE-I8).
    """

    __tablename__ = "round_acts"
    __table_args__ = (
        one_of("kind", *ACT_KINDS),
        CheckConstraint("note <> ''", name="says_why"),
        Index("ix_round_acts_sale_id", "sale_id"),
        Index("ix_round_acts_asset_id", "asset_id"),
    )

    id: Mapped[Pk]
    public_id: Mapped[PublicId]
    court_id: Mapped[int] = mapped_column(court_key())
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    asset_id: Mapped[int] = mapped_column(ForeignKey("assets.id"))
    # The round that it follows, where there was one.
    sale_id: Mapped[int | None] = mapped_column(ForeignKey("sales.id"))
    kind: Mapped[str] = mapped_column(String(20))
    round: Mapped[str | None] = mapped_column(String(10))
    reason: Mapped[str] = mapped_column(String(40))
    note: Mapped[str] = mapped_column(String(1000))
    facts: Mapped[dict[str, object]] = mapped_column(JSONB, default=dict)
    decided_by: Mapped[int] = mapped_column(person_key())
    decided_at: Mapped[Moment]
    written_at: Mapped[Written]
