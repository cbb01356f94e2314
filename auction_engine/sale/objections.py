"""Objections to a sale: two kinds, their way through the court, and every period in it.

An objection to *conduct* says that the court acted wrongly (CPL 236; RULE-M1). A *third party*
says that the property is theirs, or that a right of theirs forbids its sale (CPL 238; RULE-M2).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from auction_engine.sale.deadlines import Deadline, WorkingDays, deadline
from auction_engine.sale.stopping import Duty


class Kind(StrEnum):
    CONDUCT = "conduct"
    THIRD_PARTY = "third_party"


class State(StrEnum):
    FILED = "filed"
    # The court has taken it in: the days to rule run, and what must be stayed is stayed.
    RECEIVED = "received"
    WITHDRAWN = "withdrawn"
    UPHELD = "upheld"
    DISMISSED = "dismissed"
    # Reconsideration by the higher court, or a suit by or against the third party.
    IN_REVIEW = "in_review"
    CONFIRMED = "confirmed"
    OVERTURNED = "overturned"


# What is not here cannot happen; the trigger of the database repeats it.
NEXT: Final[Mapping[State, frozenset[State]]] = MappingProxyType(
    {
        State.FILED: frozenset({State.RECEIVED, State.WITHDRAWN}),
        State.RECEIVED: frozenset({State.UPHELD, State.DISMISSED, State.WITHDRAWN}),
        State.UPHELD: frozenset({State.IN_REVIEW}),
        State.DISMISSED: frozenset({State.IN_REVIEW}),
        State.IN_REVIEW: frozenset({State.CONFIRMED, State.OVERTURNED}),
        State.WITHDRAWN: frozenset(),
        State.CONFIRMED: frozenset(),
        State.OVERTURNED: frozenset(),
    }
)
DECIDED: Final = frozenset({State.UPHELD, State.DISMISSED})

DAYS_TO_RULE: Final = 15
DAYS_TO_SEEK_RECONSIDERATION: Final = 10
DAYS_TO_SUE: Final = 15
DAYS_WITHOUT_DISPOSAL: Final = 15
_RULES: Final = MappingProxyType({Kind.CONDUCT: "M1", Kind.THIRD_PARTY: "M2"})


def duty_to_stay(kind: Kind) -> Duty:
    """A third party's objection stays the sale; one to conduct may (OJS 36; RULE-L8)."""
    return Duty.MUST if kind is Kind.THIRD_PARTY else Duty.MAY


def ruling_deadline(kind: Kind, received_on: date, calendar: WorkingDays) -> Deadline:
    """The court rules within 15 days of receiving the objection (RULE-M1, RULE-M2)."""
    return deadline(_RULES[kind], received_on, DAYS_TO_RULE, calendar)


def review_deadline(kind: Kind, served_on: date, calendar: WorkingDays) -> Deadline:
    """Until when reconsideration may be sought (10 days) or a suit brought (15 days)."""
    days = DAYS_TO_SEEK_RECONSIDERATION if kind is Kind.CONDUCT else DAYS_TO_SUE
    return deadline(_RULES[kind], served_on, days, calendar)


def protected_until(served_on: date) -> date:
    """The last of the 15 days after service of a dismissal in which nothing is disposed of.

    It protects somebody, so no working day shortens it, and none makes it longer (RULE-M2).
    """
    return served_on + timedelta(days=DAYS_WITHOUT_DISPOSAL)


@dataclass(frozen=True, slots=True)
class Standing:
    """An objection as far as it bears on the property. `dismissed`: what the court decided."""

    kind: Kind
    state: State
    dismissed: bool
    served_on: date | None


def forbids_disposal(objection: Standing, today: date) -> bool:
    """Whether the property may not be disposed of because of this objection (RULE-M2, RULE-L8).

    One to conduct never forbids it by itself. A third party's does from the moment the court has
    it until it is dismissed and the 15 days after service are over, and while a suit is pending.
    """
    if objection.kind is Kind.CONDUCT:
        return False
    match objection.state:
        case State.WITHDRAWN:
            return False
        case State.DISMISSED:
            served_on = objection.served_on
            return served_on is None or today <= protected_until(served_on)
        case State.CONFIRMED:
            return not objection.dismissed
        case State.OVERTURNED:
            return objection.dismissed
        case _:
            return True


def comes_too_late(
    kind: Kind, *, case_ended: bool, handed_over: bool, bought_by_party: bool
) -> bool:
    """Objections end with the enforcement: of the case, or of that one thing (RULE-M1, RULE-M2).

    A third party's comes too late once the thing is with its buyer, unless a party bought it:
    then it may come until the whole enforcement ends.
    """
    if kind is Kind.CONDUCT or bought_by_party:
        return case_ended
    return case_ended or handed_over
