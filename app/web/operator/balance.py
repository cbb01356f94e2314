"""`operator.balance`: the books of all courts; each line of the trial balance is zero (INV-M2).

`as_of` is a moment of writing, ISO 8601; without one the page shows what stands now. The file is
always of one instant, and the same bytes whenever that instant is asked for again (INV-M24).
"""

from __future__ import annotations

from datetime import datetime

from flask import Response, abort, render_template, request
from flask.typing import ResponseReturnValue

from app.extensions import db
from app.queries.ledger import balances_by_kind, entries_out_of_balance, trial_balance
from app.queries.ledger_reports import balances_of_all_courts, settled_until
from app.web.ledger_files import courts_csv, instant, read_instant
from app.web.operator import queue_words
from app.web.operator.blueprint import bp


@bp.get("/balance")
def balance() -> ResponseReturnValue:
    session, as_of = db.session(), _asked_instant()
    then = balances_of_all_courts(session, as_of) if "as_of" in request.args else None
    return render_template(
        "operator/balance.html",
        w=queue_words,
        lines=trial_balance(session),
        kinds=balances_by_kind(session) if then is None else then,
        wrong_entries=entries_out_of_balance(session),
        as_of=as_of if then is not None else None,
        exact=instant(as_of),
    )


@bp.get("/balance.csv")
def balance_file() -> Response:
    as_of = _asked_instant()
    written = courts_csv(balances_of_all_courts(db.session(), as_of), as_of)
    response = Response(written, mimetype="text/csv")
    response.headers["Content-Disposition"] = 'attachment; filename="balances.csv"'
    return response


def _asked_instant() -> datetime:
    """The instant in the address, or the latest of which everything is written."""
    settled = settled_until(db.session())
    if "as_of" not in request.args:
        return settled
    asked = read_instant(request.args["as_of"])
    if asked is None or asked > settled:
        abort(400)
    return asked
