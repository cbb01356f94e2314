"""Whether the best bid buys: at once, after a chance for the debtor, or by decision (LEC 650, 670).

Laws without a starting price weigh the best bid against the value afterwards. Nothing here
decides what the law leaves to a person; it says what the law leaves.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from auction_engine.rulepacks.pack import AwardBand, AwardRules, Ratio
from auction_engine.sale.kinds import PropertyKind
from auction_engine.sale.terms import SaleTerms


class Award(StrEnum):
    """What becomes of the best bid."""

    AT_ONCE = "at_once"
    # The debtor may bring somebody better until a day; then the bid buys.
    AFTER_THE_DEBTORS_CHANCE = "after_the_debtors_chance"
    # As before, but then the court's officer weighs and decides.
    BY_DECISION = "by_decision"
    # A creditor takes a home at more than the bid.
    TO_THE_CREDITOR = "to_the_creditor"


@dataclass(frozen=True, slots=True)
class Facts:
    """What an award depends on. Amounts in minor units; `debt` is all that is owed, with costs."""

    kind: PropertyKind
    value: int
    price: int
    debt: int
    is_home: bool
    bidder_is_creditor: bool
    closed_on: date


@dataclass(frozen=True, slots=True)
class AwardAnswer:
    """`price` is what is paid, which may exceed the bid; `better_buyer_from` is what somebody whom
    the debtor brings must pay at least, until `debtor_until`; `pay_by` is the day for the price."""

    award: Award
    price: int
    pay_by: date
    debtor_until: date | None = None
    better_buyer_from: int | None = None


def buys_at_once(terms: SaleTerms, price: int) -> bool:
    """Whether `price` buys without anybody's decision; under most laws every valid bid does."""
    rules = terms.rules.award
    if rules is None or terms.value is None:
        return True
    return price >= rules.at_once[terms.property_kind].rounded_up(terms.value)


def award(rules: AwardRules, facts: Facts) -> AwardAnswer:
    """What the law makes of the best bid of a sale that is over."""
    pay_by = facts.closed_on + timedelta(days=rules.payment_days[facts.kind])
    at_once = rules.home_at_once if facts.is_home else rules.at_once[facts.kind]
    if facts.price >= at_once.rounded_up(facts.value):
        return AwardAnswer(Award.AT_ONCE, facts.price, pay_by)
    until = facts.closed_on + timedelta(days=rules.better_buyer_days)
    better = min(rules.better_buyer[facts.kind].rounded_up(facts.value), facts.debt)
    better = max(better, facts.price + 1)
    if facts.is_home and facts.bidder_is_creditor:
        return AwardAnswer(
            Award.TO_THE_CREDITOR, _creditors_price(rules, facts), pay_by, until, better
        )
    then = rules.home_then if facts.is_home else rules.then[facts.kind]
    enough = _reaches(then, facts)
    kind = Award.AFTER_THE_DEBTORS_CHANCE if enough else Award.BY_DECISION
    return AwardAnswer(kind, facts.price, pay_by, until, better)


def _reaches(band: AwardBand, facts: Facts) -> bool:
    if facts.price >= band.share.rounded_up(facts.value):
        return True
    return (
        band.with_debt is not None
        and facts.price >= facts.debt
        and facts.price >= band.with_debt.rounded_up(facts.value)
    )


def _creditors_price(rules: AwardRules, facts: Facts) -> int:
    """A home goes to its creditor at 70 % of the value, or at the debt if that is less, but never
    below 60 %: the award may exceed the bid."""
    share: Ratio = rules.home_to_creditor
    least = rules.home_to_creditor_for_debt.rounded_up(facts.value)
    return max(facts.price, min(share.rounded_up(facts.value), max(facts.debt, least)))
