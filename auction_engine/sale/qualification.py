"""Who is fit to bid: capacity, asked qualifications, and what a right or a claim lowers.

Rules RULE-E1, E6, E7, E8, E11, E12, D7, D9 and F1. Nothing here looks anybody up: what the
platform knows comes in, what follows from it goes out.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from auction_engine.invariants import ensure
from auction_engine.sale.calendar import months_after
from auction_engine.sale.id_numbers import born_on, is_company_code

_MONTHS_IN_A_YEAR: Final = 12
_FULL_AGE: Final = 18
_AGE_OF_OWN_LABOUR: Final = 16


class Capacity(StrEnum):
    """How somebody declares to have full capacity for civil conduct (Civil Code 17, 18, 57)."""

    ADULT = "adult"
    OWN_LABOUR = "own_labour"
    COMPANY = "company"


class Incapacity(StrEnum):
    """Why the number somebody gave does not go with the capacity they declare."""

    UNDER_AGE = "under_age"
    NOT_A_COMPANY = "not_a_company"
    NOT_A_PERSON = "not_a_person"


def incapacity(id_number: str, declared: Capacity, on: date) -> Incapacity | None:
    """What speaks against full capacity on this day, as far as the number tells (RULE-E1).

    At 18, or at 16 for whoever lives on their own labour. A minor buys through a guardian.
    """
    birthday = born_on(id_number)
    if declared is Capacity.COMPANY:
        return Incapacity.NOT_A_COMPANY if birthday is not None else None
    # A code may be valid as both; whoever has a birthday is a person.
    if birthday is None:
        return Incapacity.NOT_A_PERSON if is_company_code(id_number) else None
    least = _FULL_AGE if declared is Capacity.ADULT else _AGE_OF_OWN_LABOUR
    return None if months_after(birthday, least * _MONTHS_IN_A_YEAR) <= on else Incapacity.UNDER_AGE


def capacity_by(id_number: str) -> Capacity:
    """What a number lets one expect, before anybody declares anything."""
    is_company = born_on(id_number) is None and is_company_code(id_number)
    return Capacity.COMPANY if is_company else Capacity.ADULT


class Asks(StrEnum):
    """What an announcement may ask of its bidders beyond capacity (RULE-D9, E11, E12)."""

    HOUSING_PURCHASE = "housing_purchase"
    EQUITY_HOLDER = "equity_holder"
    LICENCE = "licence"
    NOT_ON_DEFAULTER_LIST = "not_on_defaulter_list"
    OTHER = "other"


# Where each stands. The defaulter list bars nobody by law: only where the announcement says so.
SOURCES: Final[Mapping[Asks, str]] = MappingProxyType(
    {
        Asks.HOUSING_PURCHASE: "1, 2 of Fa Shi [2021] 18",
        Asks.EQUITY_HOLDER: "15 of the Provisions on Equity",
        Asks.LICENCE: "14",
        Asks.NOT_ON_DEFAULTER_LIST: "",
        Asks.OTHER: "14",
    }
)


def undeclared(asked: Iterable[str], declared: Iterable[str]) -> tuple[str, ...]:
    """What is asked and was not declared; whoever leaves one out is not admitted (RULE-E11)."""
    given = frozenset(declared)
    return tuple(name for name in asked if name not in given)


def missing_statements(category: str, *, has_equity_terms: bool) -> tuple[str, ...]:
    """What an announcement of shares must state and does not: capital, term, approvals (D9)."""
    return ("equity_terms",) if category == "shares" and not has_equity_terms else ()


@dataclass(frozen=True, slots=True)
class Standing:
    """With what rank somebody bids, and which claim lowers their deposit; None: with none."""

    priority_rank: int | None
    applicant_claim: int | None


def standing(
    *,
    confirmed_rank: int | None,
    applicant_claim: int | None,
    for_another: bool = False,
    jointly: bool = False,
) -> Standing:
    """A first right and a claim are one's own (RULE-F1, E6).

    Whoever bids for somebody else, or together with others, bids as everybody does: otherwise
    anybody could buy by the right of one (design reading, the law is silent).
    """
    if for_another or jointly:
        return Standing(None, None)
    return Standing(confirmed_rank, applicant_claim)


def code_prefix(priority_rank: int | None) -> str:
    """How a priority purchaser's code begins: each rank has codes of its own (RULE-F2).

    Everybody may know the rank, and nobody the person: an equal-price bid explains itself.
    """
    return "" if priority_rank is None else f"P{priority_rank}-"


@dataclass(frozen=True, slots=True)
class Silence:
    """Of a rank: how many confirmed purchasers were there, how many of them bid (RULE-D7)."""

    rank: int
    confirmed: int
    bid: int

    @property
    def waived(self) -> int:
        return self.confirmed - self.bid


def waivers(confirmed: Iterable[int], bid: Iterable[int]) -> tuple[Silence, ...]:
    """Who was told and stayed silent, counted by rank: nobody learns who of a rank it was.

    `confirmed` and `bid` have one rank for each purchaser, best first in the answer.
    """
    there, spoke = list(confirmed), list(bid)
    ensure(set(spoke) <= set(there), "only a confirmed purchaser bids with a rank")
    return tuple(Silence(rank, there.count(rank), spoke.count(rank)) for rank in sorted(set(there)))
