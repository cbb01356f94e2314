"""Finding the reference price of an asset, step by step (RULE-B1 to B15).

Forms (POST, all with `csrf_token`; an empty day means today):

    /court/<court>/assets/<asset>/pricing/start  currency, on, and the circumstances:
                                no_agreement_possible, public_price, fit_for_platforms,
                                law_requires_appraisal (y), both_ask_for
    /court/<court>/pricing/<pricing>/<kind>   by kind:
        name_price              party, amount, on
        ask_authority           source, on
        authority_answers       source, amount, valid_until, on
        send_inquiry            platforms (one a line), all_listed (y), on
        platform_asks_time      source, on
        report                  source, amount, valid_until, on
        choose_appraisers       way (agreed | drawn), names (one a line)
        instruct, file_back     on
        appraiser_asks_time     days, on
        deliver                 party, way (delivered | published), on
        object                  party, report, ground, text, on, record_refusal (y)
        next_method             reason, and the circumstances
        fix                     valid_until, harms_others (y), for an agreed price
        stay, withdraw          ground
        extend_inquiry, renew, resume   (nothing)
    /court/<court>/pricing-objections/<pricing_objection>   state, amount, on
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import abort, flash, g, redirect, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select
from wtforms import Form

from app.extensions import db
from app.models.calendar_rows import calendar_of
from app.models.cases import AssetRecord, CaseRecord, Party
from app.models.pricing import PricingObjection, PricingProcedure, PricingStep
from app.models.pricing_rows import Course, course_of, procedure_of
from app.queries.court_pricing import (
    deadlines,
    fee_of,
    listed_platforms,
    open_acts,
    usable_until,
)
from app.services import pricing as service
from app.services.pricing import Answer, Refusal
from app.services.pricing.appraisers import Way
from app.services.pricing.deliveries import Delivery
from app.web.court import pricing_forms as forms
from app.web.court import pricing_words as words
from app.web.court.blueprint import bp
from app.web.court.frame import done, form_errors, found, here, me, now
from app.web.gates import needs
from auction_engine.pricing.acts import OPEN_IN, Act
from auction_engine.pricing.methods import (
    FAMILIES,
    Stage,
    StayGround,
    WithdrawalGround,
    start_deadline,
)
from auction_engine.pricing.objections import Ground, Hearing, ObjectionState, next_states

# What only a judge does: it ends the procedure, with a price or without one.
JUDGES_ACTS = frozenset({Act.FIX, Act.WITHDRAW})


@dataclass(frozen=True, slots=True)
class ActPage:
    """The form of an act, how it is filled before anybody types, and what it does."""

    form: type[forms.ActForm] | type[forms.CircumstancesForm]
    act: Callable[[PricingProcedure, Any], Answer]
    prepare: Callable[[Any, Course], None] = lambda form, course: None


# --- pages ---------------------------------------------------------------------------------------


@bp.get("/<court>/assets/<asset>/pricing")
def pricing(court: str, asset: str) -> ResponseReturnValue:
    record = found(AssetRecord, asset)
    procedure = procedure_of(db.session(), record.id)
    if procedure is None and g.court.rule_family not in FAMILIES:
        flash(words.refusal(service.PricingRefusal.OTHER_LAW), "refused")
        return redirect(here("asset", asset=asset))
    if procedure is None:
        return _start_page(record, forms.StartForm(formdata=None, currency="CNY"))
    return _procedure_page(record, procedure)


@bp.post("/<court>/assets/<asset>/pricing/start")
@needs("clerk", "judge")
def start_pricing(court: str, asset: str) -> ResponseReturnValue:
    record = found(AssetRecord, asset)
    form = forms.StartForm()
    if not form.validate():
        return _start_page(record, form)
    answer = service.start(
        record, form.known, currency=form.currency.data.upper(), on=form.on.data, by=me()
    )
    if isinstance(answer, tuple):
        return _start_page(record, form, answer)
    return done(_("The search for the price has begun."), "pricing", asset=asset)


@bp.route(f"/<court>/pricing/<pricing>/<any({', '.join(Act)}):kind>", methods=["GET", "POST"])
@needs("clerk", "judge")
def pricing_act(court: str, pricing: str, kind: str) -> ResponseReturnValue:
    procedure = _found(PricingProcedure, pricing)
    course = course_of(db.session(), procedure, now())
    act, page = _page_of(kind, course)
    form = page.form()
    page.prepare(form, course)
    if not form.validate_on_submit():
        shut = () if act in OPEN_IN[course.stage] else (Refusal(service.PricingRefusal.NOT_NOW),)
        return _act_page(course, act, form, shut)
    answer = page.act(procedure, form)
    if isinstance(answer, tuple):
        return _act_page(course, act, form, answer)
    return done(_("It is on the record."), "pricing", asset=_asset(course).public_id)


@bp.route("/<court>/pricing-objections/<pricing_objection>", methods=["GET", "POST"])
@needs("clerk", "judge")
def pricing_objection(court: str, pricing_objection: str) -> ResponseReturnValue:
    record = _found(PricingObjection, pricing_objection)
    procedure = db.session.get_one(PricingProcedure, record.procedure_id)
    course = course_of(db.session(), procedure, now())
    form = forms.MoveForm()
    form.offer(_next_states(record))
    if not form.validate_on_submit():
        return _objection_page(course, record, form)
    answer = service.move_objection(
        record,
        ObjectionState(form.state.data),
        amount=form.amount.data,
        on=form.on.data,
        by=me(),
    )
    if isinstance(answer, tuple):
        return _objection_page(course, record, form, answer)
    return done(_("It is on the record."), "pricing", asset=_asset(course).public_id)


# --- what the acts do ----------------------------------------------------------------------------


def _name_price(procedure: PricingProcedure, form: forms.PriceForm) -> Answer:
    return service.name_price(
        procedure, _party(form), amount=form.amount.data, on=form.on.data, by=me()
    )


def _ask_authority(procedure: PricingProcedure, form: forms.AuthorityForm) -> Answer:
    return service.ask_authority(procedure, source=form.source.data, on=form.on.data, by=me())


def _result(act: Callable[..., Answer]) -> Callable[[PricingProcedure, Any], Answer]:
    def perform(procedure: PricingProcedure, form: forms.ResultForm) -> Answer:
        return act(
            procedure,
            source=form.source.data,
            amount=form.amount.data,
            valid_until=form.valid_until.data,
            on=form.on.data,
            by=me(),
        )

    return perform


def _send(procedure: PricingProcedure, form: forms.InquiryForm) -> Answer:
    return service.send_inquiry(procedure, form.names, on=form.on.data, by=me())


def _time(procedure: PricingProcedure, form: forms.SourceForm) -> Answer:
    return service.platform_asks_time(procedure, source=form.source.data, on=form.on.data, by=me())


def _choose(procedure: PricingProcedure, form: forms.AppraisersForm) -> Answer:
    names = forms.lines(form.names.data)
    return service.choose_appraisers(procedure, names, Way(form.way.data), by=me())


def _on_day(act: Callable[..., Answer]) -> Callable[[PricingProcedure, Any], Answer]:
    return lambda procedure, form: act(procedure, on=form.on.data, by=me())


def _at_once(act: Callable[..., Answer]) -> Callable[[PricingProcedure, Any], Answer]:
    return lambda procedure, form: act(procedure, by=me())


def _longer(procedure: PricingProcedure, form: forms.LongerForm) -> Answer:
    return service.more_time_for_appraiser(procedure, days=form.days.data, on=form.on.data, by=me())


def _deliver(procedure: PricingProcedure, form: forms.DeliveryForm) -> Answer:
    return service.deliver(
        procedure, _party(form), Delivery(form.way.data), on=form.on.data, by=me()
    )


def _object(procedure: PricingProcedure, form: forms.ObjectionForm) -> Answer:
    report = db.session.scalars(
        select(PricingStep).where(
            PricingStep.procedure_id == procedure.id,
            PricingStep.public_id == (form.report.data or ""),
        )
    ).one_or_none()
    return service.object_to(
        procedure,
        _party(form),
        Ground(form.ground.data),
        report=report,
        text=form.text.data or "",
        record_refusal=form.record_refusal.data,
        on=form.on.data,
        by=me(),
    )


def _next_method(procedure: PricingProcedure, form: forms.NextMethodForm) -> Answer:
    return service.next_method(procedure, form.known, reason=form.reason.data, by=me())


def _fix(procedure: PricingProcedure, form: Form) -> Answer:
    is_agreed = isinstance(form, forms.AgreedFixForm)
    return service.fix(
        procedure,
        valid_until=form.valid_until.data if is_agreed else None,
        harms_others=form.harms_others.data if is_agreed else False,
        by=me(),
    )


def _stay(procedure: PricingProcedure, form: forms.StayForm) -> Answer:
    return service.stay(procedure, StayGround(form.ground.data), by=me())


def _withdraw(procedure: PricingProcedure, form: forms.WithdrawForm) -> Answer:
    return service.withdraw(procedure, WithdrawalGround(form.ground.data), by=me())


# --- how the forms are filled --------------------------------------------------------------------


def _offer_sides(form: forms.PartyForm, course: Course) -> None:
    form.offer([(party.public_id, party.name) for party in course.sides])


def _offer_parties(form: forms.PartyForm, course: Course) -> None:
    form.offer([(party.public_id, party.name) for party in course.parties])


def _offer_authorities(form: forms.SourceForm, course: Course) -> None:
    form.offer(tuple(dict.fromkeys(step.source for step in course.of_kind("asked"))))


def _offer_asked(form: forms.SourceForm, course: Course) -> None:
    inquiry, at_work = course.inquiry, course.instruction
    if inquiry is not None:
        form.offer(inquiry.platforms)
    elif at_work is not None:
        form.offer((at_work.appraiser,))


def _offer_objection(form: forms.ObjectionForm, course: Course) -> None:
    _offer_parties(form, course)
    form.offer_reports([(step.public_id, step.source) for step in course.reports])


def _offer_platforms(form: forms.InquiryForm, course: Course) -> None:
    if not form.is_submitted():
        form.platforms.data = "\n".join(listed_platforms(db.session(), g.court.id))


def _offer_circumstances(form: forms.NextMethodForm, course: Course) -> None:
    if not form.is_submitted():
        form.process(obj=course.procedure)


ACT_PAGES: dict[Act, ActPage] = {
    Act.NAME_PRICE: ActPage(forms.PriceForm, _name_price, _offer_sides),
    Act.ASK_AUTHORITY: ActPage(forms.AuthorityForm, _ask_authority),
    Act.AUTHORITY_ANSWERS: ActPage(
        forms.ResultForm, _result(service.authority_answers), _offer_authorities
    ),
    Act.SEND_INQUIRY: ActPage(forms.InquiryForm, _send, _offer_platforms),
    Act.PLATFORM_ASKS_TIME: ActPage(forms.SourceForm, _time, _offer_asked),
    Act.EXTEND_INQUIRY: ActPage(forms.ActForm, _at_once(service.extend_inquiry)),
    Act.CHOOSE_APPRAISERS: ActPage(forms.AppraisersForm, _choose),
    Act.INSTRUCT: ActPage(forms.DayOnlyForm, _on_day(service.instruct)),
    Act.APPRAISER_ASKS_TIME: ActPage(forms.LongerForm, _longer),
    Act.FILE_BACK: ActPage(forms.DayOnlyForm, _on_day(service.file_back)),
    Act.REPORT: ActPage(forms.ResultForm, _result(service.report), _offer_asked),
    Act.DELIVER: ActPage(forms.DeliveryForm, _deliver, _offer_parties),
    Act.OBJECT: ActPage(forms.ObjectionForm, _object, _offer_objection),
    Act.NEXT_METHOD: ActPage(forms.NextMethodForm, _next_method, _offer_circumstances),
    Act.FIX: ActPage(forms.ActForm, _fix),
    Act.RENEW: ActPage(forms.ActForm, _at_once(service.renew)),
    Act.STAY: ActPage(forms.StayForm, _stay),
    Act.RESUME: ActPage(forms.ActForm, _at_once(service.resume)),
    Act.WITHDRAW: ActPage(forms.WithdrawForm, _withdraw),
}
_FIX_AGREED = ActPage(forms.AgreedFixForm, _fix)


def _page_of(kind: str, course: Course) -> tuple[Act, ActPage]:
    """The page of an act, or 404 where it is a judge's."""
    act = Act(kind)
    if not _may_do(act):
        abort(404)
    if act is Act.FIX and course.stage is Stage.AGREEMENT:
        return act, _FIX_AGREED
    return act, ACT_PAGES[act]


def _may_do(act: Act) -> bool:
    return not g.court_roles.isdisjoint({"judge"} if act in JUDGES_ACTS else {"clerk", "judge"})


# --- how it is shown -----------------------------------------------------------------------------


def _start_page(
    record: AssetRecord, form: forms.StartForm, refusals: tuple[Refusal, ...] = ()
) -> ResponseReturnValue:
    calendar = calendar_of(db.session(), g.court.id)
    page = render_template(
        "court/pricing_start.html",
        form=form,
        asset_record=record,
        case=db.session.get_one(CaseRecord, record.case_id),
        due=start_deadline(record.seized_on, calendar) if record.seized_on else None,
        pricing_words=words,
        errors=_errors(form, refusals),
    )
    return page, _status(form, refusals)


def _procedure_page(record: AssetRecord, procedure: PricingProcedure) -> ResponseReturnValue:
    session = db.session()
    course = course_of(session, procedure, now())
    return render_template(
        "court/pricing.html",
        asset_record=record,
        case=session.get_one(CaseRecord, record.case_id),
        procedure=procedure,
        course=course,
        acts=[act for act in open_acts(course) if _may_do(act)],
        due=deadlines(course),
        usable_until=usable_until(course),
        fee=fee_of(session, course),
        parties={party.id: party.name for party in course.parties},
        pricing_words=words,
    )


def _act_page(
    course: Course, act: Act, form: Any, refusals: tuple[Refusal, ...]
) -> ResponseReturnValue:
    record = _asset(course)
    page = render_template(
        "court/pricing_act.html",
        form=form,
        heading=words.ACTS[act.value],
        rule=words.RULES[act.value],
        facts=[],
        asset_record=record,
        case=db.session.get_one(CaseRecord, record.case_id),
        warning=act in (Act.FIX, Act.WITHDRAW),
        errors=_errors(form, refusals),
    )
    return page, _status(form, refusals)


def _objection_page(
    course: Course,
    record: PricingObjection,
    form: forms.MoveForm,
    refusals: tuple[Refusal, ...] = (),
) -> ResponseReturnValue:
    asset = _asset(course)
    names = {party.id: party.name for party in course.parties}
    page = render_template(
        "court/pricing_act.html",
        form=form,
        heading=_("What became of the objection"),
        rule=words.RULES["object"],
        facts=[
            (_("Raised by"), names[record.party_id]),
            (_("What is said to be wrong"), words.GROUNDS[record.ground]),
            (_("Heard"), words.HEARINGS.get(record.hearing or "", "–")),
            (_("State"), words.OBJECTION_STATES[record.state]),
            (_("The objection in short"), record.text or "–"),
        ],
        asset_record=asset,
        case=db.session.get_one(CaseRecord, asset.case_id),
        warning=False,
        errors=_errors(form, refusals),
    )
    return page, _status(form, refusals)


def _errors(form: Any, refusals: tuple[Refusal, ...]) -> list[dict[str, str]]:
    """Everything that stands against it, each with its field where it has one."""
    for refusal in refusals:
        if refusal.field in form:
            field = form[refusal.field]
            field.errors = [*field.errors, words.refusal(refusal.reason)]
    named = form_errors(form)
    general = [
        {"text": words.refusal(each.reason), "href": "#main-content"}
        for each in refusals
        if each.field not in form
    ]
    return [*general, *named]


def _status(form: Any, refusals: tuple[Refusal, ...]) -> int:
    return 409 if refusals else 400 if form.errors else 200


def _next_states(record: PricingObjection) -> list[str]:
    if record.hearing is None:
        return []
    following = next_states(Hearing(record.hearing), ObjectionState(record.state))
    return [state.value for state in ObjectionState if state in following]


def _party(form: forms.PartyForm) -> Party:
    return found(Party, form.party.data)


def _asset(course: Course) -> AssetRecord:
    return db.session.get_one(AssetRecord, course.procedure.asset_id)


def _found(kind: type[Any], public_id: str) -> Any:
    record = db.session.scalars(
        select(kind).where(kind.court_id == g.court.id, kind.public_id == public_id)
    ).one_or_none()
    if record is None:
        abort(404)
    return record
