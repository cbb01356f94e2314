"""The price is fixed, with its method and validity; or found anew when it expired.

RULE-B4, B6, B11 to B13.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from app.db import transaction
from app.models.pricing import PricingProcedure
from app.models.pricing_rows import Course
from app.services.pricing.methods import begin_method
from app.services.pricing.told import tell_of_price
from app.services.pricing.work import Answer, PricingRefusal, Work, begin, is_shut
from auction_engine.pricing.acts import Act
from auction_engine.pricing.agreement import NotAgreed, agreed_price
from auction_engine.pricing.appraisal import DAYS_TO_RENEW
from auction_engine.pricing.inquiry import NoMean
from auction_engine.pricing.methods import Because, Choice, Method, Stage, first_method
from auction_engine.pricing.validity import (
    longest_validity,
    reason_against_validity,
)


@dataclass(frozen=True, slots=True)
class _Price:
    amount: int
    valid_until: date


def fix(
    procedure: PricingProcedure, *, valid_until: date | None, harms_others: bool, by: int
) -> Answer:
    """Fix the price that the method led to. Validity is whoever issued it sets; for an agreed
    price the court writes down what the parties set (RULE-B4, B6, B11)."""
    with transaction() as session:
        work = begin(session, procedure, Act.FIX, on=None, by=by)
        if is_shut(work):
            return work.answer
        price = _price(work, valid_until, harms_others)
        if work.goes and price is not None:
            _write(work, price)
    return work.answer


def renew(procedure: PricingProcedure, *, by: int) -> Answer:
    """Find the price anew: it expired before the first announcement, in the same way and quicker
    (RULE-B12); or supervision found against it, from the beginning (RULE-B10)."""
    with transaction() as session:
        work = begin(session, procedure, Act.RENEW, on=None, by=by)
        if is_shut(work):
            return work.answer
        course = work.course
        work.refuse_if(not course.is_used_up, PricingRefusal.NOT_EXPIRED)
        if not work.goes:
            return work.answer
        if course.is_upheld_since_fixed:
            begin_method(work, first_method(course.circumstances))
        else:
            _once_more(work, course)
    return work.answer


def _price(work: Work, valid_until: date | None, harms_others: bool) -> _Price | None:
    match work.course.stage:
        case Stage.AGREEMENT:
            return _agreed(work, valid_until, harms_others)
        case Stage.DIRECTED_INQUIRY:
            return _answered(work)
    return _reported(work)


def _agreed(work: Work, valid_until: date | None, harms_others: bool) -> _Price | None:
    sides = tuple(party.public_id for party in work.course.sides)
    roles = {party.role for party in work.course.sides}
    work.refuse_if(len(roles) < 2, PricingRefusal.NO_SIDES)
    agreed = agreed_price(work.course.named_prices, sides, harms_others=harms_others)
    until = valid_until or longest_validity(work.on)
    work.refuse(reason_against_validity(work.on, until), "valid_until")
    if isinstance(agreed, NotAgreed):
        work.refuse(agreed, "harms_others" if agreed is NotAgreed.HARMS_OTHERS else "")
        return None
    return _Price(agreed.amount, until)


def _answered(work: Work) -> _Price | None:
    answer = work.course.answer
    if answer is None or answer.amount is None or answer.valid_until is None:
        work.refuse(PricingRefusal.NO_REPORT)
        return None
    return _Price(answer.amount, answer.valid_until)


def _reported(work: Work) -> _Price | None:
    """After everybody could object. Of several validities the shortest counts."""
    course = work.course
    mean = course.price_from_reports
    roles = {party.role for party in course.sides}
    work.refuse_if(len(roles) < 2, PricingRefusal.NO_SIDES)
    work.refuse_if(bool(course.not_reached), PricingRefusal.NOT_DELIVERED)
    ends_on = course.objections_end_on
    work.refuse_if(ends_on is not None and work.on <= ends_on, PricingRefusal.OBJECTIONS_RUNNING)
    if isinstance(mean, NoMean):
        work.refuse(mean)
        return None
    counted = [step.valid_until for step in course.reports if step.source in mean.platforms]
    return _Price(mean.amount, min(until for until in counted if until is not None))


def _write(work: Work, price: _Price) -> None:
    row = work.procedure
    row.price, row.price_method = price.amount, row.method
    row.price_valid_until, row.price_fixed_on = price.valid_until, work.on
    row.price_fixed_by = work.by
    work.move(Stage.FIXED)
    step = work.step("fixed", amount=price.amount, valid_until=price.valid_until)
    tell_of_price(work, step.public_id)


def _once_more(work: Work, course: Course) -> None:
    """The appraiser who issued the expired report makes the new one, in 15 days."""
    issued = course.reports[-1].source if course.method is Method.APPRAISAL else None
    begin_method(work, Choice(course.method, Because.EXPIRED))
    if issued is not None:
        work.step("appraiser", source=issued, note="expired")
        work.step("instructed", source=issued, days=DAYS_TO_RENEW)
