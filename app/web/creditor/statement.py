"""Every payment that is owed or was made to somebody, as a page and as a table file."""

from __future__ import annotations

import csv
import io

from flask import Response, render_template

from app.extensions import db
from app.queries import creditor as queries
from app.web.creditor.blueprint import bp
from app.web.csv_cells import safe_cell


@bp.get("/statement")
def statement() -> str:
    return render_template("creditor/statement.html", rows=queries.my_payouts(db.session()))


@bp.get("/statement.csv")
def statement_file() -> Response:
    written = io.StringIO()
    table = csv.writer(written, quoting=csv.QUOTE_ALL)
    table.writerow(["case", "plan", "reference", "amount_minor", "currency", "state", "paid_at"])
    for row in queries.my_payouts(db.session()):
        payout = row.Payout
        cells = [
            row.CaseRecord.number,
            row.Plan.public_id,
            payout.reference,
            payout.amount,
            payout.currency,
            payout.state,
            payout.paid_at.isoformat() if payout.paid_at else "",
        ]
        table.writerow([safe_cell(cell) for cell in cells])
    response = Response(written.getvalue(), mimetype="text/csv")
    response.headers["Content-Disposition"] = 'attachment; filename="statement.csv"'
    return response
