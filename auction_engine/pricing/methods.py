"""The four ways to a reference price, their order, and what may follow what (RULE-B2, B3)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from auction_engine.sale.deadlines import Deadline, WorkingDays, deadline

# The families of law that find a reference price in this way; others have a price of their own.
FAMILIES: Final = frozenset({"cn"})
# From the seizure to the beginning of pricing (RULE-B1).
DAYS_TO_START: Final = 30


class Method(StrEnum):
    """The four methods in the order of the rule (RULE-B2)."""

    AGREEMENT = "agreement"
    DIRECTED_INQUIRY = "directed_inquiry"
    ONLINE_INQUIRY = "online_inquiry"
    APPRAISAL = "appraisal"


ORDER: Final = tuple(Method)


class Stage(StrEnum):
    """Where a procedure stands: with a method, with the objections, or at its end."""

    AGREEMENT = "agreement"
    DIRECTED_INQUIRY = "directed_inquiry"
    ONLINE_INQUIRY = "online_inquiry"
    APPRAISAL = "appraisal"
    # Reports are there: they are delivered, and objections run.
    OBJECTIONS = "objections"
    FIXED = "fixed"
    STAYED = "stayed"
    WITHDRAWN = "withdrawn"


# Whatever is not in this table cannot happen. A method that failed is not tried again, but an
# appraisal by the next appraiser; a price that expired before the first announcement is found
# anew (RULE-B12); what was stayed goes back to where it was (RULE-B14).
NEXT: Final[Mapping[Stage, frozenset[Stage]]] = MappingProxyType(
    {
        Stage.AGREEMENT: frozenset(
            {
                Stage.DIRECTED_INQUIRY,
                Stage.ONLINE_INQUIRY,
                Stage.APPRAISAL,
                Stage.FIXED,
                Stage.STAYED,
                Stage.WITHDRAWN,
            }
        ),
        Stage.DIRECTED_INQUIRY: frozenset(
            {Stage.ONLINE_INQUIRY, Stage.APPRAISAL, Stage.FIXED, Stage.STAYED, Stage.WITHDRAWN}
        ),
        Stage.ONLINE_INQUIRY: frozenset(
            {Stage.APPRAISAL, Stage.OBJECTIONS, Stage.STAYED, Stage.WITHDRAWN}
        ),
        Stage.APPRAISAL: frozenset({Stage.OBJECTIONS, Stage.STAYED, Stage.WITHDRAWN}),
        Stage.OBJECTIONS: frozenset({Stage.APPRAISAL, Stage.FIXED, Stage.STAYED, Stage.WITHDRAWN}),
        Stage.FIXED: frozenset(
            {Stage.AGREEMENT, Stage.DIRECTED_INQUIRY, Stage.ONLINE_INQUIRY, Stage.APPRAISAL}
        ),
        Stage.STAYED: frozenset(
            {
                Stage.AGREEMENT,
                Stage.DIRECTED_INQUIRY,
                Stage.ONLINE_INQUIRY,
                Stage.APPRAISAL,
                Stage.OBJECTIONS,
                Stage.WITHDRAWN,
            }
        ),
        Stage.WITHDRAWN: frozenset(),
    }
)


class StayGround(StrEnum):
    """Why pricing must wait (RULE-B14)."""

    CASE_STAYED = "case_stayed"
    CASE_STOPPED = "case_stopped"
    DATA_WRONG = "data_wrong"


class WithdrawalGround(StrEnum):
    """Why pricing must end without a price (RULE-B14)."""

    APPLICATION_WITHDRAWN = "application_withdrawn"
    DEBT_PAID = "debt_paid"
    TITLE_ANNULLED = "title_annulled"


class Because(StrEnum):
    """Why a method is the next one."""

    FIRST_IN_ORDER = "first_in_order"
    PUBLIC_PRICE = "public_price"
    FIT_FOR_PLATFORMS = "fit_for_platforms"
    NOTHING_ELSE = "nothing_else"
    LAW_REQUIRES = "law_requires"
    BOTH_ASK = "both_ask"
    # The price found this way expired before the first announcement (RULE-B12).
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What decides which method is open (RP 4, 5, 7, 14)."""

    # A tax base price, a price fixed by government, or a guided one.
    public_price: bool = False
    # The platforms hold what they need, and nobody has to inspect the thing on the spot.
    fit_for_platforms: bool = False
    law_requires_appraisal: bool = False
    # One side refuses to agree on a price, or cannot be found.
    no_agreement_possible: bool = False
    both_ask_for: Method | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    method: Method
    because: Because


def first_method(known: Circumstances) -> Choice:
    """The method to begin with: agreement, unless the law or both parties say otherwise, or one
    side refuses or is missing (RULE-B3)."""
    jump = _jump(known)
    if jump is not None:
        return jump
    if not known.no_agreement_possible:
        return Choice(Method.AGREEMENT, Because.FIRST_IN_ORDER)
    return following_method(Method.AGREEMENT, known)


def following_method(failed: Method, known: Circumstances) -> Choice:
    """The next method in the order whose condition holds; appraisal always does, and after a
    failed appraisal it is the next appraiser's (RULE-B3, B7)."""
    jump = _jump(known)
    if jump is not None and ORDER.index(jump.method) > ORDER.index(failed):
        return jump
    if failed is Method.AGREEMENT and known.public_price:
        return Choice(Method.DIRECTED_INQUIRY, Because.PUBLIC_PRICE)
    if failed in (Method.AGREEMENT, Method.DIRECTED_INQUIRY) and known.fit_for_platforms:
        return Choice(Method.ONLINE_INQUIRY, Because.FIT_FOR_PLATFORMS)
    return Choice(Method.APPRAISAL, Because.NOTHING_ELSE)


def _jump(known: Circumstances) -> Choice | None:
    """What the law requires, or both parties together ask for, where its condition holds."""
    if known.law_requires_appraisal:
        return Choice(Method.APPRAISAL, Because.LAW_REQUIRES)
    asked = known.both_ask_for
    if asked is not None and is_open_for(asked, known):
        return Choice(asked, Because.BOTH_ASK)
    return None


def is_open_for(method: Method, known: Circumstances) -> bool:
    """Whether the condition of a method holds, so that both parties may ask for it at once."""
    match method:
        case Method.DIRECTED_INQUIRY:
            return known.public_price
        case Method.ONLINE_INQUIRY:
            return known.fit_for_platforms
    return True


def start_deadline(seized_on: date, calendar: WorkingDays) -> Deadline:
    """Until when pricing of what was seized on `seized_on` begins (RULE-B1)."""
    return deadline("B1", seized_on, DAYS_TO_START, calendar)
