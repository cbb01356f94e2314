"""Undoing a sale that was made, and the evidence for it (RULE-M3 to M6).

Forms (POST, all with `csrf_token`):

    /court/<court>/sales/<sale>/revocations/new     ground, name, grounds      (clerk, judge)
    /court/<court>/revocations/<revocation>         decision (grant | dismiss), reason (judge)
    GET /court/<court>/revocations/<revocation>/evidence.zip
"""

from __future__ import annotations

from flask import Response, abort, g, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from sqlalchemy import select

from app.extensions import db
from app.gateways.bundles import pack
from app.models.cases import CaseRecord
from app.models.objections import Revocation
from app.models.records import DocumentRecord
from app.models.sales import PublicLot, SaleRecord
from app.queries.evidence import evidence_for
from app.queries.revocations import requests_of_court
from app.services import revocations as service
from app.services.revocations import RevocationRefusal
from app.services.stop_words import REVOCATION_GROUNDS
from app.web.court.blueprint import bp
from app.web.court.fields import CourtForm, area, choice, line
from app.web.court.frame import choices, done, error, form_errors, form_page, found, here, me
from app.web.gates import needs
from app.web.objection_words import REVOCATION_STATES
from auction_engine.sale.revocation import PROOFS, Ground


class RequestForm(CourtForm):
    ground = choice(
        lazy_gettext("Ground"),
        choices(REVOCATION_GROUNDS),
        hint=lazy_gettext("The law knows these and no others (art. 31)."),
        needed=lazy_gettext("Choose the ground"),
    )
    name = line(lazy_gettext("Requested by"), 200, needed=lazy_gettext("Enter who asks"))
    grounds = area(lazy_gettext("What happened"), 4000, needed=lazy_gettext("Enter what happened"))


class DecisionForm(CourtForm):
    decision = choice(
        lazy_gettext("Ruling"),
        [("grant", lazy_gettext("Revoke the sale")), ("dismiss", lazy_gettext("Dismiss"))],
    )
    reason = area(
        lazy_gettext("Reason"),
        4000,
        hint=lazy_gettext("It stands in the ruling."),
        needed=lazy_gettext("Give a reason"),
    )


@bp.get("/<court>/revocations")
def revocations(court: str) -> str:
    return render_template(
        "court/revocations.html",
        rows=requests_of_court(db.session(), g.court.id),
        grounds=REVOCATION_GROUNDS,
        states=REVOCATION_STATES,
    )


@bp.route("/<court>/sales/<sale>/revocations/new", methods=["GET", "POST"])
@needs("clerk", "judge")
def enter_revocation(court: str, sale: str) -> ResponseReturnValue:
    """A request on paper, or the court's own: where the law says must, nobody need ask."""
    record = found(SaleRecord, sale)
    form = RequestForm()
    if form.validate_on_submit():
        answer = service.enter_request(
            record,
            ground=form.ground.data,
            grounds=form.grounds.data,
            name=form.name.data,
            by=me(),
        )
        if isinstance(answer, Revocation):
            return done(_("The request is entered."), "revocation", revocation=answer.public_id)
        form.ground.errors = [error(answer, "")[0]["text"]]
        page, _status = form_page(form, _("Enter a request to revoke"), here("revocations"))
        return page, 409
    return form_page(form, _("Enter a request to revoke"), here("revocations"))


@bp.get("/<court>/revocations/<revocation>")
def revocation(court: str, revocation: str) -> ResponseReturnValue:
    return _page(_found(revocation), DecisionForm(formdata=None))


@bp.post("/<court>/revocations/<revocation>")
@needs("judge")
def decide_revocation(court: str, revocation: str) -> ResponseReturnValue:
    record = _found(revocation)
    form = DecisionForm()
    if not form.validate():
        return _page(record, form)
    answer = service.decide(
        record, grant=form.decision.data == "grant", reason=form.reason.data, by=me()
    )
    if isinstance(answer, RevocationRefusal):
        return _page(record, form, error(answer, "decision"))
    return done(_("The ruling is signed."), "revocation", revocation=revocation)


@bp.get("/<court>/revocations/<revocation>/evidence.zip")
def evidence(court: str, revocation: str) -> Response:
    """What proves or disproves the ground, by codes: the same bytes whenever it is asked for."""
    record = _found(revocation)
    response = Response(pack(evidence_for(db.session(), record)), mimetype="application/zip")
    named = f'attachment; filename="evidence-{record.public_id}.zip"'
    response.headers["Content-Disposition"] = named
    return response


def _page(
    record: Revocation, form: DecisionForm, errors: list[dict[str, str]] | None = None
) -> ResponseReturnValue:
    session = db.session()
    session.expire_all()
    shown = errors or form_errors(form)
    page = render_template(
        "court/revocation.html",
        revocation=record,
        case=session.get_one(CaseRecord, record.case_id),
        lot=session.get_one(PublicLot, record.sale_id),
        ruling=session.get(DocumentRecord, record.document_id) if record.document_id else None,
        proofs=sorted(PROOFS[Ground(record.ground)]),
        grounds=REVOCATION_GROUNDS,
        states=REVOCATION_STATES,
        form=form,
        errors=shown,
    )
    return page, 409 if errors else 400 if shown else 200


def _found(public_id: str) -> Revocation:
    record = db.session.scalars(
        select(Revocation).where(
            Revocation.court_id == g.court.id, Revocation.public_id == public_id
        )
    ).one_or_none()
    if record is None:
        abort(404)
    return record
