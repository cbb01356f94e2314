"""`operator.reconciliation`: do the books agree with the provider and the bank, and who is late?

An item without a court is the platform's own: two operators explain it.

    POST /operator/reconciliation/<open_item>          reason
    POST /operator/reconciliation/<open_item>/decide   word, payload_hash
"""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.extensions import db
from app.gateways.clock import real_now
from app.queries import reconciliation as queries
from app.queries.court_transfers import shared_payouts
from app.services.reconciliation import ItemRefusal, decide_closing, propose_closing
from app.web import item_words
from app.web.gates import signed_in_person
from app.web.item_forms import ExplainForm
from app.web.operator.blueprint import bp
from app.web.second_word import SecondWordForm


@bp.get("/reconciliation")
def reconciliation() -> ResponseReturnValue:
    session = db.session()
    return render_template(
        "operator/reconciliation.html",
        i=item_words,
        items=queries.every_open_item(session, real_now(session)),
        compared=queries.comparisons(session, None),
        urgent=queries.refunds_near_deadline(session),
        shared=shared_payouts(session),
    )


@bp.get("/reconciliation/<open_item>")
def platform_item(open_item: str) -> ResponseReturnValue:
    return _page(open_item)


@bp.post("/reconciliation/<open_item>")
def explain_platform_item(open_item: str) -> ResponseReturnValue:
    form = ExplainForm()
    _found(open_item)
    if not form.validate():
        return _page(open_item, explain=form)
    answer = propose_closing(None, open_item, reason=form.reason.data, by=signed_in_person().id)
    if isinstance(answer, ItemRefusal):
        form.reason.errors = [item_words.REFUSED[answer]]
        return _page(open_item, explain=form)
    return _back(_("Proposed. A second person decides."), open_item)


@bp.post("/reconciliation/<open_item>/decide")
def decide_platform_item(open_item: str) -> ResponseReturnValue:
    form = SecondWordForm()
    _found(open_item)
    pending = queries.pending_closing(db.session(), None, open_item)
    if pending is None or not form.validate():
        return _page(open_item, agree=form)
    agreed = form.word.data == "approve"
    answer = decide_closing(
        None,
        pending.proposal.public_id,
        payload_hash=form.payload_hash.data or "",
        approved=agreed,
        by=signed_in_person().id,
    )
    if isinstance(answer, ItemRefusal):
        form.word.errors = [item_words.REFUSED[answer]]
        return _page(open_item, agree=form)
    said = _("Agreed. The item is closed.") if agreed else _("Not agreed. It stays open.")
    return _back(said, open_item)


def _back(said: str, open_item: str) -> ResponseReturnValue:
    flash(said)
    return redirect(url_for("operator.platform_item", open_item=open_item), 303)


def _page(public_id: str, **forms: ExplainForm | SecondWordForm) -> ResponseReturnValue:
    one = _found(public_id)
    wrong = any(form.errors for form in forms.values())
    pending = queries.pending_closing(db.session(), None, public_id)
    shown = pending.proposal.payload_hash if pending else ""
    page = render_template(
        "operator/platform_item.html",
        i=item_words,
        one=one,
        pending=pending,
        decided=queries.decided_closing(db.session(), None, public_id),
        explain=forms.get("explain") or ExplainForm(formdata=None),
        agree=forms.get("agree") or SecondWordForm(formdata=None, data={"payload_hash": shown}),
        is_mine=pending is not None and pending.proposal.proposed_by == signed_in_person().id,
    )
    return page, 400 if wrong else 200


def _found(public_id: str) -> queries.Item:
    session = db.session()
    return queries.find_item(session, None, public_id, real_now(session)) or abort(404)
