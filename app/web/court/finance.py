"""The finance desk: money without a place, money on its way, and the bank's files (pages.md, 31).

Reading is for finance and presidents. Forms (POST, all with `csrf_token`):

    /court/<court>/finance/statements                        statement (a camt file, multipart)
    /court/<court>/finance/payment-files                     key (any text, the same for one wish)
    /court/<court>/finance/suspense/<item>/propose           reference, reason
    /court/<court>/finance/suspense/<item>/return            reason
    /court/<court>/finance/proposals/<proposal>/decide       word (approve, refuse), payload_hash
    /court/<court>/finance/lost-deposits/<sale>/use          costs                     (judge)

Downloads: /court/<court>/finance/payment-files/<file>.xml
"""

from __future__ import annotations

import uuid
from typing import Any

from flask import Response, abort, current_app, g, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField, FileRequired
from govuk_frontend_wtf.wtforms_widgets import GovFileInput
from wtforms import HiddenField
from wtforms.validators import InputRequired, Length

from app.extensions import db
from app.gateways.seal import Sealer
from app.models.sales import SaleRecord
from app.queries import finance as queries
from app.queries.court_transfers import between_courts
from app.queries.reconciliation import items_of
from app.services import bank, settlement, suspense
from app.services.bank import Imported
from app.services.settlement import SettlementRefusal
from app.services.suspense import DeskRefusal
from app.web.amounts import AmountField
from app.web.court import finance_words
from app.web.court.blueprint import bp
from app.web.court.fields import CourtForm, line
from app.web.court.finance_todo import tasks_of
from app.web.court.frame import done, form_errors, found, here, me, now
from app.web.gates import needs
from app.web.second_word import SecondWordForm

# A day's notices of a busy court are some megabytes.
_LONGEST_FILE = 8 * 1024 * 1024


class StatementForm(CourtForm):
    statement = FileField(
        _l("A camt.054 or camt.053 file"),
        widget=GovFileInput(),
        validators=[FileRequired(_l("Choose the file that the bank sent"))],
    )


class PaymentFileForm(CourtForm):
    key = HiddenField(validators=[InputRequired(), Length(max=60)])


class AssignForm(CourtForm):
    reference = line(
        _l("Reference of the deposit or the price"),
        40,
        hint=_l(
            "It begins with LC and has 16 signs. Of a payout of the card provider, its number."
        ),
        needed=_l("Enter the reference that this money belongs to"),
    )
    reason = line(
        _l("How you know that it belongs there"),
        300,
        hint=_l("The second person reads it. Name nobody."),
        needed=_l("Say how you know"),
    )


class ReturnForm(CourtForm):
    why = line(
        _l("Why it goes back"),
        300,
        hint=_l("It stands in the court's file. Name nobody."),
        needed=_l("Say why it goes back"),
    )


class UseForm(CourtForm):
    costs = AmountField(
        _l("Costs and losses of the sale that was not paid"),
        validators=[InputRequired(_l("Enter the costs, 0.00 if there were none"))],
    )


@bp.get("/<court>/finance")
@needs("finance", "president", "judge")
def finance(court: str) -> ResponseReturnValue:
    return _page()


@bp.post("/<court>/finance/statements")
@needs("finance")
def take_statement(court: str) -> ResponseReturnValue:
    form = StatementForm()
    if not form.validate():
        return _page(statement=form)
    sent = form.statement.data
    content = sent.read(_LONGEST_FILE + 1)
    if len(content) > _LONGEST_FILE:
        form.statement.errors = [
            _("The file is larger than 8 MB. Ask the bank for a day at a time")
        ]
        return _page(statement=form)
    taken = bank.import_statement(
        g.court.id,
        content,
        name=sent.filename or "",
        by=me(),
        sealer=Sealer(current_app.config["ENVELOPE_PUBLIC_KEY"]),
    )
    if isinstance(taken, Imported):
        return done(_taken(taken), "finance", _anchor="statements")
    form.statement.errors = [_not_taken(taken)]
    return _page(statement=form)


@bp.post("/<court>/finance/payment-files")
@needs("finance")
def make_payment_file(court: str) -> ResponseReturnValue:
    form = PaymentFileForm()
    if not form.validate():
        abort(400)
    bank.request_payment_file(g.court.id, by=me(), key=form.key.data)
    return done(
        _("The payment file is being made. Load this page again in a moment."),
        "finance",
        _anchor="payments",
    )


@bp.get("/<court>/finance/payment-files/<file>.xml")
@needs("finance")
def payment_file(court: str, file: str) -> ResponseReturnValue:
    """The same bytes each time it is asked for (INV-M20)."""
    made = queries.find_payment_file(db.session(), g.court.id, file)
    if made is None:
        abort(404)
    return Response(
        made.content.encode(),
        mimetype="application/xml",
        headers={"Content-Disposition": f'attachment; filename="{made.message_id}.xml"'},
    )


@bp.get("/<court>/finance/suspense/<item>")
@needs("finance", "president")
def suspense_item(court: str, item: str) -> ResponseReturnValue:
    return _item_page(item)


@bp.post("/<court>/finance/suspense/<item>/propose")
@needs("finance")
def propose_assignment(court: str, item: str) -> ResponseReturnValue:
    form = AssignForm()
    if not form.validate():
        return _item_page(item, assign=form)
    answer = suspense.propose_assignment(
        g.court.id, item, reference=form.reference.data, reason=form.reason.data, by=me()
    )
    if isinstance(answer, DeskRefusal):
        form.reference.errors = [finance_words.refusal(answer)]
        return _item_page(item, assign=form)
    return done(_("Proposed. A second person decides."), "suspense_item", item=item)


@bp.post("/<court>/finance/suspense/<item>/return")
@needs("finance")
def return_money(court: str, item: str) -> ResponseReturnValue:
    form = ReturnForm()
    if not form.validate():
        return _item_page(item, back=form)
    answer = suspense.return_money(g.court.id, item, reason=form.why.data, by=me())
    if isinstance(answer, DeskRefusal):
        form.why.errors = [finance_words.refusal(answer)]
        return _item_page(item, back=form)
    return done(_("The money goes back where it came from."), "suspense_item", item=item)


@bp.post("/<court>/finance/proposals/<proposal>/decide")
@needs("finance", "president")
def decide_assignment(court: str, proposal: str) -> ResponseReturnValue:
    form = SecondWordForm()
    proposed = _proposed(proposal)
    item = proposed.content["item"]
    if not form.validate():
        return _item_page(item, decide=form)
    answer = suspense.decide_assignment(
        g.court.id,
        proposal,
        payload_hash=form.payload_hash.data or "",
        approved=form.word.data == "approve",
        reason="",
        by=me(),
    )
    if isinstance(answer, DeskRefusal):
        form.word.errors = [finance_words.refusal(answer)]
        return _item_page(item, decide=form)
    agreed = form.word.data == "approve"
    text = _("Agreed. It is booked in a moment.") if agreed else _("Not agreed. It stays open.")
    return done(text, "suspense_item", item=item)


@bp.post("/<court>/finance/lost-deposits/<sale>/use")
@needs("judge")
def use_lost_deposit(court: str, sale: str) -> ResponseReturnValue:
    record = found(SaleRecord, sale)
    form = UseForm()
    if not form.validate():
        return _page(use=form)
    answer = settlement.use_forfeiture(record.id, costs=form.costs.data, by=me())
    if isinstance(answer, SettlementRefusal):
        form.costs.errors = [finance_words.refusal(answer)]
        return _page(use=form)
    return done(_("The lost deposit joins the proceeds of the resale."), "finance", _anchor="lost")


def _page(**forms: CourtForm) -> ResponseReturnValue:
    session, moment = db.session(), now()
    wrong = form_errors(*forms.values())
    shown = {
        "waiting": queries.in_suspense(session, g.court.id, moment),
        "proposed": queries.proposed_assignments(session, g.court.id),
        "going_back": queries.going_back(session, g.court.id, moment),
        "owed": queries.prices_owed(session, g.court, moment),
        "lost": queries.lost_deposits(session, g.court.id),
        "between": between_courts(session, g.court.id),
    }
    differing = items_of(session, g.court.id, moment, state="open")
    request_made = queries.last_request(session, g.court.id)
    going, late = queries.count_going_back(session, g.court.id, moment)
    page = render_template(
        "court/finance.html",
        w=finance_words,
        **shown,
        tasks=tasks_of(me=me(), now=moment, differing=differing, **shown),
        differing=len(differing),
        going=going,
        late=late,
        due_by_bank=queries.due_by_bank(session, g.court.id),
        files=queries.payment_files(session, g.court.id),
        request_made=request_made,
        # The first part counts what was ordered; the others name what was left out.
        left_out=(request_made.last_answer or "").split("; ")[1:] if request_made else [],
        statements=queries.statements(session, g.court.id),
        debits=queries.unexplained_debits(session, g.court.id),
        disputes=queries.disputed_payments(session, g.court.id),
        balances=queries.balances(session, g.court.id),
        statement_form=forms.get("statement") or StatementForm(formdata=None),
        use_form=forms.get("use") or UseForm(formdata=None),
        file_key=uuid.uuid4().hex,
        is_finance="finance" in g.court_roles,
        is_judge="judge" in g.court_roles,
        errors=wrong,
    )
    return page, 400 if wrong else 200


def _item_page(item: str, **forms: CourtForm) -> ResponseReturnValue:
    waiting = queries.find_waiting(db.session(), g.court.id, item, now())
    if waiting is None:
        abort(404)
    wrong = form_errors(*forms.values())
    proposed = queries.proposed_assignments(db.session(), g.court.id, item)
    page = render_template(
        "court/finance_suspense.html",
        w=finance_words,
        one=waiting,
        proposed=proposed[0] if proposed else None,
        decided=queries.decided_assignment(db.session(), g.court.id, item),
        assign=forms.get("assign") or AssignForm(formdata=None),
        back=forms.get("back") or ReturnForm(formdata=None),
        decide=forms.get("decide") or _decide_form(proposed),
        is_mine=bool(proposed) and proposed[0].proposal.proposed_by == me(),
        is_finance="finance" in g.court_roles,
        crumbs=[(_("Finance"), here("finance"))],
        errors=wrong,
    )
    return page, 400 if wrong else 200


def _decide_form(proposed: list[queries.Proposed]) -> SecondWordForm:
    shown = proposed[0].proposal.payload_hash if proposed else ""
    return SecondWordForm(formdata=None, data={"payload_hash": shown})


def _proposed(public_id: str) -> queries.Proposed:
    every = queries.proposed_assignments(db.session(), g.court.id)
    found_one = next((one for one in every if one.proposal.public_id == public_id), None)
    return found_one or abort(404)


def _taken(taken: Imported) -> str:
    return _(
        "Taken in: %(credits)s credits and %(debits)s debits; %(known)s were known already.",
        credits=taken.credits,
        debits=taken.debits,
        known=taken.known,
    )


def _not_taken(refused: Any) -> str:
    said = finance_words.refusal(refused.reason)
    if refused.line is None:
        return said
    return said + " " + _("(line %(line)s, %(field)s)", line=refused.line, field=refused.field)
