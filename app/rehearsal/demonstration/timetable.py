"""When what happens to a lot, counted in whole legal days around now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from auction_engine.rulepacks.cn_2016_18 import CN_2016_18
from auction_engine.sale.calendar import day_of
from auction_engine.sale.kinds import PropertyKind, Round

# One day more than the law asks for, so that both ways of counting days are satisfied.
SPARE = timedelta(days=1)
PARTIES_TOLD_BEFORE = timedelta(days=CN_2016_18.staged.party_notice_days) + SPARE
BIDDING = CN_2016_18.staged.least_bidding_time
OPENING_HOUR = time(10, 0)
ZONE = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True, slots=True)
class RoundDays:
    """The days of a first round; `told_at` is when its parties hear of it."""

    told_at: datetime
    published_at: datetime
    opens_at: datetime
    closes_at: datetime


def first_round(kind: PropertyKind, opens_at: datetime, closes_at: datetime) -> RoundDays:
    """As late as the law allows a sale that opens then to be announced."""
    return _round(kind, Round.FIRST, opens_at, closes_at)


def second_round(kind: PropertyKind, failed_at: datetime) -> RoundDays:
    """As early as the law allows after the first round has failed, parties told the next day."""
    told_at = failed_at + timedelta(days=1)
    ahead = timedelta(days=CN_2016_18.staged.announcement_days[Round.SECOND, kind]) + SPARE
    published_at = told_at + PARTIES_TOLD_BEFORE
    opens_at = published_at + ahead
    return RoundDays(told_at, published_at, opens_at, opens_at + BIDDING)


def morning(today: date, days: int) -> datetime:
    """The hour at which bidding opens, so many days from today."""
    return datetime.combine(today + timedelta(days=days), OPENING_HOUR, ZONE).astimezone(UTC)


def today_of(now: datetime) -> date:
    """The day at the courts of the demonstration."""
    return day_of(now, CN_2016_18.staged.utc_offset)


def valid_until(opens_at: datetime) -> date:
    return (opens_at + timedelta(days=90)).date()


def _round(kind: PropertyKind, of: Round, opens_at: datetime, closes_at: datetime) -> RoundDays:
    ahead = timedelta(days=CN_2016_18.staged.announcement_days[of, kind]) + SPARE
    published_at = opens_at - ahead
    return RoundDays(published_at - PARTIES_TOLD_BEFORE, published_at, opens_at, closes_at)
