"""Online inquiry: all listed platforms at once, three days, and the mean of what they find.

RULE-B5 and B6.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from auction_engine.invariants import ensure
from auction_engine.pricing.pauses import Pause, after_pauses
from auction_engine.sale.deadlines import Deadline, WorkingDays, deadline

DAYS_TO_ANSWER: Final = 3
DAYS_OF_EXTENSION: Final = 3


class Objected(StrEnum):
    """What became of an admissible objection to a report."""

    PENDING = "pending"
    DISMISSED = "dismissed"
    CORRECTED = "corrected"
    UPHELD = "upheld"


@dataclass(frozen=True, slots=True)
class Report:
    """What one platform found. `amount` is the corrected one where it was corrected."""

    platform: str
    amount: int
    received_on: date
    objected: Objected | None = None


@dataclass(frozen=True, slots=True)
class Inquiry:
    """One inquiry: it went to all `platforms` on the same day. `reports` in their order."""

    platforms: tuple[str, ...]
    sent_on: date
    reports: tuple[Report, ...] = ()
    # Who asked for more time, and when.
    asked: tuple[tuple[str, date], ...] = ()
    is_extended: bool = False
    pauses: tuple[Pause, ...] = ()


class InquiryState(StrEnum):
    RUNNING = "running"
    # All answered, or the time is over and some did.
    ANSWERED = "answered"
    # The time is over, nobody answered, and somebody asked for more in time.
    EXTENSION_OPEN = "extension_open"
    FAILED = "failed"


class ExtensionRefused(StrEnum):
    STILL_RUNNING = "still_running"
    SOME_ANSWERED = "some_answered"
    NOBODY_ASKED = "nobody_asked"
    EXTENDED_ALREADY = "extended_already"


class NoMean(StrEnum):
    """Why no reference price follows from the reports."""

    NO_REPORT = "no_report"
    # All were objected to, and not everything is decided.
    UNDECIDED = "undecided"
    # All were objected to, and none stood.
    NONE_STANDS = "none_stands"


@dataclass(frozen=True, slots=True)
class Mean:
    """The reference price, and the platforms whose results it comes from."""

    amount: int
    platforms: tuple[str, ...]


def missing_platforms(listed: Sequence[str], asked: Sequence[str]) -> tuple[str, ...]:
    """The platforms that an inquiry leaves out; it goes to all of them at once (RULE-B5)."""
    return tuple(platform for platform in listed if platform not in asked)


def answer_deadline(inquiry: Inquiry, calendar: WorkingDays) -> Deadline:
    """Until when platforms answer: 3 days, and once 3 more (RULE-B5)."""
    days = DAYS_TO_ANSWER + (DAYS_OF_EXTENSION if inquiry.is_extended else 0)
    return after_pauses(deadline("B5", inquiry.sent_on, days, calendar), inquiry.pauses, calendar)


def in_time(inquiry: Inquiry, calendar: WorkingDays) -> tuple[Report, ...]:
    """The reports that came before the time was over; of a platform that corrected its own in
    time, the corrected one (RULE-B6)."""
    due_on = answer_deadline(inquiry, calendar).due_on
    came = [report for report in inquiry.reports if report.received_on <= due_on]
    return tuple({report.platform: report for report in came}.values())


def inquiry_state(inquiry: Inquiry, on: date, calendar: WorkingDays) -> InquiryState:
    """How an inquiry stands on a day (RULE-B5)."""
    answered = {report.platform for report in in_time(inquiry, calendar)}
    if answered >= set(inquiry.platforms):
        return InquiryState.ANSWERED
    if on <= answer_deadline(inquiry, calendar).due_on:
        return InquiryState.RUNNING
    if answered:
        return InquiryState.ANSWERED
    if _asked_in_time(inquiry, calendar) and not inquiry.is_extended:
        return InquiryState.EXTENSION_OPEN
    return InquiryState.FAILED


def reason_not_to_extend(
    inquiry: Inquiry, on: date, calendar: WorkingDays
) -> ExtensionRefused | None:
    """One extension, only if none answered in time; if some did, the others get none (RULE-B5)."""
    if inquiry.is_extended:
        return ExtensionRefused.EXTENDED_ALREADY
    if in_time(inquiry, calendar):
        return ExtensionRefused.SOME_ANSWERED
    if on <= answer_deadline(inquiry, calendar).due_on:
        return ExtensionRefused.STILL_RUNNING
    if not _asked_in_time(inquiry, calendar):
        return ExtensionRefused.NOBODY_ASKED
    return None


def reference_price(reports: Sequence[Report]) -> Mean | NoMean:
    """The mean of the results not objected to; if all were, of those whose objection failed or
    that were corrected (RULE-B6)."""
    if not reports:
        return NoMean.NO_REPORT
    counted = [report for report in reports if report.objected is None]
    if not counted:
        if any(report.objected is Objected.PENDING for report in reports):
            return NoMean.UNDECIDED
        stood = (Objected.DISMISSED, Objected.CORRECTED)
        counted = [report for report in reports if report.objected in stood]
    if not counted:
        return NoMean.NONE_STANDS
    amount = mean([report.amount for report in counted])
    return Mean(amount, tuple(report.platform for report in counted))


def mean(amounts: Sequence[int]) -> int:
    """The arithmetic mean to the nearest minor unit, a half upwards."""
    ensure(len(amounts) > 0, "a mean is of something")
    ensure(all(amount >= 0 for amount in amounts), "no price is negative")
    return (2 * sum(amounts) + len(amounts)) // (2 * len(amounts))


def _asked_in_time(inquiry: Inquiry, calendar: WorkingDays) -> bool:
    due_on = answer_deadline(inquiry, calendar).due_on
    return any(on <= due_on for _platform, on in inquiry.asked)
