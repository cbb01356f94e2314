"""An online inquiry: to all listed platforms at once, and their one extension (RULE-B5)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from app.db import transaction
from app.models.pricing import PricingProcedure
from app.services.pricing.work import Answer, PricingRefusal, begin, is_shut
from auction_engine.pricing.acts import Act
from auction_engine.pricing.inquiry import DAYS_OF_EXTENSION, reason_not_to_extend


def send_inquiry(
    procedure: PricingProcedure, platforms: Sequence[str], *, on: date | None, by: int
) -> Answer:
    """One inquiry to every platform of the list on one day. Which those are, the court says."""
    with transaction() as session:
        work = begin(session, procedure, Act.SEND_INQUIRY, on=on, by=by)
        if is_shut(work):
            return work.answer
        work.refuse_if(work.course.inquiry is not None, PricingRefusal.SENT_ALREADY)
        work.refuse_if(
            len(set(platforms)) < len(platforms), PricingRefusal.SAME_NAME_TWICE, "platforms"
        )
        if work.goes:
            for platform in platforms:
                work.step("commissioned", source=platform)
    return work.answer


def platform_asks_time(
    procedure: PricingProcedure, *, source: str, on: date | None, by: int
) -> Answer:
    """Kept with its day: only what was asked in time can lead to an extension."""
    with transaction() as session:
        work = begin(session, procedure, Act.PLATFORM_ASKS_TIME, on=on, by=by)
        if is_shut(work):
            return work.answer
        inquiry = work.course.inquiry
        work.refuse_if(inquiry is None, PricingRefusal.NOT_SENT)
        known = inquiry.platforms if inquiry else (source,)
        work.refuse_if(source not in known, PricingRefusal.UNKNOWN_SOURCE, "source")
        if work.goes:
            work.step("time_asked", source=source)
    return work.answer


def extend_inquiry(procedure: PricingProcedure, *, by: int) -> Answer:
    """Three days more, once, and only if nobody answered in time (RULE-B5)."""
    with transaction() as session:
        work = begin(session, procedure, Act.EXTEND_INQUIRY, on=None, by=by)
        if is_shut(work):
            return work.answer
        inquiry = work.course.inquiry
        if inquiry is None:
            work.refuse(PricingRefusal.NOT_SENT)
        else:
            work.refuse(reason_not_to_extend(inquiry, work.on, work.course.calendar))
        if work.goes:
            work.step("extended", days=DAYS_OF_EXTENSION)
    return work.answer
