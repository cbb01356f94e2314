"""What becomes of a defaulting buyer's deposit (RULE-J1 to J5)."""

from dataclasses import dataclass

from auction_engine.invariants import ensure


@dataclass(frozen=True, slots=True)
class Forfeit:
    """The uses of the deposit in their order; together they are the whole deposit.

    `to_debts` is the third and fourth use together. `shortfall` is what costs and gap still lack:
    whether the buyer owes it is for the court to say (RULE-J5).
    """

    to_costs: int
    to_price_gap: int
    to_debts: int
    price_gap: int
    shortfall: int


def forfeit(*, deposit: int, costs: int, original_price: int, resale_price: int) -> Forfeit:
    """Use up a lost deposit. A better resale closes the gap, it brings nothing back (RULE-J3)."""
    price_gap = max(0, original_price - resale_price)
    to_costs = min(deposit, costs)
    to_price_gap = min(deposit - to_costs, price_gap)
    to_debts = deposit - to_costs - to_price_gap
    ensure(to_costs + to_price_gap + to_debts == deposit, "nothing is ever returned")
    return Forfeit(
        to_costs=to_costs,
        to_price_gap=to_price_gap,
        to_debts=to_debts,
        price_gap=price_gap,
        shortfall=costs + price_gap - to_costs - to_price_gap,
    )
