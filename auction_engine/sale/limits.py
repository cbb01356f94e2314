"""What the rules leave to whoever drafts a sale: the bounds that `publication` holds a draft to.

`publication` says what is wrong with a draft; this says beforehand what would be right, so that a
form can show a bound beside its field and a following round can be drafted within them.
"""

from datetime import date, datetime, timedelta

from auction_engine.rulepacks.pack import Ratio, RulePack
from auction_engine.sale.calendar import latest_day_before, months_after
from auction_engine.sale.kinds import PropertyKind, Round


def least_starting_price(
    rules: RulePack, sale_round: Round, *, reference_price: int, previous_price: int
) -> int:
    """The least starting price of this round (RULE-C2, K3); a sell-off has this one alone (K8).

    The first round's floor binds that round alone, unless the pack reads RULE-C4 otherwise.
    """
    floor = rules.staged.first_price_floor.rounded_up(reference_price)
    match sale_round:
        case Round.FIRST:
            return floor
        case Round.SECOND:
            least = rules.staged.second_price_floor.rounded_up(previous_price)
            return max(least, floor) if rules.staged.floor_binds_later_rounds else least
        case Round.SELL_OFF:
            return previous_price


def deposit_bounds(rules: RulePack, starting_price: int) -> tuple[int, int]:
    """The least and the most deposit for a round that starts at `starting_price` (RULE-C7)."""
    least = rules.staged.deposit_floor.rounded_up(starting_price)
    return least, rules.staged.deposit_ceiling.rounded_down(starting_price)


def announcement_days(rules: RulePack, sale_round: Round, kind: PropertyKind) -> int:
    """How many days lie at least between announcement and opening (RULE-D1, K2, K7)."""
    return rules.staged.announcement_days[sale_round, kind]


def last_announcement_day(opens_on: date, days: int, *, strict: bool) -> date:
    """The last day on which a sale that opens on `opens_on` may be announced."""
    return latest_day_before(opens_on, days, strict=strict)


def first_opening_day(announced_on: date, days: int, *, strict: bool) -> date:
    """The first day on which a sale announced on `announced_on` may open."""
    return announced_on + timedelta(days=days + 1 if strict else days)


def last_opening_day(
    rules: RulePack, sale_round: Round, *, valid_until: date, failed_on: date | None
) -> date:
    """The last day of opening: the price must not be stale (RULE-B11), nor the failure (K2)."""
    last = months_after(valid_until, rules.staged.price_validity_grace_months)
    if sale_round is Round.SECOND and failed_on is not None:
        return min(last, failed_on + timedelta(days=rules.staged.second_round_within_days))
    return last


def last_party_notice_day(rules: RulePack, announced_on: date, *, strict: bool) -> date:
    """The last day for telling the parties of a sale announced on `announced_on` (RULE-D6)."""
    return latest_day_before(announced_on, rules.staged.party_notice_days, strict=strict)


def least_close(rules: RulePack, sale_round: Round, opens_at: datetime) -> datetime:
    """The earliest end (RULE-G2); a sell-off ends then and not otherwise (RULE-K7)."""
    if sale_round is Round.SELL_OFF:
        return opens_at + rules.staged.sell_off_period
    return opens_at + rules.staged.least_bidding_time


# A guide that courts are reported to follow, not a rule: up to so much, at most this share.
_GUIDED_STEPS = ((10_000_000, Ratio(2, 100)), (100_000_000, Ratio(1, 100)))
_GUIDED_ABOVE = Ratio(5, 1000)


def guided_increment(starting_price: int) -> int:
    """The largest increment that practice finds fit for this price (RULE-C8); never below 1."""
    share = next((share for most, share in _GUIDED_STEPS if starting_price <= most), _GUIDED_ABOVE)
    return max(1, share.rounded_down(starting_price))
