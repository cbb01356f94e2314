"""Legal notices to oneself, with the time of service; nothing here is chat."""

from __future__ import annotations

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.extensions import db
from app.queries import bidder as queries
from app.services.inbox import mark_read
from app.web.bidder.blueprint import bp
from app.web.bidder.forms import ConfirmFields
from app.web.bidder.message_words import worded
from app.web.bidder.own import act_with_all


@bp.route("/messages", methods=["GET", "POST"])
def messages() -> ResponseReturnValue:
    mine = act_with_all()
    form = ConfirmFields()
    if form.validate_on_submit():
        mark_read()
        return redirect(url_for("bidder.messages"), 303)
    found = queries.messages(db.session())
    return render_template(
        "bidder/messages.html",
        messages=[
            (message, lot, worded(message.kind, message.params, lot.public_id if lot else None))
            for message, lot in found
        ],
        form=form,
        has_lots=bool(mine),
    )
