"""How long a reference price may be used, and what follows when it expired (RULE-B11 to B13)."""

from datetime import date
from enum import StrEnum
from typing import Final

from auction_engine.pricing.appraisal import DAYS_TO_RENEW
from auction_engine.pricing.inquiry import DAYS_TO_ANSWER
from auction_engine.pricing.methods import Method
from auction_engine.sale.calendar import months_after

LONGEST_MONTHS: Final = 12
GRACE_MONTHS: Final = 6


class ValidityRefused(StrEnum):
    LONGER_THAN_A_YEAR = "longer_than_a_year"
    ENDS_BEFORE_IT_BEGINS = "ends_before_it_begins"


def longest_validity(issued_on: date) -> date:
    """The last day to which a price issued on `issued_on` may be valid: one year (RULE-B11)."""
    return months_after(issued_on, LONGEST_MONTHS)


def reason_against_validity(issued_on: date, valid_until: date) -> ValidityRefused | None:
    """Set by whoever issues it, at most a year; for agreed and asked prices likewise."""
    if valid_until < issued_on:
        return ValidityRefused.ENDS_BEFORE_IT_BEGINS
    if valid_until > longest_validity(issued_on):
        return ValidityRefused.LONGER_THAN_A_YEAR
    return None


def last_auction_day(valid_until: date) -> date:
    """The last day of an auction whose first announcement came in time (RULE-B11)."""
    return months_after(valid_until, GRACE_MONTHS)


def needs_new_price(valid_until: date, *, announced_on: date, auction_on: date) -> bool:
    """Whether a sale first announced and held on these days needs a new price (RULE-B11)."""
    return announced_on > valid_until or auction_on > last_auction_day(valid_until)


def is_expired_before_announcement(
    valid_until: date, on: date, first_announced_on: date | None
) -> bool:
    """Whether the price must be found anew because nothing was announced within it (RULE-B12)."""
    announced_in_time = first_announced_on is not None and first_announced_on <= valid_until
    return on > valid_until and not announced_in_time


def days_to_renew(method: Method) -> int | None:
    """How long a new report takes after the old expired: 3 days for platforms, 15 for the
    appraiser; what parties or authorities said has no such time (RULE-B12)."""
    match method:
        case Method.ONLINE_INQUIRY:
            return DAYS_TO_ANSWER
        case Method.APPRAISAL:
            return DAYS_TO_RENEW
    return None
