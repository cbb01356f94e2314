"""Who of a sale's bidders can hear us: counts of live processes, and where most went at once."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Computed, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import db
from app.models.columns import Moment, Pk, Written, court_key


class Attendance(db.Model):
    """How many bidders of a sale held a line to one live process at one moment; kept for an hour.

    A crash of the database empties it, and two seconds later it is as it was.
    """

    __tablename__ = "attendance"
    __table_args__ = (
        CheckConstraint("bidders >= 0", name="bidders_not_negative"),
        {"prefixes": ["UNLOGGED"]},
    )

    at: Mapped[datetime] = mapped_column(primary_key=True, server_default=text("clock_timestamp()"))
    sale_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    process: Mapped[str] = mapped_column(String(40), primary_key=True)
    bidders: Mapped[int]


class LostBidders(db.Model):
    """Most bidders of a running sale lost their connection at once (FAULT-F41).

    The counts are read by nobody before the end: a court sees `tenths_gone` (RULE-A8).
    """

    __tablename__ = "lost_bidders"
    __table_args__ = (
        CheckConstraint("stayed >= 0 AND stayed < were_here", name="some_were_lost"),
        Index(
            "uq_lost_bidders_open", "sale_id", unique=True, postgresql_where=text("back_at IS NULL")
        ),
    )

    id: Mapped[Pk]
    court_id: Mapped[int] = mapped_column(court_key(), index=True)
    sale_id: Mapped[int] = mapped_column(ForeignKey("sales.id"))
    # By the court's clock, as everything that a court reads; `noticed_at` by the world's.
    at: Mapped[Moment]
    noticed_at: Mapped[Written]
    were_here: Mapped[int]
    stayed: Mapped[int]
    tenths_gone: Mapped[int] = mapped_column(
        Computed("(were_here - stayed) * 10 / were_here", persisted=True)
    )
    back_at: Mapped[Moment | None]
