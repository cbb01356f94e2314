"""What can arrive in a sale. Each event carries the moment by which it is decided (RULE-G3)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Authority(StrEnum):
    COURT = "court"
    PLATFORM = "platform"


@dataclass(frozen=True, slots=True)
class Bid:
    at: datetime
    code: str
    amount: int
    # Under laws that know it: stands in if the best bidder does not pay.
    reserve: bool = False


@dataclass(frozen=True, slots=True)
class Suspend:
    """A stay (RULE-L1, RULE-L2). `since` is the platform's alone: when its failure began."""

    at: datetime
    by: Authority
    reason: str
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Resume:
    """The end of a stay; `closes_at` is an end that the court sets instead of the time left."""

    at: datetime
    closes_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Withdraw:
    at: datetime
    by: Authority
    reason: str


@dataclass(frozen=True, slots=True)
class Admit:
    at: datetime
    code: str
    priority_rank: int | None = None


Event = Bid | Suspend | Resume | Withdraw | Admit
