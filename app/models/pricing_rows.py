"""A pricing procedure with its steps, read back into the engine's values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.models.calendar_rows import calendar_of
from app.models.cases import Party
from app.models.courts import CourtRecord
from app.models.pricing import PricingObjection, PricingProcedure, PricingStep
from app.models.sales import LotRecord, SaleRecord
from auction_engine.pricing.appraisal import DAYS_TO_REPORT, Instruction, next_appraiser
from auction_engine.pricing.inquiry import (
    Inquiry,
    Mean,
    NoMean,
    Report,
    in_time,
    reference_price,
)
from auction_engine.pricing.methods import Circumstances, Method, Stage
from auction_engine.pricing.objections import (
    IS_OVER,
    ObjectionState,
    deemed_received,
    objection_deadline,
    what_became,
)
from auction_engine.pricing.pauses import Pause
from auction_engine.pricing.validity import is_expired_before_announcement
from auction_engine.sale.deadlines import WorkingDays

Of = TypeVar("Of", PricingStep, PricingObjection)

# Who names a price and receives reports: the two sides of the case (RULE-B4, B8).
SIDES = ("applicant", "debtor")


@dataclass(frozen=True)
class Course:
    """A procedure as it stands on one day. What belongs to the method now tried is `current`."""

    procedure: PricingProcedure
    steps: list[PricingStep]
    objections: list[PricingObjection]
    parties: list[Party]
    calendar: WorkingDays
    today: date
    first_announced_on: date | None

    @property
    def stage(self) -> Stage:
        return Stage(self.procedure.state)

    @property
    def method(self) -> Method:
        return Method(self.procedure.method)

    @property
    def circumstances(self) -> Circumstances:
        row = self.procedure
        return Circumstances(
            public_price=row.public_price,
            fit_for_platforms=row.fit_for_platforms,
            law_requires_appraisal=row.law_requires_appraisal,
            no_agreement_possible=row.no_agreement_possible,
            both_ask_for=Method(row.both_ask_for) if row.both_ask_for else None,
        )

    @cached_property
    def current(self) -> list[PricingStep]:
        """The steps since the method now tried was begun."""
        begun = max((n for n, step in enumerate(self.steps) if step.kind == "begun"), default=0)
        return self.steps[begun:]

    def of_kind(self, *kinds: str) -> list[PricingStep]:
        return [step for step in self.current if step.kind in kinds]

    @property
    def sides(self) -> list[Party]:
        return [party for party in self.parties if party.role in SIDES]

    @property
    def pauses(self) -> tuple[Pause, ...]:
        """The stays that are over, and the one that runs up to today."""
        found: list[Pause] = []
        stayed_on: date | None = None
        for step in self.current:
            if step.kind == "stayed":
                stayed_on = step.happened_on
            elif step.kind == "resumed" and stayed_on is not None:
                found.append(Pause(stayed_on, step.happened_on))
                stayed_on = None
        if stayed_on is not None:
            found.append(Pause(stayed_on, self.today))
        return tuple(found)

    # --- agreement and directed inquiry ---------------------------------------------------------

    @property
    def named_prices(self) -> dict[str, int]:
        """By party, what each named last."""
        by_id = {party.id: party.public_id for party in self.parties}
        return {
            by_id[step.party_id]: step.amount
            for step in self.of_kind("price_named")
            if step.party_id in by_id and step.amount is not None
        }

    @property
    def answer(self) -> PricingStep | None:
        """What the authority said last."""
        return next(reversed(self.of_kind("answered")), None)

    # --- online inquiry -------------------------------------------------------------------------

    @property
    def inquiry(self) -> Inquiry | None:
        sent = self.of_kind("commissioned")
        if not sent:
            return None
        return Inquiry(
            platforms=tuple(step.source for step in sent),
            sent_on=sent[0].happened_on,
            reports=tuple(self.as_report(step) for step in self.of_kind("report")),
            asked=tuple((step.source, step.happened_on) for step in self.of_kind("time_asked")),
            is_extended=bool(self.of_kind("extended")),
            pauses=self.pauses,
        )

    def as_report(self, step: PricingStep) -> Report:
        """What a report says, corrected where an objection led to that."""
        about = [each for each in self.objections if each.report_id == step.id]
        corrected = [each.corrected_amount for each in about if each.corrected_amount]
        return Report(
            platform=step.source,
            amount=corrected[-1] if corrected else step.amount or 0,
            received_on=step.happened_on,
            objected=what_became(ObjectionState(each.state) for each in about),
        )

    # --- appraisal ------------------------------------------------------------------------------

    @property
    def appraisers(self) -> tuple[str, ...]:
        """The three in their order."""
        return tuple(step.source for step in self.of_kind("appraiser"))

    @property
    def instruction(self) -> Instruction | None:
        """What the appraiser now at work was asked for; None once the file came back."""
        found: Instruction | None = None
        granted: list[int] = []
        for step in self.current:
            if step.kind == "instructed":
                granted = []
                found = Instruction(step.source, step.happened_on, step.days or DAYS_TO_REPORT)
            elif step.kind == "longer" and step.days:
                granted.append(step.days)
            elif step.kind == "file_back":
                found = None
        if found is None:
            return None
        return Instruction(
            found.appraiser, found.instructed_on, found.days, tuple(granted), self.pauses
        )

    @property
    def next_appraiser(self) -> str | None:
        return next_appraiser(self.appraisers, [step.source for step in self.of_kind("instructed")])

    # --- reports, delivery, objections ----------------------------------------------------------

    @cached_property
    def reports(self) -> list[PricingStep]:
        """The reports that count: those of platforms in time, or the appraiser's now at work."""
        came = self.of_kind("report")
        if self.method is Method.APPRAISAL:
            at_work = self.instruction
            return [step for step in came if at_work and step.source == at_work.appraiser][-1:]
        inquiry = self.inquiry
        if inquiry is None:
            return []
        counted = {(each.platform, each.received_on) for each in in_time(inquiry, self.calendar)}
        by_source = {
            step.source: step for step in came if (step.source, step.happened_on) in counted
        }
        return list(by_source.values())

    @property
    def price_from_reports(self) -> Mean | NoMean:
        """The mean of what stands; of an appraisal that is its result (RULE-B6)."""
        return reference_price([self.as_report(step) for step in self.reports])

    @property
    def received(self) -> dict[int, date]:
        """By party, when the reports now standing count as received (RULE-B8)."""
        if not self.reports:
            return {}
        since = max(step.id for step in self.reports)
        return {
            step.party_id: deemed_received(step.happened_on).due_on
            if step.note == "published"
            else step.happened_on
            for step in self.of_kind("delivered")
            if step.party_id is not None and step.id > since
        }

    @property
    def not_reached(self) -> list[Party]:
        """The sides to whom the reports have not gone yet."""
        return [party for party in self.sides if party.id not in self.received]

    @property
    def objections_end_on(self) -> date | None:
        """The last day on which somebody may object whom the reports reached; None while they
        have not reached both sides."""
        if not self.sides or self.not_reached:
            return None
        return max(self.objections_until.values())

    @property
    def objections_until(self) -> dict[int, date]:
        """By party, the last day on which it may object: by today's calendar, or as it was told
        where a calendar that was changed since would end the period earlier (RULE-B9, Q4)."""
        told = {step.party_id: step.answer_by for step in self.of_kind("delivered")}
        counted = {
            party: objection_deadline(day, self.calendar).due_on
            for party, day in self.received.items()
        }
        return {party: max(day, told.get(party) or day) for party, day in counted.items()}

    @property
    def open_objections(self) -> list[PricingObjection]:
        return [each for each in self.objections if ObjectionState(each.state) not in IS_OVER]

    @property
    def is_upheld_since_fixed(self) -> bool:
        """Whether supervision found against the price after it was fixed (RULE-B10)."""
        fixed = [n for n, step in enumerate(self.current) if step.kind == "fixed"]
        after = self.current[fixed[-1] :] if fixed else []
        return any(step.kind == "objection" and step.note == "upheld" for step in after)

    @property
    def is_used_up(self) -> bool:
        """Whether the fixed price must be found anew: it expired before the first announcement
        (RULE-B12), or supervision found against it (RULE-B10)."""
        until = self.procedure.price_valid_until
        expired = until is not None and is_expired_before_announcement(
            until, self.today, self.first_announced_on
        )
        return expired or self.is_upheld_since_fixed


def course_of(session: Session, procedure: PricingProcedure, now: datetime) -> Course:
    """The procedure as it stands on the day of `now`, by the court's clock and calendar."""
    court = session.get_one(CourtRecord, procedure.court_id)
    zone = ZoneInfo(court.timezone)
    return Course(
        procedure=procedure,
        steps=_rows(session, PricingStep, procedure.id),
        objections=_rows(session, PricingObjection, procedure.id),
        parties=list(
            session.scalars(
                select(Party).where(Party.case_id == procedure.case_id).order_by(Party.id)
            )
        ),
        calendar=calendar_of(session, procedure.court_id),
        today=now.astimezone(zone).date(),
        first_announced_on=first_announced_on(session, procedure.asset_id, zone),
    )


def lock_procedure(session: Session, procedure_id: int) -> PricingProcedure:
    return session.scalars(
        select(PricingProcedure)
        .where(PricingProcedure.id == procedure_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def procedure_of(session: Session, asset_id: int) -> PricingProcedure | None:
    """The procedure that finds, or found, the price of an asset."""
    return session.scalars(
        select(PricingProcedure).where(
            PricingProcedure.asset_id == asset_id, PricingProcedure.state != "withdrawn"
        )
    ).one_or_none()


def first_announced_on(session: Session, asset_id: int, zone: ZoneInfo) -> date | None:
    """The day on which a sale of the asset was first announced."""
    at = session.scalars(
        select(func.min(SaleRecord.published_at))
        .join(LotRecord, LotRecord.id == SaleRecord.lot_id)
        .where(LotRecord.asset_id == asset_id)
    ).one()
    return at.astimezone(zone).date() if at is not None else None


def _rows(session: Session, kind: type[Of], procedure_id: int) -> list[Of]:
    return list(
        session.scalars(select(kind).where(kind.procedure_id == procedure_id).order_by(kind.id))
    )
