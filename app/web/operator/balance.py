"""`operator.balance`: the books of all courts; each line of the trial balance is zero (INV-M2)."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue

from app.extensions import db
from app.queries.ledger import balances_by_kind, entries_out_of_balance, trial_balance
from app.web.operator import queue_words
from app.web.operator.blueprint import bp


@bp.get("/balance")
def balance() -> ResponseReturnValue:
    session = db.session()
    return render_template(
        "operator/balance.html",
        w=queue_words,
        lines=trial_balance(session),
        kinds=balances_by_kind(session),
        wrong_entries=entries_out_of_balance(session),
    )
