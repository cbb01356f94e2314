"""The lost deposit to its last cent: the four uses in their order, and what is still lacking.

`forfeit` knows the third and fourth use together; here they are told apart by what the debtor owes
in this case (RULE-J2).
"""

from dataclasses import dataclass
from enum import StrEnum

from auction_engine.invariants import ensure
from auction_engine.money.forfeit import Forfeit


class ShortfallMode(StrEnum):
    """Two published readings of the same silence (RULE-J5); the pack's switch chooses one."""

    # The shortfall is recorded; the buyer owes it only where the court orders so (AP 22).
    RECORDED = "recorded"
    # The buyer owes it without more.
    RECOVERABLE = "recoverable"


@dataclass(frozen=True, slots=True)
class FourUses:
    """Where a lost deposit went; together it is the whole of it, and nothing went back."""

    to_costs: int
    to_price_gap: int
    to_case_debts: int
    to_connected_debts: int


def four_uses(uses: Forfeit, *, owed_in_case: int) -> FourUses:
    """Costs, gap, debts of this case, debts connected with the property (RULE-J2, J3)."""
    ensure(owed_in_case >= 0, "a debt is not negative")
    to_case = min(uses.to_debts, owed_in_case)
    return FourUses(
        to_costs=uses.to_costs,
        to_price_gap=uses.to_price_gap,
        to_case_debts=to_case,
        to_connected_debts=uses.to_debts - to_case,
    )


def shortfall_owed(
    uses: Forfeit, mode: ShortfallMode, *, ordered: bool, knew_unfit: bool = False
) -> int:
    """What the defaulting buyer owes beyond the deposit.

    Whoever bought shares knowing that they would not be approved owes it in either reading
    (RULE-I8, EQ 15); else the pack's reading decides, or the court's order (RULE-J5).
    """
    if mode is ShortfallMode.RECOVERABLE or ordered or knew_unfit:
        return uses.shortfall
    return 0


def kept_of_prepaid(*, paid: int, stated_deposit: int) -> int:
    """What a default costs: in a sell-off only the deposit that the notice states (RULE-K11)."""
    ensure(paid >= 0 and stated_deposit >= 0, "money is not negative")
    return min(paid, stated_deposit)


def prepayment_due(*, price: int, stated_deposit: int, applicant_deposit: int | None = None) -> int:
    """What qualifies a bidder in a sell-off: the whole price in advance (RULE-K9).

    An applicant's claim stands in for the deposit alone, never for the rest of the price
    (RULE-E6): `applicant_deposit` is what it leaves of the deposit.
    """
    deposit = stated_deposit if applicant_deposit is None else applicant_deposit
    ensure(0 <= deposit <= stated_deposit <= price, "a deposit is a part of the price")
    return price - stated_deposit + deposit
