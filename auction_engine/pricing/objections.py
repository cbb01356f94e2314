"""Reports reach the parties, and the parties object: who hears what, and until when.

RULE-B8, B9 and B10.
"""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from auction_engine.pricing.inquiry import Objected
from auction_engine.pricing.methods import Method
from auction_engine.sale.deadlines import Deadline, WorkingDays, deadline

DAYS_TO_DELIVER: Final = 3
DAYS_UNTIL_DEEMED: Final = 15
DAYS_TO_OBJECT: Final = 5
DAYS_TO_PASS_ON: Final = 3
DAYS_TO_EXPLAIN: Final = 5


class Ground(StrEnum):
    """What an objection says is wrong."""

    FACTS_WRONG = "facts_wrong"
    SCOPE_WRONG = "scope_wrong"
    NOT_QUALIFIED = "not_qualified"
    SERIOUS_BREACH = "serious_breach"
    # Standard, method or result of an appraisal.
    TECHNICAL = "technical"
    FRAUD = "fraud"
    DURESS = "duress"
    COLLUSION = "collusion"
    FALSE_RESULT = "false_result"
    WRONG_HANDLING = "wrong_handling"


class Hearing(StrEnum):
    """Who deals with an objection, and how."""

    # Like an objection to the conduct of the enforcement (RULE-M1).
    CONDUCT = "conduct"
    # The appraiser explains, then the professional body reviews.
    TECHNICAL = "technical"
    SUPERVISION = "supervision"


_SUPERVISED: Final = frozenset(
    {Ground.FRAUD, Ground.DURESS, Ground.COLLUSION, Ground.FALSE_RESULT, Ground.WRONG_HANDLING}
)


class ObjectionRefused(StrEnum):
    """Why an objection is not heard."""

    NONE_LIES = "none_lies"
    LATE = "late"
    APPRAISAL_ONLY = "appraisal_only"
    ANNOUNCED_ALREADY = "announced_already"
    NOT_DELIVERED = "not_delivered"


class ObjectionState(StrEnum):
    FILED = "filed"
    PASSED_ON = "passed_on"
    EXPLAINED = "explained"
    IN_REVIEW = "in_review"
    DISMISSED = "dismissed"
    CORRECTED = "corrected"
    UPHELD = "upheld"
    # Taken back, as by an objector whom the explanation convinced.
    TAKEN_BACK = "taken_back"
    # Refused unheard: late, or none lies (RULE-B10).
    REFUSED = "refused"


_DECIDED: Final = frozenset(
    {ObjectionState.DISMISSED, ObjectionState.CORRECTED, ObjectionState.UPHELD}
)

# Whatever is not in this table cannot happen (RULE-B9).
OBJECTION_NEXT: Final[Mapping[ObjectionState, frozenset[ObjectionState]]] = MappingProxyType(
    {
        ObjectionState.FILED: _DECIDED | {ObjectionState.PASSED_ON, ObjectionState.TAKEN_BACK},
        ObjectionState.PASSED_ON: frozenset(
            {ObjectionState.EXPLAINED, ObjectionState.IN_REVIEW, ObjectionState.TAKEN_BACK}
        ),
        ObjectionState.EXPLAINED: frozenset({ObjectionState.IN_REVIEW, ObjectionState.TAKEN_BACK}),
        ObjectionState.IN_REVIEW: _DECIDED | {ObjectionState.TAKEN_BACK},
        ObjectionState.DISMISSED: frozenset(),
        ObjectionState.CORRECTED: frozenset(),
        ObjectionState.UPHELD: frozenset(),
        ObjectionState.TAKEN_BACK: frozenset(),
        ObjectionState.REFUSED: frozenset(),
    }
)

IS_OVER: Final = frozenset(state for state, following in OBJECTION_NEXT.items() if not following)


def next_states(hearing: Hearing, state: ObjectionState) -> frozenset[ObjectionState]:
    """What may become of an objection: a technical one goes to the appraiser first, and only
    such a one does (RULE-B9). Supervision lets a price stand or not; it corrects none."""
    following = OBJECTION_NEXT[state]
    if state is not ObjectionState.FILED:
        return following
    if hearing is Hearing.TECHNICAL:
        return following - _DECIDED
    if hearing is Hearing.SUPERVISION:
        return following - {ObjectionState.PASSED_ON, ObjectionState.CORRECTED}
    return following - {ObjectionState.PASSED_ON}


def what_became(states: Iterable[ObjectionState]) -> Objected | None:
    """What all objections to one report come to: the worst for the report first. What was taken
    back or refused unheard was never raised (RULE-B6)."""
    unheard = (ObjectionState.TAKEN_BACK, ObjectionState.REFUSED)
    raised = {state for state in states if state not in unheard}
    if ObjectionState.UPHELD in raised:
        return Objected.UPHELD
    if raised - _DECIDED:
        return Objected.PENDING
    if ObjectionState.CORRECTED in raised:
        return Objected.CORRECTED
    return Objected.DISMISSED if raised else None


def delivery_deadline(report_received_on: date, calendar: WorkingDays) -> Deadline:
    """Until when the court sends a report to the parties (RULE-B8)."""
    return deadline("B8", report_received_on, DAYS_TO_DELIVER, calendar)


def deemed_received(published_on: date) -> Deadline:
    """When a report published for want of an address counts as received: after 15 days. It is
    a fiction and no period for anybody to act in, so it does not roll (RULE-B8)."""
    received_on = published_on + timedelta(days=DAYS_UNTIL_DEEMED)
    return Deadline("B8", published_on, DAYS_UNTIL_DEEMED, received_on, received_on)


def objection_deadline(received_on: date, calendar: WorkingDays) -> Deadline:
    """Until when whoever received a report on this day may object to it (RULE-B9)."""
    return deadline("B9", received_on, DAYS_TO_OBJECT, calendar)


def pass_on_deadline(raised_on: date, calendar: WorkingDays) -> Deadline:
    """Until when the court passes a technical objection to the appraiser (RULE-B9)."""
    return deadline("B9", raised_on, DAYS_TO_PASS_ON, calendar)


def explanation_deadline(passed_on_on: date, calendar: WorkingDays) -> Deadline:
    """Until when the appraiser explains; then the professional body reviews (RULE-B9)."""
    return deadline("B9", passed_on_on, DAYS_TO_EXPLAIN, calendar)


def hear(
    ground: Ground,
    method: Method,
    *,
    raised_on: date,
    until: date | None,
    first_announced_on: date | None,
) -> Hearing | ObjectionRefused:
    """Who hears an objection, or why nobody does (RULE-B9, B10).

    `until` is the last day of the objector's own period, which began with the delivery; None
    where the report has not reached them, who then wait for it.
    """
    if ground in _SUPERVISED:
        is_announced = first_announced_on is not None and first_announced_on <= raised_on
        return ObjectionRefused.ANNOUNCED_ALREADY if is_announced else Hearing.SUPERVISION
    if method in (Method.AGREEMENT, Method.DIRECTED_INQUIRY):
        return ObjectionRefused.NONE_LIES
    if ground is Ground.TECHNICAL and method is not Method.APPRAISAL:
        return ObjectionRefused.APPRAISAL_ONLY
    if until is None:
        return ObjectionRefused.NOT_DELIVERED
    if raised_on > until:
        return ObjectionRefused.LATE
    return Hearing.TECHNICAL if ground is Ground.TECHNICAL else Hearing.CONDUCT
