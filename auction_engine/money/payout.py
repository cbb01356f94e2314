"""The result of a distribution, and the book in which it is written while it is made."""

from dataclasses import dataclass

from auction_engine.invariants import ensure


@dataclass(frozen=True, slots=True)
class Part:
    """Money a claim gets in one step; `taken_from` names the property in the classes on things."""

    step: str
    taken_from: str | None
    amount: int


@dataclass(frozen=True, slots=True)
class Payment:
    claim: str
    paid: int
    unpaid: int
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class PaidStep:
    """A step with something still owed: what there was before it, and what was asked and paid."""

    step: str
    available: int
    claimed: int
    paid: int
    rule: str


@dataclass(frozen=True, slots=True)
class Distribution:
    pool: int
    costs_paid: int
    payments: tuple[Payment, ...]
    surplus: dict[str, int]
    steps: tuple[PaidStep, ...]

    def __post_init__(self) -> None:
        paid = sum(payment.paid for payment in self.payments)
        given_back = sum(self.surplus.values())
        ensure(self.pool == self.costs_paid + paid + given_back, "not a cent is lost or made")
        ensure(all(p.unpaid >= 0 for p in self.payments), "nobody gets more than the claim")


class Book:
    """Writes down who was paid what, in which step and from which property."""

    def __init__(self, amounts: dict[str, int]) -> None:
        self._amounts = amounts
        self._parts: dict[str, dict[tuple[int, str | None], int]] = {id_: {} for id_ in amounts}
        self._paid: dict[str, int] = dict.fromkeys(amounts, 0)
        self._steps: list[PaidStep] = []
        self._names: list[str] = []
        self._paid_in_step = 0

    def unpaid(self, claim: str) -> int:
        return self._amounts[claim] - self._paid[claim]

    def begin(self, step: str) -> None:
        self._names.append(step)
        self._paid_in_step = 0

    def pay(self, claim: str, taken_from: str | None, amount: int) -> None:
        parts = self._parts[claim]
        place = (len(self._names), taken_from)
        parts[place] = parts.get(place, 0) + amount
        self._paid[claim] += amount
        self._paid_in_step += amount

    def end(self, *, available: int, claimed: int, rule: str) -> None:
        step = self._names[-1]
        self._steps.append(PaidStep(step, available, claimed, self._paid_in_step, rule))

    @property
    def steps(self) -> tuple[PaidStep, ...]:
        return tuple(self._steps)

    def payments(self) -> tuple[Payment, ...]:
        """The payments by claim id, each with its parts in paying order."""
        return tuple(
            Payment(claim, self._paid[claim], self.unpaid(claim), self._parts_of(claim))
            for claim in sorted(self._amounts)
        )

    def _parts_of(self, claim: str) -> tuple[Part, ...]:
        places = sorted(self._parts[claim].items(), key=lambda item: (item[0][0], item[0][1] or ""))
        return tuple(
            Part(self._names[number - 1], taken_from, amount)
            for (number, taken_from), amount in places
            if amount
        )
