"""Beginning to find a price, the next method when one fails, stays, ends (RULE-B1 to B3, B14)."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.db import transaction
from app.gateways.clock import legal_now
from app.models.cases import AssetRecord, CaseRecord
from app.models.courts import CourtRecord
from app.models.pricing import PricingProcedure
from app.models.pricing_rows import Course, course_of, procedure_of
from app.services.pricing.work import (
    Answer,
    PricingRefusal,
    Refusal,
    Work,
    begin,
    is_shut,
)
from auction_engine.pricing.acts import Act
from auction_engine.pricing.inquiry import InquiryState, NoMean, inquiry_state
from auction_engine.pricing.methods import (
    FAMILIES,
    Choice,
    Circumstances,
    Method,
    Stage,
    StayGround,
    WithdrawalGround,
    first_method,
    following_method,
)


def start(
    asset: AssetRecord, known: Circumstances, *, currency: str, on: date | None, by: int
) -> Answer:
    """Begin with the method that the rule puts first (RULE-B1, B3)."""
    with transaction() as session:
        # The asset's row, so that two clerks do not begin two procedures for one thing.
        session.get_one(AssetRecord, asset.id, with_for_update=True)
        now = legal_now(session, asset.court_id)
        today = _day_at(session, asset.court_id, now)
        refusals = _reasons_not_to_start(session, asset, on or today, today)
        if refusals:
            return refusals
        choice = first_method(known)
        procedure = PricingProcedure(
            court_id=asset.court_id,
            case_id=asset.case_id,
            asset_id=asset.id,
            currency=currency,
            state=choice.method.value,
            method=choice.method.value,
            started_on=on or today,
            started_by=by,
        )
        _note_circumstances(procedure, known)
        session.add(procedure)
        session.flush()
        work = Work(session, course_of(session, procedure, now), on or today, by)
        work.step("begun", note=choice.because.value)
    return procedure


def next_method(
    procedure: PricingProcedure, known: Circumstances, *, reason: str, by: int
) -> Answer:
    """Give up a method that failed and go on with the next one open (RULE-B3, B5, B7)."""
    with transaction() as session:
        work = begin(session, procedure, Act.NEXT_METHOD, on=None, by=by)
        if is_shut(work):
            return work.answer
        work.refuse_if(_is_still_open(work.course), PricingRefusal.STILL_OPEN)
        if work.goes:
            _note_circumstances(work.procedure, known)
            failed = work.course.method
            work.step("failed", note=reason)
            if failed is Method.APPRAISAL:
                # Whoever's report did not stand gives the file back; the next one is asked.
                work.step("file_back", source=work.course.reports[0].source)
                work.move(Stage.APPRAISAL)
            else:
                begin_method(work, following_method(failed, known))
    return work.answer


def begin_method(work: Work, choice: Choice) -> None:
    """Turn to a method: what happens from here on belongs to it."""
    work.procedure.method = choice.method.value
    work.move(Stage(choice.method.value))
    work.step("begun", note=choice.because.value)


def stay(procedure: PricingProcedure, ground: StayGround, *, by: int) -> Answer:
    """Hold everything still: the case is stayed or stopped, or the data is wrong (RULE-B14)."""
    with transaction() as session:
        work = begin(session, procedure, Act.STAY, on=None, by=by)
        if work.goes:
            work.procedure.stayed_in = work.procedure.state
            work.move(Stage.STAYED)
            work.step("stayed", note=ground.value)
    return work.answer


def resume(procedure: PricingProcedure, *, by: int) -> Answer:
    """Go on where the stay began, with the days that were left then (RULE-B14)."""
    with transaction() as session:
        work = begin(session, procedure, Act.RESUME, on=None, by=by)
        if work.goes:
            stage = Stage(work.procedure.stayed_in or work.procedure.method)
            work.procedure.stayed_in = None
            work.move(stage)
            work.step("resumed")
    return work.answer


def withdraw(procedure: PricingProcedure, ground: WithdrawalGround, *, by: int) -> Answer:
    """End without a price: nothing is left to enforce (RULE-B14)."""
    with transaction() as session:
        work = begin(session, procedure, Act.WITHDRAW, on=None, by=by)
        if work.goes:
            work.procedure.stayed_in = None
            work.move(Stage.WITHDRAWN)
            work.step("withdrawn", note=ground.value)
    return work.answer


def _reasons_not_to_start(
    session: Session, asset: AssetRecord, on: date, today: date
) -> tuple[Refusal, ...]:
    case = session.get_one(CaseRecord, asset.case_id)
    family = session.get_one(CourtRecord, asset.court_id).rule_family
    found = {
        Refusal(PricingRefusal.OTHER_LAW): family not in FAMILIES,
        Refusal(PricingRefusal.STARTED_ALREADY): procedure_of(session, asset.id) is not None,
        Refusal(PricingRefusal.CASE_ENDED): case.state != "open",
        Refusal(PricingRefusal.IN_THE_FUTURE, "on"): on > today,
    }
    return tuple(refusal for refusal, holds in found.items() if holds)


def _is_still_open(course: Course) -> bool:
    """Whether the method may still find a price. A court gives agreement and directed inquiry up
    when it sees that they lead nowhere; platforms and appraisers have their time (RULE-B5)."""
    if course.stage is Stage.OBJECTIONS:
        return course.price_from_reports is not NoMean.NONE_STANDS
    if course.stage is not Stage.ONLINE_INQUIRY:
        return False
    inquiry = course.inquiry
    if inquiry is None:
        return False
    return inquiry_state(inquiry, course.today, course.calendar) is not InquiryState.FAILED


def _note_circumstances(procedure: PricingProcedure, known: Circumstances) -> None:
    procedure.public_price = known.public_price
    procedure.fit_for_platforms = known.fit_for_platforms
    procedure.law_requires_appraisal = known.law_requires_appraisal
    procedure.no_agreement_possible = known.no_agreement_possible
    procedure.both_ask_for = known.both_ask_for.value if known.both_ask_for else None


def _day_at(session: Session, court_id: int, now: datetime) -> date:
    court = session.get_one(CourtRecord, court_id)
    return now.astimezone(ZoneInfo(court.timezone)).date()
