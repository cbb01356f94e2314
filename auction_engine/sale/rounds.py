"""Which round may follow which end, and within which days (RULE-J4, J6, K2 to K8, K13, K16, I8).

A table and nothing else decides: what is not in `FOLLOWING` cannot happen. There is no third
auction (RULE-K4); a way back to the first round is open only with a reason on the record.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from auction_engine.rulepacks.pack import StagedDraft
from auction_engine.sale.deadlines import (
    Deadline,
    WorkingDays,
    deadline,
    first_day_after,
    last_day_before,
    last_day_of_months,
    last_day_within,
)
from auction_engine.sale.kinds import PropertyKind, Round


class End(StrEnum):
    """How a round ended, where something may follow. What was sold and paid has no entry."""

    FAILED = "failed"
    WITHDRAWN = "withdrawn"
    DEFAULTED = "defaulted"
    NOT_APPROVED = "not_approved"
    TAKER_DEFAULTED = "taker_defaulted"
    REVOKED = "revoked"


class Reason(StrEnum):
    """Why a court may begin again where the table asks for a reason; its own words go with it."""

    FLAWED_PUBLICATION = "flawed_publication"
    GROUND_GONE = "ground_gone"
    NEW_PRICE = "new_price"
    SEIZED_AGAIN = "seized_again"
    CREDITOR_ASKED = "creditor_asked"


@dataclass(frozen=True, slots=True)
class Following:
    """A round that may follow. `reasons` is empty where none has to be given."""

    round: Round
    rule: str
    reasons: frozenset[Reason] = frozenset()
    # Whoever bought or took it before and did not pay stays out of it.
    bars: bool = False

    @property
    def needs_reason(self) -> bool:
        return bool(self.reasons)


_AFTER_WITHDRAWAL = frozenset({Reason.FLAWED_PUBLICATION, Reason.GROUND_GONE, Reason.NEW_PRICE})
_AFRESH = frozenset({Reason.NEW_PRICE, Reason.SEIZED_AGAIN})
_AFTER_EVERYTHING = frozenset({Reason.NEW_PRICE, Reason.SEIZED_AGAIN, Reason.CREDITOR_ASKED})


def _again(sale_round: Round) -> dict[tuple[Round, End], tuple[Following, ...]]:
    """What did not come to its end is held again: the same round, at the same price (RULE-J6)."""
    withdrawn = [Following(sale_round, "L6", _AFTER_WITHDRAWAL)]
    if sale_round is not Round.FIRST:
        withdrawn.append(Following(Round.FIRST, "B11", _AFRESH))
    return {
        (sale_round, End.WITHDRAWN): tuple(withdrawn),
        (sale_round, End.DEFAULTED): (Following(sale_round, "J4", bars=True),),
        (sale_round, End.NOT_APPROVED): (Following(sale_round, "I8", bars=True),),
        (sale_round, End.TAKER_DEFAULTED): (Following(sale_round, "K16", bars=True),),
        (sale_round, End.REVOKED): (Following(sale_round, "M3"),),
    }


FOLLOWING: Final[Mapping[tuple[Round, End], tuple[Following, ...]]] = MappingProxyType(
    {
        (Round.FIRST, End.FAILED): (Following(Round.SECOND, "K2"),),
        (Round.SECOND, End.FAILED): (Following(Round.SELL_OFF, "K4"),),
        # Then it goes back to the debtor, unless there is another way (RULE-K13).
        (Round.SELL_OFF, End.FAILED): (Following(Round.FIRST, "K13", _AFTER_EVERYTHING),),
        **_again(Round.FIRST),
        **_again(Round.SECOND),
        **_again(Round.SELL_OFF),
    }
)


class NotFollowing(StrEnum):
    """Why a round cannot follow."""

    NOT_IN_THE_TABLE = "not_in_the_table"
    NO_REASON = "no_reason"
    OTHER_REASON = "other_reason"


def following(sale_round: Round, end: End) -> tuple[Following, ...]:
    """The rounds that may follow; the one that needs no reason comes first."""
    return FOLLOWING.get((sale_round, end), ())


def follow(
    sale_round: Round, end: End, wanted: Round, reason: Reason | None = None
) -> Following | NotFollowing:
    """Let `wanted` follow, if the table has it and the reason it asks for is given."""
    found = next((each for each in following(sale_round, end) if each.round is wanted), None)
    if found is None:
        return NotFollowing.NOT_IN_THE_TABLE
    if not found.needs_reason:
        return found
    if reason is None:
        return NotFollowing.NO_REASON
    return found if reason in found.reasons else NotFollowing.OTHER_REASON


# --- days ---------------------------------------------------------------------------------------


class Bound(StrEnum):
    """What a day is a bound of."""

    OPENS_FROM = "opens_from"
    OPENS_UNTIL = "opens_until"
    PRICE_STANDS_UNTIL = "price_stands_until"
    ANNOUNCED_UNTIL = "announced_until"
    PLATFORM_ASKED_UNTIL = "platform_asked_until"


# A bound is a day that explains itself; its `what` is a `Bound`.
DayBound = Deadline


@dataclass(frozen=True, slots=True)
class Before:
    """What the days of a following round are counted from."""

    ended_on: date
    valid_until: date | None
    calendar: WorkingDays


def day_bounds(
    rules: StagedDraft,
    found: Following,
    kind: PropertyKind,
    *,
    announced_on: date,
    before: Before,
    strict: bool = False,
) -> tuple[DayBound, ...]:
    """The earliest opening if it is announced on `announced_on`, and every last day."""
    ahead = rules.announcement_days[found.round, kind]
    notice_rule = {Round.FIRST: "D1", Round.SECOND: "K2", Round.SELL_OFF: "K7"}[found.round]
    bounds = [
        first_day_after(notice_rule, announced_on, ahead, strict=strict, what=Bound.OPENS_FROM)
    ]
    if before.valid_until is not None:
        bounds.append(_price_stands(rules, before.valid_until))
    if found.round is Round.SECOND:
        bounds.extend(_second_within(rules, before.ended_on, ahead, strict=strict))
    if found.round is Round.SELL_OFF and found.rule == "K4":
        bounds.append(_sell_off_announced(rules, before))
        bounds.append(_platform_asked(rules, before))
    return tuple(bounds)


def last_opening(bounds: Sequence[DayBound]) -> DayBound | None:
    """The bound that ends first, of those on the opening."""
    last_days = (Bound.OPENS_UNTIL, Bound.PRICE_STANDS_UNTIL)
    found = [bound for bound in bounds if bound.what in last_days]
    return min(found, key=lambda bound: bound.on, default=None)


def is_too_late(bounds: Sequence[DayBound]) -> bool:
    """Whether no day of opening is left: announced today it could not open in time."""
    last = last_opening(bounds)
    first = next(bound for bound in bounds if bound.what is Bound.OPENS_FROM)
    return last is not None and first.on > last.on


def in_kind_answer_by(rules: StagedDraft, asked_on: date, calendar: WorkingDays) -> Deadline:
    """Until when creditors say whether they take the property in kind (RULE-K6, Q4)."""
    return deadline("K6", asked_on, rules.in_kind_answer_days, calendar)


def _price_stands(rules: StagedDraft, valid_until: date) -> DayBound:
    months = rules.price_validity_grace_months
    return last_day_of_months("B11", valid_until, months, what=Bound.PRICE_STANDS_UNTIL)


def _second_within(
    rules: StagedDraft, ended_on: date, ahead: int, *, strict: bool
) -> tuple[DayBound, DayBound]:
    """Within 30 days of the failure, hence announced so many days before that (RULE-K2)."""
    within = rules.second_round_within_days
    opens = last_day_within("K2", ended_on, within, what=Bound.OPENS_UNTIL)
    return opens, last_day_before("K2", opens.on, ahead, strict=strict, what=Bound.ANNOUNCED_UNTIL)


def _platform_asked(rules: StagedDraft, before: Before) -> DayBound:
    """Until when a creditor may ask to go on elsewhere; the court sees it before it announces."""
    return deadline(
        "K12",
        before.ended_on,
        rules.platform_change_days,
        before.calendar,
        what=Bound.PLATFORM_ASKED_UNTIL,
    )


def _sell_off_announced(rules: StagedDraft, before: Before) -> DayBound:
    return deadline(
        "K6",
        before.ended_on,
        rules.sell_off_announced_within_days,
        before.calendar,
        what=Bound.ANNOUNCED_UNTIL,
    )


# --- a whole history ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Held:
    """A round as it was held: with the reason it began with, and how it ended (None: goes on)."""

    round: Round
    end: End | None = None
    reason: Reason | None = None


def departures(history: Sequence[Held]) -> tuple[tuple[int, NotFollowing], ...]:
    """Where a history leaves the table: the place of each round that could not follow, and why."""
    found = []
    for place in range(1, len(history)):
        before, after = history[place - 1], history[place]
        answer = (
            NotFollowing.NOT_IN_THE_TABLE
            if before.end is None
            else follow(before.round, before.end, after.round, after.reason)
        )
        if isinstance(answer, NotFollowing):
            found.append((place, answer))
    return tuple(found)
