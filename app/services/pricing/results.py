"""What parties, authorities, platforms and appraisers say a thing is worth (RULE-B4 to B7)."""

from __future__ import annotations

from datetime import date

from app.db import transaction
from app.models.cases import Party
from app.models.pricing import PricingProcedure
from app.models.pricing_rows import SIDES
from app.services.pricing.work import Answer, PricingRefusal, Work, begin, is_shut
from auction_engine.pricing.acts import Act
from auction_engine.pricing.appraisal import report_deadline
from auction_engine.pricing.methods import Method
from auction_engine.pricing.validity import reason_against_validity


def name_price(
    procedure: PricingProcedure, party: Party, *, amount: int, on: date | None, by: int
) -> Answer:
    """A side names its price; it may name another one until a price is fixed (RULE-B4)."""
    with transaction() as session:
        work = begin(session, procedure, Act.NAME_PRICE, on=on, by=by)
        if is_shut(work):
            return work.answer
        is_side = party.case_id == work.procedure.case_id and party.role in SIDES
        work.refuse_if(not is_side, PricingRefusal.NOT_A_SIDE, "party")
        if work.goes:
            work.step("price_named", party_id=party.id, amount=amount)
    return work.answer


def ask_authority(procedure: PricingProcedure, *, source: str, on: date | None, by: int) -> Answer:
    """Ask whoever holds the tax base, fixed or guided price (RULE-B3)."""
    with transaction() as session:
        work = begin(session, procedure, Act.ASK_AUTHORITY, on=on, by=by)
        if work.goes:
            work.step("asked", source=source)
    return work.answer


def authority_answers(
    procedure: PricingProcedure,
    *,
    source: str,
    amount: int,
    valid_until: date,
    on: date | None,
    by: int,
) -> Answer:
    with transaction() as session:
        work = begin(session, procedure, Act.AUTHORITY_ANSWERS, on=on, by=by)
        if is_shut(work):
            return work.answer
        asked = {step.source for step in work.course.of_kind("asked")}
        work.refuse_if(not asked, PricingRefusal.NOT_ASKED)
        work.refuse_if(bool(asked) and source not in asked, PricingRefusal.UNKNOWN_SOURCE, "source")
        work.refuse(reason_against_validity(work.on, valid_until), "valid_until")
        if work.goes:
            work.step("answered", source=source, amount=amount, valid_until=valid_until)
    return work.answer


def report(
    procedure: PricingProcedure,
    *,
    source: str,
    amount: int,
    valid_until: date,
    on: date | None,
    by: int,
) -> Answer:
    """A report comes in. A platform's late one is kept and does not count (RULE-B6); an
    appraiser's late one is refused: the file goes back (RULE-B7)."""
    with transaction() as session:
        work = begin(session, procedure, Act.REPORT, on=on, by=by)
        if is_shut(work):
            return work.answer
        if work.course.method is Method.ONLINE_INQUIRY:
            _hold_against_inquiry(work, source)
        else:
            _hold_against_instruction(work, source)
        work.refuse(reason_against_validity(work.on, valid_until), "valid_until")
        if work.goes:
            work.step("report", source=source, amount=amount, valid_until=valid_until)
    return work.answer


def _hold_against_inquiry(work: Work, source: str) -> None:
    inquiry = work.course.inquiry
    if inquiry is None:
        work.refuse(PricingRefusal.NOT_SENT)
        return
    work.refuse_if(source not in inquiry.platforms, PricingRefusal.UNKNOWN_SOURCE, "source")
    work.refuse_if(work.on < inquiry.sent_on, PricingRefusal.BEFORE_THE_STEP_BEFORE, "on")


def _hold_against_instruction(work: Work, source: str) -> None:
    instruction = work.course.instruction
    if instruction is None:
        work.refuse(PricingRefusal.NOBODY_AT_WORK)
        return
    due_on = report_deadline(instruction, work.course.calendar).due_on
    work.refuse_if(source != instruction.appraiser, PricingRefusal.UNKNOWN_SOURCE, "source")
    work.refuse_if(work.on > due_on, PricingRefusal.LATE_REPORT, "on")
    work.refuse_if(work.on < instruction.instructed_on, PricingRefusal.BEFORE_THE_STEP_BEFORE, "on")
