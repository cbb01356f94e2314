"""Appraisers: three in an order, the first instructed, and the time they have (RULE-B7)."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import date
from enum import StrEnum

from app.db import transaction
from app.models.pricing import PricingProcedure
from app.services.pricing.work import Answer, PricingRefusal, Work, begin, is_shut
from auction_engine.pricing.acts import Act
from auction_engine.pricing.appraisal import (
    APPRAISERS,
    drawn_order,
    reasons_not_to_extend,
)

# Which field of the form each reason of the engine is about.
_FIELDS = {"asked_too_late": "on", "too_many_days": "days"}


class Way(StrEnum):
    """How the three were found."""

    AGREED = "agreed"
    DRAWN = "drawn"


def choose_appraisers(
    procedure: PricingProcedure, names: Sequence[str], way: Way, *, by: int
) -> Answer:
    """The three the parties agree on, in their order; else drawn from `names` by lot (RULE-B7).

    The names are put on the record, then the lot's seed is made and kept with its result, so that
    anybody can draw again.
    """
    with transaction() as session:
        work = begin(session, procedure, Act.CHOOSE_APPRAISERS, on=None, by=by)
        if is_shut(work):
            return work.answer
        _hold_against_rule(work, names, way)
        if work.goes and way is Way.AGREED:
            for name in names:
                work.step("appraiser", source=name, note=way.value)
        elif work.goes:
            for name in names:
                work.step("candidate", source=name)
            seed = secrets.token_hex(16)
            for name in drawn_order(names, seed):
                work.step("appraiser", source=name, note=f"{way.value}:{seed}")
    return work.answer


def instruct(procedure: PricingProcedure, *, on: date | None, by: int) -> Answer:
    """Instruct the first in the order who was not yet (RULE-B7)."""
    with transaction() as session:
        work = begin(session, procedure, Act.INSTRUCT, on=on, by=by)
        if is_shut(work):
            return work.answer
        following = work.course.next_appraiser
        work.refuse_if(work.course.instruction is not None, PricingRefusal.AT_WORK_ALREADY)
        work.refuse_if(following is None, PricingRefusal.NOBODY_LEFT)
        if work.goes:
            work.step("instructed", source=following)
    return work.answer


def more_time_for_appraiser(
    procedure: PricingProcedure, *, days: int, on: date | None, by: int
) -> Answer:
    """Grant what was asked for in time, at most twice and 15 days each (RULE-B7)."""
    with transaction() as session:
        work = begin(session, procedure, Act.APPRAISER_ASKS_TIME, on=on, by=by)
        if is_shut(work):
            return work.answer
        instruction = work.course.instruction
        if instruction is None:
            work.refuse(PricingRefusal.NOBODY_AT_WORK)
            return work.answer
        work.refuse_if(bool(work.course.reports), PricingRefusal.REPORTED)
        granted = {step.happened_on for step in work.course.of_kind("longer")}
        work.refuse_if(work.on in granted, PricingRefusal.RECORDED_ALREADY, "on")
        for reason in reasons_not_to_extend(
            instruction, asked_on=work.on, days=days, calendar=work.course.calendar
        ):
            work.refuse(reason, _FIELDS.get(reason.value, ""))
        if work.goes:
            work.step("longer", source=instruction.appraiser, days=days)
    return work.answer


def file_back(procedure: PricingProcedure, *, on: date | None, by: int) -> Answer:
    """The file of an appraiser without a report came back; the next one can be asked."""
    with transaction() as session:
        work = begin(session, procedure, Act.FILE_BACK, on=on, by=by)
        if is_shut(work):
            return work.answer
        instruction = work.course.instruction
        work.refuse_if(instruction is None, PricingRefusal.NOBODY_AT_WORK)
        work.refuse_if(bool(work.course.reports), PricingRefusal.REPORTED)
        if work.goes and instruction is not None:
            work.step("file_back", source=instruction.appraiser)
    return work.answer


def _hold_against_rule(work: Work, names: Sequence[str], way: Way) -> None:
    few = len(names) < APPRAISERS or (way is Way.AGREED and len(names) > APPRAISERS)
    left = work.course.instruction is not None or work.course.next_appraiser is not None
    work.refuse_if(left, PricingRefusal.CHOSEN_ALREADY)
    work.refuse_if(few, PricingRefusal.THREE_NEEDED, "names")
    twice = len(set(names)) < len(names) or bool(set(names) & set(work.course.appraisers))
    work.refuse_if(twice, PricingRefusal.SAME_NAME_TWICE, "names")
