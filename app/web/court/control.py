"""A running sale: codes alone, the log, the clock, and three levers (pages.md, 25).

Forms (POST, all with `csrf_token`; `key` is a UUID that makes the same form count once):

    /court/<court>/sales/<sale>/suspend      reason, key            (clerk or judge)
    /court/<court>/sales/<sale>/resumption   resumes_at, closes_at  (judge; closes_at optional)
    /court/<court>/sales/<sale>/resume       key                    (judge; after the announcement)
    /court/<court>/sales/<sale>/withdraw     ground, reason, confirm (y), key    (judge)

Nobody here sees who bids, how many hold a deposit, or stops one bidder (RULE-A8).
"""

from __future__ import annotations

import uuid
from typing import Any

from flask import abort, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from wtforms import HiddenField
from wtforms.validators import DataRequired, Optional, ValidationError

from app.extensions import db
from app.models.act_rows import announced_resumption
from app.models.bidding import SaleStateRecord
from app.models.cases import AssetRecord
from app.models.sales import SaleRecord
from app.queries.court_sale import bids, course, deposits_by_code, notices_of_sale, sale_file
from app.queries.lost_bidders import losses_in_running_sales
from app.services import stays
from app.services.bidding.acts import ActAnswer, Done, OutOfPlace
from app.services.stays import Announced, StayRefusal
from app.services.stop_words import WITHDRAWAL_GROUNDS
from app.web.court import words
from app.web.court.blueprint import bp
from app.web.court.fields import CourtForm, MomentField, choice, line, tick
from app.web.court.frame import done, error, form_errors, found, me, now, refused
from app.web.desk import desk
from app.web.gates import needs
from auction_engine.sale.stopping import Ground


class SuspendForm(CourtForm):
    reason = line(
        lazy_gettext("Reason"),
        200,
        hint=lazy_gettext("Everybody reads it, now and later. Name no person."),
        needed=lazy_gettext("Give a reason"),
    )
    key = HiddenField()


class ResumptionForm(CourtForm):
    resumes_at = MomentField(
        lazy_gettext("Bidding goes on at"),
        validators=[DataRequired(lazy_gettext("Enter when bidding goes on"))],
    )
    closes_at = MomentField(
        lazy_gettext("New end (optional)"),
        description=lazy_gettext(
            "Leave it empty to give back the time that was left, at least five minutes."
        ),
        validators=[Optional()],
    )


class ResumeForm(CourtForm):
    key = HiddenField()


# What follows from another act is not chosen by hand: sold lots that are enough, a bankruptcy.
_CHOSEN = [
    (name, words)
    for name, words in WITHDRAWAL_GROUNDS.items()
    if name not in (Ground.DEBTS_COVERED, Ground.BANKRUPTCY)
]


class WithdrawForm(CourtForm):
    ground = choice(
        lazy_gettext("Legal ground"),
        _CHOSEN,
        hint=lazy_gettext("The law knows these and no others. The ground is published."),
        needed=lazy_gettext("Choose the legal ground"),
    )
    reason = line(
        lazy_gettext("Reason"),
        200,
        hint=lazy_gettext("Everybody reads it, now and later. Name no person."),
        needed=lazy_gettext("Give a reason"),
    )
    confirm = tick(lazy_gettext("This ends the sale for good. Deposits go back."))
    key = HiddenField()

    def validate_confirm(self, field: Any) -> None:
        if not field.data:
            raise ValidationError(_("Tick this to withdraw the sale"))


@bp.get("/<court>/sales/<sale>/control")
def control(court: str, sale: str) -> ResponseReturnValue:
    return _page(found(SaleRecord, sale))


@bp.get("/<court>/sales/<sale>/alarms")
def alarms(court: str, sale: str) -> str:
    """What the open page asks for every few seconds (static/js/alarms.js)."""
    record = found(SaleRecord, sale)
    losses = losses_in_running_sales(db.session(), sale=record.public_id)
    return render_template("court/lost_bidders.html", losses=losses)


@bp.post("/<court>/sales/<sale>/suspend")
@needs("clerk", "judge")
def suspend(court: str, sale: str) -> ResponseReturnValue:
    record = found(SaleRecord, sale)
    form = SuspendForm()
    if not form.validate():
        return _page(record, suspending=form)
    answer = stays.suspend_sale(
        desk(), record, reason=form.reason.data, key=_key(form.key.data), by=me()
    )
    if isinstance(answer, Done):
        return done(_("The sale is suspended. Every depositor is told."), "control", sale=sale)
    return _page(record, suspending=form, errors=_refused(answer, "reason"))


@bp.post("/<court>/sales/<sale>/resumption")
@needs("judge")
def announce_resumption(court: str, sale: str) -> ResponseReturnValue:
    record = found(SaleRecord, sale)
    form = ResumptionForm()
    if not form.validate():
        return _page(record, resumption=form)
    answer = stays.announce_resumption(
        record, resumes_at=form.resumes_at.data, closes_at=form.closes_at.data, by=me()
    )
    if isinstance(answer, Announced):
        return done(
            _("It is announced when bidding goes on. Every depositor is told."),
            "control",
            sale=sale,
        )
    field = "closes_at" if answer is StayRefusal.TOO_LITTLE_TIME else "resumes_at"
    return _page(record, resumption=form, errors=error(answer, field))


@bp.post("/<court>/sales/<sale>/resume")
@needs("judge")
def resume(court: str, sale: str) -> ResponseReturnValue:
    record = found(SaleRecord, sale)
    form = ResumeForm()
    answer = stays.resume_sale(desk(), record, key=_key(form.key.data), by=me())
    if isinstance(answer, Done):
        return done(_("Bidding goes on. Every depositor is told."), "control", sale=sale)
    if answer is StayRefusal.NOT_SUSPENDED:
        # The form was sent twice, or a colleague was quicker: the page says how it stands.
        return refused(answer, "control", sale=sale)
    return _page(record, errors=_refused(answer, "resume"))


@bp.post("/<court>/sales/<sale>/withdraw")
@needs("judge")
def withdraw(court: str, sale: str) -> ResponseReturnValue:
    record = found(SaleRecord, sale)
    form = WithdrawForm()
    if not form.validate():
        return _page(record, withdrawing=form)
    answer = stays.withdraw_sale(
        desk(),
        record,
        ground=Ground(form.ground.data),
        reason=form.reason.data,
        key=_key(form.key.data),
        by=me(),
    )
    if isinstance(answer, Done):
        return done(_("The sale is withdrawn. Every depositor is told."), "control", sale=sale)
    return _page(record, withdrawing=form, errors=_refused(answer, "reason"))


def _page(
    record: SaleRecord,
    *,
    suspending: SuspendForm | None = None,
    resumption: ResumptionForm | None = None,
    withdrawing: WithdrawForm | None = None,
    errors: list[dict[str, str]] | None = None,
) -> ResponseReturnValue:
    session = db.session()
    session.expire_all()
    state = session.get(SaleStateRecord, record.id)
    if state is None:
        abort(404)
    file = sale_file(session, record)
    given = [form for form in (suspending, resumption, withdrawing) if form is not None]
    shown_errors = errors or form_errors(*given)
    page = render_template(
        "court/control.html",
        file=file,
        sale=record,
        state=state,
        room=_room(record, state, file.asset),
        lines=course(session, record.id),
        losses=losses_in_running_sales(session, sale=record.public_id),
        notices=notices_of_sale(session, record.id),
        deposits=deposits_by_code(session, record),
        announced=announced_resumption(session, record.id, state.stayed_from)
        if state.stayed_from
        else None,
        now=now(),
        suspending=suspending or SuspendForm(formdata=None, key=str(uuid.uuid4())),
        resumption=resumption or ResumptionForm(formdata=None),
        resuming=ResumeForm(formdata=None, key=str(uuid.uuid4())),
        withdrawing=withdrawing or WithdrawForm(formdata=None, key=str(uuid.uuid4())),
        errors=shown_errors,
    )
    return page, 409 if errors else 400 if shown_errors else 200


def _room(record: SaleRecord, state: SaleStateRecord, asset: AssetRecord) -> dict[str, Any]:
    """The sale as the components of the bid room read it: what everybody sees, and no more."""
    return {
        "id": record.public_id,
        "lot_title": words.in_language(asset.title, asset.title_zh),
        "court_name": words.court_name(),
        "snapshot_url": url_for("public.snapshot", sale=record.public_id),
        "status": state.status,
        "seq": state.accepted,
        "bid_count": state.accepted,
        "bids": bids(db.session(), record.id),
        "standing": None,
        "my_code": None,
        "currency": record.currency,
        "price_minor": state.price,
        "starting_price_minor": record.starting_price,
        "leader": state.leader_code,
        "opens_at": state.opens_at,
        "closes_at": state.closes_at,
        "extensions": state.extensions,
        "stop": None,
        "pictures": [],
    }


def _refused(answer: ActAnswer | StayRefusal, field: str) -> list[dict[str, str]]:
    if isinstance(answer, OutOfPlace):
        return error(answer.field, field)
    if isinstance(answer, StayRefusal):
        return error(answer, field)
    return error("unknown", field)


def _key(typed: str | None) -> uuid.UUID:
    """The form's own key; a form without one counts as a new act."""
    try:
        return uuid.UUID(typed or "")
    except ValueError:
        return uuid.uuid4()
