"""`operator.queues`: promises that wait or are parked, with their last answer.

GET  /operator/queues?state=parked&kind=refund
POST /operator/queues/<item>/retry     reason
POST /operator/queues/<item>/park      reason
"""

from __future__ import annotations

from collections.abc import Callable

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from govuk_frontend_wtf.wtforms_widgets import GovTextInput
from wtforms import StringField
from wtforms.validators import DataRequired, Length

from app.extensions import db
from app.queries import operator as queries
from app.services import queues as service
from app.services.queues import QueueRefusal
from app.web.gates import signed_in_person
from app.web.operator import queue_words
from app.web.operator.blueprint import bp

_STATES = ("parked", "due", "done")


class ReasonForm(FlaskForm):
    reason = StringField(
        _l("Reason"),
        description=_l("It stands in the audit. Name nobody."),
        validators=[
            DataRequired(message=_l("Say why")),
            Length(max=300, message=_l("Use at most 300 characters")),
        ],
        filters=[lambda written: written.strip() if written else written],
        widget=GovTextInput(),
    )


@bp.get("/queues")
def queues() -> ResponseReturnValue:
    state = request.args.get("state", "parked")
    kind = request.args.get("kind") or None
    if state not in _STATES or (kind is not None and kind not in queries.kinds()):
        abort(404)
    return render_template(
        "operator/queues.html",
        w=queue_words,
        promises=queries.promises(db.session(), kind=kind, state=state),
        state=state,
        states=_STATES,
        kind=kind,
    )


@bp.get("/queues/<item>")
def promise(item: str) -> ResponseReturnValue:
    return _page(item, ReasonForm(formdata=None))


@bp.post("/queues/<item>/retry")
def retry(item: str) -> ResponseReturnValue:
    return _act(item, service.try_again, _("It is tried again now."))


@bp.post("/queues/<item>/park")
def park(item: str) -> ResponseReturnValue:
    return _act(item, service.lay_aside, _("It is laid aside."))


def _act(item: str, act: Callable[..., object], done: str) -> ResponseReturnValue:
    form = ReasonForm()
    if not form.validate():
        return _page(item, form)
    answer = act(item, reason=form.reason.data, by=signed_in_person().id)
    if answer is QueueRefusal.NO_SUCH_PROMISE:
        abort(404)
    if answer is QueueRefusal.KEPT_ALREADY:
        flash(_("This is done already."), "note")
    else:
        flash(done, "success")
    return redirect(url_for("operator.promise", item=item))


def _page(item: str, form: ReasonForm) -> ResponseReturnValue:
    found = queries.find_promise(db.session(), item)
    if found is None:
        abort(404)
    page = render_template("operator/queues_item.html", w=queue_words, one=found, form=form)
    return page, 400 if form.errors else 200
