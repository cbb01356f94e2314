"""After the sale: confirmation, balance, ruling, handover, registration (pages.md, 26).

Forms (POST, all with `csrf_token`):

    /court/<court>/sales/<sale>/ruling                (nothing: drafts it)
    /court/<court>/documents/<document>/sign          (nothing; judge)
    /court/<court>/documents/<document>/serve         served_at (optional: now)
    /court/<court>/sales/<sale>/handover              delivered_at, note
    /court/<court>/sales/<sale>/registration-request  registry
    /court/<court>/sales/<sale>/default               reason, confirm (y)   (judge)
    /court/<court>/sales/<sale>/next-round            (nothing: drafts the round that follows)
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import g, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from wtforms.validators import DataRequired, Optional, ValidationError

from app.extensions import db
from app.models.calendar_rows import calendar_of
from app.models.dispute_rows import hole_in_proceeds
from app.models.draft_rows import last_sale_of, round_after
from app.models.part_rows import PricePart, parts_of_price
from app.models.records import DocumentRecord
from app.models.round_rows import lacks_approval
from app.models.sales import SaleRecord
from app.queries.court_sale import (
    SaleFile,
    deposits_by_code,
    documents_of_sale,
    person_name,
    sale_file,
)
from app.services import after_sale, settlement
from app.services.after_sale import AfterRefusal
from app.services.settlement import SettlementRefusal
from app.web.court.blueprint import bp
from app.web.court.fields import CourtForm, MomentField, area, court_zone, line, tick
from app.web.court.frame import done, error, form_errors, found, me, now, refused
from app.web.gates import needs
from auction_engine.sale.deadlines import Deadline, court_deadline


class HandoverForm(CourtForm):
    delivered_at = MomentField(
        lazy_gettext("Handed over at"),
        validators=[DataRequired(lazy_gettext("Enter when it was handed over"))],
    )
    note = area(lazy_gettext("How (optional)"), 1000, hint=lazy_gettext("Keys, meters, witnesses"))


class RegistryForm(CourtForm):
    registry = line(
        lazy_gettext("Registry"), 200, needed=lazy_gettext("Enter the name of the registry")
    )


class ServiceForm(CourtForm):
    served_at = MomentField(
        lazy_gettext("Served at (optional)"),
        description=lazy_gettext("The moment on the proof of service. Empty means now."),
        validators=[Optional()],
    )


class DefaultForm(CourtForm):
    reason = line(lazy_gettext("Reason"), 300, needed=lazy_gettext("Give a reason"))
    confirm = tick(lazy_gettext("The buyer loses the deposit and the property is sold again."))

    def validate_confirm(self, field: Any) -> None:
        if not field.data:
            raise ValidationError(_("Tick this to decide on default"))


@bp.get("/<court>/sales/<sale>/after")
def after(court: str, sale: str) -> ResponseReturnValue:
    return _page(found(SaleRecord, sale))


@bp.post("/<court>/sales/<sale>/ruling")
@needs("clerk", "judge")
def draft_ruling(court: str, sale: str) -> ResponseReturnValue:
    answer = after_sale.draft_ruling(found(SaleRecord, sale), by=me())
    return _to_document(answer, sale)


@bp.post("/<court>/sales/<sale>/handover")
@needs("clerk", "judge")
def hand_over(court: str, sale: str) -> ResponseReturnValue:
    record = found(SaleRecord, sale)
    form = HandoverForm()
    if not form.validate():
        return _page(record, handover=form)
    answer = after_sale.record_handover(
        record, delivered_at=form.delivered_at.data, note=form.note.data or "", by=me()
    )
    if isinstance(answer, AfterRefusal):
        return _page(record, handover=form, errors=error(answer, "delivered_at"))
    return done(_("The handover is recorded."), "after", sale=sale)


@bp.post("/<court>/sales/<sale>/registration-request")
@needs("clerk", "judge")
def request_registration(court: str, sale: str) -> ResponseReturnValue:
    record = found(SaleRecord, sale)
    form = RegistryForm()
    if not form.validate():
        return _page(record, registry=form)
    answer = after_sale.request_registration(record, registry=form.registry.data, by=me())
    return _to_document(answer, sale)


@bp.post("/<court>/sales/<sale>/default")
@needs("judge")
def decide_default(court: str, sale: str) -> ResponseReturnValue:
    record = found(SaleRecord, sale)
    form = DefaultForm()
    if not form.validate():
        return _page(record, default=form)
    answer = settlement.decide_default(record.id, by=me(), reference=form.reason.data)
    # Sent twice, it was decided the first time; the document is then only looked for.
    if isinstance(answer, SettlementRefusal) and answer is not SettlementRefusal.DEFAULTED:
        return _page(record, default=form, errors=error(answer, "reason"))
    after_sale.write_default_decision(record, reason=form.reason.data, by=me())
    return done(_("The default is decided. The property can be sold again."), "after", sale=sale)


@bp.get("/<court>/documents/<document>")
def document(court: str, document: str) -> ResponseReturnValue:
    return _document_page(found(DocumentRecord, document), ServiceForm(formdata=None), [])


@bp.post("/<court>/documents/<document>/sign")
@needs("judge")
def sign_document(court: str, document: str) -> ResponseReturnValue:
    record = found(DocumentRecord, document)
    answer = after_sale.sign(record, by=me())
    if isinstance(answer, AfterRefusal):
        return _document_page(record, ServiceForm(formdata=None), error(answer, "sign"))
    return done(_("The document is signed."), "document", document=document)


@bp.post("/<court>/documents/<document>/serve")
@needs("clerk", "judge")
def serve_document(court: str, document: str) -> ResponseReturnValue:
    record = found(DocumentRecord, document)
    form = ServiceForm()
    if not form.validate():
        return _document_page(record, form, [])
    answer = after_sale.serve(record, served_at=form.served_at.data, by=me())
    if isinstance(answer, AfterRefusal):
        return _document_page(record, form, error(answer, "served_at"))
    return done(_("The service is recorded."), "document", document=document)


def _page(
    record: SaleRecord,
    *,
    handover: HandoverForm | None = None,
    registry: RegistryForm | None = None,
    default: DefaultForm | None = None,
    errors: list[dict[str, str]] | None = None,
) -> ResponseReturnValue:
    session = db.session()
    session.expire_all()
    file = sale_file(session, record)
    given = [form for form in (handover, registry, default) if form is not None]
    shown_errors = errors or form_errors(*given)
    last = last_sale_of(session, record.lot_id)
    page = render_template(
        "court/after.html",
        file=file,
        sale=record,
        documents=documents_of_sale(session, record),
        deposits=deposits_by_code(session, record),
        deadlines=_deadlines(file),
        parts=_parts(file),
        following=round_after(session, record) if last and last.id == record.id else None,
        later=last if last and last.id != record.id else None,
        hole=hole_in_proceeds(session, record.id),
        needs_approval=file.line.settlement is not None and lacks_approval(session, record.id),
        now=now(),
        handover=handover or HandoverForm(formdata=None),
        registry=registry or RegistryForm(formdata=None),
        default=default or DefaultForm(formdata=None),
        errors=shown_errors,
    )
    return page, 409 if errors else 400 if shown_errors else 200


def _parts(file: SaleFile) -> list[PricePart]:
    """What the buyer owes, in its parts (RULE-I1)."""
    sold = file.line.settlement
    return parts_of_price(sold, file.line.sale, g.court.timezone) if sold is not None else []


def _deadlines(file: SaleFile) -> dict[str, Deadline]:
    """The court's own days after full payment and after service (RULE-I2, I4)."""
    sold = file.line.settlement
    if sold is None:
        return {}
    calendar = calendar_of(db.session(), g.court.id)
    began = {"I2": sold.paid_at, "I4": sold.ruling_served_at}
    return {
        rule: court_deadline(rule, at.astimezone(court_zone()).date(), calendar)
        for rule, at in began.items()
        if at is not None
    }


def _document_page(
    record: DocumentRecord, form: ServiceForm, errors: list[dict[str, str]]
) -> ResponseReturnValue:
    session = db.session()
    shown = errors or form_errors(form)
    page = render_template(
        "court/document.html",
        document=record,
        sale=session.get(SaleRecord, record.sale_id) if record.sale_id else None,
        made_by=person_name(session, record.made_by),
        signed_by=person_name(session, record.signed_by),
        form=form,
        errors=shown,
        soon=timedelta(days=7),
    )
    return page, 409 if errors else 400 if shown else 200


def _to_document(answer: DocumentRecord | AfterRefusal, sale: str) -> ResponseReturnValue:
    if isinstance(answer, AfterRefusal):
        return refused(answer, "after", sale=sale)
    return done(_("The document is drafted."), "document", document=answer.public_id)
