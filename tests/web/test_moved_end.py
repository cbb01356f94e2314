"""An extension is shown with its cause: which bid moved the end (RULE-G5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from app.web.moved_end import moved_by

NOON = datetime(2026, 6, 1, 4, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Bid:
    seq: int
    at: datetime
    closes_at: datetime


EARLY = Bid(1, NOON - 9 * MINUTE, NOON)
LATE = Bid(2, NOON - MINUTE, NOON + 4 * MINUTE)
# It came in the same instant, so that it left the end where the bid before it had put it.
BESIDE = Bid(3, NOON - MINUTE, NOON + 4 * MINUTE)


def test_the_first_bid_with_the_present_end_has_moved_it() -> None:
    found = moved_by([BESIDE, LATE, EARLY], LATE.closes_at, extensions=1)

    assert found == {"seq": 2, "at": LATE.at, "before": NOON}


def test_an_end_that_stands_was_moved_by_nobody() -> None:
    assert moved_by([EARLY], NOON, extensions=0) is None


def test_an_end_that_no_bid_left_was_set_by_the_court() -> None:
    assert moved_by([LATE, EARLY], NOON + 60 * MINUTE, extensions=1) is None


def test_a_first_bid_may_have_moved_the_end_and_the_one_before_is_not_known() -> None:
    found = moved_by([Bid(1, LATE.at, LATE.closes_at)], LATE.closes_at, extensions=1)

    assert found == {"seq": 1, "at": LATE.at, "before": None}


def test_a_list_that_does_not_reach_back_to_the_cause_names_none() -> None:
    assert moved_by([BESIDE, LATE], LATE.closes_at, extensions=1) is None
