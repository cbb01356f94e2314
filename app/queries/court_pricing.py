"""What the pages about a reference price show: what is due and why, and who is paid for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from app.models.bidding import Outcome
from app.models.cases import AssetRecord, CaseRecord
from app.models.pricing import PricingProcedure, PricingStep
from app.models.pricing_rows import Course, course_of
from app.models.sales import LotRecord, SaleRecord
from auction_engine.pricing.acts import OPEN_IN, Act
from auction_engine.pricing.appraisal import file_back_deadline, report_deadline
from auction_engine.pricing.fees import appraisal_fee_base, inquiry_fee_shares
from auction_engine.pricing.inquiry import answer_deadline
from auction_engine.pricing.methods import Method, Stage, start_deadline
from auction_engine.pricing.objections import (
    delivery_deadline,
    explanation_deadline,
    objection_deadline,
    pass_on_deadline,
)
from auction_engine.pricing.validity import last_auction_day
from auction_engine.sale.deadlines import Deadline, WorkingDays, court_deadline

# A desk shows so many things of each kind; more stand with their cases.
MOST_LINES = 200


@dataclass(frozen=True, slots=True)
class Due:
    """Something that has its day. `what` is a key of `app.web.court.pricing_words`."""

    what: str
    deadline: Deadline
    who: str = ""
    is_over: bool = False


@dataclass(frozen=True, slots=True)
class Fee:
    """Who is paid for the price, or from what the fee is counted (RULE-B15)."""

    platforms: tuple[str, ...] = ()
    base: int | None = None
    by_actual_cost: bool = False


@dataclass(frozen=True, slots=True)
class DeskLine:
    """What a court has to do about the price of an asset."""

    act: str
    asset: AssetRecord
    case: CaseRecord
    deadline: Deadline


def open_acts(course: Course) -> list[Act]:
    """What the stage allows and what is not plainly done already; the service decides."""
    acts = list(OPEN_IN[course.stage])
    hidden: set[Act] = set()
    if course.stage is Stage.ONLINE_INQUIRY:
        hidden = {Act.SEND_INQUIRY} if course.inquiry else _AFTER_SENDING
    elif course.stage is Stage.APPRAISAL:
        hidden = _not_for_appraiser(course)
    elif course.stage is Stage.FIXED and not course.is_used_up:
        hidden = {Act.RENEW}
    return [act for act in acts if act not in hidden]


_AFTER_SENDING = {Act.REPORT, Act.PLATFORM_ASKS_TIME, Act.EXTEND_INQUIRY, Act.DELIVER}
_AT_WORK = {Act.REPORT, Act.APPRAISER_ASKS_TIME, Act.FILE_BACK, Act.DELIVER}


def _not_for_appraiser(course: Course) -> set[Act]:
    if course.instruction is not None:
        return {Act.CHOOSE_APPRAISERS, Act.INSTRUCT}
    if course.next_appraiser is not None:
        return {Act.CHOOSE_APPRAISERS, *_AT_WORK}
    return {Act.INSTRUCT, *_AT_WORK}


def deadlines(course: Course) -> list[Due]:
    """What runs now, the nearest first, each with how it was counted."""
    found = [*_of_stage(course), *_of_objections(course)]
    due = [
        Due(each.what, each.deadline, each.who, each.deadline.due_on < course.today)
        for each in found
    ]
    return sorted(due, key=lambda each: each.deadline.due_on)


def _of_stage(course: Course) -> Iterator[Due]:
    calendar = course.calendar
    match course.stage:
        case Stage.ONLINE_INQUIRY if course.inquiry is not None:
            yield Due("platforms_answer", answer_deadline(course.inquiry, calendar))
        case Stage.APPRAISAL if course.instruction is not None and not course.reports:
            at_work = course.instruction
            yield Due("appraiser_reports", report_deadline(at_work, calendar), at_work.appraiser)
            if report_deadline(at_work, calendar).due_on < course.today:
                yield Due("file_back", file_back_deadline(at_work, calendar), at_work.appraiser)
        case Stage.FIXED if course.first_announced_on is None:
            fixed_on = course.procedure.price_fixed_on
            if fixed_on is not None:
                yield Due("begin_sale", court_deadline("B13", fixed_on, calendar))
    yield from _of_delivery(course)


def _of_delivery(course: Course) -> Iterator[Due]:
    """Reports go out, and whoever has received them may object (RULE-B8, B9)."""
    if course.stage not in (Stage.ONLINE_INQUIRY, Stage.APPRAISAL, Stage.OBJECTIONS):
        return
    if course.reports and course.not_reached:
        came_on = max(step.happened_on for step in course.reports)
        names = ", ".join(party.name for party in course.not_reached)
        yield Due("deliver", delivery_deadline(came_on, course.calendar), names)
    by_id = {party.id: party.name for party in course.parties}
    for party_id, received_on in course.received.items():
        yield Due(
            "object", objection_deadline(received_on, course.calendar), by_id.get(party_id, "")
        )


def _of_objections(course: Course) -> Iterator[Due]:
    for each in course.open_objections:
        if each.hearing != "technical":
            continue
        if each.state == "filed":
            yield Due("pass_on", pass_on_deadline(each.raised_on, course.calendar))
        elif each.state == "passed_on":
            yield Due("explain", explanation_deadline(each.moved_on, course.calendar))


def usable_until(course: Course) -> date | None:
    """The last day of an auction with this price, if it is announced in time (RULE-B11)."""
    until = course.procedure.price_valid_until
    return last_auction_day(until) if until is not None else None


def listed_platforms(session: Session, court_id: int) -> list[str]:
    """The platforms of this court's last inquiry, for the next one to begin with."""
    last = session.scalars(
        select(PricingStep.procedure_id)
        .where(PricingStep.court_id == court_id, PricingStep.kind == "commissioned")
        .order_by(PricingStep.id.desc())
        .limit(1)
    ).one_or_none()
    if last is None:
        return []
    names = session.scalars(
        select(PricingStep.source)
        .where(PricingStep.procedure_id == last, PricingStep.kind == "commissioned")
        .order_by(PricingStep.id)
    )
    return list(dict.fromkeys(names))


def fee_of(session: Session, course: Course) -> Fee | None:
    """Who is paid once it is known what the thing sold for (RULE-B15)."""
    ended = session.scalars(
        select(Outcome)
        .join(SaleRecord, SaleRecord.id == Outcome.sale_id)
        .join(LotRecord, LotRecord.id == SaleRecord.lot_id)
        .where(LotRecord.asset_id == course.procedure.asset_id)
        .order_by(SaleRecord.number.desc())
        .limit(1)
    ).one_or_none()
    if ended is None or ended.status not in ("sold", "unsold") or not course.reports:
        return None
    price = ended.price if ended.status == "sold" else None
    if course.method is Method.ONLINE_INQUIRY:
        if price is None:
            return None
        found = {step.source: course.as_report(step).amount for step in course.reports}
        return Fee(platforms=tuple(inquiry_fee_shares(0, found, price)))
    base = appraisal_fee_base(course.as_report(course.reports[-1]).amount, price)
    return Fee(base=base, by_actual_cost=base is None)


def desk_lines(
    session: Session, court_id: int, calendar: WorkingDays, now: datetime
) -> Iterator[DeskLine]:
    """Things whose pricing is to begin (RULE-B1), goes on, or led to a price for which nothing
    was drafted (RULE-B13)."""
    yield from _to_begin(session, court_id, calendar)
    rows = session.execute(
        select(PricingProcedure, AssetRecord, CaseRecord)
        .join(AssetRecord, AssetRecord.id == PricingProcedure.asset_id)
        .join(CaseRecord, CaseRecord.id == PricingProcedure.case_id)
        .where(
            PricingProcedure.court_id == court_id,
            PricingProcedure.state.not_in(("stayed", "withdrawn")),
            CaseRecord.state == "open",
            # Once a sale is drafted its own deadlines stand on the desk.
            ~exists().where(LotRecord.asset_id == PricingProcedure.asset_id),
        )
        .order_by(PricingProcedure.id)
        .limit(MOST_LINES)
    )
    for procedure, asset, case in rows:
        running = deadlines(course_of(session, procedure, now))
        if running:
            nearest = running[0]
            act = "begin_sale" if nearest.what == "begin_sale" else "find_price"
            yield DeskLine(act, asset, case, nearest.deadline)


def _to_begin(session: Session, court_id: int, calendar: WorkingDays) -> Iterator[DeskLine]:
    rows = session.execute(
        select(AssetRecord, CaseRecord)
        .join(CaseRecord, CaseRecord.id == AssetRecord.case_id)
        .where(
            AssetRecord.court_id == court_id,
            AssetRecord.seized_on.is_not(None),
            CaseRecord.state == "open",
            ~exists().where(PricingProcedure.asset_id == AssetRecord.id),
            ~exists().where(LotRecord.asset_id == AssetRecord.id),
        )
        .order_by(AssetRecord.seized_on, AssetRecord.id)
        .limit(MOST_LINES)
    )
    for asset, case in rows:
        yield DeskLine("start_pricing", asset, case, start_deadline(asset.seized_on, calendar))
