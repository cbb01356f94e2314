"""Money: whole minor units (fen, cent) and a currency, never a decimal number."""

from collections.abc import Sequence
from dataclasses import dataclass

from auction_engine.invariants import ensure
from auction_engine.money.shares import cut_by_weight


@dataclass(frozen=True, slots=True)
class Money:
    """An amount. It may be negative: a credit in a ledger is a negative debit."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        ensure(type(self.minor) is int, "money is counted in whole minor units")
        ensure(
            len(self.currency) == 3 and self.currency.isascii() and self.currency.isupper(),
            "a currency has three capital letters",
        )

    def __add__(self, other: "Money") -> "Money":
        self._ensure_same_currency(other)
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        self._ensure_same_currency(other)
        return Money(self.minor - other.minor, self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.minor, self.currency)

    def __lt__(self, other: "Money") -> bool:
        self._ensure_same_currency(other)
        return self.minor < other.minor

    def __le__(self, other: "Money") -> bool:
        self._ensure_same_currency(other)
        return self.minor <= other.minor

    def __bool__(self) -> bool:
        """Ask for `minor`: whether "no money" means zero or missing is the reader's question."""
        raise TypeError("an amount is neither true nor false; compare its minor units")

    def split_by_weight(self, weights: Sequence[int]) -> tuple["Money", ...]:
        """Split in proportion, to the last minor unit: the largest remainders get the odd ones.

        Equal remainders: the larger weight first, then the earlier place in the list.
        """
        ensure(self.minor >= 0, "what is split is there")
        ensure(all(weight >= 0 for weight in weights), "no weight is negative")
        places = sorted(range(len(weights)), key=lambda place: -weights[place])
        shares = cut_by_weight(self.minor, [weights[place] for place in places])
        by_place = dict(zip(places, shares, strict=True))
        return tuple(Money(by_place[place], self.currency) for place in range(len(weights)))

    def _ensure_same_currency(self, other: "Money") -> None:
        ensure(self.currency == other.currency, "amounts of different currencies do not mix")
