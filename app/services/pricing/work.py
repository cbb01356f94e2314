"""What every act on a pricing procedure shares: its lock, its refusals, its step on the record."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy.orm import Session

from app.gateways.clock import legal_now
from app.models.cases import CaseRecord
from app.models.outbox_rows import record_act
from app.models.pricing import PricingProcedure, PricingStep
from app.models.pricing_rows import Course, course_of, lock_procedure
from auction_engine.invariants import ensure
from auction_engine.pricing.acts import OPEN_IN, Act
from auction_engine.pricing.methods import NEXT, Stage


class PricingRefusal(StrEnum):
    """Why an act is refused, beside the reasons of the engine."""

    NOT_NOW = "pricing_not_now"
    STARTED_ALREADY = "pricing_started_already"
    CASE_ENDED = "pricing_case_ended"
    OTHER_LAW = "pricing_other_law"
    NO_SIDES = "pricing_no_sides"
    NOT_A_SIDE = "pricing_not_a_side"
    IN_THE_FUTURE = "pricing_in_the_future"
    BEFORE_THE_STEP_BEFORE = "pricing_before_the_step_before"
    SAME_NAME_TWICE = "pricing_same_name_twice"
    SENT_ALREADY = "pricing_sent_already"
    NOT_SENT = "pricing_not_sent"
    NOT_ASKED = "pricing_not_asked"
    UNKNOWN_SOURCE = "pricing_unknown_source"
    STILL_OPEN = "pricing_still_open"
    CHOSEN_ALREADY = "pricing_chosen_already"
    THREE_NEEDED = "pricing_three_needed"
    AT_WORK_ALREADY = "pricing_at_work_already"
    NOBODY_AT_WORK = "pricing_nobody_at_work"
    NOBODY_LEFT = "pricing_nobody_left"
    LATE_REPORT = "pricing_late_report"
    NO_REPORT = "pricing_no_report"
    ANSWERS_RUNNING = "pricing_answers_running"
    REPORTED = "pricing_reported"
    NOT_DELIVERED = "pricing_not_delivered"
    DELIVERED_ALREADY = "pricing_delivered_already"
    OBJECTIONS_RUNNING = "pricing_objections_running"
    UNKNOWN_REPORT = "pricing_unknown_report"
    MOVE_NOT_OPEN = "pricing_move_not_open"
    AMOUNT_NEEDED = "pricing_amount_needed"
    NOT_EXPIRED = "pricing_not_expired"
    # The same once more, as when a button was pressed twice.
    RECORDED_ALREADY = "pricing_recorded_already"


@dataclass(frozen=True, slots=True)
class Refusal:
    """A reason, and the field of the form that it is about."""

    reason: StrEnum
    field: str = ""


Answer = PricingProcedure | tuple[Refusal, ...]


@dataclass
class Work:
    """One act: everything that stands against it is collected before anything is written."""

    session: Session
    course: Course
    on: date
    by: int
    refusals: list[Refusal] = field(default_factory=list)

    @property
    def procedure(self) -> PricingProcedure:
        return self.course.procedure

    @property
    def goes(self) -> bool:
        return not self.refusals

    @property
    def answer(self) -> Answer:
        return tuple(self.refusals) or self.procedure

    def refuse(self, reason: StrEnum | None, field: str = "") -> None:
        if reason is not None:
            self.refusals.append(Refusal(reason, field))

    def refuse_if(self, holds: bool, reason: StrEnum, field: str = "") -> None:
        if holds:
            self.refuse(reason, field)

    def step(self, kind: str, **values: Any) -> PricingStep:
        """Put on the record what happened, and in the case's log that it did."""
        row = PricingStep(
            court_id=self.procedure.court_id,
            procedure_id=self.procedure.id,
            kind=kind,
            method=self.procedure.method,
            happened_on=values.pop("on", self.on),
            recorded_by=self.by,
            **values,
        )
        self.session.add(row)
        self.session.flush()
        log(self.session, self.procedure, kind, self.by)
        return row

    def move(self, stage: Stage) -> None:
        """Along the table and not otherwise (INV-A12)."""
        now = Stage(self.procedure.state)
        if stage is not now:
            ensure(stage in NEXT[now], f"{now} is followed by {stage}")
            self.procedure.state = stage.value


def begin(
    session: Session, procedure: PricingProcedure, act: Act, *, on: date | None, by: int
) -> Work:
    """Lock the procedure and hold the act against its stage and its day.

    A day lies neither ahead nor before the step that went before; without one it is today.
    """
    now = legal_now(session, procedure.court_id)
    course = course_of(session, lock_procedure(session, procedure.id), now)
    work = Work(session, course, on or course.today, by)
    if act not in OPEN_IN[course.stage]:
        work.refuse(PricingRefusal.NOT_NOW)
        return work
    work.refuse_if(work.on > course.today, PricingRefusal.IN_THE_FUTURE, "on")
    begun_on = course.current[0].happened_on if course.current else work.on
    work.refuse_if(work.on < begun_on, PricingRefusal.BEFORE_THE_STEP_BEFORE, "on")
    return work


def is_shut(work: Work) -> bool:
    """Whether the stage itself forbids the act, so that nothing else need be asked."""
    return any(each.reason is PricingRefusal.NOT_NOW for each in work.refusals)


def log(session: Session, procedure: PricingProcedure, kind: str, by: int) -> None:
    case = session.get_one(CaseRecord, procedure.case_id)
    record_act(
        session,
        actor="court",
        action=f"pricing.{kind}",
        subject=f"pricing:{procedure.public_id}",
        court_id=procedure.court_id,
        person_id=by,
        case=case.public_id,
        method=procedure.method,
    )
