"""What the properties still hold while a pool is paid out, and who is asked for common expenses."""

from collections.abc import Iterable
from typing import Final

from auction_engine.invariants import ensure
from auction_engine.money.claims import DEBTOR, Pool
from auction_engine.money.shares import cut_by_weight

_ONE_SUM: Final = ""  # No id is empty, so this names no property.


class Estate:
    """The holdings, changed step by step until everything is paid or given back."""

    def __init__(self, pool: Pool, encumbered: frozenset[str] = frozenset()) -> None:
        """`encumbered` are the properties on which a claim stands: they are asked later."""
        self._owner: dict[str, str] = {thing.id: thing.owner for thing in pool.properties}
        self._encumbered = encumbered
        self.holds: dict[str, int] = {thing.id: 0 for thing in pool.properties}
        self.costs_paid = self._pay_costs(pool)

    @property
    def total(self) -> int:
        """What all properties hold, the sureties' included."""
        return sum(self.holds.values())

    @property
    def free_money(self) -> int:
        """What the debtor's properties hold: claims on no particular thing are paid from it."""
        return sum(self.holds[thing] for thing in self._debtors())

    def is_debtors(self, thing: str) -> bool:
        return self._owner[thing] == DEBTOR

    def fullest_first(self, things: Iterable[str]) -> list[str]:
        """The order in which things give the odd cent: more left, then the smaller id."""
        return sorted(things, key=lambda thing: (-self.holds[thing], thing))

    def take(self, thing: str, amount: int) -> None:
        ensure(0 <= amount <= self.holds[thing], "a property pays what it holds and no more")
        self.holds[thing] -= amount

    def draw_from_debtor(self, amount: int) -> None:
        """Take free money: first where no claim stands, then where one does."""
        free, claimed = self._debtors_by_burden()
        left = self._draw(self._draw(amount, free), claimed)
        ensure(left == 0, "no more free money is drawn than there is")

    def merge_free_money(self) -> None:
        """Make the debtor's holdings one sum, once nobody is paid from a particular thing."""
        amount = self.free_money
        for thing in list(self._debtors()):
            del self.holds[thing]
        self.holds[_ONE_SUM] = amount
        self._owner[_ONE_SUM] = DEBTOR

    def surplus(self) -> dict[str, int]:
        """What each owner gets back: the debtor first, then every surety by name."""
        back = {DEBTOR: 0, **dict.fromkeys(sorted(set(self._owner.values()) - {DEBTOR}), 0)}
        for thing, amount in self.holds.items():
            back[self._owner[thing]] += amount
        return back

    def _pay_costs(self, pool: Pool) -> int:
        """Each property pays its own costs (RULE-A6); what is left of them, and the general ones,
        is drawn from the debtor's free properties, then the debtor's others, then the sureties'."""
        left = pool.general_costs
        for thing in pool.properties:
            own = min(thing.costs, thing.proceeds)
            self.holds[thing.id] = thing.proceeds - own
            left += thing.costs - own
        all_costs = pool.general_costs + sum(thing.costs for thing in pool.properties)
        for layer in (*self._debtors_by_burden(), self._sureties()):
            left = self._draw(left, layer)
        paid = all_costs - left
        ensure(paid == min(all_costs, pool.total), "costs are paid while there is money")
        return paid

    def _draw(self, amount: int, things: Iterable[str]) -> int:
        """Take up to `amount` in proportion to what `things` hold; gives what is still to take."""
        holding = self.fullest_first(thing for thing in things if self.holds[thing])
        held = [self.holds[thing] for thing in holding]
        taken = min(amount, sum(held))
        if taken:
            for thing, part in zip(holding, cut_by_weight(taken, held), strict=True):
                self.take(thing, part)
        return amount - taken

    def _debtors(self) -> Iterable[str]:
        return (thing for thing in self.holds if self.is_debtors(thing))

    def _debtors_by_burden(self) -> tuple[list[str], list[str]]:
        free = [thing for thing in self._debtors() if thing not in self._encumbered]
        claimed = [thing for thing in self._debtors() if thing in self._encumbered]
        return free, claimed

    def _sureties(self) -> list[str]:
        return [thing for thing in self.holds if not self.is_debtors(thing)]
