"""Why a sale is stopped, and where the court has a choice (RULE-L6 to RULE-L9)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Ground(StrEnum):
    """The grounds on which a court takes a sale back; there are no others (AP 17; RULE-L6)."""

    TITLE_ANNULLED = "title_annulled"
    CREDITORS_WITHDREW = "creditors_withdrew"
    DEBT_PAID = "debt_paid"
    SETTLED = "settled"
    THIRD_PARTY_OBJECTION = "third_party_objection"
    COLLUSION = "collusion"
    # What follows from other rules: the other lots pay for everything (C10), bankruptcy (L9).
    DEBTS_COVERED = "debts_covered"
    BANKRUPTCY = "bankruptcy"
    # "Other circumstances in which it should be withdrawn": the reason has to say which.
    OTHER = "other"


# The article by which each ground is named in public.
ARTICLES: Final[Mapping[Ground, str]] = MappingProxyType(
    {
        Ground.DEBTS_COVERED: "AP 14",
        Ground.BANKRUPTCY: "CI 513",
        **{
            ground: "AP 17"
            for ground in Ground
            if ground not in (Ground.DEBTS_COVERED, Ground.BANKRUPTCY)
        },
    }
)


class Duty(StrEnum):
    MUST = "must"
    MAY = "may"


@dataclass(frozen=True, slots=True)
class Payment:
    """What the debtor paid, held against what was owed when it came. Minor units."""

    amount: int
    covered_before: int
    debts: int
    costs: int

    @property
    def missing(self) -> int:
        return max(0, self.debts + self.costs - self.covered_before - self.amount)

    @property
    def is_full(self) -> bool:
        """Debts and costs: the debtor bears what the auction has cost so far (RULE-L7)."""
        return self.missing == 0


def duty_to_stop(paid_on: date, asked_on: date, auction_on: date) -> Duty:
    """Whether the court must stop a sale whose debt is paid, or may (AP 19; RULE-L7).

    Both the money and the request have to be there before the day of the auction. How long the
    court then takes to decide does not turn a duty into a choice.
    """
    return Duty.MUST if max(paid_on, asked_on) < auction_on else Duty.MAY


class BankruptcyState(StrEnum):
    ACCEPTED = "accepted"
    DECLARED = "declared"
    LIFTED = "lifted"


# Accepted: everything stands still. Declared: enforcement has ended. Lifted: the petition failed.
NEXT_BANKRUPTCY: Final[Mapping[BankruptcyState, frozenset[BankruptcyState]]] = MappingProxyType(
    {
        BankruptcyState.ACCEPTED: frozenset({BankruptcyState.DECLARED, BankruptcyState.LIFTED}),
        BankruptcyState.DECLARED: frozenset(),
        BankruptcyState.LIFTED: frozenset(),
    }
)


def is_stayed_by(state: BankruptcyState) -> bool:
    """Whether the case stands still: nothing is published, sold or paid out (RULE-L9)."""
    return state is not BankruptcyState.LIFTED
