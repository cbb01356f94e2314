"""The days and moments that bound a draft, each explaining itself (RULE-D1, D6, D8, G2, K2, K7).

`publication` says whether a draft keeps them; these are the same bounds, with their reckoning, for
whoever has to choose a day. tests/engine/test_days.py holds the two together.
"""

from datetime import date, datetime
from typing import Final

from auction_engine.rulepacks.pack import StagedDraft
from auction_engine.sale.deadlines import (
    ClockPeriod,
    Deadline,
    clock_period,
    first_day_after,
    last_day_before,
    last_day_of_months,
    last_day_within,
)
from auction_engine.sale.kinds import PropertyKind, Round

# A notice by publication counts as received after so many full days (RULE-D6).
DEEMED_AFTER_DAYS: Final = 5


def announcement_rule(sale_round: Round) -> str:
    """The notice of a sell-off has a rule of its own, with its 60 days."""
    return "K7" if sale_round is Round.SELL_OFF else "D1"


def announced_by(
    rules: StagedDraft, sale_round: Round, kind: PropertyKind, opens_on: date, *, strict: bool
) -> Deadline:
    """The last day for announcing a sale that opens on `opens_on`."""
    days = rules.announcement_days[sale_round, kind]
    return last_day_before(announcement_rule(sale_round), opens_on, days, strict=strict)


def opens_from(
    rules: StagedDraft, sale_round: Round, kind: PropertyKind, announced_on: date, *, strict: bool
) -> Deadline:
    """The first day on which a sale announced on `announced_on` may open."""
    days = rules.announcement_days[sale_round, kind]
    return first_day_after(announcement_rule(sale_round), announced_on, days, strict=strict)


def opens_within_validity(rules: StagedDraft, valid_until: date) -> Deadline:
    """The last day of opening before the reference price is stale (RULE-B11)."""
    return last_day_of_months("B11", valid_until, rules.price_validity_grace_months)


def second_round_opens_by(rules: StagedDraft, failed_on: date) -> Deadline:
    """The last day of opening after a first round failed (RULE-K2)."""
    return last_day_within("K2", failed_on, rules.second_round_within_days)


def parties_told_by(rules: StagedDraft, announced_on: date, *, strict: bool) -> Deadline:
    """The last day for telling the parties of a sale announced on `announced_on` (RULE-D6)."""
    return last_day_before("D6", announced_on, rules.party_notice_days, strict=strict)


def shareholders_told_by(rules: StagedDraft, opens_on: date, *, strict: bool) -> Deadline:
    """The last day for telling the other shareholders (RULE-D8)."""
    return last_day_before("D8", opens_on, rules.shareholder_notice_days, strict=strict)


def shares_open_from(
    rules: StagedDraft, kind: PropertyKind, announced_on: date, told_on: date, *, strict: bool
) -> Deadline:
    """The first day of opening for shares: the later of the announcement's and that after the
    shareholders' days (RULE-D1, D8)."""
    announced = opens_from(rules, Round.FIRST, kind, announced_on, strict=strict)
    told = first_day_after("D8", told_on, rules.shareholder_notice_days, strict=strict)
    return max(announced, told, key=lambda bound: bound.on)


def bidding_ends_from(rules: StagedDraft, opens_at: datetime) -> ClockPeriod:
    """The earliest end of bidding (RULE-G2)."""
    return clock_period("G2", opens_at, rules.least_bidding_time)


def sell_off_ends_at(rules: StagedDraft, opens_at: datetime) -> ClockPeriod:
    """The end of a sell-off in which nobody bids (RULE-K7)."""
    return clock_period("K7", opens_at, rules.sell_off_period)
