"""What follows a failure or a default: another round, creditors asked, return to the debtor.

Forms (POST, all with `csrf_token`):

    /court/<court>/sales/<sale>/begin-again/<way>  reason, note; way: the round   (judge)
    /court/<court>/sales/<sale>/in-kind            (nothing: asks the creditors)
    /court/<court>/sales/<sale>/return             note, confirm (y)               (judge)
    /court/<court>/sales/<sale>/approval           note                            (judge)
    /court/<court>/sales/<sale>/shortfall          owed (yes | no), reference      (judge)

`in_kind.py` has what becomes of the creditors' answers, `without_auction.py` what needs no round.
"""

from __future__ import annotations

from typing import Any

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from wtforms.validators import ValidationError

from app.extensions import db
from app.models.money import Forfeiture, Settlement
from app.models.round_rows import (
    acts_after,
    bounds_of,
    end_of,
    find_inquiry,
    is_followed,
    is_returned,
    lacks_approval,
    possible_rounds,
)
from app.models.sales import SaleRecord
from app.queries.court_sale import sale_file
from app.services import approvals, listing, settlement
from app.services import in_kind as service
from app.services import rounds as round_service
from app.services.approvals import WhyNotApproved
from app.services.in_kind import InKindRefusal
from app.services.listing import ListingRefusal
from app.services.rounds import RoundRefusal
from app.services.settlement import SettlementRefusal
from app.web.court import round_words
from app.web.court.blueprint import bp
from app.web.court.fields import CourtForm, area, choice, line, options, tick
from app.web.court.frame import done, error, form_errors, found, me, now
from app.web.gates import needs
from auction_engine.sale.kinds import Round
from auction_engine.sale.rounds import Following, Reason


class AgainForm(CourtForm):
    reason = choice(lazy_gettext("Reason"), [])
    note = area(
        lazy_gettext("In the court's own words"),
        1000,
        hint=lazy_gettext("It stands in the record for good."),
        needed=lazy_gettext("Say why, in the court's own words."),
    )


class ReturnForm(CourtForm):
    note = area(
        lazy_gettext("Which other measures were looked at"),
        1000,
        needed=lazy_gettext("Say why, in the court's own words."),
    )
    confirm = tick(lazy_gettext("The sealing ends and the property goes back to the debtor."))

    def validate_confirm(self, field: Any) -> None:
        if not field.data:
            raise ValidationError(_("Tick this to give the property back"))


class ApprovalForm(CourtForm):
    approval_note = line(
        lazy_gettext("Authority, number and day of the approval"),
        300,
        needed=lazy_gettext("Enter the approval"),
    )


class NotApprovedForm(CourtForm):
    why = choice(
        lazy_gettext("Why the sale ends"),
        [(why.value, round_words.REASONS[why.value]) for why in WhyNotApproved],
    )
    ended_note = area(
        lazy_gettext("Authority, number and day of its answer, or until when the court waited"),
        1000,
        hint=lazy_gettext("The buyer reads it."),
        needed=lazy_gettext("Say why, in the court's own words."),
    )
    sale_ends = tick(lazy_gettext("The sale ends. Deposit and price go back to the buyer."))

    def validate_sale_ends(self, field: Any) -> None:
        if not field.data:
            raise ValidationError(_("Tick this to end the sale"))


class ShortfallForm(CourtForm):
    owed = choice(
        lazy_gettext("Does the buyer owe what is not covered?"),
        [("yes", lazy_gettext("Yes, the buyer owes it")), ("no", lazy_gettext("No"))],
    )
    reference = line(lazy_gettext("Decision"), 200, needed=lazy_gettext("Give a reason"))


@bp.get("/<court>/sales/<sale>/following")
def following(court: str, sale: str) -> ResponseReturnValue:
    return _page(found(SaleRecord, sale))


@bp.post("/<court>/sales/<sale>/begin-again/<any(first,second,sell_off):way>")
@needs("judge")
def begin_again(court: str, sale: str, way: str) -> ResponseReturnValue:
    record = found(SaleRecord, sale)
    form = AgainForm()
    wanted = next((each for each in _with_reason(record) if each.round.value == way), None)
    if wanted is None:
        return _page(record, errors=error(ListingRefusal.NO_ROUND_FOLLOWS, "following"))
    form.reason.choices = _reasons(wanted)
    if not form.validate():
        return _page(record, again=form, way=way)
    answer = listing.draft_next_round(
        record,
        by=me(),
        wanted=Round(way),
        reason=Reason(form.reason.data),
        note=form.note.data,
    )
    if isinstance(answer, ListingRefusal):
        return _page(record, again=form, way=way, errors=error(answer, "reason"))
    return done(_("The draft is made."), "prepare", sale=answer.public_id)


@bp.post("/<court>/sales/<sale>/in-kind")
@needs("clerk", "judge")
def ask_in_kind(court: str, sale: str) -> ResponseReturnValue:
    record = found(SaleRecord, sale)
    answer = service.ask_creditors(record, by=me())
    if isinstance(answer, InKindRefusal):
        return _page(record, errors=error(answer, "in-kind"))
    return done(_("The creditors are asked."), "in_kind", inquiry=answer.public_id)


@bp.post("/<court>/sales/<sale>/return")
@needs("judge")
def return_property(court: str, sale: str) -> ResponseReturnValue:
    record = found(SaleRecord, sale)
    form = ReturnForm()
    if not form.validate():
        return _page(record, back=form)
    answer = round_service.return_to_debtor(record, note=form.note.data, by=me())
    if isinstance(answer, RoundRefusal):
        return _page(record, back=form, errors=error(answer, "note"))
    return done(_("The property goes back to the debtor."), "following", sale=sale)


@bp.post("/<court>/sales/<sale>/approval")
@needs("judge")
def record_approval(court: str, sale: str) -> ResponseReturnValue:
    record = found(SaleRecord, sale)
    form = ApprovalForm()
    if not form.validate():
        return _page(record, approval=form)
    answer = approvals.record_approval(record, note=form.approval_note.data, by=me())
    if isinstance(answer, RoundRefusal):
        return _page(record, approval=form, errors=error(answer, "approval_note"))
    return done(_("The approval is recorded."), "following", sale=sale)


@bp.post("/<court>/sales/<sale>/not-approved")
@needs("judge")
def end_without_approval(court: str, sale: str) -> ResponseReturnValue:
    record = found(SaleRecord, sale)
    form = NotApprovedForm()
    if not form.validate():
        return _page(record, not_approved=form)
    answer = approvals.end_without_approval(
        record, WhyNotApproved(form.why.data), note=form.ended_note.data, by=me()
    )
    if isinstance(answer, RoundRefusal):
        return _page(record, not_approved=form, errors=error(answer, "ended_note"))
    return done(_("The sale has ended. Deposit and price go back."), "following", sale=sale)


@bp.post("/<court>/sales/<sale>/shortfall")
@needs("judge")
def decide_shortfall(court: str, sale: str) -> ResponseReturnValue:
    record = found(SaleRecord, sale)
    form = ShortfallForm()
    if not form.validate():
        return _page(record, shortfall=form)
    answer = settlement.order_shortfall(
        record.id, owed=form.owed.data == "yes", reference=form.reference.data, by=me()
    )
    if isinstance(answer, SettlementRefusal):
        return _page(record, shortfall=form, errors=error(answer, "reference"))
    return done(_("The decision is recorded."), "following", sale=sale)


def _page(
    record: SaleRecord,
    *,
    again: AgainForm | None = None,
    way: str = "",
    back: ReturnForm | None = None,
    shortfall: ShortfallForm | None = None,
    approval: ApprovalForm | None = None,
    not_approved: NotApprovedForm | None = None,
    errors: list[dict[str, str]] | None = None,
) -> ResponseReturnValue:
    session = db.session()
    session.expire_all()
    forms = (again, back, shortfall, approval, not_approved)
    given = [form for form in forms if form is not None]
    shown = errors or form_errors(*given)
    if again is not None:
        # Each round has its own form on the page, with ids of its own.
        shown = [{**each, "href": f"{each['href']}-{way}"} for each in shown]
    file = sale_file(session, record)
    followed = is_followed(session, record)
    possible = () if followed else possible_rounds(session, record)
    page = render_template(
        "court/following.html",
        file=file,
        sale=record,
        end=end_of(session, record),
        followed=followed,
        returned=is_returned(session, record),
        possible=[(each, bounds_of(session, record, each, now())) for each in possible],
        again={
            each.round: again if again and each.round.value == way else _again_form(each)
            for each in possible
            if each.needs_reason
        },
        inquiry=find_inquiry(session, record.id),
        acts=acts_after(session, record.id),
        lost=_forfeiture(record),
        back=back or ReturnForm(formdata=None),
        needs_approval=file.line.settlement is not None and lacks_approval(session, record.id),
        approval=approval or ApprovalForm(formdata=None),
        not_approved=not_approved or NotApprovedForm(formdata=None),
        shortfall=shortfall or ShortfallForm(formdata=None),
        round_words=round_words,
        errors=shown,
    )
    return page, 409 if errors else 400 if shown else 200


def _with_reason(record: SaleRecord) -> list[Following]:
    session = db.session()
    if is_followed(session, record):
        return []
    return [each for each in possible_rounds(session, record) if each.needs_reason]


def _again_form(each: Following) -> AgainForm:
    form = AgainForm(formdata=None)
    form.reason.choices = _reasons(each)
    return form


def _reasons(each: Following) -> list[Any]:
    listed = [(name.value, round_words.REASONS[name.value]) for name in Reason]
    return options([pair for pair in listed if Reason(pair[0]) in each.reasons])


def _forfeiture(record: SaleRecord) -> Forfeiture | None:
    return (
        db.session.query(Forfeiture)
        .join(Settlement, Settlement.id == Forfeiture.settlement_id)
        .filter(Settlement.sale_id == record.id)
        .one_or_none()
    )
