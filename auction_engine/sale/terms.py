"""What the notice of sale fixes before anybody bids."""

from dataclasses import dataclass
from datetime import datetime

from auction_engine.invariants import ensure
from auction_engine.rulepacks.pack import RulePack
from auction_engine.sale.kinds import PropertyKind, Round


@dataclass(frozen=True, slots=True)
class SaleTerms:
    """The terms as published. `closes_at` is the end by the notice; the end in force is the Sale's.

    In a sell-off `closes_at` is the end of the 60 days (RULE-K7). `value` is what the thing is
    worth, under laws that have no starting price and weigh the best bid against it.
    """

    rules: RulePack
    property_kind: PropertyKind
    round: Round
    currency: str
    starting_price: int
    increment: int
    opens_at: datetime
    closes_at: datetime
    multiples_only: bool = True
    value: int | None = None

    def __post_init__(self) -> None:
        ensure(self.starting_price >= 1, "a starting price is at least one minor unit")
        ensure(self.increment >= 1, "an increment is at least one minor unit")
        ensure(self.opens_at < self.closes_at, "a sale closes after it opens")
