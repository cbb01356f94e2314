"""The shape of a rule pack for sales: numbers a country fixes, read by code that knows no country.

A pack holds values and no functions. A second country is a second file of values; where a value
is not enough, the code path gets a new name and the pack chooses it by that name.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from auction_engine.sale.kinds import PropertyKind, Round


@dataclass(frozen=True, slots=True)
class Ratio:
    """An exact share of a sum of money, such as 70/100. Never a decimal number."""

    parts: int
    of: int

    def rounded_up(self, amount_minor: int) -> int:
        """A floor the drafter must reach: a broken minor unit counts as a whole one."""
        return -(-amount_minor * self.parts // self.of)

    def __str__(self) -> str:
        return f"{self.parts}/{self.of}"

    def rounded_down(self, amount_minor: int) -> int:
        """A ceiling the drafter must not pass: a broken minor unit does not count."""
        return amount_minor * self.parts // self.of


@dataclass(frozen=True, slots=True, eq=False)
class SaleRules:
    """What decides the course of a sale and what a draft is held against.

    A pack is one object, known by its id: two are equal when they are the same.
    """

    id: str

    # The course of bidding (RULE-G5, RULE-K10, RULE-L5).
    extension_window: timedelta
    extension_length: timedelta
    least_time_after_stay: timedelta
    sell_off_bidding: timedelta

    # The draft (RULE-B11, C2, C7, D1, D6, D8, G2, K2, K3, K7).
    utc_offset: timedelta
    least_bidding_time: timedelta
    sell_off_period: timedelta
    price_validity_grace_months: int
    first_price_floor: Ratio
    second_price_floor: Ratio
    deposit_floor: Ratio
    deposit_ceiling: Ratio
    announcement_days: Mapping[tuple[Round, PropertyKind], int]
    party_notice_days: int
    shareholder_notice_days: int
    second_round_within_days: int
    panel_items: Mapping[Round, frozenset[str]]
    publication_items: frozenset[str]
    warnings: frozenset[str]

    # Where each rule of the draft stands: an article of the pack's own instrument, or a name.
    articles: Mapping[str, str]
