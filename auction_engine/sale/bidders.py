"""Who may bid, and who stands before whom at the same price (RULE-F4, RULE-F5).

The rank alone sets a priority purchaser apart: the deposit, the starting price and the five
minutes are everybody's (RULE-F6, RULE-F7), and equal ranks go by time, not by shares (RULE-F8).
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bidder:
    """A bidder as the public sees one: a code, a rank for a priority purchaser, never a name.

    `excluded` gives the ground on which the court keeps this code from bidding.
    """

    code: str
    priority_rank: int | None = None
    excluded: str | None = None

    def outranks(self, other: "Bidder") -> bool:
        """True when this rank is strictly better: 1 is the best, no rank is the last."""
        if self.priority_rank is None:
            return False
        return other.priority_rank is None or self.priority_rank < other.priority_rank
