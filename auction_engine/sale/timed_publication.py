"""A draft held against the rules of a sale that runs a fixed time and has no price floor.

The counterpart of `publication` for laws like the Spanish one. Days are counted where the court
is: the offset comes with the draft, because it changes twice a year.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from auction_engine.rulepacks.pack import RulePack, TimedDraft
from auction_engine.sale.calendar import day_of
from auction_engine.sale.kinds import PropertyKind
from auction_engine.sale.publication import Violation


@dataclass(frozen=True, slots=True)
class TimedSale:
    """A sale as drafted. `deposit_decided`: the court's officer has set another deposit."""

    property_kind: PropertyKind
    value: int
    deposit: int
    deposit_decided: bool
    announced_at: datetime
    opens_at: datetime
    closes_at: datetime
    proceeding_begun_on: date
    utc_offset: timedelta
    holidays: frozenset[date]


def timed_violations(sale: TimedSale, pack: RulePack, rules: TimedDraft) -> tuple[Violation, ...]:
    """Everything in the draft that the rules do not allow."""
    return (
        *_length(sale, rules),
        *_deposit(sale, rules),
        *_announcement(sale, rules),
        *_ending_day(sale, rules),
        *_law_of_the_proceeding(sale, pack),
    )


def may_end_on(day: date, rules: TimedDraft, holidays: frozenset[date]) -> bool:
    """Whether bidding may end on `day`: some days are kept free of endings (LEC 649)."""
    if day.weekday() in rules.no_end_on_weekdays or day.month in rules.no_end_in_months:
        return False
    if rules.no_end_between is not None and _lies_between(day, *rules.no_end_between):
        return False
    return not (rules.no_end_on_holidays and day in holidays)


def next_ending(opens_at: datetime, sale: TimedSale, rules: TimedDraft) -> datetime:
    """The first opening at this hour, from `opens_at` on, whose fixed end falls on a fit day."""
    length = timedelta(days=rules.bidding_days)
    while not may_end_on(day_of(opens_at + length, sale.utc_offset), rules, sale.holidays):
        opens_at += timedelta(days=1)
    return opens_at


def least_deposit(rules: TimedDraft, kind: PropertyKind, value: int) -> int:
    """A share of the value by the kind of thing, never less than the least sum (LEC 647, 669)."""
    return max(rules.least_deposit, rules.deposit_share[kind].rounded_up(value))


def _length(sale: TimedSale, rules: TimedDraft) -> Iterator[Violation]:
    ends_at = sale.opens_at + timedelta(days=rules.bidding_days)
    if sale.closes_at != ends_at:
        what = f"bidding runs {rules.bidding_days} calendar days, neither more nor less"
        yield Violation("S1", sale.closes_at, ends_at, what)


def _deposit(sale: TimedSale, rules: TimedDraft) -> Iterator[Violation]:
    least = least_deposit(rules, sale.property_kind, sale.value)
    if sale.deposit != least and not sale.deposit_decided:
        share = rules.deposit_share[sale.property_kind]
        what = f"the deposit is {share} of the value unless the court's officer decides otherwise"
        yield Violation("S2", sale.deposit, least, what)


def _announcement(sale: TimedSale, rules: TimedDraft) -> Iterator[Violation]:
    latest = sale.opens_at - rules.announced_before
    if sale.announced_at > latest:
        hours = int(rules.announced_before.total_seconds()) // 3600
        what = f"announced less than {hours} hours before bidding opens"
        yield Violation("S4", sale.announced_at, latest, what)


def _ending_day(sale: TimedSale, rules: TimedDraft) -> Iterator[Violation]:
    ends_on = day_of(sale.closes_at, sale.utc_offset)
    if not may_end_on(ends_on, rules, sale.holidays):
        opens_on = day_of(next_ending(sale.opens_at, sale, rules), sale.utc_offset)
        what = f"bidding may not end on this day; opening on {opens_on} would do"
        yield Violation("S6", ends_on, opens_on + timedelta(days=rules.bidding_days), what)


def _law_of_the_proceeding(sale: TimedSale, pack: RulePack) -> Iterator[Violation]:
    begun_on = sale.proceeding_begun_on
    if not pack.valid.covers(begun_on):
        limit = pack.valid.begins or pack.valid.ends
        what = f"{pack.id} is not the law of a proceeding begun on this day"
        yield Violation("S0", begun_on, limit, what)


def _lies_between(day: date, first: tuple[int, int], last: tuple[int, int]) -> bool:
    at = (day.month, day.day)
    # A span may reach across the turn of the year.
    return first <= at <= last if first <= last else at >= first or at <= last
