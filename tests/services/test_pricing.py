"""Finding a reference price act by act, in a court whose clock is moved on (RULE-B1 to B15)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from importlib import util
from pathlib import Path
from typing import Any

import psycopg
import pytest
from flask import Flask
from sqlalchemy import select

from app.extensions import db
from app.models.bidding import Outcome
from app.models.cases import AssetRecord, CaseRecord, Party
from app.models.pricing import (
    GROUNDS,
    METHODS,
    OBJECTION_STATES,
    STAGES,
    PricingObjection,
    PricingProcedure,
    PricingStep,
)
from app.models.pricing_rows import Course, course_of
from app.models.sales import LotRecord, SaleRecord
from app.queries.court_pricing import Fee, fee_of
from app.services import pricing
from app.services.calendar import remove_day, set_day
from app.services.pricing import PricingRefusal as R
from app.services.pricing.appraisers import Way
from app.services.pricing.deliveries import Delivery
from auction_engine.pricing.agreement import NotAgreed
from auction_engine.pricing.appraisal import LongerRefused, drawn_order, report_deadline
from auction_engine.pricing.inquiry import ExtensionRefused, NoMean, answer_deadline
from auction_engine.pricing.methods import (
    NEXT,
    Circumstances,
    Method,
    Stage,
    StayGround,
    WithdrawalGround,
)
from auction_engine.pricing.objections import (
    OBJECTION_NEXT,
    Ground,
    ObjectionRefused,
    ObjectionState,
)
from auction_engine.pricing.validity import ValidityRefused
from tests.court_world import Bench, a_bench, a_case, a_party, an_asset
from tests.world import NOON, World

DAY = timedelta(days=1)
# Legal time of the tests begins on Tuesday, 26 May 2026.
TODAY = date(2026, 5, 26)
YEAR_END = date(2026, 12, 31)
PLATFORMS = ("Ask One", "Ask Two", "Ask Three")
APPRAISERS = ("Even", "Fair", "Just")
NINE, NINE_SIX, TEN_TWO = 90_000_000, 96_000_000, 102_000_000
ONLINE = Circumstances(fit_for_platforms=True, both_ask_for=Method.ONLINE_INQUIRY)
APPRAISAL = Circumstances(law_requires_appraisal=True)


@dataclass
class Pricing:
    """A procedure in a court, and its clerk's hands. `later` moves the court's clock on."""

    bench: Bench
    asset: AssetRecord
    applicant: Party
    debtor: Party
    made: PricingProcedure
    days: int = 0

    @property
    def row(self) -> PricingProcedure:
        db.session.expire_all()
        return db.session.get_one(PricingProcedure, self.made.id)

    @property
    def course(self) -> Course:
        return course_of(db.session(), self.row, NOON + self.days * DAY)

    @property
    def by(self) -> int:
        return self.bench.clerk

    def later(self, days: int) -> date:
        self.days += days
        self.bench.world.hold_clock(self.bench.court_id, NOON + self.days * DAY)
        return TODAY + self.days * DAY

    def does(self, act: Any, *values: Any, **named: Any) -> pricing.Answer:
        return act(self.row, *values, **named, by=self.by)

    def did(self, act: Any, *values: Any, **named: Any) -> PricingProcedure:
        answer = self.does(act, *values, **named)
        assert isinstance(answer, PricingProcedure), answer
        return answer

    def refused(self, act: Any, *values: Any, **named: Any) -> set[Any]:
        answer = self.does(act, *values, **named)
        assert isinstance(answer, tuple), answer
        return {each.reason for each in answer}

    def names(self, party: Party, amount: int) -> PricingProcedure:
        return self.did(pricing.name_price, party, amount=amount, on=None)

    def reports(self, source: str, amount: int, until: date = YEAR_END) -> PricingProcedure:
        return self.did(pricing.report, source=source, amount=amount, valid_until=until, on=None)

    def reaches_both(self) -> None:
        for party in (self.applicant, self.debtor):
            self.did(pricing.deliver, party, Delivery.DELIVERED, on=None)

    def fixed(self) -> PricingProcedure:
        return self.did(pricing.fix, valid_until=None, harms_others=False)

    def objects(self, ground: Ground, source: str = "", **named: Any) -> pricing.Answer:
        report = next((step for step in self.course.reports if step.source == source), None)
        return self.does(
            pricing.object_to,
            named.pop("party", self.debtor),
            ground,
            report=report,
            text="See the letter.",
            record_refusal=named.pop("record_refusal", False),
            on=named.pop("on", None),
        )

    def objection(self) -> PricingObjection:
        db.session.expire_all()
        return db.session.scalars(
            select(PricingObjection).order_by(PricingObjection.id.desc())
        ).first()  # type: ignore[return-value]

    def moved(self, state: ObjectionState, amount: int | None = None) -> pricing.Answer:
        return pricing.move_objection(self.objection(), state, amount=amount, on=None, by=self.by)


def a_pricing(world: World, known: Circumstances = Circumstances(), **kind: Any) -> Pricing:  # noqa: B008
    bench = a_bench(world)
    case = a_case(bench)
    applicant, debtor = (a_party(bench, case, role) for role in ("applicant", "debtor"))
    asset = an_asset(bench, case)
    made = pricing.start(asset, known, currency="CNY", on=None, by=bench.clerk)
    assert isinstance(made, PricingProcedure), made
    return Pricing(bench, asset, applicant, debtor, made)


def an_inquiry(world: World, *amounts: int) -> Pricing:
    """Sent to three platforms, of which the first ones answer on the same day."""
    found = a_pricing(world, ONLINE)
    found.did(pricing.send_inquiry, PLATFORMS, on=None)
    for platform, amount in zip(PLATFORMS, amounts, strict=False):
        found.reports(platform, amount)
    return found


def an_appraisal(world: World) -> Pricing:
    """Three appraisers agreed on, the first instructed today."""
    found = a_pricing(world, APPRAISAL)
    found.did(pricing.choose_appraisers, APPRAISERS, Way.AGREED)
    found.did(pricing.instruct, on=None)
    return found


# --- beginning, agreement, directed inquiry -------------------------------------------------------


def test_a_procedure_begins_with_agreement_and_there_is_one_for_a_thing_RULE_B3(
    app: Flask, world: World
) -> None:
    found = a_pricing(world)

    again = pricing.start(found.asset, ONLINE, currency="CNY", on=None, by=found.by)

    assert found.row.state == "agreement"
    assert isinstance(again, tuple)
    assert again[0].reason is R.STARTED_ALREADY


def test_a_court_under_another_law_finds_no_price_in_this_way(app: Flask, world: World) -> None:
    bench = a_bench(world)
    asset = an_asset(bench, a_case(bench))
    with psycopg.connect(world.url, autocommit=True) as connection:
        connection.execute("UPDATE courts SET rule_family = 'es'")
    db.session.expire_all()

    answer = pricing.start(asset, ONLINE, currency="EUR", on=None, by=bench.clerk)

    assert answer == (pricing.Refusal(R.OTHER_LAW),)


def test_a_price_that_both_name_is_fixed_for_at_most_a_year_RULE_B4_RULE_B11(
    app: Flask, world: World
) -> None:
    found = a_pricing(world)
    found.names(found.applicant, 80)
    found.names(found.debtor, 90)

    different = found.refused(pricing.fix, valid_until=None, harms_others=False)
    found.names(found.applicant, 90)
    wrong = found.refused(pricing.fix, valid_until=date(2027, 5, 27), harms_others=True)
    row = found.fixed()

    assert different == {NotAgreed.DIFFERENT}
    assert wrong == {NotAgreed.HARMS_OTHERS, ValidityRefused.LONGER_THAN_A_YEAR}
    assert (row.state, row.price, row.price_method) == ("fixed", 90, "agreement")
    assert (row.price_fixed_on, row.price_valid_until) == (TODAY, date(2027, 5, 26))


def test_failed_methods_give_way_in_their_order_RULE_B3(app: Flask, world: World) -> None:
    known = Circumstances(public_price=True, fit_for_platforms=True)
    found = a_pricing(world, known)

    tried = [found.row.state]
    tried.append(found.did(pricing.next_method, known, reason="No agreement").state)
    tried.append(found.did(pricing.next_method, known, reason="No answer").state)

    assert tried == ["agreement", "directed_inquiry", "online_inquiry"]
    begun = [step.note for step in found.course.steps if step.kind == "begun"]
    assert begun == ["first_in_order", "public_price", "fit_for_platforms"]


def test_what_an_authority_answers_is_fixed_RULE_B3(app: Flask, world: World) -> None:
    found = a_pricing(world, Circumstances(no_agreement_possible=True, public_price=True))
    answer = {"source": "Tax Bureau", "amount": 77, "valid_until": YEAR_END, "on": None}

    unasked = found.refused(pricing.authority_answers, **answer)
    found.did(pricing.ask_authority, source="Tax Bureau", on=None)
    found.did(pricing.authority_answers, **answer)
    row = found.fixed()

    assert unasked == {R.NOT_ASKED}
    assert (row.price, row.price_method) == (77, "directed_inquiry")


# --- online inquiry -------------------------------------------------------------------------------


def test_the_mean_of_all_platforms_is_fixed_when_nobody_objected_in_five_days_RULE_B6(
    app: Flask, world: World
) -> None:
    found = an_inquiry(world, NINE, NINE_SIX, TEN_TWO)
    found.reaches_both()

    too_early = found.refused(pricing.fix, valid_until=None, harms_others=False)
    # Five days from Tuesday end on Sunday, so on Monday.
    found.later(6)
    last_day = found.refused(pricing.fix, valid_until=None, harms_others=False)
    found.later(1)
    row = found.fixed()

    assert too_early == last_day == {R.OBJECTIONS_RUNNING}
    assert (row.price, row.price_valid_until) == (96_000_000, YEAR_END)


def test_a_result_objected_to_leaves_the_mean_RULE_B6(app: Flask, world: World) -> None:
    found = an_inquiry(world, NINE, NINE_SIX, TEN_TWO)
    found.reaches_both()

    taken = found.objects(Ground.SCOPE_WRONG, PLATFORMS[2])
    found.later(7)
    row = found.fixed()

    assert isinstance(taken, PricingProcedure)
    assert row.price == 93_000_000


def test_objections_to_all_are_decided_before_a_price_is_fixed_RULE_B6(
    app: Flask, world: World
) -> None:
    found = an_inquiry(world, NINE)
    found.later(4)
    found.reaches_both()
    found.objects(Ground.FACTS_WRONG, PLATFORMS[0])
    found.later(7)

    undecided = found.refused(pricing.fix, valid_until=None, harms_others=False)
    no_amount = found.moved(ObjectionState.CORRECTED)
    found.moved(ObjectionState.CORRECTED, amount=NINE_SIX)
    row = found.fixed()

    assert undecided == {NoMean.UNDECIDED}
    assert isinstance(no_amount, tuple)
    assert no_amount[0].reason is R.AMOUNT_NEEDED
    assert row.price == NINE_SIX


def test_when_no_result_stands_the_appraisal_follows_RULE_B3_RULE_B6(
    app: Flask, world: World
) -> None:
    found = an_inquiry(world, NINE)
    found.later(4)
    found.reaches_both()
    found.objects(Ground.FACTS_WRONG, PLATFORMS[0])
    early = found.refused(pricing.next_method, ONLINE, reason="?")

    found.moved(ObjectionState.UPHELD)
    row = found.did(pricing.next_method, ONLINE, reason="No result stands")

    assert early == {R.STILL_OPEN}
    assert row.state == "appraisal"


def test_an_inquiry_is_extended_once_and_only_when_nobody_answered_RULE_B5(
    app: Flask, world: World
) -> None:
    found = an_inquiry(world)
    found.did(pricing.platform_asks_time, source=PLATFORMS[0], on=None)
    running = found.refused(pricing.extend_inquiry)
    given_up = found.refused(pricing.next_method, ONLINE, reason="?")

    found.later(4)
    found.did(pricing.extend_inquiry)
    twice = found.refused(pricing.extend_inquiry)

    assert (running, given_up) == ({ExtensionRefused.STILL_RUNNING}, {R.STILL_OPEN})
    assert twice == {ExtensionRefused.EXTENDED_ALREADY}
    assert answer_deadline(found.course.inquiry, found.course.calendar).days == 6


def test_an_inquiry_nobody_answered_or_asked_to_extend_gives_way_to_appraisal_RULE_B5(
    app: Flask, world: World
) -> None:
    found = an_inquiry(world)

    found.later(4)
    refused = found.refused(pricing.extend_inquiry)
    row = found.did(pricing.next_method, ONLINE, reason="Nobody answered")

    assert refused == {ExtensionRefused.NOBODY_ASKED}
    assert row.state == "appraisal"


def test_a_late_result_is_kept_and_does_not_count_RULE_B6(app: Flask, world: World) -> None:
    found = an_inquiry(world, NINE)

    found.later(4)
    found.reports(PLATFORMS[1], TEN_TWO)

    assert [step.source for step in found.course.reports] == [PLATFORMS[0]]
    assert len(found.course.of_kind("report")) == 2


def test_an_inquiry_goes_out_once_and_only_its_platforms_report_RULE_B5(
    app: Flask, world: World
) -> None:
    found = an_inquiry(world)
    answer = {"amount": 1, "valid_until": TODAY - DAY, "on": TODAY + DAY}

    again = found.refused(pricing.send_inquiry, ("A", "A"), on=None)
    foreign = found.refused(pricing.report, source="Somebody", **answer)

    assert again == {R.SENT_ALREADY, R.SAME_NAME_TWICE}
    # Everything at once, each with its field.
    assert foreign == {
        R.UNKNOWN_SOURCE,
        R.IN_THE_FUTURE,
        ValidityRefused.ENDS_BEFORE_IT_BEGINS,
    }


# --- appraisal ------------------------------------------------------------------------------------


def test_appraisers_are_drawn_by_a_lot_that_anybody_can_draw_again_RULE_B7(
    app: Flask, world: World
) -> None:
    found = a_pricing(world, APPRAISAL)
    listed = [*APPRAISERS, "True", "Sure"]

    few = found.refused(pricing.choose_appraisers, listed[:2], Way.DRAWN)
    found.did(pricing.choose_appraisers, listed, Way.DRAWN)
    (seed,) = {step.note.partition(":")[2] for step in found.course.of_kind("appraiser")}

    assert few == {R.THREE_NEEDED}
    candidates = [step.source for step in found.course.of_kind("candidate")]
    assert candidates == listed
    assert found.course.appraisers == drawn_order(candidates, seed)


def test_the_first_appraiser_reports_and_the_price_is_fixed_RULE_B7(
    app: Flask, world: World
) -> None:
    found = an_appraisal(world)

    found.later(30)
    found.reports("Even", 55)
    found.reaches_both()
    found.later(7)
    row = found.fixed()

    assert (row.price, row.price_method) == (55, "appraisal")


def test_an_appraiser_without_a_report_gives_way_to_the_next_RULE_B7(
    app: Flask, world: World
) -> None:
    found = an_appraisal(world)
    twice = found.refused(pricing.instruct, on=None)
    found.later(25)
    found.did(pricing.more_time_for_appraiser, days=15, on=None)
    found.later(21)

    late = found.refused(pricing.report, source="Even", amount=1, valid_until=YEAR_END, on=None)
    found.did(pricing.file_back, on=None)
    found.did(pricing.instruct, on=None)

    assert twice == {R.AT_WORK_ALREADY}
    assert late == {R.LATE_REPORT}
    assert found.course.instruction.appraiser == "Fair"
    assert found.course.instruction.extensions == ()


def test_more_time_is_refused_with_every_reason_at_once_RULE_B7(app: Flask, world: World) -> None:
    found = an_appraisal(world)
    found.later(26)

    refused = found.refused(pricing.more_time_for_appraiser, days=16, on=None)

    assert refused == {LongerRefused.ASKED_TOO_LATE, LongerRefused.TOO_MANY_DAYS}


def test_a_technical_objection_is_explained_then_reviewed_RULE_B9(app: Flask, world: World) -> None:
    found = an_appraisal(world)
    found.reports("Even", 55)
    found.reaches_both()
    found.objects(Ground.TECHNICAL, "Even")

    at_once = found.moved(ObjectionState.DISMISSED)
    for state in (ObjectionState.PASSED_ON, ObjectionState.EXPLAINED, ObjectionState.IN_REVIEW):
        assert isinstance(found.moved(state), PricingProcedure)
    found.moved(ObjectionState.CORRECTED, amount=60)
    found.later(7)

    assert isinstance(at_once, tuple)
    assert at_once[0].reason is R.MOVE_NOT_OPEN
    assert found.fixed().price == 60


def test_a_report_that_did_not_stand_brings_the_next_appraiser_RULE_B7_RULE_B9(
    app: Flask, world: World
) -> None:
    found = an_appraisal(world)
    found.reports("Even", 55)
    found.reaches_both()
    found.objects(Ground.NOT_QUALIFIED, "Even")
    found.moved(ObjectionState.UPHELD)

    row = found.did(pricing.next_method, APPRAISAL, reason="Not qualified")
    found.did(pricing.instruct, on=None)
    found.reports("Fair", 70)

    assert row.state == "appraisal"
    assert [step.source for step in found.course.reports] == ["Fair"]
    assert found.course.received == {}


# --- delivery and objections ----------------------------------------------------------------------


def test_both_sides_are_reached_before_a_price_is_fixed_RULE_B8(app: Flask, world: World) -> None:
    found = an_inquiry(world, NINE, NINE_SIX, TEN_TWO)
    found.did(pricing.deliver, found.applicant, Delivery.DELIVERED, on=None)
    found.later(20)

    missing = found.refused(pricing.fix, valid_until=None, harms_others=False)
    found.did(pricing.deliver, found.debtor, Delivery.PUBLISHED, on=None)

    assert missing == {R.NOT_DELIVERED}
    # Published today: received after fifteen days, and five more to object.
    assert found.course.received[found.debtor.id] == TODAY + 35 * DAY
    assert found.course.objections_end_on == TODAY + 41 * DAY


def test_reports_go_out_when_the_time_of_all_platforms_is_over_RULE_B5(
    app: Flask, world: World
) -> None:
    found = an_inquiry(world, NINE)

    early = found.refused(pricing.deliver, found.debtor, Delivery.DELIVERED, on=None)

    assert early == {R.ANSWERS_RUNNING}


def test_a_late_objection_is_refused_and_kept_as_refused_if_the_court_says_so_RULE_B10(
    app: Flask, world: World
) -> None:
    found = an_inquiry(world, NINE, NINE_SIX, TEN_TWO)
    found.reaches_both()
    found.later(7)

    refused = found.objects(Ground.FACTS_WRONG, PLATFORMS[0])
    found.objects(Ground.FACTS_WRONG, PLATFORMS[0], record_refusal=True)

    assert isinstance(refused, tuple)
    assert refused[0].reason is ObjectionRefused.LATE
    kept = found.objection()
    assert (kept.state, kept.refusal, kept.hearing) == ("refused", "late", None)
    assert found.fixed().price == 96_000_000


def test_against_an_agreed_price_only_fraud_and_its_like_are_heard_RULE_B10(
    app: Flask, world: World
) -> None:
    found = a_pricing(world)
    for party in (found.applicant, found.debtor):
        found.names(party, 90)
    found.fixed()

    no_objection = found.objects(Ground.FACTS_WRONG)
    found.objects(Ground.FRAUD)
    still = found.refused(pricing.renew)
    found.moved(ObjectionState.UPHELD)
    row = found.did(pricing.renew)

    assert isinstance(no_objection, tuple)
    assert no_objection[0].reason is ObjectionRefused.NONE_LIES
    assert still == {R.NOT_EXPIRED}
    assert row.state == "agreement"


def test_a_button_pressed_twice_records_once(app: Flask, world: World) -> None:
    found = an_appraisal(world)
    found.did(pricing.more_time_for_appraiser, days=5, on=None)
    more = found.refused(pricing.more_time_for_appraiser, days=5, on=None)
    found.reports("Even", 55)
    found.reaches_both()

    found.objects(Ground.FACTS_WRONG, "Even")
    objected = found.objects(Ground.FACTS_WRONG, "Even")

    assert more == {R.RECORDED_ALREADY}
    assert isinstance(objected, tuple)
    assert objected[0].reason is R.RECORDED_ALREADY


def test_whoever_else_got_the_reports_may_object_in_their_own_five_days_RULE_B9(
    app: Flask, world: World
) -> None:
    found = an_inquiry(world, NINE, NINE_SIX, TEN_TWO)
    tenant = a_party(found.bench, db.session.get_one(CaseRecord, found.asset.case_id), "tenant")
    found.reaches_both()
    found.later(6)
    found.did(pricing.deliver, tenant, Delivery.DELIVERED, on=None)
    found.later(1)

    refused = found.refused(pricing.fix, valid_until=None, harms_others=False)

    assert refused == {R.OBJECTIONS_RUNNING}


def test_what_was_upheld_before_a_price_was_fixed_does_not_undo_it(
    app: Flask, world: World
) -> None:
    found = an_inquiry(world, NINE, NINE_SIX, TEN_TWO)
    found.reaches_both()
    found.objects(Ground.SCOPE_WRONG, PLATFORMS[2])
    found.later(7)
    found.moved(ObjectionState.UPHELD)
    found.fixed()

    assert found.refused(pricing.renew) == {R.NOT_EXPIRED}


# --- expiry, stays, ends --------------------------------------------------------------------------


def test_an_expired_appraisal_is_made_anew_by_its_appraiser_in_fifteen_days_RULE_B12(
    app: Flask, world: World
) -> None:
    found = an_appraisal(world)
    found.reports("Even", 55, until=TODAY + 10 * DAY)
    found.reaches_both()
    found.later(7)
    found.fixed()

    valid = found.refused(pricing.renew)
    found.later(4)
    row = found.did(pricing.renew)

    assert valid == {R.NOT_EXPIRED}
    assert row.state == "appraisal"
    instruction = found.course.instruction
    assert (instruction.appraiser, instruction.days) == ("Even", 15)


def test_an_expired_inquiry_is_sent_anew_RULE_B12(app: Flask, world: World) -> None:
    found = an_inquiry(world, NINE, NINE_SIX, TEN_TWO)
    found.reaches_both()
    found.later(7)
    found.fixed()
    found.later(300)

    row = found.did(pricing.renew)
    found.did(pricing.send_inquiry, PLATFORMS, on=None)

    assert row.state == "online_inquiry"
    assert answer_deadline(found.course.inquiry, found.course.calendar).days == 3


def test_a_stay_holds_everything_and_gives_the_days_back_RULE_B14(app: Flask, world: World) -> None:
    found = an_appraisal(world)
    found.later(10)
    found.did(pricing.stay, StayGround.DATA_WRONG)

    held = found.refused(pricing.file_back, on=None)
    resumed_on = found.later(100)
    row = found.did(pricing.resume)

    assert held == {R.NOT_NOW}
    assert (row.state, row.stayed_in) == ("appraisal", None)
    due = report_deadline(found.course.instruction, found.course.calendar)
    assert (due.counted_from, due.days) == (resumed_on, 20)


def test_pricing_ends_with_the_enforcement_and_may_begin_anew_RULE_B14(
    app: Flask, world: World
) -> None:
    found = a_pricing(world)

    row = found.did(pricing.withdraw, WithdrawalGround.DEBT_PAID)
    again = pricing.start(found.asset, ONLINE, currency="CNY", on=None, by=found.by)

    assert row.state == "withdrawn"
    assert isinstance(again, PricingProcedure)


# --- fees -----------------------------------------------------------------------------------------


def ended(found: Pricing, status: str, price: int | None) -> None:
    """A sale of the asset that is over."""
    row = found.row
    world = found.bench.world
    sale_id = world.sale(row.court_id)
    winner = world.bidder(sale_id, "B01", admitted=False) if price else None
    with world.session() as session:
        sale = session.get_one(SaleRecord, sale_id)
        session.get_one(LotRecord, sale.lot_id).asset_id = row.asset_id
        session.add(
            Outcome(
                sale_id=sale_id,
                court_id=row.court_id,
                status=status,
                at=NOON,
                winner_registration_id=winner,
                winner_code="B01" if price else None,
                price=price,
                extensions=0,
                accepted=0,
                refused=0,
                n=1,
                head="0" * 64,
            )
        )
        session.commit()


def test_the_fee_of_an_inquiry_goes_to_the_platforms_closest_to_the_price_RULE_B15(
    app: Flask, world: World
) -> None:
    found = an_inquiry(world, NINE, NINE_SIX, TEN_TWO)
    found.reaches_both()
    found.later(7)
    found.fixed()
    before = fee_of(db.session(), found.course)

    ended(found, "sold", 93_000_000)

    assert before is None
    assert fee_of(db.session(), found.course) == Fee(platforms=PLATFORMS[:2])


@pytest.mark.parametrize(
    ("status", "price", "fee"),
    [
        ("sold", 50, Fee(base=50)),
        ("sold", 60, Fee(base=55)),
        ("unsold", None, Fee(by_actual_cost=True)),
    ],
)
def test_the_fee_of_an_appraisal_is_counted_from_the_lesser_RULE_B15(
    app: Flask, world: World, status: str, price: int | None, fee: Fee
) -> None:
    found = an_appraisal(world)
    found.reports("Even", 55)
    found.reaches_both()
    found.later(7)
    found.fixed()

    ended(found, status, price)

    assert fee_of(db.session(), found.course) == fee


# --- what the database keeps ----------------------------------------------------------------------


def _migration() -> Any:
    versions = Path(__file__).resolve().parents[2] / "migrations" / "versions"
    spec = util.spec_from_file_location("reference_price", versions / "0008_reference_price.py")
    assert spec is not None and spec.loader is not None
    module = util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("table", "following"),
    [("pricing_procedures", NEXT), ("pricing_objections", OBJECTION_NEXT)],
)
def test_the_tables_of_states_are_the_same_in_python_and_in_the_database(
    table: str, following: Any
) -> None:
    pairs = {f"{old.value}>{new.value}" for old in following for new in following[old]}

    assert set(_migration().TRANSITIONS[table]) == pairs


def test_the_tables_know_the_words_of_the_engine() -> None:
    assert tuple(stage.value for stage in Stage) == STAGES
    assert tuple(method.value for method in Method) == METHODS
    assert tuple(ground.value for ground in Ground) == GROUNDS
    assert tuple(state.value for state in ObjectionState) == OBJECTION_STATES


def test_the_database_keeps_states_price_and_record(app: Flask, world: World) -> None:
    found = a_pricing(world)
    for party in (found.applicant, found.debtor):
        found.names(party, 90)
    found.fixed()

    for sql, message in (
        ("UPDATE pricing_procedures SET state = 'withdrawn'", "cannot go from fixed"),
        ("UPDATE pricing_procedures SET price = 91", "is fixed"),
        ("UPDATE pricing_steps SET amount = 91", "append-only"),
        ("DELETE FROM pricing_steps", "append-only"),
    ):
        with (
            psycopg.connect(world.url) as connection,
            pytest.raises(psycopg.DatabaseError, match=message),
        ):
            connection.execute(sql)


def test_another_court_sees_nothing_of_a_procedure(app: Flask, world: World) -> None:
    a_pricing(world)
    other = a_bench(world)
    db.session.rollback()

    other.acting_as(other.clerk)

    assert db.session.scalars(select(PricingProcedure)).all() == []
    assert db.session.scalars(select(PricingStep)).all() == []


# --- what the parties hear ------------------------------------------------------------------------


def _with_accounts(world: World, *parties: Party) -> None:
    with psycopg.connect(world.url, autocommit=True) as connection:
        for party in parties:
            connection.execute(
                "UPDATE parties SET person_id = %s WHERE id = %s", (world.person(), party.id)
            )
    db.session.expire_all()


def _heard(world: World) -> list[tuple[str, dict[str, Any]]]:
    return world.rows("SELECT kind, params FROM messages ORDER BY id")


def test_whoever_gets_the_reports_reads_until_when_they_may_object_RULE_B8_RULE_B9(
    app: Flask, world: World
) -> None:
    found = an_inquiry(world, NINE, NINE_SIX, TEN_TWO)
    _with_accounts(world, found.debtor)

    found.did(pricing.deliver, found.applicant, Delivery.DELIVERED, on=None)
    found.did(pricing.deliver, found.debtor, Delivery.PUBLISHED, on=None)

    ((kind, params),) = _heard(world)
    assert kind == "price_reports_delivered"
    # Published on 26 May, received on Wednesday, 10 June, objected to until Monday, 15 June.
    assert (params["price"], params["until"]) == (NINE_SIX, "2026-06-15")


def test_who_objected_hears_what_came_of_it_RULE_B9_RULE_B10(app: Flask, world: World) -> None:
    found = an_inquiry(world, NINE, NINE_SIX, TEN_TWO)
    found.reaches_both()
    _with_accounts(world, found.debtor)

    found.objects(Ground.SCOPE_WRONG, PLATFORMS[2])
    found.moved(ObjectionState.CORRECTED, amount=NINE)
    found.later(14)
    found.objects(Ground.FACTS_WRONG, PLATFORMS[0], record_refusal=True)

    taken_in, corrected, late = _heard(world)
    assert taken_in[0] == "price_objection_taken_in"
    assert (corrected[1]["outcome"], corrected[1]["corrected"]) == ("corrected", NINE)
    assert (late[1]["outcome"], late[1]["refusal"]) == ("refused", "late")


def test_everybody_concerned_hears_the_price_once_it_is_fixed_RULE_B11(
    app: Flask, world: World
) -> None:
    found = a_pricing(world)
    case = db.session.get_one(CaseRecord, found.asset.case_id)
    others = [a_party(found.bench, case, role) for role in ("creditor", "co_owner", "tenant")]
    _with_accounts(world, found.applicant, *others)
    found.names(found.applicant, NINE)
    found.names(found.debtor, NINE)

    found.fixed()

    heard = _heard(world)
    # The debtor has no account, and a tenant's right does not hang on the price.
    assert [kind for kind, _params in heard] == ["reference_price_fixed"] * 3
    assert heard[0][1]["price"] == NINE
    assert heard[0][1]["valid_until"] == "2027-05-26"
    assert world.rows("SELECT count(*) FROM outbox WHERE kind = 'letter'") == [(3,)]


def test_no_later_calendar_shortens_a_period_that_was_told_RULE_B9_RULE_Q4(
    app: Flask, world: World
) -> None:
    found = an_inquiry(world, NINE, NINE_SIX, TEN_TWO)
    court = found.bench.court_id
    # Five days from Tuesday, 26 May, end on Sunday; Monday is free, so Tuesday, 2 June.
    set_day(court, date(2026, 6, 1), works=False, name="Court holiday", by=found.by)
    _with_accounts(world, found.debtor)
    found.reaches_both()

    assert remove_day(court, date(2026, 6, 1), by=found.by) is None
    found.later(7)
    heard = found.objects(Ground.FACTS_WRONG, PLATFORMS[0])

    assert isinstance(heard, PricingProcedure), heard
    assert _heard(world)[0][1]["until"] == "2026-06-02"
