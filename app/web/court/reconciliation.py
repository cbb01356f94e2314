"""Open items of a court's money: what differs, since when, whose it is, and how it is closed.

Reading is for finance, presidents and judges. Forms (POST, all with `csrf_token`):

    /court/<court>/finance/open-items/<open_item>          reason               (finance)
    /court/<court>/finance/open-items/<open_item>/decide   word, payload_hash   (finance, president)
"""

from __future__ import annotations

from flask import abort, g, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf import FlaskForm

from app.extensions import db
from app.queries import reconciliation as queries
from app.services.reconciliation import ItemRefusal, decide_closing, propose_closing
from app.web import item_words
from app.web.court.blueprint import bp
from app.web.court.frame import done, form_errors, here, me, now
from app.web.gates import needs
from app.web.item_forms import ExplainForm
from app.web.second_word import SecondWordForm


@bp.get("/<court>/finance/open-items")
@needs("finance", "president", "judge")
def open_items(court: str) -> ResponseReturnValue:
    session, moment = db.session(), now()
    return render_template(
        "court/open_items.html",
        i=item_words,
        standing=queries.items_of(session, g.court.id, moment, state="open"),
        closed=queries.items_of(session, g.court.id, moment, state="closed"),
        compared=queries.comparisons(session, g.court.id),
        crumbs=[(_("Finance"), here("finance"))],
    )


@bp.get("/<court>/finance/open-items/<open_item>")
@needs("finance", "president", "judge")
def open_item(court: str, open_item: str) -> ResponseReturnValue:
    return _page(open_item)


@bp.post("/<court>/finance/open-items/<open_item>")
@needs("finance")
def explain_item(court: str, open_item: str) -> ResponseReturnValue:
    form = ExplainForm()
    _found(open_item)
    if not form.validate():
        return _page(open_item, explain=form)
    answer = propose_closing(g.court.id, open_item, reason=form.reason.data, by=me())
    if isinstance(answer, ItemRefusal):
        form.reason.errors = [item_words.REFUSED[answer]]
        return _page(open_item, explain=form)
    return done(_("Proposed. A second person decides."), "open_item", open_item=open_item)


@bp.post("/<court>/finance/open-items/<open_item>/decide")
@needs("finance", "president")
def decide_item(court: str, open_item: str) -> ResponseReturnValue:
    form = SecondWordForm()
    _found(open_item)
    pending = queries.pending_closing(db.session(), g.court.id, open_item)
    if pending is None or not form.validate():
        return _page(open_item, agree=form)
    answer = decide_closing(
        g.court.id,
        pending.proposal.public_id,
        payload_hash=form.payload_hash.data or "",
        approved=form.word.data == "approve",
        by=me(),
    )
    if isinstance(answer, ItemRefusal):
        form.word.errors = [item_words.REFUSED[answer]]
        return _page(open_item, agree=form)
    agreed = form.word.data == "approve"
    text = _("Agreed. The item is closed.") if agreed else _("Not agreed. It stays open.")
    return done(text, "open_item", open_item=open_item)


def _page(public_id: str, **forms: FlaskForm) -> ResponseReturnValue:
    one = _found(public_id)
    wrong = form_errors(*forms.values())
    pending = queries.pending_closing(db.session(), g.court.id, public_id)
    shown = pending.proposal.payload_hash if pending else ""
    page = render_template(
        "court/open_item.html",
        i=item_words,
        one=one,
        pending=pending,
        decided=queries.decided_closing(db.session(), g.court.id, public_id),
        explain=forms.get("explain") or ExplainForm(formdata=None),
        agree=forms.get("agree") or SecondWordForm(formdata=None, data={"payload_hash": shown}),
        is_mine=pending is not None and pending.proposal.proposed_by == me(),
        is_finance="finance" in g.court_roles,
        crumbs=[(_("Finance"), here("finance")), (_("Open items"), here("open_items"))],
        errors=wrong,
    )
    return page, 400 if wrong else 200


def _found(public_id: str) -> queries.Item:
    return queries.find_item(db.session(), g.court.id, public_id, now()) or abort(404)
