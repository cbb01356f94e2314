"""`operator.overview`: is everything moving? Queues, sweeps, clocks, and money that waits."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import render_template
from flask.typing import ResponseReturnValue

from app.extensions import db
from app.queries import operator as queries
from app.queries import reconciliation as money
from app.queries.ledger import trial_balance
from app.queries.lost_bidders import losses_in_running_sales
from app.web.operator import queue_words
from app.web.operator.blueprint import bp


@bp.get("/")
def overview() -> ResponseReturnValue:
    session = db.session()
    return render_template(
        "operator/overview.html",
        w=queue_words,
        queues=queries.queues(session),
        pulse=queries.pulse(session),
        clocks=queries.clocks(session),
        suspense=queries.suspense(session),
        apart=queries.seconds_apart(session, datetime.now(UTC)),
        urgent=money.refunds_near_deadline(session),
        losses=losses_in_running_sales(session),
        open_items=len(money.every_open_item(session, datetime.now(UTC))),
        is_balanced=not any(line.total for line in trial_balance(session)),
    )
