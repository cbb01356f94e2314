"""Reports reach the parties, and their objections are heard (RULE-B8 to B10)."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from sqlalchemy.orm import Session

from app.db import transaction
from app.models.cases import Party
from app.models.pricing import PricingObjection, PricingProcedure, PricingStep
from app.models.pricing_rows import Course
from app.services.pricing.told import tell_of_objection, tell_of_reports
from app.services.pricing.work import Answer, PricingRefusal, Work, begin, is_shut
from auction_engine.pricing.acts import Act
from auction_engine.pricing.inquiry import InquiryState, inquiry_state
from auction_engine.pricing.methods import Method, Stage
from auction_engine.pricing.objections import (
    Ground,
    Hearing,
    ObjectionRefused,
    ObjectionState,
    deemed_received,
    hear,
    next_states,
    objection_deadline,
)


class Delivery(StrEnum):
    DELIVERED = "delivered"
    # On the enforcement information site, for want of an address.
    PUBLISHED = "published"


def deliver(
    procedure: PricingProcedure, party: Party, way: Delivery, *, on: date | None, by: int
) -> Answer:
    """The reports went to a party; with the first delivery the objections begin (RULE-B8)."""
    with transaction() as session:
        work = begin(session, procedure, Act.DELIVER, on=on, by=by)
        if is_shut(work):
            return work.answer
        course = work.course
        reports = course.reports
        work.refuse_if(not reports, PricingRefusal.NO_REPORT)
        work.refuse_if(_answers_running(course), PricingRefusal.ANSWERS_RUNNING)
        early = any(work.on < each.happened_on for each in reports)
        work.refuse_if(early, PricingRefusal.BEFORE_THE_STEP_BEFORE, "on")
        work.refuse_if(party.case_id != work.procedure.case_id, PricingRefusal.NOT_A_SIDE, "party")
        work.refuse_if(party.id in course.received, PricingRefusal.DELIVERED_ALREADY, "party")
        if work.goes:
            until = _may_object_until(work, way)
            step = work.step("delivered", party_id=party.id, note=way.value, answer_by=until)
            work.move(Stage.OBJECTIONS)
            tell_of_reports(work, party, step.public_id, until)
    return work.answer


def object_to(
    procedure: PricingProcedure,
    party: Party,
    ground: Ground,
    *,
    report: PricingStep | None,
    text: str,
    record_refusal: bool,
    on: date | None,
    by: int,
) -> Answer:
    """Take a written objection in and send it to who hears it (RULE-B9, B10).

    One that is not heard is put on the record as refused only if the court says so: a mistyped
    day is no decision.
    """
    with transaction() as session:
        work = begin(session, procedure, Act.OBJECT, on=on, by=by)
        if is_shut(work):
            return work.answer
        course = work.course
        work.refuse_if(party.case_id != work.procedure.case_id, PricingRefusal.NOT_A_SIDE, "party")
        heard = _hearing(work, party, ground)
        needs_report = heard in (Hearing.CONDUCT, Hearing.TECHNICAL)
        known = report is not None and report.id in {each.id for each in course.reports}
        work.refuse_if(needs_report and not known, PricingRefusal.UNKNOWN_REPORT, "report")
        if isinstance(heard, ObjectionRefused) and not record_refusal:
            work.refuse(heard, "ground" if heard is not ObjectionRefused.LATE else "on")
        about = report.id if report is not None and known else None
        work.refuse_if(
            any(
                (each.party_id, each.ground, each.report_id, each.raised_on)
                == (party.id, ground.value, about, work.on)
                for each in course.objections
            ),
            PricingRefusal.RECORDED_ALREADY,
        )
        if work.goes:
            _record(work, party, ground, heard, report if known else None, text)
    return work.answer


def move_objection(
    objection: PricingObjection,
    state: ObjectionState,
    *,
    amount: int | None,
    on: date | None,
    by: int,
) -> Answer:
    """What became of it: passed on, explained, reviewed, decided (RULE-B9)."""
    with transaction() as session:
        procedure = session.get_one(PricingProcedure, objection.procedure_id)
        work = begin(session, procedure, Act.OBJECT, on=on, by=by)
        if is_shut(work):
            return work.answer
        locked = _locked(session, objection.id)
        work.refuse_if(
            state not in next_states(Hearing(locked.hearing), ObjectionState(locked.state))
            if locked.hearing
            else True,
            PricingRefusal.MOVE_NOT_OPEN,
            "state",
        )
        work.refuse_if(work.on < locked.moved_on, PricingRefusal.BEFORE_THE_STEP_BEFORE, "on")
        is_corrected = state is ObjectionState.CORRECTED and locked.report_id is not None
        work.refuse_if(is_corrected and not amount, PricingRefusal.AMOUNT_NEEDED, "amount")
        if work.goes:
            locked.state, locked.moved_on = state.value, work.on
            locked.corrected_amount = amount if is_corrected else None
            work.step(
                "objection",
                source=locked.public_id,
                note=state.value,
                amount=locked.corrected_amount,
                party_id=locked.party_id,
            )
            tell_of_objection(work, locked)
    return work.answer


def _may_object_until(work: Work, way: Delivery) -> date:
    received_on = deemed_received(work.on).due_on if way is Delivery.PUBLISHED else work.on
    return objection_deadline(received_on, work.course.calendar).due_on


def _answers_running(course: Course) -> bool:
    if course.method is not Method.ONLINE_INQUIRY or course.inquiry is None:
        return False
    state = inquiry_state(course.inquiry, course.today, course.calendar)
    return state is not InquiryState.ANSWERED


def _hearing(work: Work, party: Party, ground: Ground) -> Hearing | ObjectionRefused:
    course = work.course
    return hear(
        ground,
        course.method,
        raised_on=work.on,
        until=course.objections_until.get(party.id),
        first_announced_on=course.first_announced_on,
    )


def _record(
    work: Work,
    party: Party,
    ground: Ground,
    heard: Hearing | ObjectionRefused,
    report: PricingStep | None,
    text: str,
) -> None:
    is_refused = isinstance(heard, ObjectionRefused)
    state = ObjectionState.REFUSED if is_refused else ObjectionState.FILED
    row = PricingObjection(
        court_id=work.procedure.court_id,
        procedure_id=work.procedure.id,
        report_id=report.id if report is not None else None,
        party_id=party.id,
        ground=ground.value,
        hearing=None if is_refused else heard.value,
        text=text,
        raised_on=work.on,
        state=state.value,
        refusal=heard.value if is_refused else None,
        moved_on=work.on,
        recorded_by=work.by,
    )
    work.session.add(row)
    work.session.flush()
    work.step("objection", source=row.public_id, note=state.value, party_id=party.id)
    tell_of_objection(work, row)


def _locked(session: Session, objection_id: int) -> PricingObjection:
    return session.get_one(
        PricingObjection, objection_id, with_for_update=True, populate_existing=True
    )
