"""Taking a property in kind: the draw, the taking, the difference, a taker who does not pay.

Forms (POST, all with `csrf_token`):

    /court/<court>/in-kind/<inquiry>/draw          (nothing)
    /court/<court>/in-kind/<inquiry>/take          claim, fit_to_own (y), pay_days (judge)
    /court/<court>/in-kind/<inquiry>/give-up       note                            (judge)
    /court/<court>/takings/<taking>/default        reference                       (judge)
    /court/<court>/takings/<taking>/ruling         (nothing: drafts it)

`rounds.py` asks the creditors.
"""

from __future__ import annotations

from flask import current_app, g, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from wtforms import HiddenField
from wtforms.validators import NumberRange

from app.extensions import db
from app.models.cases import Party
from app.models.in_kind_rows import asked_claims
from app.models.round_rows import (
    find_taking,
)
from app.models.rounds import InKindInquiry, Taking
from app.models.sales import SaleRecord
from app.queries.court_sale import sale_file
from app.services import in_kind as service
from app.services.in_kind import InKindRefusal
from app.web.court import round_words
from app.web.court.blueprint import bp
from app.web.court.fields import CourtForm, WholeNumber, line, tick
from app.web.court.frame import done, error, form_errors, found, me, refused
from app.web.gates import needs


class TakeForm(CourtForm):
    claim = HiddenField()
    fit_to_own = tick(lazy_gettext("The court checked that this creditor may own such a property."))
    pay_days = WholeNumber(
        lazy_gettext("Days for paying the difference"),
        validators=[
            NumberRange(1, 365, message=lazy_gettext("Enter a number of days from 1 to 365"))
        ],
    )


class NoteForm(CourtForm):
    note = line(lazy_gettext("Why nobody takes it"), 300, needed=lazy_gettext("Give a reason"))


class ReferenceForm(CourtForm):
    reference = line(
        lazy_gettext("Number of the decision"),
        140,
        needed=lazy_gettext("Enter a reference"),
    )


@bp.get("/<court>/in-kind/<inquiry>")
def in_kind(court: str, inquiry: str) -> ResponseReturnValue:
    return _in_kind_page(found(InKindInquiry, inquiry))


@bp.post("/<court>/in-kind/<inquiry>/draw")
@needs("clerk", "judge")
def draw_in_kind(court: str, inquiry: str) -> ResponseReturnValue:
    record = found(InKindInquiry, inquiry)
    answer = service.draw(record, by=me())
    if isinstance(answer, InKindRefusal):
        return _in_kind_page(record, errors=error(answer, "draw"))
    return done(_("The order stands and is published."), "in_kind", inquiry=inquiry)


@bp.post("/<court>/in-kind/<inquiry>/take")
@needs("judge")
def take_in_kind(court: str, inquiry: str) -> ResponseReturnValue:
    record = found(InKindInquiry, inquiry)
    form = TakeForm()
    if not form.validate():
        return _in_kind_page(record, take=form)
    answer = service.record_taking(
        record,
        form.claim.data or "",
        fit_to_own=form.fit_to_own.data,
        pay_days=form.pay_days.data,
        by=me(),
    )
    if isinstance(answer, InKindRefusal):
        return _in_kind_page(record, take=form, errors=error(answer, "fit_to_own"))
    return done(_("The taking is recorded."), "in_kind", inquiry=inquiry)


@bp.post("/<court>/in-kind/<inquiry>/give-up")
@needs("judge")
def give_up_in_kind(court: str, inquiry: str) -> ResponseReturnValue:
    record = found(InKindInquiry, inquiry)
    form = NoteForm()
    if not form.validate():
        return _in_kind_page(record, note=form)
    answer = service.give_up_taking(record, note=form.note.data, by=me())
    if isinstance(answer, InKindRefusal):
        return _in_kind_page(record, note=form, errors=error(answer, "note"))
    return done(_("The course goes on."), "in_kind", inquiry=inquiry)


@bp.post("/<court>/takings/<taking>/default")
@needs("judge")
def taker_default(court: str, taking: str) -> ResponseReturnValue:
    record = found(Taking, taking)
    form = ReferenceForm()
    if not form.validate():
        return _taking_page(record, form)
    answer = service.decide_taker_default(
        record,
        reference=form.reference.data,
        key=current_app.config["BLIND_INDEX_KEY"],
        by=me(),
    )
    if isinstance(answer, InKindRefusal):
        return _taking_page(record, form, error(answer, "reference"))
    text = _("The default is decided. The property can be sold again.")
    return done(text, "in_kind", inquiry=_inquiry(record).public_id)


@bp.post("/<court>/takings/<taking>/ruling")
@needs("clerk", "judge")
def in_kind_ruling(court: str, taking: str) -> ResponseReturnValue:
    record = found(Taking, taking)
    answer = service.draft_in_kind_ruling(record, by=me())
    if isinstance(answer, InKindRefusal):
        return refused(answer, "in_kind", inquiry=_inquiry(record).public_id)
    return done(_("The document is drafted."), "document", document=answer.public_id)


def _inquiry(taking: Taking) -> InKindInquiry:
    return db.session.get_one(InKindInquiry, taking.inquiry_id)


def _taking_page(
    taking: Taking, form: ReferenceForm, errors: list[dict[str, str]] | None = None
) -> ResponseReturnValue:
    return _in_kind_page(_inquiry(taking), reference=form, errors=errors)


def _in_kind_page(
    inquiry: InKindInquiry,
    *,
    take: TakeForm | None = None,
    note: NoteForm | None = None,
    reference: ReferenceForm | None = None,
    errors: list[dict[str, str]] | None = None,
) -> ResponseReturnValue:
    session = db.session()
    session.expire_all()
    sale = session.get_one(SaleRecord, inquiry.sale_id)
    asked = asked_claims(session, inquiry)
    names = {each.claim.id: session.get_one(Party, each.claim.party_id).name for each in asked}
    form = take or TakeForm(formdata=None, pay_days=15)
    if inquiry.places:
        form.claim.data = str(inquiry.places[0]["claim"])
    given = [each for each in (take, note, reference) if each is not None]
    shown = errors or form_errors(*given)
    page = render_template(
        "court/in_kind.html",
        file=sale_file(session, sale),
        sale=sale,
        inquiry=inquiry,
        asked=asked,
        names=names,
        by_claim={each.claim.public_id: names[each.claim.id] for each in asked},
        taking=find_taking(session, sale.id),
        take=form,
        note=note or NoteForm(formdata=None),
        reference=reference or ReferenceForm(formdata=None),
        may_draw=not g.court_roles.isdisjoint({"clerk", "judge"}),
        round_words=round_words,
        errors=shown,
    )
    return page, 409 if errors else 400 if shown else 200
