"""What a court states before it publishes, and what it told the applicant (RULE-C6, C9, C11)."""

from __future__ import annotations

from datetime import date

from sqlalchemy import BigInteger, CheckConstraint, Date, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import db
from app.models.columns import Minor, Moment, Pk, Written, court_key, one_of, person_key

# Why things are sold together, why so much of an equity (RULE-C9, C11), and that an equity cannot
# be appraised while its creditor asked for the sale in writing (RULE-C5); why an increment is
# larger than practice finds fit (RULE-C8). All of them stand in the announcement.
STATEMENT_KINDS = ("sold_together", "part_of_equity", "equity_without_documents", "increment")


class AssetStatement(db.Model):
    """The court's reason for selling just this, through all rounds of the asset."""

    __tablename__ = "asset_statements"
    __table_args__ = (
        UniqueConstraint("asset_id", "kind"),
        one_of("kind", *STATEMENT_KINDS),
        CheckConstraint("reason <> ''", name="gives_reason"),
    )

    id: Mapped[Pk]
    court_id: Mapped[int] = mapped_column(court_key())
    asset_id: Mapped[int] = mapped_column(ForeignKey("assets.id"))
    kind: Mapped[str] = mapped_column(String(30))
    reason: Mapped[str] = mapped_column(String(1000))
    stated_by: Mapped[int] = mapped_column(person_key())
    stated_at: Mapped[Written]


class SurplusNotice(db.Model):
    """The applicant was told that nothing would be left for them at this reserve (RULE-C6).

    `told_at` and `requested_on` are of legal time; the request counts until `answer_by`.
    """

    __tablename__ = "surplus_notices"
    __table_args__ = (
        CheckConstraint(
            "requested_on IS NULL OR requested_on <= answer_by", name="requested_in_time"
        ),
        CheckConstraint(
            "(requested_on IS NULL) = (recorded_by IS NULL)", name="request_recorded_whole"
        ),
    )

    sale_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("sales.id"), primary_key=True, autoincrement=False
    )
    court_id: Mapped[int] = mapped_column(court_key())
    # What the reserve was, and what came before the applicant, when they were told.
    starting_price: Mapped[Minor]
    before: Mapped[Minor]
    told_at: Mapped[Moment]
    told_by: Mapped[int] = mapped_column(person_key())
    answer_by: Mapped[date] = mapped_column(Date)
    requested_on: Mapped[date | None] = mapped_column(Date)
    recorded_by: Mapped[int | None] = mapped_column(person_key())
    written_at: Mapped[Written]
